package storagetest

import (
	"context"
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestPersistence holds a backend that keeps its data to what it must keep. Open opens the store at a path, making
// it if it is not there.
func TestPersistence(t *testing.T, open func(t *testing.T, path string) storage.Store) {
	t.Run("everything is there after reopening", func(t *testing.T) { testReopen(t, open) })
	t.Run("two openings see each other", func(t *testing.T) { testTwoOpenings(t, open) })
	t.Run("a backup holds what it marks durable", func(t *testing.T) { testBackup(t, open) })
}

func testReopen(t *testing.T, open func(t *testing.T, path string) storage.Store) {
	w := newWorld(t, 60)
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path)
	d, r := w.newDevice(1), w.story("one")
	update(t, s, func(tx storage.Tx) error {
		if err := scribbleDevice(tx, d); err != nil {
			return err
		}
		if err := scribbleFiles(w, tx, r.ID); err != nil {
			return err
		}
		if err := scribbleRegister(w, tx, w.person); err != nil {
			return err
		}
		if err := scribbleCalls(w, tx, w.person); err != nil {
			return err
		}
		return tx.PutRecord(r, []syncproto.Scope{scopeA, scopeB})
	})
	put(t, s, after(r, "two"), scopeB)
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		_ = tx.PutRecord(w.story("lost"), []syncproto.Scope{scopeA})
		_ = scribbleFiles(w, tx, r.ID)
		_ = spoilRegister(tx, w.person)
		_ = spoilCalls(w, tx, w.person)
		return errWanted
	})
	before, register, calls := everything(t, s, r.ID), seenRegister(t, s), seenCalls(t, s)
	key, epoch := identityOf(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	if got := everything(t, s, r.ID); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
	if got := seenRegister(t, s); got != register {
		t.Errorf("got %s\nwant %s", got, register)
	}
	if got := seenCalls(t, s); got != calls {
		t.Errorf("got %s\nwant %s", got, calls)
	}
	if k, e := identityOf(t, s); k != key || e != epoch {
		t.Error("the key or the epoch changed")
	}
	update(t, s, func(tx storage.Tx) error {
		last := storage.Audit{Act: "after reopening"}
		if err := tx.AddAudit(&last); err != nil || last.Number != 2 {
			t.Errorf("got entry %d, %v, want 2", last.Number, err)
		}
		addNotice(t, tx, storage.Notice{Record: w.id()}, 2, true)
		return nil
	})
	put(t, s, after(after(r, "two"), "three"), scopeA)
	wantFeed(t, s, scopeA, item{3, r.ID, false, wire(after(after(r, "two"), "three"))})
}

func scribbleDevice(tx storage.Tx, d *storage.Device) error {
	if err := tx.PutDevice(d); err != nil {
		return err
	}
	return tx.AddJudged(d.ID, 1, []storage.Judged{outcome(1, syncproto.Applied), outcome(2, syncproto.Merged)})
}

func identityOf(t *testing.T, s storage.Store) (key string, epoch syncproto.Epoch) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		k, err := r.Key()
		key = string(k)
		if err == nil {
			epoch, err = r.Epoch()
		}
		return err
	})
	return key, epoch
}

// testTwoOpenings is the command line beside a running server: neither may work from what it remembers.
func testTwoOpenings(t *testing.T, open func(t *testing.T, path string) storage.Store) {
	w := newWorld(t, 61)
	path := filepath.Join(t.TempDir(), "store")
	one, two := open(t, path), open(t, path)
	defer one.Close()
	defer two.Close()
	for i := range 10 {
		s := one
		if i%2 == 1 {
			s = two
		}
		put(t, s, w.story("x"), scopeA)
		update(t, s, func(tx storage.Tx) error { return tx.PutUnit(&syncproto.Unit{ID: w.unit}) })
	}
	for _, s := range []storage.Store{one, two} {
		got, head := feed(t, s, scopeA)
		if len(got) != 10 || head.Sequence != 10 || head.Sum.Count != 10 || access(t, s) != 10 {
			t.Errorf("got %d entries, %+v, access %d", len(got), head, access(t, s))
		}
	}
}

func testBackup(t *testing.T, open func(t *testing.T, path string) storage.Store) {
	w := newWorld(t, 62)
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "store"))
	defer s.Close()
	backuper, ok := s.(storage.Backuper)
	if !ok {
		t.Skip("the backend is backed up by other means")
	}
	d, r := w.newDevice(1), w.story("one")
	d.Durable = 0
	update(t, s, func(tx storage.Tx) error {
		if err := scribbleDevice(tx, d); err != nil {
			return err
		}
		if err := scribbleFiles(w, tx, r.ID); err != nil {
			return err
		}
		if err := scribbleRegister(w, tx, w.person); err != nil {
			return err
		}
		return tx.PutRecord(r, []syncproto.Scope{scopeA})
	})
	files, register, path := seenFiles(t, s), seenRegister(t, s), filepath.Join(dir, "copy")
	if err := backuper.Backup(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	if err := backuper.Backup(context.Background(), path); err == nil {
		t.Error("a backup overwrote a file")
	}
	update(t, s, func(tx storage.Tx) error {
		return tx.AddJudged(d.ID, 3, []storage.Judged{outcome(3, syncproto.Applied)})
	})
	view(t, s, func(r storage.Reader) error {
		got, err := r.Device(d.ID)
		if err == nil && (got.Durable != 2 || got.Accepted != 3) {
			t.Errorf("got %+v, want 2 of 3 durable", got)
		}
		return err
	})
	c := open(t, path)
	defer c.Close()
	wantFeed(t, c, scopeA, item{1, r.ID, false, wire(r)})
	if got := seenFiles(t, c); got != files {
		t.Errorf("got %s\nwant %s", got, files)
	}
	if got := seenRegister(t, c); got != register {
		t.Errorf("got %s\nwant %s", got, register)
	}
	view(t, c, func(r storage.Reader) error {
		got, err := r.Judged(d.ID, 2)
		if err == nil && *got != outcome(2, syncproto.Merged) {
			t.Errorf("got %+v", got)
		}
		return err
	})
}
