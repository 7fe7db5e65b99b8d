package upload_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// ask asks for one original.
func (w *world) ask(by *storage.Device, record syncproto.ID) syncproto.MediaStatus {
	w.t.Helper()
	got, err := w.s.Ask(w.t.Context(), by, &syncproto.MediaAsk{Items: []syncproto.MediaItem{{Record: record, Lane: syncproto.LaneOriginal}}})
	w.must(err)
	return got.Items[0]
}

// store brings a file in whole.
func (w *world) bring(by *storage.Device, record syncproto.ID, data []byte) {
	w.t.Helper()
	st := w.create(by, record, int64(len(data)))
	_, err := w.write(by, st.ID, 0, data)
	w.must(err)
	if w.arrived(record) != syncproto.ArrivalStored {
		w.t.Fatal("the file is not stored")
	}
}

func TestAFileThatIsThereIsNotSentAgain(t *testing.T) {
	data := noise(t, 10000)
	size := int64(len(data))
	there := func(t *testing.T) *world {
		w := newWorld(t)
		w.bring(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
		return w
	}
	t.Run("by the person who sent it", func(t *testing.T) {
		w := there(t)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		if got := w.ask(w.lan, record); got.State != syncproto.MediaNeed {
			t.Errorf("got %+v before the creation", got)
		}
		st := w.create(w.lan, record, size)
		if st.Offset != size || st.State != syncproto.MediaStored || w.arrived(record) != syncproto.ArrivalStored {
			t.Errorf("got %+v, the record says %q", st, w.arrived(record))
		}
		if got := w.ask(w.lan, record); got.State != syncproto.MediaStored {
			t.Errorf("got %+v", got)
		}
		if again := w.create(w.lan, record, size); again.ID != st.ID {
			t.Error("each question leaves a row")
		}
	})
	t.Run("by an editor who may read it", func(t *testing.T) {
		w := newWorld(t)
		w.bring(w.lan, w.photo(w.lan, syncproto.StatePublished, data), data)
		editor := w.person("Hoa", syncproto.RoleEditor)
		record := w.photo(editor, syncproto.StateDraft, data)
		if st := w.create(editor, record, size); st.Offset != size {
			t.Errorf("got %+v", st)
		}
	})
	t.Run("but by somebody who only knows its hash", func(t *testing.T) {
		w := newWorld(t)
		w.bring(w.lan, w.photo(w.lan, syncproto.StatePublished, data), data)
		record := w.photo(w.minh, syncproto.StateDraft, data)
		if got := w.ask(w.minh, record); got.State != syncproto.MediaNeed {
			t.Errorf("got %+v", got)
		}
		st := w.create(w.minh, record, size)
		if st.Offset != 0 || w.arrived(record) != "" {
			t.Fatalf("got %+v", st)
		}
		_, err := w.write(w.minh, st.ID, 0, data)
		w.must(err)
		if w.arrived(record) != syncproto.ArrivalStored {
			t.Errorf("the record says %q", w.arrived(record))
		}
	})
	t.Run("and is refused as before", func(t *testing.T) {
		w := there(t)
		w.update(func(tx storage.Tx) error {
			m, err := tx.Media(idOf(data))
			if err != nil {
				return err
			}
			m.State, m.Code = storage.MediaRefused, syncproto.CodeMediaUnsupported
			return tx.PutMedia(m)
		})
		record := w.photo(w.lan, syncproto.StateDraft, data)
		st := w.create(w.lan, record, size)
		if st.State != syncproto.MediaRefused || st.Code != syncproto.CodeMediaUnsupported || st.Offset != size {
			t.Errorf("got %+v", st)
		}
		if got := w.ask(w.lan, record); got.State != syncproto.MediaRefused || got.Code != syncproto.CodeMediaUnsupported {
			t.Errorf("got %+v", got)
		}
	})
}

// TestAnOrphanIsClaimed restores a database that is older than the blobs.
func TestAnOrphanIsClaimed(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 10000)
	if _, err := w.blobs.Put(t.Context(), idOf(data), int64(len(data)), bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	if st.Offset != int64(len(data)) || w.arrived(record) != syncproto.ArrivalStored || w.looks.Load() != 1 {
		t.Errorf("got %+v, the record says %q, %d looks", st, w.arrived(record), w.looks.Load())
	}
	w.view(func(r storage.Reader) error {
		m, err := r.Media(idOf(data))
		if err == nil && (m.State != storage.MediaWaiting || m.Due == 0 || m.Person != w.lan.Person) {
			t.Errorf("got %+v", m)
		}
		return err
	})
}

// TestAClaimWaitsForTheBlobStore has a phone that freed its original ask for it while the blob store is down: it is not
// told to send what it has no more. Whoever has the bytes may send them meanwhile.
func TestAClaimWaitsForTheBlobStore(t *testing.T) {
	blobs := &flaky{Blobs: memory.NewBlobs()}
	w := worldOn(t, blobs)
	blobs.down.Store(true)
	data := noise(t, 10000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	c := upload.Creation{Record: record, Lane: syncproto.LaneOriginal, Size: int64(len(data)), Metadata: "record eA==,lane eA==," + syncproto.UploadClaim}
	if _, err := w.s.Create(t.Context(), w.lan, c, nil); syncproto.CodeOf(err) != syncproto.CodeUnavailable {
		t.Errorf("a claim got %v", err)
	}
	c.Metadata = ""
	if st, err := w.s.Create(t.Context(), w.lan, c, nil); err != nil || st.Offset != 0 {
		t.Errorf("a creation got %+v, %v", st, err)
	}
}

// TestAnUploadThatItsBlobOutlivedIsForgotten restores a database from while a file was coming, beside the blob that it
// became.
func TestAnUploadThatItsBlobOutlivedIsForgotten(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 10000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	_, err := w.write(w.lan, st.ID, 0, data[:4000])
	w.must(err)
	w.must(w.s.Sweep(t.Context()))
	if u := w.row(st.ID); u == nil || u.Offset != 4000 {
		t.Fatalf("an upload that is coming: %+v", u)
	}
	w.must(os.Remove(filepath.Join(w.opt.Spool, string(st.ID))))
	_, err = w.blobs.Put(t.Context(), idOf(data), int64(len(data)), bytes.NewReader(data))
	w.must(err)
	w.restart()
	w.must(w.s.Sweep(t.Context()))
	if again := w.create(w.lan, record, int64(len(data))); again.ID == st.ID || again.Offset != int64(len(data)) || w.arrived(record) != syncproto.ArrivalStored {
		t.Errorf("got %+v, the record says %q", again, w.arrived(record))
	}
}

// TestAFileThatIsBeingRemovedIsWaitedFor has the same file come back while the collection takes its old bytes away.
func TestAFileThatIsBeingRemovedIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 10000)
	id := idOf(data)
	w.update(func(tx storage.Tx) error {
		return tx.PutMedia(&storage.Media{ID: id, Size: int64(len(data)), State: storage.MediaRemoving})
	})
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	if st.Offset != 0 {
		t.Fatalf("got %+v", st)
	}
	got, err := w.write(w.lan, st.ID, 0, data)
	w.must(err)
	if got.State != syncproto.MediaChecking || w.arrived(record) != "" {
		t.Errorf("got %+v, the record says %q", got, w.arrived(record))
	}
	w.update(func(tx storage.Tx) error { return tx.DeleteMedia(id) })
	w.must(w.s.Tend(t.Context(), st.ID))
	if w.arrived(record) != syncproto.ArrivalStored {
		t.Errorf("the record says %q", w.arrived(record))
	}
}

