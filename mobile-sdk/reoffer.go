package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// reoffer puts back into the outbox what the server had judged and no longer knows, after it was restored from a backup:
// under the same numbers, because the server will ask for them in order. A number whose mutation is gone is sent as a
// void (S-122).
func (a *application) reoffer(accepted int64) error {
	lost, err := a.tx.Journal(a.state.Device, accepted)
	if err != nil {
		return err
	}
	for _, m := range lost {
		if err := a.reopen(m); err != nil {
			return err
		}
	}
	a.state.Judged = accepted
	return a.fill(accepted)
}

func (a *application) reopen(m *phonestore.Mutation) error {
	if err := a.tx.Reopen(m); err != nil {
		return err
	}
	a.busy = true
	a.summary.Reoffered++
	a.state.Reoffered++
	if m.Record != "" {
		a.touched[m.Record] = true
	}
	return nil
}

// fill makes the outbox contiguous from the number after accepted.
func (a *application) fill(accepted int64) error {
	next := accepted + 1
	var holes []int64
	err := a.tx.EachWaiting(func(m *phonestore.Mutation) (bool, error) {
		for ; next < m.Number; next++ {
			holes = append(holes, next)
		}
		next = max(next, m.Number+1)
		return true, nil
	})
	if err != nil {
		return err
	}
	for ; next < a.state.Next; next++ {
		holes = append(holes, next)
	}
	for _, n := range holes {
		if err := a.tx.AddMutation(&phonestore.Mutation{Device: a.state.Device, Number: n}); err != nil {
			return err
		}
	}
	return nil
}

// reofferForeign offers again, after a restore, what was judged under earlier identities of this phone and is in no
// backup. The server cannot say by number whether it still knows these, and in the outbox of the present identity they
// would come after what was captured later. So the phone takes a new identity, under which everything that it holds
// goes in the order of capture; the server knows each by its origin and applies none twice (S-124).
func (a *application) reofferForeign() error {
	foreign, err := a.tx.HoldsForeign(a.state.Device)
	if err != nil || !foreign {
		return err
	}
	if err := a.e.prepareFork(a.state); err != nil {
		return err
	}
	a.state.Forking.Regroup = true
	return nil
}

// setAside takes a mutation that the server refuses to read out of the way of everything behind it: its number is sent
// as a void, its payload goes to the tray, where the person can export it.
func (e *Engine) setAside(ctx context.Context, m *phonestore.Mutation, code syncproto.Code) error {
	return e.store.Update(ctx, "aside", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		now, err := tx.Numbered(m.Device, m.Number)
		if err != nil || now == nil || now.Judged || now.Record == "" {
			return err
		}
		void := &phonestore.Mutation{Device: now.Device, Number: now.Number}
		if now.Number, err = tx.Aside(now.Device); err != nil {
			return err
		}
		if err := tx.Reopen(now); err != nil {
			return err
		}
		now.Judged, now.Settled, now.Tray = true, true, true
		now.Outcome = syncproto.Outcome{Result: syncproto.Rejected, Code: code}
		if err := tx.Judge(now); err != nil {
			return err
		}
		if err := tx.AddMutation(void); err != nil {
			return err
		}
		return e.rebuildOne(tx, state, now.Record)
	})
}
