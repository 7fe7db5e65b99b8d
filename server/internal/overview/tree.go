package overview

import (
	"slices"

	"lantoa/syncproto"
)

// roof says what each unit counts for in a tree: one way up, so that nothing counts twice.
type roof struct {
	tree *syncproto.Tree // of the report
	now  *syncproto.Tree // for units that the other does not know yet
	ways map[syncproto.ID][]syncproto.ID
	kids map[syncproto.ID][]syncproto.ID // what counts for a unit and for nothing between; made when it is first asked for
}

func newRoof(tree, now *syncproto.Tree) *roof {
	return &roof{tree: tree, now: now, ways: map[syncproto.ID][]syncproto.ID{}}
}

// way is a unit and everything that it counts for, nearest first.
func (f *roof) way(unit syncproto.ID) []syncproto.ID {
	if way, ok := f.ways[unit]; ok {
		return way
	}
	tree := f.tree
	if _, ok := tree.Unit(unit); !ok {
		tree = f.now
	}
	way := []syncproto.ID{unit}
	for at := unit; ; {
		at = above(tree, at)
		if at == "" || slices.Contains(way, at) {
			break
		}
		way = append(way, at)
	}
	f.ways[unit] = way
	return way
}

// above is the unit that another counts for: the one that it stands under, or of one that ended, its successor; of one that was
// split, the nearest that all its successors stand under.
func above(tree *syncproto.Tree, id syncproto.ID) syncproto.ID {
	u, ok := tree.Unit(id)
	if !ok {
		return ""
	}
	var heirs []syncproto.ID
	if u.Until != 0 {
		for _, heir := range u.Successors {
			if _, known := tree.Unit(heir); known && heir != id && !slices.Contains(heirs, heir) {
				heirs = append(heirs, heir)
			}
		}
	}
	switch len(heirs) {
	case 0:
		if _, known := tree.Unit(u.Parent); known {
			return u.Parent
		}
		return ""
	case 1:
		return heirs[0]
	}
	common := tree.Ancestors(heirs[0])
	for _, heir := range heirs[1:] {
		others := tree.Ancestors(heir)
		common = slices.DeleteFunc(common, func(id syncproto.ID) bool { return !slices.Contains(others, id) })
	}
	common = slices.DeleteFunc(common, func(c syncproto.ID) bool { return c == id || slices.Contains(heirs, c) })
	if len(common) == 0 {
		return ""
	}
	return common[0]
}

// below are the units that count for another and for nothing between, by id.
func (f *roof) below(unit syncproto.ID) []syncproto.ID {
	if f.kids == nil {
		f.kids = map[syncproto.ID][]syncproto.ID{}
		for _, u := range f.tree.Units() {
			over := above(f.tree, u.ID)
			f.kids[over] = append(f.kids[over], u.ID)
		}
	}
	return f.kids[unit]
}

// tops leaves out of units those that count for another of them. What the tree does not know yet is replaced by what stands below
// it today, or ended into it, and is older.
func (f *roof) tops(units []syncproto.ID) (tops []syncproto.ID) {
	known := map[syncproto.ID]bool{}
	for _, id := range units {
		if _, ok := f.tree.Unit(id); ok {
			known[id] = true
			continue
		}
		below, _ := f.now.Subtree(id, 0)
		for _, unit := range below {
			if _, ok := f.tree.Unit(unit); ok {
				known[unit] = true
			}
		}
	}
	for id := range known {
		if !slices.ContainsFunc(f.way(id)[1:], func(over syncproto.ID) bool { return known[over] }) {
			tops = append(tops, id)
		}
	}
	slices.Sort(tops)
	return tops
}
