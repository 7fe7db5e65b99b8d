package picture_test

import (
	"bytes"
	"encoding/binary"
	"math"
)

// jpegSpec says what writeJPEG writes. The standard library's encoder knows 4:2:0 baseline alone; photos come in
// every subsampling, progressive, grey, as RGB and as CMYK.
type jpegSpec struct {
	width, height int
	sampling      [][2]int // of each component: across, down
	ids           string   // of the components; "" means 1, 2, 3, 4
	progressive   bool
	adobe         int // the transform of an Adobe segment; -1 for none
	quant         int // the one step of all coefficients
	// sample returns component c at a point of the whole picture.
	sample   func(c, x, y int) byte
	segments []byte // put in after the start of the image
	scans    int    // of a progressive file: so many empty scans more
}

// jpegComponent is one component's blocks, quantised, in zigzag order.
type jpegComponent struct {
	h, v             int
	perRow, rows     int // blocks, filled up to whole units
	usedRow, usedCol int // blocks that hold picture, for scans of one component
	blocks           [][64]int16
}

var zigzag = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

var cosines = func() (t [8][8]float32) {
	for u := range 8 {
		scale := 0.5
		if u == 0 {
			scale = 0.5 / math.Sqrt2
		}
		for x := range 8 {
			t[u][x] = float32(scale * math.Cos(float64(2*x+1)*float64(u)*math.Pi/16))
		}
	}
	return t
}()

// writeJPEG writes a file that is right by T.81 and far from small: one quantisation table, one plain prefix code.
func writeJPEG(s jpegSpec) []byte {
	var out bytes.Buffer
	out.WriteString("\xFF\xD8")
	out.Write(s.segments)
	if s.adobe >= 0 {
		segment(&out, 0xEE, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(s.adobe)))
	}
	table := bytes.Repeat([]byte{byte(max(1, s.quant))}, 64)
	segment(&out, 0xDB, append([]byte{0}, table...))
	components, frame := transform(s), []byte{8}
	frame = binary.BigEndian.AppendUint16(frame, uint16(s.height))
	frame = binary.BigEndian.AppendUint16(frame, uint16(s.width))
	frame = append(frame, byte(len(components)))
	for i, c := range components {
		frame = append(frame, s.id(i), byte(c.h<<4|c.v), 0)
	}
	sof := byte(0xC0)
	if s.progressive {
		sof = 0xC2
	}
	segment(&out, sof, frame)
	// Symbols 0 to 127 have 8 bits, the others 9; the code is not full, so all ones is never a code.
	for _, class := range []byte{0x00, 0x10} {
		counts, symbols := make([]byte, 16), make([]byte, 256)
		counts[7], counts[8] = 128, 128
		if class == 0 {
			counts[7], counts[8], symbols = 16, 0, symbols[:16]
		}
		for i := range symbols {
			symbols[i] = byte(i)
		}
		segment(&out, 0xC4, append(append([]byte{class}, counts...), symbols...))
	}
	writeScans(&out, s, components)
	out.WriteString("\xFF\xD9")
	return out.Bytes()
}

func (s jpegSpec) id(component int) byte {
	if s.ids != "" {
		return s.ids[component]
	}
	return byte(component + 1)
}

func segment(out *bytes.Buffer, marker byte, body []byte) {
	out.Write([]byte{0xFF, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)})
	out.Write(body)
}

func writeScans(out *bytes.Buffer, s jpegSpec, components []jpegComponent) {
	all := make([]int, len(components))
	for i := range all {
		all[i] = i
	}
	if !s.progressive {
		scan(out, s, components, all, 0, 63)
		return
	}
	scan(out, s, components, all, 0, 0)
	for i := range components {
		scan(out, s, components, []int{i}, 1, 5)
		scan(out, s, components, []int{i}, 6, 63)
	}
	// An end-of-band run of 32767 blocks costs a code of 8 bits and 14 bits: nothing changes, every block is walked over.
	for range s.scans {
		segment(out, 0xDA, []byte{1, s.id(0), 0, 6, 63, 0})
		w := bitWriter{out: out}
		for blocks := components[0].usedCol * components[0].usedRow; blocks > 0; blocks -= 32767 {
			w.symbol(0xE0)
			w.bits(16383, 14)
		}
		w.flush()
	}
}

