package upload_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

// pieces brings a file in two parts, and returns what joins them for a record.
func (w *world) pieces(by *storage.Device, record syncproto.ID, data []byte) upload.Creation {
	w.t.Helper()
	half := len(data) / 2
	final := upload.Creation{Record: record, Lane: syncproto.LaneOriginal}
	for _, piece := range [][]byte{data[:half], data[half:]} {
		st, err := w.s.Create(w.t.Context(), by, upload.Creation{Partial: true, Size: int64(len(piece))}, nil)
		w.must(err)
		_, err = w.write(by, st.ID, 0, piece)
		w.must(err)
		final.Parts = append(final.Parts, st.ID)
	}
	return final
}

func (w *world) open(by *storage.Device) (count int, bytes int64) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		count, bytes, _, err = r.UploadsOpen(by.Person)
		return err
	})
	return count, bytes
}

// TestPartsOfAFileThatIsThereHoldNoRoom joins parts of a file that the server has: they are not needed and go at once.
func TestPartsOfAFileThatIsThereHoldNoRoom(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 4000)
	w.bring(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	final := w.pieces(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	st, err := w.s.Create(t.Context(), w.lan, final, nil)
	w.must(err)
	if st.State != syncproto.MediaStored || st.Offset != 4000 {
		t.Errorf("got %+v", st)
	}
	if count, bytes := w.open(w.lan); count != 0 || bytes != 0 {
		t.Errorf("%d uploads hold %d bytes", count, bytes)
	}
	for _, part := range final.Parts {
		if _, err := os.Stat(w.s.SpoolPath(part)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a spool file is left: %v", err)
		}
	}
	again, err := w.s.Create(t.Context(), w.lan, final, nil) // the answer was lost
	w.must(err)
	if again.ID != st.ID {
		t.Errorf("got %+v, had %+v", again, st)
	}
}

// TestPartsAreKeptWhereTheBlobIsNot is a database from a backup that is older than the removal of a blob: what was sent
// again in parts must not be dropped for it.
func TestPartsAreKeptWhereTheBlobIsNot(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 4000)
	w.bring(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	w.must(w.blobs.Delete(t.Context(), idOf(data)))
	final := w.pieces(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	_, err := w.s.Create(t.Context(), w.lan, final, nil)
	w.must(err)
	if string(w.blob(idOf(data))) != string(data) {
		t.Error("the blob holds other bytes")
	}
}

// TestAFinalUploadWhosePartIsGone is asked for again at once, and not said to be checked until it expires.
func TestAFinalUploadWhosePartIsGone(t *testing.T) {
	for name, lose := range map[string]func(w *world, part syncproto.ID){
		"ended":            func(w *world, part syncproto.ID) { w.must(w.s.Terminate(w.t.Context(), w.lan, part)) },
		"its file is lost": func(w *world, part syncproto.ID) { w.must(os.Remove(w.s.SpoolPath(part))) },
		"its file is cut":  func(w *world, part syncproto.ID) { w.must(os.Truncate(w.s.SpoolPath(part), 100)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			data := noise(t, 4000)
			record := w.photo(w.lan, syncproto.StateDraft, data)
			final := w.pieces(w.lan, record, data)
			w.s.SetFail(func(string) error { return errDisk })
			st, err := w.s.Create(t.Context(), w.lan, final, nil)
			w.must(err)
			w.s.SetFail(nil)
			w.restart()
			lose(w, final.Parts[1])
			w.must(w.s.Tend(t.Context(), st.ID))
			if u := w.row(st.ID); u.State != storage.UploadRefused || u.Code != syncproto.CodeUploadMissing {
				t.Errorf("got %+v", u)
			}
			if got := w.ask(w.lan, record); got.State != syncproto.MediaNeed {
				t.Errorf("got %+v", got)
			}
			w.bring(w.lan, record, data)
		})
	}
}

// TestPartsRestWhileTheyAreAskedFor moves the time until which parts may rest with each request, also of those that are
// whole.
func TestPartsRestWhileTheyAreAskedFor(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 4000)
	final := w.pieces(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	for range 3 {
		w.pass(5 * 24 * time.Hour)
		for _, part := range final.Parts {
			_, err := w.s.Look(t.Context(), w.lan, part)
			w.must(err)
		}
		w.must(w.s.Sweep(t.Context()))
	}
	_, err := w.s.Create(t.Context(), w.lan, final, nil)
	w.must(err)
}

// TestPartsThatAreJoinedWronglyAgainAndAgain leave one row behind.
func TestPartsThatAreJoinedWronglyAgainAndAgain(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 4000)
	final := w.pieces(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data)
	final.Parts[0], final.Parts[1] = final.Parts[1], final.Parts[0]
	for range 5 {
		_, err := w.s.Create(t.Context(), w.lan, final, nil)
		wantCode(t, err, syncproto.CodeHashMismatch)
	}
	w.view(func(r storage.Reader) error {
		rows, err := r.Uploads("", 100)
		if len(rows) != 3 {
			t.Errorf("got %d rows, want the two parts and one refusal", len(rows))
		}
		return err
	})
}

// TestAFinalUploadTakesNoBytes also when it is long done.
func TestAFinalUploadTakesNoBytes(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 4000)
	st, err := w.s.Create(t.Context(), w.lan, w.pieces(w.lan, w.photo(w.lan, syncproto.StateDraft, data), data), nil)
	w.must(err)
	if st.State != syncproto.MediaStored {
		t.Fatalf("got %+v", st)
	}
	for _, offset := range []int64{0, 4000} {
		_, err = w.write(w.lan, st.ID, offset, nil)
		wantCode(t, err, syncproto.CodeForbidden)
	}
}
