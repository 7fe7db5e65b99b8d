package people

import (
	"context"
	"errors"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// personColumns are those of a list of people.
var personColumns = []Column{
	{Name: "name", Headers: []string{"ho ten", "ho va ten", "ten", "name", "full name"}, Needed: true},
	{Name: "phone", Headers: []string{"dien thoai", "so dien thoai", "sdt", "phone", "telephone"}},
	{Name: "unit", Headers: []string{"don vi", "ma don vi", "unit"}, Needed: true},
	{Name: "role", Headers: []string{"vai tro", "role"}},
}

// roleWords are the roles as lists name them, folded.
var roleWords = map[string]syncproto.Role{
	"":                 syncproto.RoleVolunteer,
	"tinh nguyen vien": syncproto.RoleVolunteer, "tnv": syncproto.RoleVolunteer, "volunteer": syncproto.RoleVolunteer,
	"cong tac vien": syncproto.RoleVolunteer, "ctv": syncproto.RoleVolunteer,
	"bien tap vien": syncproto.RoleEditor, "btv": syncproto.RoleEditor, "editor": syncproto.RoleEditor,
	"can bo chien dich": syncproto.RoleOfficer, "officer": syncproto.RoleOfficer,
	"quan tri": syncproto.RoleAdmin, "quan tri don vi": syncproto.RoleAdmin, "admin": syncproto.RoleAdmin,
	"quan tri may chu": syncproto.RoleOperator, "operator": syncproto.RoleOperator,
}

// PersonEffect is what one line of a list of people does, or would do.
type PersonEffect struct {
	Line   int            `json:"line"`
	Act    string         `json:"act"` // added, granted (somebody known gets a role), known (nothing to do)
	Person syncproto.ID   `json:"person"`
	Name   string         `json:"name"`
	Phone  string         `json:"phone,omitempty"` // in E.164
	Unit   syncproto.ID   `json:"unit"`
	Role   syncproto.Role `json:"role"`
	// Namesake is somebody of the same name in the same unit, whom another number tells apart.
	Namesake syncproto.ID `json:"namesake,omitempty"`
}

// The words of PersonEffect.Act.
const (
	PersonAdded   = "added"
	PersonGranted = "granted"
	PersonKnown   = "known"
)

// personBatch is how many people one transaction adds, so that phones that sync meanwhile do not wait.
const personBatch = 100

// ImportPeople adds the people of a list: name, telephone number, unit (its code, id or name) and role. Somebody is known
// by the number, or without one by name and unit, and is not added again; a number that somebody of another name has is
// refused, and so is one that stands twice in the list.
//
// If anything is wrong the error is a *TableError that names every line, and nothing is applied. With dryRun nothing is
// applied either. A long list is stored in pieces; if that is interrupted the same list may be imported again.
func (s *Service) ImportPeople(ctx context.Context, by Actor, table []byte, dryRun bool) ([]PersonEffect, error) {
	rows, faults := ReadTable(table, personColumns)
	now := s.millis()
	t := &personTable{faults: faults, now: now}
	err := s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.cache.Read(r)
		if err != nil {
			return err
		}
		if t.w, err = access.warrant(r, by, now); err != nil {
			return err
		}
		if t.key, err = r.Key(); err != nil {
			return err
		}
		t.book, err = s.directory(r, access.Revision)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.read(rows)
	if err := faults.OrNil(); err != nil || dryRun {
		return t.effects, err
	}
	return t.effects, s.addAll(ctx, by, t.effects, now)
}

// personTable is a list while it is turned into effects.
type personTable struct {
	w       *warrant
	book    *directory
	key     []byte
	now     int64
	faults  *TableError
	names   map[string][]syncproto.ID // living units by folded name
	effects []PersonEffect
}

func (t *personTable) read(rows []Row) {
	t.names = map[string][]syncproto.ID{}
	for _, u := range t.w.tree.Units() {
		if u.Until == 0 {
			t.names[viet.Fold(u.Name)] = append(t.names[viet.Fold(u.Name)], u.ID)
		}
	}
	members := t.membersByName()
	phones, lines := map[string]int{}, map[string]int{}
	for i := range rows {
		r := &rows[i]
		e, ok := t.line(r)
		if !ok {
			continue
		}
		// The same person twice in the list is a mistake that only its writer can solve.
		same := string(e.Unit) + " " + viet.Exact(e.Name)
		if other := phones[e.Phone]; e.Phone != "" && other != 0 {
			t.collide(r.Line, "phone", other)
			continue
		} else if other := lines[same]; e.Phone == "" && other != 0 {
			t.collide(r.Line, "name", other)
			continue
		}
		if e.Phone != "" {
			phones[e.Phone] = r.Line
		} else {
			lines[same] = r.Line
		}
		if t.known(e, members[same]) {
			t.effects = append(t.effects, *e)
		}
	}
}

func (t *personTable) collide(line int, column string, other int) {
	t.faults.Faults = append(t.faults.Faults, Fault{Line: line, Column: column, Code: syncproto.CodePersonExists, Other: other})
}

// membersByName finds who has a grant in a unit, by unit and name.
func (t *personTable) membersByName() map[string][]*entry {
	members := map[string][]*entry{}
	for i := range t.book.entries {
		e := &t.book.entries[i]
		if e.Closed != 0 {
			continue
		}
		for _, g := range e.shown(t.now) {
			same := string(g.Unit) + " " + viet.Exact(e.Name)
			if !slices.Contains(members[same], e) {
				members[same] = append(members[same], e)
			}
		}
	}
	return members
}

// line reads the fields of one line. Everything wrong with it is told.
func (t *personTable) line(r *Row) (*PersonEffect, bool) {
	before := len(t.faults.Faults)
	e := &PersonEffect{Line: r.Line, Act: PersonAdded, Person: syncproto.NewID(), Name: r.Fields["name"]}
	if e.Name != "" && !goodName(e.Name) {
		t.faults.Add(r.Line, "name", syncproto.CodeTooLarge)
	}
	var err error
	if e.Phone, err = CleanPhone(r.Fields["phone"]); err != nil {
		t.faults.Add(r.Line, "phone", syncproto.CodeInvalidValue)
	}
	role, known := roleWords[viet.Fold(r.Fields["role"])]
	if !known {
		t.faults.Add(r.Line, "role", syncproto.CodeInvalidValue)
	}
	e.Role = role
	if text := r.Fields["unit"]; text != "" {
		if code := t.unit(text, e); code != "" {
			t.faults.Add(r.Line, "unit", code)
		} else if _, err := t.w.mayGive(&syncproto.Grant{Unit: e.Unit, Role: e.Role}, "import people"); err != nil {
			t.faults.Add(r.Line, detailOf(err), syncproto.CodeOf(err))
		}
	}
	return e, len(t.faults.Faults) == before && e.Name != "" && e.Unit != ""
}

func detailOf(err error) string {
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		return e.Detail
	}
	return ""
}

