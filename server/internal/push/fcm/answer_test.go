package fcm_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
)

// answers is every way in which the service was seen to answer, and what it means. Every row is one request: a release of
// the SDK that repeats, or that says something else about an answer, fails here.
var answers = []struct {
	as     standin.Behaviour
	want   push.Verdict
	copies int
}{
	{standin.OK, push.Verdict{Result: push.Accepted}, 1},
	{standin.Unregistered, push.Verdict{Result: push.Gone, Code: "unregistered"}, 0},
	{standin.BadToken, push.Verdict{Result: push.Bad, Code: "bad_target"}, 0},
	{standin.BadTokenField, push.Verdict{Result: push.Bad, Code: "bad_target"}, 0},
	{standin.SenderMismatch, push.Verdict{Result: push.Mismatch, Code: "sender_mismatch"}, 0},
	{standin.ThirdPartyAuth, push.Verdict{Result: push.Config, Code: "third_party_auth", Platform: push.IOS}, 0},
	{standin.BadField, push.Verdict{Result: push.Refused, Code: "bad_message"}, 0},
	{standin.Unauthenticated, push.Verdict{Result: push.Config, Code: "auth"}, 0},
	{standin.Forbidden, push.Verdict{Result: push.Config, Code: "forbidden"}, 0},
	{standin.APIDisabled, push.Verdict{Result: push.Config, Code: "api_disabled"}, 0},
	{standin.QuotaExceeded, push.Verdict{Result: push.Later, Code: "quota", Lane: true, After: 2 * time.Second}, 0},
	{standin.Internal, push.Verdict{Result: push.Later, Code: "internal"}, 0},
	{standin.BadGateway, push.Verdict{Result: push.Later, Code: "bad_gateway"}, 0},
	{standin.GatewayTimeout, push.Verdict{Result: push.Unsure, Code: "http_504"}, 1},
	{standin.Unavailable, push.Verdict{Result: push.Unsure, Code: "unavailable", After: 2 * time.Second}, 0},
	{standin.UnavailableTaken, push.Verdict{Result: push.Unsure, Code: "unavailable", After: 2 * time.Second}, 1},
	{standin.Redirect, push.Verdict{Result: push.Config, Code: "http_307"}, 0},
	{standin.BareNotFound, push.Verdict{Result: push.Config, Code: "not_found"}, 0},
	{standin.ResetBefore, push.Verdict{Result: push.Unsure, Code: "reset"}, 0},
	{standin.ResetAfter, push.Verdict{Result: push.Unsure, Code: "reset"}, 1},
	{standin.CutBefore, push.Verdict{Result: push.Unsure, Code: "reset"}, 0},
	{standin.CutAfter, push.Verdict{Result: push.Unsure, Code: "reset"}, 1},
	{standin.Hang, push.Verdict{Result: push.Unsure, Code: "timeout"}, 0},
	{standin.HangAfter, push.Verdict{Result: push.Unsure, Code: "timeout"}, 1},
	{standin.Junk, push.Verdict{Result: push.Unsure, Code: "junk"}, 1},
	{standin.HalfAnswer, push.Verdict{Result: push.Unsure, Code: "cut_answer"}, 1},
}

func TestEveryAnswerIsOneRequest(t *testing.T) {
	for _, http1 := range []bool{false, true} {
		srv, sender := world(t, standin.Options{HTTP1: http1}, fcm.Options{HTTP1: http1})
		if got := sender.Send(t.Context(), call("warm")); got.Result != push.Accepted {
			t.Fatalf("the first send: %+v", got)
		}
		for _, row := range answers {
			t.Run(fmt.Sprintf("HTTP/1 %v %s", http1, row.as), func(t *testing.T) {
				m := call("phone-" + string(row.as))
				srv.Behave(m.Target.Address, row.as)
				// What hangs ends with the context; what does not ends long before it, and nobody asks twice.
				wait := 30 * time.Second
				if row.as == standin.Hang || row.as == standin.HangAfter {
					wait = time.Second // within which the request is there
				}
				ctx, cancel := context.WithTimeout(t.Context(), wait)
				defer cancel()
				before, began := srv.Stats().Requests, time.Now()
				got := sender.Send(ctx, m)
				if got != row.want {
					t.Errorf("got %+v, want %+v", got, row.want)
				}
				if n := srv.Stats().Requests - before; n != 1 {
					t.Errorf("the service saw %d requests, want 1", n)
				}
				if n := srv.Copies(m.ID, m.Target.Address); n != row.copies {
					t.Errorf("the service took %d copies, want %d", n, row.copies)
				}
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("it took %v; somebody waits to repeat", took)
				}
			})
		}
	}
}

