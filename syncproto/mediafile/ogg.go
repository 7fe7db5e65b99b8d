package mediafile

import "encoding/binary"

// maxComments is the longest comment header that is rewritten; pictures of album covers are below it.
const maxComments = 1 << 20

// readOgg reads one stream of Opus or Vorbis (RFC 3533, RFC 7845, Vorbis I). Its second packet holds the comments: the
// maker and the texts become one comment of spaces, of the same length, and the checksums of its pages are counted
// anew. Several streams in one file, and other codecs, are refused, for their comments would stay. What stands behind
// the last page goes.
func readOgg(s *source, c *content) {
	o := ogg{s: s, c: c}
	first, ok := o.page(0)
	switch {
	case !ok:
		s.broken("ogg: no whole page")
		return
	case s.has(first.body, "OpusHead"):
		o.magic = "OpusTags"
	case s.has(first.body, "\x01vorbis"):
		o.magic = "\x03vorbis"
	default:
		s.unsupported("ogg: neither Opus nor Vorbis")
		return
	}
	o.serial = s.le32(14)
	c.plan.keep(0, first.end)
	o.pages(o.comments(first.end))
}

type ogg struct {
	s      *source
	c      *content
	magic  string
	serial int64
}

// page is one page: its table of lengths, its body and where the next begins.
type page struct{ off, table, body, end int64 }

// page reads the header at off. It reports false where no whole page is.
func (o *ogg) page(off int64) (p page, ok bool) {
	const header = 27
	if p = (page{off: off, table: off + header}); p.table > o.s.size || !o.s.has(off, "OggS\x00") {
		return p, false
	}
	n := o.s.u8(off + header - 1)
	if p.body = p.table + int64(n); p.body > o.s.size {
		return p, false
	}
	p.end = p.body
	for _, lace := range o.s.bytes(p.table, n) {
		p.end += int64(lace)
	}
	return p, p.end <= o.s.size && o.s.err == nil
}

// comments reads the pages of the second packet, blanks it, and writes the pages anew. It returns where they end.
func (o *ogg) comments(off int64) int64 {
	var packet []byte
	var pages []page
	var left int // bytes of the packet's last page that belong to it
	for done := false; !done && o.s.alive(); {
		p, ok := o.page(off)
		if !ok {
			o.s.broken("ogg: comments without an end")
			return off
		}
		left = 0
		for _, lace := range o.s.bytes(p.table, int(p.body-p.table)) {
			left += int(lace)
			if lace < 255 {
				done = true
				break
			}
		}
		packet = append(packet, o.s.copyOf(p.body, int64(left), maxComments)...)
		if len(packet) > maxComments {
			o.s.broken("ogg: comments without an end")
		}
		pages = append(pages, p)
		off = p.end
	}
	if o.s.err != nil || !o.silence(packet) {
		o.s.broken("ogg: no comment header")
		return off
	}
	for i, p := range pages {
		whole := o.s.copyOf(p.off, p.end-p.off, 1<<17)
		n := len(whole) - int(p.body-p.off)
		if i == len(pages)-1 {
			n = left
		}
		packet = packet[copy(whole[p.body-p.off:][:n], packet):]
		clear(whole[22:26])
		binary.LittleEndian.PutUint32(whole[22:], oggSum(whole))
		o.c.plan.put(whole)
	}
	return off
}

// silence makes the comments one of spaces that fills their room. A header without comments is left alone but for the
// maker, whose name becomes spaces too.
func (o *ogg) silence(packet []byte) bool {
	if len(packet) < len(o.magic) || string(packet[:len(o.magic)]) != o.magic {
		return false
	}
	le := binary.LittleEndian
	b := packet[len(o.magic):]
	if len(b) < 8 || uint64(le.Uint32(b)) > uint64(len(b)-8) {
		return false
	}
	maker := b[4:][:le.Uint32(b)]
	for i := range maker {
		maker[i] = ' '
	}
	b = b[4+len(maker):]
	room := b[4:]
	if o.magic == "\x03vorbis" { // the last byte is the framing bit
		if len(room) < 1 {
			return false
		}
		room = room[:len(room)-1]
	}
	switch {
	case len(room) >= 4:
		le.PutUint32(b, 1)
		le.PutUint32(room, uint32(len(room)-4))
		for i := range room[4:] {
			room[4+i] = ' '
		}
		copy(room[4:], "X=") // a comment is a name and a value
	default:
		le.PutUint32(b, 0)
		clear(room)
	}
	return true
}

// pages keeps the sound. A recording that breaks off ends with its last whole page; a stream of another number is a
// second one.
func (o *ogg) pages(off int64) {
	for o.s.alive() {
		p, ok := o.page(off)
		if !ok {
			return
		}
		if o.s.le32(off+14) != o.serial || o.s.u8(off+5)&2 != 0 {
			o.s.unsupported("ogg: several streams")
			return
		}
		o.c.plan.keep(off, p.end-off)
		off = p.end
	}
}

// oggTable is the CRC of Ogg: the polynomial of CRC-32, unreflected, starting at 0 (RFC 3533, section 6).
var oggTable = func() (table [256]uint32) {
	for i := range table {
		r := uint32(i) << 24
		for range 8 {
			if r&0x80000000 != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		table[i] = r
	}
	return table
}()

func oggSum(b []byte) (sum uint32) {
	for _, c := range b {
		sum = sum<<8 ^ oggTable[byte(sum>>24)^c]
	}
	return sum
}
