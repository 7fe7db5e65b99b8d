package people_test

import (
	"slices"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

const hour = int64(60 * 60 * 1000)

// land is a small country: a root, two provinces, and communes under them.
type land struct {
	*testing.T
	*people.Service
	store                            *memory.Store
	now                              *int64
	root, north, south               syncproto.ID
	lake, hill, river, field, meadow syncproto.ID
}

func newLand(t *testing.T) *land {
	t.Helper()
	store, now := memory.New(), int64(1_700_000_000_000)
	l := &land{T: t, store: store, now: &now}
	l.Service = people.New(store).WithClock(func() time.Time { return time.UnixMilli(now) })
	l.root = l.found("Trung ương", "")
	l.north, l.south = l.found("Bắc", l.root), l.found("Nam", l.root)
	l.lake, l.hill = l.found("Hồ", l.north), l.found("Đồi", l.north)
	l.river, l.field, l.meadow = l.found("Sông", l.south), l.found("Đồng", l.south), l.found("Bãi", l.south)
	now += hour
	return l
}

func (l *land) found(name string, parent syncproto.ID) syncproto.ID {
	l.Helper()
	return must[syncproto.Unit](l.T)(l.CreateUnit(l.Context(), syncproto.Unit{Name: name, Level: "Xã", Parent: parent})).ID
}

func (l *land) do(changes ...people.UnitChange) []people.Effect {
	l.Helper()
	return must[[]people.Effect](l.T)(l.Reorganise(l.Context(), people.Console(), changes, false))
}

func (l *land) access() (access *people.Access) {
	l.Helper()
	var cache people.Cache
	err := l.store.View(l.Context(), func(r storage.Reader) (err error) { access, err = cache.Read(r); return err })
	if err != nil {
		l.Fatal(err)
	}
	return access
}

func (l *land) tree(at int64) *syncproto.Tree { l.Helper(); return l.access().Tree(at) }

func (l *land) person(name string, unit syncproto.ID, role syncproto.Role) (syncproto.ID, syncproto.ID) {
	l.Helper()
	p, g, err := l.CreatePerson(l.Context(), name, unit, role)
	if err != nil {
		l.Fatal(err)
	}
	return p.ID, g.ID
}

func (l *land) rights(person syncproto.ID) (rights *people.Rights) {
	l.Helper()
	access := l.access()
	err := l.store.View(l.Context(), func(r storage.Reader) (err error) { rights, err = access.Of(r, person); return err })
	if err != nil {
		l.Fatal(err)
	}
	return rights
}

func TestMergedUnitsLiveOnInTheirSuccessor(t *testing.T) {
	l := newLand(t)
	editor, grant := l.person("Minh", l.river, syncproto.RoleEditor)
	volunteer, _ := l.person("Lan", l.field, syncproto.RoleVolunteer)
	above, _ := l.person("Nam", l.south, syncproto.RoleEditor)
	before := *l.now
	*l.now += hour
	merged := syncproto.NewID()
	effects := l.do(people.UnitChange{
		Act: people.ActMerge, Unit: merged, Name: "Sông Đồng", Parent: l.north, Units: []syncproto.ID{l.river, l.field},
	})
	var acts []string
	for _, e := range effects {
		acts = append(acts, e.Act)
	}
	if !slices.Equal(acts, []string{"created", "ended", "ended"}) {
		t.Errorf("got %v", acts)
	}
	now := *l.now
	if s := l.rights(editor).On(merged, now); !s.Editor || s.Grant != grant {
		t.Errorf("the editor of what ended: %+v", s)
	}
	if s := l.rights(editor).On(l.field, now); !s.Editor {
		t.Error("who answers for the successor does not see the desk of the other unit")
	}
	if s := l.rights(above).On(l.river, now); s.Editor || !l.rights(above).On(l.river, before).Editor {
		t.Error("who stood above the unit that ended still answers for it, or did not before")
	}
	if s := l.rights(volunteer).On(merged, now); !s.Member || s.Editor {
		t.Errorf("the volunteer: %+v", s)
	}
	access := l.access()
	for _, c := range []struct {
		unit syncproto.ID
		at   int64
		want syncproto.ID
	}{{l.river, now, merged}, {l.river, before, l.river}, {l.field, now, merged}, {l.lake, now, l.lake}, {syncproto.NewID(), now, ""}} {
		if got := access.Home(c.unit, l.rights(volunteer), c.at); got != c.want {
			t.Errorf("home of %s at %d is %s, want %s", c.unit, c.at, got, c.want)
		}
	}
	scopes, _ := l.rights(volunteer).Follows(now)
	for _, scope := range []syncproto.Scope{syncproto.UnitScope(merged), syncproto.UnitScope(l.north), syncproto.UnitScope(l.field)} {
		if !slices.Contains(scopes, scope) {
			t.Errorf("%s is not followed: %v", scope, scopes)
		}
	}
	unit := record(t, l.store, l.river).Record
	if unit.Fields["until"] != syncproto.Int(now) || unit.Fields["successors"] == "" {
		t.Errorf("the record says %v", unit.Fields)
	}
}

func TestWhatComesLateGoesWhereItsAuthorIs(t *testing.T) {
	l := newLand(t)
	lan, _ := l.person("Lan", l.river, syncproto.RoleVolunteer)
	mai, _ := l.person("Mai", l.river, syncproto.RoleVolunteer)
	*l.now += hour
	east, west := syncproto.NewID(), syncproto.NewID()
	l.do(people.UnitChange{Act: people.ActSplit, Unit: l.river, Parts: []people.Part{{Unit: east, Name: "Đông"}, {Unit: west, Name: "Tây"}}})
	if _, err := l.Give(t.Context(), people.Console(), syncproto.Grant{Person: mai, Unit: west, Role: syncproto.RoleVolunteer}); err != nil {
		t.Fatal(err)
	}
	access := l.access()
	if got := access.Home(l.river, l.rights(lan), *l.now); got != east {
		t.Errorf("without a newer grant: %s, want the first named", got)
	}
	if got := access.Home(l.river, l.rights(mai), *l.now); got != west {
		t.Errorf("with a grant over the other part: %s", got)
	}
	if got := access.Home(l.river, nil, *l.now); got != east {
		t.Errorf("of nobody: %s", got)
	}
}

func TestFutureChangesTakeEffectByThemselves(t *testing.T) {
	l := newLand(t)
	lan, _ := l.person("Lan", l.river, syncproto.RoleVolunteer)
	if err := l.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	began, due := *l.now, *l.now+hour
	l.do(
		people.UnitChange{Act: people.ActRename, Unit: l.lake, Name: "Hồ Lớn", At: due},
		people.UnitChange{Act: people.ActReparent, Unit: l.hill, Parent: l.south, At: due},
		people.UnitChange{Act: people.ActMerge, Unit: l.field, Units: []syncproto.ID{l.river}, At: due},
	)
	access := l.access() // one Access for both times: nothing is read anew
	rights := l.rights(lan)
	check := func(at int64, name string, parent, home syncproto.ID) {
		t.Helper()
		u, _ := access.Tree(at).Unit(l.lake)
		h, _ := access.Tree(at).Unit(l.hill)
		if u.Name != name || h.Parent != parent || access.Home(l.river, rights, at) != home {
			t.Errorf("at %d: %q under %s, home %s", at-began, u.Name, h.Parent, access.Home(l.river, rights, at))
		}
	}
	check(began, "Hồ", l.north, l.river)
	check(due-1, "Hồ", l.north, l.river)
	check(due, "Hồ Lớn", l.south, l.field)
	follows := func(at int64) bool {
		scopes, _ := rights.Follows(at)
		return slices.Contains(scopes, syncproto.UnitScope(l.field))
	}
	if follows(due-1) || !follows(due) || follows(began) {
		t.Error("the successor is not followed from its date on, and no earlier")
	}
	if got := record(t, l.store, l.lake).Record; got.Revision != 1 {
		t.Errorf("the record was changed early: %v", got.Fields)
	}
	*l.now = due
	for range 2 { // a second look, as after a start, changes nothing
		if err := l.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := record(t, l.store, l.lake).Record; got.Revision != 2 || got.Fields["name"] != syncproto.Text("Hồ Lớn") {
		t.Errorf("got revision %d, %v", got.Revision, got.Fields)
	}
	if got := record(t, l.store, lan).Record; got.Fields["unit"] != syncproto.Text(string(l.field)) || got.Unit != l.field {
		t.Errorf("the profile says %v", got.Fields)
	}
}

func TestReorganisationsThatDoNotFit(t *testing.T) {
	ended := func(l *land) {
		l.do(people.UnitChange{Act: people.ActMerge, Unit: l.lake, Units: []syncproto.ID{l.hill}})
		*l.now += hour
	}
	type change = people.UnitChange
	for _, c := range []struct {
		name   string
		before func(*land)
		change func(*land) change
		code   syncproto.Code
		at     string
	}{
		{"no act", nil, func(l *land) change { return change{Act: "bless", Unit: l.lake} }, syncproto.CodeInvalidValue, "act"},
		{"an unknown unit", nil, func(*land) change { return change{Act: people.ActRename, Unit: syncproto.NewID(), Name: "x"} }, syncproto.CodeNotFound, "unit"},
		{"no name", nil, func(l *land) change { return change{Act: people.ActRename, Unit: l.lake, Name: " \u00a0"} }, syncproto.CodeInvalidValue, "name"},
		{"a name of controls", nil, func(l *land) change { return change{Act: people.ActCreate, Parent: l.lake, Name: "a\x1b[2Jb"} }, syncproto.CodeInvalidValue, "name"},
		{"an unknown unit above", nil, func(*land) change { return change{Act: people.ActCreate, Parent: syncproto.NewID(), Name: "x"} }, syncproto.CodeNotFound, "parent"},
		{"an id that is taken", nil, func(l *land) change { return change{Act: people.ActCreate, Unit: l.lake, Parent: l.root, Name: "x"} }, syncproto.CodeRecordExists, "unit"},
		{"an id that is none", nil, func(l *land) change { return change{Act: people.ActCreate, Unit: "x", Parent: l.root, Name: "x"} }, syncproto.CodeInvalidID, "unit"},
		{"under itself", nil, func(l *land) change { return change{Act: people.ActReparent, Unit: l.north, Parent: l.north} }, syncproto.CodeUnitCycle, "parent"},
		{"under what is below", nil, func(l *land) change { return change{Act: people.ActReparent, Unit: l.north, Parent: l.lake} }, syncproto.CodeUnitCycle, "parent"},
		{"under what will be below", func(l *land) {
			l.do(change{Act: people.ActReparent, Unit: l.south, Parent: l.lake, At: *l.now + hour})
		}, func(l *land) change { return change{Act: people.ActReparent, Unit: l.north, Parent: l.river} }, syncproto.CodeUnitCycle, "parent"},
		{
			"before what is in force", func(l *land) { l.do(change{Act: people.ActRename, Unit: l.lake, Name: "Ao"}) },
			func(l *land) change { return change{Act: people.ActRename, Unit: l.lake, Name: "x", At: *l.now - 1} }, syncproto.CodeUnitDate, "unit",
		},
		{"before it began", nil, func(l *land) change { return change{Act: people.ActRename, Unit: l.lake, Name: "x", At: 1} }, syncproto.CodeUnitDate, "unit"},
		{
			"before what was decided ahead", func(l *land) { l.do(change{Act: people.ActRename, Unit: l.lake, Name: "Ao", At: *l.now + hour}) },
			func(l *land) change { return change{Act: people.ActReparent, Unit: l.lake, Parent: l.south} }, syncproto.CodeUnitDate, "unit",
		},
		{"a time before all time", nil, func(l *land) change { return change{Act: people.ActRename, Unit: l.lake, Name: "x", At: -5} }, syncproto.CodeUnitDate, "at"},
		{"one that ended", ended, func(l *land) change { return change{Act: people.ActRename, Unit: l.hill, Name: "x"} }, syncproto.CodeUnitClosed, "unit"},
		{"under one that ended", ended, func(l *land) change { return change{Act: people.ActCreate, Parent: l.hill, Name: "x"} }, syncproto.CodeUnitClosed, "parent"},
		{"into one that ended", ended, func(l *land) change { return change{Act: people.ActMerge, Unit: l.hill, Units: []syncproto.ID{l.lake}} }, syncproto.CodeUnitClosed, "unit"},
		{"close into one that ended", ended, func(l *land) change {
			return change{Act: people.ActClose, Unit: l.lake, Successors: []syncproto.ID{l.hill}}
		}, syncproto.CodeUnitClosed, "successors"},
		{"close without a word", nil, func(l *land) change { return change{Act: people.ActClose, Unit: l.lake} }, syncproto.CodeNoSuccessor, "successors"},
		{"close both ways", nil, func(l *land) change {
			return change{Act: people.ActClose, Unit: l.lake, Final: true, Successors: []syncproto.ID{l.hill}}
		}, syncproto.CodeInvalidValue, "final"},
		{"close into nothing known", nil, func(l *land) change {
			return change{Act: people.ActClose, Unit: l.lake, Successors: []syncproto.ID{syncproto.NewID()}}
		}, syncproto.CodeNoSuccessor, "successors"},
		{"close into itself", nil, func(l *land) change {
			return change{Act: people.ActClose, Unit: l.lake, Successors: []syncproto.ID{l.lake}}
		}, syncproto.CodeInvalidValue, "successors"},
		{"merge of nothing", nil, func(l *land) change { return change{Act: people.ActMerge, Unit: l.lake} }, syncproto.CodeMissingMember, "units"},
		{"merge into itself", nil, func(l *land) change { return change{Act: people.ActMerge, Unit: l.lake, Units: []syncproto.ID{l.lake}} }, syncproto.CodeInvalidValue, "successors"},
		{"merge into nothing known", nil, func(l *land) change {
			return change{Act: people.ActMerge, Unit: syncproto.NewID(), Units: []syncproto.ID{l.lake}}
		}, syncproto.CodeNoSuccessor, "unit"},
		{"merge of an occupied unit", nil, func(l *land) change {
			return change{Act: people.ActMerge, Unit: l.north, Units: []syncproto.ID{l.south}}
		}, syncproto.CodeUnitOccupied, "units[0]"},
		{
			"close of what will be occupied", func(l *land) { l.do(change{Act: people.ActReparent, Unit: l.hill, Parent: l.lake, At: *l.now + hour}) },
			func(l *land) change {
				return change{Act: people.ActClose, Unit: l.lake, Successors: []syncproto.ID{l.hill}}
			}, syncproto.CodeUnitOccupied, "unit",
		},
		{"split into one", nil, func(l *land) change {
			return change{Act: people.ActSplit, Unit: l.lake, Parts: []people.Part{{Name: "x"}}}
		}, syncproto.CodeNoSuccessor, "parts"},
		{"split into the same twice", nil, func(l *land) change {
			return change{Act: people.ActSplit, Unit: l.lake, Parts: []people.Part{{Unit: l.hill}, {Unit: l.hill}}}
		}, syncproto.CodeInvalidValue, "successors"},
		{"end at its beginning", nil, func(l *land) change {
			return change{Act: people.ActClose, Unit: l.lake, Final: true, At: *l.now - hour}
		}, syncproto.CodeUnitDate, "unit"},
		{"end before it takes over", func(l *land) {
			l.do(change{Act: people.ActMerge, Unit: l.lake, Units: []syncproto.ID{l.hill}, At: *l.now + hour})
		}, func(l *land) change { return change{Act: people.ActClose, Unit: l.lake, Final: true} }, syncproto.CodeUnitDate, "unit"},
		{"nothing to take back", nil, func(l *land) change { return change{Act: people.ActCancel, Unit: l.lake} }, syncproto.CodeUnitDate, "unit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLand(t)
			if c.before != nil {
				c.before(l)
			}
			before := l.access()
			first := change{Act: people.ActCreate, Name: "Mới", Parent: l.root}
			_, err := l.Reorganise(t.Context(), people.Console(), []change{first, c.change(l)}, false)
			e, _ := err.(*syncproto.Error)
			if e == nil || e.Code != c.code || e.Detail != "changes[1]."+c.at {
				t.Errorf("got %v, want %s at changes[1].%s", err, c.code, c.at)
			}
			if l.access().Revision != before.Revision {
				t.Error("something was stored")
			}
		})
	}
}

func TestAMergeTakesAlongWhatIsBelow(t *testing.T) {
	l := newLand(t)
	l.do(people.UnitChange{Act: people.ActMerge, Unit: l.north, Units: []syncproto.ID{l.south}, Carry: true})
	for _, id := range []syncproto.ID{l.river, l.field, l.meadow} {
		if u, _ := l.tree(*l.now).Unit(id); u.Parent != l.north {
			t.Errorf("%s is under %s", u.Name, u.Parent)
		}
		if u, _ := l.tree(*l.now - 1).Unit(id); u.Parent != l.south {
			t.Errorf("before, %s was under %s", u.Name, u.Parent)
		}
	}
	*l.now += hour
	// A unit below takes the place of the one above it.
	l.do(people.UnitChange{Act: people.ActClose, Unit: l.north, Successors: []syncproto.ID{l.lake}, Carry: true})
	if u, _ := l.tree(*l.now).Unit(l.lake); u.Parent != l.root {
		t.Errorf("the successor is under %s", u.Parent)
	}
	if !l.tree(*l.now).Covers(l.lake, l.river) {
		t.Error("what was below is not below the successor")
	}
}

func TestWhatWasDecidedAheadIsTakenBack(t *testing.T) {
	l := newLand(t)
	due := *l.now + hour
	l.do(people.UnitChange{Act: people.ActRename, Unit: l.lake, Name: "Ao", At: due},
		people.UnitChange{Act: people.ActClose, Unit: l.river, Final: true, At: due})
	l.do(people.UnitChange{Act: people.ActCancel, Unit: l.lake}, people.UnitChange{Act: people.ActCancel, Unit: l.river})
	lake, _ := l.tree(due).Unit(l.lake)
	river, _ := l.tree(due).Unit(l.river)
	if lake.Name != "Hồ" || river.Until != 0 {
		t.Errorf("got %+v and %+v", lake, river)
	}
}

func TestSettingsComeFromTheNearest(t *testing.T) {
	l := newLand(t)
	set := func(unit syncproto.ID, own bool, alarm int64) {
		if err := l.Set(t.Context(), people.Console(), storage.UnitSetting{Unit: unit, OwnAllowed: own, AlarmAfter: alarm}); err != nil {
			t.Fatal(err)
		}
	}
	set(l.root, true, hour)
	set(l.lake, false, 0)
	a := l.access()
	if got := a.Setting(l.hill, *l.now); !got.OwnAllowed || got.AlarmAfter != hour {
		t.Errorf("of a unit that decided nothing: %+v", got)
	}
	if got := a.Setting(l.lake, *l.now); got.OwnAllowed || got.AlarmAfter != 0 {
		t.Errorf("of one that did: %+v", got)
	}
	for _, bad := range []storage.UnitSetting{{Unit: syncproto.NewID()}, {Unit: l.lake, AlarmAfter: -1}, {Unit: l.lake, AlarmAfter: 1 << 50}} {
		if err := l.Set(t.Context(), people.Console(), bad); err == nil {
			t.Errorf("%+v was stored", bad)
		}
	}
}
