package mediafile

// maxGap is how far the next frame of sound is looked for, between frames and behind a tag.
const maxGap = 64 << 10

// frames copies the frames of a stream without a container and nothing between or behind them: tags at both ends
// (ID3, APE, Lyrics3), and whatever was hung on. size returns the length of the frame that begins at off, 0 for none.
// Where frames can be found again behind a fault, two in a row are asked for.
func frames(s *source, c *content, off int64, size func(off int64) int64) {
	for off < s.size && s.err == nil {
		if n := size(off); n > 0 && off+n <= s.size {
			c.plan.keep(off, n)
			off += n
			continue
		}
		next := resume(s, off, size)
		if next < 0 {
			break
		}
		off = next
	}
	if s.err == nil && len(c.plan.spans) == 0 {
		s.broken("sound: no frame")
	}
}

// resume returns where frames go on behind a fault, -1 if they do not.
func resume(s *source, off int64, size func(off int64) int64) int64 {
	limit := min(off+maxGap, s.size)
	for at := s.index(off+1, 0xff); at < limit && s.alive(); at = s.index(at+1, 0xff) {
		n := size(at)
		if n == 0 || at+n > s.size {
			continue
		}
		if at+n == s.size || size(at+n) > 0 {
			return at
		}
	}
	return -1
}

// id3 returns the end of the ID3v2 tags at off (ID3v2.4.0, section 3.1).
func id3(s *source, off int64) int64 {
	for s.has(off, "ID3") && off+10 <= s.size && s.alive() {
		b := s.bytes(off, 10)
		n := int64(b[6]&0x7f)<<21 | int64(b[7]&0x7f)<<14 | int64(b[8]&0x7f)<<7 | int64(b[9]&0x7f)
		off += 10 + n
		if b[5]&0x10 != 0 {
			off += 10 // the footer
		}
	}
	return min(off, s.size)
}

var (
	mp3Rates    = [4]int64{11025, 0, 22050, 44100} // by version, at index 0; the others are 48:44.1 and 32:44.1 of it
	mp3Bitrates = map[[2]int][15]int64{            // by MPEG-1 or not, and layer, in kbit/s
		{1, 1}: {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
		{1, 2}: {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
		{1, 3}: {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
		{2, 1}: {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
		{2, 2}: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		{2, 3}: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	}
)

// readMP3 keeps the frames of MPEG sound, layers 1 to 3 (ISO/IEC 11172-3, 2.4.1.3).
func readMP3(s *source, c *content) {
	frames(s, c, id3(s, 0), func(off int64) int64 {
		if off+4 > s.size {
			return 0
		}
		b := s.bytes(off, 4)
		version, layer, rate := b[1]>>3&3, 4-int(b[1]>>1&3), b[2]>>2&3
		if b[0] != 0xff || b[1]&0xe0 != 0xe0 || version == 1 || layer == 4 || rate == 3 || b[2]>>4 == 15 {
			return 0
		}
		generation := 1
		if version != 3 {
			generation = 2
		}
		hertz := mp3Rates[version]
		switch rate {
		case 1:
			hertz = hertz * 160 / 147
		case 2:
			hertz = hertz * 320 / 441
		}
		bits := mp3Bitrates[[2]int{generation, layer}][b[2]>>4] * 1000
		padding := int64(b[2] >> 1 & 1)
		switch {
		case bits == 0: // the free format, which nobody writes
			return 0
		case layer == 1:
			return (12*bits/hertz + padding) * 4
		case layer == 3 && generation == 2:
			return 72*bits/hertz + padding
		}
		return 144*bits/hertz + padding
	})
}

// readAAC keeps the frames of an ADTS stream (ISO/IEC 13818-7, 6.2).
func readAAC(s *source, c *content) {
	frames(s, c, id3(s, 0), func(off int64) int64 {
		if off+7 > s.size {
			return 0
		}
		b := s.bytes(off, 7)
		n := int64(b[3]&3)<<11 | int64(b[4])<<3 | int64(b[5])>>5
		if b[0] != 0xff || b[1]&0xf6 != 0xf0 || n < 7 {
			return 0
		}
		return n
	})
}

// The bytes of a frame with its header, by frame type (RFC 4867, section 5.3; 3GPP TS 26.101 and 26.201).
var (
	amrSizes     = [16]int64{13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1}
	amrWideSizes = [16]int64{18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1}
)

// readAMR keeps the frames of a voice recording of one channel; the format has no metadata.
func readAMR(s *source, c *content) {
	sizes, head := amrSizes, "#!AMR\n"
	if s.has(0, "#!AMR-WB\n") {
		sizes, head = amrWideSizes, "#!AMR-WB\n"
	}
	if !s.has(0, head) {
		s.unsupported("amr: several channels")
		return
	}
	off := int64(len(head))
	c.plan.keep(0, off)
	for off < s.size && s.err == nil {
		b := s.u8(off)
		n := sizes[b>>3&15]
		if b&0x83 != 0 || n == 0 || off+n > s.size {
			break
		}
		c.plan.keep(off, n)
		off += n
	}
	if off == int64(len(head)) {
		s.broken("amr: no frame")
	}
}
