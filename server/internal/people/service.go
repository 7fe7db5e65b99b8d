package people

import (
	"sync/atomic"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Service changes and lists units, persons, grants and devices. It is safe for concurrent use.
type Service struct {
	store storage.Store
	now   func() time.Time
	*shared
}

// shared is what a service and those made from it by WithClock have in common.
type shared struct {
	cache Cache
	book  atomic.Pointer[directory]
	fleet atomic.Pointer[fleet]
	woken chan struct{} // size 1: something was changed that Run must look at
}

// New makes a service over a store.
func New(store storage.Store) *Service {
	return &Service{store: store, now: time.Now, shared: &shared{woken: make(chan struct{}, 1)}}
}

// WithClock returns a service that takes its timestamps from now. Demonstrations compress a week into minutes.
func (s *Service) WithClock(now func() time.Time) *Service {
	return &Service{store: s.store, now: now, shared: s.shared}
}

func (s *Service) millis() int64 { return s.now().UnixMilli() }

// poke tells Run that something was changed.
func (s *Service) poke() {
	select {
	case s.woken <- struct{}{}:
	default: // it knows
	}
}

func invalid(op, detail string) error {
	return &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: detail}
}

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }
