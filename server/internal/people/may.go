package people

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// mayGive reports by which grant the actor may give one: over a unit that the actor governs, and the role of an operator
// only as one.
func (w *warrant) mayGive(g *syncproto.Grant, op string) (with syncproto.ID, err error) {
	with, runs := w.operator()
	if runs {
		return with, nil
	}
	if g.Role == syncproto.RoleOperator {
		return "", &syncproto.Error{Code: syncproto.CodeForbidden, Op: op, Detail: "role"}
	}
	return w.need(g.Unit, op)
}

// mayTake is mayGive for ending one.
func (w *warrant) mayTake(g *syncproto.Grant, op string) (with syncproto.ID, err error) {
	return w.mayGive(g, op)
}

// whole returns a person whom the actor may change as a whole: the actor governs every unit over which the person has a
// grant. Whoever governs only some of them ends those grants instead. unit is one of them, for the audit log.
func (w *warrant) whole(tx storage.Tx, id syncproto.ID, op string) (person *storage.Person, with, unit syncproto.ID, err error) {
	person, err = tx.Person(id)
	if err != nil {
		return nil, "", "", named(err, op, "person")
	}
	grants, err := tx.Grants(id)
	if err != nil {
		return nil, "", "", err
	}
	held, runs := "", false
	if grant, ok := w.operator(); ok {
		held, runs = string(grant), true
	}
	// An account that rests or was closed is whoever's business it was before.
	counted := 0
	for i := range grants {
		g := &grants[i]
		if person.Closed == 0 && g.Until != 0 && g.Until <= w.now {
			continue
		}
		counted++
		unit = g.Unit
		if runs {
			continue
		}
		grant, err := w.mayTake(g, op)
		if err != nil {
			return nil, "", "", err
		}
		held = string(grant)
	}
	if counted == 0 && !runs {
		return nil, "", "", &syncproto.Error{Code: syncproto.CodeForbidden, Op: op, Detail: "person"}
	}
	return person, syncproto.ID(held), unit, nil
}

// openPerson returns a person whose account is not closed.
func openPerson(r storage.PeopleReader, id syncproto.ID, op string) (*storage.Person, error) {
	person, err := r.Person(id)
	if err != nil {
		return nil, named(err, op, "person")
	}
	if person.Closed != 0 {
		return nil, &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "person"}
	}
	return person, nil
}

// named says what was not found.
func named(err error, op, what string) error {
	if isNotFound(err) {
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: what}
	}
	return err
}
