package push

import (
	"time"

	"lantoa/storage"
)

// classes are the classes in the order in which they go.
var classes = [...]storage.Class{storage.ClassUrgent, storage.ClassWorkflow, storage.ClassRoutine}

// urgent is the place of the class that is never closed and has slots of its own.
const urgent = 0

// perClass holds something for each class.
type perClass[T any] [len(classes)]T

// item is a delivery between its lease and its outcome.
type item struct {
	leased storage.Leased
	class  int
	lane   *lane
	// The breakers that this one probes.
	probe, platformProbe bool
}

func (i *item) platform() Platform { return Platform(i.leased.Registration.Platform) }

// noSenderWait is how long deliveries of a service rest that the server has no sender for. Whoever configures one
// restarts the server.
const noSenderWait = 5 * time.Minute

// platformHold is how long deliveries of a platform rest while one of them is a probe.
const platformHold = 5 * time.Second

// lane is everything on its way to one service. It belongs to the engine's loop.
type lane struct {
	service   Service
	sender    Sender // nil where none is configured
	pacer     *pacer
	breaker   breaker
	platforms map[Platform]*breaker // of platforms that a Config named
	paused    time.Time             // by a quota
	silent    int                   // answers in a row that left everything open
	sending   int
	queues    perClass[queue]
	recent    window
}

func newLane(service Service, sender Sender, rate float64, ramp time.Duration) *lane {
	l := &lane{service: service, sender: sender, pacer: newPacer(rate, ramp), platforms: map[Platform]*breaker{}}
	l.breaker.close()
	return l
}

// leases reports whether it makes sense to lease something for the lane.
func (l *lane) leases(at time.Time) bool {
	if l.sender == nil || at.Before(l.paused) {
		return false
	}
	ok, _ := l.breaker.pass(at)
	return ok
}

// opens says when a closed lane opens; the zero time for one that is open, or that a probe under way decides about.
func (l *lane) opens(at time.Time) time.Time {
	t := l.paused
	if l.breaker.state == BreakerOpen && l.breaker.retry.After(t) {
		t = l.breaker.retry
	}
	if l.sender == nil || !t.After(at) {
		return time.Time{}
	}
	return t
}

// admit says whether a message may leave as far as the lane's breakers and pauses go. Otherwise it goes back until a time,
// or, for the zero time, waits for a probe under way.
func (l *lane) admit(at time.Time, platform Platform) (ok bool, back time.Time) {
	if l.sender == nil {
		return false, at.Add(noSenderWait)
	}
	if at.Before(l.paused) {
		return false, l.paused
	}
	if pass, hold := l.breaker.pass(at); hold {
		return false, time.Time{}
	} else if !pass {
		return false, l.breaker.retry
	}
	if b := l.platforms[platform]; b != nil {
		if pass, hold := b.pass(at); hold {
			return false, at.Add(platformHold)
		} else if !pass {
			return false, b.retry
		}
	}
	return true, time.Time{}
}

// begin is told of an item that leaves.
func (l *lane) begin(i *item) {
	i.probe = l.breaker.begin()
	if b := l.platforms[i.platform()]; b != nil {
		i.platformProbe = b.begin()
	}
	l.sending++
}

// breakerOf is the breaker that a Config concerns: of a platform, or of all.
func (l *lane) breakerOf(platform Platform) *breaker {
	if platform == "" {
		return &l.breaker
	}
	b := l.platforms[platform]
	if b == nil {
		b = &breaker{state: BreakerClosed}
		l.platforms[platform] = b
	}
	return b
}

// first is the item that goes next; nil if none waits.
func (l *lane) first() *item {
	for c := range l.queues {
		if i := l.queues[c].first(); i != nil {
			return i
		}
	}
	return nil
}

// queue is a line of items.
type queue struct{ items []*item }

func (q *queue) push(i *item) { q.items = append(q.items, i) }

func (q *queue) first() *item {
	if len(q.items) == 0 {
		return nil
	}
	return q.items[0]
}

func (q *queue) pop() *item {
	i := q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	return i
}
