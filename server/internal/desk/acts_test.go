package desk_test

import (
	"fmt"
	"testing"

	"lantoa/server/internal/desk"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestBulkActsAnswerEachForItself(t *testing.T) { onBoth(t, bulkActsAnswerEachForItself) }

func bulkActsAnswerEachForItself(t *testing.T, w *world) {
	good := w.submitted(w.lan, w.commune, "đủ", nil)
	lacking := w.story(w.lan, w.commune, "thiếu đồng ý", nil)
	w.do(w.lan, syncproto.Mutation{Record: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.commune, Set: syncproto.Fields{
		"parent": syncproto.Text(string(lacking)), "caption": syncproto.Text("không rõ chụp ai"),
	}})
	w.command(w.lan, lacking, syncproto.CommandSubmit)
	own := w.submitted(w.hoa, w.commune, "của Hoà", nil)
	for _, id := range []syncproto.ID{good, lacking, own} {
		w.command(w.hoa, id, syncproto.CommandClaim)
	}
	draft := w.story(w.lan, w.commune, "nháp", nil)
	approve := func(id syncproto.ID) desk.Act {
		return desk.Act{
			ID: syncproto.NewID(), Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandApprove, BaseRevision: w.record(id).Revision,
		}
	}
	unread := approve(good)
	unread.BaseRevision = 0
	acts := []desk.Act{unread, approve(lacking), approve(own), approve(draft), {ID: syncproto.NewID(), Record: syncproto.NewID(), Kind: syncproto.KindStory, Command: syncproto.CommandApprove, BaseRevision: 1}, approve(good), {ID: "x"}}
	out, err := w.desk.Act(t.Context(), w.hoa, acts)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []syncproto.Code{
		syncproto.CodeMissingMember, syncproto.CodeConsentMissing, syncproto.CodeOwnStory, syncproto.CodeNotFound, syncproto.CodeNotFound, "", syncproto.CodeInvalidID,
	} {
		if out[i].Code != want || (want == "") != (out[i].Result == syncproto.Applied) {
			t.Errorf("item %d: got %+v, want %q", i, out[i], want)
		}
	}
	if got := w.record(good).State; got != syncproto.StateApproved {
		t.Errorf("got %s", got)
	}
	again, err := w.desk.Act(t.Context(), w.hoa, acts)
	if err != nil || again[5].Result != syncproto.Applied || again[5].Revision != out[5].Revision {
		t.Errorf("sent again: %+v, %v", again[5], err)
	}
	if _, err := w.desk.Act(t.Context(), w.hoa, make([]desk.Act, desk.MaxActs+1)); syncproto.CodeOf(err) != syncproto.CodeTooMany {
		t.Errorf("201 acts: got %v", err)
	}
	if _, err := w.desk.Act(t.Context(), w.lan, acts); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("a volunteer: got %v", err)
	}
}

func TestStaleApprovalBringsTheDifference(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(w.lan, w.commune, "Chị Lan góp 20 suất", nil)
	w.command(w.hoa, id, syncproto.CommandClaim)
	read := w.record(id).Revision
	w.edit(w.nam, id, syncproto.Fields{"title": syncproto.Text("Chị Lan góp 25 suất")})
	got := w.act(w.hoa, desk.Act{Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandApprove, BaseRevision: read})
	if got.Code != syncproto.CodeStaleRevision || got.Difference == nil || got.Difference.From != read ||
		len(got.Difference.Fields) != 1 || got.Difference.Fields[0].Field != "title" {
		t.Fatalf("got %+v", got)
	}
	got = w.act(w.hoa, desk.Act{Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandApprove, BaseRevision: got.Difference.To})
	if got.Result != syncproto.Applied {
		t.Errorf("after reading: got %+v", got)
	}
}

func TestActsMakeNotesAndHandOver(t *testing.T) { onBoth(t, actsMakeNotesAndHandOver) }

