package campaign_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// handOver plans what there is to plan, hands all deliveries over to a service that takes them, and lets the calls know.
func (w *world) handOver() {
	w.t.Helper()
	w.must(w.planner.Tick(w.t.Context()))
	for w.handSome(100) > 0 {
	}
	w.step()
}

// register gives a person's device a way to be rung.
func (w *world) register(person syncproto.ID) {
	w.t.Helper()
	w.update(func(tx storage.Tx) error {
		devices, err := tx.DevicesOf(person)
		if err != nil {
			return err
		}
		return tx.PutRegistration(&storage.Registration{
			Device: devices[0].ID, Person: person, Service: "fcm", Kind: "token", Platform: "android", Address: "token of " + string(person),
			At: w.now,
		})
	})
}

// handSome hands up to n deliveries over and returns how many there were.
func (w *world) handSome(n int) (handed int) {
	w.t.Helper()
	w.update(func(tx storage.Tx) error {
		handed = 0
		for _, class := range []storage.Class{storage.ClassUrgent, storage.ClassWorkflow, storage.ClassRoutine} {
			leased, err := tx.Lease(class, w.now, w.now+60_000, n-handed)
			if err != nil {
				return err
			}
			var done []storage.Finished
			for i := range leased {
				d := &leased[i].Delivery
				done = append(done, storage.Finished{
					Delivery: d.Number, Lease: d.Lease, State: storage.DeliveryAccepted, At: w.now, Counts: true,
					Attempt: storage.Attempt{Delivery: d.Number, At: w.now, Took: 50, Result: "accepted"},
				})
			}
			if err := tx.Finish(done); err != nil {
				return err
			}
			if handed += len(leased); handed >= n {
				return nil
			}
		}
		return nil
	})
	return handed
}

func (w *world) answers(call, person syncproto.ID, choice string, standing syncproto.State) {
	w.t.Helper()
	w.update(func(tx storage.Tx) error {
		r, err := tx.Recipient(call, person)
		if err != nil {
			return err
		}
		r.Choice, r.Standing, r.Count, r.Answered = choice, standing, 1, w.now
		return tx.PutRecipient(r)
	})
}

func TestACallFromDraftToClose(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		of, err := w.calls.CreateCampaign(t.Context(), w.dong, &campaign.CampaignDraft{Title: "Giọt hồng xứ Thanh", Units: []syncproto.ID{w.province}})
		w.must(err)
		c := w.makes(w.dong, func(d *campaign.Draft) { d.Campaign, d.Code = of.ID, "HOA SEN" })
		if c.State != storage.CallDraft || c.Revision != 1 || c.By.Name != "Đông" || w.record(c.ID) != nil {
			t.Fatalf("got %+v", c)
		}
		c, err = w.calls.Edit(t.Context(), w.hoa, c.ID, edited(c, func(d *campaign.Draft) { d.Capacity = 50 }))
		w.must(err)
		c, err = w.calls.Send(t.Context(), w.hoa, c.ID, c.Revision)
		w.must(err)
		if c.State != storage.CallSending || c.Recipients != 4 || c.Sent != w.now || c.Proposed.ID != w.hoa.Person || c.Second != nil || c.Gone != c.Ends+60*24*hour {
			t.Errorf("got %+v", c)
		}
		r := w.record(c.ID)
		wantFields(t, r, `{"attachments":null,"body":"Mời đến Bệnh viện tỉnh.","campaign":"`+string(of.ID)+`","capacity":50,"check_in":true,"choices":[{"name":"yes","takes":true},{"name":"no"},{"name":"later","vi":"Hôm khác"}],"kind":"call","link":"/calls","place":{"text":"Bệnh viện tỉnh"},"title":"Cần máu nhóm O","title_en":"Blood needed","units":["`+string(w.province)+`"]}`)
		if r.State != syncproto.StateOpen || r.Unit != w.province || r.Author != "" || r.Revision != 1 {
			t.Errorf("got %+v", r)
		}
		in := w.intents(c.ID)
		if len(in) != 1 || in[0].Kind != "call" || in[0].Class != storage.ClassRoutine || in[0].Persons != 4 || in[0].Until != c.Deadline || in[0].Revision != c.Revision {
			t.Fatalf("got %+v", in)
		}
		for _, m := range w.members {
			w.register(m)
		}
		w.handOver()
		w.wants(c.ID, storage.CallSent)
		p, err := w.calls.Progress(t.Context(), w.dong, c.ID)
		w.must(err)
		if p.Persons[storage.DeliveryAccepted] != 4 || p.Rest != 0 || p.Unplanned != 0 || p.Recipients != 4 {
			t.Errorf("got %+v", p)
		}
		ended, err := w.calls.Close(t.Context(), w.dong, c.ID)
		w.must(err)
		if ended.Handed != 4 || ended.Stopped != 0 || ended.Call.OverBy.ID != w.dong.Person {
			t.Errorf("got %+v", ended)
		}
		if r := w.record(c.ID); r.State != syncproto.StateClosed || r.Revision != 2 {
			t.Errorf("got %+v", r)
		}
		if got, want := w.acts(c.ID), "call.create call.edit call.send call.handed_over call.close"; got != want {
			t.Errorf("the log says %s, want %s", got, want)
		}
		for _, a := range w.audits(c.ID) {
			if own := a.Act != "call.handed_over"; own && (a.Grant == "" || a.Person == "" || a.Device == "") || a.Unit != w.province {
				t.Errorf("the log says %+v", a)
			}
		}
		w.wantQuiet("Cần máu", "Bệnh viện", "Blood", "HOA SEN", "hoa sen", "Đông", "Hoà", "Lan", "Giọt hồng", "Hôm khác", "token of")
	})
}

