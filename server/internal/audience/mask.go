package audience

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync"
	"time"

	"lantoa/server/internal/figure"
	"lantoa/syncproto"
)

// crowd is a set of persons of which only its size and a sum are kept: two sets have the same sum only if they are the same.
type crowd struct {
	n   int64
	sum [2]uint64
}

func (c *crowd) add(person syncproto.ID) {
	h := sha256.Sum256([]byte(person))
	c.n++
	c.sum[0] += binary.LittleEndian.Uint64(h[:])
	c.sum[1] += binary.LittleEndian.Uint64(h[8:])
}

// mask blurs figures that facts decide.
type mask struct{ crowd, question []byte }

// newMask makes one of the secret of a store and of a question: figures are the same after a restart.
func newMask(secret, question []byte) *mask {
	return &mask{keyOf(secret, "lantoa preview"), keyOf(secret, "lantoa preview\n"+string(question))}
}

func keyOf(secret []byte, what string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(what))
	return h.Sum(nil)
}

// Of fewer than least persons on whom facts decide nothing is told.
const least = 2 * figure.Least

// figure shows plain people, whom no fact decides on, and hinged ones of a crowd. what is what they are counted for: each
// measure is rounded in its own way.
func (m *mask) figure(plain, hinged int64, among *crowd, what int) figure.Figure {
	if among.n == 0 {
		return figure.Exact(plain)
	}
	if among.n < least {
		return figure.None()
	}
	const step = figure.Least
	n := (hinged + m.noise(among, what) + step/2) / step * step
	n = min(n, (among.n-figure.Least)/step*step)
	if n < figure.Least && plain == 0 {
		return figure.Figure{Kind: figure.Few}
	}
	return figure.Exact(plain + max(n, 0))
}

// The scales of the noise. That of the crowd is off by half of it below 3.5; two crowds that differ by one person differ by 1 in
// truth and by 10, as the root of the mean square, in noise. It is the same for every question to one crowd, and so would fall out of
// what all blood groups are one by one and together: hence that of the question.
const (
	spread         = 5
	questionSpread = 3
)

// noise is by how much a figure is off: the same question has the same answer, and another crowd or another question another
// noise.
func (m *mask) noise(among *crowd, what int) int64 {
	return int64(math.Round(spread*draw(m.crowd, among, what) + questionSpread*draw(m.question, among, what)))
}

// draw draws from Laplace's distribution of scale 1, by a key, a crowd and what is counted.
func draw(key []byte, among *crowd, what int) float64 {
	h := hmac.New(sha256.New, key)
	var b [32]byte
	binary.LittleEndian.PutUint64(b[:], uint64(among.n))
	binary.LittleEndian.PutUint64(b[8:], among.sum[0])
	binary.LittleEndian.PutUint64(b[16:], among.sum[1])
	b[24] = byte(what)
	h.Write(b[:])
	drawn := binary.LittleEndian.Uint64(h.Sum(nil))
	size := -math.Log((float64(drawn>>12) + 0.5) / (1 << 52))
	if drawn&1 == 0 {
		size = -size
	}
	return size
}

// questions counts the different previews on facts that each officer asks in an hour.
type questions struct {
	most int
	mu   sync.Mutex
	hour int64
	by   map[syncproto.ID]map[[32]byte]bool
}

// may reports whether somebody may ask, and counts it.
func (q *questions) may(who syncproto.ID, p *Predicate, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if hour := now.Unix() / 3600; q.by == nil || hour != q.hour {
		q.hour, q.by = hour, map[syncproto.ID]map[[32]byte]bool{}
	}
	asked := q.by[who]
	if asked == nil {
		asked = map[[32]byte]bool{}
		q.by[who] = asked
	}
	sum := sha256.Sum256(p.canonical)
	if len(asked) >= q.most && !asked[sum] {
		return false
	}
	asked[sum] = true
	return true
}
