package notify

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// defaultCap is how many routine calls ring for a person on a day, and defaultDesk how often a desk rings for one kind.
const (
	defaultCap  = 4
	defaultDesk = 10 * time.Minute
)

// lookEvery is how often the planner looks for what nobody woke it for: notices whose hold ended, and what another
// process made.
const lookEvery = 2 * time.Second

// planningAtOnce is how many intents one look at them returns. More than a few exist only when several mass calls go out
// together.
const planningAtOnce = 16

// noticesAtOnce bounds one transaction of notices: phones that sync wait behind each.
const noticesAtOnce = 50

// Options holds what a planner needs; all but Store may be left out.
type Options struct {
	Store     storage.Store
	Access    *people.Cache                // nil for one of its own
	Poke      func(persons []syncproto.ID) // whose connected phones have a call to sync, after a commit; it must not block
	Wake      func()                       // of the engine, after a commit; it must not block
	Now       func() time.Time             // nil for time.Now
	Log       *slog.Logger                 // nil for none
	Cap       int                          // routine pushes for a person on a day; 0 for 4
	DeskEvery time.Duration                // between two rings of a desk for one kind, and of notes under one thing; 0 for 10 min
	Every     time.Duration                // between looks; 0 for 2 s
}

// Planner makes deliveries of calls and notices. Run does the work; Wake, Quiet and Render may be called from anywhere.
type Planner struct {
	store  storage.Store
	access *people.Cache
	opt    Options
	woken  chan struct{} // size 1

	mu  sync.Mutex
	key []byte // of message ids; nil until it was read
}

// New makes a planner.
func New(opt Options) *Planner {
	if opt.Access == nil {
		opt.Access = &people.Cache{}
	}
	if opt.Poke == nil {
		opt.Poke = func([]syncproto.ID) {}
	}
	if opt.Wake == nil {
		opt.Wake = func() {}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Cap <= 0 {
		opt.Cap = defaultCap
	}
	if opt.DeskEvery <= 0 {
		opt.DeskEvery = defaultDesk
	}
	if opt.Every <= 0 {
		opt.Every = lookEvery
	}
	return &Planner{store: opt.Store, access: opt.Access, opt: opt, woken: make(chan struct{}, 1)}
}

// Quiet reports whether only urgent calls ring at a time; it is the engine's Quiet.
func (p *Planner) Quiet(now time.Time) bool { return Quiet(now) }

// Wake says that there is something to plan. It never blocks.
func (p *Planner) Wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// Run plans until ctx ends, and prunes once an hour. What fails is logged and tried again at the next look.
func (p *Planner) Run(ctx context.Context) error {
	tick := time.NewTicker(p.opt.Every)
	defer tick.Stop()
	var pruned time.Time
	for {
		p.note(ctx, "pushes not planned", p.Tick(ctx))
		if time.Since(pruned) >= pruneEvery {
			p.note(ctx, "deliveries not pruned", p.Prune(ctx))
			pruned = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-p.woken:
		}
	}
}

func (p *Planner) note(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		p.opt.Log.Warn(what, "code", syncproto.CodeOf(err), "err", err)
	}
}

// Tick plans everything that is there to plan now. It is for one goroutine. Shares of intents and notices take turns: neither
// holds up the other, however many come meanwhile. An intent that cannot be planned holds up no other one: the first error
// is returned when the others are done.
func (p *Planner) Tick(ctx context.Context) (wrong error) {
	notices, passed := true, map[int64]bool{}
	looked := time.Now()
	for ctx.Err() == nil {
		began := time.Now()
		next, err := p.nextIntent(ctx, passed)
		if err != nil {
			return err
		}
		if next == nil && !notices {
			return wrong
		}
		if next != nil {
			if err := p.planShare(ctx, next); err != nil {
				passed[next.Number] = true
				wrong = cmp.Or(wrong, err)
			}
		}
		if notices || time.Since(looked) > p.opt.Every { // a mass call takes a while, and an author need not wait for it
			notices, err = p.planNotices(ctx)
			wrong, looked = cmp.Or(wrong, err), time.Now()
		}
		if next != nil && next.Class != storage.ClassUrgent {
			p.rest(ctx, time.Since(began))
		}
	}
	return ctx.Err()
}

// mostRest bounds a rest: a disk that was slow once does not make the planner slow.
const mostRest = 100 * time.Millisecond

// rest leaves the database to phones that sync for as long as a share has taken it. Whoever wakes the planner ends it.
func (p *Planner) rest(ctx context.Context, took time.Duration) {
	timer := time.NewTimer(min(took, mostRest))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-p.woken:
	case <-timer.C:
	}
}

// nextIntent returns the first intent of the first class that has something to plan, nil if none has. It is asked anew for
// each share, so that an urgent call waits for one share of a mass call and not for all of them.
func (p *Planner) nextIntent(ctx context.Context, passed map[int64]bool) (next *storage.Intent, err error) {
	err = p.store.View(ctx, func(r storage.Reader) error {
		next = nil
		list, err := r.Planning(planningAtOnce + len(passed))
		if err != nil {
			return err
		}
		for i := range list {
			if !passed[list[i].Number] {
				next = &list[i]
				return nil
			}
		}
		return nil
	})
	return next, err
}

func (p *Planner) millis() int64 { return p.opt.Now().UnixMilli() }

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }
