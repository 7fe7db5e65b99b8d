package people_test

import (
	"slices"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestMovesEndOneGrantAndBeginAnother(t *testing.T) {
	l := newLand(t)
	lan, _ := l.person("Lan", l.lake, syncproto.RoleVolunteer)
	due := *l.now + hour
	if err := l.Move(t.Context(), people.Console(), lan, l.lake, l.river, due); err != nil {
		t.Fatal(err)
	}
	r := l.rights(lan)
	if !r.On(l.lake, due-1).Member || r.On(l.river, due-1).Member || r.On(l.lake, due).Member || !r.On(l.river, due).Member {
		t.Error("the move did not happen at its time")
	}
	if err := l.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := record(t, l.store, lan).Record; got.Unit != l.lake {
		t.Errorf("the profile is early: %v", got.Fields)
	}
	*l.now = due
	if err := l.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := record(t, l.store, lan).Record; got.Unit != l.river {
		t.Errorf("the profile is late: %v", got.Fields)
	}
	for _, c := range []struct {
		name     string
		from, to syncproto.ID
		at       int64
		code     syncproto.Code
	}{
		{"where she is not", l.lake, l.hill, 0, syncproto.CodeNotFound},
		{"nowhere", l.river, syncproto.NewID(), 0, syncproto.CodeNotFound},
		{"in the past", l.river, l.hill, due - 1, syncproto.CodeUnitDate},
	} {
		if err := l.Move(t.Context(), people.Console(), lan, c.from, c.to, c.at); syncproto.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	admin, _ := l.person("Nga", l.north, syncproto.RoleAdmin)
	if err := l.Move(t.Context(), people.Actor{Person: admin}, lan, l.river, l.lake, 0); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("an admin fetched somebody: %v", err)
	}
}

func TestAccountsRestAndEnd(t *testing.T) {
	l := newLand(t)
	lan, _ := l.person("Lan", l.lake, syncproto.RoleEditor)
	if err := l.store.Update(t.Context(), func(tx storage.Tx) error {
		return tx.PutSession(&storage.Session{Hash: [32]byte{1}, ID: syncproto.NewID(), Person: lan, Created: *l.now, Expires: *l.now + hour})
	}); err != nil {
		t.Fatal(err)
	}
	act := func(do func() error) {
		t.Helper()
		*l.now += 1000
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	act(func() error { return l.Suspend(t.Context(), people.Console(), lan) })
	if s := l.rights(lan).On(l.lake, *l.now); s.Member || !s.Lapsed {
		t.Errorf("while the account rests: %+v", s)
	}
	if err := l.store.View(t.Context(), func(r storage.Reader) error { _, err := r.Session([32]byte{1}); return err }); syncproto.KindOf(err) != syncproto.NotFound {
		t.Errorf("the session lives: %v", err)
	}
	act(func() error { return l.Suspend(t.Context(), people.Console(), lan) })
	act(func() error { return l.Resume(t.Context(), people.Console(), lan) })
	if s := l.rights(lan).On(l.lake, *l.now); !s.Editor {
		t.Errorf("after that: %+v", s)
	}
	act(func() error { return l.Close(t.Context(), people.Console(), lan) })
	act(func() error { return l.Close(t.Context(), people.Console(), lan) })
	act(func() error { return l.Resume(t.Context(), people.Console(), lan) })
	if s := l.rights(lan).On(l.lake, *l.now); s.Member {
		t.Errorf("after the end: %+v", s)
	}
	if _, err := l.Give(t.Context(), people.Console(), syncproto.Grant{Person: lan, Unit: l.lake, Role: syncproto.RoleVolunteer}); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("a closed account took a grant: %v", err)
	}
	var acts []string
	for _, a := range l.audits() {
		if a.Record == lan {
			acts = append(acts, a.Act)
		}
	}
	if want := []string{"person_added", "person_suspended", "person_resumed", "person_closed"}; !slices.Equal(acts, want) {
		t.Errorf("the log says %v", acts)
	}
}

func TestSomebodyStaysWhoRunsTheServer(t *testing.T) {
	l := newLand(t)
	ctx := t.Context()
	one, grant := l.person("Một", l.root, syncproto.RoleOperator)
	refused := func(when string) {
		t.Helper()
		for name, err := range map[string]error{
			"suspend": l.Suspend(ctx, people.Console(), one), "close": l.Close(ctx, people.Console(), one),
			"end": l.Take(ctx, people.Console(), one, grant),
		} {
			if syncproto.CodeOf(err) != syncproto.CodeLastAdmin {
				t.Errorf("%s: %s: %v", when, name, err)
			}
		}
	}
	refused("alone")
	l.person("Hai", l.root, syncproto.RoleAdmin)
	refused("with an admin")
	if _, err := l.Give(ctx, people.Console(), syncproto.Grant{Person: l.somebody(), Unit: l.root, Role: syncproto.RoleOperator, Until: *l.now + hour}); err != nil {
		t.Fatal(err)
	}
	refused("with one for an hour")
	resting, _ := l.person("Ba", l.root, syncproto.RoleOperator)
	if err := l.Suspend(ctx, people.Console(), resting); err != nil {
		t.Fatal(err)
	}
	refused("with one who rests")
	other, _ := l.person("Bốn", l.root, syncproto.RoleOperator)
	if err := l.store.Update(ctx, func(tx storage.Tx) error {
		return tx.PutAccount(&storage.Account{Person: one, Login: "mot", Handle: make([]byte, 32), Created: *l.now})
	}); err != nil {
		t.Fatal(err)
	}
	refused("with one who cannot sign in")
	if err := l.store.Update(ctx, func(tx storage.Tx) error {
		return tx.PutAccount(&storage.Account{Person: other, Login: "bon", Handle: append(make([]byte, 31), 1), Created: *l.now})
	}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(ctx, people.Console(), one); err != nil {
		t.Error(err)
	}
}

func (l *land) somebody() syncproto.ID {
	id, _ := l.person("Ai Đó", l.root, syncproto.RoleVolunteer)
	return id
}

func TestAnAdminOfOnePlaceDoesNotCloseAnAccountOfMore(t *testing.T) {
	l := newLand(t)
	admin, _ := l.person("Nga", l.north, syncproto.RoleAdmin)
	by := people.Actor{Person: admin}
	lan, here := l.person("Lan", l.lake, syncproto.RoleVolunteer)
	if _, err := l.AddGrant(t.Context(), syncproto.Grant{Person: lan, Unit: l.river, Role: syncproto.RoleEditor}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(t.Context(), by, lan); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("got %v", err)
	}
	if card := must[*people.Card](t)(l.Look(t.Context(), by, lan)); len(card.Grants) != 1 || !card.Elsewhere {
		t.Errorf("got %+v", card)
	}
	if err := l.Take(t.Context(), by, lan, here); err != nil {
		t.Error(err)
	}
	if _, err := l.Look(t.Context(), by, lan); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("somebody who is elsewhere now: %v", err)
	}
	stranger, _ := l.person("Ẩn", l.river, syncproto.RoleVolunteer)
	if _, err := l.Look(t.Context(), by, stranger); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("somebody else's people: %v", err)
	}
}

