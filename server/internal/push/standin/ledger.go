package standin

import (
	"bytes"
	"hash/maphash"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Stats are the stand-in's counters since it started.
type Stats struct {
	Requests    int64 // messages asked for, taken or not; dry runs too
	Accepted    int64 // messages taken, copies too
	Duplicates  int64 // of them, those that were taken before
	DryRuns     int64
	Tokens      int64 // visits to the token endpoint
	Connections int64 // opened
	Open        int64
	InFlight    int64
	MaxInFlight int64
	Forgotten   int64 // taken but not remembered, since the memory was full
}

type counters struct {
	requests, accepted, duplicates, dryRuns, tokens atomic.Int64
	connections, open, inFlight, most, forgotten    atomic.Int64
}

func (c *counters) connection(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.connections.Add(1)
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

func (c *counters) begin() {
	n := c.inFlight.Add(1)
	for {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			return
		}
	}
}

func (c *counters) end() { c.inFlight.Add(-1) }

// Stats returns the counters as they stand.
func (s *Server) Stats() Stats {
	c := &s.counters
	return Stats{
		Requests: c.requests.Load(), Accepted: c.accepted.Load(), Duplicates: c.duplicates.Load(), DryRuns: c.dryRuns.Load(),
		Tokens: c.tokens.Load(), Connections: c.connections.Load(), Open: c.open.Load(), InFlight: c.inFlight.Load(),
		MaxInFlight: c.most.Load(), Forgotten: c.forgotten.Load(),
	}
}

// Accepted is how many messages it took, copies too.
func (s *Server) Accepted() int { return int(s.counters.accepted.Load()) }

// Duplicates is how many of them it had taken before: the same id to the same target.
func (s *Server) Duplicates() int { return int(s.counters.duplicates.Load()) }

// ledgerParts keeps those who note things at once out of each other's way.
const ledgerParts = 16

// ledger remembers which messages were taken, how often and when first, by a hash of 64 bits.
type ledger struct {
	seed  maphash.Seed
	began time.Time
	limit int // in each part
	parts [ledgerParts]struct {
		mu sync.Mutex
		of map[uint64]uint64 // copies in the upper 16 bits, milliseconds since began below
	}
}

func (l *ledger) init(limit int) {
	if limit == 0 {
		limit = 1 << 20
	}
	l.seed, l.began, l.limit = maphash.MakeSeed(), time.Now(), max(limit, 0)/ledgerParts
	for i := range l.parts {
		l.parts[i].of = make(map[uint64]uint64)
	}
}

func (l *ledger) key(id, target string) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	h.WriteString(id)
	h.WriteByte(0)
	h.WriteString(target)
	return h.Sum64()
}

const copyOne = 1 << 48

// take notes a message. again says that it was taken before, full that there is no room to remember it.
func (l *ledger) take(id, target string) (again, full bool) {
	key := l.key(id, target)
	part := &l.parts[key%ledgerParts]
	part.mu.Lock()
	defer part.mu.Unlock()
	had, again := part.of[key]
	if !again && len(part.of) >= l.limit {
		return false, true
	}
	if !again {
		had = uint64(time.Since(l.began).Milliseconds())
	}
	if had>>48 < 1<<16-1 {
		had += copyOne
	}
	part.of[key] = had
	return again, false
}

func (l *ledger) look(id, target string) uint64 {
	key := l.key(id, target)
	part := &l.parts[key%ledgerParts]
	part.mu.Lock()
	defer part.mu.Unlock()
	return part.of[key]
}

// Copies is how often it took the message with this id for this target.
func (s *Server) Copies(id, target string) int { return int(s.ledger.look(id, target) >> 48) }

// At is when it took the message first, to the millisecond; the zero time if it never did.
func (s *Server) At(id, target string) time.Time {
	had := s.ledger.look(id, target)
	if had == 0 {
		return time.Time{}
	}
	return s.ledger.began.Add(time.Duration(had&(copyOne-1)) * time.Millisecond)
}

// take notes a message that was taken.
func (s *Server) take(id, target string) {
	s.counters.accepted.Add(1)
	again, full := s.ledger.take(id, target)
	if again {
		s.counters.duplicates.Add(1)
	}
	if full {
		s.counters.forgotten.Add(1)
	}
}

// bodies looks at what was sent, and keeps the last of it.
type bodies struct {
	mu     sync.Mutex
	keep   int
	last   [][]byte
	next   int
	forbid [][]byte
	leaks  map[string]int
	active atomic.Bool // somebody forbade something
}

func (b *bodies) see(body []byte) {
	if b.keep == 0 && !b.active.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.forbid {
		if bytes.Contains(body, text) {
			b.leaks[string(text)]++
		}
	}
	switch {
	case len(b.last) < b.keep:
		b.last = append(b.last, bytes.Clone(body))
	case b.keep > 0:
		b.last[b.next%b.keep] = bytes.Clone(body)
		b.next++
	}
}

// see shows one body to everybody who asked for it.
func (s *Server) see(body []byte) {
	s.bodies.see(body)
	if s.opts.Inspect != nil {
		s.opts.Inspect(body)
	}
}

// Forbid makes it look for texts that no message may hold, from now on.
func (s *Server) Forbid(texts ...string) {
	s.bodies.mu.Lock()
	defer s.bodies.mu.Unlock()
	for _, text := range texts {
		s.bodies.forbid = append(s.bodies.forbid, []byte(text))
	}
	if s.bodies.leaks == nil {
		s.bodies.leaks = make(map[string]int)
	}
	s.bodies.active.Store(true)
}

// Leaks returns the forbidden texts that were seen.
func (s *Server) Leaks() (texts []string) {
	s.bodies.mu.Lock()
	defer s.bodies.mu.Unlock()
	for text := range s.bodies.leaks {
		texts = append(texts, text)
	}
	return texts
}

// Bodies returns the last bodies that were kept, in no order.
func (s *Server) Bodies() [][]byte {
	s.bodies.mu.Lock()
	defer s.bodies.mu.Unlock()
	return append([][]byte(nil), s.bodies.last...)
}
