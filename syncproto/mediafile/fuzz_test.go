package mediafile_test

import (
	"bytes"
	"slices"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/mediafile/sample"
)

func seed(f *testing.F) {
	o := hanoi
	o.Width, o.Height = 16, 8
	for _, make := range sample.All {
		f.Add(make(o))
		bare := o
		bare.Bare, bare.Tail = true, false
		f.Add(make(bare))
	}
	f.Add(idatHEIC())
	f.Add(sample.PNGBomb(30000, 30000)[:200])
}

// FuzzStrip holds for any bytes: a code of the package, or a copy of the same type that strips to itself.
func FuzzStrip(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var once, twice bytes.Buffer
		changed, err := mediafile.Strip(&once, bytes.NewReader(b), int64(len(b)))
		if err != nil {
			known(t, err)
			if once.Len() > 0 {
				t.Fatal("bytes were written before an error")
			}
			return
		}
		if changed == bytes.Equal(b, once.Bytes()) {
			t.Fatalf("changed is %v, which is not so", changed)
		}
		changed, err = mediafile.Strip(&twice, bytes.NewReader(once.Bytes()), int64(once.Len()))
		if err != nil || changed || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("a second stripping: changed %v, %v\n%x\n%x", changed, err, once.Bytes(), twice.Bytes())
		}
	})
}

func FuzzSniff(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, err := mediafile.Sniff(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			known(t, err)
		} else if !kind.Inline() || kind.Picture() == kind.Film() && !kind.Sound() {
			t.Fatalf("type is %q", kind)
		}
	})
}

// FuzzFacts puts any bytes where a phone writes EXIF.
func FuzzFacts(f *testing.F) {
	f.Add(sample.EXIF(hanoi))
	f.Add(sample.EXIF(sample.Options{Orientation: 8}))
	plain := sample.PNG(sample.Options{Width: 1, Height: 1, Bare: true})
	f.Fuzz(func(t *testing.T, b []byte) {
		file := slices.Concat(plain[:33], sample.Chunk("eXIf", b), plain[33:])
		m, err := mediafile.Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if o := m.Info.Orientation; o < 1 || o > 8 {
			t.Fatalf("orientation is %d", o)
		}
		if p := m.Facts.Place; p != nil && !(p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180) {
			t.Fatalf("place is %v", p)
		}
		if m.Facts.ZoneKnown && m.Facts.Taken.IsZero() {
			t.Fatal("a zone without a time")
		}
	})
}

func known(t *testing.T, err error) {
	t.Helper()
	switch syncproto.CodeOf(err) {
	case syncproto.CodeMediaBroken, syncproto.CodeMediaUnsupported, syncproto.CodeMediaBomb:
	default:
		t.Fatalf("error without a code of media: %v", err)
	}
}
