package picture_test

import (
	"bytes"
	"context"
	"errors"
	"image/gif"
	"io"
	"strings"
	"testing"
	"time"

	"lantoa/syncproto"
	"lantoa/syncproto/picture"
)

// seeds are small files of every format.
func seeds(t testing.TB) map[string][]byte {
	t.Helper()
	m := photo(29, 19, 8, 20)
	var indexed bytes.Buffer
	if err := gif.Encode(&indexed, m, nil); err != nil {
		t.Fatal(err)
	}
	spec := jpegSpec{
		width: 29, height: 19, sampling: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1, quant: 8, progressive: true,
		sample: func(_, x, y int) byte { return byte(3 * x * y) }, scans: 2,
	}
	cmyk := spec
	cmyk.sampling, cmyk.adobe, cmyk.progressive = [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, 2, false
	return map[string][]byte{
		"JPEG": encodeJPEG(t, m, 85), "progressive JPEG": writeJPEG(spec), "CMYK JPEG": writeJPEG(cmyk), "PNG": encodePNG(t, m),
		"GIF": indexed.Bytes(), "WebP": unbase64(t, webpLossy), "WebP with alpha": unbase64(t, webpAlpha),
		"lossless WebP": unbase64(t, webpLossless), "animated WebP": unbase64(t, webpAnimated),
		"WebP with EXIF": extended(unbase64(t, webpLossy)),
	}
}

// TestCutFiles cuts every format at every byte: it is broken then, and never a panic or a picture with a grey half.
func TestCutFiles(t *testing.T) {
	for name, file := range seeds(t) {
		t.Run(name, func(t *testing.T) {
			for end := range len(file) {
				for _, size := range []int{end, len(file)} { // the size may be that of the cut file or what it should be
					_, err := (picture.Copier{}).Copies(context.Background(), bytes.NewReader(file[:end]), int64(size), 1)
					code := syncproto.CodeOf(err)
					whole := err == nil && (name == "GIF" || strings.Contains(name, "WebP")) // what is missing is padding or a trailer
					if !whole && code != syncproto.CodeMediaBroken && code != syncproto.CodeMediaUnsupported {
						t.Fatalf("cut at %d of %d: %v", end, len(file), err)
					}
					if err == nil && end < len(file)*9/10 {
						t.Fatalf("cut at %d of %d: it is taken for whole", end, len(file))
					}
				}
			}
		})
	}
}

// failing fails at its nth read or seek, in a way of its own.
type failing struct {
	*bytes.Reader
	reads  int
	fail   func() error
	unseek error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.reads--; f.reads < 0 {
		if err := f.fail(); err != nil {
			return 0, err
		}
	}
	return f.Reader.Read(p[:min(len(p), 512)])
}

func (f *failing) Seek(offset int64, whence int) (int64, error) {
	if f.unseek != nil {
		return 0, f.unseek
	}
	return f.Reader.Seek(offset, whence)
}

// TestReaderErrorsAreNotTheFile holds that a disk that fails does not make a good photo a broken one.
func TestReaderErrorsAreNotTheFile(t *testing.T) {
	file := encodeJPEG(t, photo(400, 300, 1, 30), 90)
	own := syncproto.E(syncproto.CodeStoreFull, "read", nil)
	for reads := range len(file) / 512 {
		for want, err := range map[syncproto.Code]error{syncproto.CodeUnavailable: io.ErrClosedPipe, syncproto.CodeStoreFull: own} {
			r := &failing{Reader: bytes.NewReader(file), reads: reads, fail: func() error { return err }}
			if _, got := (picture.Copier{}).Copies(context.Background(), r, int64(len(file)), 1); syncproto.CodeOf(got) != want || !errors.Is(got, err) {
				t.Fatalf("after %d reads: %v, want %s", reads, got, want)
			}
		}
	}
	r := &failing{Reader: bytes.NewReader(file), unseek: io.ErrClosedPipe}
	if _, err := (picture.Copier{}).Copies(context.Background(), r, int64(len(file)), 1); syncproto.CodeOf(err) != syncproto.CodeUnavailable {
		t.Errorf("seek: %v", err)
	}
}

func TestPanicBecomesBroken(t *testing.T) {
	file := encodeJPEG(t, photo(400, 300, 1, 30), 90)
	r := &failing{Reader: bytes.NewReader(file), reads: 30, fail: func() error { panic("a decoder's bug") }}
	b := picture.NewBudget(64 << 20)
	_, err := picture.Copier{Budget: b}.Copies(context.Background(), r, int64(len(file)), 1)
	if syncproto.CodeOf(err) != syncproto.CodeMediaBroken || b.Used() != 0 {
		t.Errorf("%v, %d bytes left over", err, b.Used())
	}
}

// TestContextEndsADecode ends the context in the midst of each read.
func TestContextEndsADecode(t *testing.T) {
	file := encodeJPEG(t, photo(400, 300, 1, 30), 90)
	for reads := range len(file) / 512 {
		ctx, cancel := context.WithCancel(context.Background())
		r := &failing{Reader: bytes.NewReader(file), reads: reads, fail: func() error { cancel(); return nil }}
		_, err := (picture.Copier{}).Copies(ctx, r, int64(len(file)), 1)
		if syncproto.CodeOf(err) != syncproto.CodeUnavailable || !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d reads: %v", reads, err)
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	_, err := (picture.Copier{}).Copies(ctx, bytes.NewReader(file), int64(len(file)), 1)
	if syncproto.CodeOf(err) != syncproto.CodeTimeout {
		t.Errorf("after a deadline: %v", err)
	}
}

// FuzzCopies takes any bytes for a picture of at most 16,384 pixels.
func FuzzCopies(f *testing.F) {
	for _, file := range seeds(f) {
		f.Add(file, 1)
		f.Add(file[:len(file)*3/4], 6)
	}
	c := picture.Copier{Pixels: 1 << 14, Budget: picture.NewBudget(64 << 20)}
	f.Fuzz(func(t *testing.T, file []byte, orientation int) {
		r, err := c.Copies(context.Background(), bytes.NewReader(file), int64(len(file)), orientation)
		if err != nil {
			switch syncproto.CodeOf(err) {
			case syncproto.CodeMediaBroken, syncproto.CodeMediaUnsupported, syncproto.CodeMediaBomb:
			default:
				t.Fatalf("an unexpected code: %v", err)
			}
			return
		}
		checkCopy(t, "thumbnail", r, r.Thumbnail, picture.ThumbnailSide, picture.ThumbnailBytes)
		if r.Display.JPEG != nil {
			checkCopy(t, "display", r, r.Display, picture.DisplaySide, picture.DisplayBytes)
		}
	})
}
