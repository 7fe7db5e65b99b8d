package mediafile

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"time"
)

// The elements of EBML and Matroska (RFC 8794, RFC 9559) that are told apart, with their length markers.
const (
	ebmlHeader  = 0x1a45dfa3
	ebmlVoid    = 0xec
	ebmlCRC     = 0xbf
	mkvSegment  = 0x18538067
	mkvInfo     = 0x1549a966
	mkvTracks   = 0x1654ae6b
	mkvTrack    = 0xae
	mkvVideo    = 0xe0
	mkvWidth    = 0xb0
	mkvHeight   = 0xba
	mkvScale    = 0x2ad7b1
	mkvDuration = 0x4489
	mkvDate     = 0x4461
	mkvMuxer    = 0x4d80
	mkvWriter   = 0x5741
	mkvName     = 0x536e
	mkvCluster  = 0x1f43b675
	mkvKind     = 0x83 // of a track
	mkvCodec    = 0x86
	mkvPrivate  = 0x63a2
)

// mkvTrackHidden are the names and addresses that a track may have, and what it may hang on.
var mkvTrackHidden = []uint64{mkvName, ebmlVoid, ebmlCRC, 0x258688, 0x3a9697, 0x3b4040, 0x26b240, 0x7446}

// mkvKept are the elements of the top level that play: all others, tags and attachments among them, become Void.
var mkvKept = []uint64{0x114d9b74, mkvInfo, mkvTracks, mkvCluster, 0x1c53bb6b}

// mkvInfoKept are the elements of Info that a player needs; title, date, file names and identities go.
var mkvInfoKept = []uint64{mkvScale, mkvDuration, mkvMuxer, mkvWriter}

// element is one element: off is its id, body its content, end where the next begins. The size of live recordings is
// not written; they end where what holds them ends.
type element struct {
	id             uint64
	off, body, end int64
	open           bool // of unknown size
}

type webm struct {
	s *source
	c *content
}

// readWebM turns what is no film into Void elements of the same length, so that no offset moves. What stands behind
// the segment goes.
func readWebM(s *source, c *content) {
	m := webm{s: s, c: c}
	head, ok := m.element(0, s.size)
	if !ok || head.id != ebmlHeader || head.open {
		s.broken("webm: no header")
		return
	}
	segment, ok := m.element(head.end, s.size)
	if !ok || segment.id != mkvSegment {
		s.broken("webm: no segment")
		return
	}
	end := m.segment(segment)
	c.plan.keep(0, end)
}

// segment walks the top level and returns where it ends. A recording that breaks off in a cluster ends there.
func (m webm) segment(segment element) (end int64) {
	tracks := false
	for off := segment.body; off < segment.end && m.s.err == nil; {
		e, ok := m.element(off, segment.end)
		if !ok && (e.id != mkvCluster || !tracks) {
			if tracks && segment.open {
				return off
			}
			m.s.broken("webm: an element beyond the end")
			return off
		}
		switch {
		case !slices.Contains(mkvKept, e.id):
			m.void(e)
		case e.id == mkvInfo:
			m.info(e)
		case e.id == mkvTracks:
			tracks = true
			m.tracks(e)
		case e.open:
			e.end = m.cluster(e)
		}
		off = e.end
	}
	if !tracks {
		m.s.broken("webm: no tracks")
	}
	return segment.end
}

// element reads the header at off. It reports false where none fits, with its end then cut to the limit.
func (m webm) element(off, limit int64) (e element, ok bool) {
	id, n, ok := m.vint(off, limit, 4)
	if !ok || !m.s.alive() {
		return element{end: limit}, false
	}
	e = element{id: id, off: off}
	size, k, ok := m.vint(off+int64(n), limit, 8)
	if !ok {
		e.end = limit
		return e, false
	}
	size &^= 1 << (7 * k)
	e.body = off + int64(n+k)
	if e.open = size == 1<<(7*k)-1; e.open {
		e.end = limit
		return e, true
	}
	if size > uint64(limit-e.body) {
		e.end = limit
		return e, false
	}
	e.end = e.body + int64(size)
	return e, m.s.err == nil
}

// vint reads a number of changing size with its length marker still in it.
func (m webm) vint(off, limit int64, most int) (v uint64, n int, ok bool) {
	if off >= limit || m.s.err != nil {
		return 0, 0, false
	}
	n = bits.LeadingZeros8(uint8(m.s.u8(off))) + 1
	if n > most || off+int64(n) > limit {
		return 0, 0, false
	}
	for _, b := range m.s.bytes(off, n) {
		v = v<<8 | uint64(b)
	}
	return v, n, true
}

