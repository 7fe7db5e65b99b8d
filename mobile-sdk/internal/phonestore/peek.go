package phonestore

import (
	"context"
	"database/sql"
)

// Peek counts what waits in a store, without its PIN and without changing it.
func Peek(ctx context.Context, path string) (Counts, MediaCounts, error) {
	s := &Store{path: path, prepared: map[string]*sql.Stmt{}}
	defer s.Close()
	var err error
	if s.readers, err = sql.Open("sqlite", fileName(path)+"&_pragma=query_only(1)"); err != nil {
		return Counts{}, MediaCounts{}, s.classify("peek", err)
	}
	var c Counts
	var m MediaCounts
	err = s.View(ctx, func(tx *Tx) (err error) {
		if c, err = tx.Counts(); err != nil {
			return err
		}
		// A store that was not opened since it was written by an older app has no files.
		if n, err := tx.number("SELECT count(*) FROM sqlite_schema WHERE name = 'media'"); err != nil || n == 0 {
			return err
		}
		m, err = tx.MediaCounts()
		return err
	})
	return c, m, err
}
