package mediafile_test

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"math"
	"testing"
	"time"

	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/mediafile/sample"
)

var taken = time.Date(2026, 11, 22, 7, 30, 0, 0, time.FixedZone("", 7*3600))

var hanoi = sample.Options{
	Width: 120, Height: 80, Seed: 7, Orientation: 6, Taken: taken, Lat: 21.0285, Lon: 105.8542, Tail: true,
}

func strip(t *testing.T, b []byte) (out []byte, changed bool) {
	t.Helper()
	var w bytes.Buffer
	changed, err := mediafile.Strip(&w, bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("strip: %v", err)
	}
	if changed == bytes.Equal(b, w.Bytes()) {
		t.Errorf("changed is %v, which is not so", changed)
	}
	return w.Bytes(), changed
}

func read(t *testing.T, b []byte) *mediafile.File {
	t.Helper()
	f, err := mediafile.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return f
}

func wantCode(t *testing.T, err error, code syncproto.Code) {
	t.Helper()
	if syncproto.CodeOf(err) != code || err == nil {
		t.Errorf("error is %v, want %s", err, code)
	}
}

// TestEveryFormat holds all formats to the same law: the type and the size are known, the position is gone, the type
// and the orientation are not, and a second stripping changes nothing.
func TestEveryFormat(t *testing.T) {
	for extension, make := range sample.All {
		t.Run(extension, func(t *testing.T) {
			b := make(hanoi)
			f := read(t, b)
			if f.Type.Extension() != extension || !f.Type.Inline() {
				t.Errorf("type is %s", f.Type)
			}
			if w, h := f.Info.Width, f.Info.Height; !f.Type.Sound() && (w != 120 || h != 80) {
				t.Errorf("size is %d × %d", w, h)
			}
			out, _ := strip(t, b)
			if sample.HasPosition(out) {
				t.Error("a position is left")
			}
			if bytes.Contains(out, []byte("alert(1)")) || bytes.Contains(out, []byte("recorded at")) {
				t.Error("a text is left")
			}
			g := read(t, out)
			if g.Type != f.Type || g.Info != f.Info {
				t.Errorf("stripped: %v %+v, before: %v %+v", g.Type, g.Info, f.Type, f.Info)
			}
			if g.Facts.Place != nil || !g.Facts.Taken.IsZero() {
				t.Errorf("facts are left: %+v", g.Facts)
			}
			if again, changed := strip(t, out); changed || !bytes.Equal(again, out) {
				t.Error("a second stripping changes the file")
			}
		})
	}
}

// TestFacts reads time and place out of every format that carries them.
func TestFacts(t *testing.T) {
	for extension, c := range map[string]struct{ place, time, zone bool }{
		".jpg": {true, true, true}, ".png": {true, true, true}, ".webp": {true, true, true},
		".heic": {true, true, true}, ".avif": {true, true, true},
		".mp4": {true, true, true}, ".mov": {true, true, true}, ".m4a": {true, true, true}, ".webm": {false, true, true},
		".gif": {}, ".wav": {},
	} {
		f := read(t, sample.All[extension](hanoi)).Facts
		if c.place != (f.Place != nil) || c.place && (math.Abs(f.Place.Lat-21.0285) > 1e-4 || math.Abs(f.Place.Lon-105.8542) > 1e-4) {
			t.Errorf("%s: place is %v", extension, f.Place)
		}
		if c.time != f.Taken.Equal(taken) || c.zone != f.ZoneKnown {
			t.Errorf("%s: taken %v, zone known: %v", extension, f.Taken, f.ZoneKnown)
		}
	}
	south := hanoi
	south.Lat, south.Lon = -33.8568, -151.2153
	for _, extension := range []string{".jpg", ".mp4", ".mov"} {
		if p := read(t, sample.All[extension](south)).Facts.Place; p == nil || math.Abs(p.Lat+33.8568) > 1e-4 || math.Abs(p.Lon+151.2153) > 1e-4 {
			t.Errorf("%s: place is %v", extension, p)
		}
	}
}

