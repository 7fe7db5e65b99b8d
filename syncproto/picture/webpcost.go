package picture

import (
	"bufio"
	"encoding/binary"
	"io"
)

// Flags of a VP8X chunk (RFC 9649, 2.7).
const (
	webpAnimation = 1 << 1
	webpAlpha     = 1 << 4
)

// What x/image takes. A lossy picture is planes and, whole, its compressed partitions of at most 16 MiB. A lossless one
// is four bytes a pixel, half as much again while a palette is applied, and tiles. It can also ask for 2600 groups of
// five prefix codes, 53 KiB each at most; run-length codes make at most 256 bytes of them out of a byte of the file.
const (
	lossyPixel, losslessPixel = 2, 7
	maxPartitions             = 16 << 20
	maxGroups                 = 2600 * 53 << 10
	groupsPerByte             = 256
)

// webpCost returns the bytes for a pixel and those that do not grow with the pixels, from the chunks before the
// picture. An animation is refused: the decoder finds no picture in it and would call it broken.
func webpCost(r *bufio.Reader, first []byte, size int64) (perPixel, extra int64, err error) {
	if int64(binary.LittleEndian.Uint32(first[4:]))+8 > size {
		return 0, 0, errCut // or a made-up length becomes an allocation
	}
	partitions, groups := min(size, maxPartitions), min(groupsPerByte*size, maxGroups)
	if string(first[12:16]) == "VP8X" && first[20]&webpAnimation != 0 {
		return 0, 0, errUnsupported
	}
	if string(first[12:16]) == "VP8X" && first[20]&webpAlpha != 0 {
		return lossyPixel + losslessPixel + 1, partitions + groups, nil // alpha is a lossless picture of its own
	}
	if webpLossy(r) {
		return lossyPixel, partitions, nil
	}
	return losslessPixel, groups, nil
}

// webpLossy looks for the first chunk that holds a picture. What it cannot find counts as lossless, which costs more.
func webpLossy(r *bufio.Reader) bool {
	if _, err := r.Discard(12); err != nil {
		return false
	}
	for range 64 {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return false
		}
		switch string(chunk[:4]) {
		case "VP8 ":
			return true
		case "VP8L":
			return false
		}
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		if _, err := io.CopyN(io.Discard, r, length+length&1); err != nil {
			return false
		}
	}
	return false
}
