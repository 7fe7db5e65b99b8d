package campaign

import (
	"context"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Propose asks for the yes of a second officer to one revision of a call. It is checked as if it went out now. Proposed
// again, it stays as it is.
//
// Errors: not_found, forbidden, call_state, stale_revision, everything that keeps a call from going out (call_text_missing,
// call_time, call_link, call_attachment, audience_invalid, audience_empty, audience_too_large …).
func (s *Service) Propose(ctx context.Context, by people.Actor, id syncproto.ID, revision int64) (out *Call, err error) {
	const op = "propose call"
	c, err := s.checked(ctx, by, func(v *sight) (*storage.Call, error) {
		c, _, err := v.proposable(id, revision, op)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	if err := s.estimate(ctx, by, c); err != nil {
		return nil, err
	}
	err = s.change(ctx, by, func(v *sight, _ *syncer.Putter) error {
		c, grant, err := v.proposable(id, revision, op)
		if err != nil {
			return err
		}
		if c.State == storage.CallDraft {
			if err := s.ready(v.tx, c, v.now); err != nil {
				return err
			}
			c.State, c.Proposed, c.Reason, c.Changed = storage.CallProposed, by.Person, "", v.now
			if err := v.tx.PutCall(c); err != nil {
				return err
			}
			if err := v.tx.AddAudit(v.note(auditPropose, grant, c.Units[0], c.ID, revisionText(revision))); err != nil {
				return err
			}
			if err := v.ringSeconds(c); err != nil {
				return err
			}
		}
		out, err = v.show(c)
		return err
	})
	if err == nil {
		s.opt.Wake()
	}
	return out, err
}

// proposable returns a call of which a revision can be proposed, or is.
func (v *sight) proposable(id syncproto.ID, revision int64, op string) (c *storage.Call, grant syncproto.ID, err error) {
	if c, grant, err = v.call(id, op, true); err != nil {
		return nil, "", err
	}
	if _, err := Next(c.State, ActPropose); err != nil {
		return nil, "", err
	}
	if revision != c.Revision {
		return nil, "", fail(syncproto.CodeStaleRevision, op, "revision")
	}
	_, err = v.living(c.Units, op)
	return c, grant, err
}

// checked returns a call of a snapshot that can go out but for its audience, so that nobody looks for people in vain; nil if
// find does.
func (s *Service) checked(ctx context.Context, by people.Actor, find func(v *sight) (*storage.Call, error)) (c *storage.Call, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		if c, err = find(v); err != nil || c == nil {
			return err
		}
		return s.ready(r, c, v.now)
	})
	return c, err
}

// Send sends one revision of a call, or schedules it if its Due has not come. Of a call that was proposed this is the yes of
// the second officer. Sent again, or by two officers at once, it goes out once, and all are answered the same.
//
// The list is made before the transaction and is as old as that; the transaction writes all that follows from it at once: the
// call, the record for phones, the intent with its shares, the audit log.
//
// Errors: those of Propose; second_officer for an urgent call or one to more than Options.Large people that nobody proposed,
// and for whoever proposed it, or is no officer of all its units.
func (s *Service) Send(ctx context.Context, by people.Actor, id syncproto.ID, revision int64) (out *Call, err error) {
	var repeated bool
	c, err := s.checked(ctx, by, func(v *sight) (c *storage.Call, err error) {
		if c, _, repeated, err = v.sendable(id, revision); err == nil && repeated {
			out, err = v.show(c)
			c = nil
		}
		return c, err
	})
	if err != nil || repeated {
		return out, err
	}
	l, err := s.chosen(ctx, by, c)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, by, func(v *sight, p *syncer.Putter) (err error) {
		out, repeated, err = s.sendOnce(v, p, id, revision, l)
		return err
	})
	if err == nil && !repeated {
		s.told(out)
	}
	return out, err
}

// told tells those who wait for calls.
func (s *Service) told(c *Call) {
	if c.State == storage.CallScheduled {
		s.Wake()
		return
	}
	s.opt.Wake()
	s.Wake()
	s.opt.Log.Info("call sent", "call", c.ID, "kind", c.Kind, "recipients", c.Recipients)
}

// chosen makes the list of a call that goes out; nil for one whose time has not come.
func (s *Service) chosen(ctx context.Context, by people.Actor, c *storage.Call) (*list, error) {
	stands, later := by, *c
	if c.State == storage.CallProposed {
		stands, later.Second = people.Actor{Person: c.Proposed}, by.Person // who is about to say yes
	}
	if c.Due <= s.now() {
		return s.resolve(ctx, stands, c)
	}
	later.State = storage.CallScheduled
	return nil, s.estimate(ctx, stands, &later)
}

