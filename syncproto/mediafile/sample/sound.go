package sample

import (
	"encoding/binary"
	"math"
	"time"
)

// noteOf is what the tags of a recording say: its place and a name.
func noteOf(o Options) string {
	switch {
	case o.Bare:
		return ""
	case o.position():
		return "recorded at " + iso6709(o)
	}
	return "a recording"
}

// WAV returns a second of a tone, with a LIST chunk of texts.
func WAV(o Options) []byte {
	rng := o.random()
	pcm := make([]byte, 0, 2*8000)
	for i := range 8000 {
		v := int16(8000*math.Sin(float64(i)*2*math.Pi*440/8000)) + int16(rng.IntN(100))
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(v))
	}
	format := []byte{1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0}
	body := riffChunk("fmt ", format)
	if note := noteOf(o); note != "" {
		body = append(body, riffChunk("LIST", append([]byte("INFO"), riffChunk("ICMT", []byte(note))...))...)
	}
	out := riff("WAVE", append(body, riffChunk("data", pcm)...))
	if o.Tail {
		out = append(out, "TAG"...)
		out = append(out, noteOf(o)...)
	}
	return out
}

// MP3 returns ten silent frames between an ID3v2 and an ID3v1 tag.
func MP3(o Options) []byte {
	out := id3(o)
	for range 10 { // MPEG-1 layer 3, 128 kbit/s, 44.1 kHz: 417 bytes a frame
		out = append(out, append([]byte{0xff, 0xfb, 0x90, 0xc4}, make([]byte, 413)...)...)
	}
	if !o.Bare {
		tag := append([]byte("TAG"), noteOf(o)...)
		out = append(out, append(tag, make([]byte, 128-min(len(tag), 128))...)...)
	}
	return out
}

// id3 returns a tag with a comment, shorter than 128 bytes, so that its sizes need no thought.
func id3(o Options) []byte {
	note := noteOf(o)
	if note == "" {
		return nil
	}
	frame := append([]byte("COMM\x00\x00\x00"), byte(len(note)+5), 0, 0, 0, 'e', 'n', 'g', 0)
	frame = append(frame, note...)
	return append(append([]byte("ID3\x04\x00\x00\x00\x00\x00"), byte(len(frame))), frame...)
}

// AAC returns ten frames of an ADTS stream behind an ID3v2 tag.
func AAC(o Options) []byte {
	rng := o.random()
	out := id3(o)
	for range 10 {
		const n = 107
		frame := []byte{0xff, 0xf1, 0x50, 0x80 | n>>11, n >> 3 & 0xff, n<<5&0xff | 0x1f, 0xfc}
		for len(frame) < n {
			frame = append(frame, byte(rng.IntN(128)))
		}
		out = append(out, frame...)
	}
	if o.Tail {
		out = append(out, noteOf(o)...)
	}
	return out
}

// AMR returns a fifth of a second of a voice recording.
func AMR(o Options) []byte {
	rng := o.random()
	out := []byte("#!AMR\n")
	for range 10 {
		out = append(out, 0x3c) // 12.2 kbit/s
		for range 31 {
			out = append(out, byte(rng.Uint32()))
		}
	}
	if o.Tail {
		out = append(append(out, 0xff), noteOf(o)...)
	}
	return out
}

// Ogg returns the pages of an Opus recording whose comments tell where it was made.
func Ogg(o Options) []byte {
	rng := o.random()
	tags := binary.LittleEndian.AppendUint32([]byte("OpusTags"), 7)
	tags = append(tags, "samples"...)
	if note := noteOf(o); note != "" {
		tags = binary.LittleEndian.AppendUint32(tags, 1)
		tags = binary.LittleEndian.AppendUint32(tags, uint32(len("COMMENT=")+len(note)))
		tags = append(append(tags, "COMMENT="...), note...)
	} else {
		tags = binary.LittleEndian.AppendUint32(tags, 0)
	}
	out := oggPage(0, 2, 0, []byte("OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"))
	out = append(out, oggPage(1, 0, 0, tags)...)
	for i := range 5 {
		sound := make([]byte, 200)
		for j := range sound {
			sound[j] = byte(rng.IntN(128))
		}
		last := byte(0)
		if i == 4 {
			last = 4
		}
		out = append(out, oggPage(i+2, last, 960*(i+1), sound)...)
	}
	if o.Tail {
		out = append(out, noteOf(o)...)
	}
	return out
}

