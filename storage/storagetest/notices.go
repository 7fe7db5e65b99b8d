package storagetest

import (
	"context"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func addNotice(t *testing.T, tx storage.Tx, n storage.Notice, number int64, added bool) storage.Notice {
	t.Helper()
	n.Number = 77 // what a caller left there means nothing
	if got, err := tx.AddNotice(&n); err != nil || got != added || n.Number != number {
		t.Errorf("got number %d, %v, %v, want %d, %v", n.Number, got, err, number, added)
	}
	return n
}

func wantNotices(t *testing.T, s storage.Store, to syncproto.Scope, above int64, limit int, want ...storage.Notice) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		got, err := r.Notices(to, above, limit)
		wantRows(t, got, err, want...)
		return nil
	})
}

// testNotices: one of each identity stands, numbers have no gaps, and lists page by number.
func testNotices(t *testing.T, s storage.Store) {
	w := newWorld(t, 120)
	author, desk := syncproto.PersonScope(w.person), syncproto.DeskScope(w.unit)
	record := w.id()
	first := storage.Notice{To: author, Kind: "returned", Record: record, Revision: 3, Unit: w.unit, At: 10, Due: 70}
	vary := []func(n *storage.Notice){
		func(n *storage.Notice) { n.To = desk }, func(n *storage.Notice) { n.Kind = "approved" },
		func(n *storage.Notice) { n.Record = w.id() }, func(n *storage.Notice) { n.Revision = 4 },
		func(n *storage.Notice) { n.Record = "" },
	}
	var all []storage.Notice
	update(t, s, func(tx storage.Tx) error {
		all = []storage.Notice{addNotice(t, tx, first, 1, true)}
		again := first
		again.At, again.Due, again.Unit = 99, 99, ""
		addNotice(t, tx, again, 1, false)
		for _, change := range vary {
			n := first
			change(&n)
			_ = tx.Savepoint(func() error {
				addNotice(t, tx, n, int64(len(all)+1), true)
				return errWanted
			})
			all = append(all, addNotice(t, tx, n, int64(len(all)+1), true))
			addNotice(t, tx, n, int64(len(all)), false)
		}
		return nil
	})
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		n := first
		n.Revision = 50
		addNotice(t, tx, n, 7, true)
		return errWanted
	})
	wantNotices(t, s, "", 0, 10, all...)
	wantNotices(t, s, "", -5, 10, all...)
	wantNotices(t, s, "", 2, 2, all[2:4]...)
	wantNotices(t, s, "", 0, 0)
	wantNotices(t, s, "", 6, 10)
	wantNotices(t, s, desk, 0, 10, all[1])
	wantNotices(t, s, desk, 2, 10)
	wantNotices(t, s, author, 0, 10, all[0], all[2], all[3], all[4], all[5])
	wantNotices(t, s, author, 1, 2, all[2], all[3])
	wantNotices(t, s, syncproto.DeskScope(w.id()), 0, 10)
}

// testNoticesDropped: what was taken back before it was due is not said, may be said again, and what was due stands.
func testNoticesDropped(t *testing.T, s storage.Store) {
	w := newWorld(t, 121)
	author := syncproto.PersonScope(w.person)
	record := w.id()
	notice := func(kind storage.NoticeKind, record syncproto.ID, due int64) storage.Notice {
		return storage.Notice{To: author, Kind: kind, Record: record, Revision: 1, At: 10, Due: due}
	}
	now, held, other := notice("received", record, 10), notice("returned", record, 70), notice("returned", w.id(), 70)
	about := notice("session", "", 70)
	drop := func(record syncproto.ID, at int64) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error { return tx.DropNotices(record, at) })
	}
	update(t, s, func(tx storage.Tx) error {
		now = addNotice(t, tx, now, 1, true)
		held = addNotice(t, tx, held, 2, true)
		other = addNotice(t, tx, other, 3, true)
		about = addNotice(t, tx, about, 4, true)
		return nil
	})
	drop(record, 70)
	drop(w.id(), 10)
	wantNotices(t, s, author, 0, 10, now, held, other, about)
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.DropNotices(record, 60)
			addNotice(t, tx, held, 5, true)
			return errWanted
		})
		addNotice(t, tx, held, 2, false)
		return nil
	})
	drop(record, 60)
	held.Dropped = 60
	wantNotices(t, s, author, 0, 10, now, held, other, about)
	drop(record, 65) // again: what is dropped stays as it was dropped
	wantNotices(t, s, author, 0, 10, now, held, other, about)
	again := notice("returned", record, 90)
	update(t, s, func(tx storage.Tx) error {
		again = addNotice(t, tx, again, 5, true)
		addNotice(t, tx, held, 5, false)
		return nil
	})
	wantNotices(t, s, author, 0, 10, now, held, other, about, again)
	drop(record, 0)
	again.Dropped, now.Dropped = 1, 1
	wantNotices(t, s, author, 0, 10, now, held, other, about, again)
}
