package audience

import (
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// world is what one predicate is asked of: the units of one moment as its asker reaches them, and the lists of earlier calls.
type world struct {
	now, today int64
	access     *people.Access
	tree       *syncproto.Tree
	units      []syncproto.ID
	index      map[syncproto.ID]int32
	depth      []int  // of each unit: how many stand above it
	reach      []bool // where the asker may call
	grant      syncproto.ID
	unit       syncproto.ID // of that grant's use: the first unit asked about
	calls      map[syncproto.ID]*list
	// beyond says that also people outside of the asker's reach are looked at: whoever calls for all units of a call tells all on
	// its list what came of it, wherever they are now. By facts, and by whoever shares a call with others, nobody is.
	beyond bool
}

// list is who stands on the list of a call.
type list struct {
	units    []syncproto.ID // of the call itself
	whole    bool           // the asker calls for all of them
	standing map[syncproto.ID]entry
}

type entry struct {
	unit     int32 // -1 for one that is not known
	standing syncproto.State
	choice   string
}

// newWorld reads what a predicate needs and checks that the asker may ask it.
func (s *Service) newWorld(r storage.Reader, by people.Actor, p *Predicate) (*world, error) {
	access, err := s.access.Read(r)
	if err != nil {
		return nil, err
	}
	rights, err := access.Of(r, by.Person)
	if err != nil {
		return nil, err
	}
	now := s.millis()
	w := &world{now: now, today: dayNumber(now), access: access, tree: access.Tree(now), calls: map[syncproto.ID]*list{}}
	w.survey(rights)
	if err := w.permit(p, rights); err != nil {
		return nil, err
	}
	w.beyond = len(p.Facts()) == 0
	for _, id := range p.Calls() {
		if err := w.addCall(r, rights, id); err != nil {
			return nil, err
		}
		w.beyond = w.beyond && w.calls[id].whole
	}
	if w.grant == "" { // persons alone are named: any grant that lets somebody call
		return nil, &syncproto.Error{Code: syncproto.CodeForbidden, Op: "ask audience", Detail: "unit"}
	}
	return w, nil
}

// survey numbers the units and notes which the asker reaches.
func (w *world) survey(rights *people.Rights) {
	units := w.tree.Units()
	w.units, w.index = make([]syncproto.ID, len(units)), make(map[syncproto.ID]int32, len(units))
	w.depth, w.reach = make([]int, len(units)), make([]bool, len(units))
	for i := range units {
		id := units[i].ID
		w.units[i], w.index[id] = id, int32(i)
		w.depth[i] = len(w.tree.Ancestors(id))
		if grant, ok := rights.Officer(id, w.now); ok {
			w.reach[i] = true
			if w.grant == "" {
				w.grant, w.unit = grant.ID, id
			}
		}
	}
}

// permit refuses units outside of the asker's reach, and names the grant for the first.
func (w *world) permit(p *Predicate, rights *people.Rights) error {
	var err error
	first := true
	p.root.walk(func(n *node) {
		if n.kind != isUnit || err != nil {
			return
		}
		i, known := w.index[n.id]
		if n.at > w.now {
			err = &syncproto.Error{Code: syncproto.CodeAudienceInvalid, Op: "ask audience", Detail: "at"}
		} else if !known || !w.reach[i] {
			err = &syncproto.Error{Code: syncproto.CodeForbidden, Op: "ask audience", Detail: "unit"}
		} else if first {
			grant, _ := rights.Officer(n.id, w.now)
			w.grant, w.unit, first = grant.ID, n.id, false
		}
	})
	return err
}

// pageSize is how many recipients are read at a time.
const pageSize = 2000

// addCall reads the list of an earlier call. A call that is none of the asker's is not there.
func (w *world) addCall(r storage.Reader, rights *people.Rights, id syncproto.ID) error {
	const op = "ask audience"
	call, err := r.Call(id)
	if err != nil {
		if isNotFound(err) {
			err = &syncproto.Error{Code: syncproto.CodeCallUnknown, Op: op}
		}
		return err
	}
	mine := 0
	for _, unit := range call.Units {
		if held, ok := rights.Officer(unit, w.now); ok {
			if mine++; mine == 1 {
				w.grant, w.unit = held.ID, unit
			}
		}
	}
	if mine == 0 {
		return &syncproto.Error{Code: syncproto.CodeCallUnknown, Op: op}
	}
	l := &list{units: call.Units, whole: mine == len(call.Units), standing: map[syncproto.ID]entry{}}
	w.calls[id] = l
	for after := syncproto.ID(""); ; {
		page, err := r.Recipients(id, after, pageSize)
		if err != nil {
			return err
		}
		for i := range page {
			one := &page[i]
			after = one.Person
			l.standing[one.Person] = entry{w.number(one.Unit), one.Standing, one.Choice}
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// number returns the number of a unit, -1 for one that is not known.
func (w *world) number(id syncproto.ID) int32 {
	if i, ok := w.index[id]; ok {
		return i
	}
	return -1
}

// subtree returns the units of a node, of those that the asker reaches: what a grant over the unit reaches now, or, at a date,
// what stood below it then, and of that which ended since its successors with all below them (S-174).
func (w *world) subtree(n *node) (set []bool, size int) {
	set = make([]bool, len(w.units))
	add := func(list []syncproto.ID) {
		for _, id := range list {
			if i := w.number(id); i >= 0 && w.reach[i] && !set[i] {
				set[i] = true
				size++
			}
		}
	}
	if n.at == 0 {
		below, _ := w.tree.Subtree(n.id, 0)
		add(below)
		return set, size
	}
	below, _ := w.access.Tree(n.at).Subtree(n.id, 0)
	add(below)
	for _, id := range below {
		if u, ok := w.tree.Unit(id); ok && u.Until != 0 {
			heirs, _ := w.tree.Subtree(id, 0)
			add(heirs)
		}
	}
	return set, size
}

// words remembers how words are compared: the same few tags stand with thousands of people.
type words map[string]string

func (w words) exact(text string) string {
	if exact, ok := w[text]; ok {
		return exact
	}
	exact := viet.Exact(text)
	w[text] = exact
	return exact
}
