package review_test

import (
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// TestTheWayOfASubmission goes the long way and looks at what followed from each step.
func TestTheWayOfASubmission(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.story("Bếp ăn 0 đồng")
	if w.row(story) != nil || len(w.notices(story)) > 0 {
		t.Error("a draft is somebody's business")
	}
	sent := w.now
	lan.does(story, syncproto.CommandSubmit, "")
	w.now += 1000
	ha.does(story, syncproto.CommandClaim, "")
	row := w.row(story)
	if row == nil || row.Sent != sent || row.Since != sent || row.State != syncproto.StateInReview || row.Claimer != ha.actor.Person ||
		row.Title != "Bếp ăn 0 đồng" || !strings.Contains(row.Text, "Lan") || row.Flags != storage.FlagFirst {
		t.Errorf("got %+v", row)
	}
	w.now += 1000
	ha.does(story, syncproto.CommandReturn, "Thiếu ngày.")
	if row := w.row(story); row.Since != w.now || row.Claimer != "" {
		t.Errorf("got %+v", row)
	}
	w.now += 1000
	lan.edits(story, "title", syncproto.Text("Bếp ăn 0 đồng, thứ Bảy"))
	lan.does(story, syncproto.CommandResubmit, "")
	ha.does(story, syncproto.CommandClaim, "")
	ha.does(story, syncproto.CommandApprove, "")
	same(t, "notices", w.notices(story), "desk submitted", "person needs_changes", "desk resubmitted", "person approved+")
	ha.does(story, syncproto.CommandPublish, "")
	w.now += hold.Milliseconds()
	w.tick()
	ha.does(story, syncproto.CommandCorrect, "Sai tên.")
	ha.does(story, syncproto.CommandTakeDown, "Gia đình xin rút.")
	same(t, "notices", w.notices(story), "desk submitted", "person needs_changes", "desk resubmitted", "person approved",
		"person published", "person corrected", "person taken_down")
	same(t, "steps", w.steps(story), "submitted author", "in_review editor", "needs_changes editor", "resubmitted author",
		"in_review editor", "approved editor", "published editor", "corrected editor", "taken_down editor")
	if step, _ := w.timeline(story).Fields[review.StepsField].AsList(); !strings.Contains(string(step[2]), "Thiếu ngày.") {
		t.Errorf("the author is not told why: %s", step[2])
	}
	same(t, "audit", w.audits(story), "review.submit "+string(lan.grant), "review.claim "+string(ha.grant), "review.return "+string(ha.grant),
		"review.resubmit "+string(lan.grant), "review.claim "+string(ha.grant), "review.approve "+string(ha.grant),
		"review.publish "+string(ha.grant), "review.correct "+string(ha.grant), "review.take_down "+string(ha.grant))
}

// audits returns the entries of a record as "act grant".
func (w *world) audits(record syncproto.ID) (list []string) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		entries, err := r.Audits(record, 0, 100)
		for _, a := range entries {
			list = append(list, a.Act+" "+string(a.Grant))
			if strings.ContainsAny(a.Detail, "ăơđ.") {
				w.t.Errorf("a text in the audit log: %q", a.Detail)
			}
		}
		return err
	})
	return list
}

// TestAuthorAndDeskReadTheSame holds the timeline and the state on both sides.
func TestAuthorAndDeskReadTheSame(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	other := w.who("Bình", w.commune, syncproto.RoleVolunteer)
	story := lan.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	ha.does(story, syncproto.CommandReturn, "Thiếu ngày.")
	id := w.timeline(story).ID
	author, desk := lan.holds(), ha.holds()
	for _, r := range []syncproto.ID{story, id} {
		if author[r] == nil || desk[r] == nil {
			t.Fatalf("%s is not on both sides", r)
		}
		if a, b := syncproto.AppendRecord(nil, author[r]), syncproto.AppendRecord(nil, desk[r]); string(a) != string(b) {
			t.Errorf("the author reads %s\nthe desk reads %s", a, b)
		}
	}
	if held := other.holds(); held[story] != nil || held[id] != nil {
		t.Error("a colleague reads what is not published")
	}
}

