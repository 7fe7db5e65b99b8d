package push_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/metrics"
	"lantoa/server/internal/push"
	"lantoa/storage"
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
		if s.count() != 60 {
			t.Fatalf("%d of 60 slots are used", s.count())
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
		settle(time.Until(from) + time.Minute)
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
		settle(time.Until(until) + 10*time.Second)
		w.want(routine, states{storage.DeliveryAccepted: 500})
		if first := s.all()[began+7]; first.at.Sub(until) > 100*time.Millisecond || first.at.Before(until) {
			t.Errorf("the first after quiet hours was sent %v after their end", first.at.Sub(until))
		}
		stop()
	})
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
		// What is due within the hour may be held back by the rest of a service that fails, which is a minute here at most.
		if ended := last["never"].Sub(began); ended > time.Hour+time.Minute {
			t.Errorf("it is still tried after %v", ended)
		}
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

func TestRenderThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), &service{}
		number := w.intent(storage.ClassUrgent, 3, nil)
		_, stop := w.run(push.Options{Senders: only(s), Render: func(*storage.Leased) push.Message { panic("no words") }})
		settle(time.Minute)
		w.want(number, states{storage.DeliveryFailed: 3})
		if s.count() > 0 {
			t.Error("something was sent")
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
