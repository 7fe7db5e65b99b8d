package metrics_test

import (
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/metrics"
	"lantoa/syncproto"
)

func TestWhatIsCountedIsWritten(t *testing.T) {
	m := metrics.New("1.2.3")
	m.Request("/v1/sync", 200, 3*time.Millisecond, 120, -1)
	m.Refused(syncproto.CodeTokenMissing)
	m.Synced(metrics.Round{Applied: 3, Conflicts: 1, Replayed: 2, Changes: 7, Push: syncproto.CodeUnavailable})
	m.Pushed("fcm", "accepted", 20*time.Millisecond)
	m.Gauge("lantoa_live_connections", "Phones that are connected now.", func() float64 { return 42 })
	var out strings.Builder
	if err := m.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`lantoa_build_info{version="1.2.3"} 1`,
		`lantoa_requests_total{route="/v1/sync",status="200"} 1`,
		`lantoa_request_seconds_count{route="/v1/sync"} 1`,
		`lantoa_received_bytes_total 120`,
		`lantoa_sent_bytes_total 0`,
		`lantoa_refusals_total{code="token_missing"} 1`,
		`lantoa_mutations_total{result="applied"} 3`,
		`lantoa_mutations_total{result="conflict"} 1`,
		`lantoa_mutations_total{result="replayed"} 2`,
		`lantoa_push_mutations_sum 6`,
		`lantoa_pushes_stopped_total{code="unavailable"} 1`,
		`lantoa_changes_total 7`,
		`lantoa_push_attempts_total{result="accepted",service="fcm"} 1`,
		`lantoa_push_seconds_count{service="fcm"} 1`,
		`lantoa_live_connections 42`,
		`go_goroutines`,
		`process_open_fds`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not written", want)
		}
	}
}