func TestAStaleApprovalIsRefused(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	seen := w.record(story).Revision
	lan.edits(story, "title", syncproto.Text("hai"))
	out := ha.act(syncproto.Mutation{Record: story, BaseRevision: seen, Command: syncproto.CommandApprove})
	w.refused(out, syncproto.CodeStaleRevision)
	if out.Revision != seen+1 {
		t.Errorf("nobody learns what is newer: %+v", out)
	}
	seen = w.record(story).Revision
	lan.makes(syncproto.KindPhoto, syncproto.Fields{
		"parent": syncproto.Text(string(story)), "shows": syncproto.Text(syncproto.ShowsNobody),
	})
	w.refused(ha.act(syncproto.Mutation{Record: story, BaseRevision: seen, Command: syncproto.CommandApprove}), syncproto.CodeStaleRevision)
	ha.does(story, syncproto.CommandApprove, "")
}

// TestAForgedUnitGivesNoRights: a record says for which unit it was captured; that moves neither what exists nor who
// answers for it.
func TestAForgedUnitGivesNoRights(t *testing.T) {
	w := newWorld(t)
	lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
	ha, beside := w.who("Hà", w.commune, syncproto.RoleEditor), w.who("Thu", w.beside, syncproto.RoleEditor)
	story := lan.sent("một")
	r := w.record(story)
	w.refused(beside.act(syncproto.Mutation{
		Record: story, Unit: w.beside, BaseRevision: r.Revision, Set: syncproto.Fields{"title": syncproto.Text("hai")},
	}), syncproto.CodeForbidden)
	w.refused(beside.act(syncproto.Mutation{Record: story, Unit: w.beside, BaseRevision: r.Revision, Command: syncproto.CommandClaim}), syncproto.CodeForbidden)
	w.refused(beside.act(syncproto.Mutation{
		Record: story, BaseRevision: r.Revision, Set: syncproto.Fields{"unit": syncproto.Text(string(w.beside))},
	}), syncproto.CodeForbidden)
	// A photo under it belongs to the unit of the story, whatever it says of itself, and waits for that desk.
	photo := w.id()
	beside.act(syncproto.Mutation{
		Record: photo, Kind: syncproto.KindPhoto, Unit: w.beside, Set: syncproto.Fields{"parent": syncproto.Text(string(story))},
	})
	if r := w.record(photo); r.Unit != w.commune || r.State != syncproto.StateUnclaimed {
		t.Errorf("got %+v", r)
	}
	same(t, "notices", w.notices(photo), "desk unclaimed")
	w.refused(beside.gives(photo, syncproto.CommandAdopt, ""), syncproto.CodeForbidden)
	ha.does(photo, syncproto.CommandAdopt, "")
	// A story for a unit that is not the author's, or not a unit at all, is on the desk of where it says, or of the device.
	for _, unit := range []syncproto.ID{w.beside, w.id()} {
		id := w.id()
		lan.act(syncproto.Mutation{Record: id, Unit: unit, Set: syncproto.Fields{"title": syncproto.Text("ba")}})
		lan.does(id, syncproto.CommandSubmit, "")
		want := syncproto.StateUnclaimed // the author has no grant there
		if unit != w.beside {
			want, unit = syncproto.StateSubmitted, w.commune
		}
		if r := w.record(id); r.Unit != unit || r.State != want {
			t.Errorf("got %s in %s", r.State, r.Unit)
		}
	}
}

