package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Config holds what an operator or a test may change. The zero value is what a server runs with.
type Config struct {
	Poll         time.Duration // between looks at heads and grants; 0 for 2 s
	Heartbeat    time.Duration // between comments on a quiet stream; 0 for 25 s, below the 30 s of common proxies
	WriteTimeout time.Duration // after which a phone that takes nothing is gone; 0 for 10 s
	MaxPhones    int           // connections at once; 0 for 20,000
	Log          *slog.Logger  // nil for none
	Now          func() time.Time
}

// perLook bounds the scopes and phones that one look reads, so that 10,000 quiet phones cost a few milliseconds a
// look. What does not fit is read by the next looks.
const perLook = 2000

// MaxWindows bounds the windows of one person that watch at once, so that nobody alone takes the connections of all phones.
const MaxWindows = 32

// Hub connects phones with changes. It is safe for concurrent use.
type Hub struct {
	store  storage.Store
	cfg    Config
	people people.Cache
	wake   chan struct{} // size 1: something is pending
	left   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	phones  map[syncproto.ID]*Phone
	windows map[syncproto.ID]int // that watch, by the device whose rights they have
	topics  map[syncproto.Scope]*topic
	pending map[*topic]syncproto.ID // with who changed it, or several
	queue   []*topic                // for looks in turn
	called  bool                    // phones follow more than when they were looked at
}

// several stands for more than one device, in place of its id.
const several syncproto.ID = "several"

// topic is one scope that at least one connected phone follows.
type topic struct {
	scope    syncproto.Scope
	sequence uint64 // the head up to which its phones were poked
	owed     *Phone // was not poked for its own change; a later change by another may have come under the same head
	phones   map[*Phone]struct{}
}

// New makes a hub over a store. Run must be running for pokes to flow.
func New(store storage.Store, cfg Config) *Hub {
	if cfg.Poll <= 0 {
		cfg.Poll = 2 * time.Second
	}
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = 25 * time.Second
	}
	if cfg.WriteTimeout <= 0 {
		cfg.WriteTimeout = 10 * time.Second
	}
	if cfg.MaxPhones <= 0 {
		cfg.MaxPhones = 20000
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Hub{
		store: store, cfg: cfg, wake: make(chan struct{}, 1),
		phones: map[syncproto.ID]*Phone{}, windows: map[syncproto.ID]int{}, topics: map[syncproto.Scope]*topic{}, pending: map[*topic]syncproto.ID{},
	}
}

// Join lets a device take part. A device has one connection: an older one is closed, since a phone that comes again
// has lost it. The caller must call Serve or Leave on what it gets. It fails with rate_limited when the hub is full
// and with unavailable when it is closed.
func (h *Hub) Join(ctx context.Context, device syncproto.ID) (*Phone, error) {
	return h.join(ctx, device, device)
}

// Watch lets one window of a browser take part with the rights of a device. Of these there may be several, and each is
// poked also for what its own device changed: another window may have done it. One above MaxWindows is refused with rate_limited,
// and comes again later.
func (h *Hub) Watch(ctx context.Context, device syncproto.ID) (*Phone, error) {
	return h.join(ctx, device, syncproto.NewID())
}

func (h *Hub) join(ctx context.Context, sees, device syncproto.ID) (*Phone, error) {
	v, err := h.look(ctx, sees)
	if err != nil {
		return nil, err
	}
	p := &Phone{hub: h, device: device, sees: sees, poke: make(chan struct{}, 1), leave: make(chan struct{})}
	p.poke <- struct{}{}
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.phones[device]
	if h.closed {
		return nil, syncproto.E(syncproto.CodeUnavailable, "join live", nil)
	}
	if old == nil && len(h.phones) >= h.cfg.MaxPhones || sees != device && h.windows[sees] >= MaxWindows {
		return nil, syncproto.E(syncproto.CodeRateLimited, "join live", nil)
	}
	if old != nil {
		h.remove(old)
	}
	h.phones[device] = p
	if p.watches() {
		h.windows[sees]++
	}
	h.left.Add(1)
	p.access = v.access
	h.subscribe(p, v.heads)
	return p, nil
}

