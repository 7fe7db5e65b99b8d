package storagetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testCommitOrder lets many writers put records into a few scopes while readers tail them as phones do. A reader
// that went past a number must never have missed something below it: at the end it holds exactly what there is.
func testCommitOrder(t *testing.T, s storage.Store) {
	const writers, rounds, tails = 12, 25, 3
	scopes := []syncproto.Scope{"unit:1", "unit:2", "unit:3"}
	var done atomic.Bool
	var writing, reading sync.WaitGroup
	for i := range writers {
		w := newWorld(t, 100+uint64(i))
		writing.Go(func() { churn(t, s, w, scopes, rounds) })
	}
	for i := range tails {
		scope := scopes[i%len(scopes)]
		reading.Go(func() { tail(t, s, scope, &done) })
	}
	writing.Wait()
	done.Store(true)
	reading.Wait()
}

// churn creates, changes, moves and deletes records, with some transactions that fail.
func churn(t *testing.T, s storage.Store, w *world, scopes []syncproto.Scope, rounds int) {
	var mine []*syncproto.Record
	for round := range rounds {
		var next []*syncproto.Record
		places := [][]syncproto.Scope{}
		for range 1 + w.IntN(4) {
			r := w.story(fmt.Sprint(round))
			if len(mine) > 0 && w.IntN(3) > 0 {
				r = after(mine[w.IntN(len(mine))], fmt.Sprint(round))
			}
			if w.IntN(6) == 0 {
				r.Deleted = true
			}
			next = append(next, r)
			places = append(places, scopes[w.IntN(2):1+w.IntN(len(scopes)-1)+1])
		}
		fail := w.IntN(8) == 0
		err := s.Update(context.Background(), func(tx storage.Tx) error {
			for i, r := range next {
				_ = tx.Savepoint(func() error { return tx.PutRecord(r, places[i]) }) // the same record twice is refused
			}
			if fail {
				return errWanted
			}
			return nil
		})
		if fail != (err != nil) {
			t.Errorf("update: %v", err)
			return
		}
		if !fail {
			mine = remember(mine, next)
		}
	}
}

// remember replaces records by their next revisions; of two revisions with one number the first was stored.
func remember(mine, next []*syncproto.Record) []*syncproto.Record {
	for _, r := range next {
		at := -1
		for i := range mine {
			if mine[i].ID == r.ID {
				at = i
			}
		}
		if at < 0 {
			mine = append(mine, r)
		} else if r.Revision > mine[at].Revision {
			mine[at] = r
		}
	}
	return mine
}

// tail follows one scope by its cursor and compares what it gathered with the store at the end.
func tail(t *testing.T, s storage.Store, scope syncproto.Scope, done *atomic.Bool) {
	var cursor uint64
	held := map[syncproto.ID]string{}
	for last := false; ; {
		last = done.Load()
		more := false
		err := s.View(context.Background(), func(r storage.Reader) error {
			list, err := changes(r, scope, cursor, 7)
			if err != nil {
				return err
			}
			more = len(list) > 0
			for _, c := range list {
				if c.sequence <= cursor {
					t.Errorf("%s: %d after %d", scope, c.sequence, cursor)
				}
				cursor = c.sequence
				held[c.id] = c.wire
				if !c.live() {
					delete(held, c.id)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("tail: %v", err)
			return
		}
		if last && !more {
			break
		}
	}
	all, head := feed(t, s, scope)
	if cursor != head.Sequence {
		t.Errorf("%s: the reader ended at %d, the head is %d", scope, cursor, head.Sequence)
	}
	live := 0
	for _, c := range all {
		if !c.live() {
			continue
		}
		live++
		if held[c.id] != c.wire {
			t.Errorf("%s: the reader missed %s at %d", scope, c.id, c.sequence)
		}
	}
	if live != len(held) {
		t.Errorf("%s: the reader holds %d records, the store %d", scope, len(held), live)
	}
}
