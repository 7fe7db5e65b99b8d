package push_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/metrics"
	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
)

type states = map[storage.DeliveryState]int64

// settle lets a time pass.
func settle(d time.Duration) {
	time.Sleep(d) // of the bubble's clock
	synctest.Wait()
}

func TestEverythingIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 50 * time.Millisecond}
		number := w.intent(storage.ClassRoutine, 2345, nil)
		e, stop := w.run(push.Options{Senders: only(s), Rate: 10_000, Ramp: -1})
		settle(2 * time.Second)
		w.want(number, states{storage.DeliveryAccepted: 2345})
		for target, n := range s.of {
			if n != 1 {
				t.Errorf("%s was sent to %d times", target, n)
			}
		}
		w.view(func(r storage.Reader) error {
			i, err := r.Intent(number)
			if err == nil && i.State != storage.IntentDone {
				t.Errorf("the intent is %s", i.State)
			}
			return err
		})
		if got := e.Status(); got.Leased != 0 || got.InFlight != 0 || got.Unwritten != 0 || got.Services[0].Results[push.Accepted] != 2345 {
			t.Errorf("status %+v", got)
		}
		stop()
	})
}

func TestUrgentOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 150 * time.Millisecond}
		w.intent(storage.ClassRoutine, 5000, nil)
		e, stop := w.run(push.Options{Senders: only(s), Rate: 100, Ramp: -1})
		settle(3 * time.Second)
		before := s.count()
		called := time.Now()
		w.intent(storage.ClassUrgent, 200, nil)
		e.Wake()
		settle(2500 * time.Millisecond)
		urgent := 0
		for n, m := range s.all()[before:] {
			switch {
			case m.urgent && urgent == 0:
				if waited := m.at.Sub(called); waited > 100*time.Millisecond {
					t.Errorf("the first urgent message waited %v", waited)
				}
				urgent++
			case m.urgent:
				urgent++
			case urgent > 0 && urgent < 200:
				t.Fatalf("message %d after the call is routine, %d urgent ones wait", n, 200-urgent)
			}
		}
		if urgent != 200 {
			t.Errorf("%d of 200 urgent messages were sent", urgent)
		}
		stop()
	})
}

func TestUrgentHasSlotsOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 14 * time.Second}
		w.intent(storage.ClassWorkflow, 500, nil)
		e, stop := w.run(push.Options{Senders: only(s), Rate: 10_000, Ramp: -1, InFlight: 64})
		settle(time.Second)
		if s.count() != 56 {
			t.Fatalf("%d of 56 slots are used", s.count())
		}
		w.intent(storage.ClassUrgent, 20, nil)
		e.Wake()
		settle(100 * time.Millisecond)
		if s.count() != 64 || s.most != 64 {
			t.Errorf("%d of 64 slots are used", s.count())
		}
		stop()
	})
}

func TestWorkflowGoesBeforeRoutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{}
		w.intent(storage.ClassRoutine, 500, nil)
		second := w.intent(storage.ClassRoutine, 500, nil)
		workflow := w.intent(storage.ClassWorkflow, 300, nil)
		_, stop := w.run(push.Options{Senders: only(s), Rate: 100, Ramp: -1})
		settle(5 * time.Second)
		if got := w.tally(workflow)[storage.DeliveryAccepted]; got != 300 {
			t.Errorf("%d of 300 of class workflow went first", got)
		}
		if got := w.tally(second)[storage.DeliveryAccepted]; got < 80 {
			t.Errorf("the second routine intent had %d of 200 turns", got)
		}
		stop()
	})
}

