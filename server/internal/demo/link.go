package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
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
	files       squall
}

var (
	fine  = weather{}
	rain  = weather{dropRequest: 12, dropReply: 10, cutReply: 6, twice: 4, files: squall{percent: 50, mean: 768 << 10}}
	storm = weather{dropRequest: 30, dropReply: 20, cutReply: 12, twice: 8, files: squall{percent: 80, mean: 512 << 10}}
)

// link is one phone's way to the server. It counts what travels and knows which mutations went up more than once.
// Records go through it as whole exchanges that break; files go over a line, which breaks anywhere.
type link struct {
	next *mobilesdk.HTTPTransport
	seed uint64

	mu      sync.Mutex
	line    *line
	token   string // of the phone, for the judge who tries its doors
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
	fileCuts int // connections with files that did
}

func newLink(next *mobilesdk.HTTPTransport, seed uint64) *link {
	return &link{next: next, seed: seed, random: rand.New(rand.NewPCG(seed, 77)), seen: map[syncproto.Hash]bool{}}
}

func (l *link) setWeather(w weather) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.weather = w
	if l.line != nil {
		l.line.setSky(w.files)
	}
}

func (l *link) total() traffic {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.traffic
	if l.line != nil {
		t.fileCuts = int(l.line.cuts.Load())
	}
	return t
}

func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.line != nil {
		l.line.close()
	}
}

// fate draws what happens to one exchange.
func (l *link) fate(r *mobilesdk.Request) (drop, lose, cut, twice bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Token != "" {
		l.token = r.Token
	}
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

// File implements mobilesdk.FileTransport.
func (l *link) File(ctx context.Context, r *mobilesdk.FileRequest) (*mobilesdk.FileResponse, error) {
	over, err := l.wire(r.Server)
	if err != nil {
		return nil, err
	}
	detour := *r
	detour.Server = over.url()
	return l.next.File(ctx, &detour)
}

// wire returns the line to a server, laid when it is first needed.
func (l *link) wire(server string) (*line, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.line == nil {
		over, err := newLine(strings.TrimPrefix(server, "http://"), l.seed)
		if err != nil {
			return nil, err
		}
		over.setSky(l.weather.files)
		l.line = over
	}
	return l.line, nil
}

// Live implements mobilesdk.Transport.
func (l *link) Live(ctx context.Context, r *mobilesdk.Request, poke func()) error {
	return l.next.Live(ctx, r, poke)
}
