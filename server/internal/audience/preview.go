package audience

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/figure"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Preview is an audience before anybody is called.
type Preview struct {
	AsOf    int64         `json:"as_of"`
	Total   Row           `json:"total"`
	Units   []Row         `json:"units"`            // by id
	Unknown figure.Figure `json:"unknown"`          // who is left out because a fact is not known of them
	Sample  []Named       `json:"sample"`           // at most 10 of the asker's units; none where facts decide
	Facts   []string      `json:"facts,omitempty"`  // that were looked at: then figures are blurred and rounded
	Rules   []Rule        `json:"rules,omitempty"`  // in force for these
	Locked  bool          `json:"locked,omitempty"` // some facts could not be opened: their key is not there
	Grant   syncproto.ID  `json:"grant"`            // by which the asker may call them
}

// Row counts people.
type Row struct {
	Unit         syncproto.ID  `json:"unit,omitempty"`
	Name         string        `json:"name,omitempty"`
	Persons      figure.Figure `json:"persons"`
	Registered   figure.Figure `json:"registered"` // a phone of theirs can be rung
	Unregistered figure.Figure `json:"unregistered"`
	Muted        figure.Figure `json:"muted"` // want no push of the kind
	MayPhone     figure.Figure `json:"may_phone"`
}

// Named is somebody with the unit in which they are counted.
type Named struct {
	Person syncproto.ID `json:"person"`
	Name   string       `json:"name"`
	Unit   syncproto.ID `json:"unit,omitempty"`
}

// sampleSize is how many names a preview shows.
const sampleSize = 10

