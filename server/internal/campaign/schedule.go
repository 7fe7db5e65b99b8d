package campaign

import (
	"context"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// sendDue sends a scheduled call whose time has come, for the officer who stands for it. What keeps it from going out for
// good makes it a draft again, with the reason; errors are what passes.
func (s *Service) sendDue(ctx context.Context, c *storage.Call) error {
	stands := people.Actor{Person: c.Proposed}
	l, err := s.resolveDue(ctx, stands, c)
	var out *Call
	if err == nil {
		err = s.change(ctx, stands, func(v *sight, p *syncer.Putter) (err error) {
			out, err = s.startDue(v, p, c, l)
			return err
		})
	}
	if err == nil {
		if out != nil {
			s.told(out)
		}
		return nil
	}
	switch syncproto.KindOf(err) {
	case syncproto.Unavailable, syncproto.Internal, syncproto.Exhausted:
		return err
	}
	return s.giveBack(ctx, c, err)
}

// resolveDue makes the list of a scheduled call, if it can go out otherwise.
func (s *Service) resolveDue(ctx context.Context, stands people.Actor, c *storage.Call) (*list, error) {
	_, err := s.checked(ctx, stands, func(v *sight) (*storage.Call, error) {
		_, err := v.living(c.Units, "send call")
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return s.resolve(ctx, stands, c)
}

// startDue sends a scheduled call in a transaction; nil if it is not what it was.
func (s *Service) startDue(v *sight, p *syncer.Putter, was *storage.Call, l *list) (*Call, error) {
	c, err := v.r.Call(was.ID)
	if err != nil {
		return nil, err
	}
	if _, err := Next(c.State, ActDue); err != nil || c.Revision != was.Revision || c.Due > v.now {
		return nil, nil
	}
	grant, err := v.living(c.Units, "send call")
	if err != nil {
		return nil, err
	}
	if err := v.stillSecond(c); err != nil {
		return nil, err
	}
	if err := s.ready(v.tx, c, v.now); err != nil {
		return nil, err
	}
	if err := s.start(v, p, c, l, grant); err != nil {
		return nil, err
	}
	return v.show(c)
}

// stillSecond checks that the second officer of a call, if there is one, could say yes now: days may have passed since they did, and
// an account that somebody else got hold of is suspended in that time. Errors: second_officer.
func (v *sight) stillSecond(c *storage.Call) error {
	if c.Second == "" {
		return nil
	}
	rights, err := v.access.Of(v.r, c.Second)
	if err != nil {
		return err
	}
	them := &sight{r: v.r, rights: rights, tree: v.tree, now: v.now}
	if _, err := them.maySecond(c.Units, "send call"); err != nil {
		return fail(syncproto.CodeSecondOfficer, "send call", "second")
	}
	return nil
}

// giveBack makes a scheduled call a draft again, and keeps why.
func (s *Service) giveBack(ctx context.Context, was *storage.Call, why error) error {
	code := syncproto.CodeOf(why)
	err := s.change(ctx, people.Actor{}, func(v *sight, _ *syncer.Putter) error {
		c, err := v.r.Call(was.ID)
		if err != nil {
			return err
		}
		next, err := Next(c.State, ActReturn)
		if err != nil || c.Revision != was.Revision {
			return nil // somebody did something with it meanwhile
		}
		if err := v.ring(c, notify.KindReturned, c.Proposed); err != nil {
			return err
		}
		c.State, c.Reason, c.Changed = next, code, v.now
		c.Proposed, c.Second, c.SecondAt = "", "", 0
		if err := v.tx.PutCall(c); err != nil {
			return err
		}
		return v.tx.AddAudit(v.note(auditReturn, "", c.Units[0], c.ID, string(code)))
	})
	if err == nil {
		s.opt.Wake()
		s.opt.Log.Warn("scheduled call not sent", "call", was.ID, "code", code)
	}
	return err
}
