package push

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	// sendTime bounds one send; FCM's own advice for clients.
	sendTime = 15 * time.Second
	// sharedTime is how long a context for sends is given out: contexts of their own, with timers, cost more than all else
	// that the engine does for a message but the books. A send has between 14.75 and 15 seconds.
	sharedTime = 250 * time.Millisecond
)

// task is an item with the context for its send.
type task struct {
	ctx  context.Context
	item *item
}

// deadline returns the context of sends that begin now.
func (e *Engine) deadline(now time.Time) context.Context {
	if e.shared == nil || now.Sub(e.sharedAt) >= sharedTime || now.Before(e.sharedAt) || e.shared.Err() != nil { // a clock may stand still
		ctx, cancel := context.WithTimeout(e.sends, sendTime)
		context.AfterFunc(ctx, cancel) // its sends may last as long as it does
		e.shared, e.sharedAt = ctx, now
	}
	return e.shared
}

// worker sends one item after another. A goroutine for each would have to grow its stack anew for each, which costs more than
// the whole loop.
func (e *Engine) worker(t task) {
	for {
		e.send(t)
		select {
		case t = <-e.work:
		case <-e.rest:
			return
		}
	}
}

// restWorkers ends the workers that are idle.
func (e *Engine) restWorkers() {
	for {
		select {
		case e.rest <- struct{}{}:
		default:
			return
		}
	}
}

// send makes one attempt.
func (e *Engine) send(t task) {
	o := &outcome{item: t.item, began: e.opt.Now()}
	o.verdict = e.attempt(t.ctx, t.item)
	o.ended = e.opt.Now()
	e.results <- o
}

// attempt renders and sends. A panic would end the server: one in Render becomes a fault of ours, one in the Sender an answer
// that leaves things open.
func (e *Engine) attempt(ctx context.Context, i *item) (v Verdict) {
	v = Verdict{Result: Refused, Code: "render"}
	defer func() {
		if recover() != nil { // its value may quote the message
			e.opt.Log.Error("push panicked", "service", i.lane.service, "stack", string(debug.Stack()))
		}
	}()
	m := e.opt.Render(&i.leased)
	v = Verdict{Result: Unsure, Code: "panic"}
	return i.lane.sender.Send(ctx, &m)
}
