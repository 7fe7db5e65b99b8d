package audience

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// matcher asks a predicate of one candidate after another. It belongs to one goroutine.
type matcher struct {
	w     *world
	root  *step
	facts []string
	open  opener
	words words

	// The candidate.
	c      *storage.Candidate
	live   []living
	values []value // of facts, in the order of their names

	opened     int64 // candidates of whom a fact was opened
	unreadable int64 // facts that could not be
}

// living is a grant in force over a unit that the asker reaches.
type living struct {
	unit int32
	role syncproto.Role
}

// value is a fact as it was opened. What is unknown is not known.
type value struct {
	known bool
	text  string
	days  int64
	past  bool // days count; else it is Never
}

// step is a node, with what was found out about it beforehand.
type step struct {
	*node
	kids   []*step
	set    []bool // of a unit: those that count
	size   int    // of the set: how narrow it is
	beside []*step
	exact  string // of a tag
	fact   int    // place among the facts
	call   *list
}

// hit is by what somebody is counted: a unit, -1 for none, and how narrow the set was in which it was found.
type hit struct {
	unit int32
	size int
}

var nowhere = hit{unit: -1}

func newMatcher(w *world, p *Predicate, keys *Keys) *matcher {
	m := &matcher{w: w, facts: p.Facts(), open: opener{keys: keys}, words: words{}}
	m.values = make([]value, len(m.facts))
	m.root = m.prepare(p.root, nil)
	return m
}

// prepare turns a node into a step. beside are the units that narrow where a role is looked for.
func (m *matcher) prepare(n *node, beside []*step) *step {
	s := &step{node: n, beside: beside}
	switch n.kind {
	case isUnit:
		s.set, s.size = m.w.subtree(n)
	case isTag, isSkill:
		s.exact = m.words.exact(n.text)
	case isFact:
		s.fact = slices.Index(m.facts, n.text)
	case isRecipient, isAnswered, isStanding:
		s.call = m.w.calls[n.id]
	case isAll:
		for _, kid := range n.kids {
			if kid.placing() {
				s.kids = append(s.kids, m.prepare(kid, beside))
			}
		}
		inner := append(slices.Clone(beside), s.kids...)
		for _, kid := range n.kids {
			if !kid.placing() {
				s.kids = append(s.kids, m.prepare(kid, inner))
			}
		}
	default:
		for _, kid := range n.kids {
			s.kids = append(s.kids, m.prepare(kid, beside))
		}
	}
	return s
}

// placing reports whether a node is nothing but units: it says where, for what stands beside it.
func (n *node) placing() bool {
	if n.kind == isAny {
		return !slices.ContainsFunc(n.kids, func(kid *node) bool { return !kid.placing() })
	}
	return n.kind == isUnit
}

// verdict is what a predicate says of somebody.
type verdict struct {
	truth  truth
	hinges bool  // on facts: without them it would be unknown
	near   bool  // they belong to a unit that the asker reaches
	unit   int32 // in which they are counted; -1 for none
	blind  int32 // likewise, without having looked at facts
}

// ask asks the predicate of a candidate, who lives until it returns.
func (m *matcher) ask(c *storage.Candidate) verdict {
	out := verdict{truth: no, unit: -1, blind: -1}
	if c.Suspended {
		return out
	}
	m.c, m.live = c, m.live[:0]
	anywhere := false
	for i := range c.Grants {
		if g := &c.Grants[i]; g.Holds(m.w.now) {
			anywhere = true
			if n := m.w.number(g.Unit); n >= 0 && m.w.reach[n] {
				m.live = append(m.live, living{n, g.Role})
			}
		}
	}
	if !anywhere || len(m.live) == 0 && !m.w.beyond {
		return out
	}
	clear(m.values)
	t, at := m.eval(m.root)
	if t == unknown { // with no fact opened: it is they that decide
		out.hinges = true
		m.openFacts()
		out.blind = m.orPlace(at)
		t, at = m.eval(m.root)
	}
	out.truth, out.unit, out.near = t, m.orPlace(at), len(m.live) > 0
	if !out.hinges {
		out.blind = out.unit
	}
	return out
}

// orPlace is where somebody is counted: by a hit, or else in the lowest unit of theirs.
func (m *matcher) orPlace(at hit) int32 {
	if at.unit < 0 {
		at = m.place()
	}
	return at.unit
}

// place is where somebody is counted of whom the predicate names no unit: their lowest.
func (m *matcher) place() hit {
	best := nowhere
	for _, l := range m.live {
		best = m.lower(best, hit{l.unit, 0})
	}
	return best
}

