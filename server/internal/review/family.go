package review

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Bounds of what is gathered of one submission: what the server lets phones hang there.
const (
	maxFamily = 1000
	maxHeight = 4
)

// node is a record with what hangs under it.
type node struct {
	*syncproto.Record
	below []*node
}

// gather reads what hangs under a submission, live or not. The submission itself is taken as it is given.
func gather(r storage.RecordReader, top *syncproto.Record) (*node, error) {
	root := &node{Record: top}
	left := maxFamily
	return root, root.grow(r, maxHeight, &left)
}

func (n *node) grow(r storage.RecordReader, height int, left *int) error {
	switch n.Kind {
	case syncproto.KindConflict, syncproto.KindTimeline:
		return nil // nothing hangs there
	}
	if height == 0 || *left <= 0 {
		return nil
	}
	ids, err := r.Children(n.ID, *left)
	if err != nil {
		return err
	}
	*left -= len(ids)
	for _, id := range ids {
		stored, err := r.Record(id)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		if stored.Record.Parent() != n.ID {
			continue // a tombstone that hung here once, or a circle
		}
		child := &node{Record: stored.Record}
		if err := child.grow(r, height-1, left); err != nil {
			return err
		}
		n.below = append(n.below, child)
	}
	return nil
}

// walk calls visit for the record and everything live below it.
func (n *node) walk(visit func(*node)) {
	if n.Deleted {
		return
	}
	visit(n)
	for _, child := range n.below {
		child.walk(visit)
	}
}

// parts returns the photos and activities that would be public with the submission: live, and neither taken out of it
// nor waiting to be let in.
func (n *node) parts() (parts []*node) {
	for _, child := range n.below {
		if syncproto.Reviewed(child.Kind) && !child.Deleted && !outside(child.State) {
			parts = append(parts, child)
		}
	}
	return parts
}

// outside reports whether a part in a state is none of its whole: taken out, or not let in.
func outside(state syncproto.State) bool {
	switch state {
	case syncproto.StateUnclaimed, syncproto.StateDeclined, syncproto.StateTakenDown:
		return true
	}
	return false
}

// public reports whether a submission in a state is read by the members of its unit, now or when its hold ends.
func public(state syncproto.State) bool {
	return state == syncproto.StatePublished || state == syncproto.StateCorrected
}
