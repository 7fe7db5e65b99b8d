package media_test

import (
	"strings"
	"testing"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

func TestReadingAnOriginalIsLogged(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		b := sample.JPEG(secret)
		id := w.photo(files{syncproto.LaneOriginal: b})
		blob := w.bring(id, syncproto.LaneOriginal, b)
		w.work()
		editor := w.person("Thu", w.commune, syncproto.RoleEditor)
		for _, lane := range []syncproto.Lane{syncproto.LaneThumbnail, syncproto.LaneDisplay} {
			_, _, err := w.read(editor, id, lane)
			w.must(err)
		}
		if got := w.audits(); len(got) != 0 {
			t.Fatalf("copies are logged: %+v", got)
		}
		phone := w.device(editor)
		r, err := w.media.Open(t.Context(), phone, id, syncproto.LaneOriginal)
		w.must(err)
		if got := w.audits(); len(got) != 0 {
			t.Fatalf("logged before it was read: %+v", got)
		}
		_, err = w.all(r)
		w.must(err)
		var grant syncproto.ID
		w.view(func(r storage.Reader) error {
			grants, err := r.Grants(editor)
			grant = grants[0].ID
			return err
		})
		got := w.audits()
		if len(got) != 1 || got[0] != (storage.Audit{
			Number: 1, At: w.now, Act: media.ActOriginal, Person: editor, Device: phone.ID, Grant: grant, Unit: w.commune,
			Record: id, Detail: "original " + blob.String(),
		}) || len(got[0].Detail) > 200 || strings.Contains(got[0].Detail, "image") {
			t.Fatalf("got %+v", got)
		}
	})
}

func TestADownloadInPiecesIsOneReading(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(secret)
	id := w.photo(files{syncproto.LaneOriginal: b})
	w.bring(id, syncproto.LaneOriginal, b)
	w.work()
	phone := w.device(w.author)
	read := func(d *storage.Device, offset int64) {
		r, err := w.media.Open(t.Context(), d, id, syncproto.LaneOriginal)
		w.must(err)
		body, err := r.Read(t.Context(), offset, 10)
		w.must(err)
		body.Close()
	}
	for _, c := range []struct {
		name    string
		offset  int64
		device  *storage.Device
		entries int
		pass    int64
	}{
		{"from the middle, unheard of", 100, phone, 1, 0},
		{"on", 110, phone, 1, 1000},
		{"from the start", 0, phone, 2, 1000},
		{"on", 200, phone, 2, 9 * 60 * 1000},
		{"on, too late", 300, phone, 3, 10 * 60 * 1000},
		{"on, on another device", 400, w.device(w.author), 4, 0},
	} {
		w.now += c.pass
		read(c.device, c.offset)
		if got := len(w.audits()); got != c.entries {
			t.Errorf("%s: %d entries, want %d", c.name, got, c.entries)
		}
	}
	w.restart()
	read(phone, 500)
	if got := len(w.audits()); got != 5 {
		t.Errorf("after a restart: %d entries", got)
	}
}

func TestWhatIsNotLoggedIsNotRead(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(secret)
	id := w.photo(files{syncproto.LaneOriginal: b})
	w.bring(id, syncproto.LaneOriginal, b)
	w.work()
	editor := w.person("Thu", w.commune, syncproto.RoleEditor)
	r, err := w.media.Open(t.Context(), w.device(editor), id, syncproto.LaneOriginal)
	w.must(err)
	w.move(id, syncproto.StateDraft) // between the opening and the first byte
	if _, err := w.all(r); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("got %v", err)
	}
	w.move(id, syncproto.StatePublished)
	w.store.Close()
	if _, err := w.all(r); syncproto.CodeOf(err) != syncproto.CodeUnavailable {
		t.Errorf("got %v", err)
	}
}