func TestAskTellsEachState(t *testing.T) {
	w := newWorld(t)
	w.opt.Quota = 3000
	w.restart()
	small := func() []byte { return noise(t, 1000) }
	data := small()
	mine := w.photo(w.lan, syncproto.StateDraft, data)
	deleted := w.photo(w.lan, syncproto.StateDraft, small())
	w.update(func(tx storage.Tx) error {
		stored, err := tx.Record(deleted)
		if err != nil {
			return err
		}
		r := stored.Record.Clone()
		r.Revision, r.Deleted = r.Revision+1, true
		return tx.PutRecord(r, stored.Scopes)
	})
	items := []syncproto.MediaItem{
		{Record: mine, Lane: syncproto.LaneOriginal},
		{Record: mine, Lane: syncproto.LaneThumbnail},
		{Record: syncproto.NewID(), Lane: syncproto.LaneOriginal},
		{Record: deleted, Lane: syncproto.LaneOriginal},
		{Record: w.photo(w.minh, syncproto.StatePublished, small()), Lane: syncproto.LaneOriginal},
		{Record: w.photo(w.lan, syncproto.StateDraft, noise(t, 3001)), Lane: syncproto.LaneOriginal},
	}
	got, err := w.s.Ask(t.Context(), w.lan, &syncproto.MediaAsk{Items: items})
	w.must(err)
	for i, want := range []struct {
		state syncproto.MediaState
		code  syncproto.Code
	}{
		{syncproto.MediaNeed, ""},
		{syncproto.MediaRefused, syncproto.CodeMediaMismatch},
		{syncproto.MediaRefused, syncproto.CodeRecordMissing},
		{syncproto.MediaRefused, syncproto.CodeRecordMissing},
		{syncproto.MediaRefused, syncproto.CodeForbidden},
		{syncproto.MediaRefused, syncproto.CodeQuota},
	} {
		if item := got.Items[i]; item.State != want.state || item.Code != want.code || item.MediaItem != items[i] {
			t.Errorf("item %d: got %+v, want %+v", i, item, want)
		}
	}
	st := w.create(w.lan, mine, 1000)
	_, err = w.write(w.lan, st.ID, 0, data[:600])
	w.must(err)
	if got := w.ask(w.lan, mine); got.State != syncproto.MediaReceiving || got.Offset != 600 || got.Upload != st.ID {
		t.Errorf("got %+v", got)
	}
	w.pass(8 * 24 * time.Hour)
	if got := w.ask(w.lan, mine); got.State != syncproto.MediaNeed {
		t.Errorf("after the upload expired: got %+v", got)
	}
}

