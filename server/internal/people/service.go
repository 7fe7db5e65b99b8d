package people

import (
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Service changes and lists units, persons, grants and devices. It is safe for concurrent use.
type Service struct {
	store storage.Store
	now   func() time.Time
}

// New makes a service over a store.
func New(store storage.Store) *Service { return &Service{store: store, now: time.Now} }

// WithClock returns a service that takes its timestamps from now. Demonstrations compress a week into minutes.
func (s *Service) WithClock(now func() time.Time) *Service {
	return &Service{store: s.store, now: now}
}

func (s *Service) millis() int64 { return s.now().UnixMilli() }

func invalid(op, detail string) error {
	return &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: detail}
}

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }
