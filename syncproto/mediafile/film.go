package mediafile

import (
	"cmp"
	"math"
	"slices"
)

// filmKept are the boxes that play the film, by the box that holds them; a box that is not named is turned into free
// space. Where a box is not in the map, all in it is kept but filmHidden.
var filmKept = map[string][]string{
	"":     {"ftyp", "styp", "moov", "moof", "mdat", "mfra", "sidx", "ssix", "pdin", "wide"},
	"moov": {"mvhd", "trak", "mvex", "iods"},
	"trak": {"tkhd", "tref", "edts", "mdia", "tapt"},
	"mdia": {"mdhd", "hdlr", "minf", "elng"},
}

// filmHidden are the places for names, positions and private data in any box.
var filmHidden = []string{"udta", "meta", "uuid", "free", "skip", "name", "thmb"}

// filmParents are the boxes that hold boxes and are looked into.
var filmParents = []string{"moov", "trak", "mdia", "minf", "dinf", "stbl", "edts", "mvex", "moof", "traf", "mfra"}

// film reads MP4, MOV, 3GP and M4A. Everything in these files points at bytes by their offset, so metadata becomes
// free space of the same length and no offset moves:
//
//   - udta and meta of the film and of its tracks, top-level uuid, every box that does not play the film, and what
//     stands in boxes that are free space already (dash cameras keep positions there);
//   - the clocks in mvhd, tkhd and mdhd, and the names that cameras write beside what plays: of handlers, of coders,
//     of files that are referred to;
//   - tracks that are neither picture nor sound: timed metadata (Apple mebx, GoPro gpmd, Android camm), subtitles
//     (drones write positions into them), time codes. Their samples in mdat are zeroed as well.
//
// What stands behind the last box that is played is cut off. Bytes of mdat that no track refers to are zeroed (dash
// cameras write positions between the pictures, editors leave what they took out), unless the tables do not say for
// certain which those are: in films of fragments, and where samples of sound are said to have a few bytes each, for
// which old formats have rules of their own.
type film struct {
	s       *source
	c       *content
	still   bool // a sequence of HEIF, where meta is structure
	media   []box
	dropped []span // samples of dropped tracks
	shown   []span // samples of the others
	all     bool   // what is shown is not known for certain
	tables  []box  // of dash cameras
	readers [3]*source
	moving  bool // in fragments
	ids     []int64
	tracks  int
	stills  bool // a meta box of HEIF was seen
}

func readFilm(s *source, c *content) {
	f := &film{s: s, c: c}
	end := f.top()
	if s.err == nil && f.tracks == 0 {
		s.broken("film: no track to play")
	}
	if s.err != nil {
		return
	}
	f.dropSamples()
	if !f.moving {
		f.blankGaps(f.media)
	}
	for _, table := range f.tables {
		f.dashBlocks(table)
	}
	c.plan.keep(0, end)
}

// top walks the boxes of the file and returns where the last one ends that is played.
func (f *film) top() (end int64) {
	for off := int64(0); off < f.s.size; {
		b, ok := f.s.box(off, f.s.size)
		if !ok {
			// A tail that is no box is cut off; a known box that breaks off is a film that does.
			if f.tracks == 0 && !f.stills || slices.Contains(filmKept[""], b.kind) {
				f.s.broken("film: a box beyond the end")
			}
			return end
		}
		if f.topBox(b) {
			end = b.end
		}
		off = b.end
	}
	return end
}

// topBox reports whether the box is kept.
func (f *film) topBox(b box) bool {
	if !slices.Contains(filmKept[""], b.kind) && !(f.still && b.kind == "meta") {
		f.c.plan.free(b)
		return false
	}
	switch b.kind {
	case "wide":
		f.c.plan.blank(b.body, b.end-b.body)
	case "meta":
		f.stills = true
	case "mdat":
		if len(f.media) < maxSpans {
			f.media = append(f.media, b)
		}
	case "moov":
		f.walk(b)
		f.about(b)
	case "moof":
		f.moving = true
		f.walk(b)
	}
	return true
}

// walk goes through a box that holds boxes.
func (f *film) walk(parent box) {
	kept, named := filmKept[parent.kind]
	f.s.boxes(parent.body, parent.end, func(b box) {
		if parent.kind == "moov" && b.kind == "gps " && len(f.tables) == 0 {
			f.tables = append(f.tables, b)
		}
		switch {
		case named && !slices.Contains(kept, b.kind), slices.Contains(filmHidden, b.kind):
			f.c.plan.free(b)
		case b.kind == "trak" && !f.plays(b):
			f.drop(b)
		case b.kind == "mvhd" || b.kind == "tkhd" || b.kind == "mdhd":
			f.c.plan.blank(b.body+4, min(f.clocks(b), b.end-b.body-4))
		case b.kind == "hdlr":
			f.c.plan.blank(b.body+24, b.end-b.body-24)
		case b.kind == "dref":
			f.references(b)
		case slices.Contains(filmParents, b.kind):
			f.walk(b)
		}
	})
}

// clocks returns how many bytes the times of making and changing have: they are the first of the box.
func (f *film) clocks(b box) int64 {
	if f.s.u8(b.body) == 1 {
		return 16
	}
	return 8
}

