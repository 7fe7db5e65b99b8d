package model

import (
	"slices"

	"lantoa/syncproto"
)

// put stores the next revision of a record and gives it its places.
func (s *Server) put(r *syncproto.Record) {
	old := s.state.Records[r.ID]
	e := &Entry{Record: r, Wire: syncproto.AppendRecord(nil, r), Scopes: s.placement(r)}
	var was []syncproto.Scope
	var hash syncproto.Hash
	if old != nil {
		was, hash = old.Scopes, syncproto.HashRecord(old.Wire)
		e.Revisions = slices.Clip(old.Revisions)
		if old.Record.Deleted {
			was = nil
		}
	}
	if parent := r.Parent(); parent != "" && !slices.Contains(s.state.Below[parent], r.ID) {
		set(s, s.state.Below, parent, append(slices.Clip(s.state.Below[parent]), r.ID))
	}
	if old == nil || old.Record.Revision != r.Revision {
		e.Revisions = append(e.Revisions, r)
	}
	if r.Deleted {
		// A tombstone goes wherever the record was, so that everybody who holds it hears of it.
		if old != nil {
			e.Scopes = old.Scopes
		}
	}
	set(s, s.state.Records, r.ID, e)
	for _, scope := range e.Scopes {
		s.place(scope, r.ID, Row{Wire: e.Wire, Deleted: r.Deleted}, slices.Contains(was, scope), hash)
	}
	for _, scope := range was {
		if !slices.Contains(e.Scopes, scope) && !s.cfg.Bugs.ForgetRemoval {
			s.place(scope, r.ID, Row{Removed: true}, true, hash)
		}
	}
}

// place moves a record to the head of a scope.
func (s *Server) place(scope syncproto.Scope, id syncproto.ID, row Row, counted bool, was syncproto.Hash) {
	f := s.feed(scope)
	sequence, sum := f.Sequence, f.Sum
	s.undo = append(s.undo, func() { f.Sequence, f.Sum = sequence, sum })
	f.Sequence++
	row.Sequence = f.Sequence
	if s.cfg.Bugs.SkipHeadLock && f.Sequence%3 == 0 {
		row.Hidden = 2 // its transaction commits after the next one
	}
	set(s, f.Rows, id, row)
	live := !row.Removed && !row.Deleted
	if counted && (live || !s.cfg.Bugs.StaleSum) {
		f.Sum.Remove(was)
	}
	if live {
		f.Sum.Add(syncproto.HashRecord(row.Wire))
	}
}

func (s *Server) placement(r *syncproto.Record) []syncproto.Scope {
	if s.cfg.Bugs.LeakDrafts && r.State == syncproto.StateDraft {
		leaked := r.Clone()
		leaked.State = syncproto.StateSubmitted
		r = leaked
	}
	return syncproto.Placement(r, s.topmost(r))
}

// topmost returns the highest ancestor of a record that is here, or nil.
func (s *Server) topmost(r *syncproto.Record) *syncproto.Record { return s.top(r.Parent()) }

// maxHeight bounds how deep records hang, as in the product.
const maxHeight = 4

func (s *Server) top(id syncproto.ID) (top *syncproto.Record) {
	for height := 0; id != "" && height < maxHeight; height++ {
		e, known := s.state.Records[id]
		if !known {
			break
		}
		top, id = e.Record, e.Record.Parent()
	}
	return top
}

// placeChildren places everything below a record anew, after its unit or state changed.
func (s *Server) placeChildren(id syncproto.ID, seen map[syncproto.ID]bool) {
	if seen[id] {
		return
	}
	seen[id] = true
	for _, child := range s.state.Below[id] {
		e := s.state.Records[child]
		if e == nil || !syncproto.ByParent(e.Record.Kind) {
			continue
		}
		if !e.Record.Deleted && !slices.Equal(e.Scopes, s.placement(e.Record)) {
			s.put(e.Record)
		}
		s.placeChildren(child, seen)
	}
}

// commitHidden lets hidden rows come one commit nearer to being seen (Bugs.SkipHeadLock).
func (s *Server) commitHidden() {
	for _, f := range s.state.Feeds {
		for id, row := range f.Rows {
			if row.Hidden > 0 {
				row.Hidden--
				f.Rows[id] = row
			}
		}
	}
}
