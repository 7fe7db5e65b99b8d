package people

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// Listing asks for people below a unit, by tên.
type Listing struct {
	Unit   syncproto.ID   // "" for all that the actor governs, which only an operator may ask for
	Query  string         // a part of the name, with or without accents, or of the telephone number; "" for everybody
	Closed bool           // those whose account is closed too
	Role   syncproto.Role // only those who have this role in view; "" for any
	State  State          // only those whose account is in this state; "" for any
	From   string         // the Next of the page before
	Limit  int            // 0 for 50; at most 200
}

// State is whether an account is in use.
type State string

// The states.
const (
	StateActive    State = "active"
	StateSuspended State = "suspended"
	StateClosed    State = "closed"
)

func stateOf(p *storage.Person) State {
	switch {
	case p.Closed != 0:
		return StateClosed
	case p.Suspended != 0:
		return StateSuspended
	}
	return StateActive
}

// passes reports whether a list shows somebody, but for what was typed.
func (q *Listing) passes(e *entry) bool {
	state := stateOf(&e.Person)
	if q.State != "" {
		return state == q.State
	}
	return q.Closed || state != StateClosed
}

// keeps reports whether one of somebody's roles is the one that is asked for.
func (q *Listing) keeps(roles []Held) bool {
	return len(roles) > 0 && (q.Role == "" || slices.ContainsFunc(roles, func(h Held) bool { return h.Role == q.Role }))
}

// Listed is one line of a list. Unit and Tail tell namesakes apart.
type Listed struct {
	ID        syncproto.ID `json:"id"`
	Name      string       `json:"name"`
	Tail      string       `json:"tail,omitempty"` // the end of the telephone number
	Roles     []Held       `json:"roles"`
	Suspended int64        `json:"suspended,omitempty"`
	Closed    int64        `json:"closed,omitempty"`
}

// Held is a role that somebody has or will have, with its unit.
type Held struct {
	Grant    syncproto.ID   `json:"grant"`
	Role     syncproto.Role `json:"role"`
	Unit     syncproto.ID   `json:"unit"`
	UnitName string         `json:"unit_name"`
	From     int64          `json:"from"`
	Until    int64          `json:"until,omitempty"`
	// By is who gave it, on a card and as far as the audit log tells.
	By     syncproto.ID `json:"by,omitempty"`
	ByName string       `json:"by_name,omitempty"`
}

// People is one page of a list.
type People struct {
	People []Listed `json:"people"`
	Next   string   `json:"next,omitempty"` // opaque
}

// most is how many lines a page of a list has.
func most(limit int) (int, error) {
	switch {
	case limit == 0:
		return 50, nil
	case limit < 0 || limit > 200:
		return 0, &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "list", Detail: "limit"}
	}
	return limit, nil
}

// List lists people.
func (s *Service) List(ctx context.Context, by Actor, q Listing) (page *People, err error) {
	limit, err := most(q.Limit)
	if err != nil {
		return nil, err
	}
	key, after, err := openMark(q.From)
	if err != nil {
		return nil, err
	}
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		view, err := s.see(r, by, q.Unit, now)
		if err != nil {
			return err
		}
		book, err := s.directory(r, view.access.Revision)
		if err != nil {
			return err
		}
		page = book.page(view, &q, key, after, limit)
		return nil
	})
	return page, err
}

// page collects one page of the people in view.
func (d *directory) page(v *view, q *Listing, key []byte, after syncproto.ID, limit int) *People {
	page := &People{People: []Listed{}}
	want := newNeedle(q.Query)
	for i := range d.entries {
		e := &d.entries[i]
		if after != "" && compareEntries(e.key, e.ID, key, after) <= 0 || !q.passes(e) || !want.finds(e) {
			continue
		}
		roles := v.roles(e)
		if !q.keeps(roles) {
			continue
		}
		if len(page.People) == limit {
			last := d.person(page.People[limit-1].ID)
			page.Next = seal(last.key, last.ID)
			return page
		}
		page.People = append(page.People, Listed{
			ID: e.ID, Name: e.Name, Tail: viet.Tail(e.Phone), Roles: roles, Suspended: e.Suspended, Closed: e.Closed,
		})
	}
	return page
}

