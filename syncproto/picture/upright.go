package picture

import "image"

// upright applies an EXIF orientation to a small picture (CIPA DC-008, 4.6.4, tag 0x0112). What is not 2 to 8 is left
// as it is, and the picture itself is returned.
func upright(m *image.YCbCr, orientation int) *image.YCbCr {
	if orientation < 2 || orientation > 8 {
		return m
	}
	size := m.Rect.Size()
	if orientation >= 5 {
		size.X, size.Y = size.Y, size.X
	}
	out := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	cb, cr := chromaOf(m)
	outCb, outCr := chromaOf(out)
	turn(lumaOf(out), lumaOf(m), orientation)
	turn(outCb, cb, orientation)
	turn(outCr, cr, orientation)
	return out
}

// turn copies src into dst in another direction: start is the sample of src that comes to the upper left, right and
// down are the steps through src for one step through dst.
func turn(dst, src plane, orientation int) {
	const x, y = 1, 2
	directions := [9]struct{ right, down int }{
		2: {-x, y}, // mirrored left to right
		3: {-x, -y},
		4: {x, -y},
		5: {y, x}, // mirrored along the diagonal
		6: {-y, x},
		7: {-y, -x},
		8: {y, -x},
	}
	d := directions[orientation]
	start := 0
	step := func(direction int) int {
		switch direction {
		case x:
			return 1
		case -x:
			start += src.width - 1
			return -1
		case y:
			return src.stride
		default:
			start += (src.height - 1) * src.stride
			return -src.stride
		}
	}
	right, down := step(d.right), step(d.down)
	for i := range dst.height {
		at := start + i*down
		row := dst.row(i)
		for j := range row {
			row[j] = src.pix[at]
			at += right
		}
	}
}