func TestConcatenation(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		data := noise(t, 300<<10)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		cutAt := []int{0, 100 << 10, 100<<10 + 1, len(data)}
		var parts []syncproto.ID
		for i := range 3 {
			piece := data[cutAt[i]:cutAt[i+1]]
			st, err := w.s.Create(t.Context(), w.lan, upload.Creation{Partial: true, Size: int64(len(piece))}, nil)
			w.must(err)
			parts = append(parts, st.ID)
			if i < 2 {
				_, err = w.write(w.lan, st.ID, 0, piece)
				w.must(err)
			}
		}
		final := upload.Creation{Record: record, Lane: syncproto.LaneOriginal, Parts: parts}
		_, err := w.s.Create(t.Context(), w.lan, final, nil)
		wantCode(t, err, syncproto.CodeMediaMismatch) // the last part is not there
		_, err = w.write(w.lan, parts[2], 0, data[cutAt[2]:])
		w.must(err)
		w.must(w.s.Sweep(t.Context())) // parts that are whole wait for the others
		short := final
		short.Parts = parts[:2]
		_, err = w.s.Create(t.Context(), w.lan, short, nil)
		wantCode(t, err, syncproto.CodeMediaMismatch)
		_, err = w.s.Create(t.Context(), w.minh, final, nil)
		wantCode(t, err, syncproto.CodeForbidden)
		st, err := w.s.Create(t.Context(), w.lan, final, nil)
		w.must(err)
		if st.Offset != int64(len(data)) || st.State == syncproto.MediaReceiving {
			t.Fatalf("got %+v", st)
		}
		again, err := w.s.Create(t.Context(), w.lan, final, nil)
		w.must(err)
		if again.ID != st.ID {
			t.Errorf("another upload was made")
		}
		w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
		if !bytes.Equal(w.blob(idOf(data)), data) {
			t.Error("the blob holds other bytes")
		}
		_, err = w.s.Look(t.Context(), w.lan, parts[0])
		wantCode(t, err, syncproto.CodeUploadMissing)
	})
}

func TestPartsInAnotherOrderAreAnotherFile(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 2000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	var parts []syncproto.ID
	for _, piece := range [][]byte{data[1000:], data[:1000]} {
		st, err := w.s.Create(t.Context(), w.lan, upload.Creation{Partial: true, Size: 1000}, nil)
		w.must(err)
		_, err = w.write(w.lan, st.ID, 0, piece)
		w.must(err)
		parts = append(parts, st.ID)
	}
	st, err := w.s.Create(t.Context(), w.lan, upload.Creation{Record: record, Lane: syncproto.LaneOriginal, Parts: parts}, nil)
	wantCode(t, err, syncproto.CodeHashMismatch)
	if st.State != syncproto.MediaRefused || st.Code != syncproto.CodeHashMismatch {
		t.Fatalf("got %+v", st)
	}
	parts[0], parts[1] = parts[1], parts[0]
	st, err = w.s.Create(t.Context(), w.lan, upload.Creation{Record: record, Lane: syncproto.LaneOriginal, Parts: parts}, nil)
	w.must(err)
	if st.State != syncproto.MediaStored {
		t.Errorf("got %+v", st)
	}
}
