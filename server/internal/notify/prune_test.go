package notify_test

import (
	"maps"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestOldDeliveriesAreForgotten: after 90 days, and not what came of them in sum.
func TestOldDeliveriesAreForgotten(t *testing.T) {
	w := newWorld(t)
	call := w.call(syncproto.CallUrgent, 10, w.member(), w.member())
	w.tick()
	w.update(func(tx storage.Tx) error {
		_, err := tx.CancelIntent(call.Number, w.millis())
		return err
	})
	want := w.outcome(call.Number)
	w.now = w.now.Add(90*24*time.Hour - time.Second)
	w.check(w.planner.Prune(t.Context()))
	if got := len(w.deliveries(call.Number)); got != 2 {
		t.Errorf("%d deliveries before the time", got)
	}
	w.now = w.now.Add(2 * time.Second)
	w.check(w.planner.Prune(t.Context()))
	if got := len(w.deliveries(call.Number)); got != 0 {
		t.Errorf("%d deliveries after it", got)
	}
	if got := w.outcome(call.Number); !maps.Equal(got, want) || len(want) == 0 {
		t.Errorf("the sum is %v, it was %v", got, want)
	}
}
