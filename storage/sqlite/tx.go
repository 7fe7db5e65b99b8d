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

	waiting   waiting
	written   marks // what of waiting is in the file
	levels    []level
	words     []rewording     // of the texts of submissions, as they came
	worded    int             // how many of words are in the file
	wordBytes int             // the size of the others
	rid       int64           // the newest that was given to a record; 0 if none was yet
	device    *storage.Device // that was read last
	erased    bool            // something was erased, be it rolled back later
	args      []driver.Value
}

// level is a savepoint under way. It is opened in the file when the first statement comes up that writes.
type level struct {
	heads   int
	waiting marks
	words   int // how many words there were
	worded  int
	open    bool
}

var (
	_ storage.Tx            = (*tx)(nil)
	_ storage.Expecter      = (*tx)(nil)
	_ storage.EncodedWriter = (*tx)(nil)
)

func newTx(c *conn, now func() int64) *tx {
	t := &tx{now: now}
	t.reader = reader{conn: c, heads: newHeads(), rows: map[key]*row{}, settle: t.settle, settleWords: t.writeWords}
	return t
}

// exec runs a writing statement, after what waits.
func (t *tx) exec(op, sql string, args ...driver.Value) (driver.Result, error) {
	if err := t.settle(); err != nil {
		return nil, err
	}
	t.device = nil
	result, err := t.conn.exec(sql, args...)
	if err != nil {
		t.broken = classify(op, err)
		return nil, t.broken
	}
	return result, nil
}

// changes runs a writing statement that answers, after what waits, and calls yield for its rows.
func (t *tx) changes(op, sql string, yield func(row []driver.Value), args ...driver.Value) error {
	if err := t.settle(); err != nil {
		return err
	}
	t.device = nil
	err := t.conn.each(sql, func(row []driver.Value) bool {
		yield(row)
		return true
	}, args...)
	if err != nil {
		t.broken = classify(op, err)
		return t.broken
	}
	return nil
}

// run runs a statement of what waits or of a savepoint.
func (t *tx) run(op, sql string, args ...driver.Value) error {
	_, err := t.conn.exec(sql, args...)
	if err != nil {
		t.broken = classify(op, err)
		return t.broken
	}
	return nil
}

// Savepoint implements storage.Tx.
func (t *tx) Savepoint(fn func() error) error {
	if t.broken != nil {
		return t.broken
	}
	depth := len(t.levels)
	t.levels = append(t.levels, level{heads: t.heads.mark(), waiting: t.waiting.marks(), words: len(t.words), worded: t.worded})
	err := fn()
	if err == nil {
		err = t.broken
	}
	if err != nil {
		return t.undo(err, depth)
	}
	l := t.levels[depth]
	t.levels = t.levels[:depth]
	if t.worded > l.worded {
		t.forgetWords()
	}
	if !l.open {
		return nil
	}
	return t.run("savepoint", "RELEASE one")
}

// undo takes back what a savepoint wrote, and those inside it that a panic left open. If the savepoint is gone from the
// file, so is the transaction; if it was never opened there, nothing of it is in the file.
func (t *tx) undo(cause error, depth int) error {
	levels := t.levels[depth:]
	t.levels = t.levels[:depth]
	t.heads.rollback(levels[0].heads)
	clear(t.rows)
	clear(t.childless)
	t.meta, t.device = nil, nil
	t.waiting.cut(levels[0].waiting)
	t.undoWords(&levels[0])
	if levels[0].open {
		t.written = levels[0].waiting
	}
	t.keepWaiting()
	for i := len(levels) - 1; i >= 0; i-- {
		if !levels[i].open {
			continue
		}
		for _, sql := range []string{"ROLLBACK TO one", "RELEASE one"} {
			if _, err := t.conn.exec(sql); err != nil {
				if t.broken == nil {
					t.broken = classify("roll back", err)
				}
				return cause
			}
		}
		if i == 0 {
			t.broken = nil
		}
	}
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

// idOrEmpty is id16 with no bytes for the empty id: the start of every list, and a key where null would be none.
func idOrEmpty(id syncproto.ID) driver.Value {
	if b, ok := id.Bytes(); ok {
		return b[:]
	}
	return []byte{}
}

func idOf(v driver.Value) syncproto.ID {
	b := blob(v)
	if len(b) != 16 {
		return ""
	}
	return syncproto.IDFromBytes([16]byte(b))
}
