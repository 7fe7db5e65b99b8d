package memory

import (
	"errors"
	"maps"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// reader reads one state.
type reader struct{ *state }

// tx changes a state that nobody else holds yet.
type tx struct {
	reader
	now func() int64
}

// Savepoint implements storage.Tx.
func (t *tx) Savepoint(fn func() error) error {
	before := *t.state
	err := fn()
	if err != nil {
		*t.state = before
	}
	return err
}

// Record implements storage.RecordReader.
func (r *reader) Record(id syncproto.ID) (*storage.Stored, error) {
	k, ok := r.records.get(string(id))
	if !ok {
		return nil, missing("read record")
	}
	out := &storage.Stored{Record: k.record.Clone(), Wire: slices.Clone(k.wire)}
	for n, p := range k.places {
		if p.live {
			scope, _ := r.numbers.get(number(n))
			out.Scopes = append(out.Scopes, scope)
		}
	}
	slices.Sort(out.Scopes)
	return out, nil
}

// Revision implements storage.RecordReader.
func (r *reader) Revision(id syncproto.ID, revision int64) (*syncproto.Record, error) {
	rec, ok := r.revisions.get(string(id) + number(uint64(revision)))
	if !ok {
		return nil, missing("read revision")
	}
	return rec.Clone(), nil
}

// Revisions implements storage.RecordReader.
func (r *reader) Revisions(id syncproto.ID) (out []*syncproto.Record, err error) {
	r.revisions.under(string(id), "", func(_ string, rec *syncproto.Record) bool {
		out = append(out, rec.Clone())
		return true
	})
	return out, nil
}

// Children implements storage.RecordReader.
func (r *reader) Children(id syncproto.ID, limit int) (out []syncproto.ID, err error) {
	r.children.under(string(id), "", func(child string, _ struct{}) bool {
		if len(out) == limit {
			return false
		}
		out = append(out, syncproto.ID(child))
		return true
	})
	return out, nil
}

func sideKey(record syncproto.ID, field string, device syncproto.ID) string {
	return string(record) + string(device) + field
}

// Side implements storage.RecordReader.
func (r *reader) Side(record syncproto.ID, field string, device syncproto.ID) (syncproto.Value, bool, error) {
	v, ok := r.sides.get(sideKey(record, field, device))
	return v, ok, nil
}

// PutSide implements storage.RecordWriter.
func (t *tx) PutSide(record syncproto.ID, field string, device syncproto.ID, v syncproto.Value) error {
	t.sides.put(sideKey(record, field, device), v)
	return nil
}

// PutRecord implements storage.RecordWriter.
func (t *tx) PutRecord(r *syncproto.Record, scopes []syncproto.Scope) error {
	const op = "store record"
	if !r.ID.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	next := &kept{record: normal(r), wire: syncproto.AppendRecord(nil, r), places: map[uint64]place{}}
	next.hash = syncproto.HashRecord(next.wire)
	old, known := t.records.get(string(r.ID))
	moved := false
	if known {
		next.places = maps.Clone(old.places)
		moved = old.record.Revision == r.Revision && old.hash == next.hash
		if !moved && r.Revision <= old.record.Revision {
			return syncproto.E(syncproto.CodeInternal, op, errors.New("the revision does not rise"))
		}
	}
	if moved {
		if r.Deleted {
			return nil
		}
		next.record = old.record // who wrote it stays as it was stored
	} else {
		t.relate(old, next)
	}
	t.place(old, next, scopes, moved)
	t.records.put(string(r.ID), next)
	return nil
}

// relate keeps the revision and the place below the parent.
func (t *tx) relate(old, next *kept) {
	id := string(next.record.ID)
	t.revisions.put(id+number(uint64(next.record.Revision)), next.record)
	if old != nil && old.record.Parent() != next.record.Parent() {
		t.children.drop(string(old.record.Parent()) + id)
	}
	if parent := next.record.Parent(); parent.Valid() {
		t.children.put(string(parent)+id, struct{}{})
	}
}

// place moves a record to the heads of its scopes. A revision that only moved keeps its places where it stays.
func (t *tx) place(old, next *kept, scopes []syncproto.Scope, moved bool) {
	wanted := map[uint64]bool{}
	for _, scope := range scopes {
		wanted[t.number(scope)] = true
	}
	affected := slices.Sorted(maps.Keys(wanted))
	for n := range next.places {
		if !wanted[n] {
			affected = append(affected, n)
		}
	}
	slices.Sort(affected)
	for _, n := range affected {
		was, placed := next.places[n]
		live := wanted[n] && !next.record.Deleted
		if placed && was.live == live && (moved || !live && !next.record.Deleted) {
			continue // it stays where it is; a removal is not repeated
		}
		scope, _ := t.numbers.get(number(n))
		current, _ := t.heads.get(string(scope))
		head := *current
		if placed {
			t.feed.drop(number(n) + number(was.sequence))
			if was.live {
				head.Sum.Remove(old.hash)
			}
		}
		head.Sequence++
		e := entry{record: next.record.ID, live: live}
		if live {
			head.Sum.Add(next.hash)
		} else {
			e.at = t.now()
		}
		t.feed.put(number(n)+number(head.Sequence), e)
		t.heads.put(string(scope), &head)
		next.places[n] = place{head.Sequence, live}
	}
}

// number returns the number of a scope, giving it one on first use.
func (t *tx) number(scope syncproto.Scope) uint64 {
	if h, ok := t.heads.get(string(scope)); ok {
		return h.Number
	}
	t.scopes++
	n := t.scopes
	t.heads.put(string(scope), &storage.Head{Scope: scope, Number: n})
	t.numbers.put(number(n), scope)
	return n
}

// normal returns what a record becomes when it is written and read again: marks of 1 are not kept.
func normal(r *syncproto.Record) *syncproto.Record {
	c := r.Clone()
	maps.DeleteFunc(c.Marks, func(_ string, mark int64) bool { return mark <= 1 })
	if len(c.Marks) == 0 {
		c.Marks = nil
	}
	if c.Fields == nil {
		c.Fields = syncproto.Fields{}
	}
	return c
}
