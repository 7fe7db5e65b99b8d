package mediafile

import "encoding/binary"

// The flags of the extended header (WebP container, "Extended File Format").
const (
	webpXMP       = 0x04
	webpEXIF      = 0x08
	webpAnimation = 0x02
)

var webpKept = map[string]bool{"ICCP": true, "ANIM": true, "ANMF": true, "ALPH": true, "VP8 ": true, "VP8L": true}

// readWebP keeps the chunks that are seen and drops EXIF, XMP and unknown ones; the flags and the size in the headers
// are written anew. The orientation is kept as an EXIF chunk of one entry, in files of the extended format: in the
// simple one nobody looks for EXIF.
func readWebP(s *source, c *content) {
	const header = 12
	end := 8 + s.le32(4)
	if end > s.size {
		s.broken("webp: shorter than it says")
		return
	}
	var kept []span
	extended, size := int64(-1), int64(4)
	for off := int64(header); off+8 <= end && s.alive(); {
		kind, n := s.name(off), s.le32(off+4)
		next := off + 8 + n + n%2
		if off+8+n > end {
			s.broken("webp: a chunk beyond the end")
			return
		}
		switch {
		case kind == "VP8X" && off == header && n >= 10:
			extended = off
			c.info.Animated = s.u8(off+8)&webpAnimation != 0
			c.info.Width, c.info.Height = 1+le24(s.bytes(off+12, 3)), 1+le24(s.bytes(off+15, 3))
		case kind == "EXIF" && extended >= 0:
			c.info.Orientation, c.facts = readEXIF(webpEXIFBody(s, off+8, n))
		case webpKept[kind]:
			kept = appendSpan(kept, span{off: off, n: min(next, end) - off})
			if next > end { // the last chunk, without its byte of padding
				kept = append(kept, span{own: []byte{0}})
			}
			size += next - off
			if kind == "ICCP" {
				c.plan.profile(s, off+8, n)
			}
			if kind == "ANMF" {
				webpFrames(s, c, off+8+16, off+8+n)
			}
			webpFrame(s, c, kind, off+8, n)
		}
		off = next
	}
	if s.err != nil || len(kept) == 0 {
		s.broken("webp: no picture")
		return
	}
	webpPlan(s, c, kept, extended, size)
}

// webpEXIFBody skips the header that JPEG needs and some writers copy.
func webpEXIFBody(s *source, off, n int64) []byte {
	if n > 6 && s.has(off, "Exif\x00\x00") {
		off, n = off+6, n-6
	}
	return s.copyOf(off, n, maxEXIF)
}

func webpPlan(s *source, c *content, kept []span, extended, size int64) {
	var front, back []byte
	if extended >= 0 {
		front = append(front, s.bytes(extended, 8+10)...)
		front[4], front[5], front[6], front[7] = 10, 0, 0, 0
		front[8] &^= webpEXIF | webpXMP
		if o := c.info.Orientation; o != 1 {
			front[8] |= webpEXIF
			tiff := orientationEXIF(o)
			back = append([]byte{'E', 'X', 'I', 'F', byte(len(tiff)), 0, 0, 0}, tiff...)
		}
	}
	riff := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size+int64(len(front)+len(back))))
	c.plan.put(append(append(riff, "WEBP"...), front...))
	for _, k := range kept {
		if k.own != nil {
			c.plan.put(k.own)
		} else {
			c.plan.keep(k.off, k.n)
		}
	}
	c.plan.put(back)
}

// webpFrames goes through the parts of one frame of an animation, which is kept as it is.
func webpFrames(s *source, c *content, off, end int64) {
	for off+8 <= end && s.alive() {
		kind, n := s.name(off), s.le32(off+4)
		if off+8+n > end {
			s.broken("webp: a chunk beyond the end of its frame")
			return
		}
		if kind != "ALPH" && kind != "VP8 " && kind != "VP8L" {
			s.unsupported("webp: a frame with something else in it")
			return
		}
		webpFrame(s, c, kind, off+8, n)
		off += 8 + n + n%2
	}
}

// webpFrame takes the size of the picture where the simple format has it, and holds every frame to the limits.
func webpFrame(s *source, c *content, kind string, off, n int64) {
	w, h := 0, 0
	switch {
	case kind == "VP8 " && n >= 10 && s.has(off+3, "\x9d\x01\x2a"):
		b := s.bytes(off+6, 4)
		w, h = int(b[0])|int(b[1]&0x3f)<<8, int(b[2])|int(b[3]&0x3f)<<8
	case kind == "VP8L" && n >= 5 && s.u8(off) == 0x2f:
		b := binary.LittleEndian.Uint32(s.bytes(off+1, 4))
		w, h = int(b&0x3fff)+1, int(b>>14&0x3fff)+1
	case kind == "VP8 " || kind == "VP8L":
		s.broken("webp: a frame without its header")
	}
	c.info.Width, c.info.Height = max(c.info.Width, w), max(c.info.Height, h)
}

func le24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
