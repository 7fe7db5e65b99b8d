package media_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

var (
	taken = time.Date(2026, 7, 3, 9, 30, 0, 0, time.FixedZone("", 7*3600))
	// secret is a photo that tells when and where it was taken, twice.
	secret = sample.Options{Seed: 1, Taken: taken, Lat: 19.8, Lon: 105.9, Orientation: 6, Tail: true}
)

// small makes a picture for a small lane.
func small(seed uint64, side int) []byte {
	return sample.JPEG(sample.Options{Seed: seed, Width: side, Height: side * 3 / 4, Lat: 19.8, Lon: 105.9, Quality: 60})
}

func TestAPhotoWithoutCopiesGetsThem(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		o := secret
		o.Width, o.Height = 2600, 1950
		b := sample.JPEG(o)
		id := w.photo(files{syncproto.LaneOriginal: b})
		blob := w.bring(id, syncproto.LaneOriginal, b)
		if a := w.arrived(id); a.Lanes[syncproto.LaneOriginal] != syncproto.ArrivalStored || len(a.Shows) != 0 {
			t.Errorf("before it is looked at: %+v", a)
		}
		w.work()
		m := w.row(blob)
		if m.State != storage.MediaReady || m.Type != "image/jpeg" || m.Width != 1950 || m.Height != 2600 || m.Due != 0 ||
			m.Served == blob || m.Thumbnail == (storage.BlobID{}) || m.Display == (storage.BlobID{}) || m.Attempts != 0 {
			t.Fatalf("got %+v", m)
		}
		a := w.arrived(id)
		if !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) || a.Thumbhash == "" || a.Code != "" {
			t.Errorf("got %+v", a)
		}
		for lane, side := range map[syncproto.Lane]int{syncproto.LaneThumbnail: 320, syncproto.LaneDisplay: 2048} {
			got, r, err := w.read(w.author, id, lane)
			w.must(err)
			picture, _, err := image.DecodeConfig(bytes.NewReader(got))
			w.must(err)
			if max(picture.Width, picture.Height) > side || picture.Height < picture.Width || r.Type != "image/jpeg" ||
				!r.Inline || r.Name != string(id)+".jpg" || r.Size != int64(len(got)) || idOf(got) != r.Blob {
				t.Errorf("%s: %+v %+v", lane, picture, r)
			}
		}
		w.view(func(r storage.Reader) error {
			f, err := r.MediaFacts(blob)
			if err == nil && (!f.HasPosition || f.Taken != taken.UnixMilli() || f.Lat < 19.7 || f.Lat > 19.9) {
				t.Errorf("got %+v", f)
			}
			return err
		})
		if len(w.told) == 0 {
			t.Error("nobody was told")
		}
		w.noTraces()
	})
}

// noTraces holds every blob that may be given to others against a finder that shares nothing with the stripper.
func (w *world) noTraces() {
	w.t.Helper()
	var rows []storage.Media
	w.view(func(r storage.Reader) (err error) {
		rows, err = r.MediaList(storage.BlobID{}, 1000)
		return err
	})
	for _, m := range rows {
		for _, id := range []storage.BlobID{m.Served, m.Thumbnail, m.Display} {
			if id != (storage.BlobID{}) && sample.HasPosition(w.bytes(id)) {
				w.t.Errorf("%s of %s tells a place", id, m.Type)
			}
		}
	}
}

func TestEveryKindOfFile(t *testing.T) {
	cases := []struct {
		name  string
		b     []byte
		typ   string
		shows []syncproto.Lane
	}{
		{"jpeg", sample.JPEG(secret), "image/jpeg", []syncproto.Lane{"thumbnail", "display"}},
		{"png", sample.PNG(secret), "image/png", []syncproto.Lane{"thumbnail", "display"}},
		{"webp", sample.WebP(secret), "image/webp", []syncproto.Lane{"thumbnail", "display"}},
		{"gif", sample.GIF(secret), "image/gif", []syncproto.Lane{"thumbnail", "display"}},
		{"heic", sample.HEIC(secret), "image/heic", []syncproto.Lane{"display"}},
		{"avif", sample.AVIF(secret), "image/avif", []syncproto.Lane{"display"}},
		{"mp4", sample.MP4(secret), "video/mp4", []syncproto.Lane{"display"}},
		{"mov", sample.MOV(secret), "video/quicktime", []syncproto.Lane{"display"}},
		{"m4a", sample.M4A(secret), "audio/mp4", []syncproto.Lane{"display"}},
		{"bare", sample.JPEG(sample.Options{Bare: true}), "image/jpeg", []syncproto.Lane{"thumbnail", "display"}},
	}
	both(t, func(t *testing.T, w *world) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				w.t = t
				id := w.photo(files{syncproto.LaneOriginal: c.b})
				blob := w.bring(id, syncproto.LaneOriginal, c.b)
				w.work()
				if m := w.row(blob); m.State != storage.MediaReady || m.Type != c.typ {
					t.Fatalf("got %+v", m)
				}
				if !w.shows(id, c.shows...) {
					t.Errorf("shows %v", w.arrived(id).Shows)
				}
				w.noTraces()
				got, r, err := w.read(w.author, id, syncproto.LaneDisplay)
				if err != nil || sample.HasPosition(got) || r.Blob != idOf(got) {
					t.Errorf("display: %+v, %v", r, err)
				}
				got, _, err = w.read(w.author, id, syncproto.LaneOriginal)
				if err != nil || !bytes.Equal(got, c.b) {
					t.Errorf("original: %v", err)
				}
				if len(c.shows) == 1 {
					if _, _, err := w.read(w.author, id, syncproto.LaneThumbnail); syncproto.CodeOf(err) != syncproto.CodeMediaWaiting {
						t.Errorf("thumbnail: %v", err)
					}
				}
			})
		}
		w.t = t
	})
}

