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

// MayInvite reports by which grant an actor may invite somebody into a unit with a role: whoever may give the grant, and
// editors volunteers. An invitation for somebody known opens their account on another phone, so the actor must be that for
// every unit over which they have a grant.
func (a *Access) MayInvite(r storage.PeopleReader, by Actor, g syncproto.Grant, now int64) (with syncproto.ID, err error) {
	const op = "invite"
	w, err := a.warrant(r, by, now)
	if err != nil {
		return "", err
	}
	if g.Person != "" {
		person, err := openPerson(r, g.Person, op)
		if err != nil {
			return "", err
		}
		grants, err := r.Grants(person.ID)
		if err != nil {
			return "", err
		}
		if !w.mayInviteAgain(grants, op) {
			return "", &syncproto.Error{Code: syncproto.CodeForbidden, Op: op, Detail: "person"}
		}
	}
	return w.mayInvite(&g, op)
}

// mayInviteAgain reports whether the actor may invite into every unit of somebody known; of somebody without grants, into
// one that they were in.
func (w *warrant) mayInviteAgain(grants []syncproto.Grant, op string) bool {
	held, once := 0, false
	for i := range grants {
		g := &grants[i]
		_, err := w.mayInvite(g, op)
		once = once || err == nil
		if g.Until == 0 || g.Until > w.now {
			if held++; err != nil {
				return false
			}
		}
	}
	_, runs := w.operator()
	return held > 0 || once || runs
}

func (w *warrant) mayInvite(g *syncproto.Grant, op string) (with syncproto.ID, err error) {
	if with, err = w.mayGive(g, op); err == nil || g.Role != syncproto.RoleVolunteer {
		return with, err
	}
	if standing := w.rights.On(g.Unit, w.now); standing.Editor {
		return standing.Grant, nil
	}
	return "", err
}

// Note returns an audit entry of what an actor does to the people of a unit.
func (by Actor) Note(act string, grant, unit, record syncproto.ID, now int64) *storage.Audit {
	return (&warrant{by: by, now: now}).audit(act, grant, unit, record, "")
}
