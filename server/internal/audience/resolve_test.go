package audience_test

import (
	"fmt"
	"maps"
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/storage"
	"lantoa/syncproto"
)

// who is a list of persons with the unit in which each is counted.
type who = map[syncproto.ID]syncproto.ID

func (w *world) want(text string, want who) {
	w.t.Helper()
	if got := w.found(w.officer, text); !maps.Equal(got, want) {
		w.t.Errorf("%s:\n got %v\nwant %v", text, got, want)
	}
}

func TestUnitsAndWhoIsInThem(t *testing.T) {
	w := newWorld(t)
	both := w.person("Ân", syncproto.RoleVolunteer, w.north, w.south)
	low := w.person("Bình", syncproto.RoleVolunteer, w.team)
	boss := w.person("Cúc", syncproto.RoleEditor, w.province)
	late, early := w.person("Dũng", syncproto.RoleVolunteer), w.person("Em", syncproto.RoleVolunteer)
	w.grant(late, syncproto.RoleVolunteer, w.north, 1, start.UnixMilli())
	w.grant(early, syncproto.RoleVolunteer, w.north, start.UnixMilli()+1, 0)
	resting := storage.Person{ID: syncproto.NewID(), Name: "Giang", Suspended: 5}
	closed := storage.Person{ID: syncproto.NewID(), Name: "Hải", Closed: 5}
	w.update(func(tx storage.Tx) error { return tx.PutPerson(&resting) })
	w.update(func(tx storage.Tx) error { return tx.PutPerson(&closed) })
	w.grant(resting.ID, syncproto.RoleVolunteer, w.north, 1, 0)
	w.grant(closed.ID, syncproto.RoleVolunteer, w.north, 1, 0)
	w.person("Ở tỉnh khác", syncproto.RoleVolunteer, w.other)
	east := func(id syncproto.ID) string { return fmt.Sprintf(`{"unit":%q}`, id) }

	w.want(east(w.north), who{both: w.north, low: w.team})
	w.want(east(w.south), who{both: w.south})
	w.want(fmt.Sprintf(`{"any":[{"unit":%q},{"unit":%q}]}`, w.north, w.south), who{both: min(w.north, w.south), low: w.team})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"unit":%q}]}`, w.north, w.south), who{both: w.south})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"unit":%q}}]}`, w.north, w.south), who{low: w.team})
	// The whole province, but counted in the commune that is asked about beside it.
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"any":[{"unit":%q}]}]}`, w.province, w.south), who{both: w.south})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"role":"editor"}]}`, w.province), who{boss: w.province})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"role":"editor"}]}`, w.north), who{})
	w.want(fmt.Sprintf(`{"any":[{"person":%q},{"person":%q},{"person":%q},{"person":%q}]}`, low, late, resting.ID, w.stranger.Person), who{low: w.team})
}

// TestARoleIsLookedForInTheUnitsBesideIt: an editor of the south who helps in the north is no editor of the north.
func TestARoleIsLookedForInTheUnitsBesideIt(t *testing.T) {
	w := newWorld(t)
	id := w.person("Ân", syncproto.RoleVolunteer, w.north)
	w.grant(id, syncproto.RoleEditor, w.south, 1, 0)
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"role":"editor"}]}`, w.north), who{})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"role":"editor"}]}`, w.south), who{id: w.south})
	w.want(fmt.Sprintf(`{"all":[{"any":[{"unit":%q},{"unit":%q}]},{"role":"editor"}]}`, w.north, w.south), who{id: w.south})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"role":"editor"}}]}`, w.north), who{id: w.north})
}

// TestUnitsThatEnded: the commune of the north went into that of the south; whoever belonged to it is called with the south, and
// a predicate of an earlier date finds those who were there.
func TestUnitsThatEnded(t *testing.T) {
	w := newWorld(t)
	old := w.person("Ân", syncproto.RoleVolunteer, w.north)
	south := w.person("Bình", syncproto.RoleVolunteer, w.south)
	before := start.UnixMilli() - 500
	w.update(func(tx storage.Tx) error {
		return tx.PutUnit(&syncproto.Unit{
			ID: w.north, Name: "Bắc", Parent: w.province, From: start.UnixMilli() - 1000, Until: start.UnixMilli() - 100, Successors: []syncproto.ID{w.south},
		})
	})
	w.want(fmt.Sprintf(`{"unit":%q}`, w.south), who{old: w.north, south: w.south})
	w.want(fmt.Sprintf(`{"unit":%q}`, w.north), who{old: w.north, south: w.south})
	w.want(fmt.Sprintf(`{"unit":%q,"at":%d}`, w.south, before), who{south: w.south})
	w.want(fmt.Sprintf(`{"unit":%q,"at":%d}`, w.north, before), who{old: w.north, south: w.south})
	_, err := w.resolve(w.officer, fmt.Sprintf(`{"unit":%q,"at":%d}`, w.north, start.UnixMilli()+1))
	wantCode(t, err, syncproto.CodeAudienceInvalid)
}

