package notify

import (
	"sync"
	"time"

	"lantoa/syncproto"
)

// A device changes its registration when its service gives it another target, which is rare: a few at once, and then one
// each quarter of an hour, stops one that would write all day.
const (
	paceBurst = 4
	paceEvery = 15 * time.Minute
	// paceMost bounds the memory. Beyond it all are forgotten, which lets nobody do more than a burst again.
	paceMost = 20000
)

// BusyError is rate_limited, with how long to wait.
type BusyError struct{ Wait time.Duration }

func (e *BusyError) Error() string { return e.Unwrap().Error() }

// Unwrap gives the code.
func (e *BusyError) Unwrap() error {
	return syncproto.E(syncproto.CodeRateLimited, "register for pushes", nil)
}

// pace limits how often each device writes. A bucket is described by the moment at which it will be full again.
type pace struct {
	now func() time.Time

	mu   sync.Mutex
	full map[syncproto.ID]time.Time
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, full: map[syncproto.ID]time.Time{}}
}

// take counts a write of a device, or returns how long it must wait for the next.
func (p *pace) take(device syncproto.ID) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	full, known := p.full[device]
	if !known && len(p.full) >= paceMost {
		p.sweep(now)
	}
	if full.Before(now) {
		full = now
	}
	if wait := full.Sub(now) - (paceBurst-1)*paceEvery; wait > 0 {
		return wait
	}
	p.full[device] = full.Add(paceEvery)
	return 0
}

// sweep forgets those whose bucket is full again, or all if that helps nothing.
func (p *pace) sweep(now time.Time) {
	for device, full := range p.full {
		if !full.After(now) {
			delete(p.full, device)
		}
	}
	if len(p.full) >= paceMost {
		clear(p.full)
	}
}
