package storagetest

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// callLaws are those of calls, of those who get them, and of what audiences are made of.
func callLaws(run func(name string, test func(t *testing.T, s storage.Store))) {
	run("campaigns", testCampaigns)
	run("calls", testCalls)
	run("calls are chosen", testCallsChosen)
	run("calls that are due", testCallsDue)
	run("calls and campaigns that are none", testCallsInvalid)
	run("recipients", testRecipients)
	run("recipients that are none", testRecipientsInvalid)
	run("who follows which call", testAudiences)
	run("places and the waiting list", testPlaces)
	run("recipients of a random life", testRecipientsRandom)
	run("what deliveries say of a call", testReachesPushed)
	run("facts", testFacts)
	run("tags", testTags)
	run("preferences", testPreferences)
	run("facts, tags and preferences that are none", testFactsInvalid)
	run("candidates", testCandidates)
	run("what calls keep of a person", testDropPerson)
	run("calls are undone by a savepoint that fails", testCallsUndone)
	run("calls are seen after their commit", testCallsSeen)
	run("compaction leaves calls alone", testCallsCompact)
	run("no memory of calls is shared", testCallsNoSharing)
}

func (w *world) campaign() storage.Campaign {
	return storage.Campaign{
		ID: w.id(), Title: "Hiến máu tháng sáu", TitleEN: "Blood in June", About: "<b>&\u2028</b>", Units: w.ids(2), From: 1, Until: 2,
		By: w.person, Created: 3, Changed: 4, Closed: 5,
	}
}

// call returns one with something in every field.
func (w *world) call() storage.Call {
	return storage.Call{
		ID: w.id(), Campaign: w.id(), Units: w.ids(2), Kind: syncproto.CallUrgent, State: storage.CallScheduled, Revision: 3,
		Title: "Cần máu <O> & AB", Body: "Ngay\u2028hôm nay", TitleEN: "Blood", BodyEN: "now", SMS: "Can mau",
		Place: `{"x":"<a & b>"}`, Starts: 1, Ends: 2, Deadline: 3, Capacity: 40,
		Choices: []storage.Choice{{Name: "yes", Takes: true}, {Name: "later", VI: "Để sau", EN: "Later"}},
		Link:    "https://example.org/?a=1&b=2", About: w.id(), Attachments: w.ids(2), Code: "K7", Audience: []byte(`{"all":[1, 2]}`),
		Due: 4, By: w.person, Created: 5, Changed: 6, Proposed: w.id(), Second: w.id(), SecondAt: 7, Sent: 8, Over: 9, OverBy: w.id(),
		Recipient: 10, Gone: 11, Reason: syncproto.CodeAudienceEmpty,
	}
}

// wantWhole fails where a value has a field with nothing in it: a field that a store forgets would not be seen.
func wantWhole(t *testing.T, of any) {
	t.Helper()
	v := reflect.ValueOf(of)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s.%s has nothing in it", v.Type().Name(), v.Type().Field(i).Name)
		}
	}
}