// wantFields compares those fields of a record that are named.
func wantFields(t testing.TB, r *syncproto.Record, want string) {
	t.Helper()
	var fields map[string]syncproto.Value
	if err := json.Unmarshal([]byte(want), &fields); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		if got := r.Fields[name]; got != value && !(value.IsNull() && got.IsNull()) {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
}

func TestASecondOfficerIsNeeded(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Kind, d.Units = syncproto.CallUrgent, []syncproto.ID{w.province, w.here} })
	_, err := w.calls.Send(ctx, w.dong, c.ID, 1)
	wantCode(t, err, syncproto.CodeSecondOfficer, "kind")
	c, err = w.calls.Propose(ctx, w.dong, c.ID, 1)
	w.must(err)
	again, err := w.calls.Propose(ctx, w.hoa, c.ID, 1)
	w.must(err)
	if again.Proposed.ID != w.dong.Person || slices.Contains(c.Acts, campaign.ActSend) || !slices.Contains(again.Acts, campaign.ActSend) {
		t.Errorf("got %+v, %v", again.Proposed, c.Acts)
	}
	_, err = w.calls.Send(ctx, w.dong, c.ID, 1)
	wantCode(t, err, syncproto.CodeSecondOfficer, "proposed")
	_, err = w.calls.Send(ctx, w.local, c.ID, 1) // of one of the units only
	wantCode(t, err, syncproto.CodeForbidden, "units[0]")
	_, err = w.calls.Send(ctx, w.other, c.ID, 1)
	wantCode(t, err, syncproto.CodeNotFound)
	_, err = w.calls.Send(ctx, w.operator, c.ID, 1)
	wantCode(t, err, syncproto.CodeSecondOfficer, "role")
	// An edit voids what the second officer would say yes to.
	c, err = w.calls.Edit(ctx, w.dong, c.ID, edited(again, func(d *campaign.Draft) { d.Body = "Khác." }))
	w.must(err)
	if c.State != storage.CallDraft || c.Proposed != nil {
		t.Errorf("got %s, proposed by %v", c.State, c.Proposed)
	}
	_, err = w.calls.Send(ctx, w.hoa, c.ID, 2)
	wantCode(t, err, syncproto.CodeSecondOfficer, "kind")
	_, err = w.calls.Propose(ctx, w.dong, c.ID, 1)
	wantCode(t, err, syncproto.CodeStaleRevision)
	_, err = w.calls.Propose(ctx, w.dong, c.ID, 2)
	w.must(err)
	_, err = w.calls.Send(ctx, w.hoa, c.ID, 1)
	wantCode(t, err, syncproto.CodeStaleRevision)
	c, err = w.calls.Send(ctx, w.hoa, c.ID, 2)
	w.must(err)
	if c.State != storage.CallSending || c.Second.ID != w.hoa.Person || c.SecondAt != w.now || c.Proposed.ID != w.dong.Person {
		t.Errorf("got %+v", c)
	}
	if in := w.intents(c.ID); len(in) != 1 || in[0].Class != storage.ClassUrgent {
		t.Errorf("got %+v", in)
	}
	if got, want := w.acts(c.ID), "call.create call.propose call.edit call.propose call.second call.send"; got != want {
		t.Errorf("the log says %s", got)
	}
}

