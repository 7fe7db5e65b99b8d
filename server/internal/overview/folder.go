package overview

import (
	"context"
	"log/slog"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// How often a Folder works, and how many entries it counts in one transaction: phones wait behind each, for some milliseconds.
const (
	foldEvery = 15 * time.Second
	foldBatch = 400
)

// FolderOptions holds what may be left out.
type FolderOptions struct {
	Now    func() time.Time // nil for time.Now
	Logger *slog.Logger     // nil for none
	Every  time.Duration    // 0 for 15 s
	Batch  int              // entries in one transaction; 0 for 400
}

// Folder adds up what happened, in the background. What it did is done: it goes on where it was stopped.
type Folder struct {
	store storage.Store
	opt   FolderOptions
}

// NewFolder makes one.
func NewFolder(store storage.Store, opt FolderOptions) *Folder {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Every <= 0 {
		opt.Every = foldEvery
	}
	if opt.Batch <= 0 {
		opt.Batch = foldBatch
	}
	return &Folder{store: store, opt: opt}
}

// Run works until ctx ends. What fails is logged and tried again.
func (f *Folder) Run(ctx context.Context) error {
	tick := time.NewTicker(f.opt.Every)
	defer tick.Stop()
	for {
		for _, work := range []func(context.Context) error{f.Fold, f.Calls} {
			if err := work(ctx); err != nil && ctx.Err() == nil {
				f.opt.Logger.Warn("figures not added up", "code", syncproto.CodeOf(err), "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Fold counts everything that the audit log says and is not counted yet.
func (f *Folder) Fold(ctx context.Context) error {
	for {
		more, err := f.foldOnce(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// foldOnce counts the next entries. They are read aside of the writer, who only adds.
func (f *Folder) foldOnce(ctx context.Context) (more bool, err error) {
	var after, upTo int64
	add := sums{}
	err = f.store.View(ctx, func(r storage.Reader) error {
		if after, err = r.Counted(); err != nil {
			return err
		}
		entries, err := r.Audits("", after, f.opt.Batch)
		if err != nil || len(entries) == 0 {
			return err
		}
		upTo, more = entries[len(entries)-1].Number, len(entries) == f.opt.Batch
		return tickOff(r, entries, func(k tick) {
			day := dayOf(k.at)
			add.add(cell{daySpan(day), k.unit}, k.name, k.n)
			add.add(cell{monthSpan(day), k.unit}, k.name, k.n)
		})
	})
	if err != nil || upTo == 0 {
		return false, err
	}
	return more, f.store.Update(ctx, func(tx storage.Tx) error { return tx.Count(after, upTo, add.list()) })
}

// Rebuild forgets what was counted and counts the whole log again.
func (f *Folder) Rebuild(ctx context.Context) error {
	if err := f.store.Update(ctx, func(tx storage.Tx) error { return tx.Uncount() }); err != nil {
		return err
	}
	return f.Fold(ctx)
}

// How long sums of a call are good: of one that was sent lately not long, later longer, and at the end for good.
const (
	callFresh  = 5 * 60 * 1000
	callLately = 2 * 24 * 60 * 60 * 1000
	callCalm   = 60 * 60 * 1000
	callLast   = 30 * 24 * 60 * 60 * 1000
)

// stale reports whether a call is to be added up anew.
func stale(c *storage.Call, sum *storage.CallSum, now int64) bool {
	if sum == nil || sum.At > now {
		return true
	}
	last := max(c.Sent, c.Over, c.Gone, c.Ends) + callLast // answers and check-ins come late
	if sum.At >= last {
		return false
	}
	every := int64(callCalm)
	if now-c.Sent < callLately {
		every = callFresh
	}
	return now-sum.At >= every
}

// Calls adds up how far calls came, each in a transaction of its own.
func (f *Folder) Calls(ctx context.Context) error {
	now := f.opt.Now().UnixMilli()
	var due []syncproto.ID
	err := f.store.View(ctx, func(r storage.Reader) error {
		calls, err := r.Calls(storage.CallQuery{})
		for i := range calls {
			c := &calls[i]
			if c.Sent == 0 || err != nil {
				continue
			}
			var sum *storage.CallSum
			if sum, err = callSum(r, c.ID); err == nil && stale(c, sum, now) {
				due = append(due, c.ID)
			}
		}
		return err
	})
	for _, id := range due {
		if err != nil {
			break
		}
		sum := &storage.CallSum{Call: id, At: now}
		if err = f.store.View(ctx, func(r storage.Reader) (err error) {
			sum.Reaches, err = r.Reaches(id)
			return err
		}); err == nil {
			err = f.store.Update(ctx, func(tx storage.Tx) error { return tx.PutCallSum(sum) })
		}
	}
	return err
}

// callSum is the sums of a call, nil if there are none yet.
func callSum(r storage.Reader, id syncproto.ID) (*storage.CallSum, error) {
	sum, err := r.CallSum(id)
	if syncproto.CodeOf(err) == syncproto.CodeNotFound && err != nil {
		return nil, nil
	}
	return sum, err
}
