package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto"
)

// How many hashes are made at once, and how many sign-ins may wait for their turn. Browsers that an account knows have a
// place of their own, so that a flood of strangers does not stand before them. Together they take 57 MiB, and about as much
// again until the collector has come by: 64 sign-ins at once were measured at 99 MiB of heap in 3.7 s on two slow cores.
const (
	strangersAtOnce = 2
	knownAtOnce     = 1
	mostWaiting     = 256
)

// hasher makes hashes, few at once.
type hasher struct {
	cost    cost
	salt    []byte // of the hashes that are made for nobody
	lanes   [2]chan struct{}
	waiting atomic.Int64
	made    atomic.Int64 // hashes, for tests
	running atomic.Int64
	peak    atomic.Int64 // the most that were running at once
}

// lane says who waits with whom.
type lane int

const (
	strangers lane = iota
	knowns
)

func newHasher(c cost) *hasher {
	h := &hasher{cost: c, salt: random(16)}
	h.lanes[strangers], h.lanes[knowns] = make(chan struct{}, strangersAtOnce), make(chan struct{}, knownAtOnce)
	return h
}

// key makes one hash when it is its turn; unavailable if too many wait, or the context's end.
func (h *hasher) key(ctx context.Context, l lane, secret string, salt []byte, c cost, size uint32) ([]byte, error) {
	if h.waiting.Add(1) > mostWaiting {
		h.waiting.Add(-1)
		return nil, syncproto.E(syncproto.CodeUnavailable, "hash password", nil)
	}
	defer h.waiting.Add(-1)
	select {
	case h.lanes[l] <- struct{}{}:
	case <-ctx.Done():
		return nil, syncproto.E(syncproto.CodeTimeout, "hash password", ctx.Err())
	}
	defer func() { <-h.lanes[l] }()
	h.made.Add(1)
	for n := h.running.Add(1); ; {
		peak := h.peak.Load()
		if n <= peak || h.peak.CompareAndSwap(peak, n) {
			break
		}
	}
	defer h.running.Add(-1)
	return argon2.IDKey([]byte(norm.NFC.String(secret)), salt, c.time, c.memory, c.threads, size), nil
}

// hash returns what is stored of a password.
func (h *hasher) hash(ctx context.Context, l lane, password string) (string, error) {
	p := phc{cost: h.cost, salt: random(16)}
	var err error
	if p.key, err = h.key(ctx, l, password, p.salt, p.cost, 32); err != nil {
		return "", err
	}
	return p.String(), nil
}

// verify reports whether a password is the stored one, and whether it should be hashed anew. Where nothing is stored, it
// makes a hash all the same: who waits for the answer must not learn why.
func (h *hasher) verify(ctx context.Context, l lane, stored, password string) (ok, old bool, err error) {
	p, bad := parsePHC(stored)
	if bad != nil {
		p = &phc{cost: h.cost, salt: h.salt, key: make([]byte, 32)}
	}
	key, err := h.key(ctx, l, password, p.salt, p.cost, uint32(len(p.key)))
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(key, p.key) == 1
	return same && bad == nil, p.cost != h.cost, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}
