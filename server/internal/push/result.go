package push

import "time"

// take is told what came of an attempt.
func (e *Engine) take(o *outcome) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opt.Now()
	for {
		e.judge(now, o)
		select {
		case o = <-e.results:
		default:
			return
		}
	}
}

// judge draws from one result what it means for the lane and the intent, and queues it for the database.
func (e *Engine) judge(now time.Time, o *outcome) {
	l, v := o.item.lane, o.verdict
	l.sending--
	l.recent.add(now, v.Result)
	if e.opt.Metrics != nil {
		e.opt.Metrics.Pushed(string(l.service), string(v.Result), o.ended.Sub(o.began))
	}
	switch {
	case v.Result == Config:
		o.back = e.trip(now, l, o, l.breakerOf(v.Platform), v.Code, v.Platform)
	case v.unreachable():
		o.back = e.trip(now, l, o, &l.breaker, v.Code, "")
	case v.Result == Later && v.Lane:
		o.back = e.slow(now, l, v)
	case v.Result == Later || v.Result == Unsure:
		o.back = e.silent(now, l, o)
	default:
		l.silent = 0
	}
	e.pass(now, l, o)
	if e.watch.add(now, o.item.leased.Delivery.Intent, v.Result) {
		e.pauses = append(e.pauses, o.item.leased.Delivery.Intent)
		e.opt.Log.Error("an intent is paused: too many of its messages are refused",
			"intent", o.item.leased.Delivery.Intent, "kind", o.item.leased.Kind, "service", l.service, "code", v.Code)
	}
	e.write(now, o)
}

// trip opens a breaker and says when it lets a probe pass.
func (e *Engine) trip(now time.Time, l *lane, o *outcome, b *breaker, code string, platform Platform) time.Time {
	probe := b == &l.breaker && o.item.probe || b != &l.breaker && o.item.platformProbe
	if b.trip(now, code, probe, e.opt.draw()) {
		e.opt.Log.Error("pushes of a service stopped; what waits is kept", "service", l.service, "platform", platform, "code", code)
	}
	if b.state == BreakerProbing {
		return now.Add(platformHold)
	}
	return b.retry
}

// slow answers a quota: half the rate, and a rest.
func (e *Engine) slow(now time.Time, l *lane, v Verdict) time.Time {
	wait := v.After
	if wait <= 0 {
		wait = quotaPause
	}
	rested := !now.Before(l.paused)
	l.pacer.halve(now)
	if until := now.Add(around(wait, e.opt.draw())); until.After(l.paused) {
		l.paused = until
	}
	if rested {
		e.opt.Log.Warn("a service asks for a rest", "service", l.service, "code", v.Code, "for", wait)
	}
	return l.paused
}

// silent counts answers that leave everything open. A row of them means that the service is down.
func (e *Engine) silent(now time.Time, l *lane, o *outcome) time.Time {
	if l.silent++; l.silent >= silence || o.item.probe {
		return e.trip(now, l, o, &l.breaker, codeSilent, "")
	}
	return time.Time{}
}

// pass closes the breakers that an item probed where its answer says that messages pass again.
func (e *Engine) pass(now time.Time, l *lane, o *outcome) {
	if o.item.probe && l.breaker.state == BreakerProbing {
		l.breaker.close()
		l.silent = 0
		l.pacer.restart(now)
		e.opt.Log.Info("pushes of a service go again", "service", l.service)
	}
	if b := l.platforms[o.item.platform()]; o.item.platformProbe && b != nil && b.state == BreakerProbing {
		if r := o.verdict.Result; r == Later || r == Unsure {
			b.state, b.retry = BreakerOpen, now.Add(b.wait) // says nothing of the platform
			return
		}
		b.close()
		e.opt.Log.Info("pushes of a platform go again", "service", l.service, "platform", o.item.platform())
	}
}
