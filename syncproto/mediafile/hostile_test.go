package mediafile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/mediafile/sample"
)

func u16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u32(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }

func box(kind string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return slices.Concat(u32(len(body)+8), []byte(kind), body)
}

// idatHEIC is a picture whose EXIF lies in the idat box in two pieces, and whose name item is of no known kind.
func idatHEIC() []byte { return idatHEICWith("") }

// idatHEICWith gives its picture a name and has more properties.
func idatHEICWith(name string, properties ...[]byte) []byte {
	exif := append(u32(0), sample.EXIF(hanoi)...)
	half := len(exif) / 2
	entry := func(id int, kind string) []byte {
		return box("infe", u32(2<<24), u16(id), u16(0), []byte(kind), []byte(name), []byte{0})
	}
	const ftypLen, coded = 20, 64
	iloc := func(mdat int) []byte {
		b := slices.Concat(u32(1<<24), []byte{0x44, 0x00}, u16(3))
		b = slices.Concat(b, u16(1), u16(0), u16(0), u16(1), u32(mdat), u32(coded))
		b = slices.Concat(b, u16(2), u16(1), u16(0), u16(2), u32(4), u32(half), u32(4+half), u32(len(exif)-half))
		return box("iloc", slices.Concat(b, u16(3), u16(1), u16(0), u16(1), u32(0), u32(4)))
	}
	meta := func(mdat int) []byte {
		return box("meta", u32(0), box("hdlr", u32(0), u32(0), []byte("pict"), make([]byte, 13)),
			box("pitm", u32(0), u16(1)), iloc(mdat),
			box("iinf", u32(0), u16(3), entry(1, "hvc1"), entry(2, "Exif"), entry(3, "name")),
			box("iprp", box("ipco", box("ispe", u32(0), u32(64), u32(48)), box("irot", []byte{1}), box("imir", []byte{1}), slices.Concat(properties...)),
				box("ipma", u32(0), u32(1), u16(1), []byte{3, 1, 2, 3})),
			box("idat", []byte("Ngoc"), exif))
	}
	ftyp := box("ftyp", []byte("mif1"), u32(0), []byte("heic"))
	return slices.Concat(ftyp, meta(ftypLen+len(meta(0))+8), box("mdat", bytes.Repeat([]byte{0xa5}, coded)))
}

func TestItemsInsideTheMetaBox(t *testing.T) {
	b := idatHEIC()
	f := read(t, b)
	if f.Type != mediafile.HEIC || f.Info.Width != 64 || f.Facts.Place == nil {
		t.Errorf("%s %+v %+v", f.Type, f.Info, f.Facts)
	}
	if f.Info.Orientation != 7 { // a quarter counter-clockwise, then left and right change places
		t.Errorf("orientation is %d", f.Info.Orientation)
	}
	out, _ := strip(t, b)
	if sample.HasPosition(out) || bytes.Contains(out, []byte("Ngoc")) || len(out) != len(b) {
		t.Error("metadata is left, or the length differs")
	}
	if !bytes.Contains(out, bytes.Repeat([]byte{0xa5}, 64)) {
		t.Error("the picture is gone")
	}
}

// TestLeftoversBetweenPictures zeroes what an editor took out of the tables but not out of the file.
func TestLeftoversBetweenPictures(t *testing.T) {
	b := sample.HEIC(sample.Options{Width: 64, Height: 48, Bare: true})
	at := bytes.Index(b, []byte("mdat")) - 4
	left := slices.Concat(b[at+8:], sample.EXIF(hanoi))
	b = slices.Concat(b[:at], box("mdat", left))
	out, _ := strip(t, b)
	if sample.HasPosition(out) || !bytes.Equal(out[at:][8:8+4096], left[:4096]) {
		t.Error("a position is left, or the picture is not")
	}
}

