package campaign

import (
	"log/slog"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// DefaultLarge is the number of recipients above which a call needs a second officer, where nothing else is configured.
const DefaultLarge = 5000

// Pace is what the engine says of itself: how fast it sends, and what stands still and why.
type Pace struct {
	Rate   float64  `json:"rate"`            // deliveries a second, as configured or lowered
	Quiet  bool     `json:"quiet,omitempty"` // quiet hours: only what is urgent goes out
	Paused []Paused `json:"paused,omitempty"`
}

// Paused is a push service that is not used for now, and the code of why.
type Paused struct {
	Service string `json:"service"`
	Code    string `json:"code"`
	Since   int64  `json:"since"` // Unix ms
}

// Options holds what a Service works with. Store, Access, Syncer and Audience are required.
type Options struct {
	Store     storage.Store
	Access    *people.Cache
	Syncer    *syncer.Service // writes the records that phones read, and pokes those who follow them
	Audience  *audience.Service
	Wake      func()           // tells the planner that there is an intent; nil for nobody
	Cancelled func(int64)      // tells the engine, after the commit, of an intent that was cancelled; nil for nobody
	Pace      func() Pace      // asks the engine; nil for none
	Now       func() time.Time // nil for time.Now
	Log       *slog.Logger     // nil for none; it gets ids, codes and counts only
	Large     int64            // recipients above which a second officer is needed; 0 for DefaultLarge
	LinkHosts []string         // hosts to which calls may link, with the hosts below them
}

// Service keeps campaigns and calls. It is safe for concurrent use. Of those that share a database only one may run Run.
type Service struct {
	opt   Options
	store storage.Store
	woken chan struct{} // of size 1
}

// New makes a service. Run must be running for schedules to be kept.
func New(opt Options) *Service {
	if opt.Wake == nil {
		opt.Wake = func() {}
	}
	if opt.Cancelled == nil {
		opt.Cancelled = func(int64) {}
	}
	if opt.Pace == nil {
		opt.Pace = func() Pace { return Pace{} }
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Large == 0 {
		opt.Large = DefaultLarge
	}
	return &Service{opt: opt, store: opt.Store, woken: make(chan struct{}, 1)}
}

// Large is the number of recipients above which a second officer is needed.
func (s *Service) Large() int64 { return s.opt.Large }

func (s *Service) now() int64 { return s.opt.Now().UnixMilli() }

// Wake says that something may be due or done. It never blocks.
func (s *Service) Wake() {
	select {
	case s.woken <- struct{}{}:
	default: // Run knows
	}
}

func fail(code syncproto.Code, op, detail string) error {
	return &syncproto.Error{Code: code, Op: op, Detail: detail}
}

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }
