package picture

import (
	"context"
	"image"
	"io"
	"runtime"
)

// The targets of the lanes. Bytes are ceilings that always hold: quality is lowered first, then the size.
const (
	ThumbnailSide  = 320     // px, the longest side at most
	ThumbnailBytes = 30_000  // the design's 30 KB, counted in thousands
	DisplaySide    = 2048    // px, the longest side at most
	DisplayBytes   = 600_000 // half a minute at 160 kbit/s
)

// The limits of one decode.
const (
	// DefaultPixels is the most pixels that are decoded: a sensor of "50 megapixels" gives up to 8192×6144.
	DefaultPixels = 8192 * 6144
	// MaxSide is the longest side, that of JPEG (ITU-T T.81, B.2.2): wider than this is no photo.
	MaxSide = 65_535
)

// collectFrom is the estimated memory from which a decode is followed by a collection: the coefficients of a progressive
// photo are four fifths of the peak, and dead by then. Otherwise the copies would be made on top of them.
const collectFrom = 64 << 20

// Copy is one small copy. The bytes belong to whoever received it.
type Copy struct {
	JPEG          []byte // baseline, 4:2:0, no APPn segment (not even JFIF's, which readers do without), no comment
	Width, Height int    // px, upright
}

// Result is what one decode gives.
type Result struct {
	Width, Height int  // of the original, upright, px
	Thumbnail     Copy // at most ThumbnailSide and ThumbnailBytes, always there
	// Display is at most DisplaySide and DisplayBytes. JPEG is nil when the original serves better: it lies upright
	// (orientation 1), is itself within both limits, and a copy would not be smaller. Then the original travels in the
	// display lane, once, and is shown after its metadata is stripped; Width and Height are those of the original.
	Display   Copy
	Thumbhash []byte // at most 25 bytes, of the upright thumbnail
}

// Copier makes copies within limits. The zero value has the default ones and is ready. It may be used by several
// goroutines at once.
type Copier struct {
	Pixels int64   // the most pixels to decode; 0 means DefaultPixels
	Budget *Budget // the memory shared with others; nil means the one of the process, of DefaultBudget bytes
}

// Copies decodes the picture of size bytes in r once and makes its copies. It seeks to the start first, wherever r
// stands, and leaves it anywhere. Orientation is that of EXIF (1 to 8, CIPA DC-008, 4.6.4); any other number means 1,
// as viewers take it. Nothing of the original's metadata is read: colours are taken as sRGB.
//
// It waits for its share of the memory budget, in the order of calls. When ctx ends it returns unavailable or, at a
// deadline, timeout: at once while it waits, otherwise at the next read of the file or the next stage.
//
// Errors: media_unsupported for a format that is not read here, media_broken for a file that is cut or damaged,
// media_too_big_to_show for more pixels or memory than the limits allow (before anything is decoded), and the code of
// r's own error (unavailable if it has none) where reading fails. The original is never changed.
func (c Copier) Copies(ctx context.Context, r io.ReadSeeker, size int64, orientation int) (Result, error) {
	const op = "copy picture"
	src := &source{ctx: ctx, r: r, size: size}
	head, err := c.guard(src)
	if err != nil {
		return Result{}, src.classify(op, err)
	}
	budget := c.Budget
	if budget == nil {
		budget = process
	}
	cost := head.memory()
	if err := budget.acquire(ctx, cost); err != nil {
		return Result{}, src.classify(op, err)
	}
	defer budget.release(cost)

	full, err := head.decode(src)
	if err != nil {
		return Result{}, src.classify(op, err)
	}
	if cost >= collectFrom {
		runtime.GC()
	}
	small := shrink(full, image.Pt(head.width, head.height), DisplaySide)
	full = nil // the garbage collector may have it while the copies are encoded
	result, err := encodeBoth(ctx, upright(small, orientation))
	if err != nil {
		return Result{}, src.classify(op, err)
	}
	result.Width, result.Height = head.width, head.height
	if orientation >= 5 && orientation <= 8 {
		result.Width, result.Height = head.height, head.width
	}
	if upright := orientation <= 1 || orientation > 8; upright && originalServes(result, size) {
		result.Display = Copy{Width: result.Width, Height: result.Height}
	}
	return result, nil
}

// encodeBoth makes both files and the hash from the upright display copy.
func encodeBoth(ctx context.Context, display *image.YCbCr) (Result, error) {
	var result Result
	var err error
	if result.Display, err = encode(ctx, display, DisplayBytes, displayQualities); err != nil {
		return Result{}, err
	}
	thumbnail := shrink(display, display.Rect.Size(), ThumbnailSide)
	if result.Thumbnail, err = encode(ctx, thumbnail, ThumbnailBytes, thumbnailQualities); err != nil {
		return Result{}, err
	}
	result.Thumbhash = thumbhashOf(thumbnail)
	return result, nil
}

// originalServes says that the file itself is the better display copy. Many pictures arrive through messengers, small
// and strongly compressed: encoding them again costs bytes and quality.
func originalServes(result Result, size int64) bool {
	return max(result.Width, result.Height) <= DisplaySide && size <= DisplayBytes &&
		int64(len(result.Display.JPEG)) >= size
}