// sendOnce sends a call in a transaction, or puts it off if there is no list yet, unless somebody has.
func (s *Service) sendOnce(v *sight, p *syncer.Putter, id syncproto.ID, revision int64, l *list) (out *Call, repeated bool, err error) {
	c, grant, repeated, err := v.sendable(id, revision)
	if err == nil && !repeated {
		err = s.sendNow(v, p, c, grant, l)
	}
	if err != nil {
		return nil, false, err
	}
	out, err = v.show(c)
	return out, repeated, err
}

// sendNow sends a call that nobody has sent, or puts it off.
func (s *Service) sendNow(v *sight, p *syncer.Putter, c *storage.Call, grant syncproto.ID, l *list) error {
	if err := s.ready(v.tx, c, v.now); err != nil {
		return err
	}
	if c.State == storage.CallProposed {
		c.Second, c.SecondAt = v.by.Person, v.now
		if err := v.tx.AddAudit(v.note(auditSecond, grant, c.Units[0], c.ID, revisionText(c.Revision))); err != nil {
			return err
		}
	} else {
		c.Proposed = v.by.Person
	}
	if l == nil {
		return v.putOff(c, grant)
	}
	return s.start(v, p, c, l, grant)
}

// putOff schedules a call.
func (v *sight) putOff(c *storage.Call, grant syncproto.ID) error {
	c.State, c.Changed, c.Reason = storage.CallScheduled, v.now, ""
	if err := v.tx.PutCall(c); err != nil {
		return err
	}
	return v.tx.AddAudit(v.note(auditSchedule, grant, c.Units[0], c.ID, revisionText(c.Revision)))
}

// sendable returns a call of which the person may send a revision; repeated says that it went out, or is scheduled, as that
// revision already.
func (v *sight) sendable(id syncproto.ID, revision int64) (c *storage.Call, grant syncproto.ID, repeated bool, err error) {
	const op = "send call"
	if c, grant, err = v.call(id, op, true); err != nil {
		return nil, "", false, err
	}
	act := ActSend
	if c.State == storage.CallScheduled {
		act = ActSchedule
	}
	next, err := Next(c.State, act)
	switch {
	case err != nil:
		return nil, "", false, err
	case revision != c.Revision:
		return nil, "", false, fail(syncproto.CodeStaleRevision, op, "revision")
	case next == c.State || handedOut(c.State):
		return c, grant, true, nil
	}
	if err := v.second(c, op); err != nil {
		return nil, "", false, err
	}
	_, err = v.living(c.Units, op)
	return c, grant, false, err
}

// second checks what can be said before the list is made of whether two officers stand behind a sending.
func (v *sight) second(c *storage.Call, op string) error {
	switch {
	case c.State == storage.CallProposed && v.by.Person == c.Proposed:
		return fail(syncproto.CodeSecondOfficer, op, "proposed")
	case c.State == storage.CallProposed:
		_, err := v.maySecond(c.Units, op)
		return err
	case c.Kind == syncproto.CallUrgent:
		return fail(syncproto.CodeSecondOfficer, op, "kind")
	}
	return nil
}

// start writes all that a sending is, of a call that is ready, to a list that was made for it. Errors: call_attachment for
// photos that somebody on the list does not see, second_officer for more people than one officer may call.
func (s *Service) start(v *sight, p *syncer.Putter, c *storage.Call, l *list, grant syncproto.ID) error {
	if err := checkReaders(v.tx, v.tree, c, l); err != nil {
		return err
	}
	switch large := l.people() > s.opt.Large; {
	case large && c.Second == "":
		return fail(syncproto.CodeSecondOfficer, "send call", "audience")
	case c.Kind == syncproto.CallUrgent && c.Second == "":
		return fail(syncproto.CodeSecondOfficer, "send call", "kind")
	}
	c.State, c.Sent, c.Changed, c.Reason = storage.CallSending, v.now, v.now, ""
	c.Recipient, c.Gone = l.people(), gone(c)
	if err := v.tx.PutCall(c); err != nil {
		return err
	}
	if err := putCall(v.tx, p, c, v.now); err != nil {
		return err
	}
	intent := &storage.Intent{
		Kind: string(c.Kind), Class: notify.ClassOf(c.Kind), Record: c.ID, Revision: c.Revision, Unit: c.Units[0], At: v.now, Due: v.now,
		Until: notify.Until(c, v.now), State: storage.IntentPlanning, Persons: c.Recipient,
	}
	if err := l.store(v.tx, intent); err != nil {
		return err
	}
	return v.tx.AddAudit(v.note(auditSend, grant, c.Units[0], c.ID, revisionText(c.Revision)))
}

// inbox is how long a call stays in the inbox after its end (S-190).
const inbox = 60 * day

// gone is until when the recipients of a call that is sent have it.
func gone(c *storage.Call) int64 {
	switch {
	case c.Ends != 0:
		return c.Ends + inbox
	case c.Deadline != 0:
		return c.Deadline + inbox
	}
	return c.Sent + inbox
}
