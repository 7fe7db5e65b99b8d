package people

import (
	"math"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxWindows bounds the trees that one history keeps: today's, and those of the dates that reports are about.
const maxWindows = 32

// history is the units at all times. Trees are built when they are first asked for.
type history struct {
	units    []syncproto.Unit
	read     []storage.UnitVersion                  // all of them, as the store gives them
	versions map[syncproto.ID][]storage.UnitVersion // of a unit, oldest first
	edges    []int64                                // the moments at which anything changes, ascending

	newest atomic.Pointer[window]
	mu     sync.Mutex
	kept   map[int64]*window
}

// window is a tree and the time for which it is right.
type window struct {
	from, until int64
	tree        *syncproto.Tree
}

// readHistory reads the units at all times. It returns an older history if nothing changed since.
func readHistory(r storage.Reader, old *history) (*history, error) {
	units, err := r.Units()
	if err != nil {
		return nil, err
	}
	versions, err := r.UnitVersions()
	if err != nil {
		return nil, err
	}
	if old != nil && slices.Equal(versions, old.read) && slices.EqualFunc(units, old.units, equalUnits) {
		return old, nil
	}
	return newHistory(units, versions), nil
}

func newHistory(units []syncproto.Unit, versions []storage.UnitVersion) *history {
	h := &history{units: units, read: versions, versions: map[syncproto.ID][]storage.UnitVersion{}, kept: map[int64]*window{}}
	for _, v := range versions {
		h.versions[v.Unit] = append(h.versions[v.Unit], v)
		h.edges = append(h.edges, v.Since)
	}
	for _, u := range units {
		h.edges = append(h.edges, u.From)
		if u.Until != 0 {
			h.edges = append(h.edges, u.Until)
		}
	}
	slices.Sort(h.edges)
	h.edges = slices.Compact(h.edges)
	return h
}

func equalUnits(a, b syncproto.Unit) bool { return a.From == b.From && sameUnit(a, b) }

// at returns the tree of a moment.
func (h *history) at(at int64) *window {
	if w := h.newest.Load(); w != nil && w.from <= at && at < w.until {
		return w
	}
	w := &window{from: math.MinInt64, until: math.MaxInt64}
	next := sort.Search(len(h.edges), func(i int) bool { return h.edges[i] > at })
	if next > 0 {
		w.from = h.edges[next-1]
	}
	if next < len(h.edges) {
		w.until = h.edges[next]
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if kept := h.kept[w.from]; kept != nil {
		w = kept
	} else {
		w.tree = syncproto.NewTree(h.unitsAt(at))
		if len(h.kept) >= maxWindows {
			clear(h.kept)
		}
		h.kept[w.from] = w
	}
	h.newest.Store(w)
	return w
}

// unitsAt returns the units that had begun, each as it was then.
func (h *history) unitsAt(at int64) []syncproto.Unit {
	units := make([]syncproto.Unit, 0, len(h.units))
	for _, u := range h.units {
		if u.From <= at {
			units = append(units, unitAt(u, h.versions[u.ID], at))
		}
	}
	return units
}

// unitAt returns a unit as it is at a time.
func unitAt(u syncproto.Unit, versions []storage.UnitVersion, at int64) syncproto.Unit {
	if v := versionAt(versions, at); v != nil {
		u.Name, u.Level, u.Parent = v.Name, v.Level, v.Parent
	}
	if at < u.Until {
		u.Until, u.Successors = 0, nil
	}
	return u
}

// versionAt returns the version in force at a time: the newest that had begun, or else the first; nil if there is none.
func versionAt(versions []storage.UnitVersion, at int64) *storage.UnitVersion {
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].Since <= at || i == 0 {
			return &versions[i]
		}
	}
	return nil
}
