package push

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// drainTime is how long a shutdown lets sends finish.
	drainTime = 15 * time.Second
	// bookTime is how long a shutdown tries to write down the last results.
	bookTime = 10 * time.Second
)

// Engine sends what is due. It is safe for concurrent use; of those that share a database one runs at a time.
//
// A slot belongs to a message from the moment it leaves until what came of it is committed. There are InFlight slots, a
// sixteenth of which only urgent messages may use. So at most InFlight messages can have been sent without anything being
// written down: that is the most a process that is killed sends twice. Besides, up to a third of InFlight of each class are
// leased ahead so that slots need not wait for the database; these were not sent. No more than twice InFlight are leased at
// any moment (storage.Recovered.Leases).
type Engine struct {
	opt  Options
	wake chan struct{} // of size 1

	work    chan task     // to workers that are idle
	rest    chan struct{} // ends idle workers
	results chan *outcome // of attempts; has room for all, so that no send waits for the loop
	jobs    chan *job
	written chan *job

	mu sync.Mutex // guards what follows: it is the loop's, and Status reads it
	state
}

// state is what the loop knows.
type state struct {
	running  bool
	draining bool
	sends    context.Context // of requests; ends when a drain takes too long
	shared   context.Context // the part of sends that those use which begin now
	sharedAt time.Time
	lanes    map[Service]*lane
	order    []*lane // by service
	turn     int     // which lane is served first
	watch    watch
	found    storage.Recovered

	leased   int // leases that are not written down as over
	taken    int // slots in use
	others   int // of these by classes other than urgent
	queued   perClass[int]
	empty    perClass[bool] // the last lease of the class found too little
	done     []*outcome     // to be written down
	waiting  time.Time      // since when the first of these waits
	pauses   []int64        // intents that are to be paused
	writing  *job           // under way
	took     time.Duration  // by the last one
	stale    bool           // something may have become due since that looked
	expire   bool           // what is over is to be looked for
	next     time.Time      // when something that waits is due
	beat     time.Time      // of the next look without a reason
	troubled int            // failures of the database in a row
	trouble  syncproto.Code // of the last one
	tryAgain time.Time
	alarm    time.Time // when the loop has to look again; the zero time for never
}

// New makes an engine. Nothing happens before Run.
func New(o Options) *Engine {
	o.fill()
	e := &Engine{
		opt: o, wake: make(chan struct{}, 1), results: make(chan *outcome, o.InFlight),
		work: make(chan task), rest: make(chan struct{}), jobs: make(chan *job, 1), written: make(chan *job, 1),
	}
	e.lanes = map[Service]*lane{}
	for service, sender := range o.Senders {
		e.addLane(service, sender)
	}
	e.measure()
	return e
}

func (e *Engine) addLane(service Service, sender Sender) *lane {
	l := newLane(service, sender, e.opt.Rate, e.opt.Ramp)
	e.lanes[service] = l
	e.order = append(e.order, l)
	slices.SortFunc(e.order, func(a, b *lane) int { return cmpText(a.service, b.service) })
	return l
}

// Wake says that something may be due that was not there before. It never blocks. Without it the engine finds out within a
// minute.
func (e *Engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Run first makes due again what a process left behind that was killed (once: call Run once), and then sends until ctx
// ends. It then leases nothing more, gives back what it had not sent, lets sends finish for up to 15 seconds, writes down
// what came of them and returns nil. It returns an error where that last transaction fails: what it held is found by the
// next Run like that of a killed process. A database that fails in between is waited for; nothing is sent meanwhile beyond
// the slots.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.start(); err != nil {
		return err
	}
	if !e.recoverLeases(ctx) {
		return nil
	}
	sends, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	e.mu.Lock()
	e.sends = sends
	e.mu.Unlock()
	go e.keepBooks(context.WithoutCancel(ctx))
	defer close(e.jobs)
	defer close(e.rest)
	return e.loop(ctx, cancel)
}

func (e *Engine) start() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running {
		return errors.New("push: the engine runs already")
	}
	e.running = true
	return nil
}

// recoverLeases makes leased deliveries due again, waiting for the database where it must. It is false if ctx ended first.
func (e *Engine) recoverLeases(ctx context.Context) bool {
	for failures := 1; ; failures++ {
		var found storage.Recovered
		err := e.opt.Store.Update(ctx, func(tx storage.Tx) (err error) {
			found, err = tx.Recover(e.opt.Now().UnixMilli())
			return err
		})
		if err == nil {
			e.mu.Lock()
			e.found = found
			e.mu.Unlock()
			if found.Leases > 0 {
				e.opt.Log.Warn("pushes were interrupted; each may have been sent and is sent again", "deliveries", found.Leases)
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		e.opt.Log.Warn("interrupted pushes not looked for", "code", syncproto.CodeOf(err), "err", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(bookWait(failures)):
		}
	}
}

// Resume lets an intent go on that was paused because too many of its messages were refused. One that is not paused stays
// as it is. Errors: not_found, and those of the store.
func (e *Engine) Resume(ctx context.Context, intent int64) error {
	err := e.opt.Store.Update(ctx, func(tx storage.Tx) error {
		i, err := tx.Intent(intent)
		if err != nil || i.State != storage.IntentPaused {
			return err
		}
		i.State = storage.IntentPlanning
		if _, err := tx.NextShare(intent); syncproto.CodeOf(err) == syncproto.CodeNotFound {
			i.State = storage.IntentOpen
		} else if err != nil {
			return err
		}
		return tx.PutIntent(i)
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.watch.resume(intent)
	e.mu.Unlock()
	e.Wake()
	return nil
}

// Cancelled is told that an intent was cancelled: what was leased of it and has not left yet goes back, and ends as
// cancelled. Without it what is leased ahead would still be sent: as much as a transaction of the database takes.
func (e *Engine) Cancelled(intent int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watch.stop(e.opt.Now(), intent)
}
