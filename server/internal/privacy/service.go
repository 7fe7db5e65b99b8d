package privacy

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"lantoa/server/internal/media"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options hold what may be left out. The zero value is what a server runs with.
type Options struct {
	Now func() time.Time // nil for time.Now
	Log *slog.Logger     // nil for none; it gets ids, codes and counts only
	// Poll is how often the worker looks for cases that are due; 0 for 5 s. Poke makes it look at once.
	Poll time.Duration
	// Facts opens what people told of themselves, for an export; nil if it cannot be.
	Facts func(f *storage.Fact) (string, error)
	// Freed is told, after the commit, of a call in which a person who was erased had a place; nil for nobody.
	Freed func(ctx context.Context, call syncproto.ID) error
	// At is called before each step of the worker, with its name. An error ends the step there, as a crash would; for tests.
	At func(step string) error
}

// Service keeps cases and erases. It is safe for concurrent use. Of those that share a database only one may run Run.
type Service struct {
	store   storage.Store
	blobs   storage.Blobs
	records *syncer.Service
	files   *media.Service
	uploads *upload.Service
	opt     Options
	access  people.Cache
	wake    chan struct{} // of size 1
}

// New makes a service. Run must be running for cases to be worked on.
func New(store storage.Store, blobs storage.Blobs, records *syncer.Service, files *media.Service, uploads *upload.Service, opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Poll <= 0 {
		opt.Poll = 5 * time.Second
	}
	if opt.Facts == nil {
		opt.Facts = func(*storage.Fact) (string, error) {
			return "", syncproto.E(syncproto.CodeUnavailable, "open fact", nil)
		}
	}
	if opt.Freed == nil {
		opt.Freed = func(context.Context, syncproto.ID) error { return nil }
	}
	if opt.At == nil {
		opt.At = func(string) error { return nil }
	}
	return &Service{
		store: store, blobs: blobs, records: records, files: files, uploads: uploads, opt: opt, wake: make(chan struct{}, 1),
	}
}

func (s *Service) now() int64 { return s.opt.Now().UnixMilli() }

// Poke says that a case may be due. It never blocks.
func (s *Service) Poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// rest is how long the worker rests between looks.
const rest = 100 * time.Millisecond

// Run works on cases as they become due until ctx ends. It begins with what an earlier process left.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.opt.Poll)
	defer tick.Stop()
	for {
		// Whoever pokes does not know whether there is a case: it may be each time that anything changes.
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rest):
		}
		worked, err := s.Step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			s.opt.Log.Warn("cases wait", "code", syncproto.CodeOf(err), "err", err)
		} else if worked {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// Step works on the case that is due first, to its end, and reports whether there was one. A case that cannot be finished
// now is put off and logged; an error means that cases cannot be read or written.
func (s *Service) Step(ctx context.Context) (worked bool, err error) {
	var due []storage.Case
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		due, err = r.CasesDue(s.now(), 1)
		return err
	})
	if err != nil || len(due) == 0 {
		return false, err
	}
	id := due[0].ID
	err = s.run(ctx, id)
	if err == nil || ctx.Err() != nil {
		return true, nil
	}
	s.opt.Log.Warn("case put off", "case", id, "code", syncproto.CodeOf(err), "err", err)
	return true, s.putOff(ctx, id)
}

// Pauses after a step that failed, growing twofold: a blob store that is down is back in a minute or in a day, and the
// deadline is in days.
const (
	firstPause = 5 * time.Second
	lastPause  = 10 * time.Minute
)

func (s *Service) putOff(ctx context.Context, id syncproto.ID) error {
	return s.change(ctx, id, func(_ storage.Tx, c *storage.Case, w *work) error {
		c.Due = s.now() + s.pause(w)
		return nil
	})
}

// pause counts a try that did not come to the end, and returns how long to wait, in ms.
func (s *Service) pause(w *work) int64 {
	w.Tries++
	return min(firstPause<<min(w.Tries-1, 10), lastPause).Milliseconds()
}

// change changes a case and its work in a transaction that reads it anew.
func (s *Service) change(ctx context.Context, id syncproto.ID, fn func(tx storage.Tx, c *storage.Case, w *work) error) error {
	return s.store.Update(ctx, func(tx storage.Tx) error { return changeIn(tx, id, fn) })
}

func changeIn(tx storage.Tx, id syncproto.ID, fn func(tx storage.Tx, c *storage.Case, w *work) error) error {
	c, err := tx.Case(id)
	if err != nil {
		return err
	}
	w, err := workOf(c)
	if err != nil {
		return err
	}
	if err := fn(tx, c, w); err != nil {
		return err
	}
	if c.Steps, err = json.Marshal(w); err != nil {
		return syncproto.E(syncproto.CodeInternal, "keep the steps of a case", err)
	}
	return tx.PutCase(c)
}

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }

func invalid(op, detail string) error {
	return &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: detail}
}