// Preview counts an audience. If it asks about facts its figures are rounded, as the package says, and that facts were read is in
// the audit log before it returns.
//
// Errors: those of Resolve but audience_empty and audience_too_large; rate_limited for too many different questions about facts.
func (s *Service) Preview(ctx context.Context, by people.Actor, ask Ask) (*Preview, error) {
	if err := s.rules.check(ask.Predicate); err != nil {
		return nil, err
	}
	if facts := ask.Predicate.Facts(); len(facts) > 0 && !s.asked.may(by.Person, ask.Predicate, s.now()) {
		return nil, syncproto.E(syncproto.CodeRateLimited, "preview audience", nil)
	}
	var out *Preview
	var read reading
	err := s.store.View(ctx, func(r storage.Reader) error {
		w, err := s.newWorld(r, by, ask.Predicate)
		if err != nil {
			return err
		}
		t := newTally(w, ask.Kind)
		m, err := s.each(r, w, ask.Predicate, func(c *storage.Candidate, v verdict) error {
			t.add(c.Person, v)
			return nil
		})
		if err != nil {
			return err
		}
		if err := t.look(r); err != nil {
			return err
		}
		read = reading{w: w, m: m}
		out = &Preview{AsOf: w.now, Facts: m.facts, Rules: s.rules.used(ask.Predicate), Locked: m.unreadable > 0, Grant: w.grant}
		return t.show(r, out, ask.Predicate)
	})
	if err == nil {
		err = s.noteReading(ctx, by, "fact.previewed", ask, read)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// tally counts an audience by unit.
type tally struct {
	w      *world
	kind   syncproto.CallKind
	found  []found
	counts map[int32]*cell // -1 for the total
}

// found is somebody who matched.
type found struct {
	person syncproto.ID
	unit   int32
	hinges bool
	near   bool
}

// What is counted of a cell.
const (
	persons = iota
	registered
	muted
	mayPhone
	unknowns
	measures
)

// cell is the count of one unit: of whom no fact decides, and of the others.
type cell struct {
	plain  [measures]int64
	hinged [measures]int64
	among  crowd // on whom facts decide
}

func newTally(w *world, kind syncproto.CallKind) *tally {
	return &tally{w: w, kind: kind, counts: map[int32]*cell{-1: {}}}
}

// cells returns the cell of a unit and the total.
func (t *tally) cells(unit int32) [2]*cell {
	c := t.counts[unit]
	if c == nil {
		c = &cell{}
		t.counts[unit] = c
	}
	if unit < 0 {
		c = &cell{} // counted in the total alone
	}
	return [2]*cell{c, t.counts[-1]}
}

func (t *tally) add(person syncproto.ID, v verdict) {
	for _, c := range t.cells(v.blind) {
		if v.hinges {
			c.among.add(person)
		}
		if v.truth == unknown {
			c.hinged[unknowns]++
		}
	}
	if v.truth == yes {
		t.found = append(t.found, found{person, v.blind, v.hinges, v.near})
		t.count(&t.found[len(t.found)-1], persons)
	}
}

func (t *tally) count(f *found, what int) {
	for _, c := range t.cells(f.unit) {
		if f.hinges {
			c.hinged[what]++
		} else {
			c.plain[what]++
		}
	}
}

// look asks who can be rung, and what they want. Those found stand in order of ids, and so does what is walked over.
func (t *tally) look(r storage.Reader) error {
	walker := t.walker()
	err := r.Registered(func(person syncproto.ID) bool {
		f, more := walker(person)
		if f != nil {
			t.count(f, registered)
		}
		return more
	})
	if err != nil {
		return err
	}
	walker = t.walker()
	return r.EachPreference(func(p *storage.Preference) bool {
		f, more := walker(p.Person)
		if f != nil && p.MayPhone {
			t.count(f, mayPhone)
		}
		if f != nil && slices.Contains(p.Muted, t.kind) {
			t.count(f, muted)
		}
		return more
	})
}

// walker returns a function that finds persons who are asked for in order of ids. more is false once nobody is left.
func (t *tally) walker() func(person syncproto.ID) (f *found, more bool) {
	next := 0
	return func(person syncproto.ID) (*found, bool) {
		for next < len(t.found) && t.found[next].person < person {
			next++
		}
		if next < len(t.found) && t.found[next].person == person {
			return &t.found[next], true
		}
		return nil, next < len(t.found)
	}
}

// show turns counts into figures.
func (t *tally) show(r storage.Reader, out *Preview, p *Predicate) error {
	key, err := r.Key()
	if err != nil {
		return err
	}
	mask := newMask(key, p.canonical)
	out.Total = t.row(-1, mask)
	total := t.counts[-1]
	out.Unknown = mask.figure(0, total.hinged[unknowns], &total.among, unknowns)
	out.Units = []Row{}
	for unit, c := range t.counts {
		if unit >= 0 && c.plain[persons]+c.among.n > 0 {
			out.Units = append(out.Units, t.row(unit, mask))
		}
	}
	slices.SortFunc(out.Units, func(a, b Row) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
	out.Sample = []Named{}
	if len(out.Facts) > 0 {
		return nil
	}
	return t.sample(r, out)
}

func (t *tally) row(unit int32, m *mask) Row {
	c := t.counts[unit]
	show := func(what int) figure.Figure { return m.figure(c.plain[what], c.hinged[what], &c.among, what) }
	row := Row{Persons: show(persons), Registered: show(registered), Muted: show(muted), MayPhone: show(mayPhone)}
	row.Unregistered = m.figure(c.plain[persons]-c.plain[registered], c.hinged[persons]-c.hinged[registered], &c.among, measures)
	if unit >= 0 {
		u, _ := t.w.tree.Unit(t.w.units[unit])
		row.Unit, row.Name = u.ID, u.Name
	}
	return row
}

// sample names some, from the whole breadth of the audience, the same at each look. Who is on the list of an earlier call and
// belongs to others now is not named.
func (t *tally) sample(r storage.Reader, out *Preview) error {
	near := slices.DeleteFunc(t.found, func(f found) bool { return !f.near })
	n := min(sampleSize, len(near))
	for i := range n {
		f := near[i*len(near)/n]
		who, err := r.Person(f.person)
		if err != nil {
			return err
		}
		out.Sample = append(out.Sample, Named{Person: f.person, Name: who.Name, Unit: t.w.unitAt(f.unit)})
	}
	return nil
}

// factDetail is what the audit log says of a reading.
func factDetail(facts []string, persons int64) string {
	return strings.Join(facts, " ") + " persons=" + strconv.FormatInt(persons, 10)
}
