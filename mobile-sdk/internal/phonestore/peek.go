package phonestore

import (
	"context"
	"database/sql"
)

// Peek counts what waits in a store, without its PIN and without changing it.
func Peek(ctx context.Context, path string) (Counts, error) {
	s := &Store{path: path, prepared: map[string]*sql.Stmt{}}
	defer s.Close()
	var err error
	if s.readers, err = sql.Open("sqlite", fileName(path)+"&_pragma=query_only(1)"); err != nil {
		return Counts{}, s.classify("peek", err)
	}
	var c Counts
	err = s.View(ctx, func(tx *Tx) (err error) {
		c, err = tx.Counts()
		return err
	})
	return c, err
}
