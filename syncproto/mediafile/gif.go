package mediafile

import "encoding/binary"

// readGIF keeps frames, their timing and the loop count, and drops comments, plain texts and all other application
// extensions, XMP among them. What stands behind the trailer goes; a file that lacks it gets one.
func readGIF(s *source, c *content) {
	const header = 13
	g := gif{s: s, c: c}
	c.info.Width, c.info.Height = g.le16(6), g.le16(8)
	off := int64(header + colours(s.u8(10)))
	c.plan.keep(0, off)
	for frames := 0; s.alive(); {
		if off >= s.size && frames > 0 {
			c.plan.put([]byte{';'})
			return
		}
		switch s.u8(off) {
		case ';':
			if frames == 0 {
				s.broken("gif: no picture")
			}
			c.plan.keep(off, 1)
			return
		case ',':
			end := g.blocks(off + 10 + int64(colours(s.u8(off+9))) + 1)
			c.plan.keep(off, end-off)
			c.info.Width = max(c.info.Width, g.le16(off+1)+g.le16(off+5))
			c.info.Height = max(c.info.Height, g.le16(off+3)+g.le16(off+7))
			frames++
			c.info.Animated = frames > 1
			off = end
		case '!':
			off = g.extension(off)
		default:
			s.broken("gif: neither a picture nor an extension")
		}
	}
}

type gif struct {
	s *source
	c *content
}

func (g gif) le16(off int64) int { return int(binary.LittleEndian.Uint16(g.s.bytes(off, 2))) }

// colours returns the bytes of the table that the packed field announces.
func colours(packed int) int {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}

// blocks returns the end of a run of data blocks.
func (g gif) blocks(off int64) int64 {
	for g.s.err == nil {
		n := g.s.u8(off)
		if off += 1 + int64(n); n == 0 {
			break
		}
	}
	return off
}

func (g gif) extension(off int64) (end int64) {
	const control, application = 0xf9, 0xff
	end = g.blocks(off + 2)
	switch label := g.s.u8(off + 1); {
	case label == control && end-off == 8:
		g.c.plan.keep(off, 8)
	case label == control && end-off > 8: // more blocks than the one it has
		g.c.plan.put(append(g.s.copyOf(off, 7, 7), 0))
	case label == application && (g.s.has(off+2, "\x0bNETSCAPE2.0\x03\x01") || g.s.has(off+2, "\x0bANIMEXTS1.0\x03\x01")):
		// The loop count and no block behind it, in which anything could stand.
		g.c.plan.put(append(g.s.copyOf(off, 18, 18), 0))
	}
	return end
}
