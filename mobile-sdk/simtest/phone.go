package simtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// phone is one installation with its engine, its clock and its way to die.
type phone struct {
	w      *World
	index  int
	person *person
	path   string
	engine *mobilesdk.Engine
	random dice

	skew  int64 // ms by which its wall clock is ahead
	boot  int
	since int64 // the server's time at boot

	newer bool // its app is of another version: see versions.go

	// retired: its person's account was closed, the server has all that it held, and nothing is left on it. Nobody uses it
	// any more.
	retired bool

	dieAt int    // commits until the phone dies; 0 for not in this action
	saved string // what its disk held when it died
	busy  bool   // inside an exchange, so nothing nests twice
}

// died is thrown by a phone whose battery was pulled.
type died struct{ point string }

// clock is what the phone believes.
type clock struct{ p *phone }

func (c clock) Wall() time.Time { return time.UnixMilli(c.p.w.now + c.p.skew) }
func (c clock) Boot() string    { return fmt.Sprintf("boot-%d-%d", c.p.index, c.p.boot) }
func (c clock) Uptime() time.Duration {
	return time.Duration(c.p.w.now-c.p.since) * time.Millisecond
}

func (w *World) newPhone(owner *person) (*phone, error) {
	p := &phone{w: w, index: len(w.phones), person: owner, since: w.now - 1000}
	p.random = newDice(w.seed, 100+uint64(p.index))
	p.path = w.file(fmt.Sprintf("phone%d.db", p.index))
	if p.random.chance(4) {
		p.skew = int64(p.random.IntN(4_000_000_000)) - 2_000_000_000
	}
	p.newer = owner.newer
	w.phones = append(w.phones, p)
	return p, p.open()
}

func (p *phone) open() error {
	cfg := mobilesdk.Config{
		Path: p.path, App: "simtest", Clock: clock{p}, Random: p.random, Transport: &network{p: p},
	}
	e, err := mobilesdk.OpenWithHooks(context.Background(), cfg, hook.Hooks{Crash: p.crash, Bugs: p.w.hooks})
	p.engine = e
	return err
}

func (p *phone) close() {
	if p.engine != nil {
		p.engine.Close()
		p.engine = nil
	}
}

// crash is called around each durable write. When the phone's moment has come it keeps what the disk holds now and
// never returns.
func (p *phone) crash(point string) {
	if p.dieAt == 0 || p.w.calm {
		return
	}
	if p.dieAt--; p.dieAt > 0 {
		return
	}
	p.saved = p.w.file(fmt.Sprintf("phone%d.db", p.index))
	if err := copyStore(p.path, p.saved); err != nil {
		panic(err)
	}
	panic(died{point})
}

// alive runs fn, which uses the engine, and brings the phone up again if it died in it. lived is false then.
func (p *phone) alive(fn func()) (lived bool) {
	defer func() {
		r := recover()
		if r == nil {
			p.dieAt = 0
			return
		}
		d, ok := r.(died)
		if !ok {
			panic(r)
		}
		p.w.say("    phone %d: died %s", p.index, d.point)
		p.revive()
		lived = false
	}()
	fn()
	return true
}

// revive starts the phone from what its disk held.
func (p *phone) revive() {
	old := p.engine
	p.engine, p.dieAt, p.busy = nil, 0, false
	old.Close()
	removeStore(p.path)
	p.path = p.saved
	p.reboot()
	if err := p.open(); err != nil {
		p.w.violate(OpensAgain, "phone %d after a crash: %v", p.index, err)
		return
	}
	p.retire()
	p.w.checkPending(p)
}

func (p *phone) reboot() {
	p.boot++
	p.since = p.w.now - int64(p.random.IntN(5000))
}

// clone copies the phone's store onto another phone, as a backup app does.
func (w *World) clone(p *phone) (*phone, error) {
	c := &phone{w: w, index: len(w.phones), person: p.person, since: w.now - 1000, skew: p.skew, newer: p.newer}
	c.random = newDice(w.seed, 100+uint64(c.index))
	c.path = w.file(fmt.Sprintf("phone%d.db", c.index))
	p.close()
	if err := copyStore(p.path, c.path); err != nil {
		return nil, err
	}
	w.phones = append(w.phones, c)
	if err := p.open(); err != nil {
		return nil, err
	}
	w.ledger.clone(p.index, c.index)
	return c, c.open()
}

// copyStore copies a store with its write-ahead log, as a power cut leaves them: what was not committed is not
// followed by a commit frame, and is ignored.
func copyStore(from, to string) error {
	for _, suffix := range []string{"", "-wal", "-journal"} {
		err := copyFile(from+suffix, to+suffix)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

func removeStore(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		os.Remove(path + suffix)
	}
}

// codeOf is an engine's error as the transcript shows it. Errors that name a fault of the engine itself are
// violations: a person must never see them.
func (w *World) codeOf(what string, err error) string {
	if err == nil {
		return "ok"
	}
	code := syncproto.CodeOf(err)
	switch code {
	case syncproto.CodeInternal, syncproto.CodeStoreBroken, syncproto.CodeStoreBusy:
		w.violate(NoInternalError, "%s: %v", what, err)
	}
	return strings.ToLower(string(code))
}
