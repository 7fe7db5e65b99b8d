package syncer_test

import (
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// under is a mutation that makes a record below another.
func under(kind syncproto.Kind, id, parent syncproto.ID) syncproto.Mutation {
	return syncproto.Mutation{Record: id, Kind: kind, Set: syncproto.Fields{"parent": syncproto.Text(string(parent))}}
}

// publishes takes a story of the author through review.
func (w *world) publishes(author, editor *phone) syncproto.ID {
	w.t.Helper()
	story := author.story("Bếp ăn 0 đồng")
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	for i, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		editor.wants(syncproto.Mutation{Record: story, Command: c, BaseRevision: int64(2 + i)})
	}
	for _, o := range editor.round().Outcomes {
		if o.Result != syncproto.Applied {
			w.t.Fatalf("got %+v", o)
		}
	}
	return story
}

func (w *world) placed(id syncproto.ID) string {
	w.t.Helper()
	var names []string
	w.check(w.store.View(w.t.Context(), func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err != nil {
			return err
		}
		for _, s := range stored.Scopes {
			kind, _ := s.Split()
			names = append(names, kind)
		}
		return nil
	}))
	return strings.Join(names, " ")
}

// TestPartOfAPartIsNeverPublic: nothing reaches the members of a unit below a part that nobody let in.
func TestPartOfAPartIsNeverPublic(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := w.publishes(author, editor)
	stranger := w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	late, below := w.id(), w.id()
	stranger.wants(under(syncproto.KindPhoto, late, story))
	stranger.wants(under(syncproto.KindPhoto, below, late))
	stranger.round()
	if got := w.placed(late); strings.Contains(got, "unit") {
		t.Errorf("a late photo is in %q", got)
	}
	if got := w.placed(below); strings.Contains(got, "unit") {
		t.Errorf("a photo of a late photo is in %q", got)
	}
	// The same through the card of a conflict.
	author.wants(syncproto.Mutation{Record: story, BaseRevision: 5, Set: syncproto.Fields{"title": syncproto.Text("khác")}})
	card := author.round().Outcomes[0].Conflict
	hung := w.id()
	author.wants(under(syncproto.KindPhoto, hung, card))
	author.round()
	if got := w.placed(hung); strings.Contains(got, "unit") {
		t.Errorf("a photo of a conflict is in %q", got)
	}
}

// TestEditorsRightsEndAtTheWhole: an editor's rights over a part are those over the story that it hangs under.
func TestEditorsRightsEndAtTheWhole(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.province, syncproto.RoleVolunteer), w.joins("Hà", w.province, syncproto.RoleEditor)
	story := w.publishes(author, editor)
	other := w.joins("Mai", w.commune, syncproto.RoleEditor)
	photo, activity, note := w.id(), w.id(), w.id()
	other.wants(syncproto.Mutation{Record: photo, Kind: syncproto.KindPhoto, Set: syncproto.Fields{"position": "1"}})
	moved := under(syncproto.KindPhoto, photo, story)
	moved.BaseRevision = 1
	other.wants(moved)
	other.wants(under(syncproto.KindEvent, activity, story))
	other.wants(syncproto.Mutation{Record: note, Kind: syncproto.KindNote, Set: syncproto.Fields{"text": syncproto.Text("x")}})
	moved = under(syncproto.KindNote, note, story)
	moved.BaseRevision = 1
	other.wants(moved)
	other.round()
	if r := w.record(story); r.State != syncproto.StatePublished || r.Revision != 5 {
		t.Errorf("the story is %s at revision %d", r.State, r.Revision)
	}
	for _, id := range []syncproto.ID{photo, activity} {
		if got := w.placed(id); strings.Contains(got, "unit") {
			t.Errorf("a part of an editor of another unit is in %q", got)
		}
	}
	if got := w.placed(note); got != "person" {
		t.Errorf("a note of an editor of another unit is in %q", got)
	}
	// The editors who see the part on their desk decide about it.
	editor.wants(syncproto.Mutation{Record: photo, Kind: syncproto.KindPhoto, Command: syncproto.CommandDecline, Reason: "không rõ"})
	if o := editor.round().Outcomes[0]; o.Result != syncproto.Merged {
		t.Errorf("decline: got %+v", o)
	}
}

// TestNotesComeOnlyFromThoseConcerned, whichever way they are hung.
func TestNotesComeOnlyFromThoseConcerned(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := w.publishes(author, editor)
	stranger := w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	note := w.id()
	stranger.wants(syncproto.Mutation{Record: note, Kind: syncproto.KindNote, Set: syncproto.Fields{"text": syncproto.Text("x")}})
	moved := under(syncproto.KindNote, note, story)
	stranger.wants(moved)
	stranger.round()
	if got := w.placed(note); got != "person" {
		t.Errorf("a stranger's note is in %q", got)
	}
	if got := author.holdsAll()[syncproto.PersonScope(author.person)][note]; got != nil {
		t.Error("the author got it")
	}
}

