package review

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// How often the Keeper looks for holds, and for what waits too long, and how much it does in one transaction: phones wait
// behind each.
const (
	keepEvery  = 5 * time.Second
	alarmEvery = 60 * 1000 // ms
	keepBatch  = 100
)

// defaultAlarm is how long a submission may wait where no unit decides otherwise, in ms.
const defaultAlarm = 24 * 60 * 60 * 1000

// Changer is what the Keeper changes records with (syncer.Service.Change).
type Changer func(ctx context.Context, fn func(tx storage.Tx, p Putter) error) error

// KeeperOptions holds what may be left out.
type KeeperOptions struct {
	Now    func() time.Time // nil for time.Now
	Logger *slog.Logger     // nil for none
	Every  time.Duration    // between looks; 0 for 5 s
}

// Keeper does what becomes due by itself: it ends holds, and tells the desk above of what waits too long. At its start it
// makes the rows of submissions that a database from before has none of.
type Keeper struct {
	store  storage.Store
	change Changer
	opt    KeeperOptions
	people people.Cache
	looked int64                  // when it last looked for what waits too long
	stuck  map[syncproto.ID]int64 // what could not be done for a reason that lasts, and when it is tried again
}

// NewKeeper makes a keeper.
func NewKeeper(store storage.Store, change Changer, opt KeeperOptions) *Keeper {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Every <= 0 {
		opt.Every = keepEvery
	}
	return &Keeper{store: store, change: change, opt: opt, stuck: map[syncproto.ID]int64{}}
}

// Run works until ctx ends. What fails is logged and tried again.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(k.opt.Every)
	defer tick.Stop()
	rebuilt := false
	for {
		if !rebuilt {
			_, err := k.Rebuild(ctx)
			k.note(ctx, "queue not rebuilt", err)
			rebuilt = err == nil
		}
		k.note(ctx, "desk not kept", k.Tick(ctx, k.opt.Now().UnixMilli()))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (k *Keeper) note(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		k.opt.Logger.Warn(what, "code", syncproto.CodeOf(err), "error", err)
	}
}

// Tick does what is due at a time, in Unix ms. It is for one goroutine.
func (k *Keeper) Tick(ctx context.Context, now int64) error {
	if err := k.settle(ctx, now); err != nil {
		return err
	}
	if k.looked <= now && now < k.looked+alarmEvery {
		return nil
	}
	err := k.alarm(ctx, now)
	if err == nil {
		k.looked = now
	}
	return err
}

// settle ends the holds whose time is over (S-175).
func (k *Keeper) settle(ctx context.Context, now int64) error {
	for id, again := range k.stuck {
		if again <= now || now+alarmEvery < again { // or the clock went back
			delete(k.stuck, id)
		}
	}
	for {
		var found, held []syncproto.ID
		err := k.store.View(ctx, func(r storage.Reader) (err error) {
			found, err = r.Held(now, keepBatch+len(k.stuck))
			return err
		})
		for _, id := range found {
			if _, stuck := k.stuck[id]; !stuck && len(held) < keepBatch {
				held = append(held, id)
			}
		}
		if err != nil || len(held) == 0 {
			return err
		}
		err = k.change(ctx, func(tx storage.Tx, p Putter) error {
			return k.each(tx, held, now, func(id syncproto.ID) error { return settleOne(tx, p, id, now) })
		})
		if err != nil || len(held) < keepBatch {
			return err
		}
	}
}

// each does something with each submission. One with which it cannot be done stops none of the others: it is logged, and
// left alone for a while. What may pass is an error.
func (k *Keeper) each(tx storage.Tx, ids []syncproto.ID, now int64, do func(syncproto.ID) error) error {
	for _, id := range ids {
		err := tx.Savepoint(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = syncproto.E(syncproto.CodeInternal, "keep desk", fmt.Errorf("panic: %v", p))
				}
			}()
			return do(id)
		})
		if err == nil {
			continue
		}
		switch syncproto.KindOf(err) {
		case syncproto.Internal, syncproto.Invalid, syncproto.TooLarge, syncproto.NotFound: // as lasting as a panic
		default:
			return err
		}
		k.stuck[id] = now + alarmEvery
		k.opt.Logger.Error("submission not kept", "record", id, "code", syncproto.CodeOf(err), "error", err)
	}
	return nil
}

