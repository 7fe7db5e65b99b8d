package storagetest

import (
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// submission returns a row of the desk.
func (w *world) submission(text string) *storage.Submission {
	return &storage.Submission{
		Record: w.id(), Kind: syncproto.KindStory, Unit: w.unit, Author: w.person, State: syncproto.StateSubmitted, Sent: 1000,
		Since: 1000, Changed: 1000, Title: text, Text: text,
	}
}

func putSubmission(t *testing.T, s storage.Store, rows ...*storage.Submission) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error {
		for _, row := range rows {
			if err := tx.PutSubmission(row, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantFound asks for all pages of a query, few rows at a time, and compares the titles.
func wantFound(t *testing.T, s storage.Store, q storage.Query, want ...string) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		for _, limit := range []int{2, 200} {
			q.Limit, q.From = limit, ""
			var got []string
			for {
				page, err := r.Find(&q)
				if err != nil {
					return err
				}
				for _, row := range page.Rows {
					if got = append(got, row.Title); row.Text != "" {
						t.Errorf("%s comes with its text", row.Title)
					}
				}
				if q.From = page.Next; q.From == "" {
					break
				}
				if len(page.Rows) != limit {
					t.Fatalf("%+v: a page of %d rows is not the last", q, len(page.Rows))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: got %q, want %q", q, got, want)
			}
		}
		return nil
	})
}

func testSubmissions(t *testing.T, s storage.Store) {
	w := newWorld(t, 90)
	full := &storage.Submission{
		Record: w.id(), Kind: syncproto.KindEvent, Unit: w.unit, Author: w.person, State: syncproto.StateInReview,
		Flags: storage.FlagUrgent | storage.FlagAlarmed, Sent: 1, Since: 2, Changed: 3, Claimer: w.id(), Until: 4, Photos: 5,
		Title: "Hội", Text: "Hội Chữ thập đỏ",
	}
	bare := &storage.Submission{Record: w.id()}
	putSubmission(t, s, full, bare)
	for range 2 { // an unchanged row is put again
		view(t, s, func(r storage.Reader) error {
			for _, want := range []*storage.Submission{full, bare} {
				if got, err := r.Submission(want.Record); err != nil || *got != *want {
					t.Errorf("got %+v, %v, want %+v", got, err, want)
				}
			}
			_, err := r.Submission(w.id())
			wantCode(t, err, syncproto.CodeNotFound)
			_, err = r.Submission("not an id")
			wantCode(t, err, syncproto.CodeNotFound)
			for author, want := range map[syncproto.ID]int{w.person: 1, w.id(): 0, "": 1, "not an id": 0} {
				if n, err := r.SubmissionsBy(author); err != nil || n != want {
					t.Errorf("by %q: got %d, %v, want %d", author, n, err, want)
				}
			}
			return nil
		})
		putSubmission(t, s, full, bare)
	}
	full.State, full.Claimer, full.Until, full.Text = syncproto.StateApproved, "", 0, "khác hẳn"
	bare.Unit, bare.Author = w.unit, w.person
	putSubmission(t, s, full, bare)
	update(t, s, func(tx storage.Tx) error {
		wantCode(t, tx.PutSubmission(&storage.Submission{Record: "not an id"}, 0), syncproto.CodeInvalidID)
		if err := tx.DropSubmission(w.id()); err != nil {
			return err
		}
		return tx.DropSubmission(bare.Record)
	})
	view(t, s, func(r storage.Reader) error {
		if got, err := r.Submission(full.Record); err != nil || *got != *full {
			t.Errorf("got %+v, %v, want %+v", got, err, full)
		}
		_, err := r.Submission(bare.Record)
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
	wantFound(t, s, storage.Query{Text: "chu thap"})
	wantFound(t, s, storage.Query{Text: "khac han"}, "Hội")
}

func testQueue(t *testing.T, s storage.Store) {
	w := newWorld(t, 91)
	other, me, them := w.id(), w.id(), w.id()
	var rows []*storage.Submission
	add := func(title string, change func(*storage.Submission)) {
		row := w.submission(title)
		row.Since, row.Changed = int64(2000-100*len(rows)), int64(3000+10*(len(rows)%3))
		change(row)
		rows = append(rows, row)
	}
	add("a", func(*storage.Submission) {})
	add("b", func(s *storage.Submission) { s.Flags = storage.FlagUrgent | storage.FlagChild })
	add("c", func(s *storage.Submission) { s.Unit, s.State = other, syncproto.StateUnclaimed })
	add("d", func(s *storage.Submission) { s.State, s.Claimer, s.Until = syncproto.StateInReview, me, 5000 })
	add("e", func(s *storage.Submission) { s.State, s.Claimer, s.Until = syncproto.StateInReview, them, 5000 })
	add("f", func(s *storage.Submission) { s.State, s.Flags = syncproto.StatePublished, storage.FlagUrgent })
	add("g", func(s *storage.Submission) {
		s.State, s.Author, s.Kind = syncproto.StatePublished, me, syncproto.KindEvent
	})
	putSubmission(t, s, rows...)
	open := []syncproto.State{syncproto.StateSubmitted, syncproto.StateUnclaimed, syncproto.StateInReview}
	for _, c := range []struct {
		query storage.Query
		want  string
	}{
		{storage.Query{}, "fbgedca"},
		{storage.Query{Order: storage.OrderWaiting}, "fbgedca"},
		{storage.Query{States: open}, "bedca"},
		{storage.Query{States: open, Units: []syncproto.ID{w.unit}}, "beda"},
		{storage.Query{States: open, Units: []syncproto.ID{w.unit, other, w.unit, "not an id"}}, "bedca"},
		{storage.Query{Units: []syncproto.ID{other}}, "c"},
		{storage.Query{Units: []syncproto.ID{other, w.id()}}, "c"},
		{storage.Query{Units: []syncproto.ID{}}, ""},
		{storage.Query{Units: []syncproto.ID{"not an id"}}, ""},
		{storage.Query{Units: []syncproto.ID{""}}, ""},
		{storage.Query{All: storage.FlagUrgent}, "fb"},
		{storage.Query{All: storage.FlagUrgent, None: storage.FlagChild}, "f"},
		{storage.Query{All: storage.FlagUrgent | storage.FlagChild}, "b"},
		{storage.Query{All: storage.FlagUrgent, None: storage.FlagUrgent}, ""},
		{storage.Query{None: storage.FlagUrgent, States: open}, "edca"},
		{storage.Query{Kinds: []syncproto.Kind{syncproto.KindEvent}}, "g"},
		{storage.Query{Kinds: []syncproto.Kind{syncproto.KindEvent, syncproto.KindPhoto}}, "g"},
		{storage.Query{Author: me}, "g"},
		{storage.Query{Author: "not an id"}, ""},
		{storage.Query{NotBy: w.person}, "g"},
		{storage.Query{NotBy: "not an id", Author: me}, "g"},
		{storage.Query{Claimer: me}, "d"},
		{storage.Query{Claimer: them, Order: storage.OrderNewest}, "e"},
		{storage.Query{Claimer: me, Free: 4999}, "fbgdca"},
		{storage.Query{Free: 4999, States: open}, "bca"},
		{storage.Query{Free: 5000, States: open}, "bedca"},
		{storage.Query{Before: 1700}, "fge"},
		{storage.Query{After: 1700}, "bdca"},
		{storage.Query{After: 1700, Before: 1800}, "d"},
		{storage.Query{Order: storage.OrderNewest, States: []syncproto.State{syncproto.StatePublished}}, "fg"},
		{storage.Query{Order: storage.OrderNewest, Units: []syncproto.ID{other}}, "c"},
		{storage.Query{Text: "  ,. "}, ""},
	} {
		wantFound(t, s, c.query, strings.Split(c.want, "")...)
	}
	newest := slices.Clone(rows)
	slices.SortFunc(newest, func(a, b *storage.Submission) int {
		if a.Changed != b.Changed {
			return int(b.Changed - a.Changed)
		}
		return strings.Compare(string(a.Record), string(b.Record))
	})
	var titles []string
	for _, row := range newest {
		titles = append(titles, row.Title)
	}
	wantFound(t, s, storage.Query{Order: storage.OrderNewest}, titles...)
}

func testQueryInvalid(t *testing.T, s storage.Store) {
	w := newWorld(t, 92)
	for range 5 {
		putSubmission(t, s, w.submission("Chữ thập đỏ"))
	}
	view(t, s, func(r storage.Reader) error {
		marks := map[storage.Order]string{}
		for _, order := range []storage.Order{storage.OrderWaiting, storage.OrderNewest, storage.OrderBest} {
			page, err := r.Find(&storage.Query{Order: order, Text: "chu", Limit: 2})
			if err != nil || page.Next == "" {
				t.Fatalf("%s: got %+v, %v", order, page, err)
			}
			marks[order] = page.Next
		}
		for _, q := range []storage.Query{
			{Limit: 0},
			{Limit: -1},
			{Limit: 201},
			{Limit: 10, Order: "oldest"},
			{Limit: 10, Order: storage.OrderBest},
			{Limit: 10, From: "x"},
			{Limit: 10, From: "****"},
			{Limit: 10, From: marks[storage.OrderNewest]},
			{Limit: 10, From: marks[storage.OrderBest]},
			{Limit: 10, From: marks[storage.OrderWaiting], Order: storage.OrderNewest},
			{Limit: 10, From: marks[storage.OrderWaiting] + "A"},
			{Limit: 10, From: marks[storage.OrderWaiting][:12]},
			{Limit: 10, From: strings.Repeat("A", 3000)},
		} {
			_, err := r.Find(&q)
			wantCode(t, err, syncproto.CodeQueryInvalid)
		}
		return nil
	})
}

func testHeld(t *testing.T, s storage.Store) {
	w := newWorld(t, 93)
	a, b, c := w.submission("a"), w.submission("b"), w.submission("c")
	update(t, s, func(tx storage.Tx) error {
		for row, hold := range map[*storage.Submission]int64{a: 300, b: 200, c: 0} {
			if err := tx.PutSubmission(row, hold); err != nil {
				return err
			}
		}
		return nil
	})
	expect := func(at int64, limit int, want ...*storage.Submission) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.Held(at, limit)
			var ids []syncproto.ID
			for _, row := range want {
				ids = append(ids, row.Record)
			}
			if !slices.Equal(got, ids) {
				t.Errorf("at %d: got %v, want %v", at, got, ids)
			}
			return err
		})
	}
	expect(199, 10)
	expect(200, 10, b)
	expect(1000, 10, b, a)
	expect(1000, 1, b)
	expect(1000, 0)
	putSubmission(t, s, b) // the hold alone ended
	expect(1000, 10, a)
}
