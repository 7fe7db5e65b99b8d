package sample

import (
	"image"
	"math/rand/v2"
)

// Photo draws the picture of the options: clouds of three sizes with grain on top, which compresses like a photo does
// (about a third of a byte per pixel at quality 90). A red square marks the corner that is top left when the picture
// is shown upright, so that a test can see that an orientation was respected.
func Photo(o Options) *image.YCbCr {
	w, h := o.size()
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	rng := o.random()
	fill(img.Y, img.YStride, w, h, []int{256, 64, 16}, 5, rng)
	cw, ch := (w+1)/2, (h+1)/2
	fill(img.Cb, img.CStride, cw, ch, []int{256, 64}, 1, rng)
	fill(img.Cr, img.CStride, cw, ch, []int{256, 64}, 1, rng)
	mark(img, o.Orientation)
	return img
}

// fill adds octaves of value noise, bilinear between lattice points, the widest the strongest.
func fill(plane []byte, stride, w, h int, cells []int, grain int, rng *rand.Rand) {
	type octave struct {
		cell, across int
		lattice      []int
	}
	octaves := make([]octave, len(cells))
	amplitude := 96
	for i, cell := range cells {
		o := octave{cell: cell, across: w/cell + 2}
		o.lattice = make([]int, o.across*(h/cell+2))
		for j := range o.lattice {
			o.lattice[j] = rng.IntN(amplitude+1) - amplitude/2
		}
		octaves[i], amplitude = o, amplitude/2
	}
	noise := rng.Uint32() | 1
	for y := range h {
		row := plane[y*stride : y*stride+w]
		for x := range row {
			v := 128
			for i := range octaves {
				o := &octaves[i]
				gx, gy, fx, fy := x/o.cell, y/o.cell, x%o.cell, y%o.cell
				at := o.lattice[gy*o.across+gx:]
				below := o.lattice[(gy+1)*o.across+gx:]
				top := at[0]*(o.cell-fx) + at[1]*fx
				bottom := below[0]*(o.cell-fx) + below[1]*fx
				v += (top*(o.cell-fy) + bottom*fy) / (o.cell * o.cell)
			}
			noise ^= noise << 13
			noise ^= noise >> 17
			noise ^= noise << 5
			v += int(noise>>16)%(2*grain+1) - grain
			row[x] = byte(min(max(v, 16), 235))
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
