package desk_test

import (
	"slices"
	"testing"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
)

// batchOf asks for a command on submissions as they were seen now.
func (w *world) batchOf(command syncproto.Command, ids ...syncproto.ID) *desk.Batch {
	b := &desk.Batch{Command: command}
	for _, id := range ids {
		b.Picks = append(b.Picks, desk.Pick{Record: id, Seen: w.now, Act: syncproto.NewID()})
	}
	return b
}

func (w *world) try(by syncer.Actor, b *desk.Batch) []desk.Chance {
	w.t.Helper()
	chances, err := w.desk.Try(w.t.Context(), by, b)
	if err != nil || len(chances) != len(b.Picks) {
		w.t.Fatalf("try: %+v, %v", chances, err)
	}
	for i := range chances {
		b.Picks[i].Revision = chances[i].Revision
	}
	return chances
}

func (w *world) doBatch(by syncer.Actor, b *desk.Batch) []desk.Chance {
	w.t.Helper()
	chances, err := w.desk.Do(w.t.Context(), by, b)
	if err != nil || len(chances) != len(b.Picks) {
		w.t.Fatalf("do: %+v, %v", chances, err)
	}
	return chances
}

func TestBatchIsTriedBeforeItIsDone(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.command(w.lan, w.submitted(w.lan, w.commune, "Bài đầu", nil), syncproto.CommandWithdraw)
		plain := w.submitted(w.lan, w.commune, "Không có gì lạ", nil)
		taken := w.submitted(w.lan, w.commune, "Người khác giữ", nil)
		w.command(w.nam, taken, syncproto.CommandClaim)
		bare := w.submitted(w.lan, w.commune, "Thiếu đồng ý", nil)
		photo := w.photo(w.hoa, bare, 1, "Một người")
		w.edit(w.hoa, photo, syncproto.Fields{syncproto.ShowsField: syncproto.Text(syncproto.ShowsPeople)})
		own := w.submitted(w.hoa, w.commune, "Của chính mình", nil)
		elsewhere := w.submitted(w.tuan, w.other, "Bàn khác", nil)
		batch := w.batchOf(syncproto.CommandApprove, plain, taken, bare, own, elsewhere)
		before := w.record(plain).Revision
		chances := w.try(w.hoa, batch)
		for i, want := range []syncproto.Code{
			"", syncproto.CodeClaimed, syncproto.CodeConsentMissing, syncproto.CodeOwnStory, syncproto.CodeNotFound,
		} {
			if chances[i].Code != want {
				t.Errorf("%d: got %q, want %q", i, chances[i].Code, want)
			}
		}
		if !chances[0].Fits() || !chances[0].Claim || len(chances[2].Lacks) == 0 || chances[4].Row.Title != "" {
			t.Errorf("got %+v", chances)
		}
		if w.record(plain).Revision != before {
			t.Error("trying changed something")
		}
		done := w.doBatch(w.hoa, batch)
		if !done[0].Done.OK() || done[0].Hold == 0 || w.record(plain).State != syncproto.StateApproved {
			t.Errorf("got %+v", done[0])
		}
		for i, id := range []syncproto.ID{taken, bare} {
			if d := done[i+1].Done; d == nil || d.OK() {
				t.Errorf("%d: got %+v", i, d)
			}
			if r := w.record(id); r.Claim != nil && r.Claim.Person == w.hoa.Person || r.State == syncproto.StateApproved {
				t.Errorf("what was refused left something behind: %+v", r.Claim)
			}
		}
		if again := w.doBatch(w.hoa, batch); again[0].Done.Result != syncproto.Duplicate && !again[0].Done.OK() || w.record(plain).Revision != done[0].Done.Revision {
			t.Errorf("done twice: %+v", again[0].Done)
		}
		if done[4].Done != nil {
			t.Error("something that is not seen was touched")
		}
	})
}

func TestBulkApprovalLeavesOutWhatNeedsALook(t *testing.T) {
	w := newWorld(t)
	first := w.submitted(w.lan, w.commune, "Bài đầu tiên", nil)
	place := w.submitted(w.lan, w.commune, "Có vị trí", syncproto.Fields{
		"place": `{"lat":100000000,"lon":1050000000}`,
	})
	edited := w.submitted(w.lan, w.commune, "Sửa sau khi xem", nil)
	noted := w.submitted(w.lan, w.commune, "Có ghi chú sau khi xem", nil)
	batch := w.batchOf(syncproto.CommandApprove, first, place, edited, noted)
	w.edit(w.lan, edited, syncproto.Fields{"title": syncproto.Text("Đã sửa")})
	w.do(w.hoa, syncproto.Mutation{
		Record: syncproto.NewID(), Kind: syncproto.KindNote, Set: syncproto.Fields{"parent": syncproto.Text(string(noted)), "text": syncproto.Text("Tốt")},
	})
	chances := w.try(w.hoa, batch)
	for i, want := range []string{"first", "location", desk.ChangedSince, ""} {
		if want != "" && !slices.Contains(chances[i].Alone, want) || want == "" && !chances[i].Fits() {
			t.Errorf("%d: got %+v, want %q", i, chances[i], want)
		}
	}
	if done := w.doBatch(w.hoa, batch); done[0].Done != nil || done[1].Done != nil || done[2].Done != nil || !done[3].Done.OK() {
		t.Errorf("got %+v", done)
	}
	if claim := w.try(w.hoa, w.batchOf(syncproto.CommandClaim, first)); !claim[0].Fits() {
		t.Errorf("a claim needs no look: %+v", claim)
	}
}

