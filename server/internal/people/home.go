package people

import (
	"slices"

	"lantoa/syncproto"
)

// Home returns the unit to which something belongs that was captured for a unit and comes now: the unit itself while it
// lives, else the successor under which its author has a grant, or else the first named (S-174). A unit that ended without
// a successor keeps what comes, and whoever stands above sees it. Home is "" for a unit that is not known. The person may
// be nil.
func (a *Access) Home(unit syncproto.ID, person *Rights, at int64) syncproto.ID {
	if person == nil {
		return home(a.Tree(at), unit, nil, at)
	}
	return home(a.Tree(at), unit, person.grants, at)
}

// home finds the unit that a unit has become, for somebody with some grants.
func home(tree *syncproto.Tree, unit syncproto.ID, grants []syncproto.Grant, at int64) syncproto.ID {
	found, known := tree.Unit(unit)
	if !known {
		return ""
	}
	for seen := []syncproto.ID{unit}; found.Until != 0; seen = append(seen, found.ID) {
		next := heir(tree, found, grants, at)
		if next.ID == "" || slices.Contains(seen, next.ID) {
			break
		}
		found = next
	}
	return found.ID
}

// heir chooses among the successors of a unit that ended; no unit if none is known.
func heir(tree *syncproto.Tree, ended syncproto.Unit, grants []syncproto.Grant, at int64) (first syncproto.Unit) {
	for _, id := range ended.Successors {
		u, known := tree.Unit(id)
		if !known {
			continue
		}
		if within(tree, grants, id, ended.ID, at) {
			return u
		}
		if first.ID == "" {
			first = u
		}
	}
	return first
}

// within reports whether one of the grants is over a unit or below it and does not come from the unit that ended: a grant
// over that one is one over all of its successors and tells nothing.
func within(tree *syncproto.Tree, grants []syncproto.Grant, unit, ended syncproto.ID, at int64) bool {
	for i := range grants {
		if g := &grants[i]; g.Holds(at) {
			above := tree.Ancestors(g.Unit)
			if slices.Contains(above, unit) && !slices.Contains(above, ended) {
				return true
			}
		}
	}
	return false
}
