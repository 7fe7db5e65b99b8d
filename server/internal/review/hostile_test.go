package review_test

import (
	"context"
	"testing"
	"time"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// broken puts no record of some: as if what is stored of them were damaged.
type broken struct {
	review.Putter
	bad map[syncproto.ID]bool
}

func (b broken) Put(r *syncproto.Record) error {
	if b.bad[r.ID] {
		if len(b.bad) == 1 {
			panic("a fault of ours")
		}
		return syncproto.E(syncproto.CodeStoreBroken, "put", nil)
	}
	return b.Putter.Put(r)
}

// TestWhatCannotBeSettledStopsNothingElse: more of it than one transaction takes, and each of a fault of ours.
func TestWhatCannotBeSettledStopsNothingElse(t *testing.T) {
	for _, n := range []int{1, 101} {
		w := newWorld(t)
		lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
		bad := map[syncproto.ID]bool{}
		var good []syncproto.ID
		for i := range n + 3 {
			id := lan.sent("một")
			ha.does(id, syncproto.CommandClaim, "")
			ha.does(id, syncproto.CommandApprove, "")
			if i < n {
				bad[id] = true
			} else {
				good = append(good, id)
			}
			w.now++
		}
		w.now += hold.Milliseconds()
		w.keeper = review.NewKeeper(w.store, func(ctx context.Context, fn func(storage.Tx, review.Putter) error) error {
			return w.sync.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error { return fn(tx, broken{p, bad}) })
		}, review.KeeperOptions{Now: func() time.Time { return time.UnixMilli(w.now) }})
		w.tick()
		for _, id := range good {
			if w.record(id).Hold != 0 {
				t.Fatalf("%d that cannot be settled hold up the others", n)
			}
		}
		ill := make([]syncproto.ID, 0, n)
		for id := range bad {
			ill = append(ill, id)
		}
		clear(bad) // mended
		w.now += 60_000
		w.tick()
		for _, id := range ill {
			if w.record(id).Hold != 0 {
				t.Fatal("what was mended is not tried again")
			}
		}
	}
}

// TestAnApprovalIsToldOnce: taking a publication back does not approve anew.
func TestAnApprovalIsToldOnce(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	ha.does(story, syncproto.CommandApprove, "")
	w.now += hold.Milliseconds()
	w.tick()
	for range 2 {
		w.now += 1000
		ha.does(story, syncproto.CommandPublish, "")
		ha.does(story, syncproto.CommandUndo, "")
	}
	same(t, "notices", w.notices(story), "desk submitted", "person approved")
	other := lan.sent("hai")
	ha.does(other, syncproto.CommandClaim, "")
	ha.does(other, syncproto.CommandApprove, "")
	for range 2 { // while the approval is held too
		w.now += 1000
		ha.does(other, syncproto.CommandPublish, "")
		ha.does(other, syncproto.CommandUndo, "")
	}
	same(t, "notices", w.notices(other), "desk submitted", "person approved")
}

// TestWhatMovesAwayLeavesNoRow: a row says what hangs under its submission now, wherever a part has gone.
func TestWhatMovesAwayLeavesNoRow(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	alone := lan.makes(syncproto.KindPhoto, syncproto.Fields{"caption": syncproto.Text("Bếp"), "shows": syncproto.Text(syncproto.ShowsNobody)})
	lan.does(alone, syncproto.CommandSubmit, "")
	if w.row(alone) == nil {
		t.Fatal("it is in no queue")
	}
	lan.edits(alone, "parent", syncproto.Text(string(story)))
	if w.row(alone) != nil || w.row(story).Photos != 1 {
		t.Errorf("a photo that became a part: own row %+v, %d photos", w.row(alone), w.row(story).Photos)
	}
	part := lan.photo(story, syncproto.ShowsNobody)
	ha.does(story, syncproto.CommandReturn, "Thiếu ngày.")
	draft := ha.story("nháp")
	ha.edits(part, "parent", syncproto.Text(string(draft)))
	if r := w.record(part); r.Parent() != draft || w.row(story).Photos != 1 {
		t.Errorf("a part that went to a draft: under %s, %d photos", r.Parent(), w.row(story).Photos)
	}
}

