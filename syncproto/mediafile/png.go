package mediafile

import (
	"encoding/binary"
	"hash/crc32"
)

// pngKept are the chunks that decide what is seen (PNG, third edition, and APNG). Texts, times, EXIF and private
// chunks go.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true,
	"tRNS": true, "cHRM": true, "gAMA": true, "iCCP": true, "sBIT": true, "sRGB": true, "cICP": true, "mDCV": true,
	"cLLI": true, "bKGD": true, "pHYs": true, "hIST": true,
	"acTL": true, "fcTL": true, "fdAT": true,
}

// readPNG walks the chunks up to the end chunk; what stands behind it goes. The orientation is kept as an EXIF chunk of
// one entry in front of the pixels.
func readPNG(s *source, c *content) {
	const signature = 8
	var kept []span
	header, pixels, ended := false, false, false
	for off := int64(signature); s.alive() && !ended; {
		n, kind := s.u32(off), s.name(off+4)
		end := off + 12 + n
		if s.err != nil || end > s.size {
			s.broken("png: a chunk beyond the end")
			return
		}
		switch {
		case (kind == "IHDR") == header || kind == "IHDR" && n != 13:
			s.broken("png: the header is not where it belongs")
			return
		case kind == "IEND" && n != 0:
			s.broken("png: an end that holds something")
			return
		case kind == "IHDR":
			header = true
			c.info.Width, c.info.Height = int(s.u32(off+8)), int(s.u32(off+12))
		case kind == "acTL":
			c.info.Animated = true
		case kind == "eXIf":
			c.info.Orientation, c.facts = readEXIF(s.copyOf(off+8, n, maxEXIF))
		}
		if pngKept[kind] {
			kept = appendSpan(kept, span{off: off, n: end - off})
		} else if kind[0]&0x20 == 0 {
			s.broken("png: an unknown critical chunk")
		}
		pixels, ended = pixels || kind == "IDAT", kind == "IEND"
		off = end
	}
	if s.err != nil || !pixels {
		s.broken("png: no picture")
		return
	}
	const front = signature + 12 + 13
	c.plan.keep(0, front)
	if o := c.info.Orientation; o != 1 {
		c.plan.put(pngChunk("eXIf", orientationEXIF(o)))
	}
	for _, k := range kept {
		from := max(k.off, front)
		c.plan.keep(from, k.end()-from)
	}
}

// appendSpan joins what lies side by side, so that the pixels of a picture are one span, and stops at maxSpans: the
// plan then refuses the file.
func appendSpan(spans []span, n span) []span {
	if last := len(spans) - 1; last >= 0 && spans[last].end() == n.off {
		spans[last].n += n.n
		return spans
	}
	if len(spans) > maxSpans {
		return spans
	}
	return append(spans, n)
}

func pngChunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}
