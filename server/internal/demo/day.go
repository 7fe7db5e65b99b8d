package demo

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"sync"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// The days on which something special happens. A shorter demo leaves out what lies behind its end.
const (
	backupDay  = 3
	killDay    = 6 // after the restore: what went before the kill counts
	cloneDay   = 4
	restoreDay = 5
	mergeDay   = 3 // before the backup
	// After the restore: an older backup would bring back what was erased, and people who left.
	closeDay    = 6
	withdrawDay = 6
	freeDay     = 4 // what is freed came after the backup: the restored server does not know that it has it
)

// freePhone has a full memory. The person of leavingPhone leaves the association; in a small province it is another.
const (
	freePhone    = 4
	leavingPhone = 10
	leavingSmall = 7
)

// day lets everybody capture, then gives them an evening of bad network.
func (w *week) day(ctx context.Context, day int) error {
	sky, name := rain, "demo.rain"
	if day%3 == 2 {
		sky, name = storm, "demo.storm"
	}
	network := mobilesdk.NetworkWifi
	if day%2 == 0 { // only small copies go: originals wait for Wi-Fi
		network = mobilesdk.NetworkMobile
	}
	before := w.book.captures
	if err := w.everybody(ctx, func(p *phone) error { return p.morning(ctx, w.odd, day) }); err != nil {
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
	evening := func(ctx context.Context) error {
		return w.everybody(ctx, func(p *phone) error {
			if p.away[day] || day == callDay && p.listens() {
				return nil
			}
			return p.evening(ctx, network)
		})
	}
	var err error
	if day == callDay {
		err = w.sound(ctx, evening)
	} else {
		err = evening(ctx)
	}
	if err == nil {
		err = w.replies(ctx, day)
	}
	if err == nil {
		err = w.deskHour(ctx, false)
	}
	cuts, resent, torn := 0, 0, 0
	for _, p := range w.phones {
		t := p.link.total()
		cuts, resent, torn = cuts+t.cuts, resent+t.resent, torn+t.fileCuts
	}
	w.say("demo.day", map[string]string{
		"day": fmt.Sprint(day), "weather": w.word(name), "captured": fmt.Sprint(w.book.captures - before),
		"offline": fmt.Sprint(offline), "cuts": fmt.Sprint(cuts), "resent": fmt.Sprint(resent),
		"photos": fmt.Sprint(len(w.book.shots)), "torn": fmt.Sprint(torn), "network": w.word("demo.network_" + string(network)),
	})
	return err
}

// evening syncs and then sends files, as long as there is signal.
func (p *phone) evening(ctx context.Context, network mobilesdk.Network) error {
	if err := p.sync(ctx, 3); err != nil {
		return err
	}
	if p.retouch != nil {
		if err := p.retouch(); err != nil {
			return err
		}
		p.retouch = nil
	}
	return p.carry(ctx, network, 3)
}

func (p *phone) morning(ctx context.Context, odd []oddity, day int) error {
	if p.closed != "" {
		return nil
	}
	if err := p.fixReturned(ctx); err != nil {
		return fmt.Errorf("fix what was returned: %w", err)
	}
	for range 1 + p.random.IntN(4) {
		if err := p.capture(ctx); err != nil {
			return err
		}
	}
	if err := p.captureOddities(ctx, odd, day); err != nil {
		return err
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
	if err := w.affairs(ctx, day); err != nil {
		return err
	}
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
	if day == freeDay {
		w.phones[freePhone].link.setWeather(fine)
		freed, err := w.phones[freePhone].engine.FreeSpace(ctx, false)
		if err != nil {
			return fmt.Errorf("free space: %w", err)
		}
		w.note("demo.freed", map[string]string{
			"name": w.phones[freePhone].name, "files": fmt.Sprint(len(freed.Items)), "size": size(freed.Bytes),
		})
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
		number: len(w.phones), name: p.name, unit: p.unit, role: p.role, book: w.book, camera: w.camera, dir: filepath.Join(w.Dir, "phone-clone"),
		random: newRandom(w.Seed, 999), link: newLink(w.http, w.Seed+999), away: map[int]bool{}, fate: "demo.fate_clone", copied: true, bell: w.bells.add("", p.name, false),
		clock: newClock("boot-clone", 0), mine: append(p.mine[:0:0], p.mine...), keep: maps.Clone(p.keep),
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
	spent, err := p.spent(ctx)
	if err != nil {
		return err
	}
	twin.before = spent
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
	before, err := w.underway(ctx)
	if err != nil {
		return err
	}
	if err := w.server.Stop(ctx); err != nil {
		return err
	}
	if err := w.host.Restore(ctx, w.dataDir, w.backup); err != nil {
		return err
	}
	s, err := w.host.Start(ctx, w.dataDir, w.bells.ring)
	if err != nil {
		return err
	}
	w.server, w.events = s, w.events+1
	after, err := w.underway(ctx)
	if err != nil {
		return err
	}
	for id, offset := range before {
		w.voided += offset - after[id]
	}
	w.note("demo.restored", map[string]string{"days": fmt.Sprint(restoreDay - backupDay)})
	return nil
}

// underway returns how far the server has each file that is not whole.
func (w *week) underway(ctx context.Context) (map[syncproto.ID]int64, error) {
	out := map[syncproto.ID]int64{}
	err := w.server.Store().View(ctx, func(r storage.Reader) error {
		list, err := r.Uploads("", 1000)
		for _, u := range list {
			if u.State == storage.UploadReceiving {
				out[u.ID] = u.Offset
			}
		}
		return err
	})
	return out, err
}

// calm gives everybody a good network until nothing is left to exchange. The apps are started anew, as after a night.
func (w *week) calm(ctx context.Context) error {
	w.say("demo.calm", nil)
	err := w.everybody(ctx, func(p *phone) error {
		p.link.setWeather(fine)
		if err := p.engine.Close(); err != nil {
			return err
		}
		return p.open(ctx)
	})
	if err != nil {
		return err
	}
	for range 3 { // what the first phones send, the others receive in the next turn
		if err := w.everybody(ctx, func(p *phone) error { return p.sync(ctx, 4) }); err != nil {
			return err
		}
	}
	if err := w.conclude(ctx); err != nil {
		return fmt.Errorf("conclude the call: %w", err)
	}
	if err := w.everybody(ctx, func(p *phone) error { return p.carryAll(ctx) }); err != nil {
		return err
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	if err := w.looked(ctx); err != nil {
		return err
	}
	if err := w.erased(ctx); err != nil {
		return err
	}
	for range 2 { // what the server says of the files, and what editors said last
		if err := w.everybody(ctx, func(p *phone) error { return p.sync(ctx, 4) }); err != nil {
			return err
		}
	}
	return nil
}

// looked waits until the server has looked at all files.
func (w *week) looked(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		left := 0
		err := w.server.Store().View(ctx, func(r storage.Reader) error {
			due, err := r.MediaDue(math.MaxInt64, 1)
			left = len(due)
			return err
		})
		if err != nil || left == 0 {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
