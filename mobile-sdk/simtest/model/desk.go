package model

import "lantoa/syncproto"

// Write stores a revision of a record that the server itself makes, as a desk's server does with timelines: nobody's
// mutation, placed like any other.
func (s *Server) Write(r *syncproto.Record) {
	s.put(r)
	s.undo = s.undo[:0]
}

// End takes a device's access away, or gives it back. What it still holds is judged as a person's without grants, and it
// is told to drop every scope (S-188).
func (s *Server) End(device syncproto.ID, ended bool) {
	d := s.state.Devices[device]
	d.Ended = ended
	s.state.Devices[device] = d
}

// EndedFor is how long a device whose access ended may still bring what it holds, ms.
const EndedFor = 30 * 24 * 60 * 60 * 1000

// ended reports whether a device has no access any more. It fails with token_revoked when that was too long ago.
func (s *Server) ended(d Device) (bool, error) {
	p := s.state.Persons[d.Person]
	if p.Closed && s.cfg.Now() >= p.Since+EndedFor {
		return true, syncproto.E(syncproto.CodeTokenRevoked, "sync", nil)
	}
	return d.Ended || p.Closed, nil
}

// drop answers a device without access: no pages, and drops of all that it followed.
func (s *Server) drop(d Device, cursor *syncproto.Cursor, out *syncproto.SyncResponse) {
	out.Ended = true
	if cursor.Epoch != s.state.Epoch || len(cursor.Positions) == 0 {
		return
	}
	for _, p := range cursor.Positions {
		if p.Scope <= uint64(len(s.state.Numbers)) {
			out.Drops = append(out.Drops, s.state.Numbers[p.Scope-1])
		}
	}
	out.Cursor = s.seal(d, nil, nil)
}
