package loadtest_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"lantoa/server/internal/loadtest"
)

// TestFieldDayAgainstTheNullServer runs every phase at a tiny size. Run itself counts what was applied and delivered;
// here every answer is also read by the strict decoder.
func TestFieldDayAgainstTheNullServer(t *testing.T) {
	cfg := loadtest.Tiny()
	report, err := loadtest.Run(t.Context(), cfg, nil, serveNull(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	f := report.Null
	for _, check := range []struct {
		name      string
		got, want int64
	}{
		{"flushed", f.Flush.Records, int64(cfg.Devices * cfg.Batch)},
		{"requests of the flush", f.Flush.Requests, int64(cfg.Devices)},
		{"submitted", f.Submit.Records, int64(cfg.Devices * cfg.Batch)},
		// A phone pulls what all phones of its unit submitted, and its own once more in its person's scope.
		{"pulled", f.Pull.Records, int64(cfg.Devices * cfg.Batch * (cfg.Devices/cfg.Units + 1))},
		{"first-synced", f.First.Records, int64(cfg.FirstSyncs * cfg.Big)},
		{"single changes", f.One.Records, int64(cfg.Single)},
		{"pokes", f.Poke.Records, int64(cfg.Heard * (cfg.Devices/cfg.Units - 1))},
		{"durable mutations", f.Group.Records, int64(cfg.GroupPhones * cfg.GroupBatch * cfg.GroupRounds)},
		{"live connections", int64(f.Live.Connections), int64(cfg.Idle)},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %d, want %d", check.name, check.got, check.want)
		}
	}
	var text strings.Builder
	if err := report.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, row := range report.Rows() {
		if !strings.Contains(text.String(), row.Title) {
			t.Errorf("the table lacks %q", row.Title)
		}
	}
}

func TestTheNullServerKnowsItsPhones(t *testing.T) {
	cfg := loadtest.Tiny()
	server := serveNull(t, cfg)
	cfg.Seed++ // other phones
	if _, err := loadtest.Run(t.Context(), cfg, nil, server); err == nil || !strings.Contains(err.Error(), "401") {
		t.Fatalf("strangers: got %v, want status 401", err)
	}
}

// serveNull serves the null server in this process until the test ends.
func serveNull(t *testing.T, cfg loadtest.Config) *loadtest.Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loadtest.ServeNull(ctx, cfg, ln, io.Discard) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("null server: %v", err)
		}
	})
	return &loadtest.Server{Addr: ln.Addr().String()}
}