// TestWhatIsKeptWholeCanBeRead: a phone must be able to read the card of anything that another phone may send.
func TestWhatIsKeptWholeCanBeRead(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := w.publishes(author, editor)
	deep := syncproto.Value(strings.Repeat("[", 10) + strings.Repeat("]", 10))
	author.wants(syncproto.Mutation{Record: story, BaseRevision: 5, Set: syncproto.Fields{"later": deep}})
	author.wants(syncproto.Mutation{Record: story, BaseRevision: 5, Add: map[string][]syncproto.Value{"later": {deep[1 : len(deep)-1]}}})
	for _, o := range author.round().Outcomes {
		if o.Code != syncproto.CodePublishedEdit || o.Conflict == "" {
			t.Errorf("got %+v", o)
		}
	}
	editor.holdsAll() // decodes all that it gets
}

// TestStrangersDoNotFillAStory: what waits to be let in takes no room from the author's own photos, and neither do
// the cards of conflicts and what was deleted.
func TestStrangersDoNotFillAStory(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := w.publishes(author, editor)
	stranger := w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	for range 201 {
		stranger.wants(under(syncproto.KindPhoto, w.id(), story))
	}
	resp := stranger.round()
	if o := resp.Outcomes[200]; o.Code != syncproto.CodeTooManyRecords {
		t.Errorf("the stranger's 201st: got %+v", o)
	}
	author.wants(under(syncproto.KindPhoto, w.id(), story))
	editor.wants(under(syncproto.KindNote, w.id(), story))
	for _, o := range []syncproto.Outcome{author.round().Outcomes[0], editor.round().Outcomes[0]} {
		if o.Result != syncproto.Applied {
			t.Errorf("got %+v", o)
		}
	}
}

func TestConflictsAndDeletedPhotosDoNotFillAStory(t *testing.T) {
	w := newWorld(t)
	author := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	story := author.story("một")
	for range 200 {
		id := w.id()
		author.wants(under(syncproto.KindPhoto, id, story))
		author.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindPhoto, Delete: true})
	}
	author.wants(under(syncproto.KindPhoto, w.id(), story))
	outcomes := author.round().Outcomes
	if o := outcomes[len(outcomes)-1]; o.Result != syncproto.Applied {
		t.Errorf("got %+v", o)
	}
}

// TestNothingStopsAPhoneForGood: whatever a mutation is, the ones behind it are judged.
func TestNothingStopsAPhoneForGood(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := author.story("một")
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	editor.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandClaim, BaseRevision: 2})
	editor.round()
	for name, m := range map[string]syncproto.Mutation{
		"its own parent":         under(syncproto.KindStory, story, story),
		"void of no origin":      {Void: true, Origin: &syncproto.Origin{}},
		"far numbers":            {Record: w.id(), BaseRevision: 1<<63 - 1, Set: syncproto.Fields{"x": "1"}},
		"clocks beyond all time": {Record: w.id(), Set: syncproto.Fields{"x": "1"}, Captured: syncproto.CaptureClock{Device: -1 << 63, Boot: "b", Uptime: -1 << 63}},
	} {
		author.outbox = nil
		author.wants(m)
		behind := author.story("sau")
		req := author.request()
		req.Clock = &syncproto.Clock{Wall: 1<<63 - 1, Boot: "b", Uptime: 1<<63 - 1, Anchors: []syncproto.Anchor{{Boot: "b", Server: 1<<63 - 1, Uptime: -1 << 63, Uncertainty: -1 << 63}}}
		resp, err := author.exchange(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if resp.PushCode != "" || resp.Accepted != author.n {
			t.Errorf("%s: got %s at %d of %d", name, resp.PushCode, resp.Accepted, author.n)
			author.n = resp.Accepted
			continue
		}
		if w.record(behind).Revision != 1 {
			t.Errorf("%s: what came behind is not there", name)
		}
	}
}

// TestNobodyApprovesAPhotoTheyHaveNotSeen, also when claim and approval were captured offline in one go.
func TestNobodyApprovesAPhotoTheyHaveNotSeen(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := author.story("một")
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	author.wants(under(syncproto.KindPhoto, w.id(), story))
	author.round()
	editor.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandClaim, BaseRevision: 2})
	editor.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandApprove, BaseRevision: 2})
	if o := editor.round().Outcomes[1]; o.Code != syncproto.CodeStaleRevision {
		t.Errorf("got %+v", o)
	}
}

