package model

import "lantoa/syncproto"

// Erase erases a record and everything that hangs under it (S-184), as the server does for a withdrawn consent: tombstones
// that say nothing, and no revisions.
func (s *Server) Erase(id syncproto.ID) {
	s.erase(id)
	s.undo = s.undo[:0]
}

func (s *Server) erase(id syncproto.ID) {
	e := s.state.Records[id]
	if e == nil || e.Record.Erased {
		return
	}
	r := e.Record
	s.put(&syncproto.Record{
		ID: r.ID, Kind: r.Kind, Unit: r.Unit, Revision: r.Revision + 1, State: r.State, Deleted: true, Erased: true,
		Received: r.Received, Changed: s.cfg.Now(),
	})
	s.state.Records[id].Revisions = s.state.Records[id].Revisions[len(e.Revisions):]
	for _, child := range s.state.Below[id] {
		s.erase(child)
	}
}
