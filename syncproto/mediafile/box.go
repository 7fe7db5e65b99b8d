package mediafile

// box is one box of the ISO base media file format (ISO/IEC 14496-12, 4.2): off is its size field, body what follows
// the header, end where the next begins.
type box struct {
	kind           string
	off, body, end int64
}

// box reads the header at off. A size of 0 means up to limit. It reports false where there is no box that fits.
func (s *source) box(off, limit int64) (box, bool) {
	if off < 0 || off+8 > limit || !s.alive() {
		return box{}, false
	}
	b := box{kind: s.name(off + 4), off: off, body: off + 8}
	size := uint64(s.u32(off))
	switch {
	case size == 0:
		size = uint64(limit - off)
	case size == 1 && off+16 <= limit:
		size, b.body = s.u64(off+8), off+16
	}
	if size < uint64(b.body-off) || size > uint64(limit-off) {
		return b, false
	}
	b.end = off + int64(size)
	return b, s.err == nil
}

// boxes calls each for the boxes between from and to. What does not fit breaks the file.
func (s *source) boxes(from, to int64, each func(box)) {
	for off := from; off < to && s.err == nil; {
		b, ok := s.box(off, to)
		if !ok {
			s.broken("a box beyond the end of what holds it")
			return
		}
		each(b)
		off = b.end
	}
}

// child returns the first box of a kind inside another, without judging what stands there.
func (s *source) child(parent box, kind string) (box, bool) {
	for off := parent.body; off < parent.end; {
		b, ok := s.box(off, parent.end)
		if !ok {
			break
		}
		if b.kind == kind {
			return b, true
		}
		off = b.end
	}
	return box{}, false
}

// path follows kinds down from a box.
func (s *source) path(b box, kinds ...string) (box, bool) {
	for _, kind := range kinds {
		var ok bool
		if b, ok = s.child(b, kind); !ok {
			return box{}, false
		}
	}
	return b, true
}

var freeName = []byte("free")

// free turns a box into free space of the same length, so that nothing else moves.
func (p *plan) free(b box) {
	if b.kind != "free" && b.kind != "skip" {
		p.overwrite(b.off+4, freeName)
	}
	p.blank(b.body, b.end-b.body)
}