func TestLargeCallsNeedASecondOfficer(t *testing.T) {
	w := newWorld(t, func(o *campaign.Options) { o.Large = 3 })
	ctx := t.Context()
	c := w.makes(w.dong, nil)
	_, err := w.calls.Send(ctx, w.dong, c.ID, 1)
	wantCode(t, err, syncproto.CodeSecondOfficer, "audience")
	w.wants(c.ID, storage.CallDraft)
	later := w.makes(w.dong, func(d *campaign.Draft) { d.Due = w.now + hour })
	_, err = w.calls.Send(ctx, w.dong, later.ID, 1)
	wantCode(t, err, syncproto.CodeSecondOfficer, "audience")
	_, err = w.calls.Propose(ctx, w.dong, c.ID, 1)
	w.must(err)
	c, err = w.calls.Send(ctx, w.admin, c.ID, 1)
	w.must(err)
	if c.State != storage.CallSending || c.Second.ID != w.admin.Person {
		t.Errorf("got %+v", c)
	}
}

func TestSentTwiceItGoesOutOnce(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		c := w.makes(w.dong, nil)
		officers := []people.Actor{w.dong, w.hoa, w.admin, w.dong, w.hoa, w.admin}
		errs := make([]error, len(officers))
		states := make([]storage.CallState, len(officers))
		var wg sync.WaitGroup
		for i, by := range officers {
			wg.Go(func() {
				sent, err := w.calls.Send(t.Context(), by, c.ID, 1)
				if errs[i] = err; err == nil {
					states[i] = sent.State
				}
			})
		}
		wg.Wait()
		for i := range officers {
			if errs[i] != nil || states[i] != storage.CallSending {
				t.Errorf("%d got %s, %v", i, states[i], errs[i])
			}
		}
		if in := w.intents(c.ID); len(in) != 1 {
			t.Errorf("%d intents", len(in))
		}
		if got := w.acts(c.ID); got != "call.create call.send" {
			t.Errorf("the log says %s", got)
		}
		if r := w.record(c.ID); r.Revision != 1 {
			t.Errorf("the record has revision %d", r.Revision)
		}
		again, err := w.calls.Send(t.Context(), w.hoa, c.ID, 1)
		if err != nil || again.State != storage.CallSending {
			t.Errorf("again: %v, %v", again, err)
		}
	})
}

func TestCreatedTwiceItIsMadeOnce(t *testing.T) {
	w := newWorld(t, nil)
	d := w.draft()
	d.ID = syncproto.NewID()
	first, err := w.calls.Create(t.Context(), w.dong, &d)
	w.must(err)
	w.wait(1000)
	again, err := w.calls.Create(t.Context(), w.dong, &d)
	w.must(err)
	if again.Created != first.Created || again.Revision != 1 {
		t.Errorf("got %+v", again)
	}
	_, err = w.calls.Create(t.Context(), w.hoa, &d)
	wantCode(t, err, syncproto.CodeRecordExists)
	d.Title = "Khác"
	_, err = w.calls.Create(t.Context(), w.dong, &d)
	wantCode(t, err, syncproto.CodeRecordExists)
	d.ID = w.members[0] // a profile has the person's id
	w.must(w.people.Settle(t.Context()))
	_, err = w.calls.Create(t.Context(), w.dong, &d)
	wantCode(t, err, syncproto.CodeRecordExists)
}

func TestUnitsOutsideTheOfficersOwn(t *testing.T) {
	w := newWorld(t, nil)
	for name, set := range map[string]func(d *campaign.Draft){
		"above":      func(d *campaign.Draft) { d.Units = []syncproto.ID{w.province} },
		"beside":     func(d *campaign.Draft) { d.Units = []syncproto.ID{w.beside} },
		"one of two": func(d *campaign.Draft) { d.Units = []syncproto.ID{w.here, w.beside} },
	} {
		t.Run(name, func(t *testing.T) {
			d := w.draft()
			set(&d)
			_, err := w.calls.Create(t.Context(), w.local, &d)
			wantCode(t, err, syncproto.CodeForbidden)
		})
	}
	// The units of the audience lie inside, too.
	c := w.makes(w.local, func(d *campaign.Draft) { d.Units, d.Audience = []syncproto.ID{w.here}, volunteers(w.beside) })
	_, err := w.calls.Send(t.Context(), w.local, c.ID, 1)
	wantCode(t, err, syncproto.CodeForbidden)
	_, err = w.calls.Propose(t.Context(), w.local, c.ID, 1)
	wantCode(t, err, syncproto.CodeForbidden)
	w.wants(c.ID, storage.CallDraft)
}

