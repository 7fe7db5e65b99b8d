package push_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestRefusalsPauseTheIntent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var faulty atomic.Bool
		faulty.Store(true)
		s := &service{takes: 10 * time.Millisecond}
		var wrong syncproto.ID
		s.answer = func(m *push.Message, _ int) push.Verdict {
			if m.Record == wrong && faulty.Load() {
				return push.Verdict{Result: push.Refused, Code: "bad_message"}
			}
			return push.Verdict{Result: push.Accepted}
		}
		bad := w.intent(storage.ClassRoutine, 2000, func(i *storage.Intent, _ int, _ *phone) { wrong = i.Record })
		good := w.intent(storage.ClassRoutine, 2000, nil)
		e, stop := w.run(push.Options{Senders: only(s), InFlight: 16, Ramp: -1})
		settle(10 * time.Second)
		w.want(good, states{storage.DeliveryAccepted: 2000})
		got := w.tally(bad)
		if got[storage.DeliveryFailed] < 50 || got[storage.DeliveryFailed] > 66 || got[storage.DeliveryDue]+got[storage.DeliveryFailed] != 2000 {
			t.Errorf("the faulty intent: %v", got)
		}
		if p := e.Status().Paused; len(p) != 1 || p[0].Number != bad || p[0].Kind != "call" {
			t.Errorf("paused: %+v", p)
		}
		faulty.Store(false)
		if err := e.Resume(t.Context(), bad); err != nil {
			t.Fatal(err)
		}
		settle(10 * time.Second)
		if after := w.tally(bad); after[storage.DeliveryAccepted] != got[storage.DeliveryDue] {
			t.Errorf("after it was resumed: %v", after)
		}
		if err := e.Resume(t.Context(), 999); syncproto.CodeOf(err) != syncproto.CodeNotFound {
			t.Errorf("resume of no intent: %v", err)
		}
		stop()
	})
}

func TestCancelledIntentIsNotSentOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 100 * time.Millisecond}
		number := w.intent(storage.ClassUrgent, 1000, nil)
		e, stop := w.run(push.Options{Senders: only(s), Rate: 100, Ramp: -1})
		settle(time.Second)
		w.update(func(tx storage.Tx) error {
			_, err := tx.CancelIntent(number, time.Now().UnixMilli())
			return err
		})
		e.Cancelled(number)
		before := int64(s.count())
		settle(time.Minute)
		if after := int64(s.count()); after > before {
			t.Errorf("%d were sent after the intent was cancelled", after-before)
		}
		w.want(number, states{storage.DeliveryAccepted: before, storage.DeliveryCancelled: 1000 - before})
		if got := e.Status(); got.Leased != 0 {
			t.Errorf("%d are still leased", got.Leased)
		}
		stop()
	})
}

func TestVerdictsRetireRegistrations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		answers := map[string]push.Verdict{
			"gone":  {Result: push.Gone, Code: "unregistered"},
			"other": {Result: push.Mismatch, Code: "sender_mismatch"},
			"bad":   {Result: push.Bad, Code: "bad_target"},
			"once":  {Result: push.Bad, Code: "bad_target"},
		}
		s := &service{answer: func(m *push.Message, nth int) push.Verdict {
			v, ok := answers[m.Target.Address]
			if !ok || m.Target.Address == "once" && nth > 1 {
				return push.Verdict{Result: push.Accepted}
			}
			return v
		}}
		names := []string{"good", "gone", "other", "bad", "once"}
		phones := make([]phone, len(names))
		first := w.intent(storage.ClassRoutine, len(names), func(_ *storage.Intent, nth int, p *phone) {
			p.Address, phones[nth] = names[nth], *p
			phones[nth].Address = names[nth]
		})
		e, stop := w.run(push.Options{Senders: only(s)})
		settle(time.Second)
		w.want(first, states{storage.DeliveryAccepted: 1, storage.DeliveryGone: 2, storage.DeliveryFailed: 2})
		check := func(want map[string]string) {
			t.Helper()
			w.view(func(r storage.Reader) error {
				for n, name := range names {
					got, err := r.Registration(phones[n].Device)
					if err != nil {
						return err
					}
					if text := fmt.Sprint(got.Bad, " ", got.Code, " ", got.Retired > 0); text != want[name] {
						t.Errorf("%s: %s, want %s", name, text, want[name])
					}
				}
				return nil
			})
		}
		check(map[string]string{"good": "0  false", "gone": "0 unregistered true", "other": "0 sender_mismatch true", "bad": "1  false", "once": "1  false"})
		again := &storage.Intent{Kind: "call", Class: storage.ClassRoutine, Record: w.id(), Revision: 1, Due: 1, Persons: 2}
		w.update(func(tx storage.Tx) error {
			share := storage.Share{Persons: []syncproto.ID{phones[3].Person, phones[4].Person}}
			if _, err := tx.AddIntent(again, []storage.Share{share}); err != nil {
				return err
			}
			share.Intent = again.Number
			var rows []storage.Delivery
			for _, p := range phones[3:] {
				rows = append(rows, storage.Delivery{Intent: again.Number, Person: p.Person, Device: p.Device, Class: again.Class, State: storage.DeliveryDue, Due: 1})
			}
			_, err := tx.Plan(&share, rows)
			return err
		})
		e.Wake()
		settle(time.Second)
		check(map[string]string{"good": "0  false", "gone": "0 unregistered true", "other": "0 sender_mismatch true", "bad": "2 bad_target true", "once": "0  false"})
		stop()
	})
}
