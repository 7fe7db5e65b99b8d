package sqlite

import (
	"context"
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

// reader asks one connection inside a transaction. A view and a tx differ in what they remember: in a view heads,
// rows and childless are nil, and nothing changes under it anyhow.
type reader struct {
	conn  *conn
	ctx   context.Context // of a view; nil in a tx, which is not interrupted
	meta  *meta
	heads *heads
	rows  map[key]*row
	// childless holds ids under which nothing hangs.
	childless map[key]struct{}
	// families holds ids under which this transaction hung something.
	families map[key]struct{}
	// settle writes what waits in a tx; nil in a view.
	settle func() error
	// settleWords writes the words that wait in a tx; nil in a view.
	settleWords func() error
}

// View implements storage.Store.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) (err error) {
	const op = "read the store"
	c, err := s.take(ctx, op)
	if err != nil {
		return err
	}
	defer s.readers.give(c)
	if _, err := c.exec("BEGIN"); err != nil {
		c.spare = true
		return classify(op, err)
	}
	defer func() {
		if _, err := c.exec("ROLLBACK"); err != nil {
			c.spare = true
		}
	}()
	r := &reader{conn: c, ctx: ctx}
	// BEGIN takes no snapshot; the first read does.
	if _, err := r.readMeta(); err != nil {
		return err
	}
	c.spare = true // until fn has returned: a panic leaves statements open
	defer recovered(&err)
	err = fn(r)
	c.spare = false
	return err
}

// each asks for rows and classifies errors. A long answer stops when the view's context ends.
func (r *reader) each(op, sql string, yield func(row []driver.Value) bool, args ...driver.Value) error {
	if r.settle != nil {
		if err := r.settle(); err != nil {
			return err
		}
	}
	return r.scan(op, sql, yield, args...)
}

// scan asks for rows where what waits in a tx makes no difference.
func (r *reader) scan(op, sql string, yield func(row []driver.Value) bool, args ...driver.Value) error {
	n, stopped := 0, false
	err := r.conn.each(sql, func(row []driver.Value) bool {
		if n++; n%256 == 0 && r.ctx != nil && r.ctx.Err() != nil {
			stopped = true
			return false
		}
		return yield(row)
	}, args...)
	if stopped {
		return ended(op, r.ctx)
	}
	return classify(op, err)
}

// first asks for one row; nil if there is none.
func (r *reader) first(op, sql string, args ...driver.Value) ([]driver.Value, error) {
	if r.settle != nil {
		if err := r.settle(); err != nil {
			return nil, err
		}
	}
	return r.glance(op, sql, args...)
}

// glance asks for one row where what waits in a tx makes no difference.
func (r *reader) glance(op, sql string, args ...driver.Value) ([]driver.Value, error) {
	if r.ctx != nil && r.ctx.Err() != nil {
		return nil, ended(op, r.ctx)
	}
	row, err := r.conn.first(sql, args...)
	return row, classify(op, err)
}

// meta is the one row of what the store knows of itself.
type meta struct {
	epoch  syncproto.Epoch
	secret []byte
	access uint64
}

func (r *reader) readMeta() (*meta, error) {
	if r.meta != nil {
		return r.meta, nil
	}
	row, err := r.glance("read meta", "SELECT epoch, secret, access FROM meta")
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "read meta", nil)
	}
	m := &meta{secret: blob(row[1]), access: uint64(integer(row[2]))}
	copy(m.epoch[:], blob(row[0]))
	r.meta = m
	return m, nil
}
