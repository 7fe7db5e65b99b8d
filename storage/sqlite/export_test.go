package sqlite

import (
	"context"
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
			k := nextRow(r)
			id, _ := r.ID.Bytes()
			sequence := first + int64(i) + 1
			k.places = []place{{uint64(2*phone + 1), uint64(sequence), true}, {uint64(2*phone + 2), uint64(sequence), true}}
			if err := t.insertRow("bare", id[:], k); err != nil {
				return err
			}
			if err := t.writeMoves("bare", k, []move{{place: k.places[0]}, {place: k.places[1]}}); err != nil {
				return err
			}
			outcomes = appendJudged(outcomes, &storage.Judged{Outcome: syncproto.Outcome{Number: sequence, Result: syncproto.Applied, Revision: 1}})
		}
		_, err := t.exec("bare", "INSERT INTO outcomes (device, first, at, judged) VALUES (?, ?, ?, ?)", id16(device), first, int64(1), outcomes)
		return err
	})
}
