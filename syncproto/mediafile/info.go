package mediafile

import (
	"time"

	"lantoa/syncproto"
)

// The limits of a picture that may be stored and shown: 120 megapixels is above every phone of today, and 65535 is the
// longest side that JPEG and GIF can have.
const (
	MaxPixels = 120_000_000
	MaxSide   = 65_535
)

// Info is what can be known about a picture or film without decoding it.
type Info struct {
	Width, Height int // in pixels as stored, before Orientation; 0 for sound
	// Orientation turns the stored picture upright, in the numbers of EXIF, 1 to 8. For HEIC and AVIF it is the
	// rotation and mirroring that decoders apply by themselves, and for films that of the picture's track; for the
	// other pictures the one who decodes applies it.
	Orientation int
	Animated    bool // a picture of several frames
	// Progressive is a JPEG whose decoder holds all coefficients at once: image/jpeg then takes about three times the
	// memory.
	Progressive bool
	Duration    time.Duration // of a film or sound; 0 if it is not written at the front
}

// Shown returns width and height as they appear upright.
func (i Info) Shown() (w, h int) {
	if i.Orientation >= 5 {
		return i.Height, i.Width
	}
	return i.Width, i.Height
}

// check refuses what would not be decoded. It comes before any pixel is.
func (i Info) check(t Type) error {
	if t.Sound() {
		return nil
	}
	w, h := uint(i.Width), uint(i.Height) // what is negative on a phone of 32 bits is too large as well
	if w > MaxSide || h > MaxSide || int64(i.Width)*int64(i.Height) > MaxPixels {
		return syncproto.E(syncproto.CodeMediaBomb, "read media", nil)
	}
	return nil
}

// seconds returns units of a clock of so many a second as a duration, 0 for what no film lasts.
func seconds(units, rate float64) time.Duration {
	const week = 7 * 24 * 3600
	if s := units / rate; s > 0 && s < week {
		return time.Duration(s * float64(time.Second))
	}
	return 0
}

// turn is a rotation or mirroring of a picture with y pointing down: (x, y) goes to (ax+cy, bx+dy).
type turn struct{ a, b, c, d int }

var turns = map[turn]int{
	{1, 0, 0, 1}: 1, {-1, 0, 0, 1}: 2, {-1, 0, 0, -1}: 3, {1, 0, 0, -1}: 4,
	{0, 1, 1, 0}: 5, {0, 1, -1, 0}: 6, {0, -1, -1, 0}: 7, {0, -1, 1, 0}: 8,
}

// then returns the turn that does t first and u after it.
func (t turn) then(u turn) turn {
	return turn{
		t.a*u.a + t.b*u.c, t.a*u.b + t.b*u.d,
		t.c*u.a + t.d*u.c, t.c*u.b + t.d*u.d,
	}
}

// orientation returns the number of EXIF for the turn, 1 for one that is none of the eight.
func (t turn) orientation() int { return max(turns[t], 1) }