func TestFilesThatAreRefused(t *testing.T) {
	jpeg := sample.JPEG(secret)
	cases := []struct {
		name string
		b    []byte
		code syncproto.Code
	}{
		{"a bomb", sample.PNGBomb(30000, 30000), syncproto.CodeMediaBomb},
		{"svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), syncproto.CodeMediaUnsupported},
		{"html", []byte(`<!DOCTYPE html><script>alert(1)</script>`), syncproto.CodeMediaUnsupported},
		{"text", []byte("xin chào"), syncproto.CodeMediaUnsupported},
		{"pdf", []byte("%PDF-1.7\n1 0 obj\n"), syncproto.CodeMediaUnsupported},
		{"zip", []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), syncproto.CodeMediaUnsupported},
		{"half a jpeg", jpeg[:len(jpeg)/4], syncproto.CodeMediaBroken},
		{"nothing", nil, syncproto.CodeMediaUnsupported},
	}
	both(t, func(t *testing.T, w *world) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				w.t = t
				id := w.photo(files{syncproto.LaneOriginal: c.b})
				blob := w.bring(id, syncproto.LaneOriginal, c.b)
				w.work()
				if m := w.row(blob); m.State != storage.MediaRefused || m.Code != c.code || m.Due != 0 {
					t.Fatalf("got %+v", m)
				}
				if a := w.arrived(id); a.Lanes[syncproto.LaneOriginal] != syncproto.ArrivalRefused || a.Code != c.code || len(a.Shows) != 0 {
					t.Errorf("got %+v", a)
				}
				for _, lane := range syncproto.Lanes() {
					if _, _, err := w.read(w.author, id, lane); syncproto.CodeOf(err) != c.code {
						t.Errorf("%s: %v", lane, err)
					}
				}
			})
		}
		w.t = t
	})
}

func TestAPolyglotIsServedWithoutItsOtherHalf(t *testing.T) {
	w := newWorld(t)
	script := []byte("<html><script>alert(1)</script></html>")
	b := append(sample.JPEG(secret), script...)
	id := w.photo(files{syncproto.LaneOriginal: b})
	w.bring(id, syncproto.LaneOriginal, b)
	w.work()
	got, _, err := w.read(w.author, id, syncproto.LaneDisplay)
	if err != nil || bytes.Contains(got, script) {
		t.Errorf("the script is served: %v", err)
	}
}

func TestAPhoneIsNeverTrusted(t *testing.T) {
	original := sample.JPEG(secret)
	bad := sample.MP4(sample.Options{Seed: 3})
	for _, c := range []struct {
		name string
		lane syncproto.Lane
		b    []byte
		code syncproto.Code
	}{
		{"a film as thumbnail", syncproto.LaneThumbnail, bad, syncproto.CodeMediaUnsupported},
		{"an animation as thumbnail", syncproto.LaneThumbnail, sample.GIF(sample.Options{Width: 80, Height: 60}), syncproto.CodeMediaUnsupported},
		{"a wide thumbnail", syncproto.LaneThumbnail, sample.JPEG(sample.Options{Width: 1100, Height: 40}), syncproto.CodeMediaBomb},
		{"a broken thumbnail", syncproto.LaneThumbnail, small(4, 300)[:2000], syncproto.CodeMediaBroken},
		{"a film as display copy", syncproto.LaneDisplay, bad, syncproto.CodeMediaUnsupported},
		{"a bomb as thumbnail", syncproto.LaneThumbnail, sample.PNGBomb(2000, 2000), syncproto.CodeMediaBomb},
	} {
		for _, first := range []bool{true, false} {
			t.Run(c.name, func(t *testing.T) {
				w := newWorld(t)
				if int64(len(c.b)) > c.lane.Limit() {
					t.Fatalf("%d bytes do not fit the lane", len(c.b))
				}
				id := w.photo(files{syncproto.LaneOriginal: original, c.lane: c.b})
				if first {
					w.bring(id, c.lane, c.b)
					w.work()
				}
				blob := w.bring(id, syncproto.LaneOriginal, original)
				w.work()
				if !first {
					w.bring(id, c.lane, c.b)
					w.work()
				}
				a := w.arrived(id)
				if a.Lanes[c.lane] != syncproto.ArrivalRefused || a.Code != c.code || a.Lanes[syncproto.LaneOriginal] != syncproto.ArrivalStored {
					t.Errorf("got %+v", a)
				}
				// The server makes what the phone could not.
				if !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) || w.row(blob).State != storage.MediaReady {
					t.Errorf("shows %v of %+v", a.Shows, w.row(blob))
				}
			})
		}
	}
}

