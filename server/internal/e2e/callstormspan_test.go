package e2e

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lantoa/server/internal/metrics"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
)

// span is one process.
type span struct {
	*gale
	process int
	engine  *push.Engine
	planner *notify.Planner
	end     func() // ends it at once
	first   atomic.Bool
	storage.Store
}

var errSpanOver = syncproto.E(syncproto.CodeUnavailable, "gale", errors.New("the process has ended"))

func (p *span) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process != p.gale.process
}

func (p *span) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == p.gale.process {
		p.gale.process++
		p.kills++
	}
}

// Update is a transaction of the process. One that is over believes that all is well, so that it ends.
func (p *span) Update(ctx context.Context, fn func(storage.Tx) error) error {
	first := p.first.CompareAndSwap(false, true) // of the engine, which would wait for a second
	if p.chance(100) {
		p.die()
	}
	if p.dead() {
		return nil
	}
	if !first && p.chance(40) {
		return syncproto.E(syncproto.CodeUnavailable, "gale", errors.New("the disk is slow today"))
	}
	err := p.gale.store.Update(ctx, fn)
	if err == nil && p.chance(100) { // committed, and nobody hears of it
		p.die()
	}
	if p.dead() {
		return nil
	}
	return err
}

func (p *span) View(ctx context.Context, fn func(storage.Reader) error) error {
	if p.dead() {
		return errSpanOver
	}
	return p.gale.store.View(ctx, fn)
}

// Send is the sender of the process.
func (p *span) Send(ctx context.Context, m *push.Message) push.Verdict {
	if p.dead() {
		return push.Verdict{Result: push.Unsure, Code: "dead"}
	}
	return p.sender.Send(ctx, m)
}

// render notes where each delivery goes.
func (p *span) render(l *storage.Leased) push.Message {
	m := p.planner.Render(l)
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.rendered[l.Delivery.Number]
	if of == nil {
		of = map[[2]string]bool{}
		p.rendered[l.Delivery.Number] = of
	}
	of[[2]string{m.ID, m.Target.Address}] = true
	return m
}

// begin starts a process.
func (s *gale) begin() *span {
	s.mu.Lock()
	p := &span{gale: s, process: s.process}
	s.mu.Unlock()
	say := slog.New(slog.NewTextHandler(&s.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	count := metrics.New("gale")
	p.planner = notify.New(notify.Options{
		Store: p, Now: s.now, Log: say, Cap: 2, Every: 20 * time.Millisecond, Wake: func() { p.engine.Wake() },
	})
	p.engine = push.New(push.Options{
		Store: p, Senders: map[push.Service]push.Sender{push.FCM: p}, Render: p.render, Now: s.now, Log: say, Rate: 10_000, Ramp: -1,
		InFlight: galeSlots, Quiet: p.planner.Quiet, Metrics: count,
	})
	ctx, cancel := context.WithCancel(background)
	var runs sync.WaitGroup
	runs.Go(func() { _ = p.planner.Run(ctx) })
	runs.Go(func() {
		if err := p.engine.Run(ctx); err != nil && !p.dead() {
			s.Errorf("run: %v", err)
		}
	})
	before := s.waits
	s.waits = func() {
		runs.Wait()
		if before != nil {
			before()
		}
	}
	p.end = func() {
		cancel()
		s.found += p.engine.Status().Found
		var text strings.Builder
		s.must(count.Write(&text))
		s.figures = text.String()
	}
	return p
}
