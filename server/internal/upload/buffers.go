package upload

import "sync"

// Buffers for one request. Hundreds of phones that send slowly hold a small one each. Those who fill it again and again
// get two large ones, of which one is hashed while the other is filled; few requests at once have those, and whoever
// becomes slow gives them back.
const (
	slowBuffer = 8 << 10
	fastBuffer = 512 << 10 // less is hashed before another processor has woken up
	fastSeats  = 8
	fullReads  = 4  // in a row, until the large ones are taken
	shortReads = 64 // in a row, until they are given back
)

var (
	slowBuffers = sync.Pool{New: func() any { b := make([]byte, slowBuffer); return &b }}
	fastBuffers = sync.Pool{New: func() any { b := make([]byte, fastBuffer); return &b }}
	fastLane    = make(chan struct{}, fastSeats)
)

// buffers are those of one request.
type buffers struct {
	now   *[]byte // to be filled next
	other *[]byte // perhaps being hashed; nil on a slow link
	row   int     // reads in a row that speak for the other kind
}

func newBuffers() *buffers { return &buffers{now: slowBuffers.Get().(*[]byte)} }

// next is told how much was read, and has the buffer for the next read ready. hashed waits until nobody reads them.
func (b *buffers) next(n int, hashed func()) {
	if b.other != nil {
		b.now, b.other = b.other, b.now
	}
	if b.row++; (n < slowBuffer) == (b.other == nil) {
		b.row = 0
	}
	switch {
	case b.other == nil && b.row == fullReads:
		b.row = 0
		select {
		case fastLane <- struct{}{}:
			b.free()
			b.now, b.other = fastBuffers.Get().(*[]byte), fastBuffers.Get().(*[]byte)
		default: // asked again after as many
		}
	case b.other != nil && b.row == shortReads:
		hashed()
		b.free()
		*b = *newBuffers()
	}
}

// free gives them back; nobody reads them any more.
func (b *buffers) free() {
	if b.other == nil {
		slowBuffers.Put(b.now)
		return
	}
	fastBuffers.Put(b.now)
	fastBuffers.Put(b.other)
	<-fastLane
}
