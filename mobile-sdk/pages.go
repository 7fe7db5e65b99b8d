package mobilesdk

import (
	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// pages stores the changes, scope by scope, and checks each scope that is caught up against the server's sum.
func (a *application) pages() error {
	for i := range a.answer.Pages {
		p := &a.answer.Pages[i]
		s, err := a.tx.Scope(p.Scope)
		if err != nil {
			return err
		}
		if p.Fresh {
			s.Generation++
			s.Stale = s.Sum.Count > 0
			s.Touch()
		}
		for j := range p.Changes {
			a.summary.Received++
			if err := p.Changes[j].Fill(a.sentValue); err != nil {
				// The sum will differ by this record, and the repair asks for it.
				a.e.cfg.Log.Warn("change refers to what this phone did not send", "scope", string(p.Scope), "err", err)
				continue
			}
			if err := a.change(s, &p.Changes[j]); err != nil {
				return err
			}
		}
		if p.CaughtUp {
			if err := a.caughtUp(s, p.Sum); err != nil {
				return err
			}
		}
	}
	return nil
}

// caughtUp ends a snapshot, by taking out what it did not name, and compares sums.
func (a *application) caughtUp(s *phonestore.Scope, sum syncproto.Sum) error {
	if s.Stale {
		err := a.tx.Members(s.Number, func(r *phonestore.Row) error {
			if r.Place(s.Number).Generation == s.Generation || a.e.hooks.KeepUnconfirmed {
				return nil
			}
			return a.leave(s, r)
		})
		if err != nil {
			return err
		}
		s.Stale = false
		s.Touch()
	}
	if s.Sum == sum || a.e.hooks.SkipDigest {
		if s.Repair == repairNone && s.Failures != 0 {
			s.Failures = 0
			s.Touch()
		}
		return nil
	}
	if s.Repair == repairNone {
		a.e.cfg.Log.Warn("scope sum differs", "scope", string(s.Name), "here", s.Sum.Count, "there", sum.Count)
		s.Repair = repairDigest
		s.Touch()
	}
	return nil
}

// change stores one change of a scope.
func (a *application) change(s *phonestore.Scope, c *syncproto.Change) error {
	if c.Removed {
		row, err := a.tx.Record(c.ID)
		if err != nil || row == nil || row.Place(s.Number) == nil {
			return err
		}
		return a.leave(s, row)
	}
	fresh := a.rowOf(c)
	a.places(fresh)
	a.called = a.called || fresh.Kind == syncproto.KindCall && !fresh.Deleted
	if fresh.Kind == syncproto.KindPhoto {
		a.photos[fresh.ID] = true
	}
	if fresh.Deleted {
		return a.bury(fresh)
	}
	fresh.Places = []phonestore.Place{{Scope: s.Number, Generation: s.Generation}}
	added, err := a.tx.Insert(fresh)
	if err != nil {
		return err
	}
	if added {
		s.Sum.Add(fresh.Hash)
		s.Touch()
		return a.touch(c.ID)
	}
	old, err := a.tx.Record(c.ID)
	if err != nil || old == nil {
		return err
	}
	return a.update(s, old, fresh)
}

// update brings a record that is here up to what a page says of it.
func (a *application) update(s *phonestore.Scope, old, fresh *phonestore.Row) error {
	stale := old.Epoch == fresh.Epoch && fresh.Revision < old.Revision
	if stale && old.Deleted {
		return nil
	}
	if !stale && (old.Hash != fresh.Hash || old.Epoch != fresh.Epoch || old.Deleted) {
		if err := a.exchange(old, old.Hash, fresh.Hash); err != nil {
			return err
		}
		old.Kind, old.State, old.At, old.Parent, old.Revision = fresh.Kind, fresh.State, fresh.At, fresh.Parent, fresh.Revision
		old.Epoch, old.Deleted, old.Hash, old.Wire = fresh.Epoch, false, fresh.Hash, fresh.Wire
		a.join(s, old)
		if err := a.tx.Replace(old); err != nil {
			return err
		}
		return a.touch(old.ID)
	}
	if a.join(s, old) {
		return a.tx.SetPlaces(old)
	}
	return nil
}

// join makes a record a confirmed member of a scope and reports whether that changed anything.
func (a *application) join(s *phonestore.Scope, r *phonestore.Row) bool {
	if p := r.Place(s.Number); p != nil {
		changed := p.Generation != s.Generation
		p.Generation = s.Generation
		return changed
	}
	r.Places = append(r.Places, phonestore.Place{Scope: s.Number, Generation: s.Generation})
	s.Sum.Add(r.Hash)
	s.Touch()
	return true
}

// exchange counts a record's new hash instead of its old one, in every scope that it is in.
func (a *application) exchange(r *phonestore.Row, before, after syncproto.Hash) error {
	scopes, err := a.tx.Scopes()
	if err != nil || before == after {
		return err
	}
	for _, p := range r.Places {
		for _, s := range scopes {
			if s.Number == p.Scope {
				s.Sum.Remove(before)
				s.Sum.Add(after)
				s.Touch()
			}
		}
	}
	return nil
}

// leave takes a record out of a scope, and off the phone with its last one. What was not sent yet stays in the outbox,
// in quarantine: the server still judges it.
func (a *application) leave(s *phonestore.Scope, r *phonestore.Row) error {
	s.Sum.Remove(r.Hash)
	s.Touch()
	r.Leave(s.Number)
	if len(r.Places) > 0 {
		return a.tx.SetPlaces(r)
	}
	if err := a.tx.Remove(r); err != nil {
		return err
	}
	if a.busy {
		if err := a.quarantine(r.ID); err != nil {
			return err
		}
	}
	return a.touch(r.ID)
}

func (a *application) quarantine(id syncproto.ID) error {
	if !a.e.hooks.DropQuarantine {
		_, err := a.tx.Quarantine(id)
		return err
	}
	history, err := a.tx.History(id)
	for _, m := range history {
		if !m.Judged && err == nil {
			err = a.tx.Discard(m)
		}
	}
	return err
}

// bury takes a deleted record out of all scopes. While the phone knows of anything that was done to it here its tombstone
// stays: an edit of a deleted record is another thing than an edit of an unknown one, and who wrote it wants to know.
func (a *application) bury(tomb *phonestore.Row) error {
	old, err := a.tx.Record(tomb.ID)
	if err != nil {
		return err
	}
	if old != nil && old.Epoch == tomb.Epoch && tomb.Revision < old.Revision {
		return nil
	}
	if erasedRow(tomb) {
		return a.erase(tomb)
	}
	if err := a.unplace(tomb.ID); err != nil {
		return err
	}
	known, err := a.tx.Knows(tomb.ID)
	if err != nil || !known {
		return err
	}
	a.touched[tomb.ID] = true
	_, err = a.tx.Insert(tomb)
	return err
}

// touch has a record's view rebuilt, if anything is unsent or unsettled over it.
func (a *application) touch(id syncproto.ID) error {
	if !a.busy || a.touched[id] {
		return nil
	}
	waits, err := a.tx.UnsettledOf(id)
	if waits {
		a.touched[id] = true
	}
	return err
}

// rowOf reads of a record what lists need. What it cannot read it still keeps: the bytes count in the sum, and a newer
// app will understand them.
func (a *application) rowOf(c *syncproto.Change) *phonestore.Row {
	row := &phonestore.Row{
		ID: c.ID, Kind: "unread", Epoch: a.state.EpochNumber(a.answer.Epoch), Hash: syncproto.HashRecord(c.Wire), Wire: c.Wire,
	}
	r, err := syncproto.DecodeRecord(c.Wire)
	if err != nil {
		return row
	}
	row.Kind, row.State, row.Parent, row.Revision, row.Deleted = r.Kind, r.State, r.Parent(), r.Revision, r.Deleted
	row.At = r.Received
	if r.Captured != nil {
		row.At = r.Captured.Estimate
	}
	return row
}
