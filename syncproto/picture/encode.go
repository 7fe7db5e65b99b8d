package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"

	"github.com/galdor/go-thumbhash"
)

// The qualities that are tried, best first; what is still too large at the last one becomes smaller instead: fewer
// clean pixels look better than many blocks.
var (
	displayQualities   = []int{80, 72, 64, 56}
	thumbnailQualities = []int{75, 65, 55, 45}
)

// encode writes m as JPEG of at most ceiling bytes. It ends, because a picture of 1×1 px fits every ceiling used here.
func encode(ctx context.Context, m *image.YCbCr, ceiling int, qualities []int) (Copy, error) {
	for {
		for _, quality := range qualities {
			if err := ctx.Err(); err != nil {
				return Copy{}, err
			}
			out := capped{room: ceiling}
			err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality})
			if err == nil {
				return Copy{JPEG: bytes.Clone(out.buf.Bytes()), Width: m.Rect.Dx(), Height: m.Rect.Dy()}, nil
			}
			if !errors.Is(err, errCapped) {
				return Copy{}, err
			}
		}
		size := m.Rect.Size()
		m = shrink(m, size, max(1, max(size.X, size.Y)*4/5))
	}
}

var errCapped = errors.New("more bytes than the ceiling")

// capped keeps at most room bytes.
type capped struct {
	buf  bytes.Buffer
	room int
}

func (c *capped) Write(p []byte) (int, error) {
	if c.room -= len(p); c.room < 0 {
		return 0, errCapped
	}
	return c.buf.Write(p)
}

// hashSide is the longest side that a thumbhash is computed from; a larger one gives the same hash, later.
const hashSide = 100

// thumbhashOf returns the thumbhash of an upright thumbnail: about 25 bytes that become a blurred picture with the
// right proportions, small enough to travel inside the record.
func thumbhashOf(thumbnail *image.YCbCr) []byte {
	tiny := shrink(thumbnail, thumbnail.Rect.Size(), hashSide)
	rgba := image.NewRGBA(tiny.Rect)
	draw.Draw(rgba, rgba.Rect, tiny, image.Point{}, draw.Src)
	return thumbhash.EncodeImage(rgba)
}
