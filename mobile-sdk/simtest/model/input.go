package model

import (
	"slices"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// input gathers what reconcile.Apply may look at, and returns the record too.
func (s *Server) input(d Device, p *syncproto.PushedMutation, base syncproto.Epoch) (reconcile.Input, *syncproto.Record) {
	m := &p.Mutation
	in := reconcile.Input{Mutation: m, Now: s.cfg.Now()}
	in.ForeignBase = s.foreign(m, base)
	parent := newParent(m)
	if e := s.state.Records[m.Record]; e != nil {
		in.Record = e.Record
		s.history(&in, e, d)
		if above := e.Record.Parent(); above != "" {
			parent = above
		}
	}
	if e := s.state.Records[parent]; e != nil {
		in.Parent = e.Record
	}
	if s.cfg.Bugs.FoundByEdit && in.Record == nil && in.ForeignBase {
		found := *m
		found.BaseRevision = 0
		m, in.Mutation = &found, &found
	}
	var unit syncproto.ID
	in.Actor, unit = s.stand(d, m, in.Record)
	if in.Record == nil && m.Unit != unit {
		moved := *m
		moved.Unit = unit
		in.Mutation = &moved
	}
	return in, in.Record
}

func newParent(m *syncproto.Mutation) syncproto.ID { return syncproto.ID(m.Set["parent"].TextOr("")) }

// stand finds what the actor is to a record, and the unit of one that is new. Those who answer for the whole answer for
// what hangs under it; whoever hangs a record elsewhere needs their rights there as well.
func (s *Server) stand(d Device, m *syncproto.Mutation, r *syncproto.Record) (a reconcile.Actor, unit syncproto.ID) {
	unit = d.Unit
	var above []syncproto.ID
	if r != nil {
		unit, above = r.Unit, append(above, r.Parent())
	} else if _, known := s.state.Units[m.Unit]; known {
		unit = m.Unit
	}
	a = s.actor(d, unit)
	if !syncproto.ByParent(m.Kind) {
		return a, unit
	}
	if to := newParent(m); !slices.Contains(above, to) {
		above = append(above, to)
	}
	for i, parent := range above {
		whole := s.top(parent)
		if whole == nil {
			continue
		}
		there := s.actor(d, whole.Unit)
		if i > 0 {
			there = both(there, a)
		}
		a = there
		if r == nil {
			unit = whole.Unit
		}
	}
	return a, unit
}

// both is an actor with the rights that two have in common.
func both(a, b reconcile.Actor) reconcile.Actor {
	out := a
	out.Member, out.Editor, out.Admin = a.Member && b.Member, a.Editor && b.Editor, a.Admin && b.Admin
	out.Lapsed = !out.Editor && (a.Editor || a.Lapsed) && (b.Editor || b.Lapsed)
	return out
}

// foreign reports whether the mutation's base belongs to another epoch than the store's (S-121).
func (s *Server) foreign(m *syncproto.Mutation, base syncproto.Epoch) bool {
	if m.BaseRevision == 0 {
		return false
	}
	if m.BaseEpoch != "" {
		return m.BaseEpoch != s.state.Epoch.String()
	}
	return base != syncproto.Epoch{} && base != s.state.Epoch
}

func (s *Server) history(in *reconcile.Input, e *Entry, d Device) {
	if reconcile.NeedsBase(e.Record, in.Mutation, d.ID, in.ForeignBase) {
		in.Base = base(e, in.Mutation, d)
	}
	in.Sides = syncproto.Fields{}
	for name := range in.Mutation.Set {
		if v, ok := s.state.Sides[Side{e.Record.ID, name, d.ID}]; ok {
			in.Sides[name] = v
		}
	}
}

// base returns the fields as the person saw them. Whoever had seen no revision had seen what the device itself wrote last;
// a draft of somebody else nobody has seen.
func base(e *Entry, m *syncproto.Mutation, d Device) syncproto.Fields {
	fields := syncproto.Fields{}
	for _, r := range e.Revisions {
		switch {
		case m.BaseRevision == 0:
			for name := range m.Set {
				if w := r.Writer(name); w.Device == d.ID && !w.Merged && r.Fields[name] != "" {
					fields[name] = r.Fields[name]
				}
			}
		case r.Revision == m.BaseRevision:
			if r.Author == d.Person || !syncproto.Reviewed(r.Kind) || r.Parent() != "" || syncproto.SeenByDesk(r.State) {
				return r.Fields
			}
			return nil
		}
	}
	if m.BaseRevision > 0 {
		return nil
	}
	return fields
}

// actor finds the rights of a device's person over a unit.
func (s *Server) actor(d Device, unit syncproto.ID) reconcile.Actor {
	a := reconcile.Actor{Device: d.ID, Person: d.Person, Closed: s.state.Persons[d.Person].Closed}
	tree := s.state.tree()
	grants := s.grants(d.Person)
	if d.Ended {
		grants = nil
	}
	for _, g := range grants {
		if !tree.Covers(g.Unit, unit) {
			continue
		}
		editor := g.Role == syncproto.RoleEditor || g.Role == syncproto.RoleAdmin
		switch {
		case g.Holds(s.cfg.Now()):
			a.Member = true
			a.Editor = a.Editor || editor
			a.Admin = a.Admin || g.Role == syncproto.RoleAdmin || g.Role == syncproto.RoleOperator
		case editor && g.From <= s.cfg.Now():
			a.Lapsed = true
		}
	}
	a.Lapsed = a.Lapsed && !a.Editor
	return a
}
