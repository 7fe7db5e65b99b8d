package push

import "time"

// BreakerState says whether messages pass.
type BreakerState string

// The states of a breaker.
const (
	BreakerClosed  BreakerState = "closed"  // messages pass
	BreakerOpen    BreakerState = "open"    // none passes until a time
	BreakerProbing BreakerState = "probing" // one is under way, and decides
)

const (
	// Wrong credentials are put right by people: a probe after half a minute, later every five minutes.
	configWait, configWaitMost = 30 * time.Second, 5 * time.Minute
	// A service or line that is out of reach often is back soon.
	outageWait, outageWaitMost = 10 * time.Second, time.Minute
	// silence is how many answers in a row may leave it open whether a message was taken before the service counts as
	// down: without it an outage would use up the repetitions of every delivery.
	silence = 20
)

// The codes under which the engine itself closes a lane.
const (
	codeSilent   = "no_answers" // many sends in a row without an answer that says anything
	codeNoSender = "no_sender"  // the server has no credentials for the service
)

// breaker keeps messages from a service that would refuse them all. It belongs to the engine's loop.
type breaker struct {
	state BreakerState
	code  string
	since time.Time
	retry time.Time // of an open one
	wait  time.Duration
}

// pass says whether a message may leave now. hold means that one is under way which decides.
func (b *breaker) pass(at time.Time) (ok, hold bool) {
	switch b.state {
	case BreakerOpen:
		return !at.Before(b.retry), false
	case BreakerProbing:
		return false, true
	}
	return true, false
}

// begin is told of a message that leaves, and reports whether it is a probe.
func (b *breaker) begin() bool {
	if b.state != BreakerOpen {
		return false
	}
	b.state = BreakerProbing
	return true
}

// trip opens the breaker. It reports whether it was closed: answers of messages that had left before change nothing, and
// a probe that fails doubles the wait. What fails when a probe might pass counts as one: a phone that is registered as of another
// platform is not held by the breaker that it trips, and would otherwise be due again at once, for ever.
func (b *breaker) trip(at time.Time, code string, probe bool, draw float64) bool {
	first, most := configWait, configWaitMost
	if code == codeSilent || code == CodeUnreachable {
		first, most = outageWait, outageWaitMost
	}
	switch {
	case b.open() && !probe && (b.state == BreakerProbing || at.Before(b.retry)):
		return false
	case b.open():
		b.wait = min(2*b.wait, most)
	default:
		b.since, b.wait = at, first
	}
	opened := !b.open()
	b.state, b.code, b.retry = BreakerOpen, code, at.Add(around(b.wait, draw))
	return opened
}

// open reports whether the breaker is open, a probe under way or not.
func (b *breaker) open() bool { return b.state == BreakerOpen || b.state == BreakerProbing }

// close lets everything pass again.
func (b *breaker) close() { *b = breaker{state: BreakerClosed} }
