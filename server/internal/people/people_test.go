package people_test

import (
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

func newService(t *testing.T) (*people.Service, *memory.Store, *int64) {
	store, now := memory.New(), int64(1_700_000_000_000)
	return people.New(store).WithClock(func() time.Time { return time.UnixMilli(now) }), store, &now
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func record(t *testing.T, store storage.Store, id syncproto.ID) *storage.Stored {
	t.Helper()
	var out *storage.Stored
	err := store.View(t.Context(), func(r storage.Reader) (err error) { out, err = r.Record(id); return err })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUnitsAndTheirRecords(t *testing.T) {
	s, store, _ := newService(t)
	unit := must[syncproto.Unit](t)
	province := unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "  Tỉnh   Thanh Hóa ", Level: "Tỉnh"}))
	commune := unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc", Parent: province.ID}))
	if province.Name != "Tỉnh Thanh Hóa" {
		t.Errorf("got %q", province.Name)
	}
	if err := s.RenameUnit(t.Context(), commune.ID, "Hoằng Lộc Mới"); err != nil {
		t.Fatal(err)
	}
	got := record(t, store, commune.ID)
	if got.Record.Revision != 2 || got.Record.Fields["name"] != syncproto.Text("Hoằng Lộc Mới") || got.Record.Mark("name") != 2 ||
		got.Record.Parent() != "" || len(got.Scopes) != 1 || got.Scopes[0] != syncproto.UnitScope(commune.ID) {
		t.Errorf("got %+v in %v", got.Record, got.Scopes)
	}
	for _, text := range []string{string(commune.ID), "hoằng lộc mới"} {
		if found := unit(s.FindUnit(t.Context(), text)); found.ID != commune.ID {
			t.Errorf("%q: got %+v", text, found)
		}
	}
	unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "hoằng lộc mới"}))
	for text, code := range map[string]syncproto.Code{
		"Hoằng Lộc Mới": syncproto.CodeInvalidValue, "Nghệ An": syncproto.CodeNotFound,
	} {
		if _, err := s.FindUnit(t.Context(), text); syncproto.CodeOf(err) != code {
			t.Errorf("%q: got %v", text, err)
		}
	}
	for _, bad := range []syncproto.Unit{{}, {Name: "x", Parent: syncproto.NewID()}, {Name: "x", ID: province.ID}, {Name: "x", ID: "y"}} {
		if _, err := s.CreateUnit(t.Context(), bad); err == nil {
			t.Errorf("%+v was created", bad)
		}
	}
}

