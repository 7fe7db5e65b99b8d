package sqlite

import (
	"context"
	"database/sql/driver"
	"runtime"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Bare is a group-commit writer without a store around it: the same file, the same rows, no questions.
type Bare struct{ store *Store }

// NewBare opens a file for it.
func NewBare(b *testing.B, path string) *Bare {
	s, err := Open(b.Context(), path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return &Bare{store: s}
}

// Insert writes the rows of one request.
func (b *Bare) Insert(device syncproto.ID, phone int, first int64, records []*syncproto.Record) error {
	return b.store.Update(context.Background(), func(s storage.Tx) error {
		t := s.(*tx)
		outcomes := make([]byte, 0, 2048)
		for i, r := range records {
			k := nextRow(storage.Encode(r))
			id, _ := r.ID.Bytes()
			sequence := first + int64(i) + 1
			k.places = []place{{uint64(2*phone + 1), uint64(sequence), true}, {uint64(2*phone + 2), uint64(sequence), true}}
			result, err := t.exec("bare", `INSERT INTO records (id, revision, deleted, hash, parent, places, writers, body, wire)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				id[:], k.revision, flag(k.deleted), k.hash[:], k.parent, encodePlaces(k.places), k.writers, k.body, k.wire)
			if err != nil {
				return err
			}
			if k.rid, err = result.LastInsertId(); err != nil {
				return err
			}
			for _, p := range k.places {
				_, err := t.exec("bare", "INSERT INTO feed (scope, sequence, rid, at) VALUES (?, ?, ?, ?)",
					int64(p.scope), int64(p.sequence), k.rid, nil)
				if err != nil {
					return err
				}
			}
			outcomes = appendJudged(outcomes, &storage.Judged{Outcome: syncproto.Outcome{Number: sequence, Result: syncproto.Applied, Revision: 1}})
		}
		_, err := t.exec("bare", "INSERT INTO outcomes (device, first, at, judged) VALUES (?, ?, ?, ?)", id16(device), first, int64(1), outcomes)
		return err
	})
}

// Settings returns what every connection must answer for its pragmas, by kind of connection.
func Settings() map[string]map[string]string {
	out := map[string]map[string]string{"writer": {}, "reader": {}}
	for kind, list := range map[string][]pragma{"writer": writerPragmas, "reader": readerPragmas} {
		for _, p := range list {
			out[kind][p.name] = p.want
		}
	}
	return out
}

// Ask runs a statement on the connection of a view or of an update and returns the first column of the first row.
func Ask(r storage.Reader, sql string) (any, error) {
	inner, ok := r.(*reader)
	if !ok {
		inner = &r.(*tx).reader
	}
	row, err := inner.first("test", sql)
	if row == nil {
		return nil, err
	}
	return row[0], err
}

// Exec runs a statement on the writer's connection, outside any transaction.
func (s *Store) Exec(sql string) error {
	c, err := dial(s.path, nil)
	if err != nil {
		return classify("test", err)
	}
	defer c.close()
	_, err = c.exec(sql)
	return classify("test", err)
}

// FailAt makes the failpoint return what fn returns, until the test ends; without a test, for good.
func FailAt(t testing.TB, fn func(point string) error) {
	before := failpoint
	failpoint = fn
	if t != nil {
		t.Cleanup(func() { failpoint = before })
	}
}

// Classify gives an error its code.
func Classify(err error) error { return classify("test", err) }

// Schema returns the statements that made a file's schema, in order of name.
func (s *Store) Schema(t testing.TB) (out string) {
	c, err := dial(s.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	err = c.each("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", func(row []driver.Value) bool {
		out += text(row[0]) + ";\n\n"
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Integrity returns SQLite's verdict on the whole file.
func (s *Store) Integrity(t testing.TB) string {
	c, err := dial(s.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	row, err := c.first("PRAGMA integrity_check")
	if err != nil {
		t.Fatal(err)
	}
	return text(row[0])
}

// AwaitQueue returns when n updates wait for the writer.
func (s *Store) AwaitQueue(n int) {
	for len(s.queue) < n {
		runtime.Gosched()
	}
}

// Path returns the file's name.
func (s *Store) Path() string { return s.path }

// Still runs fn while the WAL cannot start anew: a reader that stands still holds it.
func (s *Store) Still(fn func() error) error {
	return s.View(context.Background(), func(storage.Reader) error { return fn() })
}

// SetMaxRewording bounds the words that wait, and returns how to undo that.
func SetMaxRewording(n int) (undo func()) {
	old := maxRewording
	maxRewording = n
	return func() { maxRewording = old }
}
