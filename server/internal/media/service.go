package media

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/picture"
)

// Options hold what may be left out. The zero value is what a server runs with.
type Options struct {
	Now     func() time.Time        // nil for time.Now
	Log     *slog.Logger            // nil for none
	Changed func([]syncproto.Scope) // told after commits which scopes have something new; must not block; nil for nobody
	Work    string                  // folder for files that are being made, which nothing else uses; "" for one of the system's
	// Workers is how many files are looked at at once, and one small one besides while all of them are large; 0 for half
	// of the processors.
	Workers int
	Budget  *picture.Budget // memory for decoding; nil for the one of the process
	// Grace is how long a file that nothing refers to is kept, and bytes that no row knows; 0 for 30 days. A deleted
	// photo can be restored for that long.
	Grace time.Duration
	// Leftover is the age at which unfinished writes of the blob store are removed; 0 for 14 days. It must be above
	// the time for which an upload may rest.
	Leftover time.Duration
	// Presign is for how long an address of the blob store itself is given to readers instead of the bytes; 0 for
	// never. The store must be able to (storage.BlobPresigner), and phones must reach it.
	Presign time.Duration
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func([]syncproto.Scope) {}
	}
	if o.Work == "" {
		o.Work = filepath.Join(os.TempDir(), "lantoa-media")
	}
	if o.Workers <= 0 {
		o.Workers = max(1, runtime.NumCPU()/2)
	}
	if o.Grace <= 0 {
		o.Grace = 30 * 24 * time.Hour
	}
	if o.Leftover <= 0 {
		o.Leftover = 14 * 24 * time.Hour
	}
	o.Presign = min(o.Presign, storage.MaxPresigned)
}

// Service looks at files, gives them to readers and removes them. It is safe for concurrent use. Of those that share
// a database only one may run Run and Collect; any may Open and Verify.
type Service struct {
	store  storage.Store
	blobs  storage.Blobs
	opt    Options
	access people.Cache
	// Of size 1: something may be due.
	wake, wakeSmall chan struct{}

	sizes  sizes
	reads  reads
	totals atomic.Pointer[Totals]

	mu     sync.Mutex
	busy   map[storage.BlobID]int64 // being looked at, with their sizes
	faults map[storage.BlobID]int   // times in a row that the stores failed a file

	rows    lap // where Collect goes on
	orphans lap
	// removing is held from the decision that blobs go until they are gone: by Collect, Condemn and Destroy.
	removing sync.Mutex
	// condemned are the blobs whose removal this process began. removing guards it.
	condemned map[storage.BlobID]bool
}

// New makes a service.
func New(store storage.Store, blobs storage.Blobs, opt Options) *Service {
	opt.fill()
	return &Service{
		store: store, blobs: blobs, opt: opt, wake: make(chan struct{}, 1), wakeSmall: make(chan struct{}, 1),
		condemned: map[storage.BlobID]bool{}, busy: map[storage.BlobID]int64{}, faults: map[storage.BlobID]int{},
	}
}

// Wake says that a file came and waits to be looked at. It never blocks. Without it the file is found a few seconds
// later.
func (s *Service) Wake() {
	rouse(s.wake)
	rouse(s.wakeSmall)
}

func rouse(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// idlePoll is how often a worker without work looks for files that are due again.
const idlePoll = 5 * time.Second

// Run looks at files as they come until ctx ends. A file that was begun is then left as it was.
func (s *Service) Run(ctx context.Context) error {
	if err := s.tidy(); err != nil { // a disk that is full now may have room when a file comes
		s.opt.Log.Warn("work folder not emptied", "code", syncproto.CodeOf(err), "err", err)
	}
	var workers sync.WaitGroup
	for range s.opt.Workers {
		workers.Go(func() { s.work(ctx, s.next, s.wake) })
	}
	workers.Go(func() { s.work(ctx, s.nextSmall, s.wakeSmall) })
	workers.Wait()
	return nil
}

func (s *Service) work(ctx context.Context, next func(context.Context) (*storage.Media, error), wake <-chan struct{}) {
	tick := time.NewTicker(idlePoll)
	defer tick.Stop()
	for {
		worked, err := s.step(ctx, next)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.opt.Log.Warn("media queue waits", "code", syncproto.CodeOf(err), "err", err)
		} else if worked {
			s.Wake() // there may be work for the others
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

// workPlan begins the names of files that are being made.
const workPlan = "look-"

// tidy makes the work folder and removes what a crash left in it.
func (s *Service) tidy() error {
	const op = "prepare the work folder"
	if err := os.MkdirAll(s.opt.Work, 0o700); err != nil {
		return storage.DiskFailure(op, err)
	}
	entries, err := os.ReadDir(s.opt.Work)
	if err != nil {
		return storage.DiskFailure(op, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), workPlan) {
			if err := os.Remove(filepath.Join(s.opt.Work, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return storage.DiskFailure(op, err)
			}
		}
	}
	return nil
}

func (s *Service) now() int64 { return s.opt.Now().UnixMilli() }
