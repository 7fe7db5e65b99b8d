package mobilesdk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// lanes is what the engine remembers of the sending of files while it runs. Everything that must outlive it is in the
// store. One sender works at a time, one file at a time: on a slow link two share what one would get.
type lanes struct {
	e       *Engine
	sending chan struct{} // holds one token, like Engine.syncing
	stirred chan struct{} // tells the watcher's sender that there may be something to do

	mu       sync.Mutex
	network  Network // "" until the app said something
	running  *transfer
	holds    int                  // rounds that carry records now
	released chan struct{}        // closed when holds is 0 again
	dirty    bool                 // what was planned may no longer hold
	respites map[int64]*respite   // by file
	verified map[int64]stamp      // files outside the vault that were hashed by this process
	chunk    int64                // what a proxy taught; 0 for nothing
	tell     func(item MediaItem) // hears of progress
}

// respite is how long a file is left alone.
type respite struct {
	record syncproto.ID
	code   syncproto.Code // why
	wait   time.Duration
	until  time.Time
	passes bool // trying again by itself can help soon
}

// stamp is how a file looked when it was hashed.
type stamp struct{ size, modified int64 }

// transfer is the file that is being sent.
type transfer struct {
	file   phonestore.Media // as it was when the transfer began: the sender goes on writing its own
	cancel context.CancelCauseFunc
	sent   int64
	told   time.Time
}

// errOvertaken ends a transfer that something more urgent passes by. Its bytes are kept.
var errOvertaken = errors.New("something more urgent goes first")

func (l *lanes) init(e *Engine) {
	l.e, l.sending, l.stirred = e, make(chan struct{}, 1), make(chan struct{}, 1)
	l.respites, l.verified = map[int64]*respite{}, map[int64]stamp{}
}

func (l *lanes) stir() {
	select {
	case l.stirred <- struct{}{}:
	default:
	}
}

// changed has everything looked at again after the person, the app or the server said something.
func (l *lanes) changed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty = true
	if l.running != nil {
		l.running.cancel(errOvertaken)
	}
	l.stir()
}

func (l *lanes) setNetwork(n Network) {
	l.mu.Lock()
	same := l.network == n
	if !same {
		l.network = n
		for _, r := range l.respites { // another network is another chance
			if r.passes {
				r.until = time.Time{}
			}
		}
	}
	l.mu.Unlock()
	if !same {
		l.changed()
	}
}

// hold makes way for records: a running file that is no thumbnail stops, and no other begins until release.
func (l *lanes) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds++; l.holds == 1 {
		l.released = make(chan struct{})
	}
	if l.running != nil && l.running.file.Lane != syncproto.LaneThumbnail {
		l.running.cancel(errOvertaken)
	}
}

func (l *lanes) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds--; l.holds == 0 {
		close(l.released)
	}
}

// clear waits until no record is on its way.
func (l *lanes) clear(ctx context.Context) error {
	l.mu.Lock()
	held, released := l.holds > 0, l.released
	l.mu.Unlock()
	if !held {
		return nil
	}
	select {
	case <-released:
		return nil
	case <-ctx.Done():
		return syncproto.E(syncproto.CodeTimeout, "send files", ctx.Err())
	}
}

// synced looks, after a round, for what the round made possible: a smaller lane overtakes a larger one that runs.
func (l *lanes) synced(ctx context.Context) {
	l.mu.Lock()
	l.dirty = true
	running := l.running
	l.mu.Unlock()
	if running != nil && running.file.Lane != syncproto.LaneThumbnail {
		if p, err := l.e.planMedia(ctx); err == nil && p.overtakes(running.file.Lane) {
			running.cancel(errOvertaken)
		}
	}
	l.stir()
}

// takeDirty reports whether the plan may have changed, once.
func (l *lanes) takeDirty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.dirty
	l.dirty = false
	return was
}

// begin notes which file is being sent and returns a context that ends when it is overtaken.
func (l *lanes) begin(ctx context.Context, m *phonestore.Media) (context.Context, *transfer) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &transfer{file: *m, cancel: cancel, sent: m.Sent}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = t
	if l.holds > 0 && m.Lane != syncproto.LaneThumbnail {
		cancel(errOvertaken)
	}
	return ctx, t
}