func TestCorrectionsAfterTheSending(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	c := w.sends(w.dong, nil)
	before := w.poked.of(syncproto.AudienceScope(c.ID))
	right, err := w.calls.Edit(ctx, w.hoa, c.ID, edited(c, func(d *campaign.Draft) { d.Body, d.Choices[2].VI = "Mời đến nhà văn hoá.", "Ngày khác" }))
	w.must(err)
	r := w.record(c.ID)
	if right.State != storage.CallSending || right.Revision != 2 || r.Revision != 2 || r.Mark("body") != 2 || r.Mark("title") != 1 {
		t.Errorf("got %+v, %+v", right, r)
	}
	wantFields(t, r, `{"body":"Mời đến nhà văn hoá.","choices":[{"name":"yes","takes":true},{"name":"no"},{"name":"later","vi":"Ngày khác"}]}`)
	if w.poked.of(syncproto.AudienceScope(c.ID)) == before {
		t.Error("nobody was poked")
	}
	if len(w.intents(c.ID)) != 1 {
		t.Error("a correction rings again")
	}
	for member, set := range map[string]func(d *campaign.Draft){
		"audience": func(d *campaign.Draft) { d.Audience = volunteers(w.province) },
		"capacity": func(d *campaign.Draft) { d.Capacity = 41 },
		"deadline": func(d *campaign.Draft) { d.Deadline++ },
		"kind":     func(d *campaign.Draft) { d.Kind = syncproto.CallUrgent },
		"units":    func(d *campaign.Draft) { d.Units = append(d.Units, w.here) },
		"choices":  func(d *campaign.Draft) { d.Choices = d.Choices[:2] },
	} {
		_, err := w.calls.Edit(ctx, w.dong, c.ID, edited(right, set))
		wantCode(t, err, syncproto.CodeCallState, member)
	}
	_, err = w.calls.Edit(ctx, w.dong, c.ID, edited(right, func(d *campaign.Draft) { d.Title = "" }))
	wantCode(t, err, syncproto.CodeCallText, "title")
	_, err = w.calls.Edit(ctx, w.dong, c.ID, edited(c, func(d *campaign.Draft) { d.Title = "Cũ" }))
	wantCode(t, err, syncproto.CodeStaleRevision)
	same, err := w.calls.Edit(ctx, w.dong, c.ID, edited(right, nil))
	if err != nil || same.Revision != 2 || w.record(c.ID).Revision != 2 {
		t.Errorf("what says the same changed something: %v %v", same, err)
	}
	if got := w.acts(c.ID); got != "call.create call.send call.correct" {
		t.Errorf("the log says %s", got)
	}
}

