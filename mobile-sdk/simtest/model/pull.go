package model

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"lantoa/syncproto"
)

// sync does one round: judge what came up, then give what is new.
func (s *Server) sync(token string, body []byte) ([]byte, error) {
	id, known := s.state.Tokens[token]
	if !known {
		return nil, syncproto.E(syncproto.CodeTokenUnknown, "sync", nil)
	}
	ended, err := s.ended(s.state.Devices[id])
	if err != nil {
		return nil, err
	}
	r, err := syncproto.DecodeSyncRequest(body)
	if err != nil {
		return nil, err
	}
	cursor, err := syncproto.OpenCursor(s.state.Key, id, r.Cursor)
	if err != nil {
		return nil, err
	}
	base := cursor.Epoch
	if s.rolledBack(s.state.Devices[id], cursor) && !s.cfg.Bugs.KeepEpoch {
		s.state.Epoch = s.drawEpoch()
	}
	outcomes, code := s.push(s.state.Devices[id], r, base)
	d := s.state.Devices[id]
	out := &syncproto.SyncResponse{
		ServerTime: s.cfg.Now(), Epoch: s.state.Epoch.String(), Accepted: d.Accepted, Durable: d.Durable,
		PushCode: code, Outcomes: outcomes,
	}
	if ended {
		s.drop(d, cursor, out)
		return syncproto.AppendSyncResponse(nil, out), nil
	}
	s.pull(d, cursor, r, out)
	s.digests(d, r, out)
	return syncproto.AppendSyncResponse(nil, out), nil
}

// rolledBack reports whether the device has seen more of this epoch than the database knows (S-120).
func (s *Server) rolledBack(d Device, c *syncproto.Cursor) bool {
	if c.Epoch != s.state.Epoch {
		return false
	}
	if c.Accepted > d.Accepted {
		return true
	}
	for _, p := range c.Positions {
		if p.Scope > uint64(len(s.state.Numbers)) || p.Sequence > s.state.Feeds[s.state.Numbers[p.Scope-1]].Sequence {
			return true
		}
	}
	return false
}

func (s *Server) pull(d Device, cursor *syncproto.Cursor, r *syncproto.SyncRequest, out *syncproto.SyncResponse) {
	follows := s.follows(d)
	positions := map[syncproto.Scope]syncproto.Position{}
	if cursor.Epoch == s.state.Epoch {
		for _, p := range cursor.Positions {
			if p.Scope > uint64(len(s.state.Numbers)) {
				continue // only with Bugs.KeepEpoch
			}
			scope := s.state.Numbers[p.Scope-1]
			if slices.Contains(follows, scope) {
				positions[scope] = p
			} else if !s.cfg.Bugs.ForgetDrops {
				out.Drops = append(out.Drops, scope)
			}
		}
	}
	budget := room{bytes: 3 * max(r.MaxBytes, syncproto.MinPageBytes), changes: s.cfg.PageChanges}
	if budget.changes == 0 {
		budget.changes = 1 << 30
	}
	changed := len(out.Drops) > 0 || cursor.Epoch != s.state.Epoch
	for _, scope := range follows {
		f := s.state.Feeds[scope]
		if f == nil {
			continue
		}
		p, had := positions[scope]
		if !had || p.Sequence == 0 && !p.Fresh || p.Sequence < f.Floor && !p.Fresh {
			p, had = syncproto.Position{Scope: f.Number, Fresh: true}, false
		}
		if had && !p.Fresh && p.Sequence >= f.Sequence {
			continue
		}
		if budget.empty() {
			out.More = true // an old position stays in the cursor: without it the loss of the scope would never be told
			continue
		}
		page := s.page(scope, f, &p, !had, &budget, out)
		s.refer(r, page.Changes)
		positions[scope] = p
		out.Pages = append(out.Pages, page)
		changed = true
	}
	if changed {
		out.Cursor = s.seal(d, follows, positions)
	}
}