// openFacts opens the facts of the candidate that the predicate asks about.
func (m *matcher) openFacts() {
	found := 0
	for i := range m.c.Facts {
		f := &m.c.Facts[i]
		at := slices.Index(m.facts, f.Name)
		if at < 0 || f.Consent == 0 {
			continue
		}
		text, err := m.open.open(m.c.Person, f.Name, f.Sealed)
		if err != nil {
			m.unreadable++
			continue
		}
		m.values[at] = m.read(f.Name, text)
		if m.values[at].known {
			found++
		}
	}
	if found > 0 {
		m.opened++
	}
}

func (m *matcher) read(name string, text []byte) value {
	def := definitions[name]
	if def.day {
		days, past := daysSince(string(text), m.w.today)
		return value{known: past || string(text) == Never, days: days, past: past}
	}
	i := slices.IndexFunc(def.values, func(v string) bool { return v == string(text) })
	if i < 0 {
		return value{}
	}
	return value{known: true, text: def.values[i]}
}

// eval evaluates a step. The hit counts only if it is not false.
func (m *matcher) eval(s *step) (truth, hit) {
	switch s.kind {
	case isAll:
		return m.all(s)
	case isAny:
		return m.any(s)
	case isNot:
		t, _ := m.eval(s.kids[0])
		return -t, nowhere
	case isUnit:
		best := nowhere
		for _, l := range m.live {
			if s.set[l.unit] {
				best = m.lower(best, hit{l.unit, s.size})
			}
		}
		return truthOf(best.unit >= 0), best
	case isRole:
		return m.role(s)
	case isTag, isSkill:
		return truthOf(m.tagged(s)), nowhere
	case isFact:
		return m.fact(s), nowhere
	case isPerson:
		return truthOf(m.c.Person == s.id && len(m.live) > 0), nowhere
	default:
		return m.listed(s)
	}
}

func (m *matcher) all(s *step) (truth, hit) {
	out, best := yes, nowhere
	for _, kid := range s.kids {
		t, at := m.eval(kid)
		if out = min(out, t); out == no {
			return no, nowhere
		}
		if at.unit >= 0 && (best.unit < 0 || at.size < best.size) {
			best = at
		}
	}
	return out, best
}

func (m *matcher) any(s *step) (truth, hit) {
	out, best := no, nowhere
	for _, kid := range s.kids {
		t, at := m.eval(kid)
		switch {
		case t == no || t < out:
		case t > out:
			out, best = t, at
		case at.unit >= 0:
			best = m.lower(best, at)
		}
	}
	return out, best
}

// lower returns the hit whose unit stands lower in the tree; of two that stand alike the first by id, so that everybody counts
// alike.
func (m *matcher) lower(a, b hit) hit {
	switch {
	case a.unit < 0:
		return b
	case m.w.depth[b.unit] > m.w.depth[a.unit], m.w.depth[b.unit] == m.w.depth[a.unit] && b.unit < a.unit:
		return b
	}
	return a
}

// role looks for a grant of a role inside all the units that stand beside it.
func (m *matcher) role(s *step) (truth, hit) {
	best := nowhere
	for _, l := range m.live {
		if l.role != syncproto.Role(s.text) || slices.ContainsFunc(s.beside, func(b *step) bool { return !b.holds(l.unit) }) {
			continue
		}
		best = m.lower(best, hit{l.unit, 0})
	}
	return truthOf(best.unit >= 0), best
}

// holds reports whether a placing step has a unit.
func (s *step) holds(unit int32) bool {
	if s.kind == isUnit {
		return s.set[unit]
	}
	return slices.ContainsFunc(s.kids, func(kid *step) bool { return kid.holds(unit) })
}

func (m *matcher) tagged(s *step) bool {
	return slices.ContainsFunc(m.c.Tags, func(t storage.Tag) bool {
		return t.Skill == (s.kind == isSkill) && (t.Name == s.text || m.words.exact(t.Name) == s.exact)
	})
}

func (m *matcher) fact(s *step) truth {
	v := &m.values[s.fact]
	switch {
	case !v.known:
		return unknown
	case s.in != nil:
		_, ok := slices.BinarySearch(s.in, v.text)
		return truthOf(ok)
	}
	return truthOf(!v.past || v.days >= s.days)
}

// listed looks on the list of an earlier call.
func (m *matcher) listed(s *step) (truth, hit) {
	e, ok := s.call.standing[m.c.Person]
	switch {
	case !ok:
		return no, nowhere
	case s.kind == isAnswered:
		ok = e.standing != "" && (s.text == "" || e.choice == s.text)
	case s.kind == isStanding:
		ok = e.standing == syncproto.State(s.text)
	}
	return truthOf(ok), hit{e.unit, len(m.w.units) + 1} // wider than any subtree: a unit that is named says more
}
