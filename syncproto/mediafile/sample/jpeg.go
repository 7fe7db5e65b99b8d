package sample

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
)

// JPEG returns a photo that any decoder shows, with EXIF, XMP and a comment as the options ask for. With Tail a second
// JPEG and a film follow the end of the picture, both with a position of their own.
func JPEG(o Options) []byte {
	var plain bytes.Buffer
	quality := o.Quality
	if quality == 0 {
		quality = 85
	}
	if err := jpeg.Encode(&plain, Photo(o), &jpeg.Options{Quality: quality}); err != nil {
		panic(err) // a bytes.Buffer takes everything, and the picture is ours
	}
	out := []byte{0xff, 0xd8}
	out = append(out, segment(0xe0, []byte("JFIF\x00\x01\x02\x00\x00\x48\x00\x48\x00\x00"))...)
	if !o.Bare || o.Orientation != 0 {
		out = append(out, segment(0xe1, append([]byte("Exif\x00\x00"), EXIF(o)...))...)
	}
	if !o.Bare {
		out = append(out, segment(0xe1, append([]byte("http://ns.adobe.com/xap/1.0/\x00"), xmp(o)...))...)
		out = append(out, segment(0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), profile()...))...)
		out = append(out, segment(0xed, []byte("Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x00"))...)
		out = append(out, segment(0xfe, []byte("a comment"))...)
	}
	if o.Tail {
		out = append(out, segment(0xe2, []byte("MPF\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"))...)
	}
	out = append(out, plain.Bytes()[2:]...)
	if o.Tail {
		second := o
		second.Tail, second.Width, second.Height = false, 64, 48
		out = append(out, JPEG(second)...)
		out = append(out, MP4(o)...)
	}
	return out
}

func segment(marker byte, body []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(head, body...)
}

// profile is the smallest frame of a colour profile (ICC.1:2022, 7.2): a header and a table of no tags.
func profile() []byte {
	b := make([]byte, 132)
	b[3], b[8] = byte(len(b)), 4
	copy(b[12:], "mntrRGB XYZ ")
	copy(b[36:], "acsp")
	return b
}
