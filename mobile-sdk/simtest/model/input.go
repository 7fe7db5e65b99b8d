package model

import (
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// input gathers what reconcile.Apply may look at, and returns the record too.
func (s *Server) input(d Device, p *syncproto.PushedMutation, base syncproto.Epoch) (reconcile.Input, *syncproto.Record) {
	m := &p.Mutation
	in := reconcile.Input{Mutation: m, Now: s.cfg.Now()}
	if e := s.state.Records[m.Record]; e != nil {
		in.Record = e.Record
		s.history(&in, e, d)
	}
	parent := syncproto.ID(m.Set["parent"].TextOr(""))
	unit := m.Unit
	if in.Record != nil {
		parent, unit = in.Record.Parent(), in.Record.Unit
	}
	if e := s.state.Records[parent]; parent != "" && e != nil {
		in.Parent = e.Record
	}
	in.ForeignBase = s.foreign(m, base)
	in.Actor = s.actor(d, unit)
	return in, in.Record
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
	for _, r := range e.Revisions {
		if r.Revision == in.Mutation.BaseRevision {
			in.Base = r.Fields
		}
	}
	in.Sides = syncproto.Fields{}
	for name := range in.Mutation.Set {
		if v, ok := s.state.Sides[Side{e.Record.ID, name, d.ID}]; ok {
			in.Sides[name] = v
		}
	}
}

// actor finds the rights of a device's person over a unit.
func (s *Server) actor(d Device, unit syncproto.ID) reconcile.Actor {
	a := reconcile.Actor{Device: d.ID, Person: d.Person}
	tree := s.state.tree()
	for _, g := range s.grants(d.Person) {
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
