package storagetest

import (
	"context"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func addIntent(t *testing.T, tx storage.Tx, i storage.Intent, shares []storage.Share, number int64, added bool) storage.Intent {
	t.Helper()
	i.Number = 77 // what a caller left there means nothing
	if got, err := tx.AddIntent(&i, shares); err != nil || got != added || i.Number != number {
		t.Errorf("got number %d, %v, %v, want %d, %v", i.Number, got, err, number, added)
	}
	return i
}

func testIntentIdentity(t *testing.T, s storage.Store) {
	w := newWorld(t, 310)
	first := storage.Intent{
		Kind: "blood", Class: storage.ClassUrgent, Record: w.id(), Revision: 3, Unit: w.unit, At: 4, Due: 5, Until: 6, Persons: 2,
	}
	shares := []storage.Share{{Persons: w.ids(2), Units: []syncproto.ID{w.unit, ""}}, {Persons: w.ids(1)}}
	vary := []func(i *storage.Intent){
		func(i *storage.Intent) { i.Kind = "digest" }, func(i *storage.Intent) { i.Record = w.id() },
		func(i *storage.Intent) { i.Record = "" }, func(i *storage.Intent) { i.Revision = 4 }, func(i *storage.Intent) { i.To = w.person },
	}
	var all []storage.Intent
	update(t, s, func(tx storage.Tx) error {
		all = []storage.Intent{addIntent(t, tx, first, shares, 1, true)}
		again := first
		again.At, again.Due, again.Class, again.Unit = 99, 99, storage.ClassRoutine, ""
		addIntent(t, tx, again, nil, 1, false)
		for _, change := range vary {
			i := first
			change(&i)
			_ = tx.Savepoint(func() error {
				addIntent(t, tx, i, shares, int64(len(all)+1), true)
				return errWanted
			})
			all = append(all, addIntent(t, tx, i, shares, int64(len(all)+1), true))
			addIntent(t, tx, i, shares, int64(len(all)), false)
		}
		return nil
	})
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		i := first
		i.Revision = 50
		addIntent(t, tx, i, shares, 7, true)
		return errWanted
	})
	view(t, s, func(r storage.Reader) error {
		for _, want := range all {
			want.State = storage.IntentPlanning
			got, err := r.Intent(want.Number)
			wantRow(t, got, err, want)
			share, err := r.NextShare(want.Number)
			wantRow(t, share, err, storage.Share{Intent: want.Number, Persons: shares[0].Persons, Units: shares[0].Units})
		}
		for _, number := range []int64{-1, 0, 7, 1 << 40} {
			got, err := r.Intent(number)
			wantMissing(t, got, err)
			share, err := r.NextShare(number)
			wantMissing(t, share, err)
		}
		return nil
	})
}

func testIntentsListed(t *testing.T, s storage.Store) {
	w := newWorld(t, 311)
	record := w.id()
	share := []storage.Share{{Persons: w.ids(1)}}
	var all []storage.Intent
	for n, class := range []storage.Class{
		storage.ClassRoutine, storage.ClassUrgent, storage.ClassWorkflow, storage.ClassUrgent, storage.ClassRoutine, storage.ClassUrgent,
	} {
		update(t, s, func(tx storage.Tx) error {
			i := storage.Intent{Kind: "z", Class: class, Record: record, Revision: int64(9 - n), Until: 100}
			all = append(all[:n], addIntent(t, tx, i, share, int64(n+1), true))
			return nil
		})
	}
	update(t, s, func(tx storage.Tx) error {
		addIntent(t, tx, storage.Intent{Kind: "digest", Class: storage.ClassRoutine}, nil, 7, true)
		if _, err := tx.CancelIntent(6, 9); err != nil {
			return err
		}
		planned, err := tx.Plan(&storage.Share{Intent: 4}, []storage.Delivery{{Person: w.id(), Device: w.id(), State: storage.DeliveryDue}})
		if err != nil || !planned {
			t.Errorf("got %v, %v", planned, err)
		}
		return nil
	})
	all[5].State, all[5].Over, all[3].State = storage.IntentCancelled, 9, storage.IntentOpen
	all[2].State = storage.IntentPaused // one that is paused is planned all the same
	update(t, s, func(tx storage.Tx) error { return tx.PutIntent(&all[2]) })
	view(t, s, func(r storage.Reader) error {
		got, err := r.IntentsOf(record)
		wantRows(t, got, err, all...)
		got, err = r.Intents()
		wantRows(t, got, err, all[1], all[3], all[2], all[0], all[4])
		got, err = r.Planning(-1)
		wantRows(t, got, err, all[1], all[2], all[0], all[4])
		got, err = r.Planning(2)
		wantRows(t, got, err, all[1], all[2])
		got, err = r.Planning(0)
		wantRows(t, got, err)
		for _, id := range []syncproto.ID{"", w.id(), "none"} {
			got, err = r.IntentsOf(id)
			wantRows(t, got, err)
		}
		done, err := r.Intent(7)
		if err != nil || done.State != storage.IntentDone || done.Over == 0 {
			t.Errorf("got %+v, %v of an intent for nobody", done, err)
		}
		return nil
	})
}

