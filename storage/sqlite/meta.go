package sqlite

import (
	"crypto/rand"
	"database/sql/driver"
	"slices"

	"lantoa/syncproto"
)

// Epoch implements storage.MetaReader.
func (r *reader) Epoch() (syncproto.Epoch, error) {
	m, err := r.readMeta()
	if err != nil {
		return syncproto.Epoch{}, err
	}
	return m.epoch, nil
}

// Key implements storage.MetaReader.
func (r *reader) Key() ([]byte, error) {
	m, err := r.readMeta()
	if err != nil {
		return nil, err
	}
	return slices.Clone(m.secret), nil
}

// Access implements storage.MetaReader.
func (r *reader) Access() (uint64, error) {
	m, err := r.readMeta()
	if err != nil {
		return 0, err
	}
	return m.access, nil
}

func (t *tx) raiseAccess() error {
	t.meta = nil
	_, err := t.exec("raise access", "UPDATE meta SET access = access + 1")
	return err
}

// NewEpoch implements storage.MetaWriter.
func (t *tx) NewEpoch() (syncproto.Epoch, error) {
	var e syncproto.Epoch
	rand.Read(e[:])
	t.meta = nil
	_, err := t.exec("draw epoch", "UPDATE meta SET epoch = ?", e[:])
	return e, err
}

// Compact implements storage.MetaWriter. What records were, tombstones too, stays in their rows and revisions.
func (t *tx) Compact(before int64) error {
	const op = "compact"
	type gone struct{ scope, sequence, rid int64 }
	var list []gone
	err := t.each(op, "SELECT scope, sequence, rid FROM feed WHERE at < ?", func(row []driver.Value) bool {
		list = append(list, gone{integer(row[0]), integer(row[1]), integer(row[2])})
		return true
	}, before)
	if err != nil {
		return err
	}
	clear(t.rows)
	clear(t.childless)
	for _, g := range list {
		if err := t.forget(op, uint64(g.scope), uint64(g.sequence), g.rid); err != nil {
			return err
		}
	}
	_, err = t.exec(op, heardSQL, before)
	return err
}

// heardSQL drops rows of outcomes all of whose numbers their device acknowledged: the next row's first number, or the
// device's next, is at most one above.
const heardSQL = `DELETE FROM outcomes AS o WHERE at < ? AND COALESCE(
	(SELECT MIN(later.first) FROM outcomes AS later WHERE later.device = o.device AND later.first > o.first),
	(SELECT accepted + 1 FROM devices WHERE id = o.device), 0
	) <= (SELECT acknowledged + 1 FROM contacts WHERE contacts.device = o.device)`

// forget drops one entry of a feed, and the record's place with it, and raises the floor.
func (t *tx) forget(op string, scope, sequence uint64, rid int64) error {
	h, err := t.headByNumber(scope)
	if err != nil {
		return err
	}
	t.heads.change(h)
	h.Floor = max(h.Floor, sequence)
	row, err := t.first(op, "SELECT places FROM records WHERE rid = ?", rid)
	if err != nil {
		return err
	}
	if row == nil {
		return syncproto.E(syncproto.CodeStoreBroken, op, nil)
	}
	places := slices.DeleteFunc(decodePlaces(blob(row[0])), func(p place) bool { return p.scope == scope })
	if _, err := t.exec(op, "UPDATE records SET places = ? WHERE rid = ?", encodePlaces(places), rid); err != nil {
		return err
	}
	_, err = t.exec(op, "DELETE FROM feed WHERE scope = ? AND sequence = ?", int64(scope), int64(sequence))
	return err
}
