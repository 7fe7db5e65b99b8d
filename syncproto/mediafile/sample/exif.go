package sample

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The types of TIFF fields (TIFF 6.0, section 2).
const (
	tiffBytes    = 1
	tiffText     = 2
	tiffShort    = 3
	tiffLong     = 4
	tiffRational = 5
)

type tiffField struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

func text(tag uint16, s string) tiffField {
	return tiffField{tag, tiffText, uint32(len(s) + 1), append([]byte(s), 0)}
}

func short(tag uint16, v int) tiffField {
	return tiffField{tag, tiffShort, 1, binary.BigEndian.AppendUint16(nil, uint16(v))}
}

func long(tag uint16, v int) tiffField {
	return tiffField{tag, tiffLong, 1, binary.BigEndian.AppendUint32(nil, uint32(v))}
}

// EXIF returns the TIFF structure that the options describe: maker, orientation, capture time with its zone, position.
func EXIF(o Options) []byte {
	ifd0 := func(exifAt, gpsAt int) []tiffField {
		var f []tiffField
		if !o.Bare {
			f = append(f, text(0x010f, "Lantoa Samples"), text(0x0110, "Phone 1"))
		}
		if o.Orientation != 0 {
			f = append(f, short(0x0112, o.Orientation))
		}
		if !o.Bare && !o.Taken.IsZero() {
			f = append(f, text(0x0132, o.Taken.Format("2006:01:02 15:04:05")), long(0x8769, exifAt))
		}
		if o.position() {
			f = append(f, long(0x8825, gpsAt))
		}
		return f
	}
	var exif, gps []tiffField
	if !o.Bare && !o.Taken.IsZero() {
		exif = []tiffField{text(0x9003, o.Taken.Format("2006:01:02 15:04:05")), text(0x9011, o.Taken.Format("-07:00"))}
	}
	if o.position() {
		gps = []tiffField{
			{0, tiffBytes, 4, []byte{2, 3, 0, 0}},
			text(1, pick(o.Lat < 0, "S", "N")), degrees(2, o.Lat), text(3, pick(o.Lon < 0, "W", "E")), degrees(4, o.Lon),
		}
	}
	exifAt := 8 + len(ifd(ifd0(0, 0), 0))
	gpsAt := exifAt + len(ifd(exif, 0))
	out := append([]byte("MM\x00*"), 0, 0, 0, 8)
	out = append(out, ifd(ifd0(exifAt, gpsAt), 8)...)
	out = append(out, ifd(exif, exifAt)...)
	return append(out, ifd(gps, gpsAt)...)
}

// ifd lays out one directory that stands at the offset, its long values behind it. No fields, no directory.
func ifd(fields []tiffField, at int) []byte {
	if len(fields) == 0 {
		return nil
	}
	be := binary.BigEndian
	dir := be.AppendUint16(nil, uint16(len(fields)))
	var values []byte
	valuesAt := at + 2 + 12*len(fields) + 4
	for _, f := range fields {
		dir = be.AppendUint16(dir, f.tag)
		dir = be.AppendUint16(dir, f.kind)
		dir = be.AppendUint32(dir, f.count)
		if len(f.value) <= 4 {
			dir = append(append(dir, f.value...), make([]byte, 4-len(f.value))...)
			continue
		}
		dir = be.AppendUint32(dir, uint32(valuesAt+len(values)))
		values = append(values, f.value...)
		if len(values)%2 == 1 {
			values = append(values, 0)
		}
	}
	return append(append(dir, 0, 0, 0, 0), values...)
}

// degrees writes an angle as degrees, minutes and seconds to a thousandth, about 3 cm.
func degrees(tag uint16, v float64) tiffField {
	thousandths := uint32(math.Round(math.Abs(v) * 3600_000))
	var b []byte
	for _, r := range [][2]uint32{{thousandths / 3600_000, 1}, {thousandths / 60_000 % 60, 1}, {thousandths % 60_000, 1000}} {
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, r[0]), r[1])
	}
	return tiffField{tag, tiffRational, 3, b}
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// xmp returns an XMP packet that repeats the position, as photo editors write it.
func xmp(o Options) []byte {
	gps := ""
	if o.position() {
		gps = fmt.Sprintf(` exif:GPSLatitude="%.0f,%.5fN" exif:GPSLongitude="%.0f,%.5fE"`,
			math.Floor(o.Lat), math.Mod(o.Lat, 1)*60, math.Floor(o.Lon), math.Mod(o.Lon, 1)*60)
	}
	return []byte(`<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ` +
		`xmlns:exif="http://ns.adobe.com/exif/1.0/"` + gps + `/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`)
}

// iso6709 is a position as films carry it (ISO 6709 annex H): +21.0285+105.8542/
func iso6709(o Options) string { return fmt.Sprintf("%+08.4f%+09.4f/", o.Lat, o.Lon) }
