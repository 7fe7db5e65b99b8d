package mobilesdk

import (
	"context"
	"slices"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

const (
	day = 24 * 60 * 60 * 1000
	// journalDays is how long an acknowledged mutation is kept when no backup is ever reported to cover it (S-123).
	journalDays = 30
)

// application puts one answer into the store: everything in one transaction, so that the cursor never claims what is
// not there and an outcome is never half taken.
type application struct {
	e       *Engine
	plan    *plan
	answer  *syncproto.SyncResponse
	summary *Summary
	sentAt  time.Duration
	took    time.Duration
	wall    int64

	tx      *phonestore.Tx
	state   *phonestore.State
	busy    bool // some view may differ from the server's record
	touched map[syncproto.ID]bool
	decoded map[int64]syncproto.Fields // what this round's mutations set, as far as changes referred to it
	photos  map[syncproto.ID]bool      // of which something came, or went
	placed  bool                       // something came that says where the person is
	called  bool                       // a call came
	covered bool                       // a new backup covers more of what this device sent
}

func (a *application) run(ctx context.Context) error {
	before := *a.summary
	if a.e.hooks.CursorBeforePage {
		err := a.e.store.Update(ctx, "cursor", func(tx *phonestore.Tx) (err error) {
			if a.state, err = tx.State(); err == nil {
				a.cursor()
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	update := a.e.store.Update
	if len(a.answer.Outcomes) == 0 && a.answer.PushCode == "" && !a.bringsCalls() {
		update = a.e.store.UpdateLazily // what a power cut takes comes down again
	}
	return update(context.WithoutCancel(ctx), "apply", func(tx *phonestore.Tx) (err error) {
		*a.summary = before
		a.tx, a.touched, a.photos, a.placed, a.called = tx, map[syncproto.ID]bool{}, map[syncproto.ID]bool{}, false, false
		if a.state, err = tx.State(); err != nil {
			return err
		}
		steps := []func() error{
			a.epoch, a.anew, a.outcomes, a.numbers, a.end, a.drops, a.pages, a.whereabouts, a.repairs, a.settle, a.views, a.arrivals, a.acknowledge, a.prune, a.finish,
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// epoch notices that the server's database is not the one that the phone knew (S-120).
func (a *application) epoch() (err error) {
	if a.busy, err = a.tx.Unsettled(); err != nil {
		return err
	}
	if a.state.Epoch == a.answer.Epoch {
		return nil
	}
	a.summary.NewEpoch = a.state.Epoch != ""
	a.state.Epoch = a.answer.Epoch
	a.state.EpochNumber(a.answer.Epoch)
	if !a.summary.NewEpoch {
		return nil
	}
	a.state.Push.Untold() // a server that was put back may have forgotten it
	if err := a.tx.DoubtMedia(); err != nil {
		return err
	}
	return a.reofferForeign()
}

// anew doubts every scope when the server reads for this phone from nothing, because the epoch is another or the phone
// had no cursor. The server then cannot say which scopes the phone lost meanwhile, and sends no page of a scope in which
// it has nothing: what no page confirms goes in settle.
func (a *application) anew() error {
	if !a.summary.NewEpoch && !a.plan.anew {
		return nil
	}
	scopes, err := a.tx.Scopes()
	for _, s := range scopes {
		s.Generation++
		s.Stale = true
		s.Touch()
	}
	return err
}

// dropUnconfirmed takes off the phone what a reading from nothing did not name in any page.
func (a *application) dropUnconfirmed() error {
	scopes, err := a.tx.Scopes()
	if err != nil {
		return err
	}
	for _, name := range sortedScopes(scopes) {
		s := scopes[name]
		if !s.Stale || a.e.hooks.KeepUnconfirmed {
			continue
		}
		if err := a.tx.Members(s.Number, func(r *phonestore.Row) error { return a.leave(s, r) }); err != nil {
			return err
		}
		if err := a.tx.DropScope(s); err != nil {
			return err
		}
	}
	return nil
}

// outcomes moves what was judged from the outbox to the journal.
func (a *application) outcomes() error {
	for i := range a.answer.Outcomes {
		o := &a.answer.Outcomes[i]
		m, err := a.tx.Numbered(a.state.Device, o.Number)
		if err != nil {
			return err
		}
		if m == nil || m.Judged {
			continue // a stored answer that was heard before
		}
		if m.Record == "" {
			a.summary.voids++
		} else {
			a.count(o)
		}
		m.Judged, m.Outcome = true, *o
		m.JudgedAt, m.JudgedEpoch = a.answer.ServerTime, a.answer.Epoch
		m.Settled = o.Result == syncproto.Rejected || m.Record == ""
		m.Tray = o.Result == syncproto.Rejected && m.Record != "" && m.Kind != syncproto.KindReceipt && !a.e.hooks.DropRejected
		if o.Result == syncproto.Duplicate && o.Code != "" && syncproto.KindOfCode(o.Code) != syncproto.Conflict && o.Revision == 0 {
			m.Settled = true // refused before under another number, where its tray is
		}
		if a.e.hooks.ForgetJournal {
			err = a.tx.Discard(m)
		} else {
			err = a.tx.Judge(m)
		}
		if err != nil {
			return err
		}
		a.state.Judged = max(a.state.Judged, o.Number)
		if o.Code == syncproto.CodeErased && m.Record != "" {
			if err := a.eraseFamily(m.Record); err != nil { // it has hung under what was erased, or was that itself
				return err
			}
			continue
		}
		if m.Record != "" {
			a.touched[m.Record] = true
		}
		if m.Kind == syncproto.KindPhoto {
			a.photos[m.Record] = true
		}
	}
	return nil
}

func (a *application) count(o *syncproto.Outcome) {
	a.summary.Sent++
	switch o.Result {
	case syncproto.Applied:
		a.summary.Applied++
	case syncproto.Merged:
		a.summary.Merged++
	case syncproto.Conflicts:
		a.summary.Conflicts++
	case syncproto.Rejected:
		a.summary.Rejected++
	case syncproto.Duplicate:
		a.summary.Duplicate++
	}
}

// numbers acts on what the server says of the numbers of this device.
func (a *application) numbers() error {
	a.covered = a.answer.Durable > a.state.Durable
	a.state.Durable = a.answer.Durable
	switch {
	case a.answer.PushCode == syncproto.CodeDeviceForked:
		if a.e.hooks.IgnoreFork {
			return a.believeFork()
		}
		return a.e.prepareFork(a.state)
	case a.answer.Accepted < a.state.Judged:
		return a.reoffer(a.answer.Accepted)
	case a.answer.PushCode == syncproto.CodeOutOfOrder:
		return a.fill(a.answer.Accepted)
	}
	return nil
}

// drops takes scopes off the phone that it no longer follows.
func (a *application) drops() error {
	scopes, err := a.tx.Scopes()
	if err != nil {
		return err
	}
	drops := a.answer.Drops
	if a.answer.Ended {
		drops = sortedScopes(scopes) // all of them, also those that an earlier answer named which was lost
	}
	for _, name := range drops {
		s := scopes[name]
		if s == nil {
			continue
		}
		a.summary.Dropped++
		err := a.tx.Members(s.Number, func(r *phonestore.Row) error { return a.leave(s, r) })
		if err != nil {
			return err
		}
		if err := a.tx.DropScope(s); err != nil {
			return err
		}
	}
	return nil
}

// settle ends the overlay of what was judged: this answer was read after the judging, and nothing more is to come, so
// whatever of it this phone may see is here.
func (a *application) settle() error {
	a.cursor()
	a.state.CaughtUp = !a.answer.More
	if a.answer.More {
		return nil
	}
	if err := a.dropUnconfirmed(); err != nil || !a.busy {
		return err
	}
	var after syncproto.ID
	for {
		ids, err := a.tx.Unsettling(after, 500)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := a.tx.Settle(id, "", 0); err != nil {
				return err
			}
			a.touched[id] = true
		}
		after = ids[len(ids)-1]
	}
}

func (a *application) cursor() {
	if a.answer.Ended { // nothing is left of what it stands for: whoever gets access again begins from nothing
		a.state.Cursor, a.state.CursorEpoch = "", ""
		return
	}
	if a.answer.Cursor != "" {
		a.state.Cursor, a.state.CursorEpoch = a.answer.Cursor, a.answer.Epoch
	}
}

// views replays what is unsent over every record that the answer touched.
func (a *application) views() error {
	return a.e.rebuildAll(a.tx, a.state, a.touched)
}

// prune forgets what can never be asked for again: at once what a new backup covers, once a day what is old.
func (a *application) prune() error {
	now, before := a.answer.ServerTime, int64(0)
	if now-a.state.Pruned >= day {
		a.state.Pruned, before = now, now-journalDays*day
		if err := a.tx.SweepTombstones(); err != nil {
			return err
		}
		if err := a.tx.ForgetMeter(a.e.day(a.state, meterDays)); err != nil {
			return err
		}
	} else if !a.covered {
		return nil
	}
	return a.tx.Prune(a.state.Device, a.answer.Durable, before)
}

// finish notes the time, the clocks and the counters.
func (a *application) finish() error {
	state := a.state
	half := int64(a.took/time.Millisecond) / 2
	state.ClockOff = a.wall + half - a.answer.ServerTime
	if boot := a.e.cfg.Clock.Boot(); boot != "" {
		anchor := syncproto.Anchor{
			Boot: boot, Uptime: int64(a.sentAt/time.Millisecond) + half, Server: a.answer.ServerTime, Uncertainty: half + 1,
		}
		i := slices.IndexFunc(state.Anchors, func(old syncproto.Anchor) bool { return old.Boot == boot })
		switch {
		case i < 0:
			state.Anchors = append(state.Anchors, anchor)
			state.Anchors = state.Anchors[max(0, len(state.Anchors)-maxAnchors):]
		case anchor.Uncertainty <= state.Anchors[i].Uncertainty:
			state.Anchors[i] = anchor
		}
	}
	state.Revoked, state.LastError = false, a.answer.PushCode
	if a.answer.PushCode == syncproto.CodeDeviceForked || a.answer.PushCode == syncproto.CodeOutOfOrder {
		state.LastError = ""
	}
	state.LastSync = a.answer.ServerTime
	state.BytesUp += a.summary.BytesUp
	state.BytesDown += a.summary.BytesDown
	counts, err := a.tx.Counts()
	if err != nil {
		return err
	}
	repairing, err := a.repairing()
	a.summary.Unsent, a.summary.More = counts.Unsent, a.answer.More || repairing || a.state.Forking != nil
	if counts.Unsent == 0 { // voids wait too
		left, leftErr := a.tx.Waiting(0, 1)
		a.summary.Unsent, err = int64(len(left)), leftErr
	}
	return err
}