// seal and openMark carry the last line of a page to the next.
func seal(key []byte, id syncproto.ID) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte(id), key...))
}

func openMark(mark string) (key []byte, id syncproto.ID, err error) {
	if mark == "" {
		return nil, "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(mark)
	const size = 36
	if err != nil || len(raw) < size || !syncproto.ID(raw[:size]).Valid() {
		return nil, "", &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "list", Detail: "from"}
	}
	return raw[size:], syncproto.ID(raw[:size]), nil
}

// needle is what somebody types to find a person.
type needle struct {
	text   string // folded
	exact  string // with accents, if there are any
	digits string
}

func newNeedle(query string) needle {
	text := cleanName(query)
	digits := digitsOf(text)
	if digits != "" && strings.Trim(text, "0123456789 .-()+") == "" {
		return needle{digits: strings.TrimPrefix(strings.TrimPrefix(digits, "84"), "0")}
	}
	n := needle{text: viet.Fold(text)}
	if exact := viet.Exact(text); exact != n.text {
		n.exact = exact
	}
	return n
}

// finds reports whether a person is meant: every letter that was typed stands in the name, its accents too if any were
// typed, or the digits in the number.
func (n needle) finds(e *entry) bool {
	if n.digits != "" {
		return strings.Contains(e.Phone, n.digits)
	}
	return strings.Contains(e.folded, n.text) && (n.exact == "" || strings.Contains(viet.Exact(e.Name), n.exact))
}

// view is what an actor may see below one unit, at one moment.
type view struct {
	*warrant
	access *Access
	grant  syncproto.ID          // that allows it
	units  map[syncproto.ID]bool // nil for all
}

// see checks that the actor governs a unit and collects what stands below it.
func (s *Service) see(r storage.Reader, by Actor, unit syncproto.ID, now int64) (*view, error) {
	const op = "look at people"
	access, err := s.cache.Read(r)
	if err != nil {
		return nil, err
	}
	w, err := access.warrant(r, by, now)
	if err != nil {
		return nil, err
	}
	v := &view{warrant: w, access: access}
	if unit == "" {
		grant, ok := w.operator()
		if !ok {
			return nil, &syncproto.Error{Code: syncproto.CodeForbidden, Op: op, Detail: "unit"}
		}
		v.grant = grant
		return v, nil
	}
	if v.grant, err = w.need(unit, op); err != nil {
		return nil, err
	}
	if _, known := w.tree.Unit(unit); !known {
		return nil, &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "unit"}
	}
	below, _ := w.tree.Subtree(unit, 0)
	v.units = make(map[syncproto.ID]bool, len(below))
	for _, id := range below {
		v.units[id] = true
	}
	return v, nil
}

func (v *view) sees(unit syncproto.ID) bool { return v.units == nil || v.units[unit] }

// roles returns what somebody is in the units in view.
func (v *view) roles(e *entry) []Held {
	var list []Held
	for _, g := range e.shown(v.now) {
		if v.sees(g.Unit) {
			list = append(list, v.held(g))
		}
	}
	return list
}

func (w *warrant) held(g syncproto.Grant) Held {
	u, _ := w.tree.Unit(g.Unit)
	return Held{Grant: g.ID, Role: g.Role, Unit: g.Unit, UnitName: u.Name, From: g.From, Until: g.Until}
}

// Find finds a person by id, by telephone number or by name, for the operator at the machine. A name that several people
// bear is refused.
func (s *Service) Find(ctx context.Context, text string) (person storage.Person, err error) {
	const op = "find person"
	phone, phoneErr := CleanPhone(text)
	name := viet.Exact(cleanName(text))
	var found []storage.Person
	err = s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.cache.Read(r)
		if err != nil {
			return err
		}
		book, err := s.directory(r, access.Revision)
		if err != nil {
			return err
		}
		found = nil
		for i := range book.entries {
			e := &book.entries[i]
			if e.ID == syncproto.ID(text) {
				found = []storage.Person{e.Person}
				return nil
			}
			if e.Closed == 0 && (phoneErr == nil && phone != "" && e.Phone == phone || viet.Exact(e.Name) == name) {
				found = append(found, e.Person)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return person, err
	case len(found) == 0:
		return person, &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "person"}
	case len(found) > 1:
		return person, invalid(op, "person")
	}
	return found[0], nil
}
