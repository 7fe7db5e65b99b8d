package campaign

import (
	"context"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// rest is how long Run rests at most: another process may have changed the database, or somebody the clock.
	rest = time.Minute
	// watch is how long it rests while something is being sent, or after an error.
	watch = 5 * time.Second
	// grace is how long after its end or its deadline a call closes by itself: who came is checked in until then (S-196).
	grace = day
	// page is how many calls are read at once.
	page = 100
)

// Run sends what is scheduled when it is due, marks as sent what was handed over, and closes what is over, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	whole := int64(0) // when to look at the calls that were sent, too: there may be many of them, and nothing hurries
	for {
		now := s.now()
		all := now >= whole || whole-now > rest.Milliseconds()
		next, err := s.look(ctx, all)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			s.opt.Log.Warn("calls not looked after", "code", syncproto.CodeOf(err))
			next = now + watch.Milliseconds()
		case all:
			whole = next
		default:
			next = min(next, whole)
		}
		timer := time.NewTimer(s.wait(next))
		select {
		case <-ctx.Done():
		case <-s.woken:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// wait is how long to wait for a moment of the service's clock.
func (s *Service) wait(next int64) time.Duration {
	return time.Duration(min(max(next-s.now(), 1), rest.Milliseconds())) * time.Millisecond
}

// Step is one look of Run. It returns when the next one is worth it, in Unix ms of the service's clock; not an error is what is
// wrong with one call: that goes back to draft, or is tried again.
func (s *Service) Step(ctx context.Context) (next int64, err error) { return s.look(ctx, true) }

// look is Step; unless it is of all calls, those that were sent are left out.
func (s *Service) look(ctx context.Context, all bool) (next int64, err error) {
	next = s.now() + rest.Milliseconds()
	soon := s.now() + watch.Milliseconds()
	due, err := s.due(ctx)
	if err != nil {
		return 0, err
	}
	for i := range due {
		if err := s.sendDue(ctx, &due[i]); err != nil {
			s.opt.Log.Warn("scheduled call waits", "call", due[i].ID, "code", syncproto.CodeOf(err))
			next = min(next, soon)
		}
	}
	states := []storage.CallState{storage.CallScheduled, storage.CallSending}
	if all {
		states = append(states, storage.CallSent)
	}
	waiting, err := s.unfinished(ctx, states)
	if err != nil {
		return 0, err
	}
	for i := range waiting {
		at, err := s.tend(ctx, &waiting[i], soon)
		if err != nil {
			s.opt.Log.Warn("call waits to be ended", "call", waiting[i].id, "code", syncproto.CodeOf(err))
			at = soon
		}
		next = min(next, at)
	}
	return next, nil
}

// due lists scheduled calls whose time has come.
func (s *Service) due(ctx context.Context) (calls []storage.Call, err error) {
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		calls, err = r.CallsDue(s.now(), page)
		return err
	})
	return calls, err
}

// unended is what Run has to know of a call.
type unended struct {
	id     syncproto.ID
	state  storage.CallState
	at     int64 // when it is due, or closes by itself
	handed bool  // all its intents are over
}

// unfinished lists calls in some states.
func (s *Service) unfinished(ctx context.Context, states []storage.CallState) (list []unended, err error) {
	for before := syncproto.ID(""); ; {
		var calls []storage.Call
		handed := map[syncproto.ID]bool{}
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			clear(handed)
			if calls, err = r.Calls(storage.CallQuery{States: states, Before: before, Limit: page}); err != nil {
				return err
			}
			for i := range calls {
				if calls[i].State == storage.CallSending {
					if handed[calls[i].ID], err = allHanded(r, &calls[i]); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for i := range calls {
			c := &calls[i]
			u := unended{id: c.ID, state: c.State, at: closesAt(c), handed: handed[c.ID]}
			if c.State == storage.CallScheduled {
				u.at = c.Due
			}
			list, before = append(list, u), c.ID
		}
		if len(calls) < page {
			return list, nil
		}
	}
}

// allHanded reports whether everybody on the list of a call was handed over or explained.
func allHanded(r storage.Reader, c *storage.Call) (bool, error) {
	intents, err := r.IntentsOf(c.ID)
	if err != nil {
		return false, err
	}
	for i := range intents {
		if ofCall(c, &intents[i]) && !intentOver(&intents[i]) {
			return false, nil
		}
	}
	return true, nil
}

// closesAt is when a call that was sent closes by itself; one without an end, when it leaves the inbox.
func closesAt(c *storage.Call) int64 {
	switch {
	case c.Ends != 0:
		return c.Ends + grace
	case c.Deadline != 0:
		return c.Deadline + grace
	}
	return c.Gone
}

// tend does with one call what is due, and returns when the next look at it is worth it.
func (s *Service) tend(ctx context.Context, u *unended, soon int64) (next int64, err error) {
	switch now := s.now(); {
	case u.state == storage.CallScheduled && u.at <= now:
		return soon, nil // it was tried just now
	case u.state == storage.CallScheduled:
		return u.at, nil
	case u.at <= now:
		return now + rest.Milliseconds(), s.closeOver(ctx, u.id)
	case u.state == storage.CallSending && u.handed:
		return u.at, s.markSent(ctx, u.id)
	case u.state == storage.CallSending:
		return min(u.at, soon), nil
	}
	return u.at, nil
}

// markSent marks a call as sent whose intents are over.
func (s *Service) markSent(ctx context.Context, id syncproto.ID) error {
	err := s.change(ctx, people.Actor{}, func(v *sight, _ *syncer.Putter) error {
		c, err := v.r.Call(id)
		if err != nil {
			return err
		}
		next, err := Next(c.State, ActHanded)
		if err != nil {
			return nil // somebody ended it meanwhile
		}
		if over, err := allHanded(v.r, c); err != nil || !over {
			return err
		}
		c.State = next
		if err := v.tx.PutCall(c); err != nil {
			return err
		}
		return v.tx.AddAudit(v.note(auditSent, "", c.Units[0], c.ID, revisionText(c.Revision)))
	})
	if err == nil {
		s.opt.Log.Info("call handed over", "call", id)
	}
	return err
}

// closeOver closes a call whose time is over.
func (s *Service) closeOver(ctx context.Context, id syncproto.ID) error {
	err := s.change(ctx, people.Actor{}, func(v *sight, p *syncer.Putter) error {
		c, err := v.r.Call(id)
		if err != nil {
			return err
		}
		next, err := Next(c.State, ActClose)
		if err != nil || next == c.State || closesAt(c) > v.now {
			return nil // somebody ended it meanwhile
		}
		return v.finish(p, c, next, "", auditClose)
	})
	if err == nil {
		s.opt.Log.Info("call closed by itself", "call", id)
	}
	return err
}
