package mediafile

import (
	"cmp"
	"slices"
)

// Where a sample description has its fields, from the beginning of its body (ISO/IEC 14496-12, 12.1.3; QuickTime file
// format, "Video Sample Description"), and where boxes follow in one of a picture.
const (
	entryVendor = 12 // 4 bytes; zero in ISO files
	entryCoder  = 42 // 32 bytes, of pictures
	entryBoxes  = 78 // of pictures
)

// coders takes the names of makers and coders out of the sample descriptions of a track, and private boxes.
func (f *film) coders(trak box, sound bool) {
	stsd, ok := f.s.path(trak, "mdia", "minf", "stbl", "stsd")
	if !ok || stsd.end-stsd.body < 8 {
		return
	}
	f.s.boxes(stsd.body+8, stsd.end, func(entry box) {
		if entry.end-entry.body >= entryVendor+4 {
			f.c.plan.blank(entry.body+entryVendor, 4)
		}
		if sound || entry.end-entry.body < entryBoxes {
			return
		}
		f.c.plan.blank(entry.body+entryCoder, 32)
		for off := entry.body + entryBoxes; ; {
			b, ok := f.s.box(off, entry.end)
			if !ok {
				return
			}
			if slices.Contains(filmHidden, b.kind) {
				f.c.plan.free(b)
			}
			off = b.end
		}
	})
}

// references blanks the names and paths of the files that hold the samples. A film whose samples are in another file
// shows nothing here.
func (f *film) references(dref box) {
	f.s.boxes(dref.body+8, dref.end, func(b box) {
		if b.end-b.body < 4 {
			return
		}
		f.all = f.all || f.s.u32(b.body)&1 == 0 // not in this file
		f.c.plan.blank(b.body+4, b.end-b.body-4)
	})
}

// show remembers the samples of a track that plays.
func (f *film) show(trak box, sound bool) {
	if f.still || f.all {
		return
	}
	s := f.s
	stbl, ok := s.path(trak, "mdia", "minf", "stbl")
	if !ok {
		f.all = true
		return
	}
	if stsz, ok := s.child(stbl, "stsz"); ok && sound {
		// A size that is below that of any coder's packet may be a count of something else, by older rules.
		if fixed := s.u32(stsz.body + 4); fixed > 0 && fixed < 8 {
			f.all = true
			return
		}
	}
	known, whole := f.samples(stbl, func(run span) {
		if run.n > 0 {
			f.shown = appendSpan(f.shown, run)
		}
	})
	f.all = f.all || !known || !whole || len(f.shown) > maxSpans
}

// blankGaps zeroes what lies between the samples, or pictures, inside of the boxes that hold them.
func (f *film) blankGaps(homes []box) {
	if f.all || f.s.err != nil {
		return
	}
	slices.SortFunc(f.shown, func(a, b span) int { return cmp.Compare(a.off, b.off) })
	slices.SortFunc(homes, func(a, b box) int { return cmp.Compare(a.off, b.off) })
	i := 0
	for _, home := range homes {
		at := home.body
		for ; i < len(f.shown) && f.shown[i].off < home.end; i++ {
			e := f.shown[i]
			f.c.plan.blank(at, e.off-at)
			at = max(at, e.end())
		}
		f.c.plan.blank(at, home.end-at)
	}
}

// dashBlocks are what a dash camera's table lists: positions in free space that lies inside of the media data, where
// it is found also if the samples are not known.
func (f *film) dashBlocks(table box) {
	s := f.s.fork()
	for at := table.body + 8; at+8 <= table.end && s.alive(); at += 8 {
		run := span{off: s.u32(at), n: s.u32(at + 4)}
		if run.n < 8 || !s.has(run.off+4, "free") {
			continue
		}
		run.off, run.n = run.off+8, run.n-8
		if inside(f.media, run) {
			f.c.plan.blank(run.off, run.n)
		}
	}
}