func TestTagsAndSkills(t *testing.T) {
	w := newWorld(t)
	id := w.person("Ân", syncproto.RoleVolunteer, w.north)
	w.update(func(tx storage.Tx) error {
		return tx.PutTags(id, []storage.Tag{{Name: "Hoà bình"}, {Name: "lái xe", Skill: true}})
	})
	for text, want := range map[string]who{
		`{"tag":"hòa bình"}`: {id: w.north}, `{"skill":"Lái xe"}`: {id: w.north}, `{"tag":"lái xe"}`: {}, `{"tag":"hoa binh"}`: {},
	} {
		w.want(fmt.Sprintf(`{"all":[{"unit":%q},%s]}`, w.north, text), want)
	}
}

// TestFactsThatAreNotKnown: unknown, without consent, under another key or of somebody else, a fact calls nobody, under "not"
// neither.
func TestFactsThatAreNotKnown(t *testing.T) {
	w := newWorld(t)
	known := w.person("Ân", syncproto.RoleVolunteer, w.north)
	w.tell(known, audience.BloodGroup, "O+", 5)
	w.tell(w.person("Bình", syncproto.RoleVolunteer, w.north), audience.BloodGroup, "O+", 0) // never agreed
	w.person("Cúc", syncproto.RoleVolunteer, w.north)                                        // never asked
	lost := w.person("Dũng", syncproto.RoleVolunteer, w.north)
	sealed, _ := newKeys(t, 9).Seal(lost, audience.BloodGroup, "O+")
	moved := w.person("Em", syncproto.RoleVolunteer, w.north)
	others, _ := w.keys.Seal(known, audience.BloodGroup, "O+")
	w.update(func(tx storage.Tx) error {
		if err := tx.PutFact(&storage.Fact{Person: lost, Name: audience.BloodGroup, Sealed: sealed, Consent: 5}); err != nil {
			return err
		}
		return tx.PutFact(&storage.Fact{Person: moved, Name: audience.BloodGroup, Sealed: others, Consent: 5})
	})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["O+"]}]}`, w.north), who{known: w.north})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"fact":"blood_group","in":["A+"]}}]}`, w.north), who{known: w.north})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"fact":"blood_group","in":["O+"]}}]}`, w.north), who{})
	got := w.found(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"any":[{"role":"volunteer"},{"fact":"blood_group","in":["A+"]}]}]}`, w.north))
	if len(got) != 5 { // called as volunteers, not by a fact
		t.Errorf("got %v", got)
	}
	list, err := w.resolve(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["O+"]}]}`, w.north))
	if err != nil || list.Unknown != 4 {
		t.Errorf("got %+v, %v", list, err)
	}
	w.svc = w.service(nil)
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["O+"]}]}`, w.north), who{})
}

// TestDaysSinceAGift counts the days of Vietnam: at 07:10 it is 22 November there.
func TestDaysSinceAGift(t *testing.T) {
	w := newWorld(t)
	on := func(day string) syncproto.ID {
		id := w.person(day, syncproto.RoleVolunteer, w.north)
		w.tell(id, audience.LastWholeBlood, day, 5)
		return id
	}
	exactly, never := on("2026-08-30"), on(audience.Never)
	on("2026-08-31")
	on("2026-11-22")
	text := fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"last_whole_blood","at_least_days":%%d}]}`, w.north)
	w.want(fmt.Sprintf(text, 84), who{exactly: w.north, never: w.north})
	_, err := w.resolve(w.officer, fmt.Sprintf(text, 83))
	wantCode(t, err, syncproto.CodeAudienceInvalid)
	recent := w.found(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"fact":"last_whole_blood","at_least_days":30}}]}`, w.north))
	if len(recent) != 1 {
		t.Errorf("got %v", recent)
	}
}