// TestNobodyAnswersForAnotherPersonsNumbers: an origin that names another person's device counts for nothing.
func TestNobodyAnswersForAnotherPersonsNumbers(t *testing.T) {
	w := newWorld(t)
	victim, thief := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	story := victim.story("một")
	victim.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	stolen := victim.outbox[1].Mutation
	stolen.Origin = &syncproto.Origin{Device: victim.device.ID, Number: 2}
	thief.wants(stolen) // forbidden or missing, whatever it is
	thief.round()
	if o := victim.round().Outcomes[1]; o.Result != syncproto.Applied {
		t.Errorf("got %+v", o)
	}
	if got := w.record(story).State; got != syncproto.StateSubmitted {
		t.Errorf("got %s", got)
	}
}

// TestEditRestoredIsTheDeletersLoss: who deleted is who lost.
func TestEditRestoredIsTheDeletersLoss(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := author.story("một")
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	author.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Delete: true})
	author.round()
	editor.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Set: syncproto.Fields{"title": syncproto.Text("hai")}})
	o := editor.round().Outcomes[0]
	if o.Code != syncproto.CodeEditRestored || o.Conflict == "" {
		t.Fatalf("got %+v", o)
	}
	if got := w.record(o.Conflict).Author; got != author.person {
		t.Errorf("got %s", got)
	}
}

// TestDraftsStayPrivateInCards: an editor who names an old base does not get to read what was a draft then.
func TestDraftsStayPrivateInCards(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := author.story("điều riêng tư")
	author.wants(syncproto.Mutation{Record: story, Set: syncproto.Fields{"title": syncproto.Text("điều chung")}})
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	editor.wants(syncproto.Mutation{Record: story, BaseRevision: 1, Set: syncproto.Fields{"title": syncproto.Text("của tôi")}})
	card := w.record(editor.round().Outcomes[0].Conflict)
	if got := card.Fields["base"]; got != "" {
		t.Errorf("got %s", got)
	}
}

// TestPartsOfDraftsStayPrivateInCards: so it is with what hung under the draft. What was submitted is shown.
func TestPartsOfDraftsStayPrivateInCards(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story, photo, consent := author.story("một"), w.id(), w.id()
	set := func(id syncproto.ID, kind syncproto.Kind, field, text string) {
		author.wants(syncproto.Mutation{Record: id, Kind: kind, Set: syncproto.Fields{field: syncproto.Text(text)}})
	}
	author.wants(under(syncproto.KindPhoto, photo, story))
	author.wants(under(syncproto.KindConsent, consent, photo))
	for _, text := range []string{"điều riêng tư", "điều chung"} {
		set(photo, syncproto.KindPhoto, "caption", text)
		set(consent, syncproto.KindConsent, "who", text)
		author.round()
		w.now.Add(1000)
	}
	secret, shown := w.record(photo).Revision-1, w.record(photo).Revision
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	w.now.Add(1000)
	set(photo, syncproto.KindPhoto, "caption", "điều mới")
	set(consent, syncproto.KindConsent, "who", "điều mới")
	author.round()
	for _, c := range []struct {
		record syncproto.ID
		kind   syncproto.Kind
		field  string
	}{{photo, syncproto.KindPhoto, "caption"}, {consent, syncproto.KindConsent, "who"}} {
		for base, want := range map[int64]syncproto.Value{secret: "", shown: syncproto.Text("điều chung")} {
			editor.wants(syncproto.Mutation{Record: c.record, Kind: c.kind, BaseRevision: base, Set: syncproto.Fields{c.field: syncproto.Text("của tôi")}})
			outcome := editor.round().Outcomes[0]
			if outcome.Conflict == "" {
				t.Fatalf("%s from %d: got %+v", c.kind, base, outcome)
			}
			if got := w.record(outcome.Conflict).Fields["base"]; got != want {
				t.Errorf("%s from %d: the card says %s, want %s", c.kind, base, got, want)
			}
		}
	}
}

// TestRefusalTellsNothing about a record that the person may not see.
func TestRefusalTellsNothing(t *testing.T) {
	w := newWorld(t)
	author, stranger := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	story := author.story("một")
	author.round()
	edit := syncproto.Fields{"title": syncproto.Text("x")}
	stranger.wants(syncproto.Mutation{Record: story, Set: edit})
	stranger.wants(syncproto.Mutation{Record: story, Kind: syncproto.KindEvent, Set: edit})
	stranger.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandAdopt})
	stranger.wants(syncproto.Mutation{Record: story, Command: "conjure"})
	for i, o := range stranger.round().Outcomes {
		o.Number = 0
		if o != (syncproto.Outcome{Result: syncproto.Rejected, Code: syncproto.CodeForbidden}) {
			t.Errorf("%d: got %+v", i, o)
		}
	}
}