func TestNumbersBelongToOnePerson(t *testing.T) {
	l := newLand(t)
	add := func(name, phone string) error {
		_, _, err := l.AddPerson(t.Context(), people.Console(), people.NewPerson{Name: name, Phone: phone, Unit: l.lake, Role: syncproto.RoleVolunteer})
		return err
	}
	if err := add("Lan", "0912 345 678"); err != nil {
		t.Fatal(err)
	}
	if err := add("Mai", "+84912345678"); syncproto.CodeOf(err) != syncproto.CodePersonExists {
		t.Errorf("got %v", err)
	}
	lan := must[storage.Person](t)(l.Find(t.Context(), "0912345678"))
	if err := l.Close(t.Context(), people.Console(), lan.ID); err != nil {
		t.Fatal(err)
	}
	if err := add("Mai", "0912345678"); err != nil {
		t.Errorf("the number of a closed account: %v", err)
	}
	name, phone := "Mai Hoa", ""
	mai := must[storage.Person](t)(l.Find(t.Context(), "mai"))
	if err := l.Edit(t.Context(), people.Console(), mai.ID, &name, &phone); err != nil {
		t.Fatal(err)
	}
	if got := record(t, l.store, mai.ID).Record; got.Fields["name"] != syncproto.Text(name) {
		t.Errorf("the profile says %v", got.Fields)
	}
}
