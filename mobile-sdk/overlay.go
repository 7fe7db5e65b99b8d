package mobilesdk

import (
	"maps"
	"slices"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// current is a record as the person sees it, beside what the server last said of it.
type current struct {
	record *syncproto.Record // nil if there is none to be seen
	at     int64
	row    *phonestore.Row   // the server's, nil if it gave none
	server *syncproto.Record // decoded from row
}

func (e *Engine) current(tx *phonestore.Tx, id syncproto.ID) (c current, err error) {
	if c.row, err = tx.Record(id); err != nil {
		return c, err
	}
	if c.row != nil {
		if c.server, err = syncproto.DecodeRecord(c.row.Wire); err != nil {
			return c, syncproto.E(syncproto.CodeStoreBroken, "read record", err)
		}
		c.record, c.at = c.server, c.row.At
	}
	v, err := tx.View(id)
	if v != nil {
		c.record, c.at = v.Record, v.At
	}
	return c, err
}

// overlay replays what this phone did over what the server said, by the server's own rules.
type overlay struct {
	e      *Engine
	tx     *phonestore.Tx
	state  *phonestore.State
	record *syncproto.Record // as of now
	at     int64
	row    *phonestore.Row
	sides  syncproto.Fields // see reconcile.Input
}

// replay applies one mutation and returns what the server would say.
func (o *overlay) replay(stored *phonestore.Mutation, m *syncproto.Mutation) (reconcile.Verdict, error) {
	var parent *syncproto.Record
	parentID := syncproto.ID(m.Set["parent"].TextOr(""))
	if o.record != nil {
		parentID = o.record.Parent()
	}
	if parentID != "" {
		above, err := o.e.current(o.tx, parentID)
		if err != nil {
			return reconcile.Verdict{}, err
		}
		parent = above.record
	}
	foreign := m.BaseRevision > 0 && o.row != nil && stored.Epoch != o.state.EpochName(o.row.Epoch)
	verdict := reconcile.Apply(reconcile.Input{
		Record: o.record, Parent: parent, Mutation: m, Actor: o.e.actor(o.state), Base: stored.Base, Sides: o.sides,
		ForeignBase: foreign, Now: o.e.now(o.state),
		Captured: &syncproto.Captured{Device: stored.Captured, Estimate: stored.Captured},
	})
	if verdict.Record != nil {
		o.record = verdict.Record
		if o.at == 0 {
			o.at = stored.Captured
		}
	}
	return verdict, nil
}

// store writes the result as the record's view.
func (o *overlay) store(id syncproto.ID) error {
	if o.record == nil {
		return o.tx.DropView(id)
	}
	return o.tx.PutView(&phonestore.View{Record: o.record, At: o.at})
}

// rebuild makes a record's view anew after the server said something about it.
func (e *Engine) rebuild(tx *phonestore.Tx, state *phonestore.State, id syncproto.ID) error {
	row, err := tx.Record(id)
	if err != nil {
		return err
	}
	if row != nil {
		if err := tx.Settle(id, state.EpochName(row.Epoch), row.Revision); err != nil {
			return err
		}
	}
	all, err := tx.History(id)
	if err != nil {
		return err
	}
	o := overlay{e: e, tx: tx, state: state, row: row}
	if row != nil {
		if o.record, err = syncproto.DecodeRecord(row.Wire); err != nil {
			return syncproto.E(syncproto.CodeStoreBroken, "read record", err)
		}
		o.at = row.At
	}
	var open []*phonestore.Mutation
	for _, m := range all {
		if !m.Settled {
			open = append(open, m)
		}
	}
	if len(open) == 0 {
		return tx.DropView(id)
	}
	o.knowOwn(all)
	for _, stored := range open {
		m, err := syncproto.DecodeMutation(stored.Wire)
		if err != nil {
			continue // written by a newer app: it is sent as it is and shows when the server answers
		}
		m.Number = stored.Number
		if _, err := o.replay(stored, m); err != nil {
			return err
		}
	}
	return o.store(id)
}

// rebuildAll makes the views of several records anew, in an order that does not depend on chance.
func (e *Engine) rebuildAll(tx *phonestore.Tx, state *phonestore.State, ids map[syncproto.ID]bool) error {
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := e.rebuild(tx, state, id); err != nil {
			return err
		}
	}
	return nil
}

// knowOwn tells the record which of its fields this phone wrote: a field that last changed at the revision of one of
// the phone's own outcomes is its own, and a phone never conflicts with itself (S-47). The wire does not say who wrote
// a field, to keep other people's devices out of it.
func (o *overlay) knowOwn(all []*phonestore.Mutation) {
	if o.record == nil {
		return
	}
	epoch := o.state.EpochName(o.row.Epoch)
	own := map[int64]*phonestore.Mutation{}
	for _, m := range all {
		if m.Judged && m.Outcome.Revision > 0 && m.JudgedEpoch == epoch && m.Outcome.Result != syncproto.Rejected {
			own[m.Outcome.Revision] = m
		}
	}
	if len(own) == 0 {
		return
	}
	o.record.Writers, o.sides = map[string]syncproto.Writer{}, syncproto.Fields{}
	if m := own[1]; m != nil {
		o.record.Writers[""] = syncproto.Writer{Device: m.Device} // whoever made the record wrote all that no mark names
	}
	for name := range o.record.Marks { // the state's mark and those of cleared fields too
		o.knowField(name, own[o.record.Mark(name)])
	}
	for name := range o.record.Fields {
		if o.record.Mark(name) == 1 {
			o.knowField(name, own[1])
		}
	}
}

// knowField notes who wrote one field: nil for somebody else.
func (o *overlay) knowField(name string, m *phonestore.Mutation) {
	if m == nil {
		o.record.Writers[name] = syncproto.Writer{}
		return
	}
	w := syncproto.Writer{Device: m.Device}
	if syncproto.IsProse(o.record.Kind, name) {
		value := o.record.Fields[name]
		sent, err := syncproto.DecodeMutation(m.Wire)
		if err == nil && sent.Set[name] != "" && sent.Set[name] != value && !(value.IsNull() && sent.Set[name].IsNull()) {
			w.Merged = true
			o.sides[name] = sent.Set[name]
		}
	}
	o.record.Writers[name] = w
}
