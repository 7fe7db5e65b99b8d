package storagetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

const scopeA, scopeB = syncproto.Scope("unit:a"), syncproto.Scope("unit:b")

// everything returns what can be seen of a few scopes, for before-and-after comparisons.
func everything(t *testing.T, s storage.Store, ids ...syncproto.ID) string {
	t.Helper()
	out := ""
	view(t, s, func(r storage.Reader) error {
		heads, err := r.Heads([]syncproto.Scope{scopeA, scopeB, "unit:c"})
		out = fmt.Sprint(heads)
		for _, scope := range []syncproto.Scope{scopeA, scopeB, "unit:c"} {
			list, feedErr := changes(r, scope, 0, 1000)
			out += fmt.Sprint(list, feedErr)
		}
		for _, id := range ids {
			k, readErr := r.Record(id)
			out += fmt.Sprint(syncproto.CodeOf(readErr))
			if readErr == nil {
				out += string(k.Wire) + fmt.Sprint(k.Scopes)
			}
		}
		access, _ := r.Access()
		devices, _ := r.Devices("", 100)
		out += fmt.Sprint(access, devices) + filesText(r)
		return err
	})
	return out
}

// scribble changes something of every sort.
func scribble(w *world, tx storage.Tx, known *syncproto.Record) error {
	fresh := w.story("fresh")
	d := &storage.Device{ID: w.id(), Person: w.person, TokenHash: [32]byte{byte(w.Uint32())}}
	for _, err := range []error{
		tx.PutRecord(fresh, []syncproto.Scope{scopeA, "unit:c"}),
		tx.PutRecord(after(known, "scribbled"), []syncproto.Scope{scopeB, "unit:c"}),
		tx.PutSide(known.ID, "title", w.device, "1"),
		tx.PutDevice(d),
		tx.AddJudged(d.ID, 1, []storage.Judged{{Outcome: syncproto.Outcome{Number: 1, Result: syncproto.Applied}}}),
		tx.PutUnit(&syncproto.Unit{ID: w.id(), Name: "Xã"}),
		scribbleFiles(w, tx, known.ID),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func testUpdateFails(t *testing.T, s storage.Store) {
	w := newWorld(t, 1)
	r := w.story("one")
	put(t, s, r, scopeA)
	before := everything(t, s, r.ID)
	err := s.Update(context.Background(), func(tx storage.Tx) error {
		if err := scribble(w, tx, r); err != nil {
			return err
		}
		return errWanted
	})
	if err != errWanted {
		t.Fatalf("got %v, want the closure's own error", err)
	}
	if got := everything(t, s, r.ID); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
}

func testSavepointFails(t *testing.T, s storage.Store) {
	w := newWorld(t, 2)
	r, other := w.story("one"), w.story("other")
	put(t, s, r, scopeA)
	update(t, s, func(tx storage.Tx) error { return tx.PutRecord(other, []syncproto.Scope{scopeA}) })
	before := everything(t, s, r.ID, other.ID)
	update(t, s, func(tx storage.Tx) error {
		for range 3 {
			if err := tx.Savepoint(func() error {
				if err := scribble(w, tx, r); err != nil {
					t.Errorf("scribble: %v", err)
				}
				return errWanted
			}); err != errWanted {
				t.Errorf("got %v, want the savepoint's own error", err)
			}
			heads, err := tx.Heads([]syncproto.Scope{scopeA, "unit:c"})
			if err != nil {
				return err
			}
			if heads[0].Sequence != 2 || heads[0].Sum.Count != 2 || heads[1].Number != 0 {
				t.Errorf("heads inside the transaction: got %+v", heads)
			}
		}
		return nil
	})
	if got := everything(t, s, r.ID, other.ID); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
	put(t, s, after(r, "two"), scopeA, "unit:c")
	wantFeed(t, s, scopeA, item{2, other.ID, false, wire(other)}, item{3, r.ID, false, wire(after(r, "two"))})
	wantFeed(t, s, "unit:c", item{1, r.ID, false, wire(after(r, "two"))})
}

func testSavepointsNest(t *testing.T, s storage.Store) {
	w := newWorld(t, 3)
	kept, lost, last := w.story("kept"), w.story("lost"), w.story("last")
	scopes := []syncproto.Scope{scopeA}
	update(t, s, func(tx storage.Tx) error {
		return tx.Savepoint(func() error {
			if err := tx.PutRecord(kept, scopes); err != nil {
				return err
			}
			_ = tx.Savepoint(func() error {
				_ = tx.Savepoint(func() error { return tx.PutRecord(lost, scopes) })
				return errWanted
			})
			return tx.PutRecord(last, scopes)
		})
	})
	wantFeed(t, s, scopeA, item{1, kept.ID, false, wire(kept)}, item{2, last.ID, false, wire(last)})
	view(t, s, func(r storage.Reader) error {
		_, err := r.Record(lost.ID)
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
}

func testPanic(t *testing.T, s storage.Store) {
	w := newWorld(t, 4)
	r := w.story("one")
	err := s.Update(context.Background(), func(tx storage.Tx) error {
		_ = tx.PutRecord(r, []syncproto.Scope{scopeA})
		panic("a bug")
	})
	wantCode(t, err, syncproto.CodeInternal)
	err = s.View(context.Background(), func(storage.Reader) error { panic("a bug") })
	wantCode(t, err, syncproto.CodeInternal)
	wantFeed(t, s, scopeA)
	put(t, s, r, scopeA)
	wantFeed(t, s, scopeA, item{1, r.ID, false, wire(r)})
}

func testContextEnded(t *testing.T, s storage.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ran := func() { t.Error("the closure ran") }
	err := s.Update(ctx, func(storage.Tx) error { ran(); return nil })
	wantCode(t, err, syncproto.CodeUnavailable)
	err = s.View(ctx, func(storage.Reader) error { ran(); return nil })
	wantCode(t, err, syncproto.CodeUnavailable)

	// One that ends while it waits for its turn does not run either.
	ctx, cancel = context.WithCancel(context.Background())
	started, release, first := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		first <- s.Update(context.Background(), func(storage.Tx) error {
			close(started)
			<-release
			return nil
		})
	}()
	<-started
	second := make(chan error)
	go func() { second <- s.Update(ctx, func(storage.Tx) error { ran(); return nil }) }()
	cancel()
	wantCode(t, <-second, syncproto.CodeUnavailable)
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
}

func testContextEndsInside(t *testing.T, s storage.Store) {
	w := newWorld(t, 5)
	a, b := w.story("a"), w.story("b")
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Update(ctx, func(tx storage.Tx) error {
		if err := tx.PutRecord(a, []syncproto.Scope{scopeA}); err != nil {
			return err
		}
		cancel()
		return tx.PutRecord(b, []syncproto.Scope{scopeA})
	})
	got, _ := feed(t, s, scopeA)
	if err != nil || len(got) != 2 {
		t.Errorf("got error %v and %d entries, want both stored", err, len(got))
	}
}

func testNeighbours(t *testing.T, s storage.Store) {
	w := newWorld(t, 6)
	records := make([]*syncproto.Record, 60)
	for i := range records {
		records[i] = w.story(fmt.Sprint(i))
	}
	var wg sync.WaitGroup
	for i, r := range records {
		wg.Go(func() {
			err := s.Update(context.Background(), func(tx storage.Tx) error {
				if err := tx.PutRecord(r, []syncproto.Scope{scopeA}); err != nil {
					return err
				}
				switch i % 3 {
				case 0:
					return errWanted
				case 1:
					return tx.Savepoint(func() error { return nil })
				}
				_ = tx.Savepoint(func() error {
					_ = tx.PutRecord(after(r, "never"), []syncproto.Scope{scopeB})
					return errWanted
				})
				return nil
			})
			if (err != nil) != (i%3 == 0) {
				t.Errorf("update %d: got %v", i, err)
			}
		})
	}
	wg.Wait()
	got, head := feed(t, s, scopeA)
	if len(got) != 40 || head.Sequence != 40 || head.Sum.Count != 40 {
		t.Errorf("got %d entries, head %+v, want 40", len(got), head)
	}
	wantFeed(t, s, scopeB)
}

func testClosed(t *testing.T, s storage.Store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err := s.Update(context.Background(), func(storage.Tx) error { t.Error("the closure ran"); return nil })
	wantCode(t, err, syncproto.CodeUnavailable)
	err = s.View(context.Background(), func(storage.Reader) error { t.Error("the closure ran"); return nil })
	wantCode(t, err, syncproto.CodeUnavailable)
}

func testSnapshot(t *testing.T, s storage.Store) {
	w := newWorld(t, 7)
	a, b := w.story("a"), w.story("b")
	put(t, s, a, scopeA)
	view(t, s, func(r storage.Reader) error {
		// The snapshot stands before fn asks anything.
		put(t, s, after(a, "changed"), scopeA, scopeB)
		put(t, s, b, scopeA)
		got, err := changes(r, scopeA, 0, 10)
		if err != nil {
			return err
		}
		if len(got) != 1 || got[0].wire != wire(a) {
			t.Errorf("got %v, want the state before", got)
		}
		heads, err := r.Heads([]syncproto.Scope{scopeA, scopeB})
		if err == nil && (heads[0].Sequence != 1 || heads[1].Number != 0) {
			t.Errorf("got heads %+v", heads)
		}
		return err
	})
	wantFeed(t, s, scopeA, item{2, a.ID, false, wire(after(a, "changed"))}, item{3, b.ID, false, wire(b)})
}

func testNoSharing(t *testing.T, s storage.Store) {
	w := newWorld(t, 8)
	r := w.story("one")
	want := wire(r)
	d := &storage.DeadLetter{Device: w.device, Number: 1, Wire: []byte("payload")}
	u := &syncproto.Unit{ID: w.id(), Successors: []syncproto.ID{w.unit}}
	update(t, s, func(tx storage.Tx) error {
		if err := tx.PutUnit(u); err != nil {
			return err
		}
		if err := tx.AddDeadLetter(d); err != nil {
			return err
		}
		return tx.PutRecord(r, []syncproto.Scope{scopeA})
	})
	r.Fields["title"], d.Wire[0], u.Successors[0] = "0", 'X', ""
	for range 2 { // what the first round spoils, the second must not see
		update(t, s, func(tx storage.Tx) error {
			k, err := tx.Record(r.ID)
			if err != nil {
				return err
			}
			if string(k.Wire) != want || wire(k.Record) != want {
				t.Errorf("got %s, want %s", k.Wire, want)
			}
			k.Wire[0], k.Record.Fields["title"], k.Record.Writers[""], k.Scopes[0] = 'X', "0", syncproto.Writer{}, "x"
			letters, err := tx.DeadLetters(w.device, 0, 1)
			if err != nil {
				return err
			}
			if string(letters[0].Wire) != "payload" {
				t.Errorf("got %s", letters[0].Wire)
			}
			letters[0].Wire[0] = 'X'
			units, err := tx.Units()
			if err != nil {
				return err
			}
			if units[0].Successors[0] != w.unit {
				t.Errorf("got %v", units)
			}
			units[0].Successors[0] = ""
			key, err := tx.Key()
			if err == nil {
				key[0]++
			}
			return err
		})
	}
}
