package picture

import (
	"image"
	"image/color"
)

// shrink returns full, a picture of the given size, with a longest side of at most side px, as planes in 4:2:0, which
// is what the encoder writes. It never enlarges. The bounds of full may be smaller than the picture (a GIF's frame);
// what they leave out is white.
func shrink(full image.Image, size image.Point, side int) *image.YCbCr {
	to := fit(size, side)
	small := image.NewYCbCr(image.Rectangle{Max: to}, image.YCbCrSubsampleRatio420)
	switch m := full.(type) {
	case *image.YCbCr:
		shrinkPlanes(small, m)
	case *image.Gray:
		averagePlane(lumaOf(small), plane{pix: m.Pix, stride: m.Stride, width: size.X, height: size.Y})
		neutral(small)
	default:
		shrinkColours(small, full, size)
	}
	return small
}

// fit scales a size down to a longest side, each side at least 1 px.
func fit(size image.Point, side int) image.Point {
	long := max(size.X, size.Y)
	if long <= side {
		return size
	}
	scale := func(n int) int { return max(1, (n*side+long/2)/long) }
	return image.Pt(scale(size.X), scale(size.Y))
}

// shrinkPlanes averages each plane on its own, so that no pixel is ever converted to another colour space and chroma
// of any subsampling goes to 4:2:0 in the same step.
func shrinkPlanes(small, full *image.YCbCr) {
	b := full.Rect
	from := chromaSize(full)
	averagePlane(lumaOf(small), plane{
		pix: full.Y[full.YOffset(b.Min.X, b.Min.Y):], stride: full.YStride, width: b.Dx(), height: b.Dy(),
	})
	at := full.COffset(b.Min.X, b.Min.Y)
	cb, cr := chromaOf(small)
	averagePlane(cb, plane{pix: full.Cb[at:], stride: full.CStride, width: from.X, height: from.Y})
	averagePlane(cr, plane{pix: full.Cr[at:], stride: full.CStride, width: from.X, height: from.Y})
}

// averagePlane averages one plane into another; where the sizes agree it copies.
func averagePlane(dst, src plane) {
	if dst.width == src.width && dst.height == src.height {
		for y := range src.height {
			copy(dst.row(y), src.row(y))
		}
		return
	}
	average([]plane{dst}, src.width, src.height, func(y int, into [][]byte) { into[0] = src.row(y) })
}

func lumaOf(m *image.YCbCr) plane {
	return plane{pix: m.Y, stride: m.YStride, width: m.Rect.Dx(), height: m.Rect.Dy()}
}

func chromaOf(m *image.YCbCr) (cb, cr plane) {
	size := chromaSize(m)
	return plane{pix: m.Cb, stride: m.CStride, width: size.X, height: size.Y},
		plane{pix: m.Cr, stride: m.CStride, width: size.X, height: size.Y}
}

// chromaSize is the number of chroma samples across and down.
func chromaSize(m *image.YCbCr) image.Point {
	h, v := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		h = 2
	case image.YCbCrSubsampleRatio420:
		h, v = 2, 2
	case image.YCbCrSubsampleRatio440:
		v = 2
	case image.YCbCrSubsampleRatio411:
		h = 4
	case image.YCbCrSubsampleRatio410:
		h, v = 4, 2
	}
	b := m.Rect
	return image.Pt((b.Max.X+h-1)/h-b.Min.X/h, (b.Max.Y+v-1)/v-b.Min.Y/v)
}

// neutral makes the chroma planes grey.
func neutral(m *image.YCbCr) {
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = 128, 128
	}
}

// shrinkColours averages red, green and blue over white, and converts what became small.
func shrinkColours(small *image.YCbCr, full image.Image, size image.Point) {
	to := small.Rect.Size()
	rgb := []plane{newPlane(to.X, to.Y), newPlane(to.X, to.Y), newPlane(to.X, to.Y)}
	average(rgb, size.X, size.Y, flatten(full, size))

	luma := lumaOf(small)
	for y := range to.Y {
		r, g, b, dst := rgb[0].row(y), rgb[1].row(y), rgb[2].row(y), luma.row(y)
		for x := range dst {
			dst[x], _, _ = color.RGBToYCbCr(r[x], g[x], b[x])
		}
	}
	cb, cr := chromaOf(small)
	for y := range cb.height {
		for x := range cb.width {
			_, cb.row(y)[x], cr.row(y)[x] = color.RGBToYCbCr(square(rgb[0], x, y), square(rgb[1], x, y), square(rgb[2], x, y))
		}
	}
}

// square is the average of the four samples that share one of chroma; at an odd border the last ones count twice.
func square(p plane, x, y int) byte {
	x0, y0 := 2*x, 2*y
	x1, y1 := min(x0+1, p.width-1), min(y0+1, p.height-1)
	upper, lower := p.row(y0), p.row(y1)
	return byte((int(upper[x0]) + int(upper[x1]) + int(lower[x0]) + int(lower[x1]) + 2) / 4)
}
