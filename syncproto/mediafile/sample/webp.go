package sample

import "encoding/binary"

// WebP returns a lossless picture of two greens in a random pattern, in the extended format with EXIF and XMP.
func WebP(o Options) []byte {
	w, h := o.size()
	vp8l := riffChunk("VP8L", vp8l(o, w, h))
	if o.Bare && o.Orientation == 0 {
		return riff("WEBP", vp8l)
	}
	flags := byte(0x08)
	var tail []byte
	if !o.Bare {
		flags |= 0x04
		tail = append(riffChunk("XMP ", xmp(o)), riffChunk("prVt", []byte("a private chunk"))...)
	}
	vp8x := []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	body := append(riffChunk("VP8X", vp8x), vp8l...)
	body = append(body, riffChunk("EXIF", EXIF(o))...)
	out := riff("WEBP", append(body, tail...))
	if o.Tail {
		out = append(out, "<script>alert(1)</script>"...)
	}
	return out
}

// vp8l codes a picture in the plainest way the format knows (WebP lossless bitstream, section 6): no transforms, no
// cache, five simple prefix codes, of which green has two symbols and therefore one bit a pixel.
func vp8l(o Options, w, h int) []byte {
	b := bits{out: []byte{0x2f}}
	b.put(uint64(w-1), 14)
	b.put(uint64(h-1), 14)
	b.put(0, 1+3) // no alpha, version 0
	b.put(0, 1)   // no transform
	b.put(0, 1)   // no colour cache
	b.put(0, 1)   // one group of codes
	b.put(0b111, 3)
	b.put(0x50, 8) // green is 0x50 or 0xa0
	b.put(0xa0, 8)
	for _, symbol := range []uint64{0x30, 0x20, 0xff} { // red, blue, alpha: one symbol of eight bits each
		b.put(0b101, 3)
		b.put(symbol, 8)
	}
	b.put(0b0001, 4) // distances: the one-bit symbol 0
	rng := o.random()
	for n := w * h; n > 0; n -= 32 {
		b.put(uint64(rng.Uint32()), min(n, 32))
	}
	return b.flush()
}

// bits writes the least significant bit first.
type bits struct {
	out  []byte
	hold uint64
	n    int
}

func (b *bits) put(v uint64, n int) {
	b.hold |= v & (1<<n - 1) << b.n
	for b.n += n; b.n >= 8; b.n -= 8 {
		b.out = append(b.out, byte(b.hold))
		b.hold >>= 8
	}
}

func (b *bits) flush() []byte {
	if b.n > 0 {
		b.put(0, 8-b.n)
	}
	return b.out
}

func riff(form string, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(body)))
	return append(append(out, form...), body...)
}

func riffChunk(kind string, body []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}
