package picture

import (
	"image"
	"image/color"
)

// flatten returns rows of red, green and blue of a picture laid on white, size wide and high, for average. The slices
// that it fills in are its own and live until the next row.
func flatten(full image.Image, size image.Point) func(y int, into [][]byte) {
	r, g, b := make([]byte, size.X), make([]byte, size.X), make([]byte, size.X)
	bounds := full.Bounds().Intersect(image.Rectangle{Max: size})
	convert := converter(full)
	if bounds != (image.Rectangle{Max: size}) {
		inner := convert
		convert = func(y int, r, g, b []byte) {
			whiten(r)
			whiten(g)
			whiten(b)
			if y >= bounds.Min.Y && y < bounds.Max.Y {
				inner(y, r[bounds.Min.X:bounds.Max.X], g[bounds.Min.X:bounds.Max.X], b[bounds.Min.X:bounds.Max.X])
			}
		}
	}
	return func(y int, into [][]byte) {
		convert(y, r, g, b)
		into[0], into[1], into[2] = r, g, b
	}
}

func whiten(row []byte) {
	for i := range row {
		row[i] = 255
	}
}

// converter returns what turns row y of m, within its bounds, into colours on white. The types that phones' files
// decode to have their own; the rest (16-bit PNG, lossy WebP with alpha) goes pixel by pixel.
func converter(m image.Image) func(y int, r, g, b []byte) {
	minX := m.Bounds().Min.X
	switch m := m.(type) {
	case *image.RGBA:
		return func(y int, r, g, b []byte) {
			rgbaRow(m.Pix[m.PixOffset(minX, y):], r, g, b)
		}
	case *image.NRGBA:
		return func(y int, r, g, b []byte) {
			nrgbaRow(m.Pix[m.PixOffset(minX, y):], r, g, b)
		}
	case *image.Paletted:
		var table [256][3]byte
		for i, c := range m.Palette {
			table[i][0], table[i][1], table[i][2] = onWhite(c.RGBA())
		}
		return func(y int, r, g, b []byte) {
			for x, index := range m.Pix[m.PixOffset(minX, y):][:len(r)] {
				r[x], g[x], b[x] = table[index][0], table[index][1], table[index][2]
			}
		}
	case *image.CMYK:
		return func(y int, r, g, b []byte) {
			pix := m.Pix[m.PixOffset(minX, y):]
			for x := range r {
				r[x], g[x], b[x] = color.CMYKToRGB(pix[4*x], pix[4*x+1], pix[4*x+2], pix[4*x+3])
			}
		}
	case image.RGBA64Image:
		return func(y int, r, g, b []byte) {
			for x := range r {
				r[x], g[x], b[x] = onWhite(m.RGBA64At(minX+x, y).RGBA())
			}
		}
	}
	return func(y int, r, g, b []byte) {
		for x := range r {
			r[x], g[x], b[x] = onWhite(m.At(minX+x, y).RGBA())
		}
	}
}

// onWhite lays a colour, premultiplied with its alpha, on white.
func onWhite(r, g, b, a uint32) (byte, byte, byte) {
	white := 0xFFFF - a
	return byte((r + white) >> 8), byte((g + white) >> 8), byte((b + white) >> 8)
}

func rgbaRow(pix, r, g, b []byte) {
	for x := range r {
		p := pix[4*x : 4*x+4 : 4*x+4]
		white := 255 - p[3]
		r[x], g[x], b[x] = p[0]+white, p[1]+white, p[2]+white
	}
}

func nrgbaRow(pix, r, g, b []byte) {
	for x := range r {
		p := pix[4*x : 4*x+4 : 4*x+4]
		a := int(p[3])
		if a == 255 {
			r[x], g[x], b[x] = p[0], p[1], p[2]
			continue
		}
		white := (255 - a) * 255
		r[x] = byte((int(p[0])*a + white + 127) / 255)
		g[x] = byte((int(p[1])*a + white + 127) / 255)
		b[x] = byte((int(p[2])*a + white + 127) / 255)
	}
}
