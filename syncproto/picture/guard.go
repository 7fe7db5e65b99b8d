package picture

import (
	"bufio"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"lantoa/syncproto"
)

var (
	errBomb        = syncproto.E(syncproto.CodeMediaBomb, "guard picture", nil)
	errUnsupported = errors.New("no format that is read here")
	errEmpty       = errors.New("a picture without pixels")
	errCut         = errors.New("the file ends before its container does")
)

// format is what the first bytes say.
type format int

const (
	unknownFormat format = iota
	jpegFormat
	pngFormat
	gifFormat
	webpFormat
)

// header is what is known of a picture before it is decoded.
type header struct {
	format        format
	width, height int
	perPixel      int64 // bytes of memory that the decoder takes for a pixel, other than for JPEG
	extra         int64 // bytes that do not grow with the pixels
	jpeg          jpegShape
}

const sniffed = 32 // bytes: the fields of PNG's IHDR end at 29, WebP's flags are at 20

// guard reads the header and refuses what must not be decoded. The size in pixels is what the decoder itself reads,
// never a reading of our own that a crafted file could lead astray.
func (c Copier) guard(src *source) (header, error) {
	if err := src.rewind(); err != nil {
		return header{}, err
	}
	first := make([]byte, sniffed)
	n, err := io.ReadFull(src, first)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return header{}, err
	}
	if n == 0 {
		return header{}, errCut
	}
	h := header{format: sniff(first[:n])}
	if h.format == unknownFormat {
		return header{}, errUnsupported
	}
	config, err := h.config(src)
	if err != nil {
		return header{}, err
	}
	h.width, h.height = config.Width, config.Height
	limit := c.Pixels
	if limit <= 0 {
		limit = DefaultPixels
	}
	switch {
	case h.width <= 0 || h.height <= 0:
		return header{}, errEmpty
	case h.width > MaxSide || h.height > MaxSide || int64(h.width)*int64(h.height) > limit:
		return header{}, errBomb
	}
	return h, h.shape(src, first, config)
}

// sniff knows the four formats by their first bytes.
func sniff(b []byte) format {
	switch s := string(b); {
	case len(s) >= 3 && s[:3] == "\xFF\xD8\xFF":
		return jpegFormat
	case len(s) >= 8 && s[:8] == "\x89PNG\r\n\x1A\n":
		return pngFormat
	case len(s) >= 6 && (s[:6] == "GIF87a" || s[:6] == "GIF89a"):
		return gifFormat
	case len(s) >= 12 && s[:4] == "RIFF" && s[8:12] == "WEBP":
		return webpFormat
	}
	return unknownFormat
}

// config asks the decoder for the size.
func (h header) config(src *source) (config image.Config, err error) {
	defer recovered(&err)
	if err := src.rewind(); err != nil {
		return image.Config{}, err
	}
	r := bufio.NewReader(src)
	switch h.format {
	case jpegFormat:
		return jpeg.DecodeConfig(r)
	case pngFormat:
		return png.DecodeConfig(r)
	case gifFormat:
		return gif.DecodeConfig(r)
	default:
		return webp.DecodeConfig(r)
	}
}

// shape learns what the decoder will need. first are the first bytes of the file.
func (h *header) shape(src *source, first []byte, config image.Config) error {
	if h.format == pngFormat {
		h.perPixel = pngCost(first[24], first[25], first[28])
		return nil
	}
	if h.format == gifFormat {
		h.perPixel = 2 // an index a pixel, twice while an interlaced frame is put in order
		return nil
	}
	if err := src.rewind(); err != nil {
		return err
	}
	r := bufio.NewReader(src)
	if h.format == webpFormat {
		var err error
		h.perPixel, h.extra, err = webpCost(r, first, src.size)
		return err
	}
	shape, ok := readJPEGShape(r)
	if !ok || shape.width != h.width || shape.height != h.height {
		shape = worstShape(h.width, h.height, config.ColorModel)
	}
	h.jpeg = shape
	return nil
}

// pngCost is the bytes for a pixel, from the fields of IHDR (PNG, 11.2.1). A grey or true-colour picture may have a
// transparent colour, which makes the decoder use four channels.
func pngCost(depth, colour, interlace byte) int64 {
	cost := int64(4)
	switch {
	case colour == 3:
		cost = 1
	case depth == 16:
		cost = 8
	}
	if interlace != 0 {
		cost *= 2 // each pass is a picture of its own before it is merged
	}
	return cost
}

// memory estimates what decoding and copying will take at its peak, in bytes.
func (h header) memory() int64 {
	// The display copy in colours, in planes and turned; rows; encoded bytes.
	own := 5*min(int64(h.width)*int64(h.height), DisplaySide*DisplaySide) + 1<<20
	return h.decoding() + own
}

// decoding is the decoder's part of it.
func (h header) decoding() int64 {
	if h.format == jpegFormat {
		return h.jpeg.memory()
	}
	return int64(h.width)*int64(h.height)*h.perPixel + h.extra
}
