package mediafile

import (
	"bytes"
	"cmp"
	"io"
	"slices"
)

// maxSpans bounds the memory of a plan to a few megabytes, whatever the file says.
const maxSpans = 1 << 16

// span is a run of the source, or, with own bytes, something to write instead.
type span struct {
	off, n int64
	own    []byte
}

func (s span) end() int64 { return s.off + s.n }

// plan says how the stripped copy comes out of the source: runs that are kept and bytes that are put between them, in
// order; and, in the coordinates of the source, what is zeroed or written over inside the runs. Formats whose parts
// point at each other by offset (films, HEIC) are only written over, so no offset moves.
type plan struct {
	spans  []span
	blanks []span
	writes []span
	over   bool // more spans than maxSpans, or two that contradict each other
}

func (p *plan) count() bool {
	if len(p.spans)+len(p.blanks)+len(p.writes) >= maxSpans {
		p.over = true
	}
	return !p.over
}

// keep copies a run of the source to the output.
func (p *plan) keep(off, n int64) {
	if n <= 0 {
		return
	}
	if last := len(p.spans) - 1; last >= 0 && p.spans[last].own == nil && p.spans[last].end() == off {
		p.spans[last].n += n
		return
	}
	if p.count() {
		p.spans = append(p.spans, span{off: off, n: n})
	}
}

// put writes bytes of ours to the output.
func (p *plan) put(own []byte) {
	if len(own) > 0 && p.count() {
		p.spans = append(p.spans, span{own: own})
	}
}

// blank zeroes a run of the source wherever it is kept.
func (p *plan) blank(off, n int64) {
	if n <= 0 {
		return
	}
	if last := len(p.blanks) - 1; last >= 0 && p.blanks[last].end() == off {
		p.blanks[last].n += n
		return
	}
	if p.count() {
		p.blanks = append(p.blanks, span{off: off, n: n})
	}
}

// overwrite replaces bytes of the source, wherever they are kept, by as many others. It wins over blank.
func (p *plan) overwrite(off int64, own []byte) {
	if len(own) > 0 && p.count() {
		p.writes = append(p.writes, span{off: off, n: int64(len(own)), own: own})
	}
}

// settle puts the patches in order and apart, after which run can find them.
func (p *plan) settle() {
	byOffset := func(a, b span) int { return cmp.Compare(a.off, b.off) }
	slices.SortFunc(p.blanks, byOffset)
	slices.SortStableFunc(p.writes, byOffset)
	merged := p.blanks[:0]
	for _, b := range p.blanks {
		if last := len(merged) - 1; last >= 0 && b.off <= merged[last].end() {
			merged[last].n = max(merged[last].end(), b.end()) - merged[last].off
			continue
		}
		merged = append(merged, b)
	}
	p.blanks = merged
	apart := p.writes[:0]
	for _, w := range p.writes {
		if last := len(apart) - 1; last >= 0 && w.off < apart[last].end() {
			if w.off != apart[last].off || !bytes.Equal(w.own, apart[last].own) {
				p.over = true // parts of the file lie across each other
			}
			continue
		}
		apart = append(apart, w)
	}
	p.writes = apart
}

// run writes the output and reports whether it differs from the source.
func (p *plan) run(w io.Writer, s *source) (changed bool, err error) {
	buf := make([]byte, window)
	var out int64
	write := func(b []byte) error {
		n, err := w.Write(b)
		out += int64(n)
		return err
	}
	for _, sp := range p.spans {
		if sp.own != nil {
			changed = changed || out+int64(len(sp.own)) > s.size || !bytes.Equal(s.copyOf(out, int64(len(sp.own)), len(sp.own)), sp.own)
			if err := write(sp.own); err != nil {
				return changed, err
			}
			continue
		}
		changed = changed || sp.off != out
		for off := sp.off; off < sp.end(); {
			part := buf[:min(int64(len(buf)), sp.end()-off)]
			if n, err := s.r.ReadAt(part, off); n < len(part) {
				return changed, readError(err)
			}
			changed = p.patch(off, part) || changed
			if err := write(part); err != nil {
				return changed, err
			}
			off += int64(len(part))
		}
	}
	return changed || out != s.size, nil
}

// patch applies blanks and writes to the bytes that stand at off in the source, and reports whether any byte changed.
func (p *plan) patch(off int64, part []byte) bool {
	end := off + int64(len(part))
	blanks, writes := overlapping(p.blanks, off, end), overlapping(p.writes, off, end)
	if len(blanks)+len(writes) == 0 {
		return false
	}
	before := bytes.Clone(part)
	for _, b := range blanks {
		clear(part[max(b.off, off)-off : min(b.end(), end)-off])
	}
	for _, w := range writes {
		from, to := max(w.off, off), min(w.end(), end)
		copy(part[from-off:to-off], w.own[from-w.off:])
	}
	return !bytes.Equal(before, part)
}

// overlapping returns the spans, in order and apart from each other, that touch the run from off to end.
func overlapping(sorted []span, off, end int64) []span {
	from, _ := slices.BinarySearchFunc(sorted, off, func(s span, off int64) int {
		if s.end() <= off {
			return -1
		}
		return 1
	})
	to := from
	for to < len(sorted) && sorted[to].off < end {
		to++
	}
	return sorted[from:to]
}
