package push

import (
	"time"

	"golang.org/x/time/rate"
)

const (
	// slowStart is the part of the full rate that a lane begins with after idle: FCM asks for a ramp-up of a minute.
	slowStart   = 0.1
	defaultRamp = time.Minute
	// burstTime is how much of a second's allowance may leave at once. It is above what timers miss by.
	burstTime = 20 * time.Millisecond
	// halvings is how far apart two halvings are at least: answers to messages that left together count once.
	halvings = time.Second
	// quotaPause is how long a lane rests after a quota verdict that does not say.
	quotaPause = time.Minute
)

// pacer says when the next message of a service may leave. Its rate starts at a tenth after idle, grows linearly to the
// full rate, and is halved by a quota. It belongs to the engine's loop.
type pacer struct {
	full   float64 // a second
	ramp   time.Duration
	now    float64   // the rate at grown
	grown  time.Time // when now was last computed
	halved time.Time
	bucket *rate.Limiter
	next   time.Time // when the token that is reserved may be used
	held   bool      // one is reserved
}

func newPacer(full float64, ramp time.Duration) *pacer {
	burst := max(int(full*burstTime.Seconds()), 1)
	return &pacer{full: full, ramp: ramp, bucket: rate.NewLimiter(rate.Limit(full), burst)}
}

// grow brings the rate up to date. A lane that sent nothing for the time of a ramp begins anew.
func (p *pacer) grow(at time.Time) {
	idle := at.Sub(p.grown)
	if p.grown.IsZero() || idle >= defaultRamp {
		p.now = p.full
		if p.ramp > 0 {
			p.now = p.full * slowStart
		}
	} else if p.now < p.full {
		// Until the ramp is over the rate changes with every message; a hundredth of it is soon enough.
		if p.ramp > 0 && idle < p.ramp/500 {
			return
		}
		p.now = min(p.now+p.slope()*idle.Seconds(), p.full)
	} else {
		p.grown = at
		return
	}
	p.grown = at
	p.bucket.SetLimitAt(at, rate.Limit(p.now))
}

// slope is what the rate gains in a second.
func (p *pacer) slope() float64 {
	ramp := p.ramp
	if ramp <= 0 {
		ramp = defaultRamp
	}
	return p.full * (1 - slowStart) / ramp.Seconds()
}

// ready reports whether a message may leave now, and otherwise when. A true answer stands until take.
func (p *pacer) ready(at time.Time) (time.Time, bool) {
	if !p.held {
		p.grow(at)
		p.next = at.Add(p.bucket.ReserveN(at, 1).DelayFrom(at))
		p.held = true
	}
	return p.next, !at.Before(p.next)
}

// take uses the token that ready promised.
func (p *pacer) take() { p.held = false }

// restart begins with the slow start again, after a time in which nothing passed.
func (p *pacer) restart(at time.Time) {
	if p.ramp > 0 {
		p.now, p.grown = min(p.now, p.full*slowStart), at
		p.bucket.SetLimitAt(at, rate.Limit(p.now))
	}
}

// halve answers a quota.
func (p *pacer) halve(at time.Time) {
	if at.Sub(p.halved) < halvings {
		return
	}
	p.halved = at
	p.grow(at)
	p.now = min(max(p.now/2, p.full/100, 1), p.full)
	p.grown = at
	p.bucket.SetLimitAt(at, rate.Limit(p.now))
}

// speed is what may leave in a second as of a time.
func (p *pacer) speed(at time.Time) float64 {
	if p.grown.IsZero() || at.Sub(p.grown) >= defaultRamp {
		if p.ramp > 0 {
			return p.full * slowStart
		}
		return p.full
	}
	return min(p.now+p.slope()*at.Sub(p.grown).Seconds(), p.full)
}
