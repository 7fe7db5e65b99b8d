package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// cursor is a query under way whose rows are asked for one by one, for where several are read side by side.
type cursor struct {
	conn *conn
	sql  string
	stmt *stmt
	rows driver.Rows
	row  []driver.Value // re-used; the blobs in it are not
	over bool
}

// open starts a query. Whoever opens it closes it.
func (c *conn) open(sql string, args ...driver.Value) (*cursor, error) {
	s, err := c.take(sql, args)
	if err != nil {
		return nil, err
	}
	rows, err := s.run.QueryContext(context.Background(), s.args)
	if err != nil {
		c.give(sql, s)
		return nil, err
	}
	if s.row == nil {
		s.row = make([]driver.Value, len(rows.Columns()))
	}
	return &cursor{conn: c, sql: sql, stmt: s, rows: rows, row: s.row}, nil
}

// next reads the next row. After the last one over is set.
func (c *cursor) next() error {
	if c.over {
		return nil
	}
	err := c.rows.Next(c.row)
	if errors.Is(err, io.EOF) {
		c.over, err = true, nil
	}
	return err
}

func (c *cursor) close() {
	_ = c.rows.Close()
	c.conn.give(c.sql, c.stmt)
}