// plays tells picture and sound from all other tracks, and takes the size of the picture.
func (f *film) plays(trak box) bool {
	hdlr, ok := f.s.path(trak, "mdia", "hdlr")
	if !ok || hdlr.end-hdlr.body < 12 {
		return false
	}
	sound := false
	switch f.s.name(hdlr.body + 8) {
	case "soun":
		sound = true
	case "vide", "pict", "auxv":
		f.picture(trak)
	default:
		return false
	}
	f.tracks++
	f.coders(trak, sound)
	f.show(trak, sound)
	return true
}

// picture reads the size from the first sample description and the turn from the track's matrix.
func (f *film) picture(trak box) {
	s, i := f.s.fork(), &f.c.info
	if stsd, ok := s.path(trak, "mdia", "minf", "stbl", "stsd"); ok && stsd.end-stsd.body >= 8+36 && !f.still {
		w, h := s.u16(stsd.body+8+32), s.u16(stsd.body+8+34)
		if w*h < i.Width*i.Height {
			return
		}
		i.Width, i.Height = w, h
		if tkhd, ok := s.child(trak, "tkhd"); ok {
			at := tkhd.body + 40
			if s.u8(tkhd.body) == 1 {
				at += 12
			}
			unit := func(off int64) int { return int(int32(s.u32(off))) >> 16 }
			if at+36 <= tkhd.end {
				i.Orientation = turn{unit(at), unit(at + 4), unit(at + 12), unit(at + 16)}.orientation()
			}
		}
	}
}

// drop frees a track and remembers where its samples are.
func (f *film) drop(trak box) {
	f.c.plan.free(trak)
	s := f.s.fork()
	if tkhd, ok := s.child(trak, "tkhd"); ok && tkhd.end-tkhd.body >= 24 {
		at := tkhd.body + 12
		if s.u8(tkhd.body) == 1 {
			at += 8
		}
		f.ids = append(f.ids, s.u32(at))
	}
	stbl, ok := s.path(trak, "mdia", "minf", "stbl")
	if !ok {
		f.s.broken("film: a track without its tables")
		return
	}
	known, whole := f.samples(stbl, func(run span) { f.dropped = appendSpan(f.dropped, run) })
	switch {
	case !known:
		f.s.unsupported("film: a metadata track whose samples cannot be found")
	case !whole:
		f.s.broken("film: a table that is shorter than it says")
	}
}

// samples gives the runs of a track's samples, chunk by chunk (ISO/IEC 14496-12, 8.7). The tables are read side by
// side through windows of their own. known is false if one of them is not there, whole if one is too short.
func (f *film) samples(stbl box, each func(span)) (known, whole bool) {
	s := f.s
	offsets, toChunk, sizes := f.table(0), f.table(1), f.table(2)
	stco, wide, ok := chunkTable(offsets, stbl)
	stsc, ok2 := toChunk.child(stbl, "stsc")
	stsz, ok3 := sizes.child(stbl, "stsz")
	if !ok || !ok2 || !ok3 {
		return false, false
	}
	chunks, runs := offsets.u32(stco.body+4), toChunk.u32(stsc.body+4)
	fixed, count := sizes.u32(stsz.body+4), sizes.u32(stsz.body+8)
	run, perChunk, sample := int64(0), int64(0), int64(0)
	for chunk := int64(0); chunk < chunks && s.alive() && sample < count; chunk++ {
		for run < runs && toChunk.u32(stsc.body+8+12*run) <= chunk+1 && toChunk.err == nil {
			perChunk = toChunk.u32(stsc.body + 8 + 12*run + 4)
			run++
		}
		n := min(perChunk, count-sample)
		bytes := fixed * n
		for i := int64(0); fixed == 0 && i < n && sizes.err == nil; i++ {
			bytes += sizes.u32(stsz.body + 12 + 4*(sample+i))
		}
		sample += n
		at := int64(0)
		if wide {
			at = int64(min(offsets.u64(stco.body+8+8*chunk), math.MaxInt64))
		} else {
			at = offsets.u32(stco.body + 8 + 4*chunk)
		}
		if offsets.err != nil || toChunk.err != nil || sizes.err != nil {
			return true, false
		}
		each(span{off: at, n: bytes})
	}
	return true, offsets.err == nil && toChunk.err == nil && sizes.err == nil
}

// table returns a reader for one of the tables of samples, which every track has.
func (f *film) table(i int) *source {
	if f.readers[i] == nil || f.readers[i].err != nil {
		f.readers[i] = f.s.fork()
	}
	return f.readers[i]
}

func chunkTable(s *source, stbl box) (b box, wide, ok bool) {
	if b, ok = s.child(stbl, "stco"); ok {
		return b, false, true
	}
	b, ok = s.child(stbl, "co64")
	return b, true, ok
}

// dropSamples blanks them once all mdat boxes are known: a run that is not inside one would destroy structure.
func (f *film) dropSamples() {
	if f.moving && len(f.ids) > 0 {
		f.s.unsupported("film: a metadata track in fragments")
		return
	}
	if len(f.dropped) > maxSpans {
		f.s.broken("film: too many chunks")
	}
	for _, d := range f.dropped {
		if d.n > 0 && !inside(f.media, d) {
			f.s.broken("film: samples outside of the media data")
			return
		}
		f.c.plan.blank(d.off, d.n)
	}
}

// inside reports whether a run lies in the body of one of the boxes, which are in the order of the file.
func inside(boxes []box, run span) bool {
	i, _ := slices.BinarySearchFunc(boxes, run.off, func(b box, off int64) int { return cmp.Compare(b.end, off+1) })
	return i < len(boxes) && run.off >= boxes[i].body && run.n <= boxes[i].end-run.off
}
