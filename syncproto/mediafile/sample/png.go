package sample

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image/png"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// PNG returns a picture with its EXIF, XMP, a text and a time, as a screenshot or an edited photo has them.
func PNG(o Options) []byte {
	var plain bytes.Buffer
	if err := png.Encode(&plain, Photo(o)); err != nil {
		panic(err) // a bytes.Buffer takes everything, and the picture is ours
	}
	b := plain.Bytes()
	const ihdrEnd = len(pngSignature) + 12 + 13
	out := bytes.Clone(b[:ihdrEnd])
	if !o.Bare || o.Orientation != 0 {
		out = append(out, Chunk("eXIf", EXIF(o))...)
	}
	if !o.Bare {
		out = append(out, Chunk("iTXt", append([]byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"), xmp(o)...))...)
		out = append(out, Chunk("tEXt", []byte("Comment\x00a comment"))...)
		out = append(out, Chunk("tIME", []byte{7, 234, 11, 22, 7, 0, 0})...)
		out = append(out, Chunk("prVt", []byte("a private chunk"))...)
	}
	out = append(out, b[ihdrEnd:]...)
	if o.Tail {
		out = append(out, "<script>alert(1)</script>"...)
	}
	return out
}

// PNGBomb returns a few kilobytes to megabytes that decode to w × h pixels of four bytes: 30000 × 30000 is 3.6 GB out
// of 3.5 MB. It is made without compressing as much: zeros flushed once can be repeated.
func PNGBomb(w, h int) []byte {
	const period = 1 << 20
	var z bytes.Buffer
	enc, _ := zlib.NewWriterLevel(&z, zlib.BestCompression) // the level is a valid one
	zeros := make([]byte, period)
	flush := func(n int64) {
		enc.Write(zeros[:n]) // into memory
		enc.Flush()
	}
	total := int64(h) * (1 + 4*int64(w))
	flush(min(total, period)) // fills the window, so that all later periods are coded alike
	if rest := total - period; rest > 0 {
		flush(rest % period)
		before := z.Len()
		if n := rest / period; n > 0 {
			flush(period)
			repeated := bytes.Clone(z.Bytes()[before:])
			for range n - 1 {
				z.Write(repeated)
			}
		}
	}
	// The end of the stream by hand, for the encoder does not know about the repetition: an empty last block of fixed
	// codes, and the Adler-32 of nothing but zeros.
	z.Write([]byte{0x03, 0x00})
	z.Write(binary.BigEndian.AppendUint32(nil, uint32(total%65521)<<16|1))
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	out := append([]byte(pngSignature), Chunk("IHDR", append(ihdr, 8, 6, 0, 0, 0))...)
	out = append(out, Chunk("IDAT", z.Bytes())...)
	return append(out, Chunk("IEND", nil)...)
}

// Chunk returns one chunk of a PNG with its checksum, for tests that build their own.
func Chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}
