package upload

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"lantoa/syncproto"
)

const (
	// grace is how long a request that is taken over may go on reading: what had reached the machine when the phone
	// came back lies in the kernel yet. A deadline in the past would throw it away, and the phone would send it again.
	grace = 150 * time.Millisecond
	// patience is how long a newer request waits for the older one to make its bytes durable. A disk that takes longer
	// is in trouble, and the phone comes again.
	patience = 15 * time.Second
)

// seats gives each upload one request at a time, the newest. A phone that lost its network comes back while the server
// still waits for bytes on the dead connection: the new request takes the upload over (S-166).
type seats struct {
	mu     sync.Mutex
	next   uint64
	held   map[syncproto.ID]*seat
	open   int // of those in held, the ones that bring bytes
	closed bool

	takeovers atomic.Int64
}

// seat is the right of one request to an upload.
type seat struct {
	id     syncproto.ID
	number uint64          // later requests have higher ones
	cut    func(time.Time) // ends its reading at a moment; nil if it waits for no phone
	gone   chan struct{}   // closed when it leaves
	taken  atomic.Bool     // somebody newer wants it
	offset atomic.Int64    // bytes written so far; -1 while nothing is written
}

// take waits until the upload is free. cut is nil for a request that brings no bytes.
func (s *seats) take(ctx context.Context, id syncproto.ID, cut func(time.Time)) (*seat, error) {
	const op = "take over upload"
	mine := &seat{id: id, cut: cut, gone: make(chan struct{})}
	mine.offset.Store(-1)
	limit := time.NewTimer(patience)
	defer limit.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	mine.number = s.next
	for {
		held := s.held[id]
		switch {
		case s.closed:
			return nil, syncproto.E(syncproto.CodeUnavailable, op, errors.New("the server is stopping"))
		case held == nil:
			s.held[id] = mine
			if cut != nil {
				s.open++
			}
			return mine, nil
		case held.number < mine.number:
			s.preempt(held)
		case cut != nil || held.cut != nil: // while this one waited for its predecessor, a newer one came
			return nil, syncproto.E(syncproto.CodeOffsetMismatch, op, errTaken)
		}
		s.mu.Unlock()
		var err error
		select {
		case <-held.gone:
		case <-ctx.Done():
			err = syncproto.E(syncproto.CodeUnavailable, op, ctx.Err())
		case <-limit.C:
			err = syncproto.E(syncproto.CodeUnavailable, op, errors.New("the request before it does not end"))
		}
		s.mu.Lock()
		if err != nil {
			return nil, err
		}
	}
}

var errTaken = errors.New("a newer request has the upload")

// preempt asks a request to end. The caller holds mu, so that the request cannot leave, and its connection cannot serve
// the next one, meanwhile.
func (s *seats) preempt(held *seat) {
	if held.cut == nil || held.taken.Swap(true) {
		return
	}
	s.takeovers.Add(1)
	held.cut(time.Now().Add(grace))
}

// leave gives the upload free.
func (s *seats) leave(mine *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[mine.id] == mine {
		delete(s.held, mine.id)
		if mine.cut != nil {
			s.open--
		}
	}
	close(mine.gone)
}

// offset returns the bytes that a running request has written so far, if one runs.
func (s *seats) offset(id syncproto.ID) (offset int64, ok bool) {
	s.mu.Lock()
	held := s.held[id]
	s.mu.Unlock()
	if held == nil {
		return 0, false
	}
	offset = held.offset.Load()
	return offset, offset >= 0
}

// busy reports whether a request has the upload.
func (s *seats) busy(id syncproto.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[id] != nil
}

func (s *seats) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// close ends all requests that bring bytes and lets nobody in any more.
func (s *seats) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, held := range s.held {
		if held.cut != nil && !held.taken.Swap(true) {
			held.cut(time.Now().Add(grace))
		}
	}
}
