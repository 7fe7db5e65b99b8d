package syncer

import (
	"slices"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

const (
	// maxChildren is how many records phones may hang under one: every child is placed anew when its parent moves.
	maxChildren = 200
	// maxFamily bounds all that ever hung under a record, with conflicts, tombstones and what was not let in.
	maxFamily = 1000
	// maxPlaced bounds that walk in whole. What is nearest is placed first, so nothing that is public stays behind.
	maxPlaced = 5 * maxFamily
	// maxHeight bounds how deep records hang: a note on a photo of a story, and some room for what newer apps do.
	maxHeight = 4
)

// full reports whether the mutation hangs the record under a parent that has as many as it may. What was deleted and
// the cards of conflicts take no room, and what waits to be let in takes none from the author and the editors: a
// stranger's photos must not keep out theirs.
func (j *judge) full() (bool, error) {
	parent := j.newParent()
	if parent == "" || j.record != nil && j.record.Record.Parent() == parent {
		return false, nil
	}
	children, err := j.tx.Children(parent, maxFamily)
	if err != nil || len(children) < maxChildren || len(children) >= maxFamily {
		return len(children) >= maxFamily, err
	}
	c, counted := j.crowds[parent]
	if !counted {
		if c, err = j.count(children); err != nil {
			return false, err
		}
		j.crowds[parent] = c
	}
	if j.standing.Editor || j.parent != nil && j.parent.Author == j.device.Person {
		return c.in >= maxChildren, nil
	}
	return c.in+c.waiting >= maxChildren, nil
}

// crowd is what hangs under a record: let in, or not.
type crowd struct{ in, waiting int }

func (j *judge) count(children []syncproto.ID) (c crowd, err error) {
	for _, id := range children {
		stored, err := j.read(id)
		if err != nil {
			return c, err
		}
		if stored == nil || stored.Record.Deleted {
			continue
		}
		switch stored.Record.Kind {
		case syncproto.KindConflict, syncproto.KindTimeline:
			continue
		}
		switch stored.Record.State {
		case syncproto.StateUnclaimed, syncproto.StateDeclined:
			c.waiting++
		default:
			c.in++
		}
	}
	return c, nil
}

// put stores the next revision of a record, places it, and places anew what hangs under it if that may have moved.
func (j *judge) put(r *syncproto.Record) error {
	top, err := j.top(r.Parent())
	if err != nil {
		return err
	}
	var before []syncproto.Scope
	var parent syncproto.ID
	old := j.record
	if old == nil || old.Record.ID != r.ID {
		if old, err = j.read(r.ID); err != nil {
			return err
		}
	}
	shown := syncproto.Reviewed(r.Kind) && public(r.State)
	if old != nil {
		before, parent = old.Scopes, old.Record.Parent()
		shown = shown && !public(old.Record.State)
	}
	scopes := syncproto.Placement(r, top)
	if err := j.store(r, before, scopes); err != nil {
		return err
	}
	j.touch(before, scopes)
	if slices.Equal(before, scopes) && parent == r.Parent() && !shown || r.Deleted {
		return nil
	}
	if top == nil {
		top = r
	}
	return j.placeBelow(r.ID, top)
}

// top returns the topmost record above what hangs under a parent, as the transaction sees it; nil if the parent is not
// known. A circle of parents ends at the bound.
func (j *judge) top(id syncproto.ID) (*syncproto.Record, error) {
	var top *syncproto.Record
	for height := 0; id != "" && height < maxHeight; height++ {
		stored, err := j.read(id)
		if err != nil {
			return nil, err
		}
		if stored == nil {
			break
		}
		top, id = stored.Record, stored.Record.Parent()
	}
	return top, nil
}

// placeBelow moves what hangs under a record to where it belongs now, level by level. Below a level that is too large
// notes and cards stay where they were: a story must be taken down however much its author has hung under it.
func (j *judge) placeBelow(id syncproto.ID, top *syncproto.Record) error {
	placed := 0
	level := []syncproto.ID{id}
	for height := 0; height < maxHeight && len(level) > 0; height++ {
		var below []syncproto.ID
		for _, parent := range level {
			children, err := j.tx.Children(parent, maxPlaced-placed)
			if err != nil {
				return err
			}
			placed += len(children)
			for _, child := range children {
				if child != top.ID {
					below = append(below, child)
				}
			}
		}
		for _, child := range below {
			if err := j.placeAgain(child, top); err != nil {
				return err
			}
		}
		level = below
	}
	return nil
}

func (j *judge) placeAgain(id syncproto.ID, top *syncproto.Record) error {
	stored, err := j.read(id)
	if err != nil || stored == nil || stored.Record.Deleted {
		return err
	}
	scopes := syncproto.Placement(stored.Record, top)
	if next := j.publishable(stored.Record, top); next != nil {
		j.touch(stored.Scopes, scopes)
		return j.store(next, stored.Scopes, scopes)
	}
	if slices.Equal(stored.Scopes, scopes) {
		return nil
	}
	j.touch(stored.Scopes, scopes)
	j.puts(stored.Record, stored.Wire, stored.Scopes, scopes, true)
	return j.tx.PutRecord(stored.Record, scopes)
}

// publishable returns the next revision of a part that becomes public with its whole and tells a position (S-176), else
// nil. What was not let in stays as it is, for the desk.
func (j *judge) publishable(r, top *syncproto.Record) *syncproto.Record {
	if !syncproto.Reviewed(r.Kind) || r.Parent() != top.ID || !public(top.State) {
		return nil
	}
	switch r.State {
	case syncproto.StateUnclaimed, syncproto.StateDeclined, syncproto.StateTakenDown:
		return nil
	}
	return reconcile.Publishable(r, j.now)
}

// public reports whether a submission in a state is read by the members of its unit, now or when its hold ends.
func public(state syncproto.State) bool {
	return state == syncproto.StatePublished || state == syncproto.StateCorrected
}

// touch notes scopes whose feed has something new.
func (j *judge) touch(before, after []syncproto.Scope) {
	j.touched = append(append(j.touched, before...), after...)
}
