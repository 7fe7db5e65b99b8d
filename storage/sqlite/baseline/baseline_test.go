package baseline_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/storage/sqlite/baseline"
	"lantoa/syncproto"
)

// TestTheSameRows pushes through a store, inserts what that left into a copy of the file as it was before, and finds
// the same records and outcomes there.
func TestTheSameRows(t *testing.T) {
	const requests, records = 6, 3
	path, bare := filepath.Join(t.TempDir(), "lantoa.db"), filepath.Join(t.TempDir(), "bare.db")
	device := id(1)
	update(t, path, func(tx storage.Tx) error { return tx.PutDevice(&storage.Device{ID: device}) })
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bare, before, 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(requests) {
		update(t, path, func(tx storage.Tx) error { return push(tx, device, n*records, records) })
	}

	load, err := baseline.Read(t.Context(), path, requests, records)
	if err != nil {
		t.Fatal(err)
	}
	if rate, err := load.Insert(t.Context(), bare, 4); err != nil || rate <= 0 {
		t.Fatalf("%f records a second, %v", rate, err)
	}
	update(t, bare, func(tx storage.Tx) error {
		for n := range uint64(requests * records) {
			r, err := tx.Revision(id(100+n), 1) // Record would name its scopes, whose heads are no rows of a request
			if err != nil {
				return err
			}
			if r.Fields["title"] != syncproto.Int(int64(n)) {
				t.Errorf("record %d: %v", n, r.Fields)
			}
			if judged, err := tx.Judged(device, int64(n)+1); err != nil || judged.Outcome.Number != int64(n)+1 {
				t.Errorf("outcome %d: %+v, %v", n, judged, err)
			}
		}
		return nil
	})
}

func TestAFileThatDoesNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lantoa.db")
	update(t, path, func(tx storage.Tx) error { return tx.PutDevice(&storage.Device{ID: id(1)}) })
	if _, err := baseline.Read(t.Context(), path, 2, 3); err == nil {
		t.Error("an empty file held two requests")
	}
}

func push(tx storage.Tx, device syncproto.ID, first uint64, count int) error {
	judged := make([]storage.Judged, count)
	for i := range judged {
		n := first + uint64(i)
		r := &syncproto.Record{
			ID: id(100 + n), Kind: syncproto.KindStory, Unit: id(2), Author: id(3), Revision: 1, State: syncproto.StateDraft,
			Fields: syncproto.Fields{"title": syncproto.Int(int64(n))},
		}
		if err := tx.PutRecord(r, []syncproto.Scope{"person:a", "desk:b"}); err != nil {
			return err
		}
		judged[i].Outcome = syncproto.Outcome{Number: int64(n) + 1, Result: syncproto.Applied, Revision: 1}
	}
	return tx.AddJudged(device, int64(first)+1, judged)
}

func update(t *testing.T, path string, fn func(storage.Tx) error) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func id(n uint64) syncproto.ID {
	var random [10]byte
	binary.BigEndian.PutUint64(random[2:], n)
	return syncproto.MakeID(1_700_000_000_000, random)
}
