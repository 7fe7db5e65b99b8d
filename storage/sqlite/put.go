package sqlite

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// PutRecord implements storage.RecordWriter.
func (t *tx) PutRecord(r *syncproto.Record, scopes []syncproto.Scope) error {
	return t.PutEncoded(storage.Encode(r), scopes)
}

// PutEncoded implements storage.EncodedWriter.
func (t *tx) PutEncoded(e *storage.Encoded, scopes []syncproto.Scope) error {
	const op = "store record"
	r := e.Record
	id, ok := r.ID.Bytes()
	if !ok {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	old, err := t.row(op, r.ID)
	if err != nil {
		return err
	}
	next := nextRow(e)
	moved := false
	if old != nil {
		next.rid, next.places = old.rid, slices.Clone(old.places)
		moved = old.revision == next.revision && old.hash == next.hash
		if !moved && next.revision <= old.revision {
			return syncproto.E(syncproto.CodeInternal, op, errors.New("the revision does not rise"))
		}
	}
	if moved && next.deleted {
		return nil
	}
	moves, err := t.place(old, next, scopes, moved)
	if err != nil {
		return err
	}
	switch {
	case old == nil:
		err = t.insertRow(op, id, next)
	case moved:
		kept := *old
		kept.places = next.places
		next = &kept
		_, err = t.exec(op, "UPDATE records SET places = ? WHERE rid = ?", encodePlaces(next.places), next.rid)
	default:
		err = t.replaceRow(op, old, next)
	}
	if err == nil {
		err = t.writeMoves(op, next, moves)
	}
	if err == nil {
		t.rows[id] = next
		if len(next.parent) > 0 {
			delete(t.childless, key(next.parent))
		}
	}
	return err
}

// nextRow makes the row of a record.
func nextRow(e *storage.Encoded) *row {
	r := e.Record
	next := &row{revision: r.Revision, deleted: r.Deleted, wire: e.Wire, hash: e.Hash, writers: encodeWriters(r.Writers)}
	switch {
	case r.Deleted && r.Erased: // its own wire is all there is, and says so
		next.body = e.Wire
	case r.Deleted:
		full := *r
		full.Deleted = false
		next.body = syncproto.AppendRecord(nil, &full)
	}
	if parent, ok := r.Parent().Bytes(); ok {
		next.parent = parent[:]
	}
	return next
}

// replaceRow keeps the superseded revision and writes the new one in its place.
func (t *tx) replaceRow(op string, old, k *row) error {
	_, err := t.exec(op, "INSERT INTO revisions (rid, revision, deleted, writers, body) VALUES (?, ?, ?, ?, ?)",
		old.rid, old.revision, flag(old.deleted), old.writers, old.full())
	if err != nil {
		return err
	}
	if !bytes.Equal(old.parent, k.parent) {
		if _, err := t.exec(op, "UPDATE records SET parent = ? WHERE rid = ?", k.parent, k.rid); err != nil {
			return err
		}
	}
	_, err = t.exec(op, `UPDATE records SET revision = ?, deleted = ?, hash = ?, places = ?, writers = ?, body = ?, wire = ?
		WHERE rid = ?`, k.revision, flag(k.deleted), k.hash[:], encodePlaces(k.places), k.writers, k.body, k.wire, k.rid)
	return err
}

// move is one entry of a feed that comes new or goes to the head.
type move struct {
	place
	from uint64 // the old sequence; 0 if the record had no place in the scope
}

// place gives the record its places at the heads of its scopes and changes the heads. A revision that only moved
// keeps its places where it stays, and a removal is not repeated.
func (t *tx) place(old, next *row, scopes []syncproto.Scope, moved bool) ([]move, error) {
	wanted := make([]*head, 0, 4)
	for _, scope := range scopes {
		h, err := t.head(scope)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(wanted, h) {
			wanted = append(wanted, h)
		}
	}
	var moves []move
	for i, p := range next.places {
		h, err := t.headByNumber(p.scope)
		if err != nil {
			return nil, err
		}
		at := slices.Index(wanted, h)
		live := at >= 0 && !next.deleted
		if at >= 0 {
			wanted = slices.Delete(wanted, at, at+1)
		}
		if p.live == live && (moved || !live && !next.deleted) {
			continue
		}
		t.heads.change(h)
		if p.live {
			h.Sum.Remove(old.hash)
		}
		next.places[i] = h.advance(next, live)
		moves = append(moves, move{next.places[i], p.sequence})
	}
	for _, h := range wanted {
		t.heads.change(h)
		p := h.advance(next, !next.deleted)
		next.places = append(next.places, p)
		moves = append(moves, move{p, 0})
	}
	return moves, nil
}

func (h *head) advance(k *row, live bool) place {
	h.Sequence++
	if live {
		h.Sum.Add(k.hash)
	}
	return place{scope: h.Number, sequence: h.Sequence, live: live}
}

func (t *tx) writeMoves(op string, k *row, moves []move) (err error) {
	for _, m := range moves {
		var at driver.Value
		if !m.live {
			at = t.now()
		}
		if m.from == 0 {
			t.waiting.places = append(t.waiting.places, newPlace{m.place, k.rid, at})
			continue
		}
		_, err = t.exec(op, "UPDATE feed SET sequence = ?, at = ? WHERE scope = ? AND sequence = ?",
			int64(m.sequence), at, int64(m.scope), int64(m.from))
		if err != nil {
			return err
		}
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
