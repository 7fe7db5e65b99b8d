package storagetest

import (
	"context"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func putCases(t *testing.T, s storage.Store, list ...storage.Case) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error {
		for i := range list {
			if err := tx.PutCase(&list[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func testCases(t *testing.T, s storage.Store) {
	w := newWorld(t, 125)
	full := storage.Case{
		ID: w.id(), Kind: storage.CaseErasure, Person: w.person, Who: "Bà Đào", Record: w.id(), Consent: w.id(), Unit: w.unit,
		Opened: 1, By: w.id(), AnswerBy: 2, DoneBy: 3, Extended: 4, Answered: 5, Closed: 6, Result: "partly", Note: "đã báo",
		Steps: []byte(`{"media":2}`), Due: 7,
	}
	bare := storage.Case{ID: w.id(), Kind: storage.CaseAccess}
	early := full
	early.Person, early.Steps, early.Closed, early.Result = "", nil, 0, ""
	putCases(t, s, early, bare)
	putCases(t, s, full)
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		_ = tx.PutCase(&storage.Case{ID: full.ID})
		return errWanted
	})
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.PutCase(&storage.Case{ID: bare.ID, Who: "lost"})
			return errWanted
		})
		wantCode(t, tx.PutCase(&storage.Case{Kind: storage.CaseAccess}), syncproto.CodeInvalidID)
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		got, err := r.Case(full.ID)
		wantRow(t, got, err, full)
		got, err = r.Case(bare.ID)
		wantRow(t, got, err, bare)
		for _, id := range []syncproto.ID{"", w.id()} {
			got, err = r.Case(id)
			wantMissing(t, got, err)
		}
		return nil
	})
}

// testCasesListed: by what must be done first, in pages that meet.
func testCasesListed(t *testing.T, s storage.Store) {
	w := newWorld(t, 126)
	units, ids := w.ids(2), w.ids(8)
	all := make([]storage.Case, len(ids)) // in order: two of each DoneBy, with the smaller id first
	for i := range all {
		all[i] = storage.Case{ID: ids[7-i^1], Kind: storage.CaseAccess, Unit: units[i%2], DoneBy: int64(i / 2 * 10)}
		if i%3 == 0 {
			all[i].Closed = 5
		}
	}
	all[5].Unit = "" // nobody answers yet
	for _, i := range w.Perm(len(all)) {
		putCases(t, s, all[i])
	}
	for _, units := range [][]syncproto.ID{nil, units, units[:1], {units[1], w.id()}, {}, {w.id()}, {""}} {
		for _, open := range []bool{false, true} {
			want := slices.DeleteFunc(slices.Clone(all), func(c storage.Case) bool {
				return open && c.Closed != 0 || units != nil && (c.Unit == "" || !slices.Contains(units, c.Unit))
			})
			for _, limit := range []int{1, 3, -1} {
				wantRows(t, paged(t, s, units, open, limit), nil, want...)
			}
		}
	}
	view(t, s, func(r storage.Reader) error {
		got, err := r.Cases(nil, true, all[0].ID, 2) // after one that is not in the list itself
		wantRows(t, got, err, all[1], all[2])
		got, err = r.Cases(nil, false, "", 0)
		wantRows(t, got, err)
		_, err = r.Cases(nil, false, w.id(), 5)
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
}

// paged reads a list of cases page by page.
func paged(t *testing.T, s storage.Store, units []syncproto.ID, open bool, limit int) (out []storage.Case) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		after := syncproto.ID("")
		for {
			page, err := r.Cases(units, open, after, limit)
			if err != nil || len(page) == 0 {
				return err
			}
			out = append(out, page...)
			after = page[len(page)-1].ID
		}
	})
	return out
}

func testCasesDue(t *testing.T, s storage.Store) {
	w := newWorld(t, 127)
	ids := w.ids(5)
	list := []storage.Case{{ID: ids[3], Due: 10}, {ID: ids[1], Due: 20, Closed: 4}, {ID: ids[2], Due: 20}, {ID: ids[0], Due: 30}, {ID: ids[4]}}
	for _, i := range w.Perm(len(list)) {
		putCases(t, s, list[i])
	}
	due := func(at int64, limit int, want ...storage.Case) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.CasesDue(at, limit)
			wantRows(t, got, err, want...)
			return nil
		})
	}
	due(9, 10)
	due(0, 10)
	due(10, 10, list[0])
	due(20, 10, list[:3]...)
	due(20, 2, list[:2]...)
	due(1000, -1, list[:4]...)
	due(1000, 0)
	list[0].Due = 0
	list[1].Due = 25
	putCases(t, s, list[0], list[1])
	due(25, 10, list[2], list[1])
}
