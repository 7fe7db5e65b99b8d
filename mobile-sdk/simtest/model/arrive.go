package model

import (
	"slices"

	"lantoa/syncproto"
)

// Arrive writes how far the file of a photo has come (S-164), as the server does when bytes come or were looked at: a
// new revision in the same places, with a mark that is nobody's. A photo that is not there, or not any more, stays as
// it is.
func (s *Server) Arrive(photo syncproto.ID, arrived syncproto.Value) {
	e := s.state.Records[photo]
	if e == nil || e.Record.Deleted {
		return
	}
	next := Arrived(e.Record, arrived, s.cfg.Now())
	if s.cfg.Bugs.ArriveUnplaced {
		hidden := *e
		hidden.Record, hidden.Wire, hidden.Revisions = next, syncproto.AppendRecord(nil, next), append(slices.Clip(e.Revisions), next)
		s.state.Records[photo] = &hidden
		return
	}
	s.put(next)
	s.undo = s.undo[:0]
}

// Arrived returns the next revision of a photo with what the server says of its file.
func Arrived(r *syncproto.Record, arrived syncproto.Value, now int64) *syncproto.Record {
	next := r.Clone()
	next.Revision++
	next.Changed = now
	if next.Fields == nil {
		next.Fields = syncproto.Fields{}
	}
	if next.Marks == nil {
		next.Marks = map[string]int64{}
	}
	if next.Writers == nil {
		next.Writers = map[string]syncproto.Writer{}
	}
	next.Fields[syncproto.ArrivedField] = arrived
	next.Marks[syncproto.ArrivedField] = next.Revision
	next.Writers[syncproto.ArrivedField] = syncproto.Writer{}
	return next
}
