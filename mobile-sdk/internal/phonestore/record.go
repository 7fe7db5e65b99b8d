package phonestore

import (
	"database/sql"
	"encoding/binary"

	"lantoa/syncproto"
)

// Row is a server record as the phone keeps it.
type Row struct {
	ID       syncproto.ID
	Kind     syncproto.Kind
	State    syncproto.State
	At       int64 // when it was captured, for lists
	Parent   syncproto.ID
	Revision int64
	Epoch    int // place of the epoch that the revision belongs to
	Deleted  bool
	Hash     syncproto.Hash
	Places   []Place
	Wire     []byte

	row int64
}

// Place is a record's membership of a scope, confirmed in a generation of it.
type Place struct {
	Scope      int64
	Generation int64
}

const recordColumns = "row, id, kind, state, at, parent, revision, epoch, deleted, hash, places, wire"

// Record returns a server record, or nil.
func (t *Tx) Record(id syncproto.ID) (*Row, error) {
	var found *Row
	err := t.each("SELECT "+recordColumns+" FROM records WHERE id = $1", []any{key(id)}, func(rows *sql.Rows) (bool, error) {
		r, err := t.scanRow(rows)
		found = r
		return false, err
	})
	return found, err
}

func (t *Tx) scanRow(rows *sql.Rows) (*Row, error) {
	r := &Row{}
	var id, parent, hash, places, wire sql.RawBytes
	err := rows.Scan(&r.row, &id, &r.Kind, &r.State, &r.At, &parent, &r.Revision, &r.Epoch, &r.Deleted, &hash, &places, &wire)
	if err != nil {
		return nil, err
	}
	r.ID, r.Parent = unkey(id), unkey(parent)
	copy(r.Hash[:], hash)
	r.Places = decodePlaces(places)
	plain, err := t.store.sealed.open(wire, string(r.ID))
	r.Wire = append([]byte(nil), plain...)
	return r, err
}

// Insert adds a record that the phone does not have, and reports false if it has it.
func (t *Tx) Insert(r *Row) (bool, error) {
	wire, err := t.store.sealed.seal(r.Wire, string(r.ID))
	if err != nil {
		return false, err
	}
	n, err := t.exec("INSERT INTO records (id, kind, state, at, parent, revision, epoch, deleted, hash, places, wire)"+
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
		key(r.ID), string(r.Kind), string(r.State), r.At, key(r.Parent), r.Revision, r.Epoch, r.Deleted, r.Hash[:],
		encodePlaces(r.Places), wire)
	return n == 1, err
}

// Replace writes a record that the phone has.
func (t *Tx) Replace(r *Row) error {
	wire, err := t.store.sealed.seal(r.Wire, string(r.ID))
	if err != nil {
		return err
	}
	_, err = t.exec("UPDATE records SET kind = $1, state = $2, at = $3, parent = $4, revision = $5, epoch = $6,"+
		" deleted = $7, hash = $8, places = $9, wire = $10 WHERE row = $11", string(r.Kind), string(r.State), r.At,
		key(r.Parent), r.Revision, r.Epoch, r.Deleted, r.Hash[:], encodePlaces(r.Places), wire, r.row)
	return err
}

// SetPlaces writes only a record's memberships.
func (t *Tx) SetPlaces(r *Row) error {
	_, err := t.exec("UPDATE records SET places = $1 WHERE row = $2", encodePlaces(r.Places), r.row)
	return err
}

// Remove takes a record off the phone.
func (t *Tx) Remove(r *Row) error {
	_, err := t.exec("DELETE FROM records WHERE row = $1", r.row)
	return err
}

// Members calls fn for every record that is in a scope, without its wire. It reads in parts, so that fn may write.
func (t *Tx) Members(scope int64, fn func(r *Row) error) error {
	const part = 500
	var after int64
	for {
		var rows []*Row
		seen := 0
		err := t.each("SELECT row, id, kind, revision, epoch, hash, places FROM records WHERE row > $1 ORDER BY row LIMIT $2",
			[]any{after, part}, func(found *sql.Rows) (bool, error) {
				r := &Row{}
				var id, hash, places sql.RawBytes
				if err := found.Scan(&r.row, &id, &r.Kind, &r.Revision, &r.Epoch, &hash, &places); err != nil {
					return false, err
				}
				seen, after = seen+1, r.row
				r.Places = decodePlaces(places)
				if r.Place(scope) != nil {
					r.ID = unkey(id)
					copy(r.Hash[:], hash)
					rows = append(rows, r)
				}
				return true, nil
			})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := fn(r); err != nil {
				return err
			}
		}
		if seen < part {
			return nil
		}
	}
}

// Place returns the record's membership of a scope, or nil.
func (r *Row) Place(scope int64) *Place {
	for i := range r.Places {
		if r.Places[i].Scope == scope {
			return &r.Places[i]
		}
	}
	return nil
}

// Leave takes the record out of a scope.
func (r *Row) Leave(scope int64) {
	kept := r.Places[:0]
	for _, p := range r.Places {
		if p.Scope != scope {
			kept = append(kept, p)
		}
	}
	r.Places = kept
}

// CountRecords counts the records that are on the phone.
func (t *Tx) CountRecords() (int64, error) {
	return t.number("SELECT count(*) FROM records WHERE deleted = 0")
}

// SweepTombstones removes tombstones of records that nothing was done to here, or no longer: the person who did something
// is still told what became of it.
func (t *Tx) SweepTombstones() error {
	_, err := t.exec("DELETE FROM records WHERE deleted = 1 AND places = x'' AND NOT EXISTS" +
		" (SELECT 1 FROM mutations m WHERE m.record = records.id)")
	return err
}

func encodePlaces(places []Place) []byte {
	out := make([]byte, 0, 4*len(places))
	for _, p := range places {
		out = binary.AppendUvarint(out, uint64(p.Scope))
		out = binary.AppendUvarint(out, uint64(p.Generation))
	}
	return out
}

func decodePlaces(b []byte) []Place {
	var out []Place
	for len(b) > 0 {
		scope, n := binary.Uvarint(b)
		if n <= 0 {
			return out
		}
		generation, m := binary.Uvarint(b[n:])
		if m <= 0 {
			return out
		}
		out, b = append(out, Place{int64(scope), int64(generation)}), b[n+m:]
	}
	return out
}
