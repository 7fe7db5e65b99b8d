package picture

// plane is one channel of a picture, 8 bits a sample.
type plane struct {
	pix           []byte
	stride        int
	width, height int
}

func newPlane(width, height int) plane {
	return plane{pix: make([]byte, width*height), stride: width, width: width, height: height}
}

func (p plane) row(y int) []byte { return p.pix[y*p.stride:][:p.width] }

// average fills the channels of dst, all of one size, with averages of a source of width×height samples, whose rows
// it asks for from top to bottom. Each sample becomes the average of exactly the area that it covers, with fractions
// of samples at the border: all in integers up to one division, so every machine gets the same bytes. A dst that is
// larger than the source repeats samples.
//
// Rows are added up at full width first and reduced across once for each row of dst. That order touches a full-size
// sample with one multiplication and one addition, and needs one row of sums, whatever the size.
//
// Sizes are at most MaxSide: a sum is then at most 255·65535 and fits 32 bits.
func average(dst []plane, width, height int, rows func(y int, into [][]byte)) {
	into := make([][]byte, len(dst))
	sums := make([][]uint32, len(dst))
	for c := range sums {
		sums[c] = make([]uint32, width)
	}
	// Along the height, a source row is dstHeight units thick, a row of dst height units; both columns are equally long.
	loaded, dstHeight := -1, dst[0].height
	for i := range dstHeight {
		for c := range sums {
			clear(sums[c])
		}
		from, to := i*height, (i+1)*height
		for j := from / dstHeight; j*dstHeight < to; j++ {
			if j != loaded {
				rows(j, into)
				loaded = j
			}
			weight := min(to, (j+1)*dstHeight) - max(from, j*dstHeight)
			for c, sum := range sums {
				addRow(sum, into[c], uint32(weight))
			}
		}
		for c, sum := range sums {
			reduceRow(dst[c].row(i), sum, height)
		}
	}
}

func addRow(sum []uint32, row []byte, weight uint32) {
	row = row[:len(sum)]
	for x, v := range row {
		sum[x] += weight * uint32(v)
	}
}

// reduceRow averages sums, each of which adds up to weight, across into dst.
func reduceRow(dst []byte, sums []uint32, weight int) {
	width, dstWidth := len(sums), len(dst)
	scale := 1 / (float64(weight) * float64(width))
	for i := range dst {
		from, to := i*width, (i+1)*width
		first, last := from/dstWidth, (to-1)/dstWidth
		var total uint64
		if first == last {
			total = uint64(sums[first]) * uint64(to-from)
		} else {
			for _, s := range sums[first+1 : last] {
				total += uint64(s)
			}
			total *= uint64(dstWidth)
			total += uint64(sums[first])*uint64((first+1)*dstWidth-from) + uint64(sums[last])*uint64(to-last*dstWidth)
		}
		// The conversion keeps the product from being fused with the addition on some processors.
		dst[i] = byte(float64(float64(total)*scale) + 0.5)
	}
}
