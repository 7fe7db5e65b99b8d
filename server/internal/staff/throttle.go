package staff

import (
	"net/netip"
	"sync"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/storage"
	"lantoa/syncproto"
)

// What may fail before somebody has to wait: the delay then doubles from a second to a quarter of an hour. An address
// guesses an account, a known browser guesses its account, and everybody else together guesses an account.
const (
	freeAtAddress = 4
	freeAtBrowser = 4
	freeInAll     = 20
	firstDelay    = time.Second
	longestDelay  = 15 * time.Minute
	forgetAfter   = time.Hour // after the last delay
)

// perAddress bounds failures of one address, whatever it tries. An office and a district behind a gateway share theirs,
// so only failures count. There is no bound for all addresses together: it would shut everybody out for one attacker.
var (
	perAddress = enroll.Rate{Burst: 30, Every: 2 * time.Second}
	noBound    = enroll.Rate{Burst: 1 << 30, Every: 1}
)

// mostTallies bounds the memory of one kind of counter. What does not fit is held back by the address alone.
const mostTallies = 10000

// LockedError is sign_in_locked with the time to wait. It follows from what the asking address or browser did itself, so
// it says nothing of accounts.
type LockedError struct {
	error
	Wait time.Duration
}

// Unwrap returns the error with the code.
func (e *LockedError) Unwrap() error { return e.error }

func locked(wait time.Duration) error {
	return &LockedError{error: syncproto.E(syncproto.CodeSignInLocked, "limit sign-ins", nil), Wait: wait}
}

// delay is how long to wait after so many failures.
func delay(failed, free int) time.Duration {
	if failed <= free {
		return 0
	}
	return min(firstDelay<<min(failed-free-1, 20), longestDelay)
}

// tally is what failed for one key.
type tally struct {
	failed int
	until  time.Time
}

// tallies count failures by key.
type tallies[K comparable] struct {
	free  int
	mu    sync.Mutex
	swept time.Time
	all   map[K]*tally
}

func newTallies[K comparable](free int) *tallies[K] {
	return &tallies[K]{free: free, all: map[K]*tally{}}
}

// begin returns how long a key must wait. If it need not, the attempt counts as failed at once, so that many at the same
// time are not one.
func (t *tallies[K]) begin(key K, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.all[key]
	if one == nil {
		if len(t.all) >= mostTallies && now.Sub(t.swept) >= time.Second {
			t.sweep(now)
		}
		if len(t.all) >= mostTallies {
			return 0
		}
		one = &tally{}
		t.all[key] = one
	}
	if wait := one.until.Sub(now); wait > 0 {
		return wait
	}
	if now.Sub(one.until) >= forgetAfter {
		one.failed = 0
	}
	one.failed++
	one.until = now.Add(delay(one.failed, t.free))
	return 0
}

// good forgets the failures of a key.
func (t *tallies[K]) good(key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, key)
}

// undo takes an attempt back that was never judged.
func (t *tallies[K]) undo(key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.all[key]; one != nil {
		one.failed--
		one.until = time.Time{}
	}
}

func (t *tallies[K]) sweep(now time.Time) {
	t.swept = now
	for key, one := range t.all {
		if now.Sub(one.until) >= forgetAfter {
			delete(t.all, key)
		}
	}
}

// pair is an address that tries an account, or a login that no account has.
type pair struct {
	login [32]byte
	site  netip.Addr
}

// guards are all counters.
type guards struct {
	sites    *enroll.Limiter
	pairs    *tallies[pair]
	browsers *tallies[[16]byte]

	mu       sync.Mutex
	accounts map[syncproto.ID]*guarded
	stir     chan struct{}
}

// guarded is what strangers together did to an account. It begins with what the account's row says and is written there
// by Run, after the answer: writing before it would tell by its time that there is an account.
type guarded struct {
	tally
	fresh int // failures that are not written yet
}

func newGuards(now func() time.Time) *guards {
	return &guards{
		sites: enroll.NewLimiter(perAddress, noBound, now), pairs: newTallies[pair](freeAtAddress),
		browsers: newTallies[[16]byte](freeAtBrowser), accounts: map[syncproto.ID]*guarded{}, stir: make(chan struct{}, 1),
	}
}

// closed reports whether strangers' passwords for an account are not listened to now. If they are, the attempt counts as
// failed at once.
func (g *guards) closed(a *storage.Account, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.accounts[a.Person]
	if one == nil {
		one = &guarded{tally: tally{failed: a.Failed, until: time.UnixMilli(a.Until)}}
		g.accounts[a.Person] = one
	}
	if one.until.After(now) {
		return true
	}
	if now.Sub(one.until) >= forgetAfter {
		one.failed = 0
	}
	one.failed++
	one.fresh++
	one.until = now.Add(delay(one.failed, freeInAll))
	select {
	case g.stir <- struct{}{}:
	default:
	}
	return false
}

// undo takes an attempt back that was never judged.
func (g *guards) undo(person syncproto.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if one := g.accounts[person]; one != nil && one.fresh > 0 {
		one.failed--
		one.fresh--
		one.until = time.Time{}
	}
}

// opened forgets what strangers did to an account.
func (g *guards) opened(person syncproto.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.accounts, person)
}

// unwritten returns what Run has to write and counts it as written.
func (g *guards) unwritten() map[syncproto.ID]guarded {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := map[syncproto.ID]guarded{}
	for person, one := range g.accounts {
		if one.fresh > 0 {
			out[person] = *one
			one.fresh = 0
		}
	}
	return out
}

// notWritten takes back what could not be written.
func (g *guards) notWritten(failures map[syncproto.ID]guarded) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for person, failed := range failures {
		if one := g.accounts[person]; one != nil {
			one.fresh += failed.fresh
		}
	}
}

// siteOf is what one subscriber holds: an IPv4 address or an IPv6 /64.
func siteOf(a netip.Addr) netip.Addr {
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
