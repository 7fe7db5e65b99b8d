package people

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// AddGrant gives a person a role over a unit, as the operator at the machine does.
func (s *Service) AddGrant(ctx context.Context, g syncproto.Grant) (syncproto.Grant, error) {
	return s.Give(ctx, Console(), g)
}

// Give gives a person a role over a unit. An empty ID is drawn, and an empty From is now; it may lie ahead. An account that
// is closed takes none. Somebody else's people are not there [not_found, person]: who could give them a role would see their
// number and shut out their phones.
func (s *Service) Give(ctx context.Context, by Actor, g syncproto.Grant) (syncproto.Grant, error) {
	const op = "give grant"
	now := s.millis()
	if g.ID == "" {
		g.ID = syncproto.NewID()
	}
	if g.From == 0 {
		g.From = now
	}
	err := s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		with, err := w.mayGive(&g, op)
		if err != nil {
			return err
		}
		if _, err := openPerson(tx, g.Person, op); err != nil {
			return err
		}
		if err := w.knows(tx, g.Person, op); err != nil {
			return err
		}
		if held, err := sameGrant(tx, &g, now); err != nil || held != nil {
			if held != nil {
				g = *held
			}
			return err
		}
		if err := addGrant(tx, g, w.tree, now); err != nil {
			return err
		}
		return tx.AddAudit(w.audit("grant_given", with, g.Unit, g.Person, string(g.Role)+" "+string(g.ID)))
	})
	return g, err
}

// sameGrant finds a grant that gives all that another would, nil for none: a form that was sent twice gives once, or what takes
// it back would take half of it.
func sameGrant(tx storage.Tx, g *syncproto.Grant, now int64) (*syncproto.Grant, error) {
	grants, err := tx.Grants(g.Person)
	if err != nil {
		return nil, err
	}
	for i := range grants {
		have := &grants[i]
		if have.Unit == g.Unit && have.Role == g.Role && have.From <= g.From && have.Until == g.Until && (have.Until == 0 || have.Until > now) {
			return have, nil
		}
	}
	return nil, nil
}

// AddGrant is Service.AddGrant inside a transaction of its caller; g is complete.
func AddGrant(tx storage.Tx, g syncproto.Grant, now int64) error {
	tree, err := readTree(tx, now)
	if err != nil {
		return err
	}
	return addGrant(tx, g, tree, now)
}

func addGrant(tx storage.Tx, g syncproto.Grant, tree *syncproto.Tree, now int64) error {
	if err := putGrant(tx, &g, tree, now); err != nil {
		return err
	}
	return putProfile(tx, g.Person, tree, now)
}

// putGrant stores a grant that can stand. The unit must exist and live, or begin by the time the grant does.
func putGrant(tx storage.Tx, g *syncproto.Grant, tree *syncproto.Tree, now int64) error {
	const op = "add grant"
	if !g.Role.Valid() {
		return invalid(op, "role")
	}
	if g.Until != 0 && g.Until <= g.From {
		return invalid(op, "until")
	}
	unit, ok := tree.Unit(g.Unit)
	if !ok && g.From > now {
		units, err := tx.Units()
		if err != nil {
			return err
		}
		if later := findID(units, g.Unit); later != nil && later.From <= g.From {
			unit, ok = *later, true
		}
	}
	if !ok {
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "unit"}
	}
	if unit.Until != 0 && unit.Until <= now {
		return &syncproto.Error{Code: syncproto.CodeUnitClosed, Op: op, Detail: "unit"}
	}
	return tx.PutGrant(g)
}

// EndGrant ends a grant now, as the operator at the machine does.
func (s *Service) EndGrant(ctx context.Context, person, grant syncproto.ID) error {
	return s.Take(ctx, Console(), person, grant)
}

// Take ends a grant now. Ending an ended grant changes nothing. A grant that has not begun never will.
func (s *Service) Take(ctx context.Context, by Actor, person, grant syncproto.ID) error {
	const op = "end grant"
	now := s.millis()
	return s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		grants, err := tx.Grants(person)
		if err != nil {
			return err
		}
		for _, g := range grants {
			if g.ID != grant {
				continue
			}
			with, err := w.mayTake(&g, op)
			if err != nil || g.Until != 0 && g.Until <= now {
				return err
			}
			if g.Role == syncproto.RoleOperator {
				if err := othersRun(tx, person, now); err != nil {
					return err
				}
			}
			g.Until = max(now, 1)
			g.From = min(g.From, g.Until)
			if err := tx.PutGrant(&g); err != nil {
				return err
			}
			if err := putProfile(tx, person, w.tree, now); err != nil {
				return err
			}
			return tx.AddAudit(w.audit("grant_ended", with, g.Unit, person, string(g.ID)))
		}
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "grant"}
	})
}

// Move moves a person from one unit to another from a time on (Unix ms, 0 for now): each grant over the one ends, and one
// of the same role over the other begins. What the person captured for the old unit and has not sent yet keeps that unit;
// its editors adopt it.
func (s *Service) Move(ctx context.Context, by Actor, person, from, to syncproto.ID, at int64) error {
	const op = "move person"
	now := s.millis()
	if at == 0 {
		at = now
	}
	if at < now {
		return &syncproto.Error{Code: syncproto.CodeUnitDate, Op: op, Detail: "at"}
	}
	return s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		if _, err := openPerson(tx, person, op); err != nil {
			return err
		}
		grants, err := tx.Grants(person)
		if err != nil {
			return err
		}
		moved := 0
		for i := range grants {
			if g := &grants[i]; g.Unit == from && (g.Until == 0 || g.Until > at) {
				if err := w.move(tx, g, to, at, op); err != nil {
					return err
				}
				moved++
			}
		}
		if moved == 0 {
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "from"}
		}
		return putProfile(tx, person, w.tree, now)
	})
}

// move ends one grant and begins another like it over a unit.
func (w *warrant) move(tx storage.Tx, g *syncproto.Grant, to syncproto.ID, at int64, op string) error {
	if _, err := w.mayTake(g, op); err != nil {
		return err
	}
	next := syncproto.Grant{ID: syncproto.NewID(), Person: g.Person, Unit: to, Role: g.Role, From: at, Until: g.Until}
	with, err := w.mayGive(&next, op)
	if err != nil {
		return err
	}
	if err := putGrant(tx, &next, w.tree, w.now); err != nil {
		return err
	}
	g.Until = max(at, 1)
	g.From = min(g.From, g.Until)
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	return tx.AddAudit(w.audit("person_moved", with, to, g.Person, string(g.ID)+" "+string(next.ID)))
}
