package syncer

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options holds what may be left out. The zero value is what a server runs with.
type Options struct {
	Now        func() time.Time // nil for time.Now
	Logger     *slog.Logger     // nil for none
	Notifier   Notifier         // nil for nobody to tell
	FlushEvery time.Duration    // between writes of what devices said of themselves; 0 for 3 s
	Reviewer   Reviewer         // nil for none: states change, and nothing follows
	Caller     Caller           // nil for none: answers are stored and stand nowhere
	Hold       time.Duration    // how long an approval or a publication can be taken back; 0 for not at all
}

// Service answers sync requests. It is safe for concurrent use.
type Service struct {
	store  storage.Store
	opt    Options
	log    *slog.Logger
	access people.Cache
	board  *Board
	tokens tokens
	key    atomic.Pointer[[]byte]
	ratios ratios
	rounds sync.Pool // of *round
}

// New makes a service. Run must be running for the board of contacts to be written.
func New(store storage.Store, opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.FlushEvery <= 0 {
		opt.FlushEvery = 3 * time.Second
	}
	s := &Service{store: store, opt: opt, log: opt.Logger, board: NewBoard(store)}
	s.ratios.init()
	return s
}

// Tally counts results.
type Tally struct{ Applied, Merged, Conflicts, Rejected, Duplicate int }

func (t *Tally) add(r syncproto.Result) {
	switch r {
	case syncproto.Applied:
		t.Applied++
	case syncproto.Merged:
		t.Merged++
	case syncproto.Conflicts:
		t.Conflicts++
	case syncproto.Rejected:
		t.Rejected++
	case syncproto.Duplicate:
		t.Duplicate++
	}
}

// Reply is the answer to one request.
type Reply struct {
	// Body is the encoded response. It is fresh memory and belongs to the caller.
	Body []byte
	// Encoding is how Body is compressed: what was asked for, or none when the body is too small to gain.
	Encoding wire.Encoding
	Judged   int            // mutations judged by this request
	Results  Tally          // what became of those
	Replayed int            // mutations that had been judged before
	Changes  int            // records, tombstones and removals given
	More     bool           // the device will come again at once
	PushCode syncproto.Code // why the rest of the batch was not judged
}

// Sync answers one request of a device that was authenticated, or recognized: what decides is whether it still has that
// token, and is not revoked, in the store's state that the answer is made of. req may alias the caller's buffer; nothing of it is kept after
// Sync returns. Errors are those of the request as a whole: a forged cursor, a revoked device, a store that cannot be
// read. A store that cannot be written is no error but PushCode unavailable, and the pages come all the same.
func (s *Service) Sync(ctx context.Context, device *storage.Device, req *syncproto.SyncRequest, enc wire.Encoding) (*Reply, error) {
	r := s.newRound(device, req, enc)
	defer s.release(r)
	if err := r.run(ctx); err != nil {
		if syncproto.KindOf(err) == syncproto.Unauthenticated {
			s.tokens.forget(device.TokenHash)
		}
		return nil, err
	}
	r.finish()
	answer := r.answer
	return &answer, nil
}

// run judges what came and collects what goes.
func (r *round) run(ctx context.Context) error {
	if err := r.openCursor(ctx); err != nil {
		return err
	}
	if len(r.req.Mutations) > 0 {
		if err := r.push(ctx); err != nil {
			return err
		}
	}
	if err := r.pull(ctx); err != nil {
		return err
	}
	r.s.board.Note(r.contact())
	return nil
}

// round is the work on one request. It is used again for later ones.
type round struct {
	s      *Service
	device *storage.Device
	req    *syncproto.SyncRequest
	enc    wire.Encoding
	now    int64
	budget int
	cursor *syncproto.Cursor

	resp   syncproto.SyncResponse
	answer Reply
	pager  pager
	// written is what this request's mutations made, by record; nil unless the device takes references (S-77).
	written map[syncproto.ID]*written
	// made is what they put into the feeds, and seenLast what they left to see; nil unless both are known.
	made     *made
	seenLast *sight
	whole    []byte
	sent     map[string]int64
	raw      []byte
	out      []byte
}

// defaultPageBytes is the page budget of a device that names none: half a second to two on an ordinary 3G link.
const defaultPageBytes = 32 << 10

// maxKeptBytes bounds the buffers that a finished round keeps, so that one huge record does not stay in memory.
const maxKeptBytes = 1 << 20

func (s *Service) newRound(device *storage.Device, req *syncproto.SyncRequest, enc wire.Encoding) *round {
	r, ok := s.rounds.Get().(*round)
	if !ok {
		r = &round{s: s}
	}
	r.device, r.req, r.enc = device, req, enc
	r.now = s.opt.Now().UnixMilli()
	r.budget = req.MaxBytes
	if r.budget <= 0 {
		r.budget = defaultPageBytes
	}
	r.budget = min(max(r.budget, syncproto.MinPageBytes), syncproto.MaxPageBytes)
	return r
}

func (s *Service) release(r *round) {
	raw, out, whole, p := r.raw, r.out, r.whole, r.pager
	if cap(raw) > maxKeptBytes {
		raw = nil
	}
	if cap(out) > maxKeptBytes {
		out = nil
	}
	if cap(whole) > maxKeptBytes {
		whole = nil
	}
	p.reset()
	*r = round{s: s, raw: raw[:0], out: out[:0], whole: whole[:0], pager: p}
	s.rounds.Put(r)
}

func (r *round) openCursor(ctx context.Context) error {
	key, err := r.s.storeKey(ctx)
	if err != nil {
		return err
	}
	r.cursor, err = syncproto.OpenCursor(key, r.device.ID, r.req.Cursor)
	return err
}

// storeKey returns the store's key, which never changes.
func (s *Service) storeKey(ctx context.Context) ([]byte, error) {
	if key := s.key.Load(); key != nil {
		return *key, nil
	}
	var key []byte
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		key, err = r.Key()
		return err
	})
	if err != nil {
		return nil, err
	}
	s.key.Store(&key)
	return key, nil
}

// Run writes what devices said of themselves, every few seconds and once more when ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.opt.FlushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.board.Flush(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("contacts not written", "code", syncproto.CodeOf(err))
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return s.board.Flush(last)
		}
	}
}

// tokenHash is the form in which a token is stored.
func tokenHash(token string) [32]byte { return sha256.Sum256([]byte(token)) }
