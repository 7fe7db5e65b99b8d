package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// errCut is what a phone sees of a broken line: nothing but that it broke.
var errCut = errors.New("the line was cut")

// weather is how bad the network is: probabilities out of 100.
type weather struct {
	dropRequest int // the request never arrives
	dropReply   int // the server did its work, the reply is lost
	cutReply    int // half of the reply arrives
	twice       int // the request arrives twice
}

var (
	fine  = weather{}
	rain  = weather{dropRequest: 12, dropReply: 10, cutReply: 6, twice: 4}
	storm = weather{dropRequest: 30, dropReply: 20, cutReply: 12, twice: 8}
)

// link is one phone's way to the server. It counts what travels and knows which mutations went up more than once.
type link struct {
	next mobilesdk.Transport

	mu      sync.Mutex
	random  *rand.Rand
	weather weather
	traffic traffic
	seen    map[syncproto.Hash]bool
}

// traffic is what went over one link.
type traffic struct {
	up, down int64
	resent   int // mutations that went up again
	cuts     int // exchanges that broke
}

func newLink(next mobilesdk.Transport, seed uint64) *link {
	return &link{next: next, random: rand.New(rand.NewPCG(seed, 77)), seen: map[syncproto.Hash]bool{}}
}

func (l *link) setWeather(w weather) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.weather = w
}

func (l *link) total() traffic {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.traffic
}

// fate draws what happens to one exchange.
func (l *link) fate(r *mobilesdk.Request) (drop, lose, cut, twice bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if req, err := syncproto.DecodeSyncRequest(r.Body); err == nil && r.Path == "/v1/sync" {
		for i := range req.Mutations {
			h := syncproto.HashRecord(req.Mutations[i].Wire)
			if l.seen[h] {
				l.traffic.resent++
			}
			l.seen[h] = true
		}
	}
	hit := func(percent int) bool { return l.random.IntN(100) < percent }
	drop, lose, cut, twice = hit(l.weather.dropRequest), hit(l.weather.dropReply), hit(l.weather.cutReply), hit(l.weather.twice)
	if drop || lose || cut {
		l.traffic.cuts++
	}
	return drop, lose, cut, twice
}

// Do implements mobilesdk.Transport.
func (l *link) Do(ctx context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	drop, lose, cut, twice := l.fate(r)
	if drop {
		return nil, errCut
	}
	if twice { // an impatient proxy
		if _, err := l.exchange(ctx, r); err != nil {
			return nil, err
		}
	}
	answer, err := l.exchange(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case lose:
		return nil, errCut
	case cut:
		return nil, errCut // the engine's own transport reports half a body the same way
	}
	return answer, nil
}

func (l *link) exchange(ctx context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	answer, err := l.next.Do(ctx, r)
	if err == nil {
		l.mu.Lock()
		l.traffic.up += answer.Sent
		l.traffic.down += answer.Received
		l.mu.Unlock()
	}
	return answer, err
}

// Live implements mobilesdk.Transport.
func (l *link) Live(ctx context.Context, r *mobilesdk.Request, poke func()) error {
	return l.next.Live(ctx, r, poke)
}
