package mediafile

import (
	"encoding/binary"
	"slices"
)

// stillMeta are the boxes of HEIF's meta box that are structure (ISO/IEC 23008-12); all others become free space.
var stillMeta = []string{"hdlr", "pitm", "iloc", "iinf", "iprp", "iref", "idat", "grpl", "dinf", "ipro"}

// stillItems are the items that are seen, or that pictures are made of: coded pictures and how they are put together.
// Every other item is metadata, known or not, and its bytes are zeroed.
var stillItems = []string{
	"hvc1", "hev1", "hvt1", "lhv1", "av01", "avc1", "evc1", "vvc1", "j2k1", "unci",
	"grid", "iovl", "iden", "tmap", "mski",
}

// stillProperties are the properties by which pictures are decoded and shown. Others are emptied: names, descriptions,
// alternative texts, times, where the camera stood (ISO/IEC 23008-12, 6.5), and private ones.
var stillProperties = []string{
	"ispe", "pixi", "irot", "imir", "clap", "pasp", "colr", "auxC", "iscl", "rloc", "lsel", "rref", "ndwt",
	"hvcC", "lhvC", "av1C", "avcC", "vvcC", "evcC", "jpgC", "j2kH", "uncC", "cmpd", "tols", "oinf", "a1op", "a1lx", "subs",
	"clli", "mdcv", "amve", "cclv", "reve", "mskC",
}

// maxItems bounds the table of items; a photo of 200 megapixels in tiles of 512 has below a thousand.
const maxItems = 1 << 14

// readStill reads HEIC, HEIF and AVIF. The bytes of EXIF, XMP and all other items that are not pictures are zeroed in
// place, found through iinf and iloc; EXIF is written over by a block of one entry, so that no decoder stumbles over
// it. Bytes that no picture refers to are zeroed too: editors leave there what they took out of the tables. The
// rotation is a property of the picture and stays. What follows the last box of the picture goes: that is where
// phones put the film of a motion photo.
func readStill(s *source, c *content) {
	f := &film{s: s, c: c, still: true}
	st := &stills{film: f, kinds: map[int64]string{}}
	end := f.top()
	for off := int64(0); off < end && s.err == nil; {
		b, ok := s.box(off, end)
		if !ok {
			break
		}
		if b.kind == "meta" {
			st.meta(b)
		}
		off = b.end
	}
	if s.err != nil {
		return
	}
	f.dropSamples()
	// Where a sequence of pictures shares the media data with them, its samples are there too, and it is left.
	if f.tracks == 0 {
		f.blankGaps(append(st.homes, f.media...))
	}
	c.info.Animated = f.tracks > 0
	c.plan.keep(0, end)
}

type stills struct {
	*film
	kinds map[int64]string
	idat  box
	homes []box // where the bytes of items lie besides mdat
}

func (t *stills) meta(meta box) {
	s, inside := t.s, meta
	inside.body += 4
	var iinf, iloc, iprp, pitm box
	s.boxes(inside.body, inside.end, func(b box) {
		switch b.kind {
		case "iinf":
			iinf = b
		case "iloc":
			iloc = b
		case "iprp":
			iprp = b
		case "pitm":
			pitm = b
		case "hdlr":
			t.c.plan.blank(b.body+24, b.end-b.body-24)
		case "idat":
			t.idat = b
			t.homes = append(t.homes, b)
		}
		if !slices.Contains(stillMeta, b.kind) {
			t.c.plan.free(b)
		}
	})
	if iinf.end == 0 || iloc.end == 0 || iprp.end == 0 || pitm.end == 0 {
		s.broken("heif: a table is missing")
		return
	}
	t.items(iinf)
	t.places(iloc)
	primary := int64(s.u16(pitm.body + 4))
	if s.u8(pitm.body) != 0 {
		primary = s.u32(pitm.body + 4)
	}
	t.properties(iprp, primary)
}

// items learns the kind of every item (ISO/IEC 14496-12, 8.11.6).
func (t *stills) items(iinf box) {
	s := t.s
	body := iinf.body + 6
	if s.u8(iinf.body) != 0 {
		body += 2
	}
	s.boxes(body, iinf.end, func(b box) {
		if b.kind != "infe" {
			t.c.plan.free(b)
			return
		}
		id, at := int64(s.u16(b.body+4)), b.body+8
		switch s.u8(b.body) {
		case 2:
		case 3:
			id, at = s.u32(b.body+4), b.body+10
		default:
			s.unsupported("heif: an item entry of the first version")
		}
		if at+4 > b.end || len(t.kinds) > maxItems {
			s.broken("heif: an item entry that is too short, or too many")
			return
		}
		t.kinds[id] = s.name(at)
		t.c.plan.blank(at+4, b.end-at-4) // its name, and of metadata, which is zeroed, the type
	})
}

