package upload_test

import (
	"context"
	"testing"

	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

// photoWith puts a photo of somebody that announces an original and a display copy.
func (w *world) photoWith(of *storage.Device, original, display []byte) syncproto.ID {
	w.t.Helper()
	id := w.photo(of, syncproto.StatePublished, original)
	w.update(func(tx storage.Tx) error {
		stored, err := tx.Record(id)
		if err != nil {
			return err
		}
		next := stored.Record.Clone()
		next.Revision++
		m, _ := syncproto.MediaOf(next)
		m.Display = fileOf(display)
		next.Fields[syncproto.MediaField] = m.Value()
		return tx.PutRecord(next, stored.Scopes)
	})
	return id
}

// TestACopyThatMayBeSeenIsNoOriginal follows a hash from a display copy that everybody may see, by a display copy of
// one's own, to an original of one's own, which would be given as it came, with the place in it.
func TestACopyThatMayBeSeenIsNoOriginal(t *testing.T) {
	w := newWorld(t)
	display := noise(t, 5000)
	display1 := upload.Creation{Lane: syncproto.LaneDisplay, Size: int64(len(display))}
	display1.Record = w.photoWith(w.lan, noise(t, 9000), display)
	st, err := w.s.Create(t.Context(), w.lan, display1, nil)
	w.must(err)
	_, err = w.write(w.lan, st.ID, 0, display)
	w.must(err)

	mine := display1
	mine.Record = w.photoWith(w.minh, noise(t, 100), display)
	st, err = w.s.Create(t.Context(), w.minh, mine, nil)
	w.must(err)
	if st.State != syncproto.MediaStored {
		t.Fatalf("what may be seen is sent again: %+v", st)
	}
	if st := w.create(w.minh, w.photo(w.minh, syncproto.StateDraft, display), int64(len(display))); st.Offset != 0 {
		t.Errorf("whoever saw a copy has its sealed bytes: %+v", st)
	}
	// Whoever sent those bytes has them.
	if st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, display), int64(len(display))); st.Offset == 0 {
		t.Errorf("got %+v", st)
	}
}

// asked calls back when a blob is asked for.
type asked struct {
	storage.Blobs
	storage.BlobAdopter
	then func()
}

func (a *asked) Stat(ctx context.Context, id storage.BlobID) (storage.BlobInfo, error) {
	info, err := a.Blobs.Stat(ctx, id)
	if a.then != nil {
		a.then()
	}
	return info, err
}

// TestAnOrphanThatGoesIsNotClaimed has the collection take bytes that nobody needed between the look at the blob store
// and the claim.
func TestAnOrphanThatGoesIsNotClaimed(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 5000)
	id, size := idOf(data), int64(len(data))
	w.bring(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	w.update(func(tx storage.Tx) error {
		if err := tx.DeleteMedia(id); err != nil {
			return err
		}
		return tx.PutMedia(&storage.Media{ID: id, Size: size, State: storage.MediaArriving})
	})
	adopter, ok := w.blobs.(storage.BlobAdopter)
	if !ok {
		t.Fatal("no directory")
	}
	blobs := &asked{Blobs: w.blobs, BlobAdopter: adopter}
	blobs.then = func() {
		blobs.then = nil
		w.must(w.blobs.Delete(t.Context(), id))
		w.update(func(tx storage.Tx) error { return tx.DeleteMedia(id) })
	}
	w.blobs = blobs
	w.restart()
	record := w.photo(w.lan, syncproto.StateDraft, data)
	if st := w.create(w.lan, record, size); st.Offset != 0 || w.arrived(record) != "" {
		t.Errorf("a receipt for bytes that are gone: %+v, %q", st, w.arrived(record))
	}
}

// TestNoReceiptForBytesThatAreNotThere restores a database from before a file was removed.
func TestNoReceiptForBytesThatAreNotThere(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 5000)
	w.bring(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	w.must(w.blobs.Delete(t.Context(), idOf(data)))
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	if st.Offset != 0 || w.arrived(record) != "" {
		t.Fatalf("a receipt for bytes that are gone: %+v, %q", st, w.arrived(record))
	}
	_, err := w.write(w.lan, st.ID, 0, data)
	w.must(err)
	if _, err := w.blobs.Stat(t.Context(), idOf(data)); err != nil {
		t.Error(err)
	}
}

// TestAFileThatIsSetBackIsAnnouncedAgain exchanges the file of a photo and takes that back; the phone only asks.
func TestAFileThatIsSetBackIsAnnouncedAgain(t *testing.T) {
	w := newWorld(t)
	first, second := noise(t, 3000), noise(t, 3000)
	id := w.photo(w.lan, syncproto.StateDraft, first)
	w.bring(w.lan, id, first)
	set := func(b []byte) {
		w.update(func(tx storage.Tx) error {
			stored, err := tx.Record(id)
			if err != nil {
				return err
			}
			next := stored.Record.Clone()
			next.Revision++
			m := syncproto.Media{MediaFile: fileOf(b), Type: "image/jpeg"}
			next.Fields[syncproto.MediaField] = m.Value()
			return tx.PutRecord(next, stored.Scopes)
		})
	}
	set(second)
	w.bring(w.lan, id, second)
	set(first)
	if w.arrived(id) != "" {
		t.Fatal("it speaks of another file")
	}
	told := w.told.Load()
	if got := w.ask(w.lan, id); got.State != syncproto.MediaStored {
		t.Fatalf("got %+v", got)
	}
	if w.arrived(id) != syncproto.ArrivalStored || w.told.Load() == told {
		t.Errorf("the record says %q, %d scopes were told", w.arrived(id), w.told.Load()-told)
	}
	told = w.told.Load()
	w.ask(w.lan, id)
	if w.told.Load() != told {
		t.Error("each question writes")
	}
}
