package picture

import (
	"bufio"
	"encoding/binary"
	"image/color"
	"io"
)

// Markers of ITU-T T.81, table B.1.
const (
	startOfImage = 0xD8
	startOfScan  = 0xDA
	endOfImage   = 0xD9
	adobe        = 0xEE
)

// jpegShape is what decides about a JPEG decoder's memory. jpeg.DecodeConfig tells the size alone, and a progressive
// photo takes five times the memory of a baseline one.
type jpegShape struct {
	width, height int
	progressive   bool
	rgb           bool // three components that are red, green and blue: converted to a copy of full size
	components    int
	samples       int64 // of all components, filled up to whole blocks
}

// memory is the peak of image/jpeg: a byte for each sample, a coefficient of four bytes for each sample of a
// progressive file, and a copy of four bytes a pixel where the colours are not luma and chroma.
func (s jpegShape) memory() int64 {
	bytes := s.samples
	if s.progressive {
		bytes += 4 * s.samples
	}
	if s.components == 4 || s.rgb {
		bytes += 4 * int64(s.width) * int64(s.height)
	}
	return bytes
}

// worstShape is assumed of a file whose header only the decoder understands.
func worstShape(width, height int, model color.Model) jpegShape {
	s := jpegShape{width: width, height: height, progressive: true, components: 3, rgb: true}
	switch model {
	case color.GrayModel:
		s.components, s.rgb = 1, false
	case color.CMYKModel:
		s.components, s.rgb = 4, false
	}
	s.samples = int64(s.components) * int64(width+32) * int64(height+32)
	return s
}

// readJPEGShape walks over the segments up to the frame header (T.81, B.2.2). It is not lenient: what it does not
// understand is taken for the worst.
func readJPEGShape(r *bufio.Reader) (jpegShape, bool) {
	if marker, ok := nextMarker(r); !ok || marker != startOfImage {
		return jpegShape{}, false
	}
	var rgb bool
	for {
		marker, ok := nextMarker(r)
		if !ok || marker < 0xC0 || marker == startOfScan || marker == endOfImage {
			return jpegShape{}, false
		}
		var length [2]byte
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return jpegShape{}, false
		}
		n := int(binary.BigEndian.Uint16(length[:])) - 2
		if n < 0 {
			return jpegShape{}, false
		}
		switch {
		case marker == 0xC0 || marker == 0xC1 || marker == 0xC2:
			shape, ok := readFrame(r, n)
			shape.progressive = marker == 0xC2
			shape.rgb = shape.rgb || shape.components == 3 && rgb
			return shape, ok
		case marker == adobe && n >= 12:
			segment := make([]byte, n)
			if _, err := io.ReadFull(r, segment); err != nil {
				return jpegShape{}, false
			}
			rgb = string(segment[:5]) == "Adobe" && segment[11] == 0
		default:
			if _, err := r.Discard(n); err != nil {
				return jpegShape{}, false
			}
		}
	}
}

// nextMarker reads a marker and the fill bytes before it.
func nextMarker(r *bufio.Reader) (byte, bool) {
	if b, err := r.ReadByte(); err != nil || b != 0xFF {
		return 0, false
	}
	for {
		b, err := r.ReadByte()
		if err != nil || b == 0 {
			return 0, false
		}
		if b != 0xFF {
			return b, true
		}
	}
}

// readFrame reads a frame header of n bytes.
func readFrame(r *bufio.Reader, n int) (jpegShape, bool) {
	frame := make([]byte, n)
	if _, err := io.ReadFull(r, frame); err != nil || n < 6 {
		return jpegShape{}, false
	}
	s := jpegShape{
		height:     int(binary.BigEndian.Uint16(frame[1:])),
		width:      int(binary.BigEndian.Uint16(frame[3:])),
		components: int(frame[5]),
	}
	if n != 6+3*s.components || s.components == 0 || s.components > 4 {
		return jpegShape{}, false
	}
	maxH, maxV := 1, 1
	ids := make([]byte, 0, 4)
	for c := range s.components {
		sampling := frame[7+3*c]
		maxH, maxV = max(maxH, int(sampling>>4)), max(maxV, int(sampling&15))
		ids = append(ids, frame[6+3*c])
	}
	s.rgb = string(ids) == "RGB"
	unitsX, unitsY := (s.width+8*maxH-1)/(8*maxH), (s.height+8*maxV-1)/(8*maxV)
	for c := range s.components {
		sampling := frame[7+3*c]
		s.samples += int64(unitsX*8*int(sampling>>4)) * int64(unitsY*8*int(sampling&15))
	}
	return s, true
}
