package picture_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

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
	_, err := (picture.Copier{}).Copies(context.Background(), r, int64(len(file)), 1)
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

// extended puts a lossy WebP of 40×20 px into the container that cameras use when they have EXIF to add.
func extended(simple []byte) []byte {
	file := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0A\x00\x00\x00\x28\x00\x00\x00\x27\x00\x00\x13\x00\x00ICCP\x03\x00\x00\x00icc\x00")
	file = append(file, simple[12:]...)
	file = append(file, "EXIF\x02\x00\x00\x00MM"...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// TestMetadataMakesNoWebPLossless holds that only what is inside decides about the estimate.
func TestMetadataMakesNoWebPLossless(t *testing.T) {
	simple := unbase64(t, webpLossy)
	file := extended(simple)
	copies(t, file, 6)
	plain, _, _ := picture.Estimate(simple)
	got, _, err := picture.Estimate(file)
	if err != nil || got > plain+int64(len(file)-len(simple)) {
		t.Errorf("%d bytes estimated, without metadata %d (%v)", got, plain, err)
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
			_, err := (picture.Copier{}).Copies(context.Background(), strings.NewReader(file), int64(len(file)), 1)
			if code := syncproto.CodeOf(err); code != syncproto.CodeMediaBroken && (name != "JPEG without pixels" || code != syncproto.CodeMediaUnsupported) {
				t.Errorf("got %v", err)
			}
		})
	}
}