// TestSecondTails drops what other files carry behind or between what is shown.
func TestSecondTails(t *testing.T) {
	secret := []byte("secret +21.0285+105.8542/")
	photo, film := sample.JPEG(hanoi), sample.MP4(hanoi)
	heic := sample.HEIC(hanoi)
	cases := map[string][]byte{
		"JPEG and HTML":            slices.Concat(photo, []byte("<script>"), secret),
		"JPEG with a JFIF picture": slices.Concat(photo[:2], []byte("\xff\xe0\x00\x30JFXX\x00"), secret, make([]byte, 0x30-7-len(secret)), photo[2:]),
		"dust between segments":    slices.Concat(photo[:20], secret, photo[20:]),
		"a box of a dash camera":   slices.Concat(film, box("gps0", secret)),
		"free space":               slices.Concat(film, box("free", secret)),
		"a tail that is no box":    slices.Concat(film, secret),
		"a private box in HEIC":    slices.Concat(heic, box("sefd", secret)),
		"GIF and JavaScript":       bytes.Replace(sample.GIF(hanoi), []byte("a comment"), []byte("secret=1;"), 1),
		"PNG text behind the end":  slices.Concat(sample.PNG(hanoi), sample.Chunk("tEXt", secret)),
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) {
			out, _ := strip(t, b)
			if bytes.Contains(out, []byte("secret")) || sample.HasPosition(out) {
				t.Error("it is left")
			}
		})
	}
}

// TestSizesOfBoxes reads lengths of 64 bits and boxes up to the end of the file, and takes a position out of free
// space in front of the film, where offsets may not move.
func TestSizesOfBoxes(t *testing.T) {
	film := sample.MP4(sample.Options{Width: 64, Height: 48, Bare: true})
	at := bytes.Index(film, []byte("mdat")) - 4
	body := film[at+8:]
	moved := bytes.Clone(film[:at]) // the longer header moves the samples
	stco := moved[bytes.Index(moved, []byte("stco"))+12:]
	binary.BigEndian.PutUint32(stco, binary.BigEndian.Uint32(stco)+8)
	wide := slices.Concat(moved, u32(1), []byte("mdat"), u32(0), u32(len(body)+16), body)
	toEnd := slices.Concat(film[:at], u32(0), []byte("mdat"), body)
	hidden := slices.Concat(film[:24], box("free", []byte("+21.0285+105.8542/")), film[24:])
	for name, b := range map[string][]byte{"64 bits": wide, "to the end": toEnd} {
		if _, changed := strip(t, b); changed {
			t.Errorf("%s: changed", name)
		}
	}
	if out, _ := strip(t, hidden); sample.HasPosition(out) || len(out) != len(hidden) {
		t.Error("free space: a position is left, or the length differs")
	}
}

// TestFilmsThatAreRefused cannot be stripped with certainty.
func TestFilmsThatAreRefused(t *testing.T) {
	film := sample.MP4(hanoi)
	fragment := slices.Concat(film, box("moof", box("mfhd", u32(0), u32(1))), box("mdat", make([]byte, 8)))
	_, err := mediafile.Read(bytes.NewReader(fragment), int64(len(fragment)))
	wantCode(t, err, syncproto.CodeMediaUnsupported)

	astray := bytes.Clone(film) // the samples of the timed metadata lie in the moov box
	at := bytes.LastIndex(film, []byte("stco"))
	copy(astray[at+12:], u32(100))
	_, err = mediafile.Read(bytes.NewReader(astray), int64(len(astray)))
	wantCode(t, err, syncproto.CodeMediaBroken)

	cut := film[:len(film)-9000]
	_, err = mediafile.Read(bytes.NewReader(cut), int64(len(cut)))
	wantCode(t, err, syncproto.CodeMediaBroken)
}

// TestJPEGCutInItsScan keeps what there is of a photo that breaks off, and ends it.
func TestJPEGCutInItsScan(t *testing.T) {
	o := hanoi
	o.Tail = false
	b := sample.JPEG(o)
	out, _ := strip(t, b[:len(b)-500])
	if !bytes.HasSuffix(out, []byte{0xff, 0xd9}) || sample.HasPosition(out) {
		t.Error("no end, or a position")
	}
}

// TestSoundCutShort keeps the whole frames and pages of a recording that breaks off.
func TestSoundCutShort(t *testing.T) {
	o := hanoi
	o.Tail = false
	for _, extension := range []string{".ogg", ".aac", ".amr", ".wav", ".webm"} {
		b := sample.All[extension](o)
		out, _ := strip(t, b[:len(b)-50])
		if len(out) < len(b)/2 || sample.HasPosition(out) {
			t.Errorf("%s: %d of %d bytes are left, or a position", extension, len(out), len(b))
		}
	}
}

