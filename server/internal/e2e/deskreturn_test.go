package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestReturnedAndFixedOffline is AS-04 without pages and without push: there is no delivery yet, so Lan hears of it at her
// next sync and by nothing else. The link to the posted story belongs to the pages.
func TestReturnedAndFixedOffline(t *testing.T) {
	o := newOffice(t)
	commune := o.unit("Xã Hoằng Lộc", "Xã", "")
	line, plug := cable()
	lan, minh := o.phone("Lan", commune, syncproto.RoleVolunteer, plug), o.hire("Trần Văn Minh", commune, syncproto.RoleEditor)
	story, photos := lan.album("Bến đò", 4)
	if err := lan.Submit(background, story); err != nil {
		t.Fatal(err)
	}
	lan.sync()

	minh.takes(story, "", syncproto.CommandClaim)
	if got := minh.acts(minh.step(story, syncproto.CommandReturn, ""))[0]; got.Code != syncproto.CodeReasonRequired {
		t.Errorf("a return without a reason: %+v", got)
	}
	onPhoto := minh.makes(syncproto.KindNote, photos[2], object{"field": "caption", "text": "Ai trong ảnh?"})
	onTitle := minh.makes(syncproto.KindNote, story, object{"field": "title", "text": "Bến đò nào?"})
	minh.takes(story, "Thiếu tên", syncproto.CommandReturn)
	returned := o.record(story).Revision

	lan.sync()
	back, err := lan.List(background, mobilesdk.Filter{Returned: true})
	if err != nil || len(back.Items) != 1 || back.Items[0].Reason != "Thiếu tên" {
		t.Fatalf("what came back: %+v %v", back, err)
	}
	notes, err := lan.Notes(background, story)
	if err != nil || len(notes) != 2 {
		t.Fatalf("notes: %+v %v", notes, err)
	}
	if n := notes[0]; n.ID != onTitle || n.Record != story || n.Field != "title" || n.Text != "Bến đò nào?" || !n.Open() {
		t.Errorf("the note on the title: %+v", n)
	}
	if n := notes[1]; n.ID != onPhoto || n.Record != photos[2] || n.Position != 3 || n.Field != "caption" || !n.Open() {
		t.Errorf("the note on photo 3: %+v", n)
	}

	line.down.Store(true)
	fix := func(record syncproto.ID, field, text string, note syncproto.ID) {
		t.Helper()
		patch := mobilesdk.Patch{Set: syncproto.Fields{field: syncproto.Text(text)}}
		if err := lan.Fix(background, record, patch, []syncproto.ID{note}, record == story); err != nil {
			t.Fatal(err)
		}
	}
	fix(photos[2], "caption", "Bà Sáu chèo đò", onPhoto)
	fix(story, "title", "Bến đò Cồn Én", onTitle)
	if _, err := lan.Sync(background); err == nil {
		t.Fatal("a sync without a network succeeded")
	}
	line.down.Store(false)
	if s := lan.syncs(); s.Rejected != 0 || s.Unsent != 0 {
		t.Errorf("the fix: %+v", s)
	}
	if steps, err := lan.Timeline(background, story); err != nil || steps[len(steps)-1].Name != "Đã bổ sung" {
		t.Errorf("Lan reads %+v %v", steps, err)
	}

	var difference desk.Comparison
	minh.get(comparePath(story, returned, 0), &difference)
	if difference.State != [2]syncproto.State{syncproto.StateNeedsChanges, syncproto.StateResubmitted} ||
		len(difference.Fields) != 1 || difference.Fields[0].Field != "title" || len(difference.Parts) != 1 ||
		difference.Parts[0].Part != photos[2] || difference.Parts[0].Change != desk.PartChanged ||
		len(difference.Parts[0].Fields) != 1 || difference.Parts[0].Fields[0].Field != "caption" {
		t.Errorf("Minh sees %+v", difference)
	}
	queue := minh.queue("")
	if len(queue.Rows) != 1 || queue.Rows[0].State != syncproto.StateResubmitted {
		t.Errorf("the queue: %+v", queue)
	}
	minh.takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish)
	lan.sync()
	want := []syncproto.State{
		syncproto.StateSubmitted, syncproto.StateInReview, syncproto.StateNeedsChanges, syncproto.StateResubmitted,
		syncproto.StateInReview, syncproto.StateApproved, syncproto.StatePublished,
	}
	wantSameTimeline(t, lan, minh, story, want)
	steps := []storage.NoticeKind{review.NoticeNeedsChanges, review.NoticeApproved, review.NoticePublished}
	told := o.told(lan.person())
	if got := slices.DeleteFunc(told, func(k storage.NoticeKind) bool { return !slices.Contains(steps, k) }); !slices.Equal(got, steps) {
		t.Errorf("Lan is to be told of %v, want %v", got, steps)
	}
	o.noFaults()
}

// album captures a story with photos that show nobody, to be submitted yet.
func (h *handset) album(title string, photos int) (story syncproto.ID, parts []syncproto.ID) {
	h.t.Helper()
	story, err := h.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text(title)})
	for i := 0; err == nil && i < photos; i++ {
		var id syncproto.ID
		id, err = h.Create(background, syncproto.KindPhoto, story, syncproto.Fields{
			"caption": syncproto.Text("ảnh"), "position": syncproto.Int(int64(i)), syncproto.ShowsField: syncproto.Text(syncproto.ShowsNobody),
		})
		parts = append(parts, id)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return story, parts
}

