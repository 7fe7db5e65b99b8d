package picture

import (
	"context"
	"sync"
)

// DefaultBudget is the memory that all decodes of a process share unless they are given another budget: 256 MiB, room
// for six photos of 12 megapixels at once, or two progressive ones. A phone gives less.
const DefaultBudget = 256 << 20

var process = NewBudget(DefaultBudget)

// Budget is memory, in estimated bytes, that decodes share: each takes its share before it starts and waits until
// there is room. Those who wait are served in the order they came, so that a stream of small pictures never keeps a
// big one waiting for ever. It bounds what is live; what is dead until the next collection comes on top, so a server
// also sets a memory limit for its process.
type Budget struct {
	mu      sync.Mutex
	total   int64
	used    int64
	waiting []*share
}

// share is somebody who waits.
type share struct {
	bytes   int64
	granted chan struct{}
}

// NewBudget returns a budget of so many bytes. A picture that is estimated to need more than all of it is refused.
func NewBudget(bytes int64) *Budget { return &Budget{total: bytes} }

// acquire takes bytes, or returns errBomb if there will never be so many, or ctx's error.
func (b *Budget) acquire(ctx context.Context, bytes int64) error {
	if bytes > b.total {
		return errBomb
	}
	b.mu.Lock()
	if len(b.waiting) == 0 && b.used+bytes <= b.total {
		b.used += bytes
		b.mu.Unlock()
		return nil
	}
	s := &share{bytes: bytes, granted: make(chan struct{})}
	b.waiting = append(b.waiting, s)
	b.mu.Unlock()

	select {
	case <-s.granted:
		return nil
	case <-ctx.Done():
		b.leave(s)
		return ctx.Err()
	}
}

// leave ends a wait. The share may have been granted meanwhile; then it is given back.
func (b *Budget) leave(s *share) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.waiting {
		if w == s {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			b.grant() // whoever stood behind it may fit now
			return
		}
	}
	b.used -= s.bytes
	b.grant()
}

// release gives bytes back.
func (b *Budget) release(bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= bytes
	b.grant()
}

// grant lets in whoever fits, in order. The lock is held.
func (b *Budget) grant() {
	for len(b.waiting) > 0 && b.used+b.waiting[0].bytes <= b.total {
		b.used += b.waiting[0].bytes
		close(b.waiting[0].granted)
		b.waiting[0] = nil
		b.waiting = b.waiting[1:]
	}
}