func actsMakeNotesAndHandOver(t *testing.T, w *world) {
	id := w.submitted(w.lan, w.commune, "bài", nil)
	draft := w.story(w.lan, w.commune, "nháp", nil)
	pin := func(on syncproto.ID) desk.Act {
		return desk.Act{Record: syncproto.NewID(), Kind: syncproto.KindNote, Set: syncproto.Fields{
			"parent": syncproto.Text(string(on)), "text": syncproto.Text("Thêm tên người trong ảnh"),
		}}
	}
	note := pin(id)
	if got := w.act(w.hoa, note); got.Result != syncproto.Applied || w.record(note.Record).Unit != w.commune {
		t.Fatalf("a note: got %+v", got)
	}
	gone := desk.Act{Record: note.Record, Kind: syncproto.KindNote, Delete: true, BaseRevision: 1, ID: syncproto.NewID()}
	for range 2 {
		if got := w.act(w.hoa, gone); got.Result != syncproto.Applied {
			t.Errorf("deleting it: got %+v", got)
		}
	}
	for name, a := range map[string]desk.Act{
		"on a draft": pin(draft), "on nothing": pin(syncproto.NewID()), "alone": {Record: syncproto.NewID(), Kind: syncproto.KindStory, Set: syncproto.Fields{"title": syncproto.Text("x")}},
	} {
		if got := w.act(w.hoa, a); got.Code != syncproto.CodeNotFound {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	w.command(w.hoa, id, syncproto.CommandClaim)
	over := desk.Act{Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandHandOver, To: w.nam.Person, BaseRevision: w.record(id).Revision}
	if got := w.act(w.hoa, over); got.Result != syncproto.Applied || w.record(id).Claim.Person != w.nam.Person {
		t.Errorf("handing over: got %+v", got)
	}
	over.ID, over.To = syncproto.NewID(), w.lan.Person
	if got := w.act(w.nam, over); got.Code != syncproto.CodeForbidden || got.Detail != "to" {
		t.Errorf("to a volunteer: got %+v", got)
	}
}

func TestConflictsAreResolvedByWhoeverReadsThem(t *testing.T) {
	for _, c := range []struct {
		name   string
		choice desk.Choice
		title  string
		state  syncproto.State
	}{
		{"what stays", desk.Choice{Choose: desk.ChooseStays}, "Hoà sửa", syncproto.StateDismissed},
		{"what was lost", desk.Choice{Choose: desk.ChooseLost}, "Lan sửa", syncproto.StateRestored},
		{"the base", desk.Choice{Choose: desk.ChooseBase}, "ban đầu", syncproto.StateDismissed},
		{"a value", desk.Choice{Value: syncproto.Text("cả hai")}, "cả hai", syncproto.StateDismissed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			id := w.submitted(w.lan, w.commune, "ban đầu", nil)
			card := w.conflict(id)
			cards, err := w.desk.Conflicts(t.Context(), w.nam, "", "")
			if err != nil || len(cards.Cards) != 1 {
				t.Fatalf("got %+v, %v", cards, err)
			}
			shown := cards.Cards[0]
			if shown.Base != syncproto.Text("ban đầu") || shown.Stays != syncproto.Text("Hoà sửa") || shown.Lost != syncproto.Text("Lan sửa") ||
				shown.Now != shown.Stays || len(shown.Compared) != 3 {
				t.Errorf("got %+v", shown)
			}
			before := w.record(id).Revision
			c.choice.ID = syncproto.NewID()
			for range 2 { // sent again, it changes nothing
				got, err := w.desk.Resolve(t.Context(), w.nam, card, &c.choice)
				if err != nil || got.Card == nil || got.Card.Result != syncproto.Applied {
					t.Fatalf("got %+v, %v", got, err)
				}
			}
			r := w.record(id)
			if r.Fields["title"] != syncproto.Text(c.title) || w.record(card).State != c.state {
				t.Errorf("got %s, %s", r.Fields["title"], w.record(card).State)
			}
			if want := before + map[bool]int64{true: 1}[c.choice.Choose != desk.ChooseStays]; r.Revision != want {
				t.Errorf("revision %d, want %d", r.Revision, want)
			}
			if cards, err := w.desk.Conflicts(t.Context(), w.nam, "", ""); err != nil || len(cards.Cards) != 0 {
				t.Errorf("still open: %+v, %v", cards, err)
			}
		})
	}
}

func TestChoicesThatAConflictDoesNotHave(t *testing.T) {
	w := newWorld(t)
	card := w.conflict(w.submitted(w.lan, w.commune, "ban đầu", nil))
	for name, c := range map[string]desk.Choice{
		"none": {}, "another": {Choose: "mine"}, "two": {Choose: desk.ChooseLost, Value: syncproto.Text("x")},
	} {
		if _, err := w.desk.Resolve(t.Context(), w.hoa, card, &c); syncproto.CodeOf(err) != syncproto.CodeInvalidValue {
			t.Errorf("%s: got %v", name, err)
		}
	}
	got, err := w.desk.Resolve(t.Context(), w.hoa, card, &desk.Choice{Value: syncproto.Int(7)})
	if err != nil || got.Card != nil || got.Edit.Code != syncproto.CodeInvalidField || w.record(card).State != syncproto.StateOpen {
		t.Errorf("a title that is no text: got %+v, %v", got, err)
	}
}

func TestNoticesOfAPersonAndTheirDesks(t *testing.T) {
	w := newWorld(t)
	add := func(to syncproto.Scope, due int64) {
		n := &storage.Notice{To: to, Kind: "test", Record: syncproto.NewID(), Unit: w.commune, At: w.now, Due: due}
		if err := w.store.Update(t.Context(), func(tx storage.Tx) error { _, err := tx.AddNotice(n); return err }); err != nil {
			t.Fatal(err)
		}
	}
	add(syncproto.PersonScope(w.hoa.Person), 0)
	add(syncproto.DeskScope(w.commune), w.now+60_000) // held
	add(syncproto.DeskScope(w.other), 0)
	add(syncproto.DeskScope(w.commune), 0)
	numbers := func(above int64) (string, int64) {
		page, err := w.desk.Notices(t.Context(), w.hoa, above)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, n := range page.Notices {
			got = append(got, n.Number)
		}
		return fmt.Sprint(got), page.Next
	}
	if got, next := numbers(0); got != "[1 4]" || next != 1 {
		t.Errorf("got %s, next %d", got, next)
	}
	w.now += 60_000
	if got, next := numbers(1); got != "[2 4]" || next != 4 {
		t.Errorf("after the hold: got %s, next %d", got, next)
	}
	for i := range 40 { // more desks than are asked one by one
		w.unit(fmt.Sprint("xã ", i), w.province)
	}
	page, err := w.desk.Notices(t.Context(), w.nam, 0)
	if err != nil || len(page.Notices) != 3 || page.Next != 4 || page.More {
		t.Errorf("the province: got %+v, %v", page, err)
	}
}

// TestAHeldNoticeKeepsNobodyReading: more than a page behind one that is held is no reason to ask again at once.
func TestAHeldNoticeKeepsNobodyReading(t *testing.T) {
	w := newWorld(t)
	for i := range 150 {
		n := &storage.Notice{To: syncproto.PersonScope(w.hoa.Person), Kind: "test", Record: syncproto.NewID(), Unit: w.commune, At: w.now}
		if i == 3 {
			n.Due = w.now + 60_000
		}
		if err := w.store.Update(t.Context(), func(tx storage.Tx) error { _, err := tx.AddNotice(n); return err }); err != nil {
			t.Fatal(err)
		}
	}
	page, err := w.desk.Notices(t.Context(), w.hoa, 0)
	if err != nil || page.Next != 3 || page.More {
		t.Fatalf("got next %d, more %v, %v", page.Next, page.More, err)
	}
	w.now += 60_000
	seen := map[int64]bool{}
	for above, more := int64(0), true; more; {
		page, err := w.desk.Notices(t.Context(), w.hoa, above)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Notices {
			seen[n.Number] = true
		}
		above, more = page.Next, page.More
	}
	if len(seen) != 150 {
		t.Errorf("%d of 150", len(seen))
	}
}

// TestAnApprovalOfWhatARestoreForgot: what came since has the revision that was read, and was not read.
func TestAnApprovalOfWhatARestoreForgot(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(w.lan, w.commune, "Chị Lan góp 20 suất", nil)
	w.command(w.hoa, id, syncproto.CommandClaim)
	read, err := w.desk.Show(t.Context(), w.hoa, id)
	if err != nil {
		t.Fatal(err)
	}
	approve := desk.Act{
		Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandApprove, BaseRevision: w.record(id).Revision, BaseEpoch: read.Epoch,
	}
	if err := w.store.Update(t.Context(), func(tx storage.Tx) error { _, err := tx.NewEpoch(); return err }); err != nil {
		t.Fatal(err)
	}
	if got := w.act(w.hoa, approve); got.Code != syncproto.CodeStaleRevision {
		t.Errorf("got %+v", got)
	}
	if read, err = w.desk.Show(t.Context(), w.hoa, id); err != nil || read.Epoch == approve.BaseEpoch {
		t.Fatalf("got %s, %v", read.Epoch, err)
	}
	approve.ID, approve.BaseEpoch = "", read.Epoch
	if got := w.act(w.hoa, approve); got.Result != syncproto.Applied {
		t.Errorf("read again: got %+v", got)
	}
}
