package mediafile

// The markers of JPEG (ITU-T T.81, table B.1) that the reader tells apart.
const (
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP0 = 0xe0
	jpegAPP1 = 0xe1
	jpegAPP2 = 0xe2
	jpegAd   = 0xee
)

// readJPEG keeps what a decoder needs: tables, frames, scans, the JFIF header without its thumbnail, colour profiles,
// and Adobe's word about the colour transform. All other application segments and comments go, and everything behind
// the first end of image goes: that is where motion photos and multi-picture files keep a film or a second picture
// with a position of its own. A photo that breaks off inside its scan is ended there, for half a picture of a flood
// is still one.
func readJPEG(s *source, c *content) {
	j := jpeg{s: s, c: c}
	j.orient()
	c.plan.keep(0, 2)
	ended := false
	for off := int64(2); s.alive() && !ended; {
		var seg segment
		if seg, off = j.next(off); seg.marker == jpegEOI {
			c.plan.keep(seg.off, 2)
			ended = true
		} else if seg.marker != 0 {
			j.take(seg)
		} else {
			break
		}
	}
	if s.err != nil {
		return
	}
	if !j.scanned {
		s.broken("jpeg: no picture before the end")
	} else if !ended {
		c.plan.put([]byte{0xff, jpegEOI})
	}
}

type jpeg struct {
	s        *source
	c        *content
	front    bool // only what stands in front of the scans is wanted
	oriented bool // the orientation segment was written, or none is needed
	framed   bool
	scanned  bool
}

// segment is a marker with its parameters, and for a scan with what is coded behind it. Marker 0 is none.
type segment struct {
	marker   int
	off, end int64
}

func (g segment) body() int64 { return g.off + 4 }

// orient looks for EXIF in front of the first scan. It has to be known before the first segment is written, because
// the orientation stands at the front.
func (j *jpeg) orient() {
	look := &jpeg{s: j.s.fork(), front: true}
	for off := int64(2); look.s.alive(); {
		var g segment
		if g, off = look.next(off); g.marker == 0 || g.marker == jpegSOS || g.marker == jpegEOI {
			return
		}
		if g.marker == jpegAPP1 && look.s.has(g.body(), "Exif\x00") {
			j.c.info.Orientation, j.c.facts = readEXIF(look.s.copyOf(g.body()+6, g.end-g.body()-6, maxEXIF))
			return
		}
	}
}

// next finds the segment at or behind off and where to look for the one after it. Fill bytes, stuffed bytes and
// restart markers between segments are passed over, as decoders do.
func (j *jpeg) next(off int64) (segment, int64) {
	s := j.s
	for s.alive() {
		at := s.index(off, 0xff)
		if at+1 >= s.size {
			return segment{}, s.size
		}
		marker := s.u8(at + 1)
		switch {
		case marker == 0xff:
			off = at + 1
			continue
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= jpegSOI:
			off = at + 2
			continue
		case marker == jpegEOI:
			return segment{marker, at, at + 2}, at + 2
		}
		g := segment{marker: marker, off: at}
		if at+4 > s.size {
			return segment{}, s.size
		}
		n := s.u16(at + 2)
		if g.end = at + 2 + int64(n); n < 2 || g.end > s.size {
			return segment{}, s.size
		}
		if marker == jpegSOS && !j.front {
			g.end = j.scanEnd(g.end)
		}
		return g, g.end
	}
	return segment{}, s.size
}

// scanEnd returns where the coded bytes end: at the first marker that is no restart.
func (j *jpeg) scanEnd(off int64) int64 {
	for j.s.err == nil {
		at := j.s.index(off, 0xff)
		if at+1 >= j.s.size {
			return at
		}
		switch next := j.s.u8(at + 1); {
		case next == 0 || next >= 0xd0 && next <= 0xd7:
			off = at + 2
		case next == 0xff:
			off = at + 1
		default:
			return at
		}
	}
	return off
}

func (j *jpeg) take(g segment) {
	s, p := j.s, &j.c.plan
	n := g.end - g.off
	switch {
	case g.marker == jpegAPP0:
		if s.has(g.body(), "JFIF\x00") && n >= 18 && !j.oriented {
			head := s.copyOf(g.off, 16, 16) // up to the density; the thumbnail is not kept
			head[2], head[3] = 0, 16
			p.put(append(head, 0, 0))
			j.orientation()
		}
		return
	case g.marker == jpegAPP2 && s.has(g.body(), "ICC_PROFILE\x00"):
		if s.has(g.body()+12, "\x01") { // the first piece, behind its number and how many there are
			p.profile(s, g.body()+14, g.end-g.body()-14)
		}
	case g.marker == jpegAd && s.has(g.body(), "Adobe") && n == 16:
	case g.marker > jpegAPP0: // other application segments, reserved ones, comments
		return
	case g.marker == jpegSOS:
		if !j.framed {
			s.broken("jpeg: a scan before the frame")
		}
		j.scanned = true
	case g.marker >= 0xc0 && g.marker <= 0xcf && g.marker != 0xc4 && g.marker != 0xc8 && g.marker != 0xcc:
		j.frame(g)
	case g.marker < 0xc0: // reserved
		return
	}
	j.orientation()
	p.keep(g.off, n)
}

func (j *jpeg) frame(g segment) {
	if g.end-g.off < 10 {
		j.s.broken("jpeg: a short frame header")
		return
	}
	j.framed = true
	j.c.info.Progressive = j.c.info.Progressive || g.marker&3 == 2 // SOF2, 6, 10, 14
	i := &j.c.info
	i.Height, i.Width = max(i.Height, j.s.u16(g.body()+1)), max(i.Width, j.s.u16(g.body()+3))
}

// orientation writes the one thing of EXIF that a picture cannot do without, in front of the first segment that is
// not the JFIF header.
func (j *jpeg) orientation() {
	if j.oriented {
		return
	}
	j.oriented = true
	if o := j.c.info.Orientation; o != 1 {
		tiff := orientationEXIF(o)
		head := []byte{0xff, jpegAPP1, 0, byte(2 + 6 + len(tiff)), 'E', 'x', 'i', 'f', 0, 0}
		j.c.plan.put(append(head, tiff...))
	}
}
