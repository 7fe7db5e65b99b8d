package mediafile_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/mediafile/sample"
)

// words is what must not be in any copy: a camera, a place, a file.
const words = "secret GoPro +21.0285+105.8542/ IMG_0042"

func le32(v int) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)} }

// reel is a film of one track and eight samples of 16 bytes, with words between and behind them.
type reel struct {
	handler string
	fixed   int    // the size in the table; 0 for a table of sizes
	entry   []byte // hangs on the sample description
	dref    []byte
	moov    func(mdat int) []byte // hangs on moov
	brand   string
}

func (r reel) bytes() []byte {
	ftyp := box("ftyp", []byte(r.brand), u32(0), []byte(r.brand))
	mdat := slices.Concat(bytes.Repeat([]byte{0xa5}, 64), u32(8+len(words)), []byte("free"), []byte(words),
		bytes.Repeat([]byte{0x5a}, 64), []byte(words))
	second := 64 + 8 + len(words)
	moov := func(at int) []byte {
		n := 4
		stsz := box("stsz", u32(0), u32(0), u32(8), bytes.Repeat(u32(16), 8))
		if r.fixed > 0 {
			n = 64 / r.fixed
			stsz = box("stsz", u32(0), u32(r.fixed), u32(2*n))
		}
		coder := make([]byte, 32) // which sound has not
		if r.handler == "vide" {
			copy(coder, "\x0csecret GoPro")
		}
		entry := slices.Concat(make([]byte, 6), u16(1), make([]byte, 4), []byte("GoPr"), make([]byte, 8), u16(64), u16(48),
			make([]byte, 14), coder, make([]byte, 4), r.entry)
		stbl := box("stbl", box("stsd", u32(0), u32(1), box("avc1", entry)), box("stts", u32(0), u32(1), u32(2*n), u32(100)),
			box("stsc", u32(0), u32(1), u32(1), u32(n), u32(1)), stsz, box("stco", u32(0), u32(2), u32(at), u32(at+second)))
		mdia := box("mdia", box("mdhd", u32(0), u32(0), u32(0), u32(1000), u32(1000), u32(0)),
			box("hdlr", u32(0), u32(0), []byte(r.handler), make([]byte, 12), []byte("secret GoPro\x00")),
			box("minf", box("dinf", box("dref", u32(0), u32(1), r.dref)), stbl))
		parts := [][]byte{
			box("mvhd", u32(0), u32(0), u32(0), u32(1000), u32(2000), make([]byte, 80)),
			box("trak", box("tkhd", u32(3), u32(0), u32(0), u32(1), make([]byte, 68)), mdia),
		}
		if r.moov != nil {
			parts = append(parts, r.moov(at))
		}
		return box("moov", parts...)
	}
	return slices.Concat(ftyp, moov(len(ftyp)+len(moov(0))+8+8+len(words)), box("wide", []byte(words)), box("mdat", mdat))
}

// TestNamesInFilms takes out what cameras write beside what plays, and keeps the samples.
func TestNamesInFilms(t *testing.T) {
	local := box("url ", u32(1))
	gps := func(at int) []byte { return box("gps ", u32(0), u32(1), u32(at+64), u32(8+len(words))) }
	for name, r := range map[string]reel{
		"a film":               {handler: "vide", dref: local},
		"one size":             {handler: "vide", dref: local, fixed: 16},
		"QuickTime":            {handler: "vide", dref: local, brand: "qt  "},
		"a box in the entry":   {handler: "vide", dref: local, entry: box("uuid", []byte(words))},
		"an alias with a path": {handler: "vide", dref: box("alis", u32(1), []byte(words))},
		"sound":                {handler: "soun", dref: local, fixed: 16},
	} {
		if r.brand == "" {
			r.brand = "isom"
		}
		b := r.bytes()
		out, _ := strip(t, b)
		if bytes.Contains(out, []byte("secret")) || bytes.Contains(out, []byte("GoPr")) || len(out) != len(b) {
			t.Errorf("%s: a name or a place is left", name)
		}
		if !bytes.Contains(out, bytes.Repeat([]byte{0xa5}, 64)) || !bytes.Contains(out, bytes.Repeat([]byte{0x5a}, 64)) {
			t.Errorf("%s: samples are gone", name)
		}
		again, changed := strip(t, out)
		if changed || !bytes.Equal(again, out) {
			t.Errorf("%s: a second time it changes again", name)
		}
	}
	// What is not known for certain stays, but for what a dash camera itself lists.
	for name, r := range map[string]reel{
		"samples of one byte": {handler: "soun", dref: local, fixed: 1, brand: "isom"},
		"of a dash camera":    {handler: "soun", dref: local, fixed: 1, brand: "isom", moov: gps},
	} {
		out, _ := strip(t, r.bytes())
		left := map[bool]int{true: 1, false: 2}[r.moov != nil]
		if bytes.Count(out, []byte(words)) != left {
			t.Errorf("%s: %d are left", name, bytes.Count(out, []byte(words)))
		}
	}
}

