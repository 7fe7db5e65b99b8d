package push

import (
	"context"
	"errors"
	"strings"
	"time"
)

const (
	// heartbeat is how often the engine looks without being told: for the end of quiet hours, for what expired meanwhile, and
	// for what somebody forgot to wake it for. It falls on full minutes, like the borders of quiet hours.
	heartbeat = time.Minute
	// gather is how long a result waits at most for others, so that they share a transaction.
	gather = 20 * time.Millisecond
	// between is how far apart two looks for what has become due are at least: repetitions lie scattered over seconds.
	between = 100 * time.Millisecond
)

var errDrain = errors.New("push: what came of the last sends could not be written down")

func cmpText(a, b Service) int { return strings.Compare(string(a), string(b)) }

// loop is the one goroutine that decides. ctx's end makes it drain.
func (e *Engine) loop(ctx context.Context, cancel context.CancelFunc) error {
	ended := ctx.Done()
	var giveUp <-chan time.Time
	cut := false // the sends were
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, over := e.step()
		if over {
			return nil
		}
		timer.Reset(wait)
		select {
		case o := <-e.results:
			e.take(o)
		case j := <-e.written:
			e.settle(j)
		case <-e.wake:
			e.rouse()
		case <-timer.C:
		case <-ended:
			ended = nil
			e.drain()
			giveUp = time.After(drainTime)
		case <-giveUp:
			if cut || e.stuck() {
				return errDrain
			}
			cancel()
			cut, giveUp = true, time.After(bookTime)
		}
	}
}

// step does what can be done now and says how long nothing else can. over means that a drain is complete.
func (e *Engine) step() (wait time.Duration, over bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opt.Now()
	e.alarm = time.Time{}
	if !e.draining {
		e.look(now)
		e.dispatch(now)
	}
	e.commit(now)
	if e.draining && e.leased == 0 && e.writing == nil {
		return 0, true
	}
	if e.alarm.IsZero() {
		return heartbeat, false
	}
	return max(e.alarm.Sub(now), 0), false
}

// at makes the loop look again at a time.
func (e *Engine) at(t time.Time) {
	if !t.IsZero() && (e.alarm.IsZero() || t.Before(e.alarm)) {
		e.alarm = t
	}
}

// look finds out what the passing of time has changed.
func (e *Engine) look(now time.Time) {
	if !now.Before(e.beat) || e.beat.Sub(now) > heartbeat { // somebody may have set the clock back
		e.beat = now.Truncate(heartbeat).Add(heartbeat)
		e.expire = true
		e.empty = perClass[bool]{}
		e.restWorkers()
	}
	e.at(e.beat)
	if !e.next.IsZero() && !now.Before(e.next) {
		e.next = time.Time{}
		e.empty = perClass[bool]{}
	}
	e.at(e.next)
	for _, l := range e.order {
		e.at(l.opens(now))
	}
}

// rouse answers Wake.
func (e *Engine) rouse() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.empty = perClass[bool]{}
	e.stale = e.writing != nil // what is under way may have looked before
}

// dispatch sends what may be sent and gives back what may not.
func (e *Engine) dispatch(now time.Time) {
	if e.queued == (perClass[int]{}) {
		return
	}
	if e.opt.Quiet(now) {
		e.giveBackQuiet(now)
	}
	e.turn++
	for n := range e.order {
		e.serve(now, e.order[(e.turn+n)%len(e.order)])
	}
}

// serve sends of one lane what may be sent.
func (e *Engine) serve(now time.Time, l *lane) {
	for i := l.first(); i != nil; i = l.first() {
		if e.watch.paused(i.leased.Delivery.Intent) || now.UnixMilli() >= untilOf(&i.leased.Delivery) {
			e.giveBack(now, i, time.Time{})
			continue
		}
		ok, back := l.admit(now, i.platform())
		if !ok && back.IsZero() {
			return
		}
		if !ok {
			e.giveBack(now, i, back)
			continue
		}
		if !e.room(i) {
			return
		}
		if next, ok := l.pacer.ready(now); !ok {
			e.at(next)
			return
		}
		l.pacer.take()
		e.begin(now, i)
	}
}

// room reports whether a slot is free for an item: a sixteenth of them, one at least, are for urgent ones. Where there is more
// than one service, none takes more than three quarters, so that one that hangs leaves room for the others.
func (e *Engine) room(i *item) bool {
	all := e.opt.InFlight
	if len(e.opt.Senders) > 1 && i.lane.sending >= max(all*3/4, 1) {
		return false
	}
	if i.class == urgent {
		return e.taken < all
	}
	return e.taken < all && e.others < all-max(all/16, 1)
}

// begin sends an item.
func (e *Engine) begin(now time.Time, i *item) {
	e.pop(i)
	i.lane.begin(i)
	e.taken++
	if i.class != urgent {
		e.others++
	}
	t := task{e.deadline(now), i}
	select {
	case e.work <- t:
	default:
		go e.worker(t)
	}
}

// pop takes an item, the first of its class, off its lane.
func (e *Engine) pop(i *item) {
	i.lane.queues[i.class].pop()
	e.queued[i.class]--
}

// giveBack returns the first item of its class and lane unsent, not to be leased before a time.
func (e *Engine) giveBack(now time.Time, i *item, until time.Time) {
	e.pop(i)
	e.write(now, &outcome{item: i, ended: now, back: until})
}

// giveBackQuiet returns what was leased before quiet hours began.
func (e *Engine) giveBackQuiet(now time.Time) {
	for _, l := range e.order {
		for c := urgent + 1; c < len(classes); c++ {
			for i := l.queues[c].first(); i != nil; i = l.queues[c].first() {
				e.giveBack(now, i, time.Time{})
			}
		}
	}
}

// write queues an outcome for the database.
func (e *Engine) write(now time.Time, o *outcome) {
	if len(e.done) == 0 {
		e.waiting = now
	}
	o.draw = e.opt.draw()
	e.done = append(e.done, o)
}

// drain stops leasing and gives back what was not sent.
func (e *Engine) drain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draining = true
	e.giveBackAll(e.opt.Now())
}

// giveBackAll returns everything that was not sent.
func (e *Engine) giveBackAll(now time.Time) {
	for _, l := range e.order {
		for i := l.first(); i != nil; i = l.first() {
			e.giveBack(now, i, time.Time{})
		}
	}
}

// stuck reports whether a drain waits for the database alone.
func (e *Engine) stuck() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.order {
		if l.sending > 0 {
			return false
		}
	}
	return true
}