// TestPixels decodes before and after: what is seen does not change.
func TestPixels(t *testing.T) {
	for _, extension := range []string{".jpg", ".png"} {
		b := sample.All[extension](hanoi)
		out, _ := strip(t, b)
		before, _, err := image.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		after, _, err := image.Decode(bytes.NewReader(out))
		if err != nil || !samePixels(before, after) {
			t.Errorf("%s: other pixels, %v", extension, err)
		}
	}
	b := sample.GIF(hanoi)
	out, _ := strip(t, b)
	before, err1 := gif.DecodeAll(bytes.NewReader(b))
	after, err2 := gif.DecodeAll(bytes.NewReader(out))
	if err := errors.Join(err1, err2); err != nil || len(before.Image) != len(after.Image) || before.LoopCount != after.LoopCount {
		t.Fatalf("gif: %v", err)
	}
	for i := range before.Image {
		if !samePixels(before.Image[i], after.Image[i]) || before.Delay[i] != after.Delay[i] {
			t.Errorf("gif: frame %d differs", i)
		}
	}
}

func samePixels(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// TestOrientations keeps all eight, and adds nothing where a picture already stands upright.
func TestOrientations(t *testing.T) {
	for orientation := range 9 {
		o := hanoi
		o.Orientation = orientation
		for _, extension := range []string{".jpg", ".png", ".webp"} {
			out, _ := strip(t, sample.All[extension](o))
			f := read(t, out)
			if f.Info.Orientation != max(orientation, 1) {
				t.Errorf("%s: orientation %d became %d", extension, orientation, f.Info.Orientation)
			}
			if hasEXIF := bytes.Contains(out, []byte("MM\x00*")); hasEXIF != (orientation > 1) {
				t.Errorf("%s: orientation %d, EXIF: %v", extension, orientation, hasEXIF)
			}
			w, h := f.Info.Shown()
			if turned := orientation >= 5; turned != (w == 80) || turned != (h == 120) {
				t.Errorf("%s: shown as %d × %d", extension, w, h)
			}
		}
		if orientation == 3 || orientation == 6 || orientation == 8 {
			for _, extension := range []string{".heic", ".avif", ".mp4", ".mov"} {
				if got := read(t, sample.All[extension](o)).Info.Orientation; got != orientation {
					t.Errorf("%s: orientation %d is read as %d", extension, orientation, got)
				}
			}
		}
	}
}

// TestBareFilesStayAsTheyAre keeps a file without metadata byte by byte, so that it is stored once.
func TestBareFilesStayAsTheyAre(t *testing.T) {
	for extension, make := range sample.All {
		if extension == ".ogg" {
			continue // the name of the maker becomes spaces
		}
		if _, changed := strip(t, make(sample.Options{Width: 40, Height: 30, Bare: true})); changed {
			t.Errorf("%s: changed", extension)
		}
	}
}

func TestRefused(t *testing.T) {
	cases := map[string]struct {
		b    []byte
		code syncproto.Code
	}{
		"empty":       {nil, syncproto.CodeMediaUnsupported},
		"SVG":         {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), syncproto.CodeMediaUnsupported},
		"HTML":        {[]byte("<!doctype html><html><script>alert(1)</script>"), syncproto.CodeMediaUnsupported},
		"PDF":         {[]byte("%PDF-1.7\n"), syncproto.CodeMediaUnsupported},
		"EXE":         {[]byte("MZ\x90\x00\x03\x00\x00\x00"), syncproto.CodeMediaUnsupported},
		"APK":         {[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00AndroidManifest.xml"), syncproto.CodeMediaUnsupported},
		"text":        {[]byte("xin chào"), syncproto.CodeMediaUnsupported},
		"TIFF":        {[]byte("II*\x00\x08\x00\x00\x00\x00\x00"), syncproto.CodeMediaUnsupported},
		"two bytes":   {[]byte{0xff, 0xd8}, syncproto.CodeMediaUnsupported},
		"JPEG's head": {[]byte{0xff, 0xd8, 0xff, 0xe0}, syncproto.CodeMediaBroken},
		"PNG bomb":    {sample.PNGBomb(30000, 30000), syncproto.CodeMediaBomb},
		"long bomb":   {sample.PNGBomb(70000, 1), syncproto.CodeMediaBomb},
		"HEIC bomb":   {sample.HEIC(sample.Options{Width: 65535, Height: 65535}), syncproto.CodeMediaBomb},
		"vast HEIC":   {vastHEIC(), syncproto.CodeMediaBomb},
		"WebP bomb":   {webpBomb(), syncproto.CodeMediaBomb},
		"GIF bomb":    {gifBomb(), syncproto.CodeMediaBomb},
	}
	for name, c := range cases {
		var w bytes.Buffer
		_, err := mediafile.Strip(&w, bytes.NewReader(c.b), int64(len(c.b)))
		if syncproto.CodeOf(err) != c.code || err == nil {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		if w.Len() > 0 {
			t.Errorf("%s: %d bytes were written", name, w.Len())
		}
	}
}

// webpBomb announces 16384 × 16384 pixels in the frame, and less in the extended header.
func webpBomb() []byte {
	b := sample.WebP(hanoi)
	at := bytes.Index(b, []byte("VP8L")) + 9
	copy(b[at:], []byte{0xff, 0xff, 0xff, 0x0f})
	return b
}

// vastHEIC is 2³²-1 pixels wide.
func vastHEIC() []byte {
	b := sample.HEIC(hanoi)
	copy(b[bytes.Index(b, []byte("ispe"))+8:], []byte{0xff, 0xff, 0xff, 0xff})
	return b
}

func gifBomb() []byte {
	b := sample.GIF(hanoi)
	copy(b[6:], []byte{0xff, 0xff, 0xff, 0xff})
	return b
}

// TestProgressive warns of the JPEG that takes more memory to decode.
func TestProgressive(t *testing.T) {
	b := sample.JPEG(hanoi)
	at := bytes.Index(b, []byte{0xff, 0xc0})
	if read(t, b).Info.Progressive {
		t.Error("a sequential one is called progressive")
	}
	b[at+1] = 0xc2
	if !read(t, b).Info.Progressive {
		t.Error("a progressive one is not")
	}
}

// TestTruncated cuts every format at every byte of its head (every 41st in a short run) and then at steps: the answer is a code, or a copy that
// holds no position and strips to itself.
func TestTruncated(t *testing.T) {
	for extension, make := range sample.All {
		o := hanoi
		o.Width, o.Height = 24, 16
		whole := make(o)
		step := 1
		if testing.Short() {
			step = 41
		}
		for n := 0; n < len(whole); n += step + n/512 {
			var w bytes.Buffer
			_, err := mediafile.Strip(&w, bytes.NewReader(whole[:n]), int64(n))
			switch code := syncproto.CodeOf(err); {
			case err == nil && sample.HasPosition(w.Bytes()):
				t.Errorf("%s cut at %d: a position is left", extension, n)
			case err == nil:
				strip(t, w.Bytes())
			case code != syncproto.CodeMediaBroken && code != syncproto.CodeMediaUnsupported:
				t.Errorf("%s cut at %d: %v", extension, n, err)
			}
		}
	}
}

// TestAShorterReader is a file that is not as long as was said.
func TestAShorterReader(t *testing.T) {
	for extension, make := range sample.All {
		b := make(hanoi)
		if _, err := mediafile.Read(bytes.NewReader(b[:len(b)/2]), int64(len(b))); err == nil {
			continue // what is missing stands behind the end of what is shown
		} else if syncproto.CodeOf(err) != syncproto.CodeMediaBroken {
			t.Errorf("%s: %v", extension, err)
		}
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error)          { return 0, f.err }
func (f failing) readerAt() (io.ReaderAt, io.Writer) { return f, f }

// TestAFailingDiskIsNoBrokenFile keeps the code of what the store or the disk says.
func TestAFailingDiskIsNoBrokenFile(t *testing.T) {
	r, w := failing{syncproto.E(syncproto.CodeStoreFull, "test", nil)}.readerAt()
	_, err := mediafile.Read(r, 1000)
	wantCode(t, err, syncproto.CodeStoreFull)
	b := sample.JPEG(hanoi)
	_, err = mediafile.Strip(w, bytes.NewReader(b), int64(len(b)))
	wantCode(t, err, syncproto.CodeStoreFull)
}
