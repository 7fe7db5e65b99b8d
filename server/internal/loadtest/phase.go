package loadtest

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Phase is what one phase of a field day measured of one server.
type Phase struct {
	Requests int64
	Records  int64 // flushed, or delivered
	Wall     time.Duration
	CPU      time.Duration // of the server's process; 0 where it cannot be read
	Client   time.Duration // of the generator's process
	Up, Down int64         // bytes on the wire, headers included
	P50, P95 time.Duration // of one request
}

// PerSecond returns records a second.
func (p *Phase) PerSecond() float64 { return ratio(float64(p.Records), p.Wall.Seconds()) }

// CPUPerThousand returns the server's CPU-seconds per 1,000 records.
func (p *Phase) CPUPerThousand() float64 { return ratio(p.CPU.Seconds()*1000, float64(p.Records)) }

// UpPerRecord and DownPerRecord return bytes on the wire.
func (p *Phase) UpPerRecord() float64   { return ratio(float64(p.Up), float64(p.Records)) }
func (p *Phase) DownPerRecord() float64 { return ratio(float64(p.Down), float64(p.Records)) }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// stage is a phase being measured.
type stage struct {
	target  *target
	count   traffic
	records atomic.Int64
	mu      sync.Mutex
	took    []time.Duration
}

// measure runs work between two readings of the clocks.
func measure(t *target, work func(*stage) error) (Phase, error) {
	s := &stage{target: t}
	cpu, own := t.cpu(), selfCPU()
	start := time.Now()
	err := work(s)
	p := Phase{
		Requests: int64(len(s.took)), Records: s.records.Load(), Wall: time.Since(start), CPU: t.cpu() - cpu, Client: selfCPU() - own,
		Up: s.count.up.Load(), Down: s.count.down.Load(),
	}
	p.P50, p.P95 = middle(s.took)
	return p, err
}

// middle sorts durations and returns the one in the middle and the one that 95 of 100 do not pass.
func middle(took []time.Duration) (p50, p95 time.Duration) {
	slices.Sort(took)
	if n := len(took); n > 0 {
		p50, p95 = took[n/2], took[n*95/100]
	}
	return p50, p95
}

// each gives every phone to one of several workers, each with a connection of its own, and ends with the first error.
func (s *stage) each(ctx context.Context, phones []*phone, atOnce int, do func(*link, *phone) (requests []time.Duration, err error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(atOnce, len(phones)) {
		l, err := dial(s.target.addr, &s.count)
		if err != nil {
			cancel(err)
			break
		}
		workers.Go(func() {
			defer l.close()
			var took []time.Duration
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(phones) {
					break
				}
				requests, err := do(l, phones[i])
				took = append(took, requests...)
				if err != nil {
					cancel(err)
				}
			}
			s.mu.Lock()
			s.took = append(s.took, took...)
			s.mu.Unlock()
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// once sends each phone's prepared request once.
func (s *stage) once(ctx context.Context, cfg Config, phones []*phone, records func(answer) int) error {
	return s.each(ctx, phones, cfg.AtOnce, func(l *link, p *phone) ([]time.Duration, error) {
		start := time.Now()
		a, err := p.send(l, s.whole(cfg))
		s.records.Add(int64(records(a)))
		return []time.Duration{time.Since(start)}, err
	})
}

// drain pulls until nothing more is there and counts what was delivered.
func (s *stage) drain(ctx context.Context, cfg Config, phones []*phone, atOnce int) error {
	return s.each(ctx, phones, atOnce, func(l *link, p *phone) (took []time.Duration, err error) {
		for more := true; more && ctx.Err() == nil && err == nil; {
			p.prepare(cfg, nil)
			start := time.Now()
			var a answer
			a, err = p.send(l, s.whole(cfg))
			took = append(took, time.Since(start))
			s.records.Add(int64(a.changes))
			more = a.more
		}
		return took, err
	})
}

// whole says whether this answer is read by the decoder too: always when asked, else one in a hundred.
func (s *stage) whole(cfg Config) bool { return cfg.Verify || s.count.up.Load()%100 == 0 }
