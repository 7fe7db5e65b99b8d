package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

func story(n uint64) *syncproto.Record {
	return benchRecord(n, benchID(1e9), benchID(2e9), benchID(3e9))
}

func putStory(s *sqlite.Store, r *syncproto.Record) error {
	return s.Update(context.Background(), func(tx storage.Tx) error {
		return tx.PutRecord(r, []syncproto.Scope{syncproto.ScopePublic})
	})
}

func count(t *testing.T, s *sqlite.Store) (n int) {
	t.Helper()
	err := s.View(context.Background(), func(r storage.Reader) error {
		heads, err := r.Heads([]syncproto.Scope{syncproto.ScopePublic})
		if err != nil {
			return err
		}
		err = r.Changes(heads[0].Number, 0, 1<<30, func(uint64, syncproto.Change) bool { n++; return true })
		if heads[0].Sum.Count != int64(n) {
			t.Errorf("the sum counts %d of %d", heads[0].Sum.Count, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// group runs updates so that they share one commit: the writer is held until all of them wait.
func group(t *testing.T, s *sqlite.Store, fns ...func(storage.Tx) error) []error {
	t.Helper()
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var once sync.Once
	wg.Go(func() {
		_ = s.Update(context.Background(), func(storage.Tx) error {
			once.Do(func() { close(started) })
			<-release
			return nil
		})
	})
	<-started
	out := make([]error, len(fns))
	for i, fn := range fns {
		wg.Go(func() { out[i] = s.Update(context.Background(), fn) })
	}
	s.AwaitQueue(len(fns))
	close(release)
	wg.Wait()
	return out
}

func TestWaitingUpdatesShareACommit(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	commits := 0
	sqlite.FailAt(t, func(point string) error {
		if point == "commit" {
			commits++
		}
		return nil
	})
	fns := make([]func(storage.Tx) error, 50)
	for i := range fns {
		r := story(uint64(i))
		fns[i] = func(tx storage.Tx) error { return tx.PutRecord(r, []syncproto.Scope{syncproto.ScopePublic}) }
	}
	for i, err := range group(t, s, fns...) {
		if err != nil {
			t.Errorf("update %d: %v", i, err)
		}
	}
	if err := s.Close(); err != nil { // the writer has counted all there is
		t.Fatal(err)
	}
	if commits != 2 {
		t.Errorf("got %d commits, want 2: the one that held the writer, and one for the fifty", commits)
	}
}

func TestACommitThatFailsFailsEverybody(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	a, b := story(1), story(2)
	broken := syncproto.E(syncproto.CodeStoreFull, "test", nil)
	calls := 0
	sqlite.FailAt(t, func(point string) error {
		if point == "commit" {
			calls++
		}
		if point == "commit" && calls == 2 {
			return broken
		}
		return nil
	})
	put := func(r *syncproto.Record) func(storage.Tx) error {
		return func(tx storage.Tx) error { return tx.PutRecord(r, []syncproto.Scope{syncproto.ScopePublic}) }
	}
	for _, err := range group(t, s, put(a), put(b)) {
		wantCode(t, err, syncproto.CodeStoreFull)
	}
	if n := count(t, s); n != 0 {
		t.Errorf("got %d records after a failed commit", n)
	}
	if err := errors.Join(putStory(s, a), putStory(s, b)); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s); n != 2 {
		t.Errorf("got %d records, want 2", n)
	}
}

func TestFullDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	limit := func(pages string) {
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			_, err := sqlite.Ask(tx, "PRAGMA max_page_count = "+pages)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit("60")
	stored := 0
	var full error
	for n := uint64(0); full == nil && n < 1000; n++ {
		if full = putStory(s, story(n)); full == nil {
			stored++
		}
	}
	wantCode(t, full, syncproto.CodeStoreFull)
	if got := count(t, s); got != stored || stored == 0 {
		t.Errorf("got %d records, want the %d that were acknowledged", got, stored)
	}
	// One that does not fit does not take its neighbours with it, even if it hides the error.
	big := story(5000)
	big.Fields["body"] = syncproto.Text(strings.Repeat("đầy ", 10_000))
	errs := group(t, s,
		func(tx storage.Tx) error { return tx.PutUnit(&syncproto.Unit{ID: benchID(77)}) },
		func(tx storage.Tx) error { return tx.PutRecord(big, []syncproto.Scope{syncproto.ScopePublic}) },
		func(tx storage.Tx) error {
			_ = tx.PutRecord(big, []syncproto.Scope{syncproto.ScopePublic})
			return nil
		},
		func(tx storage.Tx) error {
			if err := tx.Savepoint(func() error { return tx.PutRecord(big, []syncproto.Scope{syncproto.ScopePublic}) }); err == nil {
				t.Error("a savepoint stored what does not fit")
			}
			return nil
		})
	if errs[0] != nil {
		t.Errorf("the neighbour: %v", errs[0])
	}
	wantCode(t, errs[1], syncproto.CodeStoreFull)
	wantCode(t, errs[2], syncproto.CodeStoreFull)
	limit("1000000")
	if err := putStory(s, big); err != nil {
		t.Errorf("after there is room again: %v", err)
	}
	if got := count(t, s); got != stored+1 {
		t.Errorf("got %d records, want %d", got, stored+1)
	}
	if got := s.Integrity(t); got != "ok" {
		t.Error(got)
	}
}

func TestReadOnly(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	if err := putStory(s, story(1)); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx storage.Tx) error {
		_, err := sqlite.Ask(tx, "PRAGMA query_only = 1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, putStory(s, story(2)), syncproto.CodeStoreReadOnly)
	if n := count(t, s); n != 1 {
		t.Errorf("got %d records", n)
	}
}

func TestAClosureThatHidesAFailureIsNotCommitted(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	r := story(1)
	err := s.Update(t.Context(), func(tx storage.Tx) error {
		if err := tx.PutRecord(r, []syncproto.Scope{syncproto.ScopePublic}); err != nil {
			return err
		}
		_ = tx.PutUnit(&syncproto.Unit{ID: "not an id"}) // a constraint refuses it
		return nil
	})
	wantCode(t, err, syncproto.CodeInternal)
	if n := count(t, s); n != 0 {
		t.Errorf("got %d records", n)
	}
	if err := putStory(s, r); err != nil {
		t.Fatal(err)
	}
}

func TestCloseAnswersWhatWasQueued(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	var wg sync.WaitGroup
	var stored sync.Map
	for n := range uint64(100) {
		wg.Go(func() {
			if err := putStory(s, story(n)); err == nil {
				stored.Store(n, true)
			} else {
				wantCode(t, err, syncproto.CodeUnavailable)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	want := 0
	stored.Range(func(any, any) bool { want++; return true })
	again := open(t, s.Path())
	if n := count(t, again); n != want {
		t.Errorf("got %d records, want %d", n, want)
	}
}
