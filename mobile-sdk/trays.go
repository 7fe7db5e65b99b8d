package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Outbox returns what waits, in order, above a number; at most limit (0 for 50).
func (e *Engine) Outbox(ctx context.Context, after int64, limit int) ([]Waiting, error) {
	if limit <= 0 {
		limit = 50
	}
	out := []Waiting{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		found, err := tx.Waiting(after, min(limit, maxList))
		if err != nil {
			return err
		}
		out, err = e.waiting(tx, found)
		return err
	})
	return out, err
}

// Tray returns what the server refused and the person has not dismissed. Number names an item here.
func (e *Engine) Tray(ctx context.Context) ([]Waiting, error) {
	out := []Waiting{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		found, err := tx.Tray()
		if err != nil {
			return err
		}
		if out, err = e.waiting(tx, found); err != nil {
			return err
		}
		for i, m := range found {
			out[i].Number = m.Seq // numbers of the wire are given again after a fork; places in the order of capture are not
			out[i].Code, out[i].Detail = m.Outcome.Code, m.Outcome.Detail
			out[i].Sentence = e.sentence(m.Outcome.Code)
		}
		return nil
	})
	return out, err
}

func (e *Engine) waiting(tx *phonestore.Tx, found []*phonestore.Mutation) ([]Waiting, error) {
	out := make([]Waiting, 0, len(found))
	for _, m := range found {
		d := decoded(m)
		w := Waiting{
			Number: m.Number, Record: m.Record, Kind: m.Kind, Act: act(d), At: m.Captured, Bytes: len(m.Wire), Set: d.Set,
			Reason: d.Reason, Quarantined: m.Quarantined, Exported: m.Exported,
		}
		w.Title = title(d.Set)
		if w.Title == "" && m.Record != "" {
			cur, err := e.current(tx, m.Record)
			if err != nil {
				return nil, err
			}
			if cur.record != nil {
				w.Title = title(cur.record.Fields)
			}
		}
		out = append(out, w)
	}
	return out, nil
}

// title is what a person recognises a record by.
func title(f syncproto.Fields) string {
	for _, name := range []string{"title", "caption", "text", "name"} {
		if t, ok := f[name].AsText(); ok && t != "" {
			return t
		}
	}
	return ""
}

// RetryTray captures a refused item once more, under a new number, over the record as it is now.
func (e *Engine) RetryTray(ctx context.Context, n int64) error {
	return e.capture(ctx, func(c *capture) error {
		m, err := refused(c.tx, n)
		if err != nil {
			return err
		}
		again := decoded(m)
		fresh := &syncproto.Mutation{
			Record: again.Record, Kind: again.Kind, Unit: again.Unit, Set: again.Set, Add: again.Add, Remove: again.Remove,
			Delete: again.Delete, Command: again.Command, Reason: again.Reason,
		}
		if err := c.addOver(fresh, again.BaseRevision, m.Epoch); err != nil {
			return err
		}
		_, err = c.tx.Dismiss(n)
		return err
	})
}

// DismissTray takes a refused item out of the tray. The server keeps it as a dead letter.
func (e *Engine) DismissTray(ctx context.Context, n int64) error {
	return e.store.Update(ctx, "dismiss", func(tx *phonestore.Tx) error {
		was, err := tx.Dismiss(n)
		if err == nil && !was {
			err = syncproto.E(syncproto.CodeNotThere, "dismiss", nil)
		}
		return err
	})
}

// ExportTray returns a refused item as it was sent.
func (e *Engine) ExportTray(ctx context.Context, n int64) ([]byte, error) {
	var out []byte
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		m, err := refused(tx, n)
		if err == nil {
			out = m.Wire
		}
		return err
	})
	return out, err
}

func refused(tx *phonestore.Tx, n int64) (*phonestore.Mutation, error) {
	all, err := tx.Tray()
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.Seq == n {
			return m, nil
		}
	}
	return nil, syncproto.E(syncproto.CodeNotThere, "find in tray", nil)
}

// Conflicts returns the conflicts that nobody has decided yet, newest first.
func (e *Engine) Conflicts(ctx context.Context) ([]ConflictView, error) {
	out := []ConflictView{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		found, err := tx.List(phonestore.Select{Kind: syncproto.KindConflict, State: syncproto.StateOpen, Limit: maxList})
		if err != nil {
			return err
		}
		for _, l := range found {
			f := l.Record.Fields
			v := ConflictView{
				ID: l.Record.ID, Record: l.Record.Parent(), Field: f["field"].TextOr(""), Base: f["base"], Stays: f["stays"],
				Lost: f["lost"], Code: syncproto.Code(f["reason"].TextOr("")), State: l.Record.State, At: l.At,
				Mine: l.Record.Author == state.Self().Person,
			}
			v.Sentence = e.sentence(v.Code)
			about, err := e.current(tx, v.Record)
			if err != nil {
				return err
			}
			if about.record != nil {
				v.Title = title(about.record.Fields)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}
