package fcm_test

import (
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
)

// world is a stand-in and a Sender that sends to it.
func world(t testing.TB, so standin.Options, fo fcm.Options) (*standin.Server, *fcm.Sender) {
	t.Helper()
	srv, err := standin.New(so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	if fo.Credentials == nil && fo.Tokens == nil {
		fo.Credentials = srv.Credentials()
	}
	if fo.Endpoint == "" {
		fo.Endpoint = srv.Endpoint()
	}
	fo.Roots = srv.Roots()
	sender, err := fcm.New(t.Context(), fo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return srv, sender
}

// call is an urgent call to one phone.
func call(target string) *push.Message {
	return &push.Message{
		Target: push.Target{Service: push.FCM, Kind: push.Token, Platform: push.Android, Address: target},
		ID:     "m-0123456789abcdef", Kind: "urgent", Record: "0190a5c4-7c3e-7000-8000-000000000001",
		Title: "Có việc gấp gần bạn", Body: "Mở ứng dụng để xem và trả lời.", TTL: time.Hour, Urgent: true,
	}
}

func TestSendIsTakenOnce(t *testing.T) {
	for _, http1 := range []bool{false, true} {
		srv, sender := world(t, standin.Options{HTTP1: http1}, fcm.Options{HTTP1: http1})
		for _, kind := range []push.TargetKind{push.Token, push.FID} {
			m := call("target-" + string(kind))
			m.Target.Kind = kind
			if got := sender.Send(t.Context(), m); got != (push.Verdict{Result: push.Accepted}) {
				t.Fatalf("HTTP/1 %v, %s: %+v", http1, kind, got)
			}
			if n := srv.Copies(m.ID, m.Target.Address); n != 1 {
				t.Errorf("HTTP/1 %v, %s: the service has %d copies, want 1", http1, kind, n)
			}
		}
	}
}