func testIntentInvalid(t *testing.T, s storage.Store) {
	w := newWorld(t, 312)
	good := storage.Intent{Kind: "blood", Class: storage.ClassUrgent}
	share := []storage.Share{{Persons: w.ids(1)}}
	update(t, s, func(tx storage.Tx) error {
		for code, list := range map[syncproto.Code][]storage.Intent{
			syncproto.CodeInvalidValue: {{Class: storage.ClassUrgent}, {Kind: "blood"}, {Kind: "blood", Class: "loud"}},
			syncproto.CodeInvalidID: {
				{Kind: "blood", Class: storage.ClassUrgent, Record: "x"},
				{Kind: "blood", Class: storage.ClassUrgent, To: "x"},
				{Kind: "blood", Class: storage.ClassUrgent, Unit: "x"},
			},
		} {
			for _, i := range list {
				added, err := tx.AddIntent(&i, share)
				wantCode(t, err, code)
				if added {
					t.Errorf("%+v was added", i)
				}
			}
		}
		for code, list := range map[syncproto.Code][]storage.Share{
			syncproto.CodeInvalidValue: {{}, {Persons: w.ids(storage.MaxShare + 1)}, {Persons: w.ids(2), Units: w.ids(1)}},
			syncproto.CodeInvalidID:    {{Persons: []syncproto.ID{""}}, {Persons: w.ids(1), Units: []syncproto.ID{"x"}}},
		} {
			for _, bad := range list {
				_, err := tx.AddIntent(&good, []storage.Share{share[0], bad})
				wantCode(t, err, code)
			}
		}
		wantCode(t, tx.PutIntent(&storage.Intent{Number: 5, State: storage.IntentOpen}), syncproto.CodeNotFound)
		_, err := tx.CancelIntent(5, 9)
		wantCode(t, err, syncproto.CodeNotFound)
		_, _, err = tx.Tally(5)
		wantCode(t, err, syncproto.CodeNotFound)
		_, err = tx.DeliveriesOf(5, 0, 10)
		wantCode(t, err, syncproto.CodeNotFound)
		addIntent(t, tx, good, share, 1, true)
		wantCode(t, tx.PutIntent(&storage.Intent{Number: 1, State: "odd"}), syncproto.CodeInvalidValue)
		return nil
	})
}

// testNoticesTaken: a notice rings once, when it is due, unless it was taken back before.
func testNoticesTaken(t *testing.T, s storage.Store) {
	w := newWorld(t, 313)
	record := w.id()
	notice := func(n int64, due int64) storage.Notice {
		return storage.Notice{To: syncproto.PersonScope(w.person), Kind: "returned", Record: record, Revision: n, Due: due}
	}
	var all []storage.Notice
	update(t, s, func(tx storage.Tx) error {
		all = nil
		for n, due := range []int64{50, 10, 20, 90} {
			all = append(all, addNotice(t, tx, notice(int64(n), due), int64(n+1), true))
		}
		return nil
	})
	want := func(now int64, limit int, want ...storage.Notice) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.NoticesDue(now, limit)
			wantRows(t, got, err, want...)
			return nil
		})
	}
	want(9, 10)
	want(50, 10, all[0], all[1], all[2])
	want(50, 2, all[0], all[1])
	want(50, 0)
	want(20, -1, all[1], all[2])
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.NoticeTaken(1)
			return errWanted
		})
		for range 2 {
			if err := tx.NoticeTaken(2); err != nil {
				return err
			}
		}
		return tx.NoticeTaken(77)
	})
	want(50, 10, all[0], all[2])
	update(t, s, func(tx storage.Tx) error { return tx.DropNotices(record, 60) })
	want(100, 10, all[0], all[2])
	var again storage.Notice
	update(t, s, func(tx storage.Tx) error {
		again = addNotice(t, tx, notice(3, 95), 5, true)
		return nil
	})
	want(100, 10, all[0], all[2], again)
}
