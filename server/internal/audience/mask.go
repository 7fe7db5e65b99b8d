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
type mask struct{ key []byte }

// newMask makes one of the secret of a store: figures are the same after a restart.
func newMask(secret []byte) *mask {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("lantoa preview"))
	return &mask{h.Sum(nil)}
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

// spread is the scale of the noise: half of it is below 3.5. Two crowds that differ by one person differ by 1 in truth and by 10, as
// the root of the mean square, in noise.
const spread = 5

// noise is by how much a figure is off (Laplace): drawn from the crowd and from what is counted, so that the same question has the
// same answer and another crowd another noise.
func (m *mask) noise(among *crowd, what int) int64 {
	h := hmac.New(sha256.New, m.key)
	var b [32]byte
	binary.LittleEndian.PutUint64(b[:], uint64(among.n))
	binary.LittleEndian.PutUint64(b[8:], among.sum[0])
	binary.LittleEndian.PutUint64(b[16:], among.sum[1])
	b[24] = byte(what)
	h.Write(b[:])
	drawn := binary.LittleEndian.Uint64(h.Sum(nil))
	size := -spread * math.Log((float64(drawn>>12)+0.5)/(1<<52))
	if drawn&1 == 0 {
		size = -size
	}
	return int64(math.Round(size))
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
