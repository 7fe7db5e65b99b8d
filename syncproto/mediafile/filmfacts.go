package mediafile

import (
	"strings"
	"time"
)

// epoch1904 is where the clocks of films start (ISO/IEC 14496-12, 8.2.2).
var epoch1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)

// maxText is the longest value that is read from a film's metadata.
const maxText = 128

// about reads what the film says of itself. Phones count mvhd from 1904 in UTC; Apple's own keys name the zone. A
// fault in here is no fault of the film.
func (f *film) about(moov box) {
	s, facts := f.s.fork(), &f.c.facts
	if mvhd, ok := s.child(moov, "mvhd"); ok && mvhd.end-mvhd.body >= 32 {
		made, at, units := s.u32(mvhd.body+4), mvhd.body+12, int64(0)
		if s.u8(mvhd.body) == 1 {
			made, at = int64(min(s.u64(mvhd.body+4), 1<<40)), mvhd.body+20
			units = int64(min(s.u64(at+4), 1<<60))
		} else {
			units = s.u32(at + 4)
		}
		f.c.info.Duration = seconds(float64(units), float64(s.u32(at)))
		facts.Taken = plausible(time.Unix(epoch1904.Unix()+made, 0).UTC())
		facts.ZoneKnown = !facts.Taken.IsZero()
	}
	if udta, ok := s.child(moov, "udta"); ok {
		readUserData(s.fork(), udta, facts)
	}
	if meta, ok := s.child(moov, "meta"); ok {
		readKeys(s.fork(), meta, facts)
	}
}

// readUserData reads the position as Android (©xyz, QuickTime) and 3GPP (loci, TS 26.244, 8.10) write it.
func readUserData(s *source, udta box, facts *Facts) {
	if xyz, ok := s.child(udta, "\xa9xyz"); ok && xyz.end-xyz.body > 4 {
		facts.Place = parseISO6709(string(s.copyOf(xyz.body+4, xyz.end-xyz.body-4, maxText)))
	}
	if loci, ok := s.child(udta, "loci"); ok && facts.Place == nil && loci.end-loci.body > 6 {
		text := string(s.copyOf(loci.body+6, loci.end-loci.body-6, 4*maxText))
		if name, rest, ok := strings.Cut(text, "\x00"); ok && len(rest) >= 9 {
			at := loci.body + 6 + int64(len(name)) + 2
			degrees := func(off int64) float64 { return float64(int32(s.u32(off))) / 65536 }
			facts.Place = position(degrees(at+4), degrees(at))
		}
	}
}

// readKeys reads Apple's metadata: a table of keys, and items named by their number in it (QuickTime file format,
// "Metadata").
func readKeys(s *source, meta box, facts *Facts) {
	inside := meta
	if s.name(meta.body+4) != "hdlr" { // ISO gives meta a version, QuickTime does not
		inside.body += 4
	}
	keys, ok := s.child(inside, "keys")
	ilst, ok2 := s.child(inside, "ilst")
	if !ok || !ok2 || keys.end-keys.body < 8 {
		return
	}
	names := map[int64]string{}
	s.boxes(keys.body+8, keys.end, func(b box) {
		if n := int64(len(names) + 1); n < 256 {
			names[n] = string(s.copyOf(b.body, b.end-b.body, maxText))
		}
	})
	s.boxes(ilst.body, ilst.end, func(b box) {
		data, ok := s.child(b, "data")
		if !ok || data.end-data.body <= 8 {
			return
		}
		value := func() string { return string(s.copyOf(data.body+8, data.end-data.body-8, maxText)) }
		switch names[s.u32(b.off+4)] {
		case "com.apple.quicktime.location.ISO6709":
			if p := parseISO6709(value()); p != nil {
				facts.Place = p
			}
		case "com.apple.quicktime.creationdate":
			if at, err := time.Parse("2006-01-02T15:04:05-0700", value()); err == nil && !plausible(at).IsZero() {
				facts.Taken, facts.ZoneKnown = at, true
			}
		}
	})
}
