package people_test

import (
	"testing"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestCountsOfPeopleAndPhones(t *testing.T) {
	l := newLand(t)
	admin, _ := l.person("Nga", l.south, syncproto.RoleAdmin)
	lan, first := l.person("Lan", l.river, syncproto.RoleVolunteer)
	gone, _ := l.person("Hà", l.river, syncproto.RoleVolunteer)
	if err := l.Close(t.Context(), people.Console(), gone); err != nil {
		t.Fatal(err)
	}
	second := syncproto.NewID()
	for second < first { // drawn within a millisecond, ids have no order
		second = syncproto.NewID()
	}
	if _, err := l.AddGrant(t.Context(), syncproto.Grant{ID: second, Person: lan, Unit: l.field, Role: syncproto.RoleVolunteer}); err != nil {
		t.Fatal(err)
	}
	err := l.store.Update(t.Context(), func(tx storage.Tx) error {
		for i, person := range []syncproto.ID{lan, lan, gone} {
			d := &storage.Device{ID: syncproto.NewID(), Person: person, Unit: l.river, Created: *l.now, TokenHash: [32]byte{byte(i + 1)}}
			if i == 1 {
				d.Revoked = *l.now
			}
			if err := tx.PutDevice(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	counts, err := l.Counts(t.Context(), people.Actor{Person: admin}, l.south)
	if err != nil {
		t.Fatal(err)
	}
	want := map[syncproto.ID]people.Count{l.south: {People: 1}, l.river: {People: 1, Phones: 1}, l.field: {People: 1}}
	for unit, c := range want {
		if counts[unit] != c {
			t.Errorf("%s: %+v, want %+v", unit, counts[unit], c)
		}
	}
	if len(counts) != len(want) {
		t.Errorf("got %d units", len(counts))
	}
	if _, err := l.Counts(t.Context(), people.Actor{Person: admin}, ""); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("all units: %v", err)
	}
}

func TestListsByRoleAndState(t *testing.T) {
	l := newLand(t)
	_, _ = l.person("An", l.river, syncproto.RoleVolunteer)
	binh, _ := l.person("Bình", l.river, syncproto.RoleEditor)
	chi, _ := l.person("Chi", l.river, syncproto.RoleVolunteer)
	if err := l.Suspend(t.Context(), people.Console(), binh); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(t.Context(), people.Console(), chi); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ask  people.Listing
		want int
	}{
		"open":      {people.Listing{}, 2},
		"all":       {people.Listing{Closed: true}, 3},
		"editors":   {people.Listing{Role: syncproto.RoleEditor}, 1},
		"active":    {people.Listing{State: people.StateActive}, 1},
		"suspended": {people.Listing{State: people.StateSuspended}, 1},
		"closed":    {people.Listing{State: people.StateClosed}, 1},
		"none":      {people.Listing{State: people.StateClosed, Role: syncproto.RoleEditor}, 0},
	} {
		c.ask.Unit = l.south
		page, err := l.List(t.Context(), people.Console(), c.ask)
		if err != nil || len(page.People) != c.want {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
}

func TestACardSaysWhoGave(t *testing.T) {
	l := newLand(t)
	admin, _ := l.person("Nga", l.south, syncproto.RoleAdmin)
	by := people.Actor{Person: admin}
	lan, _, err := l.AddPerson(t.Context(), by, people.NewPerson{Name: "Lan", Unit: l.river, Role: syncproto.RoleVolunteer})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Give(t.Context(), by, syncproto.Grant{Person: lan.ID, Unit: l.field, Role: syncproto.RoleEditor}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.AddGrant(t.Context(), syncproto.Grant{Person: lan.ID, Unit: l.meadow, Role: syncproto.RoleEditor}); err != nil {
		t.Fatal(err)
	}
	card, err := l.Look(t.Context(), by, lan.ID)
	if err != nil || len(card.Grants) != 3 {
		t.Fatal(card, err)
	}
	for _, g := range card.Grants {
		want := "Nga"
		if g.Unit == l.meadow {
			want = ""
		}
		if g.ByName != want {
			t.Errorf("%s was given by %q, want %q", g.Role, g.ByName, want)
		}
	}
}