func putCalls(t *testing.T, s storage.Store, list ...storage.Call) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error {
		for i := range list {
			if err := tx.PutCall(&list[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func testCampaigns(t *testing.T, s storage.Store) {
	w := newWorld(t, 200)
	full, bare := w.campaign(), storage.Campaign{ID: w.id()}
	wantWhole(t, full)
	early := full
	early.Title, early.Units, early.Closed = "Nháp", nil, 0
	for _, list := range [][]storage.Campaign{{early, bare}, {full}, {full}} { // the last is a retry
		update(t, s, func(tx storage.Tx) error {
			for i := range list {
				if err := tx.PutCampaign(&list[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	want := []storage.Campaign{full, bare}
	slices.SortFunc(want, func(a, b storage.Campaign) int { return cmp.Compare(b.ID, a.ID) })
	view(t, s, func(r storage.Reader) error {
		for _, c := range want {
			got, err := r.Campaign(c.ID)
			wantRow(t, got, err, c)
		}
		for _, id := range []syncproto.ID{"", "x", w.id()} {
			got, err := r.Campaign(id)
			wantMissing(t, got, err)
		}
		for limit := -1; limit < 4; limit++ {
			got, err := r.Campaigns("", limit)
			wantRows(t, got, err, want[:min(uint(limit), 2)]...)
		}
		got, err := r.Campaigns(want[0].ID, 5)
		wantRows(t, got, err, want[1])
		got, err = r.Campaigns(want[1].ID, 5)
		wantRows(t, got, err)
		return nil
	})
}

func testCalls(t *testing.T, s storage.Store) {
	w := newWorld(t, 201)
	full := w.call()
	wantWhole(t, full)
	bare := storage.Call{ID: w.id(), Kind: syncproto.CallInformation, State: storage.CallDraft, Revision: 1}
	early := full
	early.Units, early.Choices, early.Audience, early.Place, early.Reason = w.ids(1), nil, nil, "", ""
	putCalls(t, s, early, bare)
	putCalls(t, s, full)
	putCalls(t, s, full)
	update(t, s, func(tx storage.Tx) error {
		lost := bare
		lost.Title, lost.Units = "lost", full.Units
		_ = tx.Savepoint(func() error {
			if err := tx.PutCall(&lost); err != nil {
				t.Error(err)
			}
			return errWanted
		})
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		for _, c := range []storage.Call{full, bare} {
			got, err := r.Call(c.ID)
			wantRow(t, got, err, c)
		}
		for _, id := range []syncproto.ID{"", "x", w.id()} {
			got, err := r.Call(id)
			wantMissing(t, got, err)
		}
		got, err := r.Calls(storage.CallQuery{Units: early.Units, Limit: 5})
		wantRows(t, got, err) // the unit is not the call's any more
		got, err = r.Calls(storage.CallQuery{Units: full.Units, Limit: 5})
		wantRows(t, got, err, full)
		return nil
	})
}

// testCallsChosen: each query finds what looking at everything finds, in pages that meet.
func testCallsChosen(t *testing.T, s storage.Store) {
	w := newWorld(t, 202)
	units, campaigns := w.ids(4), append(w.ids(2), "")
	states := []storage.CallState{storage.CallDraft, storage.CallSent, storage.CallClosed, storage.CallScheduled}
	all := make([]storage.Call, 30)
	for i := range all {
		all[i] = storage.Call{
			ID: w.id(), Kind: syncproto.CallOrdinary, Revision: 1, Campaign: draw(w, campaigns), State: draw(w, states),
			Units: slices.Compact([]syncproto.ID{draw(w, units), draw(w, units)}), Due: int64(w.IntN(5)),
		}
	}
	putCalls(t, s, all...)
	slices.SortFunc(all, func(a, b storage.Call) int { return cmp.Compare(b.ID, a.ID) })
	for range 60 {
		q := storage.CallQuery{Limit: 1 + w.IntN(7)}
		if w.IntN(2) == 0 {
			q.Campaign = draw(w, campaigns)
		}
		if w.IntN(2) == 0 {
			q.States = states[:w.IntN(3)]
		}
		if w.IntN(2) == 0 {
			q.Units = append([]syncproto.ID{w.id()}, units[:w.IntN(4)]...)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(c storage.Call) bool {
			of := func(unit syncproto.ID) bool { return slices.Contains(q.Units, unit) }
			return q.Campaign != "" && c.Campaign != q.Campaign || len(q.States) > 0 && !slices.Contains(q.States, c.State) ||
				q.Units != nil && !slices.ContainsFunc(c.Units, of)
		})
		wantRows(t, callPages(t, s, q), nil, want...)
	}
	view(t, s, func(r storage.Reader) error {
		got, err := r.Calls(storage.CallQuery{Units: []syncproto.ID{}, Limit: 9})
		wantRows(t, got, err)
		for _, limit := range []int{0, -1} {
			got, err = r.Calls(storage.CallQuery{Limit: limit})
			wantRows(t, got, err, all...)
		}
		return nil
	})
}

func callPages(t *testing.T, s storage.Store, q storage.CallQuery) (out []storage.Call) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		for {
			page, err := r.Calls(q)
			if err != nil || len(page) == 0 {
				return err
			}
			out, q.Before = append(out, page...), page[len(page)-1].ID
		}
	})
	return out
}

func testCallsDue(t *testing.T, s storage.Store) {
	w := newWorld(t, 203)
	all := make([]storage.Call, 8)
	for i, id := range w.ids(8) {
		all[i] = storage.Call{ID: id, Kind: syncproto.CallOrdinary, Revision: 1, State: storage.CallScheduled, Due: int64(i / 2 * 10)}
	}
	for i := 0; i < len(all); i += 2 {
		if all[i].ID > all[i+1].ID {
			all[i].ID, all[i+1].ID = all[i+1].ID, all[i].ID
		}
	}
	drafts := slices.Clone(all[:2])
	all[0].State, all[1].State = storage.CallSending, storage.CallCancelled
	for _, i := range w.Perm(len(all)) {
		putCalls(t, s, drafts...) // were scheduled once
		putCalls(t, s, all[i])
	}
	putCalls(t, s, all...)
	view(t, s, func(r storage.Reader) error {
		for now, want := range map[int64][]storage.Call{0: nil, 10: all[2:4], 19: all[2:4], 20: all[2:6], 1000: all[2:]} {
			got, err := r.CallsDue(now, -1)
			wantRows(t, got, err, want...)
		}
		got, err := r.CallsDue(1000, 3)
		wantRows(t, got, err, all[2:5]...)
		return nil
	})
}

// refused runs one write that must fail with a code and leave nothing. Its error says where, and not what stood there.
func refused(t *testing.T, s storage.Store, name string, want syncproto.Code, write func(tx storage.Tx) error) {
	t.Helper()
	err := s.Update(context.Background(), write)
	if err == nil || syncproto.CodeOf(err) != want {
		t.Errorf("%s: got %v, want %s", name, err, want)
	}
	if err != nil && strings.Contains(err.Error(), strings.Repeat("x", 20)) {
		t.Errorf("%s: the error tells what was written: %v", name, err)
	}
}

func testCallsInvalid(t *testing.T, s storage.Store) {
	w := newWorld(t, 204)
	for name, one := range map[string]struct {
		code  syncproto.Code
		spoil func(c *storage.Call)
	}{
		"no id":              {syncproto.CodeInvalidID, func(c *storage.Call) { c.ID = "" }},
		"a campaign of none": {syncproto.CodeInvalidID, func(c *storage.Call) { c.Campaign = "x" }},
		"a unit of none":     {syncproto.CodeInvalidID, func(c *storage.Call) { c.Units[1] = "" }},
		"an officer of none": {syncproto.CodeInvalidID, func(c *storage.Call) { c.Second = "me" }},
		"another kind":       {syncproto.CodeInvalidValue, func(c *storage.Call) { c.Kind = "test" }},
		"another state":      {syncproto.CodeInvalidValue, func(c *storage.Call) { c.State = "open" }},
		"no revision":        {syncproto.CodeIntegerRange, func(c *storage.Call) { c.Revision = 0 }},
		"a time before time": {syncproto.CodeIntegerRange, func(c *storage.Call) { c.Deadline = -1 }},
		"fewer than none":    {syncproto.CodeIntegerRange, func(c *storage.Call) { c.Capacity = -1 }},
		"a long title":       {syncproto.CodeTooLarge, func(c *storage.Call) { c.Title = strings.Repeat("x", 301) }},
		"a title of bytes":   {syncproto.CodeNotUTF8, func(c *storage.Call) { c.TitleEN = "\xff" }},
		"a place of none":    {syncproto.CodeInvalidValue, func(c *storage.Call) { c.Place = "{" }},
		"an audience":        {syncproto.CodeInvalidValue, func(c *storage.Call) { c.Audience = []byte("{]") }},
		"a long audience":    {syncproto.CodeTooLarge, func(c *storage.Call) { c.Audience = make([]byte, 70_000) }},
		"many choices":       {syncproto.CodeTooMany, func(c *storage.Call) { c.Choices = make([]storage.Choice, 300) }},
		"many units":         {syncproto.CodeTooMany, func(c *storage.Call) { c.Units = w.ids(65) }},
	} {
		c := w.call()
		one.spoil(&c)
		refused(t, s, name, one.code, func(tx storage.Tx) error { return tx.PutCall(&c) })
	}
	for name, spoil := range map[string]func(c *storage.Campaign){
		"no id": func(c *storage.Campaign) { c.ID = "x" }, "a unit": func(c *storage.Campaign) { c.Units[0] = "x" },
	} {
		c := w.campaign()
		spoil(&c)
		refused(t, s, name, syncproto.CodeInvalidID, func(tx storage.Tx) error { return tx.PutCampaign(&c) })
	}
	view(t, s, func(r storage.Reader) error {
		calls, err := r.Calls(storage.CallQuery{Limit: -1})
		wantRows(t, calls, err)
		campaigns, err := r.Campaigns("", -1)
		wantRows(t, campaigns, err)
		return nil
	})
}
