package desk

import (
	"cmp"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Bounds of what hangs under a submission, as the syncer keeps them: a note on a photo of a story, and some room.
const (
	maxHeight = 4
	maxFamily = 1000
)

// record returns a record, tombstones included, or nil if there is none.
func (v *sight) record(id syncproto.ID) (*storage.Stored, error) {
	if !id.Valid() {
		return nil, nil
	}
	stored, err := v.r.Record(id)
	if isNotFound(err) {
		return nil, nil
	}
	return stored, err
}

// top returns the topmost record above a record, which may be the record itself.
func (v *sight) top(stored *storage.Stored) (*storage.Stored, error) {
	for range maxHeight {
		above, err := v.record(stored.Record.Parent())
		if err != nil || above == nil {
			return stored, err
		}
		stored = above
	}
	return stored, nil
}

// visible reports whether the person sees a submission at a desk: one that its author has submitted, on a desk of theirs.
func (v *sight) visible(top *syncproto.Record) bool {
	return syncproto.Reviewed(top.Kind) && top.Parent() == "" && syncproto.SeenByDesk(top.State) && v.rights.On(top.Unit, v.now).Editor
}

// whole returns the submission that a record belongs to, if the person sees it. Errors: not_found.
func (v *sight) whole(id syncproto.ID) (*storage.Stored, error) {
	const op = "find submission"
	stored, err := v.record(id)
	if err != nil {
		return nil, err
	}
	if stored == nil {
		return nil, hidden(op)
	}
	top, err := v.top(stored)
	if err != nil {
		return nil, err
	}
	if !v.visible(top.Record) || top.Record.Deleted {
		return nil, hidden(op)
	}
	return top, nil
}

// family returns what hangs under a submission, level by level, tombstones included.
func (v *sight) family(top syncproto.ID) (all []*storage.Stored, err error) {
	level, seen := []syncproto.ID{top}, map[syncproto.ID]bool{top: true}
	for range maxHeight {
		var below []syncproto.ID
		for _, parent := range level {
			children, err := v.r.Children(parent, maxFamily)
			if err != nil {
				return nil, err
			}
			for _, id := range children {
				if !seen[id] && len(seen) <= maxFamily {
					seen[id] = true
					below = append(below, id)
				}
			}
		}
		for _, id := range below {
			stored, err := v.record(id)
			if err != nil {
				return nil, err
			}
			if stored != nil {
				all = append(all, stored)
			}
		}
		level = below
	}
	return all, nil
}

// byPosition is the order in which the parts of a story are shown.
func byPosition(a, b *syncproto.Record) int {
	return cmp.Or(cmp.Compare(positionOf(a), positionOf(b)), cmp.Compare(a.ID, b.ID))
}

func positionOf(r *syncproto.Record) int64 {
	n, _ := r.Fields["position"].AsInt()
	return n
}

// asShown sorts what hangs under a submission: parts as they are shown, everything else as it came.
func asShown(a, b *storage.Stored) int {
	parts := syncproto.Reviewed(a.Record.Kind)
	if parts != syncproto.Reviewed(b.Record.Kind) {
		if parts {
			return -1
		}
		return 1
	}
	if parts {
		return byPosition(a.Record, b.Record)
	}
	return cmp.Or(cmp.Compare(a.Record.Received, b.Record.Received), cmp.Compare(a.Record.ID, b.Record.ID))
}
