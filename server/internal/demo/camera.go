package demo

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"lantoa/syncproto/mediafile/sample"
)

// camera makes the files that phones capture. Drawing a picture takes most of a second, so a few are drawn and taken
// again and again at other times and places: no two files are the same, all are real.
type camera struct {
	mu     sync.Mutex
	bodies map[sample.Options]func() []byte
	next   int
}

func newCamera() *camera { return &camera{bodies: map[sample.Options]func() []byte{}} }

// motif is a picture that is drawn once.
type motif struct{ width, height, orientation int }

// motifs are how phones are held: every orientation there is, most of them at sizes that a messenger would keep.
var motifs = []motif{
	{1280, 960, 1},
	{1280, 960, 6},
	{1600, 1200, 1},
	{1280, 960, 8},
	{2048, 1536, 6},
	{1280, 960, 3},
	{1280, 960, 2},
	{1280, 960, 4},
	{1280, 960, 5},
	{1280, 960, 7},
}

// big is what a camera of 12 megapixels writes.
var big = motif{4000, 3000, 6}

// photo takes a motif now and somewhere in the province.
func (c *camera) photo(r *rand.Rand, m motif) []byte {
	o := sample.Options{Width: m.width, Height: m.height, Orientation: m.orientation, Bare: true}
	c.mu.Lock()
	draw := c.bodies[o]
	if draw == nil {
		draw = sync.OnceValue(func() []byte { return sample.JPEG(o) })
		c.bodies[o] = draw
	}
	c.mu.Unlock()
	return retake(draw(), taking(r, m.orientation))
}

// taking is when, where and how something is taken.
func taking(r *rand.Rand, orientation int) sample.Options {
	return sample.Options{
		Orientation: orientation, Seed: r.Uint64(), Lat: 9.8 + r.Float64(), Lon: 104.4 + r.Float64(),
		Taken: time.Date(2026, 3, 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.FixedZone("", 7*60*60)),
	}
}

// retake gives a JPEG the EXIF of another moment, in the place of what it had.
func retake(jpeg []byte, o sample.Options) []byte {
	exif := append([]byte("Exif\x00\x00"), sample.EXIF(o)...)
	out := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(exif)+2))
	out = append(out, exif...)
	at := 2
	for jpeg[at] == 0xff && jpeg[at+1] >= 0xe0 && jpeg[at+1] <= 0xef { // the application segments come first
		end := at + 2 + int(binary.BigEndian.Uint16(jpeg[at+2:]))
		if jpeg[at+1] != 0xe1 {
			out = append(out, jpeg[at:end]...)
		}
		at = end
	}
	return append(out, jpeg[at:]...)
}

// film makes a video of so many bytes: a real one, and noise behind it as a second box of media data.
func film(r *rand.Rand, size int) []byte {
	out := sample.MP4(taking(r, 0))
	out = binary.BigEndian.AppendUint32(out, uint32(size))
	out = append(out, "mdat"...)
	for end := len(out) + size - 8; len(out) < end; {
		out = binary.LittleEndian.AppendUint64(out, r.Uint64())
	}
	return out[:len(out)/8*8]
}

// brokenPhoto is what a memory card leaves of a photo when it is pulled out too early.
func brokenPhoto(r *rand.Rand) []byte {
	return append(sample.JPEG(taking(r, 1))[:40], make([]byte, 5000+r.IntN(1000))...)
}

const drawing = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`

// develop writes a file into a folder, as a camera app does, and returns its path.
func (c *camera) develop(dir, extension string, data []byte) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	c.mu.Lock()
	c.next++
	path := filepath.Join(dir, "IMG_"+strconv.Itoa(1000+c.next)+extension)
	c.mu.Unlock()
	return path, os.WriteFile(path, data, 0o600)
}
