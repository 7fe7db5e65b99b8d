package sample

import (
	"math/rand/v2"
	"time"
)

// Options say what a sample holds. The zero value of each field is a sensible photo without that piece of metadata.
type Options struct {
	Width, Height int       // as stored, before Orientation is applied; 0 means 640 × 480
	Seed          uint64    // equal options give equal bytes
	Orientation   int       // EXIF 1 to 8; 0 writes no such tag
	Taken         time.Time // capture time with its zone; the zero time writes none
	Lat, Lon      float64   // degrees, WGS 84; 0, 0 writes no position
	Quality       int       // of a JPEG, 1 to 100; 0 means 85
	Tail          bool      // a second picture and a film behind the end, as a motion photo has
	Bare          bool      // no metadata at all but Orientation
}

func (o Options) size() (w, h int) {
	if o.Width <= 0 || o.Height <= 0 {
		return 640, 480
	}
	return o.Width, o.Height
}

func (o Options) position() bool { return !o.Bare && (o.Lat != 0 || o.Lon != 0) }

func (o Options) random() *rand.Rand { return rand.New(rand.NewPCG(o.Seed, 0x6c616e746f61)) }
