package mobilesdk

import (
	"cmp"
	"slices"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// overlayOf begins a record's overlay with what the server last said of it.
func (e *Engine) overlayOf(tx *phonestore.Tx, state *phonestore.State, id syncproto.ID) (*overlay, error) {
	row, err := tx.Record(id)
	if err != nil {
		return nil, err
	}
	o := &overlay{e: e, tx: tx, state: state, row: row}
	if row == nil {
		return o, nil
	}
	if o.record, err = syncproto.DecodeRecord(row.Wire); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "read record", err)
	}
	o.at = row.At
	return o, nil
}

// doing is one thing that was done on this phone, with the overlay of the record that it was done to.
type doing struct {
	over   *overlay
	stored *phonestore.Mutation
}

// doings returns what the phone did to a record, and to the parts of it, and the server's word does not show yet, in
// order of capture. A change of a part changes its whole: an approved story goes back to review when its photo changes.
func (o *overlay) doings(id syncproto.ID) ([]doing, error) {
	all, err := o.tx.History(id)
	if err != nil {
		return nil, err
	}
	o.knowOwn(all)
	out := open(o, all)
	if o.record != nil && !syncproto.Reviewed(o.record.Kind) {
		return out, nil
	}
	parts, err := o.tx.UnsettledParts(id)
	if err != nil || len(parts) == 0 {
		return out, err
	}
	for _, part := range parts {
		under, err := o.e.overlayOf(o.tx, o.state, part)
		if err != nil {
			return nil, err
		}
		all, err := o.tx.History(part)
		if err != nil {
			return nil, err
		}
		under.knowOwn(all)
		out = append(out, open(under, all)...)
	}
	slices.SortStableFunc(out, func(a, b doing) int { return cmp.Compare(a.stored.Seq, b.stored.Seq) })
	return out, nil
}

func open(o *overlay, all []*phonestore.Mutation) (out []doing) {
	for _, m := range all {
		if !m.Settled {
			out = append(out, doing{o, m})
		}
	}
	return out
}

// redo replays all that was done over the record of o, calling each, if it is not nil, after a step that changed it.
// It reports whether anything was done to the record itself or changed it.
func (o *overlay) redo(all []doing, each func(d doing, m *syncproto.Mutation)) (busy bool, err error) {
	for _, d := range all {
		m, err := syncproto.DecodeMutation(d.stored.Wire)
		if err != nil {
			continue // written by a newer app: it is sent as it is and shows when the server answers
		}
		m.Number = d.stored.Number
		before := o.record
		if d.over == o {
			busy = true
			if _, err := o.replay(d.stored, m); err != nil {
				return busy, err
			}
		} else {
			d.over.replayPart(d.stored, m, o)
		}
		if o.record != before {
			busy = true
			if each != nil {
				each(d, m)
			}
		}
	}
	return busy, nil
}

// replayPart replays a change of a part of the whole as it is by then, and what follows for the whole.
func (o *overlay) replayPart(stored *phonestore.Mutation, m *syncproto.Mutation, whole *overlay) {
	var parent *syncproto.Record
	if whole.record != nil && o.parentOf(m) == whole.record.ID {
		parent = whole.record
	}
	if verdict := o.judge(stored, m, parent); verdict.Parent != nil {
		whole.record = verdict.Parent
	}
}
