package syncproto

import "slices"

// Unit is a node of the organisation. Units are never deleted; they end and name their successors.
type Unit struct {
	ID         ID
	Name       string
	Level      string // a label: "Tỉnh", "Xã", "Phường", "Cơ sở" …; levels are data
	Parent     ID     // "" for a root
	From       int64  // Unix ms from which it exists
	Until      int64  // Unix ms at which it ended; 0 while it exists
	Successors []ID   // who took over when it ended
}

// Tree answers questions about ancestry at one moment: a unit of it that has an Until has ended. What stood below a unit
// that ended and what was captured in it is with its successors (S-174). Build it with NewTree; it is safe for concurrent
// use after that. Cycles, which no service creates, and unknown units end every walk.
type Tree struct {
	units        map[ID]Unit
	children     map[ID][]ID // by id: those that stand below and did not end into others
	predecessors map[ID][]ID // by id: those that ended into it
}

// NewTree indexes a list of units.
func NewTree(units []Unit) *Tree {
	t := &Tree{units: make(map[ID]Unit, len(units)), children: map[ID][]ID{}, predecessors: map[ID][]ID{}}
	for _, u := range units {
		t.units[u.ID] = u
	}
	for _, u := range t.units {
		heirs := t.heirs(u)
		for _, id := range heirs {
			t.predecessors[id] = append(t.predecessors[id], u.ID)
		}
		if len(heirs) == 0 {
			t.children[u.Parent] = append(t.children[u.Parent], u.ID)
		}
	}
	for _, ids := range t.children {
		slices.SortFunc(ids, t.livingFirst)
	}
	for _, ids := range t.predecessors {
		slices.Sort(ids)
	}
	return t
}

func (t *Tree) livingFirst(a, b ID) int {
	if ended := t.units[a].Until != 0; ended != (t.units[b].Until != 0) {
		if ended {
			return 1
		}
		return -1
	}
	if a < b {
		return -1
	}
	return 1
}

// heirs returns the successors of a unit that ended, as far as the tree knows them.
func (t *Tree) heirs(u Unit) []ID {
	if u.Until == 0 {
		return nil
	}
	known := 0
	for _, id := range u.Successors {
		if _, ok := t.units[id]; ok && id != u.ID {
			known++
		}
	}
	if known == len(u.Successors) {
		return u.Successors
	}
	heirs := make([]ID, 0, known)
	for _, id := range u.Successors {
		if _, ok := t.units[id]; ok && id != u.ID {
			heirs = append(heirs, id)
		}
	}
	return heirs
}

// Unit returns a unit and whether it is known.
func (t *Tree) Unit(id ID) (Unit, bool) {
	u, ok := t.units[id]
	return u, ok
}

// Units returns all units, by id.
func (t *Tree) Units() []Unit {
	list := make([]Unit, 0, len(t.units))
	for _, u := range t.units {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b Unit) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

// Children returns the units directly below a unit, "" for the roots: the living first, each by id. Units that ended
// into others are not among them (Predecessors).
func (t *Tree) Children(id ID) []ID { return slices.Clone(t.children[id]) }

// Ancestors returns the unit and everything above it, nearest first. Above a unit that ended are its successors, and no
// longer what it once stood under; one that ended without any stays where it was.
func (t *Tree) Ancestors(id ID) []ID {
	var path []ID
	if _, ok := t.units[id]; ok {
		path = append(path, id)
	}
	for i := 0; i < len(path); i++ {
		u := t.units[path[i]]
		if heirs := t.heirs(u); len(heirs) > 0 {
			path = addNew(path, heirs)
			continue
		}
		if _, ok := t.units[u.Parent]; ok && !slices.Contains(path, u.Parent) {
			path = append(path, u.Parent)
		}
	}
	return path
}

// Predecessors returns the units that ended into a unit, directly or through others, nearest first.
func (t *Tree) Predecessors(id ID) []ID {
	if len(t.predecessors[id]) == 0 {
		return nil
	}
	list := []ID{id}
	for i := 0; i < len(list); i++ {
		list = addNew(list, t.predecessors[list[i]])
	}
	return list[1:]
}

// reach returns what a grant over a unit is a grant over: the unit and, if it ended, its successors, and theirs.
func (t *Tree) reach(id ID) []ID {
	list := []ID{id}
	for i := 0; i < len(list); i++ {
		list = addNew(list, t.heirs(t.units[list[i]]))
	}
	return list
}

// Subtree returns everything that a grant over the unit reaches: the unit, its successors if it ended, everything below,
// and what ended into any of them; breadth first and the living before the ended, at most limit units (0 for all), and
// whether that was all.
func (t *Tree) Subtree(id ID, limit int) (units []ID, whole bool) {
	if _, ok := t.units[id]; !ok {
		return nil, true
	}
	queue, seen := t.reach(id), map[ID]bool{}
	for _, id := range queue {
		seen[id] = true
	}
	add := func(ids []ID) {
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				queue = append(queue, id)
			}
		}
	}
	for i := 0; i < len(queue); i++ {
		if limit > 0 && i == limit {
			return queue[:limit], false
		}
		add(t.children[queue[i]])
		add(t.predecessors[queue[i]])
	}
	return queue, true
}

// Covers reports whether a grant over unit reaches target (Subtree).
func (t *Tree) Covers(unit, target ID) bool {
	if covers, plain := t.coversPlainly(unit, target); plain {
		return covers
	}
	above := t.Ancestors(target)
	return slices.ContainsFunc(t.reach(unit), func(id ID) bool { return slices.Contains(above, id) })
}

// coversPlainly answers where no unit on the way has ended, which is nearly always, without a list of them.
func (t *Tree) coversPlainly(unit, target ID) (covers, plain bool) {
	if t.units[unit].Until != 0 {
		return false, false
	}
	for range len(t.units) {
		u, ok := t.units[target]
		switch {
		case !ok:
			return false, true
		case u.Until != 0:
			return false, false
		case target == unit:
			return true, true
		}
		target = u.Parent
	}
	return false, true
}
