package sample

import (
	"bytes"
	"encoding/binary"
	"regexp"
)

// coordinates is a position as text (ISO 6709), which films and recordings carry.
var coordinates = regexp.MustCompile(`[+-][0-9]{2}\.[0-9]{3,}[+-][0-9]{3}\.[0-9]{3,}`)

// HasPosition reports whether the bytes hold a geographic position anywhere: a GPS directory of EXIF with a latitude,
// wherever a TIFF structure begins; the names under which XMP keeps one; the atoms and keys of films; and coordinates
// as text. It knows nothing of the structure around them, so it also finds what a parser would not reach, such as
// the leftovers behind the end of a picture. Compressed text is not looked into.
func HasPosition(b []byte) bool {
	for _, name := range []string{"GPSLatitude", "GPSPosition", "GPSCoordinates", "\xa9xyz", "ISO6709", "geo:lat"} {
		if bytes.Contains(b, []byte(name)) {
			return true
		}
	}
	if coordinates.Match(b) {
		return true
	}
	return tiffPosition(b, "II*\x00", binary.LittleEndian) || tiffPosition(b, "MM\x00*", binary.BigEndian)
}

func tiffPosition(b []byte, magic string, order binary.ByteOrder) bool {
	for {
		at := bytes.Index(b, []byte(magic))
		if at < 0 {
			return false
		}
		b = b[at:]
		if len(b) >= 8 {
			if gps, found := entry(b, order.Uint32(b[4:]), 0x8825, order); found {
				if _, found := entry(b, gps, 2, order); found {
					return true
				}
			}
		}
		b = b[4:]
	}
}

// entry looks for a tag in the directory at the offset and returns its value field.
func entry(b []byte, at uint32, tag uint16, order binary.ByteOrder) (uint32, bool) {
	if uint64(at)+2 > uint64(len(b)) {
		return 0, false
	}
	n := int(order.Uint16(b[at:]))
	for dir := b[at+2:]; n > 0 && len(dir) >= 12; n, dir = n-1, dir[12:] {
		if order.Uint16(dir) == tag {
			return order.Uint32(dir[8:]), true
		}
	}
	return 0, false
}
