package push

import (
	"context"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// statusTime bounds the question to the database that Status asks.
const statusTime = 2 * time.Second

// Status is what an operator sees. It names no person, device or target.
type Status struct {
	Services  []ServiceStatus
	InFlight  int                       // messages under way
	Unwritten int                       // through, and not yet written down
	Leased    int                       // all that the process holds, these included
	Quiet     bool                      // only urgent messages go now
	Waiting   map[storage.Class]Waiting // what is due; nil where the database does not answer
	Paused    []PausedIntent            // an alarm each
	Found     int64                     // deliveries that a killed process had under way, as this one found when it began
	Trouble   syncproto.Code            // why results are not written down; "" while they are
}

// ServiceStatus is the state of one service.
type ServiceStatus struct {
	Service  Service
	Ready    bool         // the server has credentials for it
	Breaker  BreakerState // of the whole service
	Code     string       // why the breaker is not closed
	Since    time.Time    // since when it is not; the zero time while it is
	Retry    time.Time    // when one message probes an open one
	Paused   time.Time    // until when a quota keeps it at rest; the zero time if none does
	Rate     float64      // messages a second that may leave now
	Full     float64      // messages a second that may leave at most
	InFlight int
	Lanes    []LaneStatus     // platforms whose own breaker is not closed
	Results  map[Result]int64 // of attempts, in the last 24 hours of this process
}

// LaneStatus is the breaker of one platform of a service.
type LaneStatus struct {
	Platform Platform
	Breaker  BreakerState
	Code     string
	Since    time.Time
	Retry    time.Time
}

// Waiting says how many deliveries of a class are due, and since when the oldest is.
type Waiting struct {
	Count  int64
	Oldest time.Time // the zero time if none is
}

// PausedIntent is an intent whose messages are refused (IntentPaused). Resume lets it go on.
type PausedIntent struct {
	Number int64
	Kind   string
	Record syncproto.ID
}

// Status says how the engine stands. It asks the database for at most two seconds.
func (e *Engine) Status() Status {
	s := e.snapshot()
	ctx, cancel := context.WithTimeout(context.Background(), statusTime)
	defer cancel()
	now := e.opt.Now().UnixMilli()
	err := e.opt.Store.View(ctx, func(r storage.Reader) error {
		s.Waiting, s.Paused = map[storage.Class]Waiting{}, nil
		for _, class := range classes {
			n, oldest, err := r.Waiting(class, now)
			if err != nil {
				return err
			}
			w := Waiting{Count: n}
			if oldest > 0 {
				w.Oldest = time.UnixMilli(oldest)
			}
			s.Waiting[class] = w
		}
		intents, err := r.Intents()
		for _, i := range intents {
			if i.State == storage.IntentPaused {
				s.Paused = append(s.Paused, PausedIntent{Number: i.Number, Kind: i.Kind, Record: i.Record})
			}
		}
		return err
	})
	if err != nil {
		s.Waiting, s.Paused = nil, nil
	}
	return s
}

// snapshot is the part of Status that needs no database.
func (e *Engine) snapshot() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opt.Now()
	s := Status{Leased: e.leased, Quiet: e.opt.Quiet(now), Found: e.found.Leases, Trouble: e.trouble}
	for _, l := range e.order {
		s.InFlight += l.sending
		s.Services = append(s.Services, l.status(now))
	}
	s.Unwritten = e.taken - s.InFlight
	return s
}

func (l *lane) status(now time.Time) ServiceStatus {
	s := ServiceStatus{
		Service: l.service, Ready: l.sender != nil, Breaker: l.breaker.state, Code: l.breaker.code, Since: l.breaker.since,
		Rate: l.pacer.speed(now), Full: l.pacer.full, InFlight: l.sending, Results: l.recent.sum(now),
	}
	if l.sender == nil {
		s.Code = codeNoSender
	}
	if l.breaker.state == BreakerOpen {
		s.Retry = l.breaker.retry
	}
	if now.Before(l.paused) {
		s.Paused = l.paused
	}
	for _, p := range [...]Platform{Android, IOS, Web} {
		if b := l.platforms[p]; b != nil && b.open() {
			s.Lanes = append(s.Lanes, LaneStatus{Platform: p, Breaker: b.state, Code: b.code, Since: b.since, Retry: b.retry})
		}
	}
	return s
}

// measure registers what is read when somebody looks at the metrics.
func (e *Engine) measure() {
	m := e.opt.Metrics
	if m == nil {
		return
	}
	gauges := []struct {
		name, help string
		value      func(s Status) float64
	}{
		{"lantoa_push_in_flight", "Pushes under way now.", func(s Status) float64 { return float64(s.InFlight) }},
		{"lantoa_push_leased", "Deliveries that the process holds now.", func(s Status) float64 { return float64(s.Leased) }},
		{"lantoa_push_rate", "Pushes a second that may leave now, of all services.", func(s Status) float64 {
			sum := 0.0
			for _, l := range s.Services {
				sum += l.Rate
			}
			return sum
		}},
		{"lantoa_push_stopped", "Services whose pushes are stopped now.", func(s Status) float64 {
			n := 0
			for _, l := range s.Services {
				if l.Ready && l.Breaker != BreakerClosed {
					n++
				}
			}
			return float64(n)
		}},
	}
	for _, g := range gauges {
		m.Gauge(g.name, g.help, func() float64 { return g.value(e.snapshot()) })
	}
	m.Gauge("lantoa_push_oldest_seconds", "For how long the oldest push that is due has waited.", e.oldest)
}

// oldest is the age of what has waited longest, in seconds.
func (e *Engine) oldest() float64 {
	now, s := e.opt.Now(), e.Status()
	age := 0.0
	for _, w := range s.Waiting {
		if !w.Oldest.IsZero() {
			age = max(age, now.Sub(w.Oldest).Seconds())
		}
	}
	return age
}
