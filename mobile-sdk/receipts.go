package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// maxReceipts bounds how many calls one round writes receipts for; the rest follow with the next.
const maxReceipts = 64

// Shown notes that the person was shown a call, Opened that they opened it. Both are repeatable, work offline, and hold for
// all devices of the person after their next sync (S-195). Error: no_such_record.
func (e *Engine) Shown(ctx context.Context, call syncproto.ID) error {
	return e.receive(ctx, call, syncproto.ReceiptShownField)
}

// Opened is Shown for a call that was opened.
func (e *Engine) Opened(ctx context.Context, call syncproto.ID) error {
	return e.receive(ctx, call, syncproto.ReceiptShownField, syncproto.ReceiptOpenedField)
}

func (e *Engine) receive(ctx context.Context, call syncproto.ID, fields ...string) error {
	done := false
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if _, err := e.callRecord(tx, call, "receive call"); err != nil {
			return err
		}
		have, err := e.receipt(tx, state, call)
		done = err == nil && has(have, fields...)
		return err
	})
	if err != nil || done {
		return err
	}
	return e.capture(ctx, func(c *capture) error { return c.receive(call, e.now(c.state), fields...) })
}

// receive writes when something happened to a call for the first time, by the server's clock as far as it is known.
func (c *capture) receive(call syncproto.ID, at int64, fields ...string) error {
	have, err := c.e.receipt(c.tx, c.state, call)
	if err != nil {
		return err
	}
	set := syncproto.Fields{}
	for _, name := range append(fields, syncproto.ReceiptReceivedField) {
		if !has(have, name) {
			set[name] = syncproto.Int(at)
		}
	}
	if len(set) == 0 {
		return nil
	}
	return c.own(syncproto.ReceiptID(call, c.state.Self().Person), syncproto.KindReceipt, call, set)
}

// receipt is the person's receipt of a call as it is with what waits here; nil if there is none.
func (e *Engine) receipt(tx *phonestore.Tx, state *phonestore.State, call syncproto.ID) (*syncproto.Record, error) {
	cur, err := e.current(tx, syncproto.ReceiptID(call, state.Self().Person))
	if err != nil || cur.record == nil || cur.record.Deleted {
		return nil, err
	}
	return cur.record, nil
}

func has(r *syncproto.Record, fields ...string) bool {
	for _, name := range fields {
		if r == nil || r.Fields[name] == "" || r.Fields[name].IsNull() {
			return false
		}
	}
	return true
}

func (e *Engine) seen(tx *phonestore.Tx, state *phonestore.State, call syncproto.ID) (shown, opened bool, err error) {
	r, err := e.receipt(tx, state, call)
	return has(r, syncproto.ReceiptShownField), has(r, syncproto.ReceiptOpenedField), err
}

// bringsCalls reports whether receipts may have to be written. A number of the outbox is never taken back by a power cut.
func (a *application) bringsCalls() bool {
	for i := range a.answer.Pages {
		if kind, _ := a.answer.Pages[i].Scope.Split(); kind == "audience" && len(a.answer.Pages[i].Changes) > 0 {
			return true
		}
	}
	return false
}

// longOver is how long after its end a call is still acknowledged: the server keeps its list as long (S-190), and whoever
// finds an older one on a phone that lay in a drawer has no use for a mutation about it.
const longOver = 60 * day

// acknowledge writes a receipt for every call that came and has none, in the transaction that stored the page: it goes out
// with the next round of the same sync. A call whose receipt was refused (the server has forgotten the list) has one here.
func (a *application) acknowledge() error {
	if !a.called || !a.bringsCalls() || a.state.Person == "" || a.answer.Ended {
		return nil
	}
	calls, err := a.tx.List(phonestore.Select{Kind: syncproto.KindCall, Limit: maxReceipts})
	if err != nil {
		return err
	}
	c := &capture{e: a.e, tx: a.tx, state: a.state}
	for _, l := range calls {
		if l.Record.Deleted || callEnd(l.Record)+longOver < a.answer.ServerTime {
			continue
		}
		known, err := a.acknowledged(l.Record.ID)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if err := c.receive(l.Record.ID, a.answer.ServerTime); err != nil {
			return err
		}
	}
	return nil
}

// acknowledged reports whether there is a receipt of a call, or was one.
func (a *application) acknowledged(call syncproto.ID) (bool, error) {
	history, err := a.tx.History(syncproto.ReceiptID(call, a.state.Person))
	if err != nil || len(history) > 0 {
		return true, err
	}
	have, err := a.e.receipt(a.tx, a.state, call)
	return have != nil, err
}

// callEnd is when a call is over (S-190): its end, or else its deadline, or else when it was sent.
func callEnd(r *syncproto.Record) int64 {
	for _, field := range []string{syncproto.CallEndsField, syncproto.CallDeadlineField} {
		if at, ok := r.Fields[field].AsInt(); ok {
			return at
		}
	}
	return r.Received
}
