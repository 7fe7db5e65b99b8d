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
	if id := o.parentOf(m); id != "" {
		above, err := o.e.current(o.tx, id)
		if err != nil {
			return reconcile.Verdict{}, err
		}
		parent = above.record
	}
	return o.judge(stored, m, parent), nil
}

// parentOf names the record above: the one that the record hangs under, or the one that the mutation puts it under.
func (o *overlay) parentOf(m *syncproto.Mutation) syncproto.ID {
	if o.record != nil {
		return o.record.Parent()
	}
	return syncproto.ID(m.Set["parent"].TextOr(""))
}

// judge judges one mutation as the server would, over the record as of now, and takes the result.
func (o *overlay) judge(stored *phonestore.Mutation, m *syncproto.Mutation, parent *syncproto.Record) reconcile.Verdict {
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
	return verdict
}

// store writes the result as the record's view.
func (o *overlay) store(id syncproto.ID) error {
	if o.record == nil {
		return o.tx.DropView(id)
	}
	return o.tx.PutView(&phonestore.View{Record: o.record, At: o.at})
}

// rebuild makes a record's view anew after the server said something about it, or about a part of it. It returns the
// records above, whose views may depend on this one.
func (e *Engine) rebuild(tx *phonestore.Tx, state *phonestore.State, id syncproto.ID) (above []syncproto.ID, err error) {
	o, err := e.overlayOf(tx, state, id)
	if err != nil {
		return nil, err
	}
	if o.row != nil {
		if err := tx.Settle(id, state.EpochName(o.row.Epoch), o.row.Revision); err != nil {
			return nil, err
		}
		above = append(above, o.row.Parent)
	}
	all, err := o.doings(id)
	if err != nil {
		return nil, err
	}
	busy, err := o.redo(all, nil)
	if err != nil {
		return nil, err
	}
	if o.record != nil {
		above = append(above, o.record.Parent())
	}
	was, err := tx.ViewParent(id)
	if err != nil {
		return nil, err
	}
	above = append(above, was)
	if !busy {
		return above, tx.DropView(id)
	}
	return above, o.store(id)
}

// rebuildAll makes the views of several records anew, in an order that does not depend on chance, and then those of the
// records above them, which a change of a part may change.
func (e *Engine) rebuildAll(tx *phonestore.Tx, state *phonestore.State, ids map[syncproto.ID]bool) error {
	wholes := map[syncproto.ID]bool{}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		above, err := e.rebuild(tx, state, id)
		if err != nil {
			return err
		}
		for _, whole := range above {
			if whole == "" || wholes[whole] {
				continue
			}
			if wholes[whole], err = tx.Overlaid(whole); err != nil {
				return err
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(wholes)) {
		if !wholes[id] {
			continue
		}
		if _, err := e.rebuild(tx, state, id); err != nil {
			return err
		}
	}
	return nil
}

// rebuildOne is rebuildAll for one record.
func (e *Engine) rebuildOne(tx *phonestore.Tx, state *phonestore.State, id syncproto.ID) error {
	return e.rebuildAll(tx, state, map[syncproto.ID]bool{id: true})
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
