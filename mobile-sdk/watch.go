package mobilesdk

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"runtime"
	"sync"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

const (
	firstWait = 2 * time.Second
	longest   = 5 * time.Minute
	// regular is how often a watcher syncs when nothing pokes it: a lost poke must not last for ever.
	regular = 15 * time.Minute
)

// backoff doubles the wait after each failure, with jitter, because a province's phones lose the same mast at the same
// time and must not come back together.
type backoff struct{ wait time.Duration }

func (b *backoff) next(e *Engine, err error) time.Duration {
	b.wait = min(max(b.wait*2, firstWait), longest)
	wait := b.wait/2 + time.Duration(e.share()*float64(b.wait/2))
	if refused, ok := errors.AsType[*Refusal](err); ok {
		wait = max(wait, refused.After)
	}
	return wait
}

// share draws a number from 0 to 1.
func (e *Engine) share() float64 {
	var draw [8]byte
	_, _ = (lockedRandom{e}).Read(draw[:])
	return float64(binary.BigEndian.Uint64(draw[:])>>11) / (1 << 53)
}

// passes reports whether trying again by itself can help.
func passes(err error) bool { return passesCode(syncproto.CodeOf(err)) }

func passesCode(code syncproto.Code) bool {
	switch syncproto.KindOfCode(code) {
	case syncproto.Unavailable, syncproto.Exhausted:
		return code != syncproto.CodeStoreFull
	}
	return code == syncproto.CodeBodyIncomplete
}

func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// SyncRetrying is Sync that tries again, with back-off, while the context lasts and trying can help.
func (e *Engine) SyncRetrying(ctx context.Context) (*Summary, error) {
	total := &Summary{}
	var b backoff
	for {
		s, err := e.Sync(ctx)
		total.add(s)
		if err == nil || !passes(err) || ctx.Err() != nil {
			return total, err
		}
		if !pause(ctx, b.next(e, err)) {
			return total, err
		}
	}
}

// Watch keeps the profile in step until ctx ends: it syncs at once, when the server pokes, when something is captured,
// and every quarter of an hour. Beside that it sends files, records first. It calls done after each sync, one call at a
// time; OnMedia hears of the files.
func (e *Engine) Watch(ctx context.Context, done func(*Summary, error)) {
	poked := make(chan struct{}, 1) // one waiting poke stands for any number
	var listening sync.WaitGroup
	listening.Go(func() { e.listen(ctx, poked) })
	listening.Go(func() { e.carry(ctx) })
	defer listening.Wait()
	var b backoff
	for ctx.Err() == nil {
		s, err := e.Sync(ctx)
		if ctx.Err() != nil {
			return
		}
		done(s, err)
		wait := regular
		if err != nil {
			wait = b.next(e, err)
			if !passes(err) {
				wait = longest
			}
		} else {
			b = backoff{}
		}
		e.idle(ctx, wait, err == nil, poked)
	}
}

// idle waits for a reason to sync. After a failure only time and the server's poke count: a volunteer who captures on a
// dead link would otherwise make it dial for each story.
func (e *Engine) idle(ctx context.Context, wait time.Duration, well bool, poked <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	captured := e.captured
	if !well {
		captured = nil
	}
	select {
	case <-timer.C:
	case <-poked:
	case <-captured:
	case <-ctx.Done():
	}
}

// listen keeps a live connection and turns its pokes into one.
func (e *Engine) listen(ctx context.Context, poked chan<- struct{}) {
	var b backoff
	for ctx.Err() == nil {
		request, err := e.liveRequest(ctx)
		if err == nil {
			err = e.cfg.Transport.Live(ctx, request, func() {
				b = backoff{}
				select {
				case poked <- struct{}{}:
				default:
				}
			})
		}
		if !pause(ctx, b.next(e, err)) {
			return
		}
	}
}

func (e *Engine) liveRequest(ctx context.Context) (*Request, error) {
	var r *Request
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if state.Device == "" {
			return syncproto.E(syncproto.CodeNotEnrolled, "listen", nil)
		}
		token, err := e.store.OpenToken(state.Token)
		r = &Request{Server: state.Server, Path: "/v1/live", Token: token}
		return err
	})
	return r, err
}

// watcher runs Watch for an app. All callbacks come from one thread: each thread that enters a JVM stays attached to it
// for ever.
type watcher struct {
	mu     sync.Mutex
	cancel context.CancelFunc
	ended  chan struct{}
}

func (w *watcher) start(e *Engine, l Listener) {
	w.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	w.cancel, w.ended = cancel, ended
	go func() {
		defer close(ended)
		follow(ctx, e, l)
	}()
}

// follow watches in goroutines and calls the listener from this thread alone.
func follow(ctx context.Context, e *Engine, l Listener) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	calls := make(chan func())
	hand := func(call func()) {
		select {
		case calls <- call:
		case <-ctx.Done():
		}
	}
	e.OnMedia(func(item MediaItem) {
		hand(func() {
			text, _ := json.Marshal(item)
			l.OnMedia(text)
		})
	})
	defer e.OnMedia(nil)
	var watching sync.WaitGroup
	watching.Go(func() {
		e.Watch(ctx, func(s *Summary, err error) { hand(func() { tell(l, s, err) }) })
	})
	defer watching.Wait()
	for {
		select {
		case call := <-calls:
			survive(call)
		case <-ctx.Done():
			return
		}
	}
}

// survive outlives a listener that panics: the watcher must not end the app.
func survive(call func()) {
	defer func() { _ = recover() }()
	call()
}

func tell(l Listener, s *Summary, err error) {
	if err != nil {
		l.OnProblem(plain(err).Error())
		return
	}
	text, _ := json.Marshal(s)
	l.OnSync(text)
}

func (w *watcher) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel == nil {
		return
	}
	w.cancel()
	<-w.ended
	w.cancel, w.ended = nil, nil
}
