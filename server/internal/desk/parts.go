package desk

import (
	"slices"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// compareParts compares the parts of a submission as they were at two of its revisions.
//
// No record says which parts a revision had. A change of a part gives its whole a new revision in the same transaction and so
// at the same time of the server's clock (S-84), so the parts of a revision are those that hung under it, in their newest
// revision, at that time. Where two revisions share a millisecond, the earlier one shows what the later brought. A part
// that an editor has hung elsewhere since is not found any more.
func (v *sight) compareParts(id syncproto.ID, a, b *syncproto.Record) ([]PartChange, error) {
	children, err := v.r.Children(id, maxFamily)
	if err != nil {
		return nil, err
	}
	var was, is []*syncproto.Record
	for _, child := range children {
		stored, err := v.record(child)
		if err != nil {
			return nil, err
		}
		if stored == nil || !syncproto.Reviewed(stored.Record.Kind) {
			continue
		}
		history, err := v.r.Revisions(child)
		if err != nil {
			return nil, err
		}
		if r := partAt(history, id, a.Changed); r != nil {
			was = append(was, r)
		}
		if r := partAt(history, id, b.Changed); r != nil {
			is = append(is, r)
		}
	}
	slices.SortFunc(was, byPosition)
	slices.SortFunc(is, byPosition)
	return compareLists(was, is), nil
}

// partAt returns a part as it was at a time, nil if it was none of the whole's then.
func partAt(history []*syncproto.Record, whole syncproto.ID, time int64) (part *syncproto.Record) {
	for _, r := range history {
		if r.Changed <= time {
			part = r
		}
	}
	if part == nil || part.Deleted || part.Parent() != whole {
		return nil
	}
	switch part.State {
	case syncproto.StateTakenDown, syncproto.StateDeclined, syncproto.StateUnclaimed:
		return nil
	}
	return part
}

// compareLists tells what came, went and changed. Of those that stayed, the fewest that explain the new order have moved.
func compareLists(was, is []*syncproto.Record) []PartChange {
	out := []PartChange{}
	place := func(list []*syncproto.Record, id syncproto.ID) int {
		return 1 + slices.IndexFunc(list, func(r *syncproto.Record) bool { return r.ID == id })
	}
	var stayed []int // old places in the new order
	for _, r := range is {
		if at := place(was, r.ID); at > 0 {
			stayed = append(stayed, at)
		}
	}
	kept := longestRising(stayed)
	for i, r := range is {
		change := PartChange{Part: r.ID, Kind: r.Kind, From: place(was, r.ID), To: i + 1, Fields: []FieldChange{}}
		if change.From == 0 {
			change.Change = PartAdded
			out = append(out, change)
			continue
		}
		change.Fields = compareContent(was[change.From-1], r)
		switch {
		case !kept[change.From]:
			change.Change = PartMoved
		case len(change.Fields) > 0:
			change.Change = PartChanged
		default:
			continue
		}
		out = append(out, change)
	}
	for i, r := range was {
		if place(is, r.ID) == 0 {
			out = append(out, PartChange{Part: r.ID, Kind: r.Kind, Change: PartRemoved, From: i + 1, Fields: []FieldChange{}})
		}
	}
	return out
}

// compareContent leaves out the position, which is told as a place.
func compareContent(a, b *syncproto.Record) []FieldChange {
	return slices.DeleteFunc(compareFields(b.Kind, a.Fields, b.Fields), func(f FieldChange) bool {
		return f.Field == "position" || f.Field == reconcile.StateField
	})
}

// longestRising returns the members of a longest rising subsequence of different numbers. Lists are short: 200 parts.
func longestRising(list []int) map[int]bool {
	length, before, best := make([]int, len(list)), make([]int, len(list)), -1
	for i := range list {
		length[i], before[i] = 1, -1
		for j := range i {
			if list[j] < list[i] && length[j] >= length[i] {
				length[i], before[i] = length[j]+1, j
			}
		}
		if best < 0 || length[i] > length[best] {
			best = i
		}
	}
	members := map[int]bool{}
	for ; best >= 0; best = before[best] {
		members[list[best]] = true
	}
	return members
}
