package people

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// CreatePerson adds a person with a first grant, from now on, over a unit, as the operator at the machine does.
func (s *Service) CreatePerson(ctx context.Context, name string, unit syncproto.ID, role syncproto.Role) (storage.Person, syncproto.Grant, error) {
	return s.AddPerson(ctx, Console(), NewPerson{Name: name, Unit: unit, Role: role})
}

// NewPerson is somebody to be added, with a first grant from now on.
type NewPerson struct {
	ID    syncproto.ID // drawn beforehand, so that a form that is sent twice adds one; "" for a new one
	Name  string
	Phone string // as people write it, or ""
	Unit  syncproto.ID
	Role  syncproto.Role
}

// AddPerson adds a person. A telephone number that somebody has already is refused [person_exists, phone].
func (s *Service) AddPerson(ctx context.Context, by Actor, p NewPerson) (storage.Person, syncproto.Grant, error) {
	const op = "add person"
	now := s.millis()
	person := storage.Person{ID: syncproto.NewID(), Name: cleanName(p.Name), Created: now}
	grant := syncproto.Grant{ID: syncproto.NewID(), Person: person.ID, Unit: p.Unit, Role: p.Role, From: now}
	if p.ID != "" {
		person.ID, grant.Person = p.ID, p.ID
	}
	var err error
	if person.Phone, err = CleanPhone(p.Phone); err != nil {
		return person, grant, err
	}
	err = s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		by, err := w.mayGive(&grant, op)
		if err != nil {
			return err
		}
		if there, err := tx.Person(person.ID); p.ID != "" && !isNotFound(err) {
			if err == nil && (there.Name != person.Name || w.knows(tx, p.ID, op) != nil) {
				err = invalid(op, "id")
			}
			if err == nil {
				person = *there
			}
			return err
		}
		if err := putPerson(tx, person); err != nil {
			return err
		}
		if err := addGrant(tx, grant, w.tree, now); err != nil {
			return err
		}
		return tx.AddAudit(w.audit("person_added", by, p.Unit, person.ID, string(p.Role)))
	})
	return person, grant, err
}

// CreatePerson is Service.CreatePerson inside a transaction of its caller; person and grant are complete.
func CreatePerson(tx storage.Tx, person storage.Person, grant syncproto.Grant, now int64) error {
	if err := putPerson(tx, person); err != nil {
		return err
	}
	return AddGrant(tx, grant, now)
}

// putPerson stores a person whose name and number can stand.
func putPerson(tx storage.Tx, person storage.Person) error {
	const op = "put person"
	person.Name = cleanName(person.Name)
	if !goodName(person.Name) {
		return invalid(op, "name")
	}
	if person.Phone != "" && person.Closed == 0 {
		other, err := tx.PersonByPhone(person.Phone)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err == nil && other.ID != person.ID {
			return &syncproto.Error{Code: syncproto.CodePersonExists, Op: op, Detail: "phone"}
		}
	}
	return tx.PutPerson(&person)
}

// Person returns a person and all their grants.
func (s *Service) Person(ctx context.Context, id syncproto.ID) (person *storage.Person, grants []syncproto.Grant, err error) {
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		if person, err = r.Person(id); err != nil {
			return err
		}
		grants, err = r.Grants(id)
		return err
	})
	return person, grants, err
}

// Edit gives a person another name or telephone number; nil leaves what is.
func (s *Service) Edit(ctx context.Context, by Actor, id syncproto.ID, name, phone *string) error {
	now := s.millis()
	return s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		person, grant, unit, err := w.whole(tx, id, "edit person")
		if err != nil {
			return err
		}
		if name != nil {
			person.Name = cleanName(*name)
		}
		if phone != nil {
			if person.Phone, err = CleanPhone(*phone); err != nil {
				return err
			}
		}
		if err := putPerson(tx, *person); err != nil {
			return err
		}
		if err := putProfile(tx, id, w.tree, now); err != nil {
			return err
		}
		return tx.AddAudit(w.audit("person_edited", grant, unit, id, ""))
	})
}

// Suspend lets the account of a person rest: grants hold no more until Resume, what the phones still bring is kept as of
// somebody without grants. Suspending twice changes nothing.
func (s *Service) Suspend(ctx context.Context, by Actor, id syncproto.ID) error {
	return s.account(ctx, by, id, "person_suspended", func(p *storage.Person, now int64) bool {
		if p.Suspended != 0 || p.Closed != 0 {
			return false
		}
		p.Suspended = max(now, 1)
		return true
	})
}