func TestATestRingsOnesOwnDevicesOnly(t *testing.T) {
	w := newWorld(t, nil)
	w.register(w.dong.Person)
	w.register(w.members[0])
	c := w.makes(w.dong, nil)
	first, err := w.calls.Test(t.Context(), w.dong, c.ID)
	w.must(err)
	again, err := w.calls.Test(t.Context(), w.dong, c.ID) // a second click
	w.must(err)
	if first.Intent != again.Intent || w.record(c.ID) != nil {
		t.Errorf("got %d and %d", first.Intent, again.Intent)
	}
	w.must(w.planner.Tick(t.Context()))
	w.view(func(r storage.Reader) error {
		list, err := r.DeliveriesOf(first.Intent, 0, 10)
		if len(list) != 1 || list[0].Person != w.dong.Person || list[0].Class != storage.ClassWorkflow {
			t.Errorf("got %+v", list)
		}
		all, err2 := r.Recipients(c.ID, "", 10)
		if len(all) != 0 || err2 != nil {
			t.Errorf("a test makes recipients: %v %v", all, err2)
		}
		return err
	})
	if c := w.show(c.ID); c.State != storage.CallDraft {
		t.Errorf("a test leads to %s", c.State)
	}
	w.wait(2000)
	third, err := w.calls.Test(t.Context(), w.dong, c.ID)
	w.must(err)
	if third.Intent == first.Intent {
		t.Error("a later test does not ring")
	}
	c, err = w.calls.Send(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	p, err := w.calls.Progress(t.Context(), w.dong, c.ID)
	w.must(err)
	if p.Tests != 2 || p.Rest != 4 {
		t.Errorf("got %+v", p)
	}
}

// TestPhotosThatEveryRecipientSees attaches photos that are published in different places.
func TestPhotosThatEveryRecipientSees(t *testing.T) {
	w := newWorld(t, nil)
	photo := func(unit syncproto.ID, state syncproto.State, set func(r *syncproto.Record)) syncproto.ID {
		r := &syncproto.Record{
			ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: unit, Author: w.members[0], Revision: 1, State: state,
			Fields: syncproto.Fields{}, Received: w.now, Changed: w.now,
		}
		if set != nil {
			set(r)
		}
		w.update(func(tx storage.Tx) error { return tx.PutRecord(r, syncproto.Placement(r, nil)) })
		return r.ID
	}
	for name, c := range map[string]struct {
		photo    syncproto.ID
		audience json.RawMessage
		ok       bool
	}{
		"of the unit itself":    {photo(w.here, syncproto.StatePublished, nil), volunteers(w.here), true},
		"of the unit above":     {photo(w.province, syncproto.StateCorrected, nil), volunteers(w.here), true},
		"of the unit beside":    {photo(w.beside, syncproto.StatePublished, nil), volunteers(w.here), false},
		"of some of them":       {photo(w.here, syncproto.StatePublished, nil), json.RawMessage(`{"unit":"` + string(w.province) + `"}`), false},
		"not published":         {photo(w.here, syncproto.StateApproved, nil), volunteers(w.here), false},
		"taken down":            {photo(w.here, syncproto.StateTakenDown, nil), volunteers(w.here), false},
		"published and held":    {photo(w.here, syncproto.StatePublished, func(r *syncproto.Record) { r.Hold = w.now + 1 }), volunteers(w.here), false},
		"a story":               {photo(w.here, syncproto.StatePublished, func(r *syncproto.Record) { r.Kind = syncproto.KindStory }), volunteers(w.here), false},
		"erased":                {photo(w.here, syncproto.StatePublished, func(r *syncproto.Record) { r.Deleted, r.Fields = true, nil }), volunteers(w.here), false},
		"of nobody's knowledge": {syncproto.NewID(), volunteers(w.here), false},
	} {
		t.Run(name, func(t *testing.T) {
			call := w.makes(w.dong, func(d *campaign.Draft) { d.Attachments, d.Audience = []syncproto.ID{c.photo}, c.audience })
			_, err := w.calls.Send(t.Context(), w.dong, call.ID, 1)
			if c.ok && err == nil {
				wantFields(t, w.record(call.ID), `{"attachments":["`+string(c.photo)+`"]}`)
				return
			}
			if c.ok {
				t.Fatal(err)
			}
			wantCode(t, err, syncproto.CodeCallAttachment, "attachments[0]")
			w.wants(call.ID, storage.CallDraft)
		})
	}
}

// TestNothingTellsThatSomebodyIsFoundAndRingsNobody: what would keep a call from going out only if its audience by facts is not empty
// is refused before anybody is looked for.
func TestNothingTellsThatSomebodyIsFoundAndRingsNobody(t *testing.T) {
	w := newWorld(t, nil)
	byFact := json.RawMessage(`{"all":[{"unit":"` + string(w.here) + `"},{"fact":"blood_group","in":["O+"]}]}`)
	puts := func(id syncproto.ID, kind syncproto.Kind, state syncproto.State) {
		r := &syncproto.Record{
			ID: id, Kind: kind, Unit: w.beside, Author: w.members[0], Revision: 1, State: state, Fields: syncproto.Fields{}, Received: w.now, Changed: w.now,
		}
		w.update(func(tx storage.Tx) error { return tx.PutRecord(r, syncproto.Placement(r, nil)) })
	}
	photo := syncproto.NewID()
	puts(photo, syncproto.KindPhoto, syncproto.StatePublished)
	call := w.makes(w.dong, func(d *campaign.Draft) { d.Attachments, d.Audience = []syncproto.ID{photo}, byFact })
	_, err := w.calls.Send(t.Context(), w.dong, call.ID, 1)
	wantCode(t, err, syncproto.CodeCallAttachment, "attachments")
	call = w.makes(w.dong, func(d *campaign.Draft) { d.Audience = byFact })
	puts(call.ID, syncproto.KindStory, syncproto.StateDraft)
	_, err = w.calls.Send(t.Context(), w.dong, call.ID, 1)
	wantCode(t, err, syncproto.CodeRecordExists, "id")
	if got := w.acts(call.ID); got != "call.create" {
		t.Errorf("facts were looked at: %s", got)
	}
}

// TestATestOfAnUrgentCallRingsAtNight: whoever is about to ring people at night wants to hear it before.
func TestATestOfAnUrgentCallRingsAtNight(t *testing.T) {
	w := newWorld(t, nil)
	w.register(w.dong.Person)
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Kind = syncproto.CallUrgent })
	trial, err := w.calls.Test(t.Context(), w.dong, c.ID)
	w.must(err)
	w.view(func(r storage.Reader) error {
		i, err := r.Intent(trial.Intent)
		if err == nil && i.Class != storage.ClassUrgent {
			t.Errorf("the test is %s", i.Class)
		}
		return err
	})
}