func (l *lanes) end(t *transfer) {
	t.cancel(nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = nil
}

// progress notes how far a file is, and tells it a few times a second.
func (l *lanes) progress(t *transfer, sent int64) {
	l.mu.Lock()
	if l.running != t { // the transport reads on for a moment after a transfer ended
		l.mu.Unlock()
		return
	}
	t.sent = sent
	tell := l.tell
	due := time.Since(t.told) >= 250*time.Millisecond
	if due {
		t.told = time.Now()
	}
	l.mu.Unlock()
	if tell != nil && due {
		item := l.e.mediaItem(&t.file, "")
		item.State, item.Sent = FileSending, sent
		item.percent()
		tell(item)
	}
}

// told tells how a file's state changed.
func (l *lanes) told(m *phonestore.Media) {
	l.mu.Lock()
	tell := l.tell
	l.mu.Unlock()
	if tell != nil {
		tell(l.e.mediaItem(m, ""))
	}
}

// OnMedia has fn hear of every file that moves or comes to rest, a few times a second at most for each. It is called
// from the sender and must return soon. nil ends it.
func (e *Engine) OnMedia(fn func(MediaItem)) {
	e.lanes.mu.Lock()
	defer e.lanes.mu.Unlock()
	e.lanes.tell = fn
}

// The waits of a file that did not go. A province's phones lose the same mast at the same time.
const (
	firstRespite = 2 * time.Second
	lastRespite  = 5 * time.Minute
	// roomRespite is how long a file waits for room on the server, if that names no time.
	roomRespite = 10 * time.Minute
)

// rest leaves a file alone for a while: twice as long each time, with jitter, and as long as the server asks.
func (l *lanes) rest(m *phonestore.Media, code syncproto.Code, after time.Duration, passes bool) {
	share := l.e.share()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.respites[m.Seq]
	if r == nil {
		r = &respite{record: m.Record}
		l.respites[m.Seq] = r
	}
	r.code = code
	r.wait = min(max(2*r.wait, firstRespite), lastRespite)
	wait := r.wait/2 + time.Duration(share*float64(r.wait/2))
	if !passes {
		wait = roomRespite/2 + time.Duration(share*float64(roomRespite/2))
	}
	r.until, r.passes = time.Now().Add(max(wait, after)), passes
}

// forgive ends a file's wait.
func (l *lanes) forgive(seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.respites, seq)
}

// delivered ends the waits that a sync ends: the server did not know the record, or another file of it, and now
// something of the record went or came.
func (l *lanes) delivered(records map[syncproto.ID]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.respites {
		if records[r.record] && (r.code == syncproto.CodeRecordMissing || r.code == syncproto.CodeMediaMismatch) {
			r.until = time.Time{}
		}
	}
}

// soonest returns how long until one of these files may be tried again by itself, and whether there is any. Files that
// wait for something else besides are not among them: their time coming changes nothing.
func (l *lanes) soonest(files []int64) (wait time.Duration, any bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, seq := range files {
		r := l.respites[seq]
		if r == nil || !r.passes {
			continue
		}
		if left := r.until.Sub(now); !any || left < wait {
			wait, any = max(left, 0), true
		}
	}
	return wait, any
}

// MediaSummary says what a sending of files did.
type MediaSummary struct {
	Arrived   int   `json:"arrived"` // files that the server has whole now, sent or known to it before
	Asked     int   `json:"asked"`
	Parked    int   `json:"parked"`
	Waiting   int   `json:"waiting"` // files that are left, for whatever reason
	BytesUp   int64 `json:"bytes_up"`
	BytesDown int64 `json:"bytes_down"`
	Millis    int64 `json:"millis"`

	resting []int64 // files that wait for nothing but their time
}

func (s *MediaSummary) add(o *MediaSummary) {
	s.resting = o.resting
	s.Arrived += o.Arrived
	s.Asked += o.Asked
	s.Parked += o.Parked
	s.Waiting = o.Waiting
	s.BytesUp += o.BytesUp
	s.BytesDown += o.BytesDown
	s.Millis += o.Millis
}