// Resume ends it.
func (s *Service) Resume(ctx context.Context, by Actor, id syncproto.ID) error {
	return s.account(ctx, by, id, "person_resumed", func(p *storage.Person, _ int64) bool {
		rested := p.Suspended != 0
		p.Suspended = 0
		return rested
	})
}

// Close closes the account of a person for good. Their grants end now, their sessions too, and what their phones have not
// sent yet lands unclaimed on the desk of its unit (S-86, S-188). A closed account stays closed.
func (s *Service) Close(ctx context.Context, by Actor, id syncproto.ID) error {
	return s.account(ctx, by, id, "person_closed", func(p *storage.Person, now int64) bool {
		if p.Closed != 0 {
			return false
		}
		p.Closed = max(now, 1)
		return true
	})
}

// forgetTold deletes what a person told of themselves for calls: whoever leaves is called no more, and for anything else nobody
// asked. What they did in calls stays counted until an erasure.
func forgetTold(tx storage.Tx, person syncproto.ID) error {
	facts, err := tx.FactsOf(person)
	if err != nil {
		return err
	}
	for i := range facts {
		if err := tx.DropFact(person, facts[i].Name); err != nil {
			return err
		}
	}
	return tx.PutTags(person, nil)
}

// account changes whether an account is in use.
func (s *Service) account(ctx context.Context, by Actor, id syncproto.ID, act string, change func(*storage.Person, int64) bool) error {
	now := s.millis()
	return s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		person, grant, unit, err := w.whole(tx, id, act)
		if err != nil {
			return err
		}
		was := *person
		if !change(person, now) {
			return nil
		}
		if person.Closed != 0 || person.Suspended != 0 {
			if err := othersRun(tx, id, now); err != nil {
				return err
			}
		}
		if person.Closed != was.Closed {
			if err := endGrants(tx, id, now); err != nil {
				return err
			}
			if err := forgetTold(tx, id); err != nil {
				return err
			}
			if err := dropRegistrations(tx, id); err != nil {
				return err
			}
		}
		if err := tx.PutPerson(person); err != nil {
			return err
		}
		if person.Closed != 0 || person.Suspended != 0 {
			if err := endSessions(tx, id); err != nil {
				return err
			}
		}
		if err := putProfile(tx, id, w.tree, now); err != nil {
			return err
		}
		return tx.AddAudit(w.audit(act, grant, unit, id, ""))
	})
}

// endGrants ends every grant of a person that holds or would.
func endGrants(tx storage.Tx, person syncproto.ID, now int64) error {
	grants, err := tx.Grants(person)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.Until != 0 && g.Until <= now {
			continue
		}
		g.Until = max(now, 1)
		g.From = min(g.From, g.Until)
		if err := tx.PutGrant(&g); err != nil {
			return err
		}
	}
	return nil
}

// dropRegistrations forgets where the devices of a person are rung. Of an account that rests they stay: it rings again when
// it goes on, and until then nothing is sent (storage.DeliveryWriter.Lease).
func dropRegistrations(tx storage.Tx, person syncproto.ID) error {
	devices, err := tx.DevicesOf(person)
	if err != nil {
		return err
	}
	for i := range devices {
		if err := tx.DropRegistration(devices[i].ID); err != nil {
			return err
		}
	}
	return nil
}

func endSessions(tx storage.Tx, person syncproto.ID) error {
	sessions, err := tx.Sessions(person)
	if err != nil {
		return err
	}
	for i := range sessions {
		if err := tx.DropSession(sessions[i].Hash); err != nil {
			return err
		}
	}
	return nil
}

// change runs a change of people by an actor, with what that actor may do as the transaction sees it.
func (s *Service) change(ctx context.Context, by Actor, now int64, fn func(storage.Tx, *warrant) error) error {
	err := s.store.View(ctx, func(r storage.Reader) error {
		_, err := s.cache.Read(r) // not while others wait
		return err
	})
	if err != nil {
		return err
	}
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		access, err := s.cache.Within(tx)
		if err != nil {
			return err
		}
		w, err := access.warrant(tx, by, now)
		if err != nil {
			return err
		}
		return fn(tx, w)
	})
	if err == nil {
		s.poke()
	}
	return err
}
