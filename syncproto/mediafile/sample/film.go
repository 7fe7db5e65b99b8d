package sample

import (
	"encoding/binary"
	"time"
)

// epoch1904 is where the clocks of films start (ISO/IEC 14496-12, 8.2.2).
var epoch1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)

// MP4 returns a film of ten samples of noise as an Android phone records it: creation times, the position in
// moov/udta/©xyz, and a track of timed metadata whose samples are positions. Orientation 3, 6 or 8 is the matrix of
// the picture's track.
func MP4(o Options) []byte { return film(o, "isom", false) }

// MOV returns the same as an iPhone records it: the position under com.apple.quicktime.location.ISO6709, the capture
// time with its zone under com.apple.quicktime.creationdate.
func MOV(o Options) []byte { return film(o, "qt  ", true) }

// M4A returns a recording: one track of sound, the position in moov/udta.
func M4A(o Options) []byte {
	o.Orientation = 0
	return film(o, "M4A ", false)
}

func film(o Options, brand string, apple bool) []byte {
	rng := o.random()
	samples := make([]byte, 10*1024)
	for i := range samples {
		samples[i] = byte(rng.Uint32())
	}
	var timed []byte
	if o.position() && brand != "M4A " {
		for range 4 {
			timed = append(timed, (iso6709(o) + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")[:32]...)
		}
	}
	ftyp := box("ftyp", []byte(brand), u32(0x200), []byte(brand+"mp42"))
	moov := func(at int) []byte {
		parts := [][]byte{full("mvhd", 0, u32(seconds(o)), u32(seconds(o)), u32(1000), u32(2000), make([]byte, 76), u32(9))}
		if brand == "M4A " {
			parts = append(parts, track(o, 1, "soun", at, 10, 1024))
		} else {
			parts = append(parts, track(o, 1, "vide", at, 10, 1024))
		}
		if timed != nil {
			parts = append(parts, track(o, 2, "meta", at+len(samples), 4, 32))
		}
		return box("moov", append(parts, filmMetadata(o, apple))...)
	}
	at := len(ftyp) + len(moov(0)) + 8
	out := append(append(ftyp, moov(at)...), box("mdat", samples, timed)...)
	if o.Tail && !o.Bare {
		out = append(out, box("uuid", []byte("\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"), xmp(o))...)
	}
	return out
}

func seconds(o Options) uint32 {
	if o.Bare || o.Taken.IsZero() {
		return 0
	}
	return uint32(o.Taken.Sub(epoch1904) / time.Second)
}

func track(o Options, id uint32, handler string, at, n, size int) []byte {
	w, h := o.size()
	times := [][]byte{u32(seconds(o)), u32(seconds(o))}
	matrix := map[int][]uint32{3: {0xffff0000, 0, 0, 0xffff0000}, 6: {0, 0x10000, 0xffff0000, 0}, 8: {0, 0xffff0000, 0x10000, 0}}[o.Orientation]
	if matrix == nil {
		matrix = []uint32{0x10000, 0, 0, 0x10000}
	}
	tkhd := full("tkhd", 3, times[0], times[1], u32(id), u32(0), u32(2000), make([]byte, 16),
		u32(matrix[0]), u32(matrix[1]), u32(0), u32(matrix[2]), u32(matrix[3]), u32(0), u32(0), u32(0), u32(0x40000000),
		u32(uint32(w)<<16), u32(uint32(h)<<16))
	stsd := map[string][]byte{
		"vide": box("avc1", make([]byte, 6), u16(1), make([]byte, 16), u16(w), u16(h), make([]byte, 50)),
		"soun": box("mp4a", make([]byte, 6), u16(1), make([]byte, 8), u16(1), u16(16), u32(0), u32(44100<<16)),
		"meta": box("mett", make([]byte, 6), u16(1), []byte("application/gps\x00")),
	}[handler]
	stbl := box("stbl", full("stsd", 0, u32(1), stsd), full("stts", 0, u32(1), u32(uint32(n)), u32(100)),
		full("stsc", 0, u32(1), u32(1), u32(uint32(n)), u32(1)), full("stsz", 0, u32(uint32(size)), u32(uint32(n))),
		full("stco", 0, u32(1), u32(uint32(at))))
	name := []byte("handler\x00")
	if o.Bare {
		clear(name)
	}
	minf := box("minf", full("nmhd", 0), box("dinf", full("dref", 0, u32(1), full("url ", 1))), stbl)
	mdia := box("mdia", full("mdhd", 0, times[0], times[1], u32(1000), u32(1000), u16(0x55c4), u16(0)),
		full("hdlr", 0, u32(0), []byte(handler), make([]byte, 12), name), minf)
	return box("trak", tkhd, mdia)
}

func filmMetadata(o Options, apple bool) []byte {
	switch {
	case o.Bare:
		return nil
	case !apple:
		xyz := append(u16(len(iso6709(o))), u16(0x15c7)...)
		if !o.position() {
			return box("udta", box("\xa9too", u16(7), u16(0x15c7), []byte("samples")))
		}
		return box("udta", box("\xa9xyz", xyz, []byte(iso6709(o))))
	}
	keys := []byte{}
	var items []byte
	n := uint32(0)
	add := func(key, value string) {
		n++
		keys = append(keys, box("mdta", []byte(key))...)
		items = append(items, box(string(u32(n)), box("data", u32(1), u32(0), []byte(value)))...)
	}
	add("com.apple.quicktime.make", "Lantoa Samples")
	if o.position() {
		add("com.apple.quicktime.location.ISO6709", iso6709(o))
	}
	if !o.Taken.IsZero() {
		add("com.apple.quicktime.creationdate", o.Taken.Format("2006-01-02T15:04:05-0700"))
	}
	return box("meta", full("hdlr", 0, u32(0), []byte("mdta"), make([]byte, 12), []byte{0}),
		full("keys", 0, u32(n), keys), box("ilst", items))
}

// HEIC returns the boxes of a photo as an iPhone writes it: one coded picture, EXIF and XMP as items of their own, the
// rotation as a property. The coded picture is noise.
func HEIC(o Options) []byte { return still(o, "heic", "hvc1") }

// AVIF returns the same with the names of AVIF.
func AVIF(o Options) []byte { return still(o, "avif", "av01") }

func still(o Options, brand, codec string) []byte {
	w, h := o.size()
	rng := o.random()
	coded := make([]byte, 4096)
	for i := range coded {
		coded[i] = byte(rng.Uint32())
	}
	exif := append(u32(6), append([]byte("Exif\x00\x00"), EXIF(o)...)...)
	items := [][]byte{coded}
	infe := full("infe", 2<<24, u16(1), u16(0), []byte(codec), []byte{0})
	if !o.Bare {
		items = append(items, exif, xmp(o))
		infe = append(infe, full("infe", 2<<24, u16(2), u16(0), []byte("Exif"), []byte{0})...)
		infe = append(infe, full("infe", 2<<24, u16(3), u16(0), []byte("mime"), []byte("\x00application/rdf+xml\x00"))...)
	}
	angle := map[int]byte{3: 2, 6: 3, 8: 1}[o.Orientation] // counter-clockwise quarters
	meta := func(at int) []byte {
		iloc := append([]byte{0x44, 0x00}, u16(len(items))...)
		for i, item := range items {
			iloc = append(iloc, u16(i+1)...)
			iloc = append(append(iloc, u16(0)...), u16(1)...)
			iloc = append(append(iloc, u32(uint32(at))...), u32(uint32(len(item)))...)
			at += len(item)
		}
		ipma := append(append(u32(1), u16(1)...), 2, 1, 2)
		return full("meta", 0, full("hdlr", 0, u32(0), []byte("pict"), make([]byte, 13)), full("pitm", 0, u16(1)),
			full("iinf", 0, u16(len(items)), infe), full("iloc", 0, iloc),
			box("iprp", box("ipco", full("ispe", 0, u32(uint32(w)), u32(uint32(h))), box("irot", []byte{angle})), full("ipma", 0, ipma)))
	}
	ftyp := box("ftyp", []byte(brand), u32(0), []byte("mif1"+brand))
	at := len(ftyp) + len(meta(0)) + 8
	out := append(append(ftyp, meta(at)...), box("mdat", items...)...)
	if o.Tail && !o.Bare {
		out = append(out, box("mpvd", MP4(o))...)
	}
	return out
}

func box(kind string, parts ...[]byte) []byte {
	out := append(make([]byte, 4), kind...)
	for _, p := range parts {
		out = append(out, p...)
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}

func full(kind string, versionFlags uint32, parts ...[]byte) []byte {
	return box(kind, append([][]byte{u32(versionFlags)}, parts...)...)
}

func u16(v int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }
