package people

import (
	"bytes"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// directory is everybody in the order of their names, as of one access revision. It never changes.
type directory struct {
	revision uint64
	entries  []entry // by key, then id
	byID     map[syncproto.ID]int
	byPhone  map[string]int // of accounts that are not closed
}

// entry is one person with what lists and searches need.
type entry struct {
	storage.Person
	key    []byte // viet.NameKey
	folded string // viet.Fold
	grants []syncproto.Grant
}

// directory returns everybody, from memory unless units, grants or persons changed. It must be given a Reader of View, as
// Cache.Read.
func (s *Service) directory(r storage.Reader, revision uint64) (*directory, error) {
	old := s.book.Load()
	if old != nil && old.revision == revision {
		return old, nil
	}
	d, err := readDirectory(r, revision, old)
	if err == nil {
		s.book.Store(d)
	}
	return d, err
}

// readDirectory reads everybody. Names that stand in an older directory are not taken apart again.
func readDirectory(r storage.Reader, revision uint64, old *directory) (*directory, error) {
	persons, err := r.Persons("", -1)
	if err != nil {
		return nil, err
	}
	grants, err := r.GrantsOf("", -1)
	if err != nil {
		return nil, err
	}
	d := &directory{revision: revision, entries: make([]entry, len(persons)), byPhone: map[string]int{}}
	next := 0
	for i := range persons {
		e := entry{Person: persons[i]}
		if known := old.person(e.ID); known != nil && known.Name == e.Name {
			e.key, e.folded = known.key, known.folded
		} else {
			e.key, e.folded = viet.NameKey(e.Name), viet.Fold(e.Name)
		}
		for next < len(grants) && grants[next].Person < e.ID {
			next++
		}
		first := next
		for next < len(grants) && grants[next].Person == e.ID {
			next++
		}
		e.grants = grants[first:next:next]
		d.entries[i] = e
	}
	slices.SortFunc(d.entries, func(a, b entry) int { return compareEntries(a.key, a.ID, b.key, b.ID) })
	d.byID = make(map[syncproto.ID]int, len(persons))
	for i := range d.entries {
		e := &d.entries[i]
		d.byID[e.ID] = i
		if e.Phone != "" && e.Closed == 0 {
			d.byPhone[e.Phone] = i
		}
	}
	return d, nil
}

func compareEntries(a []byte, aID syncproto.ID, b []byte, bID syncproto.ID) int {
	if order := bytes.Compare(a, b); order != 0 {
		return order
	}
	switch {
	case aID < bID:
		return -1
	case aID > bID:
		return 1
	}
	return 0
}

func (d *directory) person(id syncproto.ID) *entry {
	if d == nil {
		return nil
	}
	if i, ok := d.byID[id]; ok {
		return &d.entries[i]
	}
	return nil
}

// shown are the grants by which somebody stands in lists: those in force or to come, or of an account that was closed the
// ones that it ended with.
func (e *entry) shown(now int64) []syncproto.Grant {
	var list []syncproto.Grant
	for _, g := range e.grants {
		if g.Until == 0 || g.Until > now || e.Closed != 0 && g.Until >= e.Closed {
			list = append(list, g)
		}
	}
	return list
}