// TestMembersReadNoReasons: why a photo was once declined or taken out is between its author and the desk.
func TestMembersReadNoReasons(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	son, reader := w.who("Sơn", w.province, syncproto.RoleAdmin), w.who("Bình", w.commune, syncproto.RoleVolunteer)
	story := lan.story("một")
	early := lan.photo(story, syncproto.ShowsNobody)
	lan.does(story, syncproto.CommandSubmit, "")
	ha.does(early, syncproto.CommandTakeDown, "Ảnh mờ.")
	son.does(early, syncproto.CommandReinstate, "Không mờ.")
	for _, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		ha.does(story, c, "")
	}
	w.now += hold.Milliseconds()
	w.tick()
	late := lan.photo(story, syncproto.ShowsNobody)
	ha.does(late, syncproto.CommandDecline, "Không liên quan.")
	ha.does(late, syncproto.CommandAdopt, "")
	again := lan.photo(story, syncproto.ShowsNobody)
	ha.does(again, syncproto.CommandAdopt, "")
	ha.does(again, syncproto.CommandTakeDown, "Ảnh mờ.")
	son.does(again, syncproto.CommandReinstate, "Không mờ.")
	held := reader.holds()
	for _, id := range []syncproto.ID{story, early, late, again} {
		if r := held[id]; r == nil || r.Reason != "" {
			t.Errorf("members read %+v", r)
		}
	}
}

// TestAuthorsHearOfNotesAndEdits: of others', once for each time that the desk has it in hand.
func TestAuthorsHearOfNotesAndEdits(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.story("một")
	photo := lan.photo(story, syncproto.ShowsNobody)
	lan.does(story, syncproto.CommandSubmit, "")
	ha.does(story, syncproto.CommandClaim, "")
	for _, title := range []string{"hai", "ba", "bốn"} {
		ha.edits(story, "title", syncproto.Text(title))
	}
	ha.edits(photo, "caption", syncproto.Text("Bếp ăn"))
	pin := syncproto.Fields{"parent": syncproto.Text(string(photo)), "text": syncproto.Text("Ngày nào?")}
	same(t, "a note", w.notices(ha.makes(syncproto.KindNote, pin)), "person note")
	same(t, "one of her own", w.notices(lan.makes(syncproto.KindNote, pin)))
	ha.does(story, syncproto.CommandReturn, "Thiếu ngày.")
	lan.edits(story, "title", syncproto.Text("năm"))
	lan.does(story, syncproto.CommandResubmit, "")
	ha.edits(story, "title", syncproto.Text("sáu"))
	same(t, "the story", w.notices(story), "desk submitted", "person edited", "person needs_changes", "desk resubmitted", "person edited")
	same(t, "the photo", w.notices(photo), "person edited")
}

// TestTwoBrowsersOfOneAccount share a device: what the one wrote the other has not seen.
func TestTwoBrowsersOfOneAccount(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.makes(syncproto.KindStory, syncproto.Fields{"title": syncproto.Text("một"), "body": syncproto.Text("Bà con đã nhận gạo.")})
	lan.does(story, syncproto.CommandSubmit, "")
	ha.does(story, syncproto.CommandClaim, "")
	read := w.record(story).Revision
	edit := func(base int64, field, text string) syncproto.Outcome {
		return ha.act(syncproto.Mutation{Record: story, BaseRevision: base, Set: syncproto.Fields{field: syncproto.Text(text)}})
	}
	first := edit(read, "title", "hai")
	if out := edit(read, "title", "ba"); out.Result != syncproto.Conflicts || w.record(story).Fields["title"] != syncproto.Text("hai") {
		t.Errorf("the other browser wrote over it: %+v", out)
	}
	if out := edit(first.Revision, "title", "bốn"); out.Result != syncproto.Applied {
		t.Errorf("the same browser goes on: %+v", out)
	}
	now := w.record(story).Revision
	edit(now, "body", "Sáng nay bà con đã nhận gạo.")
	if out := edit(now, "body", "Bà con đã nhận gạo và nước."); out.Result != syncproto.Merged {
		t.Errorf("two places of one text: %+v", out)
	}
	if got, want := w.record(story).Fields["body"], syncproto.Text("Sáng nay bà con đã nhận gạo và nước."); got != want {
		t.Errorf("got %s", got)
	}
	other := lan.sent("một")
	ha.does(other, syncproto.CommandClaim, "")
	read = w.record(other).Revision
	ha.edits(other, "title", syncproto.Text("hai"))
	if out := ha.act(syncproto.Mutation{Record: other, BaseRevision: read, Command: syncproto.CommandApprove}); out.Code != "" {
		t.Errorf("what the same person wrote is no news to them: %+v", out)
	}
}

// TestAConsentOfWhatIsPublicIsWithdrawn, not deleted: the photo would stay up as if nobody had been asked.
func TestAConsentOfWhatIsPublicIsWithdrawn(t *testing.T) {
	w := newWorld(t)
	lan, ha, _, photo, consent := w.published()
	for _, p := range []*who{lan, ha} {
		out := p.act(syncproto.Mutation{Record: consent, Kind: syncproto.KindConsent, BaseRevision: w.record(consent).Revision, Delete: true})
		w.refused(out, syncproto.CodeWrongState)
	}
	if w.record(consent).Deleted {
		t.Error("it is gone")
	}
	lan.does(consent, syncproto.CommandWithdraw, "Bác đổi ý.")
	w.stands(photo, syncproto.StateTakenDown)
}
