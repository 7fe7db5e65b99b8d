package enroll

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is a token bucket: Burst at once, then one every Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// The rates of a server. A code has 53 bits: at the rate for everybody together, guessing one of 10,000 open codes
// takes about 1,400 years. One address may be a whole district behind a mobile operator's gateway, so its burst is
// generous, and only failures count.
var (
	PerAddress = Rate{Burst: 30, Every: 2 * time.Second}
	InAll      = Rate{Burst: 200, Every: 50 * time.Millisecond}
)

// maxBuckets bounds the memory of a Limiter. Addresses beyond it share one bucket.
const maxBuckets = 10000

// Limiter counts failures per remote address and in all. It is safe for concurrent use.
type Limiter struct {
	each, all Rate
	now       func() time.Time

	mu      sync.Mutex
	total   bucket
	rest    bucket
	swept   time.Time
	buckets map[netip.Addr]*bucket
}

// bucket is described by the moment at which it will be full again.
type bucket struct{ full time.Time }

// NewLimiter makes a limiter. now may be nil.
func NewLimiter(each, all Rate, now func() time.Time) *Limiter {
	if now == nil {
		now = time.Now
	}
	return &Limiter{each: each, all: all, now: now, buckets: map[netip.Addr]*bucket{}}
}

// Wait returns how long an address must wait before its next attempt is looked at; 0 if it need not.
func (l *Limiter) Wait(from netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	wait := l.total.wait(l.all, now)
	if b := l.find(from); b != nil {
		wait = max(wait, b.wait(l.each, now))
	}
	return wait
}

// Failed counts a failure of an address.
func (l *Limiter) Failed(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.total.take(l.all, now)
	b := l.find(from)
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.sweep(now)
		}
		if b = &l.rest; len(l.buckets) < maxBuckets {
			b = &bucket{}
			l.buckets[site(from)] = b
		}
	}
	b.take(l.each, now)
}

// find returns the bucket of an address, nil if it never failed and there is room to remember it.
func (l *Limiter) find(from netip.Addr) *bucket {
	if b := l.buckets[site(from)]; b != nil {
		return b
	}
	if len(l.buckets) >= maxBuckets {
		return &l.rest
	}
	return nil
}

// sweep forgets addresses whose bucket is full again, at most once a second: a flood must not buy a walk through all
// of them with each packet.
func (l *Limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Second {
		return
	}
	l.swept = now
	for a, b := range l.buckets {
		if !b.full.After(now) {
			delete(l.buckets, a)
		}
	}
}

// site is what one subscriber holds: an IPv4 address or an IPv6 /64.
func site(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is6() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

func (b *bucket) wait(r Rate, now time.Time) time.Duration {
	if !b.full.After(now) {
		return 0
	}
	missing := b.full.Sub(now)
	room := time.Duration(r.Burst-1) * r.Every
	return max(missing-room, 0)
}

func (b *bucket) take(r Rate, now time.Time) {
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(r.Every)
}
