package upload_test

import (
	"bytes"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestAStrangerEndsNoRequest has somebody who got hold of an id ask for it, bring bytes to it and end it while its owner
// sends.
func TestAStrangerEndsNoRequest(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 5000)
	st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), 5000)
	result, end := w.hanging(w.lan, st.ID, 0, data[:2000], 5000)
	_, err := w.s.Look(t.Context(), w.minh, st.ID)
	wantCode(t, err, syncproto.CodeUploadMissing)
	_, err = w.write(w.minh, st.ID, 2000, data[2000:])
	wantCode(t, err, syncproto.CodeUploadMissing)
	wantCode(t, w.s.Terminate(t.Context(), w.minh, st.ID), syncproto.CodeUploadMissing)
	if n := w.s.Stats().Takeovers; n != 0 {
		t.Errorf("%d requests of the owner were ended", n)
	}
	end()
	wantCode(t, <-result, syncproto.CodeBodyIncomplete)
	if u := w.row(st.ID); u.Offset != 2000 {
		t.Errorf("got %+v", u)
	}
}

// TestARevokedPhoneStopsSending ends, in the middle of a request, the time in which a revoked phone may bring what it holds.
func TestARevokedPhoneStopsSending(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 5000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, 5000)
	_, err := w.write(w.lan, st.ID, 0, data[:1000])
	w.must(err)
	body := &body{r: after(bytes.NewReader(data[1000:]), func() {
		lost := *w.lan
		lost.Revoked = w.now.UnixMilli() - people.EndedFor
		w.update(func(tx storage.Tx) error { return tx.PutDevice(&lost) })
	})}
	_, err = w.s.Write(t.Context(), w.lan, st.ID, &upload.Chunk{Offset: 1000, Length: 4000, Size: -1, Body: body})
	wantCode(t, err, syncproto.CodeTokenRevoked)
	if u := w.row(st.ID); u.Offset != 1000 || u.State != storage.UploadReceiving || w.arrived(record) != "" {
		t.Errorf("got %+v, arrived %q", u, w.arrived(record))
	}
}

// TestARevokedPhoneBringsItsFiles: what it captured before is not lost with its access (S-188).
func TestARevokedPhoneBringsItsFiles(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 5000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, 5000)
	_, err := w.write(w.lan, st.ID, 0, data[:1000])
	w.must(err)
	w.lan.Revoked = w.now.UnixMilli()
	w.update(func(tx storage.Tx) error { return tx.PutDevice(w.lan) })
	_, err = w.write(w.lan, st.ID, 1000, data[1000:])
	w.must(err)
	if u := w.row(st.ID); u.Offset != 5000 {
		t.Errorf("got %+v", u)
	}
}

// TestARevokedPhoneOfAnEditorAsksForItsOwnOnly: whoever found it learns nothing of what others sent.
func TestARevokedPhoneOfAnEditorAsksForItsOwnOnly(t *testing.T) {
	w := newWorld(t)
	editor := w.person("Biên tập", syncproto.RoleEditor)
	record := w.photo(w.lan, syncproto.StateSubmitted, noise(t, 5000))
	editor.Revoked = w.now.UnixMilli()
	w.update(func(tx storage.Tx) error { return tx.PutDevice(editor) })
	got, err := w.s.Ask(t.Context(), editor, &syncproto.MediaAsk{Items: []syncproto.MediaItem{{Record: record, Lane: syncproto.LaneOriginal}}})
	w.must(err)
	if st := got.Items[0]; st.State != syncproto.MediaRefused || st.Code != syncproto.CodeForbidden {
		t.Errorf("got %+v", st)
	}
	_, err = w.tryCreate(editor, record, 5000)
	wantCode(t, err, syncproto.CodeForbidden)
}

// TestARevokedPhoneEndsNothingOfAnother: what the person's new phone is sending goes on.
func TestARevokedPhoneEndsNothingOfAnother(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 5000)
	st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), 5000)
	lost := &storage.Device{ID: syncproto.NewID(), Person: w.lan.Person, Unit: w.unit, Created: 1, Revoked: w.now.UnixMilli(), TokenHash: [32]byte{7}}
	w.update(func(tx storage.Tx) error { return tx.PutDevice(lost) })
	wantCode(t, w.s.Terminate(t.Context(), lost, st.ID), syncproto.CodeUploadMissing)
	_, err := w.write(w.lan, st.ID, 0, data)
	w.must(err)
}

// TestALengthThatIsSaidLaterHoldsItsRoom lets nobody pass the quota by saying nothing.
func TestALengthThatIsSaidLaterHoldsItsRoom(t *testing.T) {
	w := newWorld(t)
	w.opt.Quota = 10000
	w.restart()
	first := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, noise(t, 6000)), -1)
	if first.Size != -1 {
		t.Errorf("got %+v", first)
	}
	_, err := w.tryCreate(w.lan, w.photo(w.lan, syncproto.StateDraft, noise(t, 6000)), -1)
	wantCode(t, err, syncproto.CodeQuota)
	w.must(w.s.Terminate(t.Context(), w.lan, first.ID))
	w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, noise(t, 6000)), 6000)
}

func TestALengthMayBeSaidByCreatingAgain(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 3000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	first := w.create(w.lan, record, -1)
	_, err := w.write(w.lan, first.ID, 0, data[:1000])
	w.must(err)
	w.restart()
	if st, err := w.s.Look(t.Context(), w.lan, first.ID); err != nil || st.Size != -1 {
		t.Errorf("got %+v, %v", st, err)
	}
	again := w.create(w.lan, record, 3000)
	if again.ID != first.ID || again.Offset != 1000 || again.Size != 3000 {
		t.Fatalf("got %+v, had %+v", again, first)
	}
	got, err := w.write(w.lan, first.ID, 1000, data[1000:])
	w.must(err)
	if got.State != syncproto.MediaStored {
		t.Errorf("got %+v", got)
	}
}

// TestAClockThatWakesInThePast is a machine without a battery: it believes in 1970 until it hears the time.
func TestAClockThatWakesInThePast(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 3000)
	st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), 3000)
	past := time.Duration(w.now.UnixNano())
	w.pass(-past)
	_, err := w.write(w.lan, st.ID, 0, data[:1000])
	w.must(err)
	w.pass(past)
	w.must(w.s.Sweep(t.Context()))
	got, err := w.s.Look(t.Context(), w.lan, st.ID)
	w.must(err)
	if got.Offset != 1000 {
		t.Errorf("got %+v", got)
	}
}

// after is a reader that does something when r is at its end.
func after(r *bytes.Reader, then func()) *afterReader { return &afterReader{r: r, then: then} }

type afterReader struct {
	r    *bytes.Reader
	then func()
}

func (a *afterReader) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if a.r.Len() == 0 && a.then != nil {
		a.then()
		a.then = nil
	}
	return n, err
}
