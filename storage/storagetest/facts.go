package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func textOf(got any, err error) string { return fmt.Sprintf("%+v %v\n", got, err) }

func testFacts(t *testing.T, s storage.Store) {
	w := newWorld(t, 220)
	person, other := w.id(), w.id()
	sealed := []byte{0, 1, 0xff, 0}
	full := storage.Fact{Person: person, Name: "blood_group", Sealed: sealed, Consent: 1, How: "written", By: w.id(), Changed: 2}
	wantWhole(t, full)
	early := full
	early.Sealed, early.How, early.By = []byte("O"), "", ""
	later := storage.Fact{Person: person, Name: "last_whole_blood", Sealed: []byte("x")}
	elsewhere := full
	elsewhere.Person = other
	for _, list := range [][]storage.Fact{{later, early, elsewhere}, {full}, {full}} {
		update(t, s, func(tx storage.Tx) error {
			for i := range list {
				if err := tx.PutFact(&list[i]); err != nil {
					return err
				}
			}
			return tx.DropFact(person, "no such fact")
		})
	}
	wantFacts := func(person syncproto.ID, want ...storage.Fact) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.FactsOf(person)
			wantRows(t, got, err, want...)
			return nil
		})
	}
	wantFacts(person, full, later)
	wantFacts(other, elsewhere)
	for _, id := range []syncproto.ID{"", "x", w.id()} {
		wantFacts(id)
	}
	for range 2 {
		update(t, s, func(tx storage.Tx) error {
			if err := tx.DropFact("", "blood_group"); err != nil {
				return err
			}
			return tx.DropFact(person, "blood_group")
		})
		wantFacts(person, later)
		wantFacts(other, elsewhere)
	}
}

// testTags: a person has each word once, in order, and the counts are those of looking at everybody.
func testTags(t *testing.T, s storage.Store) {
	w := newWorld(t, 221)
	persons := w.ids(4)
	words := []storage.Tag{
		{Name: "a"},
		{Name: "a b"},
		{Name: "lái xe", Skill: true},
		{Name: "hiến máu"},
		{Name: "+", Skill: true},
		{Name: "-x"},
		{Name: "Ă"},
		{Name: "a", Skill: true},
	}
	now := map[syncproto.ID][]storage.Tag{}
	for range 40 {
		person, n := draw(w, persons), w.IntN(6)
		var tags []storage.Tag
		for range n {
			if tag := draw(w, words); !slices.Contains(tags, storage.Tag{Name: tag.Name, Skill: !tag.Skill}) {
				tags = append(tags, tag)
			}
		}
		keep := w.IntN(4) > 0
		update(t, s, func(tx storage.Tx) error {
			_ = tx.Savepoint(func() error {
				for range 2 {
					if err := tx.PutTags(person, tags); err != nil {
						t.Error(err)
					}
				}
				if keep {
					return nil
				}
				return errWanted
			})
			return nil
		})
		if keep {
			want := slices.Clone(tags)
			slices.SortFunc(want, func(a, b storage.Tag) int { return strings.Compare(a.Name, b.Name) })
			now[person] = slices.Compact(want)
		}
		wantTags(t, s, persons, now)
	}
}

func wantTags(t *testing.T, s storage.Store, persons []syncproto.ID, now map[syncproto.ID][]storage.Tag) {
	t.Helper()
	counts := map[storage.Tag]int64{}
	view(t, s, func(r storage.Reader) error {
		for _, person := range persons {
			got, err := r.TagsOf(person)
			wantRows(t, got, err, now[person]...)
			for _, tag := range now[person] {
				counts[tag]++
			}
		}
		got, err := r.Tags()
		if fmt.Sprint(got) != fmt.Sprint(counts) || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, counts)
		}
		none, err := r.TagsOf("")
		wantRows(t, none, err)
		return nil
	})
}

