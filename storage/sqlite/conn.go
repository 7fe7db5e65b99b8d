package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"modernc.org/sqlite"
)

// conn is one connection with its prepared statements. It is used by one goroutine at a time.
type conn struct {
	raw   driver.Conn
	idle  map[string]*stmt // prepared and not in use
	spare bool             // the connection is not to be used again
}

// stmt is a prepared statement with room for its arguments and one row.
type stmt struct {
	raw driver.Stmt
	run interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	args []driver.NamedValue
	row  []driver.Value
}

// connect opens a connection and executes nothing but the pragmas of the DSN.
func connect(dsn string) (*conn, error) {
	raw, err := (&sqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, idle: map[string]*stmt{}}, nil
}

func (c *conn) close() error {
	for _, s := range c.idle {
		_ = s.raw.Close()
	}
	return c.raw.Close()
}

// take returns a prepared statement with its arguments bound. A statement that is in use, by a callback that asks
// the same question again, is prepared a second time.
func (c *conn) take(sql string, args []driver.Value) (*stmt, error) {
	s, ok := c.idle[sql]
	if ok {
		delete(c.idle, sql)
	} else {
		raw, err := c.raw.Prepare(sql)
		if err != nil {
			return nil, err
		}
		s = &stmt{raw: raw}
		if s.run, ok = raw.(interface {
			driver.StmtExecContext
			driver.StmtQueryContext
		}); !ok {
			return nil, errors.New("the driver's statements take no context")
		}
	}
	s.args = s.args[:0]
	for i, arg := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return s, nil
}

func (c *conn) give(sql string, s *stmt) {
	if _, ok := c.idle[sql]; ok {
		_ = s.raw.Close()
		return
	}
	c.idle[sql] = s
}

// forget closes a prepared statement that is not in use.
func (c *conn) forget(sql string) {
	if s, ok := c.idle[sql]; ok {
		delete(c.idle, sql)
		_ = s.raw.Close()
	}
}

// exec runs a statement that returns no rows. It is not interrupted: a context cannot tear a transaction.
func (c *conn) exec(sql string, args ...driver.Value) (driver.Result, error) {
	s, err := c.take(sql, args)
	if err != nil {
		return nil, err
	}
	defer c.give(sql, s)
	return s.run.ExecContext(context.Background(), s.args)
}

// each calls yield for the rows until it returns false. The row is re-used; the blobs in it are not.
func (c *conn) each(sql string, yield func(row []driver.Value) bool, args ...driver.Value) error {
	s, err := c.take(sql, args)
	if err != nil {
		return err
	}
	defer c.give(sql, s)
	rows, err := s.run.QueryContext(context.Background(), s.args)
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.row == nil {
		s.row = make([]driver.Value, len(rows.Columns()))
	}
	for {
		err := rows.Next(s.row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !yield(s.row) {
			return nil
		}
	}
}

// first returns the first row, or nil. It lives until the statement runs again.
func (c *conn) first(sql string, args ...driver.Value) (row []driver.Value, err error) {
	err = c.each(sql, func(r []driver.Value) bool {
		row = r
		return false
	}, args...)
	return row, err
}

func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func blob(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}
