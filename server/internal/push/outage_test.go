package push_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
)

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

// TestPhoneOfAnotherPlatform answers for an Android phone what a service says of iOS: it waits like a probe, and is not asked
// for again and again.
func TestPhoneOfAnotherPlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := &service{takes: 20 * time.Millisecond, answer: func(*push.Message, int) push.Verdict {
			return push.Verdict{Result: push.Config, Code: "third_party_auth", Platform: push.IOS}
		}}
		number := w.intent(storage.ClassUrgent, 1, nil)
		_, stop := w.run(push.Options{Senders: only(s), Ramp: -1})
		settle(2 * time.Hour)
		if n := s.count(); n < 10 || n > 40 {
			t.Errorf("%d messages in two hours", n)
		}
		settle(23 * time.Hour)
		w.want(number, states{storage.DeliveryExpired: 1})
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