func testPreferences(t *testing.T, s storage.Store) {
	w := newWorld(t, 222)
	persons := w.ids(600) // more than are asked for with one statement
	full := storage.Preference{
		Person: persons[0], Muted: []syncproto.CallKind{syncproto.CallInformation, syncproto.CallUrgent}, MayPhone: true, Language: "en",
	}
	wantWhole(t, full)
	early, bare := full, storage.Preference{Person: persons[1]}
	early.Muted, early.MayPhone = nil, false
	for _, p := range []storage.Preference{early, bare, full, full, {Person: persons[599], Language: "vi"}} {
		update(t, s, func(tx storage.Tx) error { return tx.PutPreference(&p) })
	}
	view(t, s, func(r storage.Reader) error {
		for i, want := range []storage.Preference{full, bare, {Person: persons[2]}} {
			got, err := r.Preference(persons[i])
			wantRow(t, got, err, want)
		}
		got, err := r.Preference("")
		wantRow(t, got, err, storage.Preference{})
		all, err := r.Preferences(append([]syncproto.ID{"", "x", persons[0]}, persons...))
		if err != nil || len(all) != 3 || fmt.Sprint(all[persons[0]]) != fmt.Sprint(full) || all[persons[599]].Language != "vi" {
			t.Errorf("got %v, %v", all, err)
		}
		none, err := r.Preferences(nil)
		if err != nil || len(none) != 0 {
			t.Errorf("got %v, %v", none, err)
		}
		return nil
	})
}

func testFactsInvalid(t *testing.T, s storage.Store) {
	w := newWorld(t, 223)
	long := strings.Repeat("x", 61)
	for name, one := range map[string]struct {
		code  syncproto.Code
		write func(tx storage.Tx) error
	}{
		"a fact of nobody": {syncproto.CodeInvalidID, func(tx storage.Tx) error { return tx.PutFact(&storage.Fact{Name: "a"}) }},
		"a fact by nobody": {syncproto.CodeInvalidID, func(tx storage.Tx) error { return tx.PutFact(&storage.Fact{Person: w.person, By: "x", Name: "a"}) }},
		"no fact":          {syncproto.CodeInvalidName, func(tx storage.Tx) error { return tx.PutFact(&storage.Fact{Person: w.person}) }},
		"a long fact":      {syncproto.CodeTooLarge, func(tx storage.Tx) error { return tx.PutFact(&storage.Fact{Person: w.person, Name: long}) }},
		"a heavy fact": {syncproto.CodeTooLarge, func(tx storage.Tx) error {
			return tx.PutFact(&storage.Fact{Person: w.person, Name: "a", Sealed: make([]byte, 5000)})
		}},
		"a tag of nobody": {syncproto.CodeInvalidID, func(tx storage.Tx) error { return tx.PutTags("", nil) }},
		"no tag":          {syncproto.CodeInvalidName, func(tx storage.Tx) error { return tx.PutTags(w.person, []storage.Tag{{}}) }},
		"a tag of lines":  {syncproto.CodeInvalidName, func(tx storage.Tx) error { return tx.PutTags(w.person, []storage.Tag{{Name: "a\nb"}}) }},
		"a long tag":      {syncproto.CodeTooLarge, func(tx storage.Tx) error { return tx.PutTags(w.person, []storage.Tag{{Name: long}}) }},
		"a tag of bytes":  {syncproto.CodeNotUTF8, func(tx storage.Tx) error { return tx.PutTags(w.person, []storage.Tag{{Name: "\xff"}}) }},
		"a tag both ways": {syncproto.CodeInvalidValue, func(tx storage.Tx) error {
			return tx.PutTags(w.person, []storage.Tag{{Name: "a"}, {Name: "a", Skill: true}})
		}},
		"many tags":     {syncproto.CodeTooMany, func(tx storage.Tx) error { return tx.PutTags(w.person, make([]storage.Tag, 300)) }},
		"nobody's wish": {syncproto.CodeInvalidID, func(tx storage.Tx) error { return tx.PutPreference(&storage.Preference{}) }},
		"a wish too long": {syncproto.CodeTooLarge, func(tx storage.Tx) error {
			return tx.PutPreference(&storage.Preference{Person: w.person, Language: long})
		}},
		"too many wishes": {syncproto.CodeTooMany, func(tx storage.Tx) error {
			return tx.PutPreference(&storage.Preference{Person: w.person, Muted: make([]syncproto.CallKind, 300)})
		}},
		"to forget nobody": {syncproto.CodeInvalidID, func(tx storage.Tx) error { return tx.DropPerson("") }},
		"to forget no id":  {syncproto.CodeInvalidID, func(tx storage.Tx) error { return tx.DropPerson("x") }},
	} {
		refused(t, s, name, one.code, one.write)
	}
	view(t, s, func(r storage.Reader) error {
		facts, err := r.FactsOf(w.person)
		wantRows(t, facts, err)
		tags, err := r.TagsOf(w.person)
		wantRows(t, tags, err)
		return nil
	})
}

