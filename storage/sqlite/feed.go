package sqlite

import (
	"database/sql/driver"

	"lantoa/syncproto"
)

// A removal has no wire; a tombstone is not live either, but its record is deleted.
const changesSQL = `SELECT f.sequence, r.id, CASE WHEN f.at IS NULL OR r.deleted THEN r.wire END
	FROM feed f CROSS JOIN records r ON r.rid = f.rid
	WHERE f.scope = ? AND f.sequence > ? ORDER BY f.sequence LIMIT ?`

// Changes implements storage.FeedReader.
func (r *reader) Changes(scope, after uint64, limit int, yield func(uint64, syncproto.Change) bool) error {
	return r.each("read changes", changesSQL, func(row []driver.Value) bool {
		return yield(uint64(integer(row[0])), changeOf(row[1], row[2]))
	}, int64(scope), int64(after), int64(limit))
}

func changeOf(id, wire driver.Value) syncproto.Change {
	return syncproto.Change{ID: idOf(id), Removed: wire == nil, Wire: blob(wire)}
}

// Digest implements storage.FeedReader. It reads the whole scope: it is asked for after a mismatch, which is a bug.
func (r *reader) Digest(scope uint64) (*syncproto.Digest, error) {
	d := &syncproto.Digest{}
	err := r.each("read digest", `SELECT r.id, r.hash FROM feed f CROSS JOIN records r ON r.rid = f.rid
		WHERE f.scope = ? AND f.at IS NULL`, func(row []driver.Value) bool {
		var h syncproto.Hash
		copy(h[:], blob(row[1]))
		d.Add(idOf(row[0]), h)
		return true
	}, int64(scope))
	return d, err
}

// LeafRecords implements storage.FeedReader.
func (r *reader) LeafRecords(scope uint64, leaf int, after syncproto.ID, yield func(syncproto.Change) bool) error {
	from := []byte{}
	if b, ok := after.Bytes(); ok {
		from = b[:]
	}
	return r.each("read leaf", `SELECT r.id, r.wire FROM feed f CROSS JOIN records r ON r.rid = f.rid
		WHERE f.scope = ? AND f.at IS NULL AND substr(r.id, 16) = ? AND r.id > ? ORDER BY r.id`,
		func(row []driver.Value) bool { return yield(changeOf(row[0], row[1])) },
		int64(scope), []byte{byte(leaf)}, from)
}