// oggPage lays one packet of less than 64 KiB on a page (RFC 3533, section 6).
func oggPage(sequence int, flags byte, granule int, packet []byte) []byte {
	le := binary.LittleEndian
	out := le.AppendUint64(append([]byte("OggS\x00"), flags), uint64(granule))
	out = le.AppendUint32(le.AppendUint32(out, 0x6c616e74), uint32(sequence))
	out = append(out, 0, 0, 0, 0, byte(len(packet)/255+1))
	for n := len(packet); ; n -= 255 {
		out = append(out, byte(min(n, 255)))
		if n < 255 {
			break
		}
	}
	out = append(out, packet...)
	sum := uint32(0)
	for _, c := range out {
		sum ^= uint32(c) << 24
		for range 8 {
			if sum&0x80000000 != 0 {
				sum = sum<<1 ^ 0x04c11db7
			} else {
				sum <<= 1
			}
		}
	}
	le.PutUint32(out[22:], sum)
	return out
}

// WebM returns a recording as a browser makes it: sizes of segment and clusters unknown, tags in front of the film.
func WebM(o Options) []byte {
	w, h := o.size()
	rng := o.random()
	info := append(ebml(0x2ad7b1, []byte{0x0f, 0x42, 0x40}), ebml(0x4489, binary.BigEndian.AppendUint64(nil, math.Float64bits(2000)))...)
	app := []byte("samples")
	if o.Bare {
		clear(app)
	}
	info = append(append(info, ebml(0x4d80, app)...), ebml(0x5741, app)...)
	if !o.Bare {
		info = append(info, ebml(0x7ba9, []byte(noteOf(o)))...)
		if !o.Taken.IsZero() {
			since := o.Taken.Sub(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC))
			info = append(info, ebml(0x4461, binary.BigEndian.AppendUint64(nil, uint64(since)))...)
		}
	}
	video := append(ebml(0xb0, u16(w)), ebml(0xba, u16(h))...)
	track := append(ebml(0xd7, []byte{1}), ebml(0x73c5, []byte{1})...)
	track = append(append(track, ebml(0x83, []byte{1})...), ebml(0x86, []byte("V_VP8"))...)
	out := ebml(0x1a45dfa3, append(ebml(0x4282, []byte("webm")), ebml(0x4287, []byte{2})...))
	out = append(out, 0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	out = append(out, ebml(0x1549a966, info)...)
	out = append(out, ebml(0x1654ae6b, ebml(0xae, append(track, ebml(0xe0, video)...)))...)
	if note := noteOf(o); note != "" {
		tag := append(ebml(0x45a3, []byte("LOCATION")), ebml(0x4487, []byte(note))...)
		out = append(out, ebml(0x1254c367, ebml(0x7373, ebml(0x67c8, tag)))...)
	}
	for i := range 3 {
		out = append(out, 0x1f, 0x43, 0xb6, 0x75, 0xff)
		out = append(out, ebml(0xe7, []byte{byte(i)})...)
		block := []byte{0x81, 0, 0, 0x80}
		for range 300 {
			block = append(block, byte(rng.Uint32()))
		}
		out = append(out, ebml(0xa3, block)...)
	}
	return out
}

// ebml writes an element with a size of two bytes, or of one where it fits.
func ebml(id uint32, body []byte) []byte {
	var out []byte
	for shift := 24; shift >= 0; shift -= 8 {
		if b := byte(id >> shift); b != 0 || len(out) > 0 {
			out = append(out, b)
		}
	}
	if len(body) < 127 {
		out = append(out, 0x80|byte(len(body)))
	} else {
		out = append(out, 0x40|byte(len(body)>>8), byte(len(body)))
	}
	return append(out, body...)
}