// scan writes coefficients from to to of some components.
func scan(out *bytes.Buffer, s jpegSpec, components []jpegComponent, which []int, from, to int) {
	head := []byte{byte(len(which))}
	for _, i := range which {
		head = append(head, s.id(i), 0)
	}
	segment(out, 0xDA, append(head, byte(from), byte(to), 0))
	w := bitWriter{out: out}
	dc := make([]int16, len(components))
	if len(which) == 1 {
		c := &components[which[0]]
		for y := range c.usedRow {
			for x := range c.usedCol {
				w.block(&c.blocks[y*c.perRow+x], &dc[which[0]], from, to)
			}
		}
		w.flush()
		return
	}
	first := components[which[0]]
	for unit := range (first.perRow / first.h) * (first.rows / first.v) {
		perRow := first.perRow / first.h
		for _, i := range which {
			c := &components[i]
			for v := range c.v {
				for h := range c.h {
					at := (unit/perRow*c.v+v)*c.perRow + unit%perRow*c.h + h
					w.block(&c.blocks[at], &dc[i], from, to)
				}
			}
		}
	}
	w.flush()
}

type bitWriter struct {
	out   *bytes.Buffer
	acc   uint32
	count int
}

func (w *bitWriter) bits(value, n int) {
	w.acc = w.acc<<n | uint32(value)&(1<<n-1)
	for w.count += n; w.count >= 8; w.count -= 8 {
		b := byte(w.acc >> (w.count - 8))
		w.out.WriteByte(b)
		if b == 0xFF {
			w.out.WriteByte(0)
		}
	}
}

func (w *bitWriter) flush() { w.bits(0x7F, 7) }

// symbol writes an AC symbol: 8 bits up to 127, then 9.
func (w *bitWriter) symbol(s int) {
	if s < 128 {
		w.bits(s, 8)
	} else {
		w.bits(2*128+s-128, 9)
	}
}

func magnitude(v int16) (category, bits int) {
	n := int(v)
	if n < 0 {
		n, v = -n, v-1
	}
	for n > 0 {
		category++
		n >>= 1
	}
	return category, int(v)
}

func (w *bitWriter) block(b *[64]int16, dc *int16, from, to int) {
	if from == 0 {
		category, bits := magnitude(b[0] - *dc)
		*dc = b[0]
		w.bits(category, 8)
		w.bits(bits, category)
		from = 1
	}
	run := 0
	for k := from; k <= to; k++ {
		if b[k] == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			w.symbol(0xF0)
		}
		category, bits := magnitude(b[k])
		w.symbol(run<<4 | category)
		w.bits(bits, category)
		run = 0
	}
	if run > 0 {
		w.symbol(0)
	}
}

// transform subsamples, transforms and quantises every component.
func transform(s jpegSpec) []jpegComponent {
	maxH, maxV := 1, 1
	for _, f := range s.sampling {
		maxH, maxV = max(maxH, f[0]), max(maxV, f[1])
	}
	if len(s.sampling) == 1 {
		s.sampling = [][2]int{{1, 1}}
		maxH, maxV = 1, 1
	}
	unitsX, unitsY := (s.width+8*maxH-1)/(8*maxH), (s.height+8*maxV-1)/(8*maxV)
	components := make([]jpegComponent, len(s.sampling))
	for i, f := range s.sampling {
		c := jpegComponent{h: f[0], v: f[1], perRow: unitsX * f[0], rows: unitsY * f[1]}
		stepX, stepY := maxH/f[0], maxV/f[1]
		c.usedCol = ((s.width+stepX-1)/stepX + 7) / 8
		c.usedRow = ((s.height+stepY-1)/stepY + 7) / 8
		c.blocks = make([][64]int16, c.perRow*c.rows)
		for n := range c.blocks {
			var pixels [64]float32
			for k := range pixels {
				x, y := (n%c.perRow*8+k%8)*stepX, (n/c.perRow*8+k/8)*stepY
				pixels[k] = float32(s.sample(i, min(x+stepX/2, s.width-1), min(y+stepY/2, s.height-1))) - 128
			}
			c.blocks[n] = forward(&pixels, float32(max(1, s.quant)))
		}
		components[i] = c
	}
	return components
}

func forward(pixels *[64]float32, quant float32) (block [64]int16) {
	var rows, both [64]float32
	for y := range 8 {
		for u := range 8 {
			for x := range 8 {
				rows[8*y+u] += pixels[8*y+x] * cosines[u][x]
			}
		}
	}
	for v := range 8 {
		for y := range 8 {
			for u := range 8 {
				both[8*v+u] += rows[8*y+u] * cosines[v][y]
			}
		}
	}
	for k, at := range zigzag {
		block[k] = int16(math.Round(float64(both[at] / quant)))
	}
	return block
}