func TestFourEyes(t *testing.T) {
	w := newWorld(t)
	ha, thu := w.who("Hà", w.commune, syncproto.RoleEditor), w.who("Thu", w.commune, syncproto.RoleEditor)
	story := ha.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	w.refused(ha.gives(story, syncproto.CommandApprove, ""), syncproto.CodeOwnStory)
	w.update(func(tx storage.Tx) error {
		return tx.PutUnitSetting(&storage.UnitSetting{Unit: w.province, OwnAllowed: true}) // for those below, too
	})
	ha.does(story, syncproto.CommandApprove, "")
	if w.record(story).Fields[syncproto.OwnField] != syncproto.Bool(true) {
		t.Error("nobody sees that the author approved it")
	}
	w.view(func(r storage.Reader) error {
		entries, err := r.Audits(story, 0, 100)
		if last := entries[len(entries)-1]; last.Detail != "approved own" {
			t.Errorf("got %+v", last)
		}
		return err
	})
	thu.does(story, syncproto.CommandReturn, "Xem lại.")
	ha.does(story, syncproto.CommandResubmit, "")
	thu.does(story, syncproto.CommandClaim, "")
	thu.does(story, syncproto.CommandApprove, "")
	if _, marked := w.record(story).Fields[syncproto.OwnField]; marked {
		t.Error("somebody else has approved it since")
	}
}

// TestUndo takes an approval and a publication back while they are held, and not later. What was not said yet is never said.
func TestUndo(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	reader := w.who("Bình", w.commune, syncproto.RoleVolunteer)
	story := lan.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	ha.does(story, syncproto.CommandApprove, "")
	w.now += hold.Milliseconds() - 1
	ha.does(story, syncproto.CommandUndo, "")
	w.stands(story, syncproto.StateInReview)
	same(t, "notices after the first undo", w.notices(story), "desk submitted")
	ha.does(story, syncproto.CommandApprove, "")
	w.now += 1000
	ha.does(story, syncproto.CommandPublish, "")
	if reader.holds()[story] != nil {
		t.Error("what is held is read")
	}
	ha.does(story, syncproto.CommandUndo, "")
	same(t, "notices after the second", w.notices(story), "desk submitted", "person approved")
	ha.does(story, syncproto.CommandPublish, "")
	w.now += hold.Milliseconds()
	w.refused(ha.gives(story, syncproto.CommandUndo, ""), syncproto.CodeUndoTooLate)
	before := w.record(story)
	w.tick()
	w.tick()
	if r := w.record(story); r.Hold != 0 || r.Revision != before.Revision+1 || r.State != syncproto.StatePublished {
		t.Errorf("got %+v", r)
	}
	if reader.holds()[story] == nil {
		t.Error("what was published is not read")
	}
	same(t, "notices at the end", w.notices(story), "desk submitted", "person approved", "person published")
	if n := len(w.steps(story)); n != 8 {
		t.Errorf("%d steps: %q", n, w.steps(story))
	}
}

func TestClaimsEndAndAreHandedOver(t *testing.T) {
	w := newWorld(t)
	lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
	ha, thu := w.who("Hà", w.commune, syncproto.RoleEditor), w.who("Thu", w.province, syncproto.RoleEditor)
	beside, admin := w.who("Mai", w.beside, syncproto.RoleEditor), w.who("Sơn", w.province, syncproto.RoleAdmin)
	story := lan.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	steps := len(w.steps(story))
	w.refused(thu.gives(story, syncproto.CommandReturn, "x"), syncproto.CodeClaimed)
	over := func(by, to *who) syncproto.Outcome {
		r := w.record(story)
		return by.act(syncproto.Mutation{Record: story, BaseRevision: r.Revision, Command: syncproto.CommandHandOver, To: to.actor.Person})
	}
	w.refused(over(ha, lan), syncproto.CodeForbidden)
	w.refused(over(ha, beside), syncproto.CodeForbidden)
	w.refused(over(thu, thu), syncproto.CodeClaimed)
	w.refused(over(ha, thu), "")
	if row := w.row(story); row.Claimer != thu.actor.Person || row.Until != w.now+reconcile.ClaimFor {
		t.Errorf("got %+v", row)
	}
	w.refused(over(admin, ha), "")
	w.refused(thu.gives(story, syncproto.CommandReturn, "x"), syncproto.CodeClaimed)
	w.now += reconcile.ClaimFor
	w.refused(thu.gives(story, syncproto.CommandReturn, "x"), "")
	if got := w.steps(story); len(got) != steps+1 {
		t.Errorf("whose hands it was in is in the timeline: %q", got)
	}
}

