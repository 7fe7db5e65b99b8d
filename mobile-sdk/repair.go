package mobilesdk

import (
	"maps"
	"slices"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// The steps of the repair of one scope (S-101…S-104). The outbox has no part in it.
const (
	repairNone   = iota
	repairDigest // ask for the server's digest
	repairLeaves // ask for the leaves that differ
	repairVerify // ask for the digest again, to see that it helped
)

const (
	// leavesPerRound bounds what one answer has to carry besides its pages.
	leavesPerRound = 8
	// maxFailures is how many repairs may fail before the phone reads everything anew.
	maxFailures = 2
)

func sortedScopes(all map[syncproto.Scope]*phonestore.Scope) []syncproto.Scope {
	return slices.Sorted(maps.Keys(all))
}

// repairs goes on with the repair of every scope that the answer says something about.
func (a *application) repairs() error {
	scopes, err := a.tx.Scopes()
	if err != nil {
		return err
	}
	for i := range a.answer.Leaves {
		if s := scopes[a.answer.Leaves[i].Scope]; s != nil && s.Repair == repairLeaves {
			if err := a.leaf(s, &a.answer.Leaves[i]); err != nil {
				return err
			}
		}
	}
	for i := range a.answer.Digests {
		s := scopes[a.answer.Digests[i].Scope]
		if s == nil || a.answer.More || s.Stale {
			continue // what is here is not all that the digest is about
		}
		if err := a.digest(s, &a.answer.Digests[i]); err != nil {
			return err
		}
	}
	return nil
}

// digest finds the leaves that differ.
func (a *application) digest(s *phonestore.Scope, theirs *syncproto.ScopeDigest) error {
	var ours syncproto.Digest
	var sum syncproto.Sum
	err := a.tx.Members(s.Number, func(r *phonestore.Row) error {
		ours.Add(r.ID, r.Hash)
		sum.Add(r.Hash)
		return nil
	})
	if err != nil {
		return err
	}
	s.Sum = sum // a sum that was kept wrongly is put right by the same reading
	s.Touch()
	var wants []leafWant
	for i, leaf := range ours.Cut() {
		if leaf != theirs.Leaves[i] {
			wants = append(wants, leafWant{leaf: i})
		}
	}
	switch {
	case len(wants) == 0:
		if s.Repair == repairVerify || s.Repair == repairDigest {
			a.state.Repairs++
			a.summary.Repaired++
		}
		s.Repair, s.Leaves, s.Failures = repairNone, "", 0
	case s.Repair == repairVerify:
		if s.Failures++; s.Failures >= maxFailures {
			a.e.cfg.Log.Error("scope repair gives up, everything is read anew", "scope", string(s.Name))
			a.state.Cursor, a.state.CursorEpoch, a.state.CaughtUp = "", "", false
			s.Repair, s.Leaves, s.Failures = repairNone, "", 0
			a.state.Repairs++
			a.summary.Repaired++
			return nil
		}
		s.Repair, s.Leaves = repairLeaves, formatLeaves(wants)
	default:
		s.Repair, s.Leaves = repairLeaves, formatLeaves(wants)
	}
	return nil
}

// leaf makes one leaf of a scope equal to what the server sent of it.
func (a *application) leaf(s *phonestore.Scope, p *syncproto.LeafPage) error {
	named := map[syncproto.ID]bool{}
	last := p.After
	for i := range p.Changes {
		named[p.Changes[i].ID] = true
		last = max(last, p.Changes[i].ID)
		if err := a.mend(s, &p.Changes[i]); err != nil {
			return err
		}
	}
	err := a.tx.Members(s.Number, func(r *phonestore.Row) error {
		inside := syncproto.Leaf(r.ID) == p.Leaf && r.ID > p.After && (p.Complete || r.ID <= last)
		if !inside || named[r.ID] {
			return nil
		}
		return a.leave(s, r)
	})
	if err != nil {
		return err
	}
	var left []leafWant
	for _, w := range parseLeaves(s.Leaves) {
		switch {
		case w.leaf != p.Leaf:
			left = append(left, w)
		case !p.Complete && len(p.Changes) > 0:
			left = append(left, leafWant{leaf: w.leaf, after: last})
		}
	}
	s.Leaves = formatLeaves(left)
	if len(left) == 0 {
		s.Repair = repairVerify
	}
	s.Touch()
	return nil
}

// mend stores a record that a repair brings. Unlike a page's it replaces what is here even at the same revision, where the
// bytes are what was found wrong, and at a lower one: a server that was put back without a new epoch has forgotten the
// revisions that came after, and a phone that kept them would never agree with it again.
func (a *application) mend(s *phonestore.Scope, c *syncproto.Change) error {
	old, err := a.tx.Record(c.ID)
	if err != nil {
		return err
	}
	if old != nil && (old.Hash != syncproto.HashRecord(c.Wire) || !old.Deleted && old.Hash != syncproto.HashRecord(old.Wire)) {
		if err := a.exchange(old, old.Hash, syncproto.Hash{}); err != nil {
			return err
		}
		old.Hash, old.Revision = syncproto.Hash{}, 0
		if err := a.tx.Replace(old); err != nil {
			return err
		}
	}
	return a.change(s, c)
}

// repairing reports whether another round is needed to end a repair.
func (a *application) repairing() (bool, error) {
	scopes, err := a.tx.Scopes()
	if err != nil {
		return false, err
	}
	for _, s := range scopes {
		if s.Repair != repairNone {
			return true, nil
		}
	}
	return a.state.Cursor == "" && !a.answer.Ended, nil
}
