package people

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Actor is who asks for a change: a person with one of their devices, who may do what their grants say, or the operator at
// the server's own machine, who may do everything. The zero Actor may do nothing.
type Actor struct {
	Person syncproto.ID
	Device syncproto.ID

	console bool
}

// Console is the operator at the server's own machine.
func Console() Actor { return Actor{console: true} }

// warrant is what an actor may do to units and people, at one moment.
type warrant struct {
	by     Actor
	rights *Rights
	tree   *syncproto.Tree
	now    int64
}

func (a *Access) warrant(r storage.PeopleReader, by Actor, now int64) (*warrant, error) {
	w := &warrant{by: by, tree: a.Tree(now), now: now}
	if by.console {
		return w, nil
	}
	rights, err := a.Of(r, by.Person)
	w.rights = rights
	return w, err
}

// operator reports whether the actor may do everything, and by which grant.
func (w *warrant) operator() (grant syncproto.ID, ok bool) {
	if w.by.console {
		return "", true
	}
	return w.rights.Operator(w.now)
}

// Operator reports whether the person runs the server at a time, and by which grant. An operator may change units and
// people everywhere, wherever the grant was given; what submissions say is no operator's business.
func (p *Rights) Operator(at int64) (grant syncproto.ID, ok bool) {
	for i := range p.grants {
		if g := &p.grants[i]; g.Role == syncproto.RoleOperator && g.Holds(at) {
			return g.ID, true
		}
	}
	return "", false
}

// Governs reports whether the person may change the people of a unit and the units below it at a time, and by which grant:
// an admin of it or of a unit above, or an operator.
func (p *Rights) Governs(unit syncproto.ID, at int64) (grant syncproto.ID, ok bool) {
	if grant, ok = p.Operator(at); ok {
		return grant, true
	}
	tree := p.history.at(at).tree
	for i := range p.grants {
		if g := &p.grants[i]; g.Role == syncproto.RoleAdmin && g.Holds(at) && tree.Covers(g.Unit, unit) {
			return g.ID, true
		}
	}
	return "", false
}

// Officer returns the grant by which the person may call for a unit at a time: an officer's of it or of a unit above, or
// else an admin's, or else that of whoever runs the server.
func (p *Rights) Officer(unit syncproto.ID, at int64) (grant syncproto.Grant, ok bool) {
	tree := p.history.at(at).tree
	for _, role := range []syncproto.Role{syncproto.RoleOfficer, syncproto.RoleAdmin, syncproto.RoleOperator} {
		for i := range p.grants {
			if g := &p.grants[i]; g.Role == role && g.Holds(at) && tree.Covers(g.Unit, unit) {
				return *g, true
			}
		}
	}
	return syncproto.Grant{}, false
}

// Offices returns the grants that hold at a time by which the person may call for units.
func (p *Rights) Offices(at int64) (grants []syncproto.Grant) {
	for i := range p.grants {
		switch g := &p.grants[i]; g.Role {
		case syncproto.RoleOfficer, syncproto.RoleAdmin, syncproto.RoleOperator:
			if g.Holds(at) {
				grants = append(grants, *g)
			}
		}
	}
	return grants
}

// governs is Rights.Governs for any actor.
func (w *warrant) governs(unit syncproto.ID) (grant syncproto.ID, ok bool) {
	if w.by.console {
		return "", true
	}
	return w.rights.Governs(unit, w.now)
}

// need is governs as an error.
func (w *warrant) need(unit syncproto.ID, op string) (grant syncproto.ID, err error) {
	grant, ok := w.governs(unit)
	if !ok {
		return "", &syncproto.Error{Code: syncproto.CodeForbidden, Op: op, Detail: "unit"}
	}
	return grant, nil
}

// audit is an entry of the audit log about what the actor does.
func (w *warrant) audit(act string, grant, unit, record syncproto.ID, detail string) *storage.Audit {
	return &storage.Audit{
		At: w.now, Act: act, Person: w.by.Person, Device: w.by.Device, Grant: grant, Unit: unit, Record: record,
		Detail: cut(detail, maxDetail),
	}
}

// maxDetail is what an audit entry takes.
const maxDetail = 200

func cut(text string, most int) string { return text[:min(len(text), most)] }
