package push_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestShutdownDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 10 * time.Second}
		number := w.intent(storage.ClassRoutine, 1000, nil)
		_, stop := w.run(push.Options{Senders: only(s), InFlight: 40, Ramp: -1})
		settle(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the shutdown took %v", took)
		}
		if s.count() != 38 {
			t.Errorf("%d were sent through 38 slots", s.count())
		}
		w.want(number, states{storage.DeliveryAccepted: 38, storage.DeliveryDue: 962})
	})
}

func TestShutdownCutsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		number := w.intent(storage.ClassRoutine, 100, nil)
		_, stop := w.run(push.Options{Senders: only(hanging{}), InFlight: 8, Ramp: -1})
		settle(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took < 14*time.Second || took > 15*time.Second {
			t.Errorf("the shutdown took %v", took)
		}
		w.want(number, states{storage.DeliveryDue: 100})
		tried := 0
		for _, d := range w.deliveries(number) {
			tried += d.Attempts
		}
		if tried != 7 {
			t.Errorf("%d attempts are written down, 7 were under way", tried)
		}
	})
}

// hanging never answers.
type hanging struct{}

func (hanging) Send(ctx context.Context, _ *push.Message) push.Verdict {
	<-ctx.Done()
	return push.Verdict{Result: push.Unsure, Code: "timeout"}
}

// failing is a store whose transactions fail while it is told so.
type failing struct {
	storage.Store
	down atomic.Bool
}

func (f *failing) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if f.down.Load() {
		return syncproto.E(syncproto.CodeUnavailable, "test", errors.New("the disk is full"))
	}
	return f.Store.Update(ctx, fn)
}

func TestDatabaseThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 20 * time.Millisecond}
		store := &failing{Store: w.store}
		number := w.intent(storage.ClassUrgent, 3000, nil)
		store.down.Store(true)
		e, stop := w.run(push.Options{Senders: only(s), Store: store, InFlight: 64, Ramp: -1})
		settle(10 * time.Second)
		if s.count() != 0 {
			t.Fatal("something is sent before the interrupted ones were looked for")
		}
		store.down.Store(false)
		settle(10 * time.Second)
		store.down.Store(true)
		before := s.count()
		settle(10 * time.Minute)
		if n := s.count() - before; n > 64 {
			t.Errorf("%d messages were sent that could not be written down", n)
		}
		if got := e.Status(); got.Trouble != syncproto.CodeUnavailable || got.Unwritten == 0 || got.Unwritten > 64 {
			t.Errorf("status %+v", got)
		}
		store.down.Store(false)
		settle(time.Minute)
		w.want(number, states{storage.DeliveryAccepted: 3000})
		if s.count() != 3000 {
			t.Errorf("%d sends for 3000 deliveries", s.count())
		}
		if n := strings.Count(w.logs.String(), "level=ERROR"); n != 1 {
			t.Errorf("the operator is told %d times", n)
		}
		stop()
	})
}
