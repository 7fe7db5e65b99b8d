package sample

import (
	"image"
	"math/rand/v2"
)

// Photo draws the picture of the options: clouds of three sizes with grain on top, which compresses like a photo does
// (about a quarter of a byte per pixel at quality 90). A red square marks the corner that is top left when the picture
// is shown upright, so that a test can see that an orientation was respected.
func Photo(o Options) *image.YCbCr {
	w, h := o.size()
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	rng := o.random()
	fill(img.Y, img.YStride, w, h, []int{8, 6, 4}, 8, rng)
	cw, ch := (w+1)/2, (h+1)/2
	fill(img.Cb, img.CStride, cw, ch, []int{8, 6}, 1, rng)
	fill(img.Cr, img.CStride, cw, ch, []int{8, 6}, 1, rng)
	mark(img, o.Orientation)
	return img
}

// octave is noise on a lattice of cells of 1<<shift pixels.
type octave struct {
	shift, across int
	lattice       []int
}

// fill adds octaves of value noise, bilinear between lattice points, the widest the strongest, and grain.
func fill(plane []byte, stride, w, h int, shifts []int, grain int, rng *rand.Rand) {
	octaves := make([]octave, len(shifts))
	amplitude := 96
	for i, shift := range shifts {
		o := octave{shift: shift, across: w>>shift + 2}
		o.lattice = make([]int, o.across*(h>>shift+2))
		for j := range o.lattice {
			o.lattice[j] = rng.IntN(amplitude+1) - amplitude/2
		}
		octaves[i], amplitude = o, amplitude/2
	}
	noise := rng.Uint32() | 1
	sum := make([]int, w)
	for y := range h {
		for x := range sum {
			sum[x] = 128 - grain
		}
		for i := range octaves {
			octaves[i].addRow(sum, y)
		}
		row := plane[y*stride : y*stride+w]
		for x, v := range sum {
			noise ^= noise << 13
			noise ^= noise >> 17
			noise ^= noise << 5
			row[x] = byte(min(max(v+int(noise>>16)%(2*grain+1), 16), 235))
		}
	}
}

// addRow adds one row of the octave. Along a row the value changes by the same step within a cell.
func (o octave) addRow(sum []int, y int) {
	cell := 1 << o.shift
	below := y & (cell - 1)
	top := o.lattice[y>>o.shift*o.across:]
	bottom := top[o.across:]
	at := func(i int) int { return top[i]*(cell-below) + bottom[i]*below }
	for i := 0; i<<o.shift < len(sum); i++ {
		v, step := at(i)<<o.shift, at(i+1)-at(i)
		part := sum[i<<o.shift : min((i+1)<<o.shift, len(sum))]
		for x := range part {
			part[x] += v >> (2 * o.shift)
			v += step
		}
	}
}

// mark paints the corner that orientation turns to the top left.
func mark(img *image.YCbCr, orientation int) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	side := max(min(w, h)/8, 1)
	x0, y0 := 0, 0
	switch orientation {
	case 2, 8:
		x0 = w - side
	case 3, 7:
		x0, y0 = w-side, h-side
	case 4, 6:
		y0 = h - side
	}
	for y := y0; y < y0+side; y++ {
		for x := x0; x < x0+side; x++ {
			img.Y[img.YOffset(x, y)] = 76
			img.Cb[img.COffset(x, y)], img.Cr[img.COffset(x, y)] = 85, 255
		}
	}
}