// TestBrowsersAreNotAPNs: the third party of a browser is its push service.
func TestBrowsersAreNotAPNs(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	m := call("browser")
	m.Target.Platform = push.Web
	srv.Behave("browser", standin.ThirdPartyAuth)
	want := push.Verdict{Result: push.Config, Code: "third_party_auth", Platform: push.Web}
	if got := sender.Send(t.Context(), m); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestQuotaTellsWhenToComeAgain(t *testing.T) {
	for _, asDate := range []bool{false, true} {
		srv, sender := world(t, standin.Options{}, fcm.Options{})
		srv.Quota(1, time.Minute, asDate)
		if got := sender.Send(t.Context(), call("first")); got.Result != push.Accepted {
			t.Fatalf("within the quota: %+v", got)
		}
		got := sender.Send(t.Context(), call("second"))
		if got.Result != push.Later || got.Code != "quota" || !got.Lane || got.After < 30*time.Second || got.After > 62*time.Second {
			t.Errorf("date %v: got %+v, want Later for the lane in a minute", asDate, got)
		}
	}
}

func TestWhatNeverLeftIsLater(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		_, sender := world(t, standin.Options{}, fcm.Options{Endpoint: "https://" + freePort(t) + "/v1"})
		want := push.Verdict{Result: push.Later, Code: "unreachable", Lane: true}
		if got := sender.Send(t.Context(), call("phone")); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("the context ended before", func(t *testing.T) {
		srv, sender := world(t, standin.Options{}, fcm.Options{})
		sender.Send(t.Context(), call("warm"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		want := push.Verdict{Result: push.Later, Code: "unsent"}
		if got := sender.Send(ctx, call("phone")); got != want || srv.Copies(call("").ID, "phone") != 0 {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("the handshake hangs", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, as the kernel does, and says nothing
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		_, sender := world(t, standin.Options{}, fcm.Options{Endpoint: "https://" + listener.Addr().String() + "/v1"})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		want := push.Verdict{Result: push.Later, Code: "unsent"}
		if got := sender.Send(ctx, call("phone")); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("the certificate has ended", func(t *testing.T) {
		_, sender := world(t, standin.Options{Ended: true}, fcm.Options{})
		if got := sender.Send(t.Context(), call("phone")); got != config("clock") {
			t.Errorf("got %+v, want %+v", got, config("clock"))
		}
		srv, sender := world(t, standin.Options{Ended: true}, fcm.Options{Tokens: func(context.Context) (string, time.Time, error) {
			return "token", time.Now().Add(time.Hour), nil
		}, Project: "standin"})
		if got := sender.Send(t.Context(), call("phone")); got != config("clock") || srv.Stats().Requests != 0 {
			t.Errorf("with a token: got %+v, want %+v", got, config("clock"))
		}
	})
	t.Run("the certificate is somebody else's", func(t *testing.T) {
		other, err := standin.New(standin.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		_, sender := world(t, standin.Options{}, fcm.Options{Endpoint: other.Endpoint()})
		want := push.Verdict{Result: push.Config, Code: "tls"}
		if got := sender.Send(t.Context(), call("phone")); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// freePort is an address of the loopback where nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestNothingIsLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("world", func(t *testing.T) {
		srv, sender := world(t, standin.Options{}, fcm.Options{})
		for _, row := range answers {
			if row.as == standin.Hang || row.as == standin.HangAfter {
				continue
			}
			srv.Behave("phone", row.as)
			sender.Send(t.Context(), call("phone"))
		}
	})
	// What ends is seen by the scheduler a little later.
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			buffer := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, want %d:\n%s", runtime.NumGoroutine(), before, buffer[:runtime.Stack(buffer, true)])
		}
	}
}
