package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

// tx is the writer's transaction. Broken is set when a statement fails: SQLite may have rolled everything back by
// then, after which further statements would commit by themselves. It is cleared when a savepoint turns out to be
// there still and is rolled back.
type tx struct {
	reader
	now    func() int64
	broken error
}

var _ storage.Tx = (*tx)(nil)

// exec runs a writing statement.
func (t *tx) exec(op, sql string, args ...driver.Value) (driver.Result, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	result, err := t.conn.exec(sql, args...)
	if err != nil {
		t.broken = classify(op, err)
		return nil, t.broken
	}
	return result, nil
}

// Savepoint implements storage.Tx.
func (t *tx) Savepoint(fn func() error) error {
	const op = "savepoint"
	if _, err := t.exec(op, "SAVEPOINT one"); err != nil {
		return err
	}
	mark := t.heads.mark()
	err := fn()
	if err == nil && t.broken == nil {
		_, err = t.exec(op, "RELEASE one")
		return err
	}
	if err == nil {
		err = t.broken
	}
	return t.undo(err, mark)
}

// undo takes back what a savepoint wrote. If the savepoint is gone, so is the transaction.
func (t *tx) undo(cause error, mark int) error {
	t.heads.rollback(mark)
	clear(t.rows)
	clear(t.childless)
	t.meta = nil
	for _, sql := range []string{"ROLLBACK TO one", "RELEASE one"} {
		if _, err := t.conn.exec(sql); err != nil {
			if t.broken == nil {
				t.broken = classify("roll back", err)
			}
			return cause
		}
	}
	t.broken = nil
	return cause
}

// id16 returns the stored form of an id: 16 bytes, or null for the empty one.
func id16(id syncproto.ID) driver.Value {
	b, ok := id.Bytes()
	if !ok {
		return nil
	}
	return b[:]
}

func idOf(v driver.Value) syncproto.ID {
	b := blob(v)
	if len(b) != 16 {
		return ""
	}
	return syncproto.IDFromBytes([16]byte(b))
}