// SyncMedia sends every file that may go now: thumbnails of all photos first, then display copies, then originals. It
// tries again, with back-off, while the context lasts and trying can help. It sends files only of records that a sync
// has brought to the server, and may run beside any other call. The summary is never nil.
//
// A file that cannot be sent is parked with a reason and holds up no other; see Media.
func (e *Engine) SyncMedia(ctx context.Context) (*MediaSummary, error) {
	total := &MediaSummary{}
	var b backoff
	for {
		s, err := e.SendMedia(ctx)
		total.add(s)
		if err != nil && (!passes(err) || ctx.Err() != nil) {
			return total, err
		}
		wait, any := e.lanes.soonest(s.resting)
		switch {
		case err != nil:
			wait = max(wait, b.next(e, err))
		case !any:
			e.finishEnd(ctx)
			return total, nil
		default:
			b = backoff{}
		}
		if !pause(ctx, wait) {
			return total, err
		}
	}
}

// carry sends files beside Watch until ctx ends.
func (e *Engine) carry(ctx context.Context) {
	var b backoff
	for ctx.Err() == nil {
		s, err := e.SendMedia(ctx)
		if err == nil && s.Arrived > 0 {
			e.finishEnd(ctx)
		}
		wait := regular
		switch soon, any := e.lanes.soonest(s.resting); {
		case err != nil:
			wait = b.next(e, err)
		case any:
			wait, b = min(soon, regular), backoff{}
		default:
			b = backoff{}
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-e.lanes.stirred:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// SendMedia is SyncMedia without trying again: it ends when every file that may go now went or failed, with an error
// when the link does not carry.
func (e *Engine) SendMedia(ctx context.Context) (*MediaSummary, error) {
	s := &MediaSummary{}
	files, ok := e.cfg.Transport.(FileTransport)
	if !ok {
		return s, nil
	}
	select {
	case e.lanes.sending <- struct{}{}:
		defer func() { <-e.lanes.sending }()
	case <-ctx.Done():
		return s, syncproto.E(syncproto.CodeTimeout, "send files", ctx.Err())
	}
	started := time.Now()
	sender := &sender{e: e, files: files, summary: s, said: map[int64]syncproto.MediaStatus{}, crossed: map[int64]int{}}
	err := sender.run(ctx)
	s.Millis = time.Since(started).Milliseconds()
	return s, err
}

// sender is one run over all files.
type sender struct {
	e       *Engine
	files   FileTransport
	summary *MediaSummary
	said    map[int64]syncproto.MediaStatus // what the server said of a file, as far as it is still true
	broken  int                             // files in a row on which the link gave way
	link    error                           // what it said
	crossed map[int64]int                   // how often a file's offset was another than the server had said
}

// run goes over the plan until nothing is left that may go now.
func (s *sender) run(ctx context.Context) error {
	for {
		s.e.lanes.takeDirty()
		plan, err := s.e.planMedia(ctx)
		if err != nil {
			return err
		}
		for seq, status := range s.said { // what was refused is asked about again when its time has come
			if status.State == syncproto.MediaRefused && !s.e.lanes.resting(seq) {
				delete(s.said, seq)
			}
		}
		s.summary.Waiting, s.summary.resting = plan.waiting, plan.resting
		if ask := plan.questions(s.said); len(ask) > 0 {
			if err := s.ask(ctx, plan, ask); err != nil {
				return err
			}
			continue
		}
		ready := slices.DeleteFunc(plan.ready, func(m *phonestore.Media) bool {
			return !toSend(s.said[m.Seq].State)
		})
		if len(ready) == 0 {
			if s.broken > 0 {
				return s.link
			}
			return nil
		}
		if err := s.sendAll(ctx, plan, ready); err != nil {
			return err
		}
	}
}

// sendAll sends files in order, until the order may have changed.
func (s *sender) sendAll(ctx context.Context, plan *mediaPlan, ready []*phonestore.Media) error {
	for _, m := range ready {
		if err := s.e.lanes.clear(ctx); err != nil {
			return err
		}
		if s.e.lanes.takeDirty() {
			return nil
		}
		if err := s.send(ctx, plan, m); err != nil {
			return err
		}
		if s.broken >= 2 { // one file may be what a proxy chokes on; two are the link
			return s.link
		}
		if toSend(s.said[m.Seq].State) {
			return nil // it is not done: it may be first again
		}
	}
	return nil
}
