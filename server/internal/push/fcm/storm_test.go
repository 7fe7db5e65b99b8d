package fcm_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
)

// storm sends n messages with so many at once, and counts the verdicts.
func storm(t *testing.T, sender push.Sender, parallel, n int, check func(m *push.Message, v push.Verdict)) map[push.Result]int {
	t.Helper()
	var next atomic.Int64
	var mu sync.Mutex
	counts := map[push.Result]int{}
	var all sync.WaitGroup
	for range parallel {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				m := call(fmt.Sprintf("phone-%d", i))
				v := sender.Send(ctx, m)
				cancel()
				mu.Lock()
				counts[v.Result]++
				mu.Unlock()
				if check != nil {
					check(m, v)
				}
			}
		})
	}
	all.Wait()
	return counts
}

// TestFewConnections: a thousand at once are a dozen connections, and one for the token.
func TestFewConnections(t *testing.T) {
	srv, sender := world(t, standin.Options{Latency: 200 * time.Millisecond}, fcm.Options{Parallel: 1000})
	counts := storm(t, sender, 1000, 3000, nil)
	stats := srv.Stats()
	if counts[push.Accepted] != 3000 || stats.Duplicates != 0 {
		t.Errorf("got %v and %d duplicates", counts, stats.Duplicates)
	}
	t.Logf("%d connections for %d in flight", stats.Connections, stats.MaxInFlight)
	if stats.Connections > 15 {
		t.Errorf("%d connections, want at most 15", stats.Connections)
	}
}

// TestQuietServerHasOneConnection: the lines are taken in order.
func TestQuietServerHasOneConnection(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{Parallel: 1000})
	storm(t, sender, 20, 200, nil)
	if n := srv.Stats().Connections; n > 2 {
		t.Errorf("%d connections, want one and one for the token", n)
	}
}

// TestMoreThanParallel: those who are too many wait, and a connection carries no more than its share.
func TestMoreThanParallel(t *testing.T) {
	srv, sender := world(t, standin.Options{Latency: 10 * time.Millisecond}, fcm.Options{Parallel: 90})
	counts := storm(t, sender, 400, 2000, nil)
	stats := srv.Stats()
	if counts[push.Accepted] != 2000 || stats.MaxInFlight > 91 || stats.Connections > 3 {
		t.Errorf("got %v with %d in flight on %d connections", counts, stats.MaxInFlight, stats.Connections)
	}
}

// TestGoodbyes: a service that ends its connections all the time loses nothing and takes nothing twice.
func TestGoodbyes(t *testing.T) {
	for _, http1 := range []bool{false, true} {
		srv, sender := world(t, standin.Options{Latency: 5 * time.Millisecond, HTTP1: http1}, fcm.Options{Parallel: 200, HTTP1: http1})
		srv.CloseEvery(150)
		counts := storm(t, sender, 200, 3000, nil)
		stats := srv.Stats()
		if stats.Duplicates != 0 || stats.Accepted != 3000 || counts[push.Accepted] != 3000 {
			t.Errorf("HTTP/1 %v: %v, %d taken, %d of them twice", http1, counts, stats.Accepted, stats.Duplicates)
		}
	}
}

// TestEverythingAtOnce: of a service that fails in every way the verdicts are true. What was Accepted was taken once; what
// was Unsure was taken once or never; of all others nothing was taken.
func TestEverythingAtOnce(t *testing.T) {
	const seed = 20261122
	t.Logf("seed %d", seed)
	srv, sender := world(t, standin.Options{Latency: 5 * time.Millisecond, Seed: seed}, fcm.Options{Parallel: 200})
	for _, as := range []standin.Behaviour{
		standin.Unregistered, standin.BadToken, standin.SenderMismatch, standin.ThirdPartyAuth, standin.QuotaExceeded, standin.Internal,
		standin.BadGateway, standin.Unavailable, standin.UnavailableTaken, standin.ResetBefore, standin.ResetAfter, standin.Junk, standin.HalfAnswer,
	} {
		srv.Share(as, 0.02)
	}
	srv.Share(standin.CutAfter, 0.0005)
	srv.Share(standin.CutBefore, 0.0005)
	srv.CloseEvery(333)
	of := map[standin.Behaviour]push.Result{
		standin.Unregistered: push.Gone, standin.BadToken: push.Bad, standin.SenderMismatch: push.Mismatch, standin.ThirdPartyAuth: push.Config,
	}
	counts := storm(t, sender, 200, 4000, func(m *push.Message, v push.Verdict) {
		copies := srv.Copies(m.ID, m.Target.Address)
		if most := map[push.Result]int{push.Accepted: 1, push.Unsure: 1}[v.Result]; copies > most || v.Result == push.Accepted && copies != 1 {
			t.Errorf("%+v of a message that was taken %d times", v, copies)
		}
		if want, ok := of[srv.Behaves(m.Target.Address)]; ok && v.Result != want && v.Result != push.Unsure && v.Code != "unsent" {
			t.Errorf("%+v of a target that is %s", v, srv.Behaves(m.Target.Address))
		}
	})
	t.Logf("%v, %+v", counts, srv.Stats())
	if stats := srv.Stats(); stats.Duplicates != 0 || stats.Requests > 4000 {
		t.Errorf("%d requests for 4000 messages, %d taken twice", stats.Requests, stats.Duplicates)
	}
	for _, result := range []push.Result{push.Accepted, push.Unsure, push.Later, push.Gone, push.Bad, push.Mismatch, push.Config} {
		if counts[result] == 0 {
			t.Errorf("no %s among %v", result, counts)
		}
	}
}

// TestTargetTurnsInvalid: what is taken in the morning may be gone at noon.
func TestTargetTurnsInvalid(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	srv.BehaveAfter(2, "phone", standin.Unregistered)
	for i, want := range []push.Result{push.Accepted, push.Accepted, push.Gone, push.Gone} {
		if got := sender.Send(t.Context(), call("phone")); got.Result != want {
			t.Errorf("message %d: %+v, want %s", i, got, want)
		}
	}
}

// TestNothingOfTheTargetIsTold: a verdict is logged and measured, so it holds nothing that a service or a client said.
func TestNothingOfTheTargetIsTold(t *testing.T) {
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	for _, row := range answers {
		srv.Behave("SECRET-TARGET", row.as)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if row.as == standin.Hang || row.as == standin.HangAfter {
			cancel()
		}
		v := sender.Send(ctx, call("SECRET-TARGET"))
		cancel()
		for _, c := range v.Code {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
				t.Errorf("%s: the code is %q", row.as, v.Code)
			}
		}
	}
}