func TestProfileFollowsGrants(t *testing.T) {
	s, store, now := newService(t)
	unit := must[syncproto.Unit](t)(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc"}))
	person, grant, err := s.CreatePerson(t.Context(), "Lê Thị Lan", unit.ID, syncproto.RoleVolunteer)
	if err != nil {
		t.Fatal(err)
	}
	*now += 1000
	editor := must[syncproto.Grant](t)(s.AddGrant(t.Context(), syncproto.Grant{Person: person.ID, Unit: unit.ID, Role: syncproto.RoleEditor}))
	if err := s.EndGrant(t.Context(), person.ID, grant.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.EndGrant(t.Context(), person.ID, grant.ID); err != nil {
		t.Errorf("twice: %v", err)
	}
	got := record(t, store, person.ID)
	grants, _ := got.Record.Fields["grants"].AsList()
	if got.Record.Kind != syncproto.KindProfile || got.Record.Revision != 3 || got.Record.Author != person.ID || len(grants) != 2 ||
		got.Record.Fields["unit"] != syncproto.Text(string(unit.ID)) || got.Scopes[0] != syncproto.PersonScope(person.ID) {
		t.Errorf("got %+v", got.Record)
	}
	if _, err := s.AddGrant(t.Context(), syncproto.Grant{Person: person.ID, Unit: unit.ID, Role: "king"}); err == nil {
		t.Error("a role that does not exist was granted")
	}
	if err := s.EndGrant(t.Context(), person.ID, syncproto.NewID()); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("got %v", err)
	}
	if _, all, err := s.Person(t.Context(), person.ID); err != nil || len(all) != 2 || editor.From != *now {
		t.Errorf("got %v, %v", all, err)
	}
}

func TestStandingNamesItsGrant(t *testing.T) {
	s, store, now := newService(t)
	unit := must[syncproto.Unit](t)
	province := unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Thanh Hóa"}))
	commune := unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc", Parent: province.ID}))
	other := unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Nghệ An"}))
	person, member, err := s.CreatePerson(t.Context(), "Hà", commune.ID, syncproto.RoleVolunteer)
	if err != nil {
		t.Fatal(err)
	}
	editor := must[syncproto.Grant](t)(s.AddGrant(t.Context(), syncproto.Grant{
		Person: person.ID, Unit: province.ID, Role: syncproto.RoleEditor, Until: *now + 5000,
	}))
	var cache people.Cache
	var rights *people.Rights
	err = store.View(t.Context(), func(r storage.Reader) error {
		access, err := cache.Read(r)
		if err != nil {
			return err
		}
		again, err := cache.Read(r)
		if err != nil || again != access {
			t.Errorf("read anew: %v", err)
		}
		rights, err = access.Of(r, person.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		unit syncproto.ID
		at   int64
		want people.Standing
	}{
		{"editor from above", commune.ID, *now, people.Standing{Member: true, Editor: true, Grant: editor.ID}},
		{"elsewhere nobody", other.ID, *now, people.Standing{}},
		{"lapsed but a member", commune.ID, *now + 5000, people.Standing{Member: true, Lapsed: true, Grant: member.ID}},
		{"lapsed above", province.ID, *now + 5000, people.Standing{Lapsed: true, Grant: editor.ID}},
		{"not yet", commune.ID, *now - 1, people.Standing{}},
	} {
		if got := rights.On(c.unit, c.at); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	before, _ := rights.Follows(*now)
	after, _ := rights.Follows(*now + 5000)
	again, _ := rights.Follows(*now)
	if len(before) != len(again) || len(after) != len(before)-2 {
		t.Errorf("follows %d, then %d, then %d", len(before), len(after), len(again))
	}
}

func TestClosedAccountHasNoRights(t *testing.T) {
	s, store, now := newService(t)
	unit := must[syncproto.Unit](t)(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc"}))
	person, _, err := s.CreatePerson(t.Context(), "Hà", unit.ID, syncproto.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	*now += 1000
	person.Closed = *now
	if err := store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutPerson(&person) }); err != nil {
		t.Fatal(err)
	}
	var cache people.Cache
	err = store.View(t.Context(), func(r storage.Reader) error {
		access, err := cache.Read(r)
		if err != nil {
			return err
		}
		rights, err := access.Of(r, person.ID)
		if err == nil && (rights.On(unit.ID, *now).Member || !rights.On(unit.ID, *now).Lapsed || !rights.On(unit.ID, *now-1).Editor) {
			t.Errorf("got %+v", rights.On(unit.ID, *now))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAProfileOfManyGrantsCanBeRead(t *testing.T) {
	s, store, now := newService(t)
	unit := must[syncproto.Unit](t)(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc"}))
	person, first, err := s.CreatePerson(t.Context(), "Lan", unit.ID, syncproto.RoleVolunteer)
	if err != nil {
		t.Fatal(err)
	}
	for range syncproto.MaxItems + 10 {
		if err := s.EndGrant(t.Context(), person.ID, first.ID); err != nil {
			t.Fatal(err)
		}
		*now += 1000
		first = must[syncproto.Grant](t)(s.AddGrant(t.Context(), syncproto.Grant{Person: person.ID, Unit: unit.ID, Role: syncproto.RoleVolunteer}))
	}
	profile, err := syncproto.DecodeRecord(record(t, store, person.ID).Wire)
	if err != nil {
		t.Fatal(err)
	}
	grants, _ := profile.Fields["grants"].AsList()
	if len(grants) != syncproto.MaxItems {
		t.Fatalf("got %d grants", len(grants))
	}
	if last, _ := grants[len(grants)-1].AsObject(); last["until"] != "" {
		t.Errorf("the last is over: %v", last)
	}
}