func TestListsOfEarlierCalls(t *testing.T) {
	w := newWorld(t)
	var ids []syncproto.ID
	for _, name := range []string{"Ân", "Bình", "Cúc", "Dũng"} {
		ids = append(ids, w.person(name, syncproto.RoleVolunteer, w.north))
	}
	gone := w.person("Em", syncproto.RoleVolunteer) // left meanwhile
	moved := w.person("Giang", syncproto.RoleVolunteer, w.other)
	call := w.call(w.province,
		storage.Recipient{Person: ids[0], Unit: w.north, Standing: syncproto.StateRegistered, Choice: "yes"},
		storage.Recipient{Person: ids[1], Unit: w.north, Standing: syncproto.StateNoted, Choice: "no"},
		storage.Recipient{Person: ids[2], Unit: w.north},
		storage.Recipient{Person: gone, Unit: w.north, Standing: syncproto.StateRegistered, Choice: "yes"},
		storage.Recipient{Person: moved, Unit: w.south, Standing: syncproto.StateCame},
	)
	answered, _ := audience.Answered(call)
	registered, _ := audience.Registered(call)
	silent, _ := audience.Silent(call)
	w.want(string(answered.Canonical()), who{ids[0]: w.north, ids[1]: w.north, moved: w.south})
	w.want(string(registered.Canonical()), who{ids[0]: w.north})
	w.want(string(silent.Canonical()), who{ids[2]: w.north})
	w.want(fmt.Sprintf(`{"answered":%q,"choice":"no"}`, call), who{ids[1]: w.north})
	w.want(fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"recipient":%q}}]}`, w.north, call), who{ids[3]: w.north})
	_, err := w.resolve(w.stranger, fmt.Sprintf(`{"recipient":%q}`, call))
	wantCode(t, err, syncproto.CodeCallUnknown)
	_, err = w.resolve(w.officer, fmt.Sprintf(`{"recipient":%q}`, syncproto.NewID()))
	wantCode(t, err, syncproto.CodeCallUnknown)
}

// TestListsThatReachBeyondTheOfficer: who shares a call with others looks for nobody outside of their own units by it, and by facts
// nobody does.
func TestListsThatReachBeyondTheOfficer(t *testing.T) {
	w := newWorld(t)
	near, far := w.person("Ân", syncproto.RoleVolunteer, w.north), w.person("Bình", syncproto.RoleVolunteer, w.other)
	for _, id := range []syncproto.ID{near, far} {
		w.tell(id, audience.BloodGroup, "O-", 5)
	}
	list := []storage.Recipient{
		{Person: near, Unit: w.north, Standing: syncproto.StateNoted, Choice: "no"}, {Person: far, Unit: w.other, Standing: syncproto.StateNoted, Choice: "no"},
	}
	own, shared := w.call(w.province, list...), w.call(w.province, list...)
	w.update(func(tx storage.Tx) error {
		c, err := tx.Call(shared)
		if err != nil {
			return err
		}
		c.Units = []syncproto.ID{w.province, w.other}
		return tx.PutCall(c)
	})
	w.want(fmt.Sprintf(`{"answered":%q}`, own), who{near: w.north, far: w.other})
	w.want(fmt.Sprintf(`{"answered":%q}`, shared), who{near: w.north})
	w.want(fmt.Sprintf(`{"any":[{"answered":%q},{"recipient":%q}]}`, own, shared), who{near: w.north})
	w.want(fmt.Sprintf(`{"all":[{"recipient":%q},{"fact":"blood_group","in":["O-"]}]}`, own), who{near: w.north})
	if log := w.audits("fact.used"); len(log) != 1 || log[0].Detail != "blood_group persons=1" {
		t.Errorf("got %+v", log)
	}
	p, err := w.preview(w.officer, fmt.Sprintf(`{"recipient":%q}`, own))
	if err != nil || p.Total.Persons.N != 2 || len(p.Sample) != 1 || p.Sample[0].Person != near {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestWhoMayAsk(t *testing.T) {
	w := newWorld(t)
	w.person("Ân", syncproto.RoleVolunteer, w.north)
	text := fmt.Sprintf(`{"unit":%q}`, w.north)
	_, err := w.resolve(w.stranger, text)
	wantCode(t, err, syncproto.CodeForbidden)
	_, err = w.resolve(w.volunteer, text)
	wantCode(t, err, syncproto.CodeForbidden)
	_, err = w.resolve(w.officer, fmt.Sprintf(`{"any":[{"unit":%q},{"unit":%q}]}`, w.north, w.other))
	wantCode(t, err, syncproto.CodeForbidden)
	_, err = w.resolve(w.officer, fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"unit":%q}}]}`, w.north, w.other))
	wantCode(t, err, syncproto.CodeForbidden)
	_, err = w.resolve(w.officer, fmt.Sprintf(`{"unit":%q}`, syncproto.NewID()))
	wantCode(t, err, syncproto.CodeForbidden)
	_, err = w.resolve(w.volunteer, fmt.Sprintf(`{"person":%q}`, w.officer.Person))
	wantCode(t, err, syncproto.CodeForbidden)
	_, err = w.resolve(w.officer, fmt.Sprintf(`{"unit":%q}`, w.team))
	wantCode(t, err, syncproto.CodeAudienceEmpty)
	_, err = w.resolve(w.operator, text) // whose grant lies elsewhere
	wantCode(t, err, syncproto.CodeForbidden)
}