// Changed says that scopes may have changed, and which device did it ("" for none). It never blocks and may be called
// from anywhere. The device itself is not poked for its own change: the round that brought it also gives it back.
func (h *Hub) Changed(scopes []syncproto.Scope, by syncproto.ID) {
	h.mu.Lock()
	found := false
	for _, s := range scopes {
		if t := h.topics[s]; t != nil {
			if other, ok := h.pending[t]; ok && other != by {
				h.pending[t] = several
			} else {
				h.pending[t] = by
			}
			found = true
		}
	}
	h.mu.Unlock()
	if found {
		signal(h.wake)
	}
}

// Called says that persons were put on the list of a call, so that their phones follow more than before. It never blocks;
// connected phones are looked at anew and poked.
func (h *Hub) Called(persons []syncproto.ID) {
	h.mu.Lock()
	found := false
	for _, person := range persons {
		if t := h.topics[syncproto.PersonScope(person)]; t != nil {
			for p := range t.phones {
				p.access, found = 0, true
			}
		}
	}
	h.called = h.called || found
	h.mu.Unlock()
	if found {
		signal(h.wake)
	}
}

// takeCalled reports whether phones are to be looked at anew.
func (h *Hub) takeCalled() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	called := h.called
	h.called = false
	return called
}

// Drop closes the connection of a device, after its token was revoked.
func (h *Hub) Drop(device syncproto.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.phones[device]; p != nil {
		h.remove(p)
	}
}

// Count returns how many phones are connected.
func (h *Hub) Count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.phones)
}

// Close turns every phone away and returns when their connections are closed. The hub stays closed.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for _, p := range h.phones {
		h.remove(p)
	}
	h.mu.Unlock()
	h.left.Wait()
}

// subscribe sets the topics of a phone and reports whether they changed. h.mu is held.
func (h *Hub) subscribe(p *Phone, heads []storage.Head) (changed bool) {
	topics := make([]*topic, 0, len(heads))
	for _, head := range heads {
		t := h.topics[head.Scope]
		if t == nil {
			t = &topic{scope: head.Scope, sequence: head.Sequence, phones: map[*Phone]struct{}{}}
			h.topics[head.Scope] = t
			h.queue = append(h.queue, t)
		}
		if _, ok := t.phones[p]; !ok {
			t.phones[p] = struct{}{}
			changed = true
		}
		topics = append(topics, t)
	}
	changed = changed || len(topics) != len(p.topics)
	old := p.topics
	p.topics = topics
	for _, t := range old {
		if !holds(topics, t) {
			h.unsubscribe(p, t)
		}
	}
	return changed
}

func (h *Hub) unsubscribe(p *Phone, t *topic) {
	delete(t.phones, p)
	if t.owed == p {
		t.owed = nil
	}
	if len(t.phones) == 0 && h.topics[t.scope] == t {
		delete(h.topics, t.scope)
		delete(h.pending, t)
	}
}

// remove forgets a phone and tells its connection to end. h.mu is held.
func (h *Hub) remove(p *Phone) {
	if p.removed {
		return
	}
	p.removed = true
	close(p.leave)
	if p.watches() {
		if h.windows[p.sees]--; h.windows[p.sees] == 0 {
			delete(h.windows, p.sees)
		}
	}
	if h.phones[p.device] == p {
		delete(h.phones, p.device)
	}
	for _, t := range p.topics {
		h.unsubscribe(p, t)
	}
	p.topics = nil
}

func holds(topics []*topic, t *topic) bool {
	for _, have := range topics {
		if have == t {
			return true
		}
	}
	return false
}

// signal leaves a mark in a channel of size 1; a mark that is there already says the same.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
