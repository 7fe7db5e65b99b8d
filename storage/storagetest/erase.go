package storagetest

import (
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// erased returns the tombstone of a record of which nothing is kept.
func erased(r *syncproto.Record) *syncproto.Record {
	return &syncproto.Record{
		ID: r.ID, Kind: r.Kind, Unit: r.Unit, Revision: r.Revision + 1, Deleted: true, Erased: true, Received: r.Received,
		Changed: r.Changed + 10,
	}
}

func testErase(t *testing.T, s storage.Store) {
	w := newWorld(t, 97)
	first, kept := w.story("bí mật"), w.story("ở lại")
	second := after(first, "bí mật hơn")
	scope := syncproto.PersonScope(w.person)
	row := w.submission("bí mật")
	row.Record = first.ID
	gone := erased(second)
	update(t, s, func(tx storage.Tx) error {
		for _, err := range []error{
			tx.PutDevice(&storage.Device{ID: w.device, Person: w.person}),
			tx.PutRecord(first, []syncproto.Scope{scope}), tx.PutRecord(second, []syncproto.Scope{scope}),
			tx.PutRecord(kept, []syncproto.Scope{scope}), tx.PutSide(first.ID, "title", w.device, `"bí mật"`),
			tx.PutSide(kept.ID, "title", w.device, `"ở lại"`), tx.PutSubmission(row, 5),
			tx.AddDeadLetter(&storage.DeadLetter{Device: w.device, Number: 1, Person: w.person, Wire: []byte(`{"record":"` + string(first.ID) + `"}`)}),
			tx.AddDeadLetter(&storage.DeadLetter{Device: w.device, Number: 2, Person: w.person, Wire: []byte(`{"record":"` + string(kept.ID) + `"}`)}),
		} {
			if err != nil {
				return err
			}
		}
		full, alive := gone.Clone(), gone.Clone()
		full.Fields, alive.Erased = first.Fields, false
		wantCode(t, tx.EraseRecord(full), syncproto.CodeInternal)
		wantCode(t, tx.EraseRecord(alive), syncproto.CodeInternal)
		wantCode(t, tx.EraseRecord(&syncproto.Record{ID: "not an id", Deleted: true, Erased: true}), syncproto.CodeInvalidID)
		_ = tx.Savepoint(func() error {
			if err := tx.EraseRecord(gone); err != nil {
				t.Error(err)
			}
			return errWanted
		})
		if list, err := tx.Revisions(first.ID); err != nil || len(list) != 2 {
			t.Errorf("after what was undone: got %d revisions, %v", len(list), err)
		}
		return tx.EraseRecord(gone)
	})
	for range 2 { // erasing once more changes nothing
		view(t, s, func(r storage.Reader) error {
			wantErased(t, r, gone, w.device)
			if _, ok, err := r.Side(kept.ID, "title", w.device); !ok || err != nil {
				t.Errorf("the side of another record is gone: %v", err)
			}
			letters, err := r.DeadLetters(w.device, 0, 10)
			if err != nil || len(letters) != 1 || letters[0].Number != 2 {
				t.Errorf("got dead letters %v, %v, want that of another record", letters, err)
			}
			return nil
		})
		wantFound(t, s, storage.Query{Text: "bi mat"})
		list, _ := feed(t, s, scope)
		if len(list) != 2 || list[1].wire != wire(gone) {
			t.Errorf("got the feed %v, want the tombstone in it", list)
		}
		update(t, s, func(tx storage.Tx) error { return tx.EraseRecord(gone) })
	}
	update(t, s, func(tx storage.Tx) error { return tx.EraseDeadLetters(w.person) })
	view(t, s, func(r storage.Reader) error {
		letters, err := r.DeadLetters(w.device, 0, 10)
		if err != nil || len(letters) != 1 || len(letters[0].Wire) != 0 {
			t.Errorf("got dead letters %v, %v, want one without its payload", letters, err)
		}
		return nil
	})
}

func wantErased(t *testing.T, r storage.Reader, gone *syncproto.Record, device syncproto.ID) {
	t.Helper()
	k, err := r.Record(gone.ID)
	if err != nil || string(k.Wire) != wire(gone) || len(k.Record.Fields) != 0 || !k.Record.Deleted || !k.Record.Erased {
		t.Errorf("got %+v, %v, want the tombstone", k, err)
	}
	list, err := r.Revisions(gone.ID)
	if err != nil || len(list) != 1 || list[0].Revision != gone.Revision || !list[0].Erased {
		t.Errorf("got revisions %v, %v, want the tombstone alone", list, err)
	}
	_, err = r.Revision(gone.ID, 1)
	wantCode(t, err, syncproto.CodeNotFound)
	if _, ok, err := r.Side(gone.ID, "title", device); ok || err != nil {
		t.Errorf("a side is left: %v", err)
	}
	_, err = r.Submission(gone.ID)
	wantCode(t, err, syncproto.CodeNotFound)
	if held, err := r.Held(1000, 10); err != nil || len(held) != 0 {
		t.Errorf("got holds %v, %v", held, err)
	}
}
