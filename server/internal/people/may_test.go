package people_test

import (
	"crypto/sha256"
	"errors"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestWhoMayDoWhat tries each act as each role, over a unit, below it and beside it.
func TestWhoMayDoWhat(t *testing.T) {
	type act struct {
		name string
		do   func(l *land, by people.Actor, unit syncproto.ID) error
	}
	member := func(l *land, unit syncproto.ID) syncproto.ID {
		id, _ := l.person("Hà", unit, syncproto.RoleVolunteer)
		return id
	}
	change := func(c people.UnitChange) func(*land, people.Actor, syncproto.ID) error {
		return func(l *land, by people.Actor, unit syncproto.ID) error {
			if c.Act == people.ActCreate {
				c.Parent = unit
			} else {
				c.Unit = unit
			}
			_, err := l.Reorganise(l.Context(), by, []people.UnitChange{c}, true)
			return err
		}
	}
	give := func(role syncproto.Role) func(*land, people.Actor, syncproto.ID) error {
		return func(l *land, by people.Actor, unit syncproto.ID) error {
			_, err := l.Give(l.Context(), by, syncproto.Grant{Person: member(l, unit), Unit: unit, Role: role})
			return err
		}
	}
	invite := func(role syncproto.Role) func(*land, people.Actor, syncproto.ID) error {
		return func(l *land, by people.Actor, unit syncproto.ID) error {
			return l.store.View(l.Context(), func(r storage.Reader) error {
				_, err := l.access().MayInvite(r, by, syncproto.Grant{Unit: unit, Role: role}, *l.now)
				return err
			})
		}
	}
	acts := []act{
		{"create below", change(people.UnitChange{Act: people.ActCreate, Name: "x"})},
		{"rename", change(people.UnitChange{Act: people.ActRename, Name: "x"})},
		{"set", func(l *land, by people.Actor, unit syncproto.ID) error {
			return l.Set(l.Context(), by, storage.UnitSetting{Unit: unit, OwnAllowed: true})
		}},
		{"list", func(l *land, by people.Actor, unit syncproto.ID) error {
			_, err := l.List(l.Context(), by, people.Listing{Unit: unit})
			return err
		}},
		{"board", func(l *land, by people.Actor, unit syncproto.ID) error {
			_, err := l.Board(l.Context(), by, people.BoardAsk{Unit: unit})
			return err
		}},
		{"add a person", func(l *land, by people.Actor, unit syncproto.ID) error {
			_, _, err := l.AddPerson(l.Context(), by, people.NewPerson{Name: "Mai", Unit: unit, Role: syncproto.RoleVolunteer})
			return err
		}},
		{"suspend", func(l *land, by people.Actor, unit syncproto.ID) error {
			return l.Suspend(l.Context(), by, member(l, unit))
		}},
		{"close", func(l *land, by people.Actor, unit syncproto.ID) error {
			return l.Close(l.Context(), by, member(l, unit))
		}},
		{"give editor", give(syncproto.RoleEditor)},
		{"give operator", give(syncproto.RoleOperator)},
		{"invite volunteer", invite(syncproto.RoleVolunteer)},
		{"invite admin", invite(syncproto.RoleAdmin)},
		{"invite operator", invite(syncproto.RoleOperator)},
	}
	// Whether it is allowed over the unit of the grant itself, below it, and beside it.
	type allowed [3]bool
	all, inside, below, no := allowed{true, true, true}, allowed{true, true, false}, allowed{false, true, false}, allowed{}
	for role, want := range map[syncproto.Role]map[string]allowed{
		syncproto.RoleVolunteer: {},
		syncproto.RoleOfficer:   {},
		syncproto.RoleEditor:    {"invite volunteer": inside},
		syncproto.RoleAdmin: {
			"create below": inside, "rename": below, "set": inside, "list": inside, "board": inside, "add a person": inside,
			"suspend": inside, "close": inside, "give editor": inside, "invite volunteer": inside, "invite admin": inside,
		},
		syncproto.RoleOperator: {
			"create below": all, "rename": all, "set": all, "list": all, "board": all, "add a person": all, "suspend": all,
			"close": all, "give editor": all, "give operator": all, "invite volunteer": all, "invite admin": all, "invite operator": all,
		},
		"": {},
	} {
		for _, a := range acts {
			l := newLand(t)
			by := people.Actor{Person: syncproto.NewID()} // nobody
			if role != "" {
				by.Person, _ = l.person("Minh", l.north, role)
			}
			expected, listed := want[a.name]
			if !listed {
				expected = no
			}
			for i, unit := range []syncproto.ID{l.north, l.lake, l.river} {
				err := a.do(l, by, unit)
				if (err == nil) != expected[i] || err != nil && syncproto.CodeOf(err) != syncproto.CodeForbidden {
					t.Errorf("%q: %s, place %d: %v", role, a.name, i, err)
				}
			}
			if err := a.do(l, people.Actor{}, l.lake); syncproto.CodeOf(err) != syncproto.CodeForbidden {
				t.Errorf("the zero actor: %s: %v", a.name, err)
			}
		}
	}
}

func TestAnAdminStaysInTheirSubtree(t *testing.T) {
	l := newLand(t)
	admin, grant := l.person("Minh", l.north, syncproto.RoleAdmin)
	by := people.Actor{Person: admin}
	for name, c := range map[string]people.UnitChange{
		"take a unit from others":      {Act: people.ActReparent, Unit: l.river, Parent: l.north},
		"put a unit elsewhere":         {Act: people.ActReparent, Unit: l.lake, Parent: l.south},
		"make a root of one":           {Act: people.ActReparent, Unit: l.lake},
		"merge what is not theirs":     {Act: people.ActMerge, Unit: l.lake, Units: []syncproto.ID{l.hill, l.river}},
		"merge into what is not":       {Act: people.ActMerge, Unit: l.river, Units: []syncproto.ID{l.hill}},
		"merge into new elsewhere":     {Act: people.ActMerge, Name: "x", Parent: l.south, Units: []syncproto.ID{l.hill}},
		"split with what is not":       {Act: people.ActSplit, Unit: l.hill, Parts: []people.Part{{Name: "x"}, {Unit: l.river}}},
		"split into elsewhere":         {Act: people.ActSplit, Unit: l.hill, Parts: []people.Part{{Name: "x"}, {Name: "y", Parent: l.south}}},
		"close their own unit":         {Act: people.ActClose, Unit: l.north, Successors: []syncproto.ID{l.lake}, Carry: true},
		"close in favour of elsewhere": {Act: people.ActClose, Unit: l.lake, Successors: []syncproto.ID{l.river}},
		"create a root":                {Act: people.ActCreate, Name: "x"},
	} {
		if _, err := l.Reorganise(t.Context(), by, []people.UnitChange{c}, true); syncproto.CodeOf(err) != syncproto.CodeForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := l.Reorganise(t.Context(), by, []people.UnitChange{{Act: people.ActMerge, Unit: l.lake, Units: []syncproto.ID{l.hill}}}, false); err != nil {
		t.Fatal(err)
	}
	audits := l.audits()
	if last := audits[len(audits)-1]; last.Act != "unit_ended" || last.Grant != grant || last.Person != admin || last.Unit != l.hill {
		t.Errorf("the log says %+v", last)
	}
}

func (l *land) audits() (list []storage.Audit) {
	l.Helper()
	err := l.store.View(l.Context(), func(r storage.Reader) (err error) { list, err = r.Audits("", 0, 1000); return err })
	if err != nil {
		l.Fatal(err)
	}
	return list
}

func TestAnAdminKeepsTheRightAfterAMerge(t *testing.T) {
	l := newLand(t)
	admin, _ := l.person("Minh", l.south, syncproto.RoleAdmin)
	l.do(people.UnitChange{Act: people.ActMerge, Unit: l.north, Units: []syncproto.ID{l.south}, Carry: true})
	*l.now += hour
	if _, err := l.Reorganise(t.Context(), people.Actor{Person: admin}, []people.UnitChange{{Act: people.ActRename, Unit: l.lake, Name: "Ao"}}, false); err != nil {
		t.Error(err)
	}
}

func TestAnInvitationForSomebodyKnownOpensTheirAccount(t *testing.T) {
	l := newLand(t)
	editor, _ := l.person("Minh", l.lake, syncproto.RoleEditor)
	admin, _ := l.person("Nga", l.north, syncproto.RoleAdmin)
	own, _ := l.person("Lan", l.lake, syncproto.RoleVolunteer)
	colleague, _ := l.person("Tư", l.lake, syncproto.RoleEditor)
	wide, _ := l.person("Năm", l.lake, syncproto.RoleVolunteer)
	if _, err := l.AddGrant(t.Context(), syncproto.Grant{Person: wide, Unit: l.river, Role: syncproto.RoleEditor}); err != nil {
		t.Fatal(err)
	}
	gone, _ := l.person("Sáu", l.river, syncproto.RoleVolunteer)
	if err := l.Close(t.Context(), people.Console(), gone); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		by, of syncproto.ID
		code   syncproto.Code
	}{
		{"an editor their volunteer", editor, own, ""},
		{"an editor a colleague", editor, colleague, syncproto.CodeForbidden},
		{"an admin an editor of theirs", admin, colleague, ""},
		{"an admin somebody who is more elsewhere", admin, wide, syncproto.CodeForbidden},
		{"an admin somebody who left", admin, gone, syncproto.CodeNotFound},
		{"nobody", syncproto.NewID(), own, syncproto.CodeForbidden},
	} {
		err := l.store.View(t.Context(), func(r storage.Reader) error {
			g := syncproto.Grant{Person: c.of, Unit: l.lake, Role: syncproto.RoleVolunteer}
			_, err := l.access().MayInvite(r, people.Actor{Person: c.by}, g, *l.now)
			return err
		})
		if c.code == "" && err != nil || c.code != "" && syncproto.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestARoleIsNoWayIn: an admin gives people of others a role, to see their number and to shut out their phones.
func TestARoleIsNoWayIn(t *testing.T) {
	l := newLand(t)
	admin, _ := l.person("Minh", l.north, syncproto.RoleAdmin)
	by := people.Actor{Person: admin}
	above, _ := l.person("Hạnh", l.root, syncproto.RoleAdmin)
	beside, old := l.person("Sen", l.river, syncproto.RoleVolunteer)
	for _, person := range []syncproto.ID{above, beside} {
		_, err := l.Give(t.Context(), by, syncproto.Grant{Person: person, Unit: l.lake, Role: syncproto.RoleVolunteer})
		if e, ok := errors.AsType[*syncproto.Error](err); !ok || e.Code != syncproto.CodeNotFound || e.Detail != "person" {
			t.Errorf("a role for somebody else's person: %v", err)
		}
		if _, err := l.Look(t.Context(), by, person); syncproto.CodeOf(err) != syncproto.CodeNotFound {
			t.Errorf("and sees them: %v", err)
		}
	}
	// An operator lets somebody of the province work in the commune, too: that makes the commune's admin no admin of theirs.
	for _, person := range []syncproto.ID{above, beside} {
		if _, err := l.AddGrant(t.Context(), syncproto.Grant{Person: person, Unit: l.lake, Role: syncproto.RoleVolunteer}); err != nil {
			t.Fatal(err)
		}
	}
	desk, phone := l.device(above), l.device(beside)
	if err := l.Revoke(t.Context(), by, desk); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("the desk of who is above: %v", err)
	}
	if err := l.Revoke(t.Context(), by, phone); err != nil {
		t.Errorf("a volunteer's lost phone: %v", err)
	}
	// Who was theirs once and is elsewhere now is not theirs any more.
	south, _ := l.person("Thu", l.south, syncproto.RoleAdmin)
	if err := l.EndGrant(t.Context(), beside, old); err != nil {
		t.Fatal(err)
	}
	if err := l.Revoke(t.Context(), people.Actor{Person: south}, l.device(beside)); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("the phone of who has left: %v", err)
	}
}

// TestACardTellsCopies: whoever shuts a stolen phone out sees what was made of it.
func TestACardTellsCopies(t *testing.T) {
	l := newLand(t)
	person, _ := l.person("Sen", l.river, syncproto.RoleVolunteer)
	phone, copied := l.device(person), l.device(person)
	err := l.store.Update(t.Context(), func(tx storage.Tx) error {
		d, err := tx.Device(copied)
		if err == nil {
			d.ForkedFrom = phone
			err = tx.PutDevice(d)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	card, err := l.Look(t.Context(), people.Console(), person)
	if err != nil || len(card.Devices) != 2 {
		t.Fatalf("got %+v, %v", card, err)
	}
	for _, d := range card.Devices {
		if want := map[syncproto.ID]syncproto.ID{copied: phone}[d.ID]; d.ForkedFrom != want {
			t.Errorf("%s is a copy of %q, want %q", d.ID, d.ForkedFrom, want)
		}
	}
}

func (l *land) device(person syncproto.ID) syncproto.ID {
	l.Helper()
	d := &storage.Device{ID: syncproto.NewID(), Person: person, Unit: l.river, Created: *l.now}
	d.TokenHash = sha256.Sum256([]byte(d.ID))
	if err := l.store.Update(l.Context(), func(tx storage.Tx) error { return tx.PutDevice(d) }); err != nil {
		l.Fatal(err)
	}
	return d.ID
}
