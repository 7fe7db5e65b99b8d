package answers

import (
	"context"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options are what a Service works with.
type Options struct {
	Syncer *syncer.Service
	Wake   func() // tells whoever rings people that there is a notice; nil for nobody
	Now    func() time.Time
}

// Service checks people in and gives places away, for officers. It is safe for concurrent use.
type Service struct{ opt Options }

// New makes a Service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Wake == nil {
		opt.Wake = func() {}
	}
	return &Service{opt}
}

// CheckIn says that a person on the list of a call came, or with came false that this was said by mistake. It is repeatable:
// a person came once. By must be an officer of one of the units that call. Errors: call_unknown, forbidden, call_time outside of
// the hours of S-196, and those of the store.
func (s *Service) CheckIn(ctx context.Context, by syncer.Actor, call, person syncproto.ID, came bool) (storage.Recipient, error) {
	var after storage.Recipient
	err := s.opt.Syncer.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error {
		after = storage.Recipient{}
		c, grant, err := s.allowed(tx, p.Access(), by, call)
		if err != nil {
			return err
		}
		was, err := tx.Recipient(call, person)
		if isNotFound(err) {
			return syncproto.E(syncproto.CodeCallUnknown, "check in", nil)
		}
		if err != nil {
			return err
		}
		if after = *was; came == (was.Came != 0) {
			return nil
		}
		now := s.opt.Now().UnixMilli()
		if came && !checksIn(c, now) {
			return syncproto.E(syncproto.CodeCallTime, "check in", nil)
		}
		taken, err := tx.Places(call)
		if err != nil {
			return err
		}
		mark(&after, came, now, fits(c, taken-placesOf(was), was.Count))
		if err := tx.PutRecipient(&after); err != nil {
			return err
		}
		if err := s.show(tx, p, c, &after, now); err != nil {
			return err
		}
		if placesOf(&after) < placesOf(was) {
			if err := promoteAll(tx, p, c, now); err != nil {
				return err
			}
		}
		act := "check_in"
		if !came {
			act = "check_in_undone"
		}
		return tx.AddAudit(&storage.Audit{
			At: now, Act: act, Person: by.Person, Device: by.Device, Grant: grant, Unit: c.Units[0], Record: syncproto.AnswerID(call, person),
		})
	})
	if err == nil && !came {
		s.opt.Wake() // somebody may have moved up
	}
	return after, err
}

// mark says that somebody came or did not. room says that there are places for them if they did not.
func mark(r *storage.Recipient, came bool, now int64, room bool) {
	switch {
	case came:
		r.Came, r.Standing, r.Count = now, syncproto.StateCame, max(r.Count, 1)
	case r.Arrived != 0 && room:
		r.Came, r.Standing = 0, syncproto.StateRegistered
	case r.Arrived != 0: // they stood in line, and do again: a mistake at the door gives nobody a place
		r.Came, r.Standing = 0, syncproto.StateWaiting
	case r.Choice != "":
		r.Came, r.Standing = 0, syncproto.StateNoted
	default:
		r.Came, r.Standing, r.Count = 0, "", 0
	}
}

// show puts the person's answer as it stands, and makes one for whoever came without having answered.
func (s *Service) show(tx storage.Tx, p *syncer.Putter, call *storage.Call, r *storage.Recipient, now int64) error {
	id := syncproto.AnswerID(r.Call, r.Person)
	stored, err := tx.Record(id)
	switch {
	case err == nil && !stored.Record.Deleted:
		return p.Put(move(stored.Record, r.Standing, now))
	case err != nil && !isNotFound(err):
		return err
	case r.Came == 0:
		return nil
	}
	made := &syncproto.Record{
		ID: id, Kind: syncproto.KindAnswer, Unit: call.Units[0], Author: r.Person, Revision: 1, State: r.Standing,
		Fields: syncproto.Fields{syncproto.AnswerCallField: syncproto.Text(string(r.Call))}, Received: now, Changed: now,
	}
	if err == nil { // a tombstone: its person took the answer back, and came all the same
		made.Revision, made.Received = stored.Record.Revision+1, stored.Record.Received
	}
	return p.Put(made)
}

// promoteAll lets those who wait move up, and puts their answers.
func promoteAll(tx storage.Tx, p *syncer.Putter, call *storage.Call, now int64) error {
	made, err := Promote(tx, call, now)
	if err != nil {
		return err
	}
	for _, r := range made {
		if err := p.Put(r); err != nil {
			return err
		}
	}
	return nil
}

// Settle gives places that are free to those who wait: after a place came free by what is no answer, as when somebody with one
// was erased. Errors are those of the store.
func (s *Service) Settle(ctx context.Context, call syncproto.ID) error {
	err := s.opt.Syncer.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error {
		c, err := tx.Call(call)
		if err != nil {
			return err
		}
		return promoteAll(tx, p, c, s.opt.Now().UnixMilli())
	})
	if err == nil {
		s.opt.Wake()
	}
	return err
}

// allowed returns a call that the actor may answer for, and by which grant.
func (s *Service) allowed(tx storage.Tx, access *people.Access, by syncer.Actor, id syncproto.ID) (*storage.Call, syncproto.ID, error) {
	call, err := tx.Call(id)
	if isNotFound(err) {
		return nil, "", syncproto.E(syncproto.CodeCallUnknown, "check in", nil)
	}
	if err != nil {
		return nil, "", err
	}
	rights, err := access.Of(tx, by.Person)
	if err != nil {
		return nil, "", err
	}
	now := s.opt.Now().UnixMilli()
	for _, unit := range call.Units {
		if grant, ok := rights.Officer(unit, now); ok {
			return call, grant.ID, nil
		}
	}
	return nil, "", syncproto.E(syncproto.CodeCallUnknown, "check in", nil) // what one may not see is not there
}