// TestNamesInHEIC empties names of items and properties that describe.
func TestNamesInHEIC(t *testing.T) {
	b := idatHEICWith("secret", box("altt", u32(0), []byte(words)), box("uuid", make([]byte, 16), []byte(words)))
	out, _ := strip(t, b)
	if bytes.Contains(out, []byte("secret")) || len(out) != len(b) {
		t.Error("a name is left")
	}
	if f := read(t, out); f.Info.Orientation != 7 || f.Info.Width != 64 {
		t.Errorf("%+v", f.Info)
	}
}

func ebml(id []byte, body ...[]byte) []byte {
	all := slices.Concat(body...)
	return slices.Concat(id, []byte{0x40 | byte(len(all)>>8), byte(len(all))}, all)
}

// vorbisWebM is sound whose headers hold a comment, in a track of a kind.
func vorbisWebM(kind byte) []byte {
	comment := slices.Concat([]byte("\x03vorbis"), le32(6), []byte("secret"), le32(1), le32(len(words)+2), []byte("L="+words), []byte{1})
	private := slices.Concat([]byte{2, 30, byte(len(comment))}, make([]byte, 30), comment, []byte("\x05vorbis setup"))
	track := ebml([]byte{0xae}, ebml([]byte{0xd7}, []byte{1}), ebml([]byte{0x83}, []byte{kind}), ebml([]byte{0x63, 0xa2}, private),
		ebml([]byte{0x86}, []byte("A_VORBIS")), ebml([]byte{0x25, 0x86, 0x88}, []byte(words)))
	info := ebml([]byte{0x15, 0x49, 0xa9, 0x66}, ebml([]byte{0x4d, 0x80}, []byte(words)), ebml([]byte{0x57, 0x41}, []byte(words)))
	segment := slices.Concat(info, ebml([]byte{0x16, 0x54, 0xae, 0x6b}, track),
		ebml([]byte{0x1f, 0x43, 0xb6, 0x75}, ebml([]byte{0xe7}, []byte{0}), ebml([]byte{0xa3}, []byte{0x81, 0, 0, 0x80, 1, 2, 3})))
	return slices.Concat(ebml([]byte{0x1a, 0x45, 0xdf, 0xa3}, ebml([]byte{0x42, 0x82}, []byte("webm"))), ebml([]byte{0x18, 0x53, 0x80, 0x67}, segment))
}

func TestNamesInWebM(t *testing.T) {
	b := vorbisWebM(2)
	out, _ := strip(t, b)
	if bytes.Contains(out, []byte("secret")) || len(out) != len(b) || !bytes.Contains(out, []byte("\x05vorbis setup")) {
		t.Error("a comment is left, or sound is gone")
	}
	if again, changed := strip(t, out); changed || !bytes.Equal(again, out) {
		t.Error("a second time it changes again")
	}
	for _, kind := range []byte{0x11, 0x21} { // subtitles, metadata
		b := vorbisWebM(kind)
		if _, err := mediafile.Read(bytes.NewReader(b), int64(len(b))); syncproto.CodeOf(err) != syncproto.CodeMediaUnsupported {
			t.Errorf("a track of kind %#x: %v", kind, err)
		}
	}
}