// places goes through the locations of all items (ISO/IEC 14496-12, 8.11.3) and blanks what is not a picture.
func (t *stills) places(iloc box) {
	s := t.s
	r := &fields{s: s, at: iloc.body, end: iloc.end}
	version := r.take(1)
	r.take(3)
	sizes := r.take(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version == 0 {
		indexSize = 0
	}
	wide := 2
	if version >= 2 {
		wide = 4
	}
	items := r.take(wide)
	if items > maxItems { // each may name the same bytes again, which would be read as often
		s.broken("heif: too many items")
	}
	for ; items > 0 && s.alive(); items-- {
		id, method := r.take(wide), uint64(0)
		if version > 0 {
			method = r.take(2) & 15
		}
		r.take(2)
		base := r.take(baseSize)
		var extents []span
		for n := r.take(2); n > 0 && s.alive(); n-- {
			r.take(indexSize)
			off := base + r.take(offsetSize)
			extents = append(extents, span{off: int64(off &^ (1 << 63)), n: int64(r.take(lengthSize) &^ (1 << 63))})
		}
		if kind := t.kinds[int64(id)]; s.err != nil {
			return
		} else if kind == "jpeg" {
			s.unsupported("heif: a picture that is a JPEG file, with metadata of its own")
		} else if slices.Contains(stillItems, kind) {
			t.showItem(method, extents)
		} else {
			t.blankItem(kind, method, extents)
		}
	}
}

// showItem remembers the extents of a picture. One without a length is everything that follows.
func (t *stills) showItem(method uint64, extents []span) {
	for _, e := range extents {
		if method == inIdat {
			e.off += t.idat.body
		}
		t.all = t.all || e.n == 0
		t.shown = appendSpan(t.shown, e)
	}
	t.all = t.all || len(t.shown) > maxSpans
}

// How an item's place is meant (ISO/IEC 14496-12, 8.11.3): in the file, or in the idat box.
const inFile, inIdat = 0, 1

// blankItem zeroes the extents of an item that is no picture.
func (t *stills) blankItem(kind string, method uint64, extents []span) {
	var whole []byte
	for i, e := range extents {
		home := t.media
		if method == inIdat {
			home, e.off = []box{t.idat}, e.off+t.idat.body
		} else if method != inFile {
			t.s.unsupported("heif: metadata made of other items")
			return
		}
		if !inside(home, e) || e.n == 0 {
			t.s.broken("heif: metadata outside of the media data")
			return
		}
		if kind == "Exif" && len(whole) < maxEXIF {
			whole = append(whole, t.s.copyOf(e.off, e.n, maxEXIF)...)
		}
		t.c.plan.blank(e.off, e.n)
		if empty := append(make([]byte, 4), orientationEXIF(1)...); kind == "Exif" && i == 0 && e.n >= int64(len(empty)) {
			t.c.plan.overwrite(e.off, empty)
		}
	}
	if len(whole) > 4 {
		// The block begins with where the TIFF header is (ISO/IEC 23008-12, annex A).
		if skip := uint64(binary.BigEndian.Uint32(whole)) + 4; skip < uint64(len(whole)) {
			_, t.c.facts = readEXIF(whole[skip:])
		}
	}
}

// properties holds every size to the limits and takes size and turn of the primary item (ISO/IEC 23008-12, 6.5).
func (t *stills) properties(iprp box, primary int64) {
	s := t.s
	ipco, ok := s.child(iprp, "ipco")
	if !ok {
		s.broken("heif: no properties")
		return
	}
	var all []box
	s.boxes(ipco.body, ipco.end, func(b box) {
		if len(all) < maxItems {
			all = append(all, b)
		}
		if !slices.Contains(stillProperties, b.kind) { // their places are numbered, so they stay as empty ones
			t.c.plan.blank(b.body+4, b.end-b.body-4)
		}
		if b.kind == "colr" && b.end-b.body > 4 && (s.name(b.body) == "prof" || s.name(b.body) == "rICC") {
			t.c.plan.profile(s, b.body+4, b.end-b.body-4)
		}
		if b.kind == "ispe" {
			i := Info{Width: int(s.u32(b.body + 4)), Height: int(s.u32(b.body + 8))}
			if err := i.check(t.c.typ); err != nil {
				s.fail(err)
			}
		}
	})
	upright := turn{1, 0, 0, 1}
	for _, index := range t.associations(iprp, primary) {
		if index < 1 || index > len(all) {
			continue
		}
		switch b := all[index-1]; b.kind {
		case "ispe":
			t.c.info.Width, t.c.info.Height = int(s.u32(b.body+4)), int(s.u32(b.body+8))
		case "irot": // counter-clockwise quarters
			for range s.u8(b.body) & 3 {
				upright = upright.then(turn{0, -1, 1, 0})
			}
		case "imir":
			if s.u8(b.body)&1 == 0 { // top and bottom change places
				upright = upright.then(turn{1, 0, 0, -1})
			} else {
				upright = upright.then(turn{-1, 0, 0, 1})
			}
		}
	}
	t.c.info.Orientation = upright.orientation()
}

// associations returns the numbers of the properties of an item, from 1 on, in their order.
func (t *stills) associations(iprp box, item int64) (indices []int) {
	s := t.s
	s.boxes(iprp.body, iprp.end, func(b box) {
		if b.kind != "ipma" {
			return
		}
		r := &fields{s: s, at: b.body, end: b.end}
		version, flags := r.take(1), r.take(3)
		for n := r.take(4); n > 0 && s.alive(); n-- {
			id := uint64(0)
			if version == 0 {
				id = r.take(2)
			} else {
				id = r.take(4)
			}
			for of := r.take(1); of > 0 && s.err == nil; of-- {
				index := r.take(1+int(flags&1)) &^ (0x80 << (8 * (flags & 1)))
				if int64(id) == item {
					indices = append(indices, int(index))
				}
			}
		}
	})
	return indices
}

// fields reads numbers of changing size one behind the other, inside a box.
type fields struct {
	s       *source
	at, end int64
}

func (r *fields) take(size int) (v uint64) {
	if size > 8 || r.at+int64(size) > r.end {
		r.s.broken("heif: a table that is shorter than it says")
		return 0
	}
	for _, b := range r.s.bytes(r.at, size) {
		v = v<<8 | uint64(b)
	}
	r.at += int64(size)
	return v
}
