package syncer

import (
	"bytes"

	"lantoa/storage"
	"lantoa/syncproto"
)

// worthReferring is the size of a value below which naming its mutation is no shorter than the value.
const worthReferring = 24

// written is a record as this round's mutations left it, and what each of its fields was set to last.
type written struct {
	record *syncproto.Record
	wire   []byte              // of the record; nil if it was not encoded here
	first  *syncproto.Mutation // that wrote it, as long as it is the only one
	set    map[string]setting  // of several
}

type setting struct {
	number int64
	value  syncproto.Value
}

// wrote notes what a mutation made of a record, for a device that does not want its own words back (S-77).
func (b *batch) wrote(m *syncproto.Mutation, r *syncproto.Record, e *storage.Encoded) {
	if !b.req.Refer || r == nil {
		return
	}
	w := b.written[r.ID]
	if w == nil {
		w = &written{first: m}
		b.written[r.ID] = w
	} else {
		if w.first != nil {
			w.set = make(map[string]setting, len(m.Set))
			w.sets(w.first)
			w.first = nil
		}
		w.sets(m)
	}
	w.record, w.wire = r, nil
	if e != nil && e.Record == r {
		w.wire = e.Wire
	}
}

func (w *written) sets(m *syncproto.Mutation) {
	for name, value := range m.Set {
		w.set[name] = setting{m.Number, value}
	}
}

// sent returns the fields that hold exactly what a mutation set, with its number: not what a merge, a lost conflict or
// a later add made of it.
func (w *written) sent(sent map[string]int64) map[string]int64 {
	clear(sent)
	keep := func(name string, number int64, value syncproto.Value) {
		if len(value) >= worthReferring && w.record.Fields[name] == value {
			sent[name] = number
		}
	}
	if w.first != nil {
		for name, value := range w.first.Set {
			keep(name, w.first.Number, value)
		}
	}
	for name, s := range w.set {
		keep(name, s.number, s.value)
	}
	return sent
}

// refer shortens a change of what this round's mutations wrote. Whatever the store gives that is not exactly what they
// made, because somebody else has written it since, goes whole. The result lives until the next call.
func (r *round) refer(c syncproto.Change) syncproto.Change {
	w := r.written[c.ID]
	if w == nil || c.Removed || w.record.Deleted {
		return c
	}
	if w.wire == nil {
		w.wire = syncproto.AppendRecord(nil, w.record)
	}
	if !bytes.Equal(w.wire, c.Wire) {
		return c
	}
	if r.sent == nil {
		r.sent = make(map[string]int64, 8)
	}
	r.whole = syncproto.AppendReferring(r.whole[:0], w.record, w.sent(r.sent))
	c.Wire = r.whole
	return c
}