// sparse is a file of which only the parts are there; between them it is zero.
type sparse struct {
	size  int64
	parts map[int64][]byte
	reads int64
}

func (s *sparse) ReadAt(b []byte, off int64) (int, error) {
	clear(b)
	s.reads += int64(len(b))
	for at, part := range s.parts {
		if from, to := max(at, off), min(at+int64(len(part)), off+int64(len(b))); from < to {
			copy(b[from-off:to-off], part[from-at:])
		}
	}
	if n := s.size - off; n < int64(len(b)) {
		return int(n), io.EOF
	}
	return len(b), nil
}

// TestFourGigabytes reads the head and the tail of a film of 5 GiB and nothing in between, and writes all of it.
func TestFourGigabytes(t *testing.T) {
	const middle = 5 << 30
	film := sample.MP4(sample.Options{Width: 64, Height: 48, Taken: taken, Lat: 21.0285, Lon: 105.8542})
	moovAt, mdatAt := bytes.Index(film, []byte("moov"))-4, bytes.Index(film, []byte("mdat"))-4
	ftyp, moov := film[:moovAt], film[moovAt:mdatAt]
	head := slices.Concat(ftyp, u32(1), []byte("mdat"), binary.BigEndian.AppendUint64(nil, middle))
	file := &sparse{size: int64(len(ftyp)) + middle + int64(len(moov)), parts: map[int64][]byte{
		0: head, int64(len(ftyp)) + middle: moov,
	}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := mediafile.Read(file, file.size)
	runtime.ReadMemStats(&after)
	if err != nil || f.Facts.Place == nil {
		t.Fatalf("%v", err)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 512<<10 || file.reads > 2<<20 {
		t.Errorf("reading took %d bytes of memory and %d of the file", spent, file.reads)
	}
	full := errors.New("enough")
	w := &countdown{left: 1 << 20, err: full}
	if _, err := f.Strip(w); !errors.Is(err, full) {
		t.Errorf("the writer's error is lost: %v", err)
	}
}

type countdown struct {
	left int
	err  error
}

func (c *countdown) Write(b []byte) (int, error) {
	if c.left -= len(b); c.left < 0 {
		return 0, c.err
	}
	return len(b), nil
}

// TestHostileSizes makes files that promise much: parts without end, tables that overlap, directories in a circle.
// Each must be answered within a second's work and a few megabytes.
func TestHostileSizes(t *testing.T) {
	circle := slices.Concat([]byte("MM\x00*"), u32(8), u16(2),
		u16(0x8769), u16(4), u32(1), u32(8), u16(0x8825), u16(4), u32(1), u32(8), u32(8))
	plain := sample.PNG(sample.Options{Width: 1, Height: 1, Bare: true})
	moov := func(n int) []byte {
		return slices.Concat(box("ftyp", []byte("isom"), u32(0), []byte("isom")), box("moov", bytes.Repeat(box("udta"), n)))
	}
	gif := sample.GIF(sample.Options{Width: 2, Height: 2, Bare: true})
	comments := bytes.Repeat([]byte("\x21\xf9\x04\x00\x00\x00\x00\x00\x21\xfe\x00"), 200_000)
	cases := map[string][]byte{
		"EXIF in a circle":    slices.Concat(plain[:33], sample.Chunk("eXIf", circle), plain[33:]),
		"many boxes":          moov(200_000),
		"comments in between": slices.Concat(gif[:len(gif)-1], comments, []byte(";")),
		"jpeg segments":       append([]byte("\xff\xd8\xff\xdb\x00\x02"), bytes.Repeat([]byte("\xff\xdb\x00\x02\xff\xfe\x00\x02"), 300_000)...),
		"empty mp3 tags":      bytes.Repeat([]byte("ID3\x04\x00\x00\x00\x00\x00\x00"), 300_000),
	}
	for name, b := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := mediafile.Read(bytes.NewReader(b), int64(len(b)))
		t.Logf("%s: %d bytes, %v, %v", name, len(b), time.Since(start).Round(time.Millisecond), err)
		runtime.ReadMemStats(&after)
		// What was ever allocated, most of it garbage at once; the race detector makes it more.
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<20 {
			t.Errorf("%s: %d bytes of memory", name, spent)
		}
	}
}