func TestBatchIsBounded(t *testing.T) {
	w := newWorld(t)
	many := &desk.Batch{Command: syncproto.CommandClaim, Picks: make([]desk.Pick, desk.MaxActs+1)}
	if _, err := w.desk.Try(t.Context(), w.hoa, many); syncproto.CodeOf(err) != syncproto.CodeTooMany {
		t.Errorf("got %v", err)
	}
	if _, err := w.desk.Try(t.Context(), w.hoa, &desk.Batch{Command: "explode"}); syncproto.CodeOf(err) != syncproto.CodeUnknownCommand {
		t.Errorf("got %v", err)
	}
	if _, err := w.desk.Do(t.Context(), w.lan, w.batchOf(syncproto.CommandClaim)); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("got %v", err)
	}
}

func TestApprovingClaimsFirst(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(w.lan, w.commune, "Chưa ai giữ", nil)
	act := desk.Act{ID: syncproto.NewID(), Record: id, Kind: syncproto.KindStory, BaseRevision: w.record(id).Revision, Command: syncproto.CommandApprove, Claim: true}
	if done := w.act(w.hoa, act); !done.OK() || w.record(id).State != syncproto.StateApproved {
		t.Fatalf("got %+v", done)
	}
	if again := w.act(w.hoa, act); !again.OK() {
		t.Errorf("sent again: %+v", again)
	}
	own := w.submitted(w.hoa, w.commune, "Của mình", nil)
	act = desk.Act{ID: syncproto.NewID(), Record: own, Kind: syncproto.KindStory, BaseRevision: w.record(own).Revision, Command: syncproto.CommandApprove, Claim: true}
	if done := w.act(w.hoa, act); done.Code != syncproto.CodeOwnStory || w.record(own).State != syncproto.StateSubmitted {
		t.Errorf("got %+v", done)
	}
}

func TestNobodyTakesBackTheStepOfAnother(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		id := w.submitted(w.lan, w.commune, "Chưa ai giữ", nil)
		w.command(w.hoa, id, syncproto.CommandClaim)
		approved := w.command(w.hoa, id, syncproto.CommandApprove)
		published := w.command(w.nam, id, syncproto.CommandPublish)
		undo := desk.Act{ID: syncproto.NewID(), Record: id, Kind: syncproto.KindStory, BaseRevision: approved, Command: syncproto.CommandUndo}
		if done := w.act(w.hoa, undo); done.Code != syncproto.CodeStaleRevision || w.record(id).State != syncproto.StatePublished {
			t.Errorf("the undo of an approval took a publication back: %+v, %s", done, w.record(id).State)
		}
		w.command(w.nam, id, syncproto.CommandUndo)
		w.command(w.nam, id, syncproto.CommandPublish)
		undo.ID, undo.BaseRevision = syncproto.NewID(), published
		if done := w.act(w.nam, undo); done.Code != syncproto.CodeStaleRevision || w.record(id).State != syncproto.StatePublished {
			t.Errorf("the undo of a publication took a later one back: %+v, %s", done, w.record(id).State)
		}
		undo.ID, undo.BaseRevision = syncproto.NewID(), w.record(id).Revision
		for range 2 { // the button pressed twice
			if done := w.act(w.nam, undo); !done.OK() || w.record(id).State != syncproto.StateApproved {
				t.Errorf("got %+v, %s", done, w.record(id).State)
			}
		}
	})
}

func TestCountersTellAges(t *testing.T) {
	w := newWorld(t)
	w.submitted(w.lan, w.commune, "Cũ", nil)
	w.now += 25 * 60 * 60 * 1000
	w.submitted(w.lan, w.commune, "Mới", nil)
	counts, err := w.desk.Counters(t.Context(), w.hoa, "")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []desk.AgeCount{{Hours: 4, Count: desk.Count{Count: 1}}, {Hours: 24, Count: desk.Count{Count: 1}}, {Hours: 72}} {
		if counts.Ages[i] != want {
			t.Errorf("got %+v, want %+v", counts.Ages[i], want)
		}
	}
	page, err := w.desk.Queue(t.Context(), w.hoa, &desk.Ask{Limit: 1, Count: true})
	if err != nil || page.Total == nil || *page.Total != (desk.Count{Count: 2}) || len(page.Rows) != 1 {
		t.Errorf("got %+v, %v", page, err)
	}
}