// unit finds the unit that a line names: by id, code or name.
func (t *personTable) unit(text string, e *PersonEffect) syncproto.Code {
	for _, id := range []syncproto.ID{syncproto.ID(strings.ToLower(text)), codeID(t.key, text)} {
		if u, ok := t.w.tree.Unit(id); ok {
			if u.Until != 0 {
				return syncproto.CodeUnitClosed
			}
			e.Unit = id
			return ""
		}
	}
	switch found := t.names[viet.Fold(text)]; len(found) {
	case 1:
		e.Unit = found[0]
		return ""
	case 0:
		return syncproto.CodeNotFound
	}
	return syncproto.CodeInvalidValue // several are called so
}

// known compares a line with who is there already, and reports whether it stands.
func (t *personTable) known(e *PersonEffect, members []*entry) bool {
	var is *entry
	if i, taken := t.book.byPhone[e.Phone]; e.Phone != "" && taken {
		is = &t.book.entries[i]
		if viet.Exact(is.Name) != viet.Exact(e.Name) {
			t.faults.Add(e.Line, "phone", syncproto.CodePersonExists)
			return false
		}
	}
	switch {
	case is != nil || len(members) == 0:
	case e.Phone != "":
		e.Namesake = members[0].ID
	case len(members) == 1:
		is = members[0]
	default:
		t.faults.Add(e.Line, "name", syncproto.CodePersonExists) // which of them?
		return false
	}
	if is == nil {
		return true
	}
	e.Person, e.Act = is.ID, PersonGranted
	for _, g := range is.shown(t.now) {
		if g.Unit == e.Unit && g.Role == e.Role {
			e.Act = PersonKnown
		}
	}
	return true
}

// addAll stores the effects of a list, in pieces.
func (s *Service) addAll(ctx context.Context, by Actor, effects []PersonEffect, now int64) error {
	for batch := range slices.Chunk(effects, personBatch) {
		err := s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
			for i := range batch {
				if err := w.add(tx, &batch[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// add stores the effect of one line. Somebody may have taken the number since the list was looked at.
func (w *warrant) add(tx storage.Tx, e *PersonEffect) error {
	if e.Act == PersonKnown {
		return nil
	}
	grant := syncproto.Grant{ID: syncproto.NewID(), Person: e.Person, Unit: e.Unit, Role: e.Role, From: w.now}
	with, err := w.mayGive(&grant, "import people")
	if err != nil {
		return err
	}
	act := "grant_given"
	if e.Act == PersonAdded {
		act = "person_added"
		if err := putPerson(tx, storage.Person{ID: e.Person, Name: e.Name, Phone: e.Phone, Created: w.now}); err != nil {
			return err
		}
	}
	if err := addGrant(tx, grant, w.tree, w.now); err != nil {
		return err
	}
	return tx.AddAudit(w.audit(act, with, e.Unit, e.Person, string(e.Role)))
}
