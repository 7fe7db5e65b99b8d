package syncer

import (
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// ahead is what Apply says of a mutation that probably brings a new record, asked before the transaction: the store's one
// writer is what everybody waits for. Apply is a pure function, so what it said holds if the transaction comes to the same
// input, and is forgotten if it does not: the record is there already, or grants have changed.
type ahead struct {
	in      reconcile.Input
	verdict reconcile.Verdict
	encoded *storage.Encoded // of the verdict's record; nil if nothing was judged ahead
}

// judgeAhead judges what needs nothing of the store but what is in memory.
func (b *batch) judgeAhead() {
	b.ahead = make([]ahead, len(b.req.Mutations))
	if b.access = b.s.access.Newest(); b.access == nil {
		return
	}
	if b.rights = b.access.Known(b.device.Person); b.rights == nil || b.rights.Closed(b.now) != 0 {
		return
	}
	for i := range b.req.Mutations {
		m := &b.req.Mutations[i]
		if m.Err == nil && !m.Void && m.BaseRevision == 0 && m.Edits() && m.Set["parent"] == "" && !syncproto.Personal(m.Kind) {
			b.ahead[i] = b.createAhead(&m.Mutation)
		}
	}
}

func (b *batch) createAhead(m *syncproto.Mutation) (a ahead) {
	defer func() {
		if recover() != nil {
			a = ahead{} // the transaction finds out, and rejects this mutation alone
		}
	}()
	j := judge{batch: b, device: b.device, m: m}
	in, err := j.input()
	if err != nil {
		return a
	}
	v := reconcile.Apply(in)
	if v.Result != syncproto.Applied || v.Record == nil {
		return a
	}
	return ahead{in, v, storage.Encode(v.Record)}
}

// holds reports whether the transaction came to the input that was judged ahead for the same mutation.
func (a *ahead) holds(in *reconcile.Input) bool {
	was := &a.in
	return a.encoded != nil && in.Record == nil && in.Parent == nil && in.Base == nil && in.Sides == nil &&
		in.Actor == was.Actor && in.ForeignBase == was.ForeignBase && in.Now == was.Now && in.Mutation.Unit == was.Mutation.Unit &&
		sameCapture(in.Captured, was.Captured)
}

func sameCapture(a, b *syncproto.Captured) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// verdict is Apply's, from memory where that holds.
func (j *judge) verdict(in reconcile.Input) reconcile.Verdict {
	if a := &j.ahead[j.at]; a.holds(&in) {
		j.encoded = a.encoded
		return a.verdict
	}
	return reconcile.Apply(in)
}

// store puts a record's next revision, encoded already if it was judged ahead.
func (j *judge) store(r *syncproto.Record, before, scopes []syncproto.Scope) (err error) {
	e := j.encoded
	if e == nil || e.Record != r {
		e = storage.Encode(r)
		if r == j.made {
			j.encoded = e
		}
	}
	if w, ok := j.tx.(storage.EncodedWriter); ok {
		err = w.PutEncoded(e, scopes)
	} else {
		err = j.tx.PutRecord(r, scopes)
	}
	j.puts(r, e.Wire, before, scopes, false)
	return err
}
