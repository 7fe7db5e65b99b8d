package mediafile

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// maxEXIF is how much of an EXIF block is read: cameras write the directories first and thumbnails behind them.
const maxEXIF = 128 << 10

// The tags that are read (EXIF 3.0, section 4.6).
const (
	tagOrientation       = 0x0112
	tagDateTime          = 0x0132
	tagExifIFD           = 0x8769
	tagGPSIFD            = 0x8825
	tagDateTimeOriginal  = 0x9003
	tagDateTimeDigitized = 0x9004
	tagOffset            = 0x9010
	tagOffsetOriginal    = 0x9011
	tagOffsetDigitized   = 0x9012
	tagLatitudeRef       = 1
	tagLatitude          = 2
	tagLongitudeRef      = 3
	tagLongitude         = 4
)

// tiff is an EXIF block in memory. Every look into it is checked against its end, and directories are only followed
// two deep, so nothing in it can loop.
type tiff struct {
	b     []byte
	order binary.ByteOrder
}

// field is the place of one value.
type field struct {
	kind  uint16
	count uint32
	value []byte // at least as long as count values of the kind
}

var fieldSizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8}

// readEXIF returns the orientation, 1 if there is none, and what the block says about time and place.
func readEXIF(b []byte) (orientation int, f Facts) {
	t := tiff{b: b}
	switch {
	case len(b) >= 8 && string(b[:4]) == "II*\x00":
		t.order = binary.LittleEndian
	case len(b) >= 8 && string(b[:4]) == "MM\x00*":
		t.order = binary.BigEndian
	default:
		return 1, Facts{}
	}
	main := t.directory(t.order.Uint32(b[4:]))
	orientation = int(t.number(main[tagOrientation]))
	if orientation < 1 || orientation > 8 {
		orientation = 1
	}
	exif := t.directory(t.number(main[tagExifIFD]))
	f.Taken, f.ZoneKnown = t.taken(main, exif)
	if gps := t.directory(t.number(main[tagGPSIFD])); gps != nil {
		lat, latOK := t.angle(gps[tagLatitude], gps[tagLatitudeRef], 'S')
		lon, lonOK := t.angle(gps[tagLongitude], gps[tagLongitudeRef], 'W')
		if latOK && lonOK {
			f.Place = position(lat, lon)
		}
	}
	return orientation, f
}

// directory reads the entries at an offset; offset 0 is no directory.
func (t tiff) directory(at uint32) map[uint16]field {
	if at == 0 || uint64(at)+2 > uint64(len(t.b)) {
		return nil
	}
	const maxEntries = 512 // cameras write below a hundred
	out := map[uint16]field{}
	entries := t.b[at+2:]
	for n := min(int(t.order.Uint16(t.b[at:])), maxEntries); n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		f := field{kind: t.order.Uint16(entries[2:]), count: t.order.Uint32(entries[4:]), value: entries[8:12]}
		if int(f.kind) >= len(fieldSizes) {
			continue
		}
		if size := fieldSizes[f.kind] * uint64(f.count); size > 4 {
			off := uint64(t.order.Uint32(entries[8:]))
			if off+size > uint64(len(t.b)) {
				continue
			}
			f.value = t.b[off : off+size]
		}
		if tag := t.order.Uint16(entries); out[tag].value == nil {
			out[tag] = f
		}
	}
	return out
}

// number returns a short or a long, and 0 for anything else.
func (t tiff) number(f field) uint32 {
	switch {
	case f.kind == 3 && f.count == 1:
		return uint32(t.order.Uint16(f.value))
	case f.kind == 4 && f.count == 1:
		return t.order.Uint32(f.value)
	}
	return 0
}

func (t tiff) text(f field) string {
	if f.kind != 2 || f.count > 64 {
		return ""
	}
	s, _, _ := strings.Cut(string(f.value[:f.count]), "\x00")
	return strings.TrimSpace(s)
}

// taken prefers the moment of the shutter, then of digitizing, then of the last change, each with its own offset.
func (t tiff) taken(main, exif map[uint16]field) (time.Time, bool) {
	for _, c := range []struct{ clock, offset field }{
		{exif[tagDateTimeOriginal], exif[tagOffsetOriginal]},
		{exif[tagDateTimeDigitized], exif[tagOffsetDigitized]},
		{main[tagDateTime], exif[tagOffset]},
	} {
		clock, offset := t.text(c.clock), t.text(c.offset)
		if at, err := time.Parse("2006:01:02 15:04:05Z07:00", clock+offset); err == nil && offset != "" {
			return plausible(at), !plausible(at).IsZero()
		}
		if at, err := time.Parse("2006:01:02 15:04:05", clock); err == nil {
			return plausible(at), false
		}
	}
	return time.Time{}, false
}

// angle reads degrees, minutes and seconds, each a rational.
func (t tiff) angle(f, ref field, negative byte) (float64, bool) {
	if f.kind != 5 || f.count < 1 || f.count > 3 || len(ref.value) == 0 {
		return 0, false
	}
	v, unit := 0.0, 1.0
	for i := range f.count {
		num, den := t.order.Uint32(f.value[8*i:]), t.order.Uint32(f.value[8*i+4:])
		if den == 0 {
			return 0, false
		}
		v += float64(num) / float64(den) / unit
		unit *= 60
	}
	if ref.value[0] == negative {
		v = -v
	}
	return v, !math.IsNaN(v)
}

// orientationEXIF is the smallest EXIF block that turns a picture the right way.
func orientationEXIF(orientation int) []byte {
	return []byte{
		'M', 'M', 0, '*', 0, 0, 0, 8,
		0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0,
		0, 0, 0, 0,
	}
}