func settleOne(tx storage.Tx, p Putter, id syncproto.ID, now int64) error {
	stored, err := tx.Record(id)
	if syncproto.CodeOf(err) == syncproto.CodeNotFound && err != nil {
		return tx.DropSubmission(id) // a row of nothing
	}
	if err != nil {
		return err
	}
	if next := reconcile.Settle(stored.Record, now); next != nil {
		return p.Put(next)
	}
	row, err := tx.Submission(id)
	if err != nil {
		return orNothing(err)
	}
	return tx.PutSubmission(row, stored.Record.Hold) // the row held longer than the record
}

// alarm tells the desk above of what waits longer than its unit lets it, once.
func (k *Keeper) alarm(ctx context.Context, now int64) error {
	var access *people.Access
	q := storage.Query{
		States: []syncproto.State{syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview, syncproto.StateUnclaimed},
		None:   storage.FlagAlarmed, Order: storage.OrderWaiting, Limit: keepBatch,
	}
	for {
		var late []syncproto.ID
		var next string
		err := k.store.View(ctx, func(r storage.Reader) (err error) {
			if access, err = k.people.Read(r); err != nil {
				return err
			}
			if q.Before, err = soonest(r, now); err != nil {
				return err
			}
			found, err := r.Find(&q)
			if err != nil {
				return err
			}
			late, next = nil, found.Next
			for i := range found.Rows {
				if row := &found.Rows[i]; overdue(access, row, now) {
					late = append(late, row.Record)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(late) > 0 {
			err = k.store.Update(ctx, func(tx storage.Tx) error {
				return k.each(tx, late, now, func(id syncproto.ID) error { return raise(tx, access, id, now) })
			})
		}
		if err != nil || next == "" {
			return err
		}
		q.From = next
	}
}

// soonest is the time before which something may wait too long for any unit.
func soonest(r storage.Reader, now int64) (int64, error) {
	after := int64(defaultAlarm)
	settings, err := r.UnitSettings()
	for i := range settings {
		if s := settings[i].AlarmAfter; s > 0 {
			after = min(after, s)
		}
	}
	return now - after + 1, err
}

func overdue(access *people.Access, row *storage.Submission, now int64) bool {
	after := access.Setting(row.Unit, now).AlarmAfter
	if after <= 0 {
		after = defaultAlarm
	}
	return waits(row.State) && row.Flags&storage.FlagAlarmed == 0 && now >= row.Since+after
}

// raise flags one submission and tells the desk of the unit above, or of its own where there is none above.
func raise(tx storage.Tx, access *people.Access, id syncproto.ID, now int64) error {
	row, err := tx.Submission(id)
	if err != nil {
		return orNothing(err)
	}
	if !overdue(access, row, now) {
		return nil
	}
	stored, err := tx.Record(id)
	if err != nil {
		return err
	}
	row.Flags |= storage.FlagAlarmed
	if err := tx.PutSubmission(row, stored.Record.Hold); err != nil {
		return err
	}
	desk := row.Unit
	if home := access.Home(row.Unit, nil, now); home != "" {
		desk = home // of a unit that ended, its successor
	}
	if unit, ok := access.Tree(now).Unit(desk); ok && unit.Parent != "" {
		desk = unit.Parent
	}
	if desk == "" {
		return nil
	}
	_, err = tx.AddNotice(&storage.Notice{
		To: syncproto.DeskScope(desk), Kind: NoticeOverdue, Record: id, Revision: stored.Record.Revision, Unit: row.Unit,
		At: now, Due: now,
	})
	return err
}
