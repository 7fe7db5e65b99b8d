package push

import (
	"context"
	"runtime/debug"
)

// worker sends one item after another. A goroutine for each would have to grow its stack anew for each, which costs more than
// the whole loop.
func (e *Engine) worker(ctx context.Context, i *item) {
	for {
		e.send(ctx, i)
		select {
		case i = <-e.work:
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
func (e *Engine) send(ctx context.Context, i *item) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	o := &outcome{item: i, began: e.opt.Now()}
	o.verdict = e.attempt(ctx, i)
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
