package phonestore

import "database/sql"

// Stage keeps one line of a bundle until the bundle is known to be whole.
func (t *Tx) Stage(i int64, line []byte) error {
	sealed, err := t.store.sealed.seal(line, "incoming")
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO incoming (i, line) VALUES ($1, $2)", i, sealed)
	return err
}

// Staged calls fn for staged lines above i, in order, at most limit.
func (t *Tx) Staged(after int64, limit int, fn func(i int64, line []byte) error) error {
	type staged struct {
		i    int64
		line []byte
	}
	var part []staged
	err := t.each("SELECT i, line FROM incoming WHERE i > $1 ORDER BY i LIMIT $2", []any{after, limit},
		func(rows *sql.Rows) (bool, error) {
			var s staged
			var line sql.RawBytes
			if err := rows.Scan(&s.i, &line); err != nil {
				return false, err
			}
			plain, err := t.store.sealed.open(line, "incoming")
			s.line = append([]byte(nil), plain...)
			part = append(part, s)
			return true, err
		})
	if err != nil {
		return err
	}
	for _, s := range part {
		if err := fn(s.i, s.line); err != nil {
			return err
		}
	}
	return nil
}

// ClearStage removes staged lines, at most limit, and reports whether any are left.
func (t *Tx) ClearStage(limit int) (bool, error) {
	n, err := t.exec("DELETE FROM incoming WHERE i IN (SELECT i FROM incoming ORDER BY i LIMIT $1)", limit)
	return n == int64(limit), err
}
