package phonestore

import (
	"database/sql"
	"errors"

	"lantoa/syncproto"
)

func (t *Tx) exec(query string, args ...any) (int64, error) {
	stmt, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each calls scan for every row. The rows' bytes are valid only until scan returns when it scans sql.RawBytes.
func (t *Tx) each(query string, args []any, scan func(rows *sql.Rows) (bool, error)) error {
	stmt, err := t.stmt(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(t.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if more, err := scan(rows); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// one scans the first row into dest and reports whether there was one.
func (t *Tx) one(query string, args []any, dest ...any) (bool, error) {
	stmt, err := t.stmt(query)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRowContext(t.ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (t *Tx) number(query string, args ...any) (n int64, err error) {
	_, err = t.one(query, args, &n)
	return n, err
}

// key is an id as the store keeps it: 16 bytes, or NULL for none.
func key(id syncproto.ID) any {
	b, ok := id.Bytes()
	if !ok {
		return nil
	}
	return b[:]
}

func unkey(b []byte) syncproto.ID {
	if len(b) != 16 {
		return ""
	}
	return syncproto.IDFromBytes([16]byte(b))
}
