package mobilesdk

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Engine is one open profile. It is safe for concurrent use: captures and reads run beside a sync, and of several
// syncs one runs while the others wait for it.
type Engine struct {
	cfg   Config
	hooks hook.Hooks
	store *phonestore.Store
	vault *phonestore.Vault

	syncing   chan struct{} // holds one token; whoever has it may exchange with the server
	importing chan struct{} // the same for the staging table
	captured  chan struct{} // tells a watcher that something waits
	pace      pace
	rejoins   rejoins // of whoever holds syncing
	copier    copier
	lanes     lanes
	stuck     stuck
	pushing   sync.Mutex  // whoever has it may tell the server where the phone is rung
	addresses *addresses  // of the folder's profiles; nil without a folder
	ended     atomic.Bool // the server said that this phone has no access any more

	random sync.Mutex
	closed func() // tells the directory
}

// Open opens or creates the profile at cfg.Path.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	return OpenWithHooks(ctx, cfg, hook.Hooks{})
}

// OpenWithHooks is Open for the simulator.
func OpenWithHooks(ctx context.Context, cfg Config, hooks hook.Hooks) (*Engine, error) {
	cfg = cfg.withDefaults()
	e := &Engine{
		cfg: cfg, hooks: hooks,
		syncing: make(chan struct{}, 1), importing: make(chan struct{}, 1), captured: make(chan struct{}, 1),
	}
	e.pace.reset()
	store, err := phonestore.Open(ctx, cfg.Path, phonestore.Options{PIN: cfg.PIN, Random: lockedRandom{e}, Hooks: &e.hooks})
	if err != nil {
		return nil, err
	}
	e.store, e.vault = store, store.Vault()
	e.copier.e = e
	e.lanes.init(e)
	if err := e.finishImport(ctx, nil); err != nil {
		store.Close()
		return nil, err
	}
	if err := e.openMedia(ctx); err != nil {
		store.Close()
		return nil, err
	}
	return e, nil
}

// Close closes the store. A sync that runs beside it ends with an error.
func (e *Engine) Close() error {
	if e.closed != nil {
		e.closed()
	}
	e.copier.close()
	e.vault.ClearOpened()
	return e.store.Close()
}

// Captured returns a channel that receives after something was captured: for whoever decides when to sync.
func (e *Engine) Captured() <-chan struct{} { return e.captured }

func (e *Engine) noteCapture() {
	select {
	case e.captured <- struct{}{}:
	default:
	}
}

// lockedRandom lets several goroutines share a seeded source.
type lockedRandom struct{ e *Engine }

func (l lockedRandom) Read(b []byte) (int, error) {
	l.e.random.Lock()
	defer l.e.random.Unlock()
	return io.ReadFull(l.e.cfg.Random, b)
}

func (e *Engine) newID() (syncproto.ID, error) {
	var b [10]byte
	if _, err := (lockedRandom{e}).Read(b[:]); err != nil {
		return "", syncproto.E(syncproto.CodeInternal, "make id", err)
	}
	return syncproto.MakeID(max(e.cfg.Clock.Wall().UnixMilli(), 0), b), nil
}

func (e *Engine) captureClock() syncproto.CaptureClock {
	c := e.cfg.Clock
	return syncproto.CaptureClock{
		Device: max(c.Wall().UnixMilli(), 0), Boot: c.Boot(), Uptime: max(int64(c.Uptime()/time.Millisecond), 0),
	}
}

// now is the best guess of the server's time: the phone's clock, put right by what the last answer showed.
func (e *Engine) now(state *phonestore.State) int64 {
	return max(e.cfg.Clock.Wall().UnixMilli()-state.ClockOff, 0)
}
