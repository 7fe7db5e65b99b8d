package standin

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Behaviour is one way in which the stand-in answers.
type Behaviour string

// The behaviours. Those marked with t concern a target: Share picks targets for them, and requests for the others.
const (
	OK               Behaviour = ""
	Unregistered     Behaviour = "unregistered"      // t: 404 with UNREGISTERED; 410 of a push service
	BadToken         Behaviour = "bad_token"         // t: 400 with INVALID_ARGUMENT
	BadTokenField    Behaviour = "bad_token_field"   // t: 400 with INVALID_ARGUMENT and the field that it is about
	SenderMismatch   Behaviour = "sender_mismatch"   // t: 403 with SENDER_ID_MISMATCH
	ThirdPartyAuth   Behaviour = "third_party_auth"  // t: 401 with THIRD_PARTY_AUTH_ERROR
	BadField         Behaviour = "bad_field"         // 400 with a field violation
	Unauthenticated  Behaviour = "unauthenticated"   // 401 without a detail
	Forbidden        Behaviour = "forbidden"         // 403 without a detail
	APIDisabled      Behaviour = "api_disabled"      // 403, the API is switched off in the project
	QuotaExceeded    Behaviour = "quota"             // 429 with Retry-After
	Internal         Behaviour = "internal"          // 500
	BadGateway       Behaviour = "bad_gateway"       // 502 with an HTML page
	GatewayTimeout   Behaviour = "gateway_timeout"   // 504 with an HTML page; the message was taken
	Unavailable      Behaviour = "unavailable"       // 503 with Retry-After
	UnavailableTaken Behaviour = "unavailable_taken" // 503, and the message was taken all the same
	Redirect         Behaviour = "redirect"          // 307 to elsewhere
	BareNotFound     Behaviour = "bare_not_found"    // 404 with an HTML page
	ResetBefore      Behaviour = "reset_before"      // the stream ends, the message was not taken
	ResetAfter       Behaviour = "reset_after"       // the stream ends, the message was taken
	CutBefore        Behaviour = "cut_before"        // the whole connection breaks, the message was not taken
	CutAfter         Behaviour = "cut_after"         // the whole connection breaks, the message was taken
	Hang             Behaviour = "hang"              // nothing comes, the message was not taken
	HangAfter        Behaviour = "hang_after"        // nothing comes, the message was taken
	Junk             Behaviour = "junk"              // 200 with what is no JSON; the message was taken
	HalfAnswer       Behaviour = "half_answer"       // 200, and the stream ends within the body; the message was taken
)

// taken says whether a message is taken though the answer does not say so, or does.
func (b Behaviour) taken() bool {
	switch b {
	case OK, GatewayTimeout, UnavailableTaken, ResetAfter, CutAfter, HangAfter, Junk, HalfAnswer:
		return true
	}
	return false
}

// ofTarget says whether a behaviour is a target's own.
func (b Behaviour) ofTarget() bool {
	switch b {
	case Unregistered, BadToken, BadTokenField, SenderMismatch, ThirdPartyAuth:
		return true
	}
	return false
}

// behaviours decides how each request is answered.
type behaviours struct {
	seed   uint64
	number atomic.Uint64
	any    atomic.Bool // something was asked for
	close  atomic.Int64

	mu      sync.RWMutex
	all     Behaviour
	targets map[string]turn
	shares  []share
}

// turn is a behaviour that begins with a certain request.
type turn struct {
	from uint64
	as   Behaviour
}

type share struct {
	as    Behaviour
	below uint64 // of the hash
}

// Behave makes it answer for one target in this way from now on; OK ends that. The target is a registration token, an
// installation id, or the endpoint of a Subscription.
func (s *Server) Behave(target string, as Behaviour) { s.BehaveAfter(0, target, as) }

// BehaveAfter is Behave from when n more messages have been asked for.
func (s *Server) BehaveAfter(n int, target string, as Behaviour) {
	b := &s.behave
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.targets == nil {
		b.targets = make(map[string]turn)
	}
	b.targets[target] = turn{from: b.number.Load() + uint64(n), as: as}
	b.any.Store(true)
}

// BehaveAll makes it answer everybody in this way from now on, those with a behaviour of their own excepted.
func (s *Server) BehaveAll(as Behaviour) {
	b := &s.behave
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = as
	b.any.Store(true)
}

// Share makes it answer a share of the targets, or of the requests, in this way from now on. The seed decides which.
func (s *Server) Share(as Behaviour, part float64) {
	b := &s.behave
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shares = append(b.shares, share{as: as, below: uint64(min(max(part, 0), 1) * math.MaxUint32)})
	b.any.Store(true)
}

// Behaves tells how it answers for a target whose behaviour is its own, Share included; OK for all others. Tests count
// with it what must come.
func (s *Server) Behaves(target string) Behaviour {
	b := &s.behave
	b.mu.RLock()
	defer b.mu.RUnlock()
	if t, ok := b.targets[target]; ok && b.number.Load() >= t.from {
		return t.as
	}
	for i, part := range b.shares {
		if part.as.ofTarget() && b.roll(i, target, 0) < part.below {
			return part.as
		}
	}
	return OK
}

// CloseEvery makes every n-th answer the last of its connection: GOAWAY with HTTP/2. 0 ends that.
func (s *Server) CloseEvery(n int) { s.behave.close.Store(int64(n)) }

// next decides how the request for this target is answered, and whether its connection ends with it.
func (b *behaviours) next(target string) (as Behaviour, last bool) {
	number := b.number.Add(1)
	if n := b.close.Load(); n > 0 && number%uint64(n) == 0 {
		last = true
	}
	if !b.any.Load() {
		return OK, last
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if t, ok := b.targets[target]; ok && number > t.from {
		return t.as, last
	}
	for i, part := range b.shares {
		if b.roll(i, target, number) < part.below {
			return part.as, last
		}
	}
	return b.all, last
}

// roll is a number below 2³² that the seed, the share, and the target or the request decide.
func (b *behaviours) roll(i int, target string, number uint64) uint64 {
	h := uint64(14695981039346656037) ^ b.seed ^ uint64(i)<<32
	if b.shares[i].as.ofTarget() {
		for j := range len(target) {
			h = (h ^ uint64(target[j])) * 1099511628211
		}
	} else {
		h ^= number
	}
	h *= 0x9e3779b97f4a7c15 // spreads the bits (splitmix64)
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return (h ^ h>>31) >> 32
}

// quota is a window of messages, after which the service answers 429 until it ends.
type quota struct {
	mu     sync.Mutex
	n      int
	window time.Duration
	asDate bool
	ends   time.Time
	left   int
}

// Quota lets n messages pass in each window and answers 429 to the others, with a Retry-After until the window ends, in
// seconds or as a date. n of 0 ends that.
func (s *Server) Quota(n int, window time.Duration, asDate bool) {
	q := &s.quota
	q.mu.Lock()
	defer q.mu.Unlock()
	q.n, q.window, q.asDate, q.ends, q.left = n, window, asDate, time.Time{}, 0
}

// pass reports whether a message is within the quota, and if not when to come again.
func (q *quota) pass(now time.Time) (ok bool, until time.Time, asDate bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.n == 0 {
		return true, time.Time{}, q.asDate
	}
	if !now.Before(q.ends) {
		q.ends, q.left = now.Add(q.window), q.n
	}
	if q.left == 0 {
		return false, q.ends, q.asDate
	}
	q.left--
	return true, time.Time{}, q.asDate
}