func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{}
		from := time.Now().Truncate(time.Hour).Add(time.Hour)
		until := from.Add(8 * time.Hour)
		routine := w.intent(storage.ClassRoutine, 500, func(i *storage.Intent, _ int, _ *phone) {
			i.Due = from.Add(-2 * time.Second).UnixMilli()
		})
		short := w.intent(storage.ClassWorkflow, 10, func(i *storage.Intent, _ int, _ *phone) {
			i.Due, i.Until = from.UnixMilli(), from.Add(time.Hour).UnixMilli()
		})
		e, stop := w.run(push.Options{Senders: only(s), Rate: 100, Ramp: -1, Quiet: func(now time.Time) bool {
			return !now.Before(from) && now.Before(until)
		}})
		settle(from.Sub(time.Now()) + time.Minute)
		began := s.count()
		if began < 180 || began > 220 {
			t.Errorf("%d were sent in the two seconds before quiet hours", began)
		}
		for _, m := range s.all() {
			if !m.at.Before(from) {
				t.Fatalf("something was sent %v after quiet hours began", m.at.Sub(from))
			}
		}
		urgent := w.intent(storage.ClassUrgent, 7, nil)
		e.Wake()
		settle(time.Second)
		w.want(urgent, states{storage.DeliveryAccepted: 7})
		settle(2 * time.Hour)
		w.want(short, states{storage.DeliveryExpired: 10})
		settle(until.Sub(time.Now()) + 10*time.Second)
		w.want(routine, states{storage.DeliveryAccepted: 500})
		if first := s.all()[began+7]; first.at.Sub(until) > 100*time.Millisecond || first.at.Before(until) {
			t.Errorf("the first after quiet hours was sent %v after their end", first.at.Sub(until))
		}
		stop()
	})
}

func TestQuotaRestsTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		quotas := 0
		s := &service{takes: 20 * time.Millisecond}
		s.answer = func(m *push.Message, nth int) push.Verdict {
			if n := len(s.all()); n > 500 && quotas < 3 {
				quotas++
				return push.Verdict{Result: push.Later, Code: push.CodeQuota, Lane: true, After: 30 * time.Second}
			}
			return push.Verdict{Result: push.Accepted}
		}
		number := w.intent(storage.ClassRoutine, 2000, nil)
		e, stop := w.run(push.Options{Senders: only(s), Rate: 400, Ramp: -1})
		settle(2 * time.Second)
		rested := s.count()
		got := e.Status().Services[0]
		if rest := time.Until(got.Paused); rest < 25*time.Second || rest > 33*time.Second || got.Rate > 260 || got.Breaker != push.BreakerClosed {
			t.Errorf("after a quota: rest %v, rate %v, breaker %s", rest, got.Rate, got.Breaker)
		}
		settle(25 * time.Second)
		if s.count() != rested {
			t.Errorf("%d messages were sent while the lane rests", s.count()-rested)
		}
		settle(30 * time.Second)
		w.want(number, states{storage.DeliveryAccepted: 2000})
		again := 0
		for _, n := range s.of {
			again += n - 1
		}
		if again != quotas {
			t.Errorf("%d messages were sent again after %d quotas", again, quotas)
		}
		stop()
	})
}

func TestConfigStopsTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var broken atomic.Bool
		broken.Store(true)
		s := &service{takes: 20 * time.Millisecond, answer: func(*push.Message, int) push.Verdict {
			if broken.Load() {
				return push.Verdict{Result: push.Config, Code: "auth"}
			}
			return push.Verdict{Result: push.Accepted}
		}}
		number := w.intent(storage.ClassUrgent, 1000, nil)
		e, stop := w.run(push.Options{Senders: only(s), InFlight: 32, Ramp: -1})
		settle(25 * time.Second)
		first := s.count()
		if first > 32 {
			t.Errorf("%d messages were tried before the service was stopped", first)
		}
		got := e.Status().Services[0]
		if got.Breaker != push.BreakerOpen || got.Code != "auth" || got.Since.IsZero() {
			t.Errorf("status %+v", got)
		}
		settle(5 * time.Minute)
		if probes := s.count() - first; probes < 3 || probes > 4 { // after 30, 60, 120 and 240 s, and a little more
			t.Errorf("%d probes in five minutes", probes)
		}
		w.want(number, states{storage.DeliveryDue: 1000})
		broken.Store(false)
		settle(6 * time.Minute)
		w.want(number, states{storage.DeliveryAccepted: 1000})
		for _, d := range w.deliveries(number) {
			if d.Attempts != 1 || len(w.attempts(d.Number)) != 1 {
				t.Fatalf("a delivery has %d attempts", d.Attempts)
			}
		}
		if n := strings.Count(w.logs.String(), "level=ERROR"); n != 1 {
			t.Errorf("the operator is told %d times:\n%s", n, w.logs.String())
		}
		stop()
	})
}

func TestAPNsStopsIOSAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var broken atomic.Bool
		broken.Store(true)
		s := &service{takes: 20 * time.Millisecond, answer: func(m *push.Message, _ int) push.Verdict {
			if broken.Load() && m.Target.Platform == push.IOS {
				return push.Verdict{Result: push.Config, Code: "third_party_auth", Platform: push.IOS}
			}
			return push.Verdict{Result: push.Accepted}
		}}
		number := w.intent(storage.ClassUrgent, 1000, func(_ *storage.Intent, nth int, p *phone) {
			if nth%2 == 0 {
				p.Platform = string(push.IOS)
			}
		})
		e, stop := w.run(push.Options{Senders: only(s), InFlight: 32, Ramp: -1})
		settle(20 * time.Second)
		w.want(number, states{storage.DeliveryAccepted: 500, storage.DeliveryDue: 500})
		if got := e.Status().Services[0]; got.Breaker != push.BreakerClosed || len(got.Lanes) != 1 || got.Lanes[0].Code != "third_party_auth" {
			t.Errorf("status %+v", got)
		}
		broken.Store(false)
		settle(2 * time.Minute)
		w.want(number, states{storage.DeliveryAccepted: 1000})
		if got := e.Status().Services[0]; len(got.Lanes) != 0 {
			t.Errorf("status %+v", got)
		}
		stop()
	})
}

func TestOutageDoesNotUseUpRepetitions(t *testing.T) {
	for _, v := range []push.Verdict{
		{Result: push.Unsure, Code: "unavailable"},
		{Result: push.Unsure, Code: "reset"},
		{Result: push.Later, Code: "internal"},
		{Result: push.Later, Code: push.CodeUnreachable, Lane: true},
	} {
		t.Run(v.Code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				var down atomic.Bool
				s := &service{takes: 50 * time.Millisecond, answer: func(*push.Message, int) push.Verdict {
					if down.Load() {
						return v
					}
					return push.Verdict{Result: push.Accepted}
				}}
				number := w.intent(storage.ClassRoutine, 4000, nil)
				_, stop := w.run(push.Options{Senders: only(s), Rate: 200, Ramp: -1})
				settle(5 * time.Second)
				down.Store(true)
				settle(5 * time.Minute)
				down.Store(false)
				settle(3 * time.Minute)
				w.want(number, states{storage.DeliveryAccepted: 4000})
				if n := s.count() - 4000; n > 150 {
					t.Errorf("an outage cost %d requests", n)
				}
				stop()
			})
		})
	}
}

func TestUnsureIsRepeatedWithItsIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := &service{answer: func(m *push.Message, _ int) push.Verdict {
			if m.Target.Address == "cut" {
				return push.Verdict{Result: push.Unsure, Code: "reset"}
			}
			return push.Verdict{Result: push.Accepted}
		}}
		number := w.intent(storage.ClassRoutine, 2, func(_ *storage.Intent, nth int, p *phone) {
			if nth == 1 {
				p.Address = "cut"
			}
		})
		_, stop := w.run(push.Options{Senders: only(s)})
		settle(10 * time.Minute)
		w.want(number, states{storage.DeliveryAccepted: 1, storage.DeliveryUnsure: 1})
		ids, sends := map[string]bool{}, 0
		for _, m := range s.all() {
			if m.target == "cut" {
				ids[m.id] = true
				sends++
			}
		}
		if sends != 3 || len(ids) != 1 {
			t.Errorf("%d sends with %d identities, want 3 with one", sends, len(ids))
		}
		d := w.deliveries(number)[1]
		if got := w.attempts(d.Number); d.Attempts != 3 || len(got) != 3 || got[2].Result != "unsure" || got[2].Code != "reset" || d.Code != "reset" {
			t.Errorf("delivery %+v with attempts %+v", d, got)
		}
		stop()
	})
}

func TestLaterGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		asked := 2 * time.Minute
		s := &service{answer: func(m *push.Message, nth int) push.Verdict {
			v := push.Verdict{Result: push.Later, Code: "internal", After: asked}
			if m.Target.Address == "once unsure" && nth == 1 {
				v.Result = push.Unsure
			}
			return v
		}}
		long := w.intent(storage.ClassUrgent, 2, func(_ *storage.Intent, nth int, p *phone) {
			p.Address = []string{"never", "once unsure"}[nth]
		})
		short := w.intent(storage.ClassUrgent, 1, func(i *storage.Intent, _ int, p *phone) {
			i.Until, p.Address = time.Now().Add(5*time.Minute).UnixMilli(), "short"
		})
		began := time.Now()
		_, stop := w.run(push.Options{Senders: only(s)})
		settle(70 * time.Minute)
		w.want(long, states{storage.DeliveryExpired: 1, storage.DeliveryUnsure: 1})
		w.want(short, states{storage.DeliveryExpired: 1})
		last := map[string]time.Time{}
		for _, m := range s.all() {
			if before, ok := last[m.target]; ok && m.at.Sub(before) < asked {
				t.Errorf("%s was sent to after %v, the service asked for %v", m.target, m.at.Sub(before), asked)
			}
			last[m.target] = m.at
		}
		if ended := last["short"].Sub(began); ended > 5*time.Minute {
			t.Errorf("something was sent %v after it began, its end is at 5 min", ended)
		}
		if ended := last["never"].Sub(began); ended > time.Hour {
			t.Errorf("it is still tried after %v", ended)
		}
		stop()
	})
}

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

func TestNothingIsSentAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 50 * time.Millisecond}
		end := time.Now().Add(3 * time.Second)
		number := w.intent(storage.ClassUrgent, 1000, func(i *storage.Intent, _ int, _ *phone) { i.Until = end.UnixMilli() })
		_, stop := w.run(push.Options{Senders: only(s), Rate: 100, Ramp: -1})
		settle(5 * time.Second)
		got := w.tally(number)
		if got[storage.DeliveryAccepted] < 280 || got[storage.DeliveryAccepted]+got[storage.DeliveryExpired] != 1000 {
			t.Errorf("%v", got)
		}
		for _, m := range s.all() {
			if m.at.After(end) {
				t.Fatalf("something was sent %v after its end", m.at.Sub(end))
			}
		}
		stop()
	})
}

func TestWhatIsDueLaterIsSentThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{}
		due := time.Now().Add(3*time.Hour + 7*time.Second + 7*time.Millisecond)
		w.intent(storage.ClassRoutine, 1, func(i *storage.Intent, _ int, _ *phone) { i.Due = due.UnixMilli() })
		_, stop := w.run(push.Options{Senders: only(s)})
		settle(4 * time.Hour)
		if got := s.all(); len(got) != 1 || got[0].at.Before(due) || got[0].at.Sub(due) > between {
			t.Errorf("sent %v, due %v", got, due)
		}
		stop()
	})
}

// between is how far apart the engine looks for what has become due.
const between = 100 * time.Millisecond

func TestIdleEngineRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{}
		counted := &counting{Store: w.store}
		_, stop := w.run(push.Options{Senders: only(s), Store: counted})
		settle(time.Hour)
		if n := counted.updates.Load(); n > 63 {
			t.Errorf("%d transactions in an idle hour", n)
		}
		stop()
	})
}

// counting is a store that counts transactions.
type counting struct {
	storage.Store
	updates atomic.Int64
}

func (c *counting) Update(ctx context.Context, fn func(storage.Tx) error) error {
	c.updates.Add(1)
	return c.Store.Update(ctx, fn)
}

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
		if s.count() != 35 {
			t.Errorf("%d were sent through 35 slots", s.count())
		}
		w.want(number, states{storage.DeliveryAccepted: 35, storage.DeliveryDue: 965})
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

func TestServiceWithoutSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{}
		number := w.intent(storage.ClassUrgent, 200, func(i *storage.Intent, nth int, p *phone) {
			i.Until = time.Now().Add(time.Hour).UnixMilli()
			if nth%2 == 0 {
				p.Service = string(push.WebPush)
			}
		})
		e, stop := w.run(push.Options{Senders: only(s)})
		settle(10 * time.Second)
		w.want(number, states{storage.DeliveryAccepted: 100, storage.DeliveryDue: 100})
		got := e.Status().Services
		if len(got) != 2 || got[1].Ready || got[1].Code != "no_sender" {
			t.Errorf("status %+v", got)
		}
		settle(time.Hour)
		w.want(number, states{storage.DeliveryAccepted: 100, storage.DeliveryExpired: 100})
		stop()
	})
}

func TestEngineWithoutSenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		number := w.intent(storage.ClassUrgent, 700, func(i *storage.Intent, _ int, _ *phone) {
			i.Until = time.Now().Add(time.Hour).UnixMilli()
		})
		_, stop := w.run(push.Options{})
		settle(30 * time.Minute)
		w.want(number, states{storage.DeliveryDue: 700})
		settle(31 * time.Minute)
		w.want(number, states{storage.DeliveryExpired: 700})
		stop()
	})
}

func TestServiceThatHangsLeavesRoomForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{takes: 20 * time.Millisecond}
		w.intent(storage.ClassWorkflow, 60, func(_ *storage.Intent, _ int, p *phone) { p.Service = string(push.WebPush) })
		_, stop := w.run(push.Options{
			Senders: map[push.Service]push.Sender{push.FCM: s, push.WebPush: hanging{}}, InFlight: 64, Ramp: -1,
		})
		settle(time.Second)
		number := w.intent(storage.ClassUrgent, 200, nil)
		settle(time.Minute)
		w.want(number, states{storage.DeliveryAccepted: 200})
		stop()
	})
}

func TestSenderThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := &service{answer: func(m *push.Message, _ int) push.Verdict { panic("about " + m.Target.Address) }}
		number := w.intent(storage.ClassUrgent, 3, nil)
		_, stop := w.run(push.Options{Senders: only(s)})
		settle(30 * time.Minute)
		w.want(number, states{storage.DeliveryUnsure: 3})
		if strings.Contains(w.logs.String(), "secret-") {
			t.Error("the log quotes a target")
		}
		stop()
	})
}

func TestRunRunsOnce(t *testing.T) {
	w := newWorld(t)
	e := push.New(push.Options{Store: w.store, Render: render})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(ctx); err == nil {
		t.Error("a second Run begins")
	}
}

// TestNothingOfAnybodyIsTold looks for targets, persons, devices, records and words in logs, metrics and Status.
func TestNothingOfAnybodyIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m := newWorld(t), metrics.New("test")
		results := []push.Verdict{
			{Result: push.Accepted},
			{Result: push.Unsure, Code: "reset"},
			{Result: push.Later, Code: "internal"},
			{Result: push.Later, Code: push.CodeQuota, Lane: true},
			{Result: push.Gone, Code: "unregistered"},
			{Result: push.Bad, Code: "bad_target"},
			{Result: push.Mismatch, Code: "sender_mismatch"},
			{Result: push.Refused, Code: "bad_message"},
			{Result: push.Config, Code: "auth"},
		}
		s := &service{}
		s.answer = func(*push.Message, int) push.Verdict { return results[len(s.all())%len(results)] }
		var forbidden []string
		w.intent(storage.ClassUrgent, 500, func(i *storage.Intent, _ int, p *phone) {
			forbidden = append(forbidden, p.Address, string(p.Person), string(p.Device), string(i.Record))
		})
		e, stop := w.run(push.Options{Senders: only(s), Metrics: m})
		settle(20 * time.Minute)
		var told strings.Builder
		if err := m.Write(&told); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`lantoa_push_attempts_total{result="config",service="fcm"}`, "lantoa_push_in_flight 0", "lantoa_push_rate ", "lantoa_push_oldest_seconds ",
		} {
			if !strings.Contains(told.String(), want) {
				t.Errorf("the metrics lack %s", want)
			}
		}
		status := e.Status()
		status.Paused = nil // names the call, to whoever may read it
		told.WriteString(w.logs.String() + fmt.Sprintf("%+v", status))
		for _, text := range append(forbidden, "Title", "Body") {
			if strings.Contains(told.String(), text) {
				t.Fatalf("%q is told:\n%s", text, told.String())
			}
		}
		stop()
	})
}
