package desk_test

import (
	"fmt"
	"slices"
	"testing"

	"lantoa/server/internal/desk"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestViewsShowWhatWaitsForWhom(t *testing.T) { onBoth(t, viewsShowWhatWaitsForWhom) }

func viewsShowWhatWaitsForWhom(t *testing.T, w *world) {
	w.story(w.lan, w.commune, "bản nháp", nil)
	w.submitted(w.lan, w.commune, "đã gửi", nil)
	w.submitted(w.hoa, w.commune, "của chính biên tập", nil)
	claimed := w.submitted(w.lan, w.commune, "Nam đang xem", nil)
	w.command(w.nam, claimed, syncproto.CommandClaim)
	returned := w.submitted(w.lan, w.commune, "cần bổ sung", nil)
	w.command(w.hoa, returned, syncproto.CommandReturn)
	w.submitted(w.tuan, w.other, "xã khác", nil)
	late := w.submitted(w.tuan, w.commune, "của người ngoài", nil) // who has no grant here
	if got := w.record(late).State; got != syncproto.StateUnclaimed {
		t.Fatalf("got %s", got)
	}
	for _, c := range []struct {
		name string
		ask  desk.Ask
		want []string
	}{
		{"mine", desk.Ask{}, []string{"đã gửi"}},
		{"open", desk.Ask{View: desk.ViewOpen}, []string{"đã gửi", "của chính biên tập", "Nam đang xem", "cần bổ sung"}},
		{"inbox", desk.Ask{View: desk.ViewInbox}, []string{"của người ngoài"}},
		{"by state", desk.Ask{View: desk.ViewAll, States: []syncproto.State{syncproto.StateNeedsChanges}}, []string{"cần bổ sung"}},
		{"by state that the view has not", desk.Ask{View: desk.ViewInbox, States: []syncproto.State{syncproto.StateApproved}}, nil},
		{"by author", desk.Ask{View: desk.ViewAll, Author: w.hoa.Person}, []string{"của chính biên tập"}},
		{"by kind", desk.Ask{View: desk.ViewAll, Kinds: []syncproto.Kind{syncproto.KindEvent}}, nil},
		{"by words", desk.Ask{View: desk.ViewAll, Text: "bien tap"}, []string{"của chính biên tập"}},
		{"by words, of mine", desk.Ask{Text: "gui"}, []string{"đã gửi"}},
	} {
		if got := w.titles(w.hoa, c.ask); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := w.titles(w.nam, desk.Ask{Unit: w.other}); !slices.Equal(got, []string{"xã khác"}) {
		t.Errorf("of the other commune: got %q", got)
	}
	w.now += 40 * 60 * 1000 // the claim has run out
	if got := w.titles(w.hoa, desk.Ask{}); !slices.Equal(got, []string{"đã gửi", "Nam đang xem"}) {
		t.Errorf("after the claim: got %q", got)
	}
}

func TestQueueRefusesWhatIsNoQuestion(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		ask  desk.Ask
		want syncproto.Code
	}{
		"view":            {desk.Ask{View: "yours"}, syncproto.CodeQueryInvalid},
		"state":           {desk.Ask{States: []syncproto.State{syncproto.StateDraft}}, syncproto.CodeQueryInvalid},
		"flag":            {desk.Ask{Flags: []string{"red"}}, syncproto.CodeQueryInvalid},
		"order":           {desk.Ask{Order: storage.OrderBest}, syncproto.CodeQueryInvalid},
		"limit":           {desk.Ask{Limit: desk.MaxPage + 1}, syncproto.CodeQueryInvalid},
		"mark":            {desk.Ask{From: "bogus"}, syncproto.CodeQueryInvalid},
		"another's mark":  {desk.Ask{View: desk.ViewOpen, From: "W3t9LHt9XQ"}, syncproto.CodeQueryInvalid},
		"another's unit":  {desk.Ask{Unit: w.other}, syncproto.CodeNotFound},
		"the unit above":  {desk.Ask{Unit: w.province}, syncproto.CodeNotFound},
		"no unit at all":  {desk.Ask{Unit: syncproto.NewID()}, syncproto.CodeNotFound},
		"id of an author": {desk.Ask{Author: "lan"}, syncproto.CodeQueryInvalid},
	} {
		if _, err := w.desk.Queue(t.Context(), w.hoa, &c.ask); syncproto.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	if _, err := w.desk.Queue(t.Context(), w.lan, &desk.Ask{}); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("a volunteer: got %v", err)
	}
	if _, err := w.desk.Counters(t.Context(), w.lan, ""); syncproto.CodeOf(err) != syncproto.CodeForbidden {
		t.Errorf("a volunteer counts: got %v", err)
	}
}

func TestCountersAgreeWithTheQueue(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.submitted(w.lan, w.commune, fmt.Sprint("bài ", i), nil)
	}
	w.submitted(w.tuan, w.other, "xã khác", nil)
	w.submitted(w.tuan, w.commune, "chờ nhận", nil)
	approved := w.submitted(w.lan, w.commune, "đã duyệt", nil)
	w.command(w.hoa, approved, syncproto.CommandClaim)
	w.command(w.hoa, approved, syncproto.CommandApprove)
	for _, unit := range []syncproto.ID{"", w.commune, w.other} {
		counts, err := w.desk.Counters(t.Context(), w.nam, unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, view := range []desk.View{desk.ViewMine, desk.ViewOpen, desk.ViewAll, desk.ViewInbox} {
			rows := w.titles(w.nam, desk.Ask{View: view, Unit: unit, Limit: desk.MaxPage})
			if got := counts.Views[view].Count; got != len(rows) {
				t.Errorf("%s of %q: counted %d, listed %d", view, unit, got, len(rows))
			}
		}
	}
	counts, err := w.desk.Counters(t.Context(), w.nam, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(counts.Units) != 2 || counts.Units[0].Unit.Name != "Hoằng Lộc" || counts.Units[0].Waiting != 5 ||
		counts.Units[0].Open != 6 || counts.Units[0].Inbox != 1 || counts.States[syncproto.StateApproved] != 1 {
		t.Errorf("got %+v", counts)
	}
}

// TestPagesLoseNothingWhileTheQueueMoves reads page after page while editors work, and must see every row that stayed.
func TestPagesLoseNothingWhileTheQueueMoves(t *testing.T) {
	onBoth(t, pagesLoseNothingWhileTheQueueMoves)
}

func pagesLoseNothingWhileTheQueueMoves(t *testing.T, w *world) {
	var all []syncproto.ID
	for i := range 60 {
		id := w.submitted(w.lan, w.commune, fmt.Sprint("bài ", i), nil)
		all = append(all, id)
		if i%7 == 0 { // settled, with a conflict open: the second of the two questions behind the view
			w.command(w.nam, id, syncproto.CommandClaim)
			w.conflict(id)
			w.command(w.nam, id, syncproto.CommandDecline)
		}
	}
	seen, from, moved := map[syncproto.ID]int{}, "", map[syncproto.ID]bool{}
	for page := 0; ; page++ {
		got, err := w.desk.Queue(t.Context(), w.hoa, &desk.Ask{From: from, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range got.Rows {
			seen[row.Record]++
		}
		if from = got.Next; from == "" {
			break
		}
		if page > 60 {
			t.Fatal("no end")
		}
		// Another takes one that was shown and one that was not, and the author sends a new one.
		for _, at := range []int{page * 7, 59 - page} {
			if id := all[at]; !moved[id] && w.record(id).State == syncproto.StateSubmitted {
				w.command(w.nam, id, syncproto.CommandReturn)
				moved[id] = true
			}
		}
		w.submitted(w.lan, w.commune, "mới", nil)
	}
	for i, id := range all {
		if !moved[id] && seen[id] != 1 {
			t.Errorf("item %d was shown %d times", i, seen[id])
		}
	}
}

// conflict makes an open conflict about the title of a story: two people who saw the same set it.
func (w *world) conflict(id syncproto.ID) syncproto.ID {
	w.t.Helper()
	base := w.record(id).Revision
	w.edit(w.hoa, id, syncproto.Fields{"title": syncproto.Text("Hoà sửa")})
	w.now += 1000
	outcome, err := w.rounds.Act(w.t.Context(), w.lan, &syncproto.Mutation{
		ID: syncproto.NewID(), Record: id, Kind: syncproto.KindStory, BaseRevision: base, Set: syncproto.Fields{"title": syncproto.Text("Lan sửa")},
	})
	if err != nil || outcome.Conflict == "" {
		w.t.Fatalf("no conflict: %+v, %v", outcome, err)
	}
	return outcome.Conflict
}
