package upload

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options holds what may be left out, except Spool. The zero values are what a server runs with.
type Options struct {
	Spool   string                         // the folder of unfinished files, on this machine; required
	Quota   int64                          // bytes that one person may have sent and may be sending; 0 for 20 GiB
	MaxOpen int                            // unfinished uploads of one person; 0 for 200
	Expiry  time.Duration                  // how long an upload may rest (S-169); 0 for 7 days
	MinFree int64                          // bytes of the disk that stay free; 0 for max(2 GiB, 10 %), below 0 for none
	Now     func() time.Time               // nil for time.Now
	Log     *slog.Logger                   // nil for none
	Changed func(scopes []syncproto.Scope) // told after records changed; nil for nobody
	Stored  func()                         // told after a file became a blob that is to be looked at; nil for nobody
}

// What the zero values of Options stand for.
const (
	defaultQuota   = 20 << 30
	defaultMaxOpen = 200
	defaultExpiry  = 7 * 24 * time.Hour
)

// memory is how long an upload that ended is remembered: a phone whose answer was lost asks within a day (S-167).
const memory = 24 * time.Hour

func (o *Options) fill() {
	if o.Quota <= 0 {
		o.Quota = defaultQuota
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = defaultMaxOpen
	}
	if o.Expiry <= 0 {
		o.Expiry = defaultExpiry
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func([]syncproto.Scope) {}
	}
	if o.Stored == nil {
		o.Stored = func() {}
	}
}

// Service takes files in. It is safe for concurrent use. Run must be running for what was accepted to get from the
// spool into a blob store that was down.
type Service struct {
	store  storage.Store
	blobs  storage.Blobs
	opt    Options
	log    *slog.Logger
	access people.Cache
	spool  *spool
	seats  seats
	tasks  tasks
	pushed pushed
	hashed sync.Map // ids of whole uploads whose bytes this process has hashed: what it vouches for

	received   atomic.Int64
	mismatches atomic.Int64
	silent     atomic.Int64 // Unix ms until which the blob store is not asked for orphans: it did not answer
}

// New makes a service and its spool folder. The folder belongs to one process at a time.
func New(store storage.Store, blobs storage.Blobs, opt Options) (*Service, error) {
	opt.fill()
	spool, err := openSpool(opt.Spool)
	if err != nil {
		return nil, err
	}
	s := &Service{store: store, blobs: blobs, opt: opt, log: opt.Log, spool: spool}
	s.seats.held = map[syncproto.ID]*seat{}
	s.tasks.init()
	s.pushed.known = map[syncproto.ID]sent{}
	return s, nil
}

// Stop ends the requests that bring bytes, keeps what they brought, and refuses later ones with unavailable. It does not
// wait for them.
func (s *Service) Stop() { s.seats.close() }

// Stats are counters since the start.
type Stats struct {
	Open       int   // requests that bring bytes now
	Received   int64 // bytes of files
	Takeovers  int64 // requests that were ended by a newer one for the same upload
	Mismatches int64 // files and pieces whose hash was another than was said
}

// Stats returns the counters.
func (s *Service) Stats() Stats {
	return Stats{
		Open: s.seats.count(), Received: s.received.Load(), Takeovers: s.seats.takeovers.Load(), Mismatches: s.mismatches.Load(),
	}
}

func (s *Service) now() int64 { return s.opt.Now().UnixMilli() }

// update changes one upload in a transaction that reads it anew: what writes bytes, what carries them to the blob store
// and what sweeps each own other fields of the row. change may run more than once. Nothing is written if it fails.
func (s *Service) update(ctx context.Context, id syncproto.ID, change func(tx storage.Tx, u *storage.Upload) error) (out *storage.Upload, err error) {
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		u, err := tx.Upload(id)
		if err != nil {
			return missing(err)
		}
		u.Changed = s.now()
		if err := change(tx, u); err != nil {
			return err
		}
		out = u
		return tx.PutUpload(u)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// rest moves the time until which an upload may rest, and never back: a machine without a clock of its own wakes up in
// 1970, and what was sent until it hears the time would be swept at once then.
func (s *Service) rest(u *storage.Upload) {
	u.Expires = max(u.Expires, s.now()+s.opt.Expiry.Milliseconds())
}

// missing gives a store's not_found the code that uploads have for it.
func missing(err error) error {
	if isNotFound(err) {
		return syncproto.E(syncproto.CodeUploadMissing, "find upload", err)
	}
	return err
}

func isNotFound(err error) bool { return err != nil && syncproto.CodeOf(err) == syncproto.CodeNotFound }

func invalid(op, detail string) error {
	return &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: detail}
}