func TestCopiesOfPhonesAreServedWithoutMetadata(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		film, thumbnail, display := sample.MP4(secret), small(5, 320), small(6, 2048)
		id := w.photo(files{syncproto.LaneOriginal: film, syncproto.LaneThumbnail: thumbnail, syncproto.LaneDisplay: display})
		w.bring(id, syncproto.LaneThumbnail, thumbnail)
		w.work()
		if !w.shows(id, syncproto.LaneThumbnail) || w.arrived(id).Thumbhash == "" {
			t.Errorf("got %+v", w.arrived(id))
		}
		w.bring(id, syncproto.LaneDisplay, display)
		w.bring(id, syncproto.LaneOriginal, film)
		w.work()
		if !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
			t.Errorf("got %+v", w.arrived(id))
		}
		for _, lane := range []syncproto.Lane{syncproto.LaneThumbnail, syncproto.LaneDisplay} {
			got, r, err := w.read(w.author, id, lane)
			if err != nil || sample.HasPosition(got) || r.Type != "image/jpeg" {
				t.Errorf("%s: %v", lane, err)
			}
		}
		w.noTraces()
	})
}

func TestAFileThatWasLookedAtGetsCopiesForANewRecord(t *testing.T) {
	w := newWorld(t)
	original, thumbnail, display := sample.JPEG(secret), small(5, 320), small(6, 640)
	one := w.photo(files{syncproto.LaneOriginal: original, syncproto.LaneThumbnail: thumbnail, syncproto.LaneDisplay: display})
	for lane, b := range (files{syncproto.LaneOriginal: original, syncproto.LaneThumbnail: thumbnail, syncproto.LaneDisplay: display}) {
		w.bring(one, lane, b)
	}
	w.work()
	if m := w.row(idOf(original)); m.Thumbnail != (storage.BlobID{}) {
		t.Errorf("copies were made that nobody needs: %+v", m)
	}
	two := w.photo(files{syncproto.LaneOriginal: original})
	blob := w.bring(two, syncproto.LaneOriginal, original)
	if !w.shows(one, syncproto.LaneThumbnail, syncproto.LaneDisplay) || !w.shows(two, syncproto.LaneDisplay) {
		t.Errorf("while it waits: %v, %v", w.arrived(one).Shows, w.arrived(two).Shows)
	}
	w.work()
	if !w.shows(two, syncproto.LaneThumbnail, syncproto.LaneDisplay) || w.row(blob).State != storage.MediaReady {
		t.Errorf("got %+v", w.arrived(two))
	}
}

func TestARecordThatIsLinkedMeanwhileGetsItsCopies(t *testing.T) {
	w := newWorld(t)
	original, thumbnail, display := sample.JPEG(secret), small(5, 320), small(6, 640)
	one := w.photo(files{syncproto.LaneOriginal: original, syncproto.LaneThumbnail: thumbnail, syncproto.LaneDisplay: display})
	blob := w.bring(one, syncproto.LaneOriginal, original)
	job, err := w.media.Begin(t.Context(), blob)
	w.must(err)
	two := w.photo(files{syncproto.LaneOriginal: original})
	w.bring(two, syncproto.LaneOriginal, original)
	for _, step := range job.Steps() {
		w.must(step(t.Context()))
	}
	w.work()
	if !w.shows(two, syncproto.LaneThumbnail, syncproto.LaneDisplay) || w.row(blob).State != storage.MediaReady {
		t.Errorf("got %+v of %+v", w.arrived(two), w.row(blob))
	}
}

func TestAnExchangedFileIsAnotherFile(t *testing.T) {
	w := newWorld(t)
	first, second := sample.JPEG(secret), sample.JPEG(sample.Options{Seed: 9})
	id := w.photo(files{syncproto.LaneOriginal: first})
	w.bring(id, syncproto.LaneOriginal, first)
	w.work()
	w.change(id, func(r *syncproto.Record) {
		m := syncproto.Media{MediaFile: fileOf(second), Type: "image/jpeg"}
		r.Fields[syncproto.MediaField] = m.Value()
	})
	if _, _, err := w.read(w.author, id, syncproto.LaneDisplay); syncproto.CodeOf(err) != syncproto.CodeMediaWaiting {
		t.Errorf("the old file is shown: %v", err)
	}
	w.bring(id, syncproto.LaneOriginal, second)
	w.work()
	if a := w.arrived(id); a.Of != idOf(second).String() || !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
		t.Errorf("got %+v", a)
	}
}
