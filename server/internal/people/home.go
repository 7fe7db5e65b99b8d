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
	tree := a.Tree(at)
	home, known := tree.Unit(unit)
	if !known {
		return ""
	}
	for seen := []syncproto.ID{unit}; home.Until != 0; seen = append(seen, home.ID) {
		next := a.heir(tree, home, person, at)
		if next.ID == "" || slices.Contains(seen, next.ID) {
			break
		}
		home = next
	}
	return home.ID
}

// heir chooses among the successors of a unit that ended; no unit if none is known.
func (a *Access) heir(tree *syncproto.Tree, ended syncproto.Unit, person *Rights, at int64) (first syncproto.Unit) {
	for _, id := range ended.Successors {
		u, known := tree.Unit(id)
		if !known {
			continue
		}
		if person.within(tree, id, ended.ID, at) {
			return u
		}
		if first.ID == "" {
			first = u
		}
	}
	return first
}

// within reports whether the person has a grant over a unit or below it that does not come from the unit that ended: a
// grant over that one is one over all of its successors and tells nothing.
func (p *Rights) within(tree *syncproto.Tree, unit, ended syncproto.ID, at int64) bool {
	if p == nil {
		return false
	}
	for i := range p.grants {
		if g := &p.grants[i]; g.Holds(at) {
			above := tree.Ancestors(g.Unit)
			if slices.Contains(above, unit) && !slices.Contains(above, ended) {
				return true
			}
		}
	}
	return false
}