// TestRepeatedActsHappenOnce: the same act again gets the first answer, whatever happened since, and tells nobody twice.
func TestRepeatedActsHappenOnce(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	claim := syncproto.Mutation{ID: w.id(), Record: story, BaseRevision: 2, Command: syncproto.CommandClaim}
	first := ha.act(claim)
	back := syncproto.Mutation{ID: w.id(), Record: story, BaseRevision: 3, Command: syncproto.CommandReturn, Reason: "Thiếu ngày."}
	returned := ha.act(back)
	lan.does(story, syncproto.CommandResubmit, "")
	if again := ha.act(claim); again != first {
		t.Errorf("got %+v, first %+v", again, first)
	}
	if again := ha.act(back); again != returned {
		t.Errorf("got %+v, first %+v", again, returned)
	}
	refusal := syncproto.Mutation{ID: w.id(), Record: story, BaseRevision: 4, Command: syncproto.CommandApprove}
	no := ha.act(refusal)
	ha.does(story, syncproto.CommandClaim, "")
	if again := ha.act(refusal); again != no || no.Code != syncproto.CodeWrongState {
		t.Errorf("got %+v, first %+v", again, no)
	}
	back.Reason = "Khác."
	w.refused(ha.act(back), syncproto.CodeInvalidMutation)
	same(t, "notices", w.notices(story), "desk submitted", "person needs_changes", "desk resubmitted")
	// A phone that did not hear the answer sends everything again.
	minh := w.who("Minh", w.commune, syncproto.RoleVolunteer)
	id := w.id()
	batch := []syncproto.Mutation{
		{ID: w.id(), Record: id, Kind: syncproto.KindStory, Set: syncproto.Fields{"title": syncproto.Text("hai")}},
		{ID: w.id(), Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit},
	}
	minh.syncs(batch...)
	minh.n = 0
	if resp := minh.syncs(batch...); resp.Outcomes[1].Result != syncproto.Applied || resp.Accepted != 2 {
		t.Errorf("got %+v", resp)
	}
	same(t, "notices", w.notices(id), "desk submitted")
	if n := len(w.steps(id)); n != 1 {
		t.Errorf("%d steps", n)
	}
	w.view(func(r storage.Reader) error {
		letters, err := r.DeadLetters(ha.actor.Device, 0, 10)
		if len(letters) != 0 {
			t.Error("a desk leaves dead letters")
		}
		return err
	})
}

// TestASeatThatEnded: whoever has no account any more does nothing at a desk.
func TestASeatThatEnded(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	try := func(what string, want syncproto.Code) {
		t.Helper()
		_, err := w.sync.Act(t.Context(), ha.actor, &syncproto.Mutation{ID: w.id(), Record: story, Kind: syncproto.KindStory, BaseRevision: 2, Command: syncproto.CommandClaim})
		if syncproto.CodeOf(err) != want {
			t.Errorf("%s: got %v", what, err)
		}
	}
	mine := ha.actor.Device
	ha.actor.Device = lan.actor.Device
	try("another's device", syncproto.CodeSessionEnded)
	ha.actor.Device = w.id()
	try("no device", syncproto.CodeSessionEnded)
	ha.actor.Device = mine
	w.update(func(tx storage.Tx) error {
		p, err := tx.Person(ha.actor.Person)
		if err == nil {
			p.Closed = w.now
			err = tx.PutPerson(p)
		}
		return err
	})
	try("a closed account", syncproto.CodeSessionEnded)
}