// TestPartsThatHoldMore has words inside of parts that are kept.
func TestPartsThatHoldMore(t *testing.T) {
	gif := sample.GIF(sample.Options{Width: 64, Height: 48, Bare: true})
	head := 13 + 3<<(gif[10]&7+1)*int(gif[10]>>7)
	gif = slices.Concat(gif[:head], []byte{'!', 0xf9, 4, 0, 0, 0, 0, byte(len(words))}, []byte(words), []byte{0}, gif[head:])
	out, _ := strip(t, gif)
	if bytes.Contains(out, []byte("secret")) {
		t.Error("it is left in a GIF")
	}
	png := sample.PNG(sample.Options{Width: 64, Height: 48, Bare: true})
	png = slices.Concat(png[:len(png)-12], sample.Chunk("IEND", []byte(words)))
	frame := slices.Concat(make([]byte, 16), []byte("EXIF"), le32(len(words)), []byte(words+strings.Repeat("\x00", len(words)%2)))
	webp := slices.Concat([]byte("WEBPVP8X"), le32(10), []byte{2, 0, 0, 0, 63, 0, 0, 47, 0, 0}, []byte("ANMF"), le32(len(frame)), frame)
	webp = slices.Concat([]byte("RIFF"), le32(len(webp)), webp)
	for name, b := range map[string][]byte{"PNG": png, "WebP": webp} {
		if _, err := mediafile.Read(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

// TestWhenAProfileWasMade takes a time out of colour profiles: phones make some at the moment of the picture.
func TestWhenAProfileWasMade(t *testing.T) {
	profile := bytes.Repeat([]byte{0x11}, 200)
	copy(profile[24:], []byte{0x07, 0xea, 0, 2, 0, 19, 0, 14, 0, 24, 0, 23})
	copy(profile[36:], "acspAPPL")
	copy(profile[48:], "GoPrHERO")
	want := bytes.Clone(profile)
	copy(want[24:], []byte{0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0})
	clear(want[48:56])
	clear(want[80:100])
	piece := slices.Concat([]byte("ICC_PROFILE\x00\x01\x01"), profile)
	photo := sample.JPEG(sample.Options{Width: 64, Height: 48, Bare: true})
	webp := sample.WebP(sample.Options{Width: 64, Height: 48})
	at := bytes.Index(webp, []byte("VP8X")) + 18
	webp = slices.Concat(webp[:at], []byte("ICCP"), le32(len(profile)), profile, webp[at:])
	copy(webp[4:], le32(len(webp)-8))
	for name, b := range map[string][]byte{
		"JPEG": slices.Concat(photo[:2], []byte{0xff, 0xe2}, u16(len(piece)+2), piece, photo[2:]),
		"HEIC": idatHEICWith("", box("colr", []byte("prof"), profile)),
		"WebP": webp,
	} {
		if !bytes.Contains(b, profile) {
			t.Fatalf("%s: no profile", name)
		}
		out, _ := strip(t, b)
		if !bytes.Contains(out, want) {
			t.Errorf("%s: it is not the profile without its time", name)
		}
		if again, changed := strip(t, out); changed || !bytes.Equal(again, out) {
			t.Errorf("%s: a second time it changes again", name)
		}
	}
}

// TestItemsThatAreNamedAgainAndAgain has tables that would have the same bytes read for hours.
func TestItemsThatAreNamedAgainAndAgain(t *testing.T) {
	b := idatHEIC()
	iloc := bytes.Index(b, []byte("iloc"))
	entry := b[iloc+12+16:][:24] // of the EXIF, in two pieces
	const many = 1<<14 + 1
	table := slices.Concat(u32(2<<24), []byte{0x44, 0x00}, u32(many))
	wide := slices.Concat(u16(0), entry)
	table = slices.Concat(table, bytes.Repeat(wide, many))
	meta := bytes.Index(b, []byte("meta")) - 4
	old := int(b[iloc-4])<<24 | int(b[iloc-3])<<16 | int(b[iloc-2])<<8 | int(b[iloc-1])
	grown := slices.Concat(b[:iloc-4], box("iloc", table), b[iloc-4+old:])
	size := int(b[meta+2])<<8 | int(b[meta+3])
	copy(grown[meta:], u32(size+8+len(table)-old))
	if _, err := mediafile.Read(bytes.NewReader(grown), int64(len(grown))); syncproto.CodeOf(err) != syncproto.CodeMediaBroken {
		t.Errorf("got %v", err)
	}
	other := bytes.Replace(b, []byte("hvc1"), []byte("jpeg"), 1)
	if _, err := mediafile.Read(bytes.NewReader(other), int64(len(other))); syncproto.CodeOf(err) != syncproto.CodeMediaUnsupported {
		t.Errorf("a JPEG inside: %v", err)
	}
}
