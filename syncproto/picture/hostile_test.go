package picture_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"lantoa/syncproto"
	"lantoa/syncproto/picture"
)

func refused(t *testing.T, c picture.Copier, file []byte, want syncproto.Code) {
	t.Helper()
	r, err := c.Copies(context.Background(), bytes.NewReader(file), int64(len(file)), 1)
	if got := syncproto.CodeOf(err); err == nil || got != want {
		t.Errorf("got %v (%v), want %s", err, got, want)
	}
	if r.Thumbnail.JPEG != nil || r.Display.JPEG != nil || r.Thumbhash != nil {
		t.Error("an error came with copies")
	}
}

// counted counts the bytes that are read.
type counted struct {
	*bytes.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// pngBomb is a right PNG of side×side pixels with alpha, all zero. A deflate stream cut at a flush can be repeated.
func pngBomb(t testing.TB, side int) []byte {
	t.Helper()
	var deflated bytes.Buffer
	w, err := flate.NewWriter(&deflated, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	zeros, total := make([]byte, 1<<20), side*(4*side+1)
	write := func(n int) []byte {
		start := deflated.Len()
		_, _ = w.Write(zeros[:n])
		_ = w.Flush()
		return bytes.Clone(deflated.Bytes()[start:])
	}
	data := append([]byte{0x78, 0xDA}, write(len(zeros))...)
	for again := write(len(zeros)); total >= 2*len(zeros); total -= len(zeros) {
		data = append(data, again...)
	}
	data = append(data, write(total-len(zeros))...)
	data = append(data, 1, 0, 0, 0xFF, 0xFF) // the last block, empty
	data = binary.BigEndian.AppendUint32(data, uint32(side*(4*side+1)%65521)<<16|1)

	file := []byte("\x89PNG\r\n\x1A\n")
	chunk := func(name string, body []byte) {
		file = binary.BigEndian.AppendUint32(file, uint32(len(body)))
		body = append([]byte(name), body...)
		file = append(file, body...)
		file = binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(side))
	head = binary.BigEndian.AppendUint32(head, uint32(side))
	chunk("IHDR", append(head, 8, 6, 0, 0, 0))
	chunk("IDAT", data)
	chunk("IEND", nil)
	return file
}

func TestBombIsRefusedUnopened(t *testing.T) {
	copies(t, pngBomb(t, 700), 1) // a small one is a picture
	file := pngBomb(t, 30000)
	t.Logf("%d bytes on disk, 3.6 GB decoded", len(file))
	r := &counted{Reader: bytes.NewReader(file)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := picture.Copies(context.Background(), r, int64(len(file)), 1)
	runtime.ReadMemStats(&after)
	if syncproto.CodeOf(err) != syncproto.CodeMediaBomb || syncproto.KindOf(err) != syncproto.TooLarge {
		t.Errorf("got %v", err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; r.n > 64<<10 || allocated > 256<<10 {
		t.Errorf("%d bytes read and %d allocated to refuse it", r.n, allocated)
	}
}

func TestTooManyPixels(t *testing.T) {
	bombs := map[string]string{
		"JPEG":                "\xFF\xD8\xFF\xC0\x00\x11\x08\xFF\xFF\xFF\xFF\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xFF\xDA\x00\x02",
		"GIF":                 "GIF89a\xFF\xFF\xFF\xFF\x00\x00\x00,\x00\x00\x00\x00\xFF\xFF\xFF\xFF\x00\x02",
		"lossless WebP":       "RIFF\x18\x00\x00\x00WEBPVP8L\x0C\x00\x00\x00\x2F\xFF\xFF\xFF\x0F\x00\x00\x00\x00\x00\x00\x00",
		"WebP with a big box": "RIFF\x18\x00\x00\x00WEBPVP8X\x0A\x00\x00\x00\x00\x00\x00\x00\xFF\x7F\x00\xFF\x7F\x00\x00\x00",
	}
	for name, file := range bombs {
		t.Run(name, func(t *testing.T) { refused(t, picture.Copier{}, []byte(file), syncproto.CodeMediaBomb) })
	}
	long := encodePNG(t, image.NewGray(image.Rect(0, 0, 1, 65536)))
	refused(t, picture.Copier{}, long, syncproto.CodeMediaBomb)

	file := encodeJPEG(t, photo(100, 100, 1, 0), 80)
	refused(t, picture.Copier{Pixels: 9_999}, file, syncproto.CodeMediaBomb)
	if _, err := (picture.Copier{Pixels: 10_000}).Copies(context.Background(), bytes.NewReader(file), int64(len(file)), 1); err != nil {
		t.Errorf("a picture at the limit: %v", err)
	}
}

// TestBudgetTellsProgressive gives both the same room, which one of them needs.
func TestBudgetTellsProgressive(t *testing.T) {
	c := picture.Copier{Budget: picture.NewBudget(11 << 20)}
	spec := jpegSpec{
		width: 1200, height: 900, sampling: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1, quant: 30,
		sample: func(_, x, y int) byte { return byte(x + y) },
	}
	file := writeJPEG(spec)
	if _, err := c.Copies(context.Background(), bytes.NewReader(file), int64(len(file)), 1); err != nil {
		t.Errorf("baseline: %v", err)
	}
	spec.progressive = true
	refused(t, c, writeJPEG(spec), syncproto.CodeMediaBomb)
}

// TestEstimateCoversTheDecoder compares the estimate with what is allocated, dead or alive.
func TestEstimateCoversTheDecoder(t *testing.T) {
	bounds := image.Rect(0, 0, 800, 600)
	var indexed bytes.Buffer
	if err := gif.Encode(&indexed, image.NewPaletted(bounds, color.Palette{red, blue}), nil); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"grey PNG": encodePNG(t, image.NewGray(bounds)), "PNG": encodePNG(t, image.NewNRGBA(bounds)),
		"16-bit PNG": encodePNG(t, image.NewNRGBA64(bounds)), "16-bit grey PNG": encodePNG(t, image.NewGray16(bounds)),
		"palette PNG": encodePNG(t, image.NewPaletted(bounds, color.Palette{red, blue})),
		"GIF":         indexed.Bytes(), "lossless WebP": unbase64(t, webpLossless), "WebP": unbase64(t, webpLossy),
		"WebP with alpha": unbase64(t, webpAlpha),
	}
	for name, spec := range map[string]jpegSpec{
		"4:2:0": {sampling: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1},
		"4:4:4": {sampling: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: -1},
		"4:1:0": {sampling: [][2]int{{4, 2}, {1, 1}, {1, 1}}, adobe: -1},
		"grey":  {sampling: [][2]int{{1, 1}}, adobe: -1},
		"RGB":   {sampling: [][2]int{{1, 1}, {1, 1}, {1, 1}}, ids: "RGB", adobe: -1},
		"Adobe": {sampling: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: 0},
		"CMYK":  {sampling: [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, adobe: 0},
	} {
		spec.width, spec.height, spec.quant = 505, 379, 40
		spec.sample = func(_, x, y int) byte { return byte(x ^ y) }
		files[name] = writeJPEG(spec)
		spec.progressive = true
		files[name+" progressive"] = writeJPEG(spec)
		// What comes before the frame header must not hide it.
		spec.segments = []byte("\xFF\xFF\xFF\xE1\x00\x08Exif\x00\x00\xFF\xFE\x00\x02")
		files[name+" with segments"] = writeJPEG(spec)
	}
	for name, file := range files {
		estimated, allocated, err := picture.Estimate(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if allocated > estimated+128<<10 { // tables and buffers, whatever the size
			t.Errorf("%s: %d bytes estimated, %d allocated", name, estimated, allocated)
		}
	}
}

// TestScansAreCounted holds the guard against a file that is small and keeps a decoder busy for ever.
func TestScansAreCounted(t *testing.T) {
	spec := jpegSpec{
		width: 1200, height: 900, sampling: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1, quant: 40, progressive: true,
		sample: func(_, x, y int) byte { return byte(x + y) }, scans: 40,
	}
	copies(t, writeJPEG(spec), 1)
	spec.scans = 1900
	file := writeJPEG(spec)
	t.Logf("%d bytes", len(file))
	refused(t, picture.Copier{}, file, syncproto.CodeMediaBomb)

	stream := strings.Repeat("\xFF\xDA....\xFF\xFF\xDA\xFF\x00\xDA\xFF\xD9", 10)
	for _, r := range []func() io.Reader{
		func() io.Reader { return strings.NewReader(stream) },
		func() io.Reader { return iotest.OneByteReader(strings.NewReader(stream)) },
	} {
		if err := picture.CountScans(r(), 20); err != nil {
			t.Errorf("20 scans: %v", err)
		}
		if err := picture.CountScans(r(), 19); syncproto.CodeOf(err) != syncproto.CodeMediaBomb {
			t.Errorf("one scan too many: %v", err)
		}
	}
}

func TestWhatIsNotRead(t *testing.T) {
	frame := string(encodeJPEG(t, photo(16, 16, 1, 0), 80))
	for name, file := range map[string]string{
		"HEIC": "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "AVIF": "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1",
		"MP4": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", "BMP": "BM\x3a\x00\x00\x00\x00\x00\x00\x00",
		"TIFF": "II*\x00\x08\x00\x00\x00", "SVG": "<svg xmlns='http://www.w3.org/2000/svg'/>", "text": "xin chào", "one byte": "\xFF",
		"animated WebP":   string(unbase64(t, webpAnimated)),
		"arithmetic JPEG": strings.Replace(frame, "\xFF\xC0", "\xFF\xC9", 1),
		"12-bit JPEG":     strings.Replace(frame, "\xFF\xC0\x00\x11\x08", "\xFF\xC0\x00\x11\x0C", 1),
	} {
		t.Run(name, func(t *testing.T) { refused(t, picture.Copier{}, []byte(file), syncproto.CodeMediaUnsupported) })
	}
	for name, file := range map[string]string{
		"nothing": "", "a JPEG's first bytes": "\xFF\xD8\xFF", "a PNG's first bytes": "\x89PNG\r\n\x1A\n", "a GIF's first bytes": "GIF89a",
		"a WebP's first bytes": "RIFF\x00\x00\x00\x00WEBP", "GIF without pixels": "GIF89a\x00\x00\x00\x00\x00\x00\x00",
		"JPEG without pixels":      strings.Replace(frame, "\x00\x10\x00\x10\x03", "\x00\x00\x00\x10\x03", 1),
		"WebP of a made-up length": strings.Replace(string(unbase64(t, webpLossy)), "RIFF\x6A\x00\x00\x00", "RIFF\x6A\x00\xFF\x7F", 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := picture.Copies(context.Background(), strings.NewReader(file), int64(len(file)), 1)
			if code := syncproto.CodeOf(err); code != syncproto.CodeMediaBroken && (name != "JPEG without pixels" || code != syncproto.CodeMediaUnsupported) {
				t.Errorf("got %v", err)
			}
		})
	}
}

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
	}
}

// TestCutFiles cuts every format at every byte: it is broken then, and never a panic or a picture with a grey half.
func TestCutFiles(t *testing.T) {
	for name, file := range seeds(t) {
		t.Run(name, func(t *testing.T) {
			for end := range len(file) {
				for _, size := range []int{end, len(file)} { // the size may be that of the cut file or what it should be
					_, err := picture.Copies(context.Background(), bytes.NewReader(file[:end]), int64(size), 1)
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
			if _, got := picture.Copies(context.Background(), r, int64(len(file)), 1); syncproto.CodeOf(got) != want || !errors.Is(got, err) {
				t.Fatalf("after %d reads: %v, want %s", reads, got, want)
			}
		}
	}
	r := &failing{Reader: bytes.NewReader(file), unseek: io.ErrClosedPipe}
	if _, err := picture.Copies(context.Background(), r, int64(len(file)), 1); syncproto.CodeOf(err) != syncproto.CodeUnavailable {
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
		_, err := picture.Copies(ctx, r, int64(len(file)), 1)
		if syncproto.CodeOf(err) != syncproto.CodeUnavailable || !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d reads: %v", reads, err)
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	_, err := picture.Copies(ctx, bytes.NewReader(file), int64(len(file)), 1)
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
