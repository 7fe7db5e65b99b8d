package mediafile

import "encoding/binary"

// readWAV keeps the format and the samples; names, dates, ID3 and all other chunks go, and the sizes are written anew.
// A recorder that was cut off leaves the size of the samples at 0 or at its greatest: they then go to the end.
func readWAV(s *source, c *content) {
	const header = 12
	end := min(8+s.le32(4), s.size)
	if open := s.le32(4); open == 0 || open == 0xffffffff {
		end = s.size
	}
	var kept []span
	size, rate := int64(4), int64(0)
	for off := int64(header); off+8 <= end && s.alive(); {
		kind, n := s.name(off), s.le32(off+4)
		body := off + 8
		if kind == "data" && (n == 0 || n > end-body) {
			n = end - body
		}
		if n > end-body {
			s.broken("wav: a chunk beyond the end")
			return
		}
		switch {
		case kind == "fmt " && n >= 16 && len(kept) == 0:
			rate = s.le32(body + 8)
		case kind == "fact" && rate > 0:
		case kind == "data" && rate > 0:
			c.info.Duration = seconds(float64(n), float64(rate))
		default:
			off = body + n + n%2
			continue
		}
		kept = append(kept, span{own: binary.LittleEndian.AppendUint32([]byte(kind), uint32(n))}, span{off: body, n: n})
		if n%2 == 1 {
			kept = append(kept, span{own: []byte{0}})
		}
		size += 8 + n + n%2
		if off = body + n + n%2; kind == "data" {
			break
		}
	}
	if s.err != nil || c.info.Duration == 0 {
		s.broken("wav: no sound")
		return
	}
	c.plan.put(append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size)), "WAVE"...))
	for _, k := range kept {
		if k.own != nil {
			c.plan.put(k.own)
		} else {
			c.plan.keep(k.off, k.n)
		}
	}
}