// syncs syncs and returns what happened.
func (h *handset) syncs() *mobilesdk.Summary {
	h.t.Helper()
	s, err := h.Sync(background)
	if err != nil {
		h.t.Fatalf("sync: %v", err)
	}
	return s
}

func (h *handset) status() *mobilesdk.Status {
	h.t.Helper()
	s, err := h.Status(background)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *handset) person() syncproto.ID { return h.status().Person }

// told lists what a person is to be told, in order.
func (o *office) told(person syncproto.ID) (kinds []storage.NoticeKind) {
	o.t.Helper()
	o.view(func(r storage.Reader) error {
		list, err := r.Notices(syncproto.PersonScope(person), 0, 1000)
		for i := range list {
			if list[i].Dropped == 0 {
				kinds = append(kinds, list[i].Kind)
			}
		}
		return err
	})
	return kinds
}

// wantSameTimeline checks that author and desk read the same steps, and that they are the wanted ones.
func wantSameTimeline(t *testing.T, author *handset, editor *seat, story syncproto.ID, want []syncproto.State) {
	t.Helper()
	mine, err := author.Timeline(background, story)
	if err != nil {
		t.Fatal(err)
	}
	var theirs []mobilesdk.Step
	if err := json.Unmarshal([]byte(editor.show(story).Timeline), &theirs); err != nil {
		t.Fatal(err)
	}
	states := func(steps []mobilesdk.Step) (out []syncproto.State) {
		for i := range steps {
			steps[i].Name = "" // in the phone's language
			out = append(out, steps[i].State)
		}
		return out
	}
	if got := states(mine); !slices.Equal(got, want) {
		t.Errorf("the author reads %v, want %v", got, want)
	}
	if states(theirs); !slices.Equal(mine, theirs) {
		t.Errorf("the author reads\n%+v\nthe desk reads\n%+v", mine, theirs)
	}
}

// TestBothEditedAtTheDesk is AS-05 with an editor at a desk: date and body merge, the title raises one card with what both
// started from, and history names who chose. TestBothEdited has two phones.
func TestBothEditedAtTheDesk(t *testing.T) {
	o := newOffice(t)
	line, plug := cable()
	root := o.s.Root().ID
	lan, minh := o.phone("Lan", root, syncproto.RoleVolunteer, plug), o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	story, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{
		"title": syncproto.Text("Ngày hội"), "body": syncproto.Text("Sáng nay ba mươi ngừi đến hiến máu."),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := lan.Submit(background, story); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	seen := o.record(story).Revision

	line.down.Store(true)
	if err := lan.Edit(background, story, mobilesdk.Patch{Set: syncproto.Fields{
		"happened_at": syncproto.Int(1_750_000_000_000), "title": syncproto.Text("Ngày hội hiến máu"),
	}}); err != nil {
		t.Fatal(err)
	}
	spelling := object{"body": "Sáng nay ba mươi người đến hiến máu.", "title": "Ngày hội đỏ"}
	done := minh.acts(object{"id": syncproto.NewID(), "record": story, "kind": syncproto.KindStory, "base_revision": seen, "set": spelling})[0]
	if done.Result != syncproto.Applied {
		t.Fatalf("Minh's edit: %+v", done)
	}
	line.down.Store(false)
	if s := lan.syncs(); s.Conflicts != 1 {
		t.Errorf("conflicts: %+v", s)
	}

	var cards desk.Cards
	minh.get("/v1/desk/conflicts", &cards)
	if len(cards.Cards) != 1 {
		t.Fatalf("cards: %+v", cards)
	}
	card := &cards.Cards[0]
	if card.Field != "title" || card.Base != syncproto.Text("Ngày hội") || card.Stays != syncproto.Text("Ngày hội đỏ") ||
		card.Lost != syncproto.Text("Ngày hội hiến máu") || len(card.Compared) == 0 || card.Submission.Record != story {
		t.Errorf("the card: %+v", card)
	}
	r := o.record(story)
	if r.Fields["happened_at"] != syncproto.Int(1_750_000_000_000) || r.Fields["body"] != syncproto.Text("Sáng nay ba mươi người đến hiến máu.") {
		t.Errorf("date and body: %v", r.Fields)
	}
	if rows := minh.queue("flag=conflict").Rows; len(rows) != 1 || rows[0].Record != story {
		t.Errorf("the queue of conflicts: %+v", rows)
	}
	var head struct{ ID syncproto.ID }
	if err := json.Unmarshal(card.Record, &head); err != nil {
		t.Fatal(err)
	}
	minh.must(http.MethodPost, "/v1/desk/conflicts/"+string(head.ID), object{"choose": "lost"}, nil)
	var history struct{ Revisions []desk.Revision }
	minh.get("/v1/desk/submissions/"+string(story)+"/revisions", &history)
	if newest := history.Revisions[0]; newest.By == nil || newest.By.ID != minh.person || newest.By.Name != "Trần Văn Minh" ||
		!slices.Equal(newest.Changed, []string{"title"}) {
		t.Errorf("history says %+v", newest)
	}
	lan.sync()
	if item, err := lan.Show(background, story); err != nil || item.Fields["title"] != syncproto.Text("Ngày hội hiến máu") {
		t.Errorf("Lan reads %+v %v", item, err)
	}
	if left, err := lan.Conflicts(background); err != nil || len(left) != 0 {
		t.Errorf("cards left on the phone: %+v %v", left, err)
	}
	if minh.get("/v1/desk/conflicts", &cards); len(cards.Cards) != 0 {
		t.Errorf("cards left at the desk: %+v", cards)
	}
	o.noFaults()
}
