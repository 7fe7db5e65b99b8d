package staff

import (
	"log/slog"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Options are what a service can be told. The zero value is what a server runs with.
type Options struct {
	Now func() time.Time // nil for time.Now
	Log *slog.Logger     // nil for none
}

// Service signs people in. It is safe for concurrent use.
type Service struct {
	store storage.Store
	now   func() time.Time
	log   *slog.Logger
}

// New makes the service over a store.
func New(store storage.Store, o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, now: o.Now, log: o.Log}
}

func (s *Service) millis() int64 { return s.now().UnixMilli() }

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }
