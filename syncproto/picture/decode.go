package picture

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// decode decodes the whole picture, for the only time. The result is what the format's decoder gives; a GIF's frame
// may be smaller than the picture.
func (h header) decode(src *source) (full image.Image, err error) {
	defer recovered(&err)
	if err := src.rewind(); err != nil {
		return nil, err
	}
	switch h.format {
	case jpegFormat:
		return jpeg.Decode(newScanGuard(src, int64(h.width)*int64(h.height)))
	case pngFormat:
		return png.Decode(bufio.NewReader(src))
	case gifFormat:
		return gif.Decode(bufio.NewReader(src))
	default:
		full, err = webp.Decode(bufio.NewReader(src))
		if err == nil {
			fullRange(full)
		}
		return full, err
	}
}

// fullRange stretches a lossy WebP's planes from the video range (16 to 235; RFC 6386, 9.2, with BT.601) to the full
// one that JPEG and image.YCbCr mean. Without it blacks are grey and whites are dull.
func fullRange(full image.Image) {
	var planes *image.YCbCr
	switch m := full.(type) {
	case *image.YCbCr:
		planes = m
	case *image.NYCbCrA:
		planes = &m.YCbCr
	default:
		return
	}
	var luma, chroma [256]byte
	for i := range 256 {
		luma[i] = byte(min(max((2*(i-16)*255+219)/(2*219), 0), 255))
		chroma[i] = byte(min(max((2*(i-128)*255+128*448+224)/448, 0), 255))
	}
	translate(planes.Y, &luma)
	translate(planes.Cb, &chroma)
	translate(planes.Cr, &chroma)
}

func translate(pix []byte, table *[256]byte) {
	for i, v := range pix {
		pix[i] = table[v]
	}
}

// recovered turns a panic of a decoder into an error. Decoders are fuzzed by their makers, and still a phone must not
// lose its outbox to one file.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("decoder panic: %v", p)
	}
}

// isUnsupported tells a file in a dialect that the decoder does not know from a damaged one.
func isUnsupported(err error) bool {
	_, inJPEG := errors.AsType[jpeg.UnsupportedError](err)
	_, inPNG := errors.AsType[png.UnsupportedError](err)
	return errors.Is(err, errUnsupported) || inJPEG || inPNG
}