// testDropPerson: of a person is left that they stood on lists; of others everything.
func testDropPerson(t *testing.T, s storage.Store) {
	w := newWorld(t, 225)
	person, other := w.id(), w.id()
	calls := w.ids(2)
	device := storage.Registration{Device: w.id(), Person: person, Service: "fcm", Address: "x"}
	update(t, s, func(tx storage.Tx) error {
		for _, id := range []syncproto.ID{person, other} {
			for _, err := range []error{
				tx.PutFact(&storage.Fact{Person: id, Name: "blood_group", Sealed: []byte("s")}), tx.PutTags(id, []storage.Tag{{Name: "a"}}),
				tx.PutPreference(&storage.Preference{Person: id, MayPhone: true}),
				tx.AddRecipients([]storage.Recipient{w.recipient(calls[0], id), w.recipient(calls[1], id)}),
			} {
				if err != nil {
					return err
				}
			}
		}
		return tx.PutRegistration(&device)
	})
	for range 2 {
		update(t, s, func(tx storage.Tx) error { return tx.DropPerson(person) })
		view(t, s, func(r storage.Reader) error {
			for _, call := range calls {
				got, err := r.Recipient(call, person)
				wantRow(t, got, err, storage.Recipient{Call: call, Person: person, Unit: w.unit, Gone: 100})
				got, err = r.Recipient(call, other)
				wantRow(t, got, err, w.recipient(call, other))
				if n, err := r.Places(call); n != 4 || err != nil {
					t.Errorf("got %d places, %v", n, err)
				}
			}
			facts, err := r.FactsOf(person)
			wantRows(t, facts, err)
			preference, err := r.Preference(person)
			wantRow(t, preference, err, storage.Preference{Person: person})
			gone, err := r.Registration(device.Device)
			wantMissing(t, gone, err)
			facts, err = r.FactsOf(other)
			if len(facts) != 1 || err != nil {
				t.Errorf("got %v, %v", facts, err)
			}
			return nil
		})
		wantTags(t, s, []syncproto.ID{person, other}, map[syncproto.ID][]storage.Tag{other: {{Name: "a"}}})
	}
}

// testCallsNoSharing: neither what was given to the store nor what it gave is its own.
func testCallsNoSharing(t *testing.T, s storage.Store) {
	w := newWorld(t, 226)
	campaign, call := w.campaign(), w.call()
	f := storage.Fact{Person: w.person, Name: "blood_group", Sealed: []byte("sealed")}
	tags := []storage.Tag{{Name: "a"}}
	p := storage.Preference{Person: w.person, Muted: []syncproto.CallKind{syncproto.CallUrgent}}
	update(t, s, func(tx storage.Tx) error {
		for _, err := range []error{
			tx.PutPerson(&storage.Person{ID: w.person}), tx.PutCampaign(&campaign), tx.PutCall(&call), tx.PutFact(&f),
			tx.PutTags(w.person, tags), tx.PutPreference(&p),
			tx.AddRecipients([]storage.Recipient{w.recipient(call.ID, w.person)}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	before := seenCalls(t, s)
	campaign.Units[0], call.Units[0], call.Choices[0].Name, call.Attachments[0], call.Audience[0] = "", "", "X", "", 'X'
	f.Sealed[0], tags[0].Name, p.Muted[0] = 'X', "X", "X"
	update(t, s, func(tx storage.Tx) error {
		gotCampaign, campaignErr := tx.Campaign(campaign.ID)
		gotCall, callErr := tx.Call(call.ID)
		facts, factsErr := tx.FactsOf(w.person)
		gotTags, tagsErr := tx.TagsOf(w.person)
		preference, preferenceErr := tx.Preference(w.person)
		m, err := tx.Recipient(call.ID, w.person)
		for _, err := range []error{campaignErr, callErr, factsErr, tagsErr, preferenceErr, err} {
			if err != nil {
				return err
			}
		}
		gotCampaign.Units[0], gotCall.Units[0], gotCall.Choices[0].Name, gotCall.Attachments[0], gotCall.Audience[0] = "", "", "X", "", 'X'
		facts[0].Sealed[0], gotTags[0].Name, preference.Muted[0], m.Choice = 'X', "X", "X", "X"
		return nil
	})
	if got := seenCalls(t, s); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
}