// each calls f for the elements inside another.
func (m webm) each(parent element, f func(element)) {
	for off := parent.body; off < parent.end && m.s.err == nil; {
		e, ok := m.element(off, parent.end)
		if !ok || e.open {
			m.s.broken("webm: an element beyond the end of what holds it")
			return
		}
		f(e)
		off = e.end
	}
}

// void writes the header of a Void element of the same length over an element, and zeroes the rest.
func (m webm) void(e element) {
	if e.open {
		m.s.broken("webm: metadata without a size")
		return
	}
	total := e.end - e.off
	head := []byte{ebmlVoid, 0x80 | byte(total-2)}
	if total-2 > 126 {
		head = binary.BigEndian.AppendUint64([]byte{ebmlVoid}, 1<<56|uint64(total-9))
	}
	m.c.plan.blank(e.off, total)
	m.c.plan.overwrite(e.off, head)
}

func (m webm) info(info element) {
	scale, duration := 1e6, 0.0
	m.each(info, func(e element) {
		switch n := int(e.end - e.body); {
		case e.id == mkvScale && n <= 8:
			scale = float64(m.number(e))
		case e.id == mkvDuration && n == 8:
			duration = math.Float64frombits(m.number(e))
		case e.id == mkvDuration && n == 4:
			duration = float64(math.Float32frombits(uint32(m.number(e))))
		case e.id == mkvDate && n == 8: // nanoseconds since 2001 in UTC
			at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(m.number(e)))
			m.c.facts.Taken = plausible(at)
			m.c.facts.ZoneKnown = !m.c.facts.Taken.IsZero()
		}
		switch {
		case !slices.Contains(mkvInfoKept, e.id):
			m.void(e)
		case e.id == mkvMuxer || e.id == mkvWriter: // must be there; zeros are an empty text
			m.c.plan.blank(e.body, e.end-e.body)
		}
	})
	m.c.info.Duration = seconds(duration*scale, 1e9)
}

func (m webm) tracks(tracks element) {
	m.each(tracks, func(track element) {
		if track.id != mkvTrack {
			m.void(track)
			return
		}
		codec, private := "", element{}
		m.each(track, func(e element) {
			if slices.Contains(mkvTrackHidden, e.id) {
				m.void(e)
			}
			switch e.id {
			case mkvKind:
				if kind := m.number(e); kind != 1 && kind != 2 {
					m.s.unsupported("webm: a track that is neither picture nor sound")
				}
			case mkvCodec:
				codec = string(m.s.copyOf(e.body, e.end-e.body, 32))
			case mkvPrivate:
				private = e
			case mkvVideo:
				m.each(e, func(e element) {
					switch e.id {
					case mkvWidth:
						m.c.info.Width = max(m.c.info.Width, int(min(m.number(e), MaxSide+1)))
					case mkvHeight:
						m.c.info.Height = max(m.c.info.Height, int(min(m.number(e), MaxSide+1)))
					}
				})
			}
		})
		if codec == "A_VORBIS" {
			m.vorbis(private)
		}
	})
}

// vorbis silences the comments among the three headers of Vorbis, which are laced as in Ogg (Matroska codec mappings).
func (m webm) vorbis(private element) {
	s := m.s
	at, first, second := private.body+1, int64(0), int64(0)
	for _, n := range []*int64{&first, &second} {
		for more := true; more && at < private.end && s.err == nil; at++ {
			lace := s.u8(at)
			*n += int64(lace)
			more = lace == 255
		}
	}
	at += first
	if private.end == 0 || s.u8(private.body) != 2 || second > maxComments || at+second > private.end {
		s.broken("webm: no headers of Vorbis")
		return
	}
	packet := s.copyOf(at, second, maxComments)
	if s.err != nil || !(&ogg{magic: "\x03vorbis"}).silence(packet) {
		s.broken("webm: no headers of Vorbis")
		return
	}
	m.c.plan.overwrite(at, packet)
}

// cluster returns where a cluster of unknown size ends: at the next element of the top level.
func (m webm) cluster(cluster element) int64 {
	off := cluster.body
	for off < cluster.end && m.s.err == nil {
		e, ok := m.element(off, cluster.end)
		if slices.Contains(mkvKept, e.id) || e.id > 0xffffff {
			return off
		}
		if !ok || e.open {
			return cluster.end
		}
		off = e.end
	}
	return off
}

func (m webm) number(e element) (v uint64) {
	if e.end-e.body > 8 {
		return 0
	}
	for _, b := range m.s.bytes(e.body, int(e.end-e.body)) {
		v = v<<8 | uint64(b)
	}
	return v
}