// TestFirstSyncEndsAboveAHighFloor: a snapshot that must be read in many pages goes on below the floor.
func TestFirstSyncEndsAboveAHighFloor(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	want := map[syncproto.ID]bool{}
	for range 60 {
		want[p.story(strings.Repeat("Sáng nay xã nhà hiến máu. ", 20))] = true
	}
	last := p.story("sẽ xóa")
	p.wants(syncproto.Mutation{Record: last, Delete: true})
	p.round()
	w.check(w.store.Update(t.Context(), func(tx storage.Tx) error { return tx.Compact(1 << 60) }))
	second := &phone{w: w, person: p.person, device: w.device(p.person, w.commune), max: syncproto.MinPageBytes}
	rounds := 0
	for more := true; more; rounds++ {
		if rounds > 200 {
			t.Fatal("the first sync does not end")
		}
		resp := second.round()
		more = resp.More
		for _, page := range resp.Pages {
			if page.Fresh && page.Scope == syncproto.PersonScope(p.person) && rounds > 0 {
				t.Errorf("round %d begins again", rounds)
			}
			for _, c := range page.Changes {
				delete(want, c.ID)
			}
		}
	}
	if len(want) > 0 || rounds < 4 {
		t.Errorf("%d stories missing after %d rounds", len(want), rounds)
	}
}

// TestATakedownAlwaysWins, however much its author has hung under the story.
func TestATakedownAlwaysWins(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := author.story("một")
	photo := w.id()
	author.wants(under(syncproto.KindPhoto, photo, story))
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	for _, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		editor.wants(syncproto.Mutation{Record: story, Command: c, BaseRevision: 9})
	}
	editor.outbox[1].BaseRevision, editor.outbox[2].BaseRevision = 2, 2
	for i := range editor.outbox {
		editor.outbox[i] = pushed(editor.outbox[i].Mutation)
	}
	editor.round()
	if got := w.placed(photo); !strings.Contains(got, "unit") {
		t.Fatalf("the photo is in %q", got)
	}
	rejected := 0
	for range 3 {
		for i := range 400 {
			author.wants(syncproto.Mutation{Record: story, BaseRevision: 9, Set: syncproto.Fields{"position": syncproto.Int(int64(i))}})
		}
		for _, o := range author.round().Outcomes {
			if o.Code == syncproto.CodeTooManyRecords {
				rejected++
			} else if o.Code != syncproto.CodePublishedEdit {
				t.Fatalf("got %+v", o)
			}
		}
	}
	if rejected != 201 || len(w.letters(author.device.ID)) != 100 {
		t.Errorf("%d edits rejected", rejected)
	}
	editor.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandTakeDown, Reason: "sai sự thật"})
	if o := editor.round().Outcomes[0]; o.Result == syncproto.Rejected {
		t.Errorf("got %+v", o)
	}
	if got := w.placed(photo); strings.Contains(got, "unit") {
		t.Errorf("the photo is in %q", got)
	}
}

// TestReviewIsNotPublished: what an editor wrote to the author does not reach the members of the unit.
func TestReviewIsNotPublished(t *testing.T) {
	w := newWorld(t)
	author, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := author.story("một")
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	author.round()
	editor.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandReturn, Reason: "viết cẩu thả"})
	editor.round()
	author.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandResubmit, BaseRevision: 3})
	author.round()
	for i, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		editor.wants(syncproto.Mutation{Record: story, Command: c, BaseRevision: int64(4 + i)})
	}
	editor.round()
	if r := w.record(story); r.State != syncproto.StatePublished || r.Reason != "" {
		t.Errorf("got %s, %q", r.State, r.Reason)
	}
}

// TestAnotherEpochNamesNobody: the number of a scope in an old cursor may be another person's by now.
func TestAnotherEpochNamesNobody(t *testing.T) {
	w := newWorld(t)
	p, q := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	c := syncproto.Cursor{Epoch: syncproto.Epoch{1}}
	var key []byte
	w.check(w.store.View(t.Context(), func(r storage.Reader) error {
		heads, err := r.Heads([]syncproto.Scope{syncproto.PersonScope(q.person)})
		w.check(err)
		c.Positions = []syncproto.Position{{Scope: heads[0].Number, Sequence: 1}}
		key, err = r.Key()
		return err
	}))
	p.cursor = c.Seal(key, p.device.ID)
	if resp := p.round(); len(resp.Drops) != 0 {
		t.Errorf("got %v", resp.Drops)
	}
}