func (s *Server) seal(d Device, follows []syncproto.Scope, positions map[syncproto.Scope]syncproto.Position) string {
	next := syncproto.Cursor{Epoch: s.state.Epoch, Accepted: d.Accepted, Access: s.state.Access}
	for _, scope := range follows {
		if p, ok := positions[scope]; ok {
			next.Positions = append(next.Positions, p)
		}
	}
	return next.Seal(s.state.Key, d.ID)
}

// room is what is left of a response.
type room struct{ bytes, changes int }

func (b *room) empty() bool { return b.bytes <= 0 || b.changes <= 0 }

// page reads one scope from a position until the room is used.
func (s *Server) page(scope syncproto.Scope, f *Feed, p *syncproto.Position, first bool, budget *room, out *syncproto.SyncResponse) syncproto.Page {
	page := syncproto.Page{Scope: scope, Fresh: first}
	ids := slices.SortedFunc(maps.Keys(f.Rows), func(a, b syncproto.ID) int {
		return cmp.Compare(f.Rows[a].Sequence, f.Rows[b].Sequence)
	})
	for _, id := range ids {
		row := f.Rows[id]
		if row.Sequence <= p.Sequence || row.Hidden > 0 {
			continue
		}
		if budget.empty() {
			out.More = true
			if s.cfg.Bugs.SkipPageRest {
				p.Sequence, p.Fresh = f.Sequence, false
			}
			return page
		}
		page.Changes = append(page.Changes, syncproto.Change{ID: id, Removed: row.Removed, Wire: row.Wire})
		p.Sequence = row.Sequence
		budget.changes--
		budget.bytes -= len(row.Wire) + 50
	}
	page.CaughtUp, page.Sum = true, f.Sum
	p.Fresh = false
	p.Sequence = f.Sequence
	return page
}

// refer leaves out of changes what the same request brought up (S-77).
func (s *Server) refer(r *syncproto.SyncRequest, changes []syncproto.Change) {
	if !r.Refer {
		return
	}
	for i := range changes {
		e := s.state.Records[changes[i].ID]
		if e == nil || e.Record.Deleted || !bytes.Equal(e.Wire, changes[i].Wire) {
			continue
		}
		sent := map[string]int64{}
		for j := range r.Mutations {
			m := &r.Mutations[j]
			if m.Err != nil || m.Void || m.Record != e.Record.ID {
				continue
			}
			for name, value := range m.Set {
				if !value.IsNull() && e.Record.Fields[name] == value {
					sent[name] = m.Number
				}
			}
		}
		changes[i].Wire = syncproto.AppendReferring(nil, e.Record, sent)
	}
}

// digests answers what a phone asks after a sum differed.
func (s *Server) digests(d Device, r *syncproto.SyncRequest, out *syncproto.SyncResponse) {
	follows := s.follows(d)
	for _, scope := range r.Digests {
		f := s.state.Feeds[scope]
		if f == nil || !slices.Contains(follows, scope) {
			continue
		}
		var digest syncproto.Digest
		for id, row := range f.Rows {
			if !row.Removed && !row.Deleted {
				digest.Add(id, syncproto.HashRecord(row.Wire))
			}
		}
		out.Digests = append(out.Digests, syncproto.ScopeDigest{Scope: scope, Leaves: digest.Cut()})
	}
	for _, want := range r.Leaves {
		f := s.state.Feeds[want.Scope]
		if f == nil || !slices.Contains(follows, want.Scope) {
			continue
		}
		page := syncproto.LeafPage{Scope: want.Scope, Leaf: want.Leaf, After: want.After, Complete: true}
		for _, id := range sortedKeys(f.Rows) {
			if row := f.Rows[id]; syncproto.Leaf(id) == want.Leaf && id > want.After && !row.Removed && !row.Deleted {
				page.Changes = append(page.Changes, syncproto.Change{ID: id, Wire: row.Wire})
			}
		}
		out.Leaves = append(out.Leaves, page)
	}
}
