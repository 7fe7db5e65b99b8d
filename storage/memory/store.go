package memory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Store is a database in memory. Make one with New.
type Store struct {
	now     func() int64
	writing chan struct{} // holds one token; a channel, so that waiting for it can be given up
	current atomic.Pointer[state]
	closed  atomic.Bool
}

var _ storage.Store = (*Store)(nil)

// New returns an empty database.
func New() *Store { return NewAt(func() int64 { return time.Now().UnixMilli() }) }

// NewAt returns an empty database with a clock of its own, in Unix ms, for simulations. The clock only dates
// tombstones, removals and outcomes, for Compact.
func NewAt(now func() int64) *Store {
	s := &Store{now: now, writing: make(chan struct{}, 1)}
	first := &state{key: make([]byte, 32)}
	rand.Read(first.key)
	rand.Read(first.epoch[:])
	s.current.Store(first)
	return s
}

// View implements storage.Store.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) (err error) {
	if err := s.ready(ctx, "read the store"); err != nil {
		return err
	}
	defer recovered(&err)
	return fn(&reader{state: s.current.Load()})
}

// Update implements storage.Store. It runs fn on the caller's goroutine, once.
func (s *Store) Update(ctx context.Context, fn func(storage.Tx) error) (err error) {
	if err := s.ready(ctx, "change the store"); err != nil {
		return err
	}
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return ended("change the store", ctx)
	}
	defer func() { <-s.writing }()
	if err := s.ready(ctx, "change the store"); err != nil {
		return err
	}
	next := *s.current.Load()
	if err := s.run(&next, fn); err != nil {
		return err
	}
	s.current.Store(&next)
	return nil
}

func (s *Store) run(next *state, fn func(storage.Tx) error) (err error) {
	defer recovered(&err)
	return fn(&tx{reader: reader{state: next}, now: s.now})
}

// Close implements storage.Store.
func (s *Store) Close() error {
	s.writing <- struct{}{}
	s.closed.Store(true)
	<-s.writing
	return nil
}

func (s *Store) ready(ctx context.Context, op string) error {
	if s.closed.Load() {
		return syncproto.E(syncproto.CodeUnavailable, op, errors.New("the store is closed"))
	}
	if ctx.Err() != nil {
		return ended(op, ctx)
	}
	return nil
}

func ended(op string, ctx context.Context) error {
	code := syncproto.CodeUnavailable
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = syncproto.CodeTimeout
	}
	return syncproto.E(code, op, context.Cause(ctx))
}

// recovered turns a panic of a closure into an error: one bad request must not take the others down.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = syncproto.E(syncproto.CodeInternal, "run a transaction", fmt.Errorf("panic: %v", p))
	}
}

func missing(op string) error { return syncproto.E(syncproto.CodeNotFound, op, nil) }
