package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
)

// The days on which something special happens. A shorter demo leaves out what lies behind its end.
const (
	backupDay  = 3
	killDay    = 4
	cloneDay   = 4
	restoreDay = 5
)

// day lets everybody capture, then gives them an evening of bad network.
func (w *week) day(ctx context.Context, day int) error {
	sky, name := rain, "demo.rain"
	if day%3 == 2 {
		sky, name = storm, "demo.storm"
	}
	before := w.book.captures
	if err := w.everybody(ctx, func(p *phone) error { return p.morning(ctx) }); err != nil {
		return err
	}
	if err := w.special(ctx, day); err != nil {
		return err
	}
	offline := 0
	for _, p := range w.phones {
		p.link.setWeather(sky)
		if p.away[day] {
			offline++
		}
	}
	err := w.everybody(ctx, func(p *phone) error {
		if p.away[day] {
			return nil
		}
		return p.sync(ctx, 3)
	})
	cuts, resent := 0, 0
	for _, p := range w.phones {
		t := p.link.total()
		cuts, resent = cuts+t.cuts, resent+t.resent
	}
	w.say("demo.day", map[string]string{
		"day": fmt.Sprint(day), "weather": w.word(name), "captured": fmt.Sprint(w.book.captures - before),
		"offline": fmt.Sprint(offline), "cuts": fmt.Sprint(cuts), "resent": fmt.Sprint(resent),
	})
	return err
}

func (p *phone) morning(ctx context.Context) error {
	for range 1 + p.random.IntN(4) {
		if err := p.capture(ctx); err != nil {
			return err
		}
	}
	if p.role == "editor" {
		return p.desk(ctx)
	}
	return nil
}

// everybody runs one thing on all phones, a few at a time, as they would by themselves.
func (w *week) everybody(ctx context.Context, do func(*phone) error) error {
	gate := make(chan struct{}, 8)
	problems := make([]error, len(w.phones))
	var all sync.WaitGroup
	for i, p := range w.phones {
		gate <- struct{}{}
		all.Go(func() {
			defer func() { <-gate }()
			if err := do(p); err != nil {
				problems[i] = fmt.Errorf("phone %d (%s): %w", p.number+1, p.name, err)
			}
		})
	}
	all.Wait()
	for _, err := range problems {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// special is what makes the week a bad one.
func (w *week) special(ctx context.Context, day int) error {
	if day == backupDay {
		w.backup = filepath.Join(w.Dir, "backup.db")
		if err := w.host.Backup(ctx, w.server, w.backup); err != nil {
			return fmt.Errorf("back up: %w", err)
		}
		w.note("demo.backup", nil)
	}
	if day == killDay {
		for _, n := range []int{2, 9, 16} {
			if n < len(w.phones) {
				p := w.phones[n]
				if err := p.killed(ctx, w.Program, 2+p.random.IntN(6)); err != nil {
					return fmt.Errorf("kill phone %d: %w", n+1, err)
				}
				p.fate, w.events = "demo.fate_killed", w.events+1
				w.note("demo.killed", map[string]string{"name": p.name})
			}
		}
	}
	if day == cloneDay && len(w.phones) > 5 {
		if err := w.clone(ctx, w.phones[5]); err != nil {
			return fmt.Errorf("clone: %w", err)
		}
	}
	if day == restoreDay && w.backup != "" {
		return w.restore(ctx)
	}
	return nil
}

// clone copies a phone, outbox and identity included, and lets both live on.
func (w *week) clone(ctx context.Context, p *phone) error {
	if err := p.engine.Close(); err != nil {
		return err
	}
	twin := &phone{
		number: len(w.phones), name: p.name, unit: p.unit, role: p.role, book: w.book, dir: filepath.Join(w.Dir, "phone-clone"),
		random: newRandom(w.Seed, 999), link: newLink(w.http, w.Seed+999), away: map[int]bool{}, fate: "demo.fate_clone",
		clock: newClock("boot-clone", 0), mine: append(p.mine[:0:0], p.mine...),
	}
	if err := copyStore(p.dir, twin.dir); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := twin.open(ctx); err != nil {
		return err
	}
	w.phones = append(w.phones, twin)
	p.fate, w.events = "demo.fate_cloned", w.events+1
	w.note("demo.cloned", map[string]string{"name": p.name})
	for _, one := range []*phone{p, twin} { // both write under the same next number
		if err := one.captureStory(ctx); err != nil {
			return err
		}
	}
	return nil
}

// restore loses the server and puts back the backup of two days ago.
func (w *week) restore(ctx context.Context) error {
	if err := w.server.Stop(ctx); err != nil {
		return err
	}
	if err := w.host.Restore(ctx, w.dataDir, w.backup); err != nil {
		return err
	}
	s, err := w.host.Start(ctx, w.dataDir)
	if err != nil {
		return err
	}
	w.server, w.events = s, w.events+1
	w.note("demo.restored", map[string]string{"days": fmt.Sprint(restoreDay - backupDay)})
	return nil
}

// calm gives everybody a good network until nothing is left to exchange.
func (w *week) calm(ctx context.Context) error {
	w.say("demo.calm", nil)
	for range 3 { // what the first phones send, the others receive in the next turn
		err := w.everybody(ctx, func(p *phone) error {
			p.link.setWeather(fine)
			return p.sync(ctx, 4)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
