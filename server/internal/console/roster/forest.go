package roster

import (
	"context"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// node is a unit in the tree, with what its line shows.
type node struct {
	people.Shown
	Depth    int
	Above    *node
	Below    []*node
	Governed bool // whoever looks may change it
	People   int  // in it and below
	Phones   int
	Fresh    bool // a plan creates it
	Open     bool // what is below is drawn open
	Hit      bool // it is what was looked for
	hidden   bool
}

// Path names the units above, from the top.
func (n *node) Path() string {
	var names []string
	for up := n.Above; up != nil; up = up.Above {
		names = append([]string{up.Name}, names...)
	}
	return strings.Join(names, " › ")
}

// Folded is the name as scripts look for it: without accents, in small letters.
func (n *node) Folded() string { return viet.Fold(n.Name) }

// All counts the units below.
func (n *node) All() int {
	count := len(n.Below)
	for _, child := range n.Below {
		count += child.All()
	}
	return count
}

// forest is the units at one moment.
type forest struct {
	Roots []*node
	Flat  []*node        // in the order of the tree
	Ended []people.Shown // before the moment
	byID  map[syncproto.ID]*node
	named map[syncproto.ID]string // also of those that ended
}

// forest reads the units at a moment (Unix ms, 0 for now).
func (a *area) forest(ctx context.Context, r *page.Request, at int64) (*forest, error) {
	list, err := a.People.UnitsAt(ctx, at)
	if err != nil {
		return nil, err
	}
	f := grow(list)
	f.mark(governed(r))
	return f, nil
}

// grow makes a tree of a list, which keeps its order among those that stand side by side.
func grow(list []people.Shown) *forest {
	f := &forest{byID: map[syncproto.ID]*node{}, named: map[syncproto.ID]string{}}
	for i := range list {
		f.named[list[i].ID] = list[i].Name
		if list[i].Until != 0 {
			f.Ended = append(f.Ended, list[i])
			continue
		}
		f.byID[list[i].ID] = &node{Shown: list[i]}
	}
	for i := range list {
		n := f.byID[list[i].ID]
		if n == nil {
			continue
		}
		if up := f.byID[n.Parent]; up != nil && up != n {
			n.Above = up
			up.Below = append(up.Below, n)
		} else {
			f.Roots = append(f.Roots, n)
		}
	}
	for _, root := range f.Roots {
		f.flatten(root, 0)
	}
	return f
}

func (f *forest) flatten(n *node, depth int) {
	n.Depth = depth
	f.Flat = append(f.Flat, n)
	for _, child := range n.Below {
		f.flatten(child, depth+1)
	}
}

// mark says which units whoever asks governs.
func (f *forest) mark(tops []syncproto.ID, all bool) {
	for _, n := range f.Flat {
		n.Governed = all || n.Above != nil && n.Above.Governed
		for _, top := range tops {
			n.Governed = n.Governed || n.ID == top
		}
	}
}

// Name is the name of a unit, also of one that ended; its id for one that is not known.
func (f *forest) Name(id syncproto.ID) string {
	if name := f.named[id]; name != "" {
		return name
	}
	return string(id)
}

// Names joins the names of units.
func (f *forest) Names(ids []syncproto.ID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = f.Name(id)
	}
	return strings.Join(names, ", ")
}

// options are the units as choices of a select, those below moved in. keep decides which; nil for all.
func (f *forest) options(keep func(*node) bool) []option {
	var out []option
	for _, n := range f.Flat {
		if keep == nil || keep(n) {
			out = append(out, option{"value": n.ID, "label": strings.Repeat("\u2003", n.Depth) + page.Clip(n.Name, maxName)})
		}
	}
	return out
}

// maxName is what a list to choose from shows of a name, in letters.
const maxName = 60

func mine(n *node) bool { return n.Governed }

// count adds the people and phones of each unit and all below it.
func (f *forest) count(counts map[syncproto.ID]people.Count) {
	for i := len(f.Flat) - 1; i >= 0; i-- { // those below come after those above
		n := f.Flat[i]
		n.People += counts[n.ID].People
		n.Phones += counts[n.ID].Phones
		if n.Above != nil {
			n.Above.People += n.People
			n.Above.Phones += n.Phones
		}
	}
}

// counts asks for the figures of all units that whoever asks governs.
func (a *area) counts(ctx context.Context, r *page.Request) (map[syncproto.ID]people.Count, error) {
	tops, all := governed(r)
	if all {
		tops = []syncproto.ID{""}
	}
	out := map[syncproto.ID]people.Count{}
	for _, top := range tops {
		counts, err := a.People.Counts(ctx, r.People(), top)
		if err != nil {
			return nil, err
		}
		for unit, c := range counts {
			out[unit] = c
		}
	}
	return out, nil
}

// fewOpen is up to how many units a tree is drawn open; a larger one shows what is below its roots.
const fewOpen = 40

// unfold decides what is drawn open, and leaves only what a query finds with everything above it.
func (f *forest) unfold(query string) (hits int) {
	if query == "" {
		for _, n := range f.Flat {
			n.Open = n.Depth == 0 || len(f.Flat) <= fewOpen
		}
		return len(f.Flat)
	}
	want := viet.Fold(query)
	for i := len(f.Flat) - 1; i >= 0; i-- {
		n := f.Flat[i]
		n.Hit = strings.Contains(n.Folded(), want)
		n.hidden = !n.Hit && !n.Open
		if n.Hit {
			hits++
		}
		if !n.hidden && n.Above != nil {
			n.Above.Open = true
		}
	}
	f.Roots = visible(f.Roots)
	for _, n := range f.Flat {
		n.Below = visible(n.Below)
	}
	return hits
}

func visible(nodes []*node) (out []*node) {
	for _, n := range nodes {
		if !n.hidden {
			out = append(out, n)
		}
	}
	return out
}
