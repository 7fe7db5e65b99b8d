package push_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
)

// slow is a store of which one transaction returns late.
type slow struct {
	storage.Store
	once   sync.Once
	before func() // it returns
}

func (s *slow) Update(ctx context.Context, fn func(storage.Tx) error) error {
	leases := false
	err := s.Store.Update(ctx, func(tx storage.Tx) error { return fn(&leaser{tx, &leases}) })
	if leases {
		s.once.Do(s.before)
	}
	return err
}

// leaser tells whether a transaction looked for something to send.
type leaser struct {
	storage.Tx
	leases *bool
}

func (l *leaser) Lease(class storage.Class, now, until int64, limit int) ([]storage.Leased, error) {
	*l.leases = true
	return l.Tx.Lease(class, now, until, limit)
}

// TestAWakeDuringATransactionCounts: what is committed after the engine has looked, and of which it hears before its own
// transaction is over, does not wait for the heartbeat.
func TestAWakeDuringATransactionCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: time.Millisecond}
		var number int64
		started, store := make(chan *push.Engine, 1), w.store
		w.store = &slow{Store: store, before: func() {
			other := &world{TB: w.TB, store: store, ids: 1000}
			number = other.intent(storage.ClassUrgent, 3, nil)
			(<-started).Wake()
			time.Sleep(time.Millisecond) // the loop takes it up
		}}
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(61 * time.Second))) // a second after a heartbeat
		e, stop := w.run(push.Options{Senders: only(s), Ramp: -1})
		started <- e
		settle(5 * time.Second)
		w.want(number, states{storage.DeliveryAccepted: 3})
		stop()
	})
}

// TestAClockThatStandsStill: how long a send may take is no business of the clock that says what is due.
func TestAClockThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: time.Millisecond}
		still := time.Now()
		e, stop := w.run(push.Options{Senders: only(s), Rate: 10_000, Ramp: -1, Now: func() time.Time { return still }})
		for range 2 {
			number := w.intent(storage.ClassUrgent, 1, func(i *storage.Intent, _ int, _ *phone) { i.At, i.Due = 1, 1 })
			e.Wake()
			settle(time.Minute)
			w.want(number, states{storage.DeliveryAccepted: 1})
		}
		stop()
	})
}
