package sqlite_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// TestWhatWaitsIsThere runs random transactions on this store and on the reference: rows that are written later than
// they were put must make no difference to any answer, whatever is undone, expected or asked in between.
func TestWhatWaitsIsThere(t *testing.T) {
	seeds := []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	if testing.Short() {
		seeds = []uint64{0, 8}
	}
	for _, seed := range seeds {
		if seed == 8 {
			defer sqlite.SetMaxRewording(30)()
		}
		file := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
		got, want := &program{store: file, seed: seed}, &program{store: memory.New(), seed: seed}
		for _, p := range []*program{got, want} {
			if err := p.run(t); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		for i := range want.log {
			if i >= len(got.log) || got.log[i] != want.log[i] {
				t.Fatalf("seed %d, answer %d: got %q, want %q", seed, i, got.log[min(i, len(got.log)-1)], want.log[i])
			}
		}
		if verdict := file.Integrity(t); verdict != "ok" {
			t.Fatalf("seed %d: %s", seed, verdict)
		}
	}
}

// program is a sequence of transactions with all that they were answered.
type program struct {
	store storage.Store
	seed  uint64
	rng   *rand.Rand
	log   []string
}

var errUndo = errors.New("undone on purpose")

func (p *program) run(t *testing.T) error {
	p.rng = rand.New(rand.NewPCG(p.seed, 7))
	err := p.store.Update(t.Context(), func(tx storage.Tx) error {
		return errors.Join(tx.PutDevice(&storage.Device{ID: benchID(901)}), tx.PutDevice(&storage.Device{ID: benchID(902)}))
	})
	for range 6 {
		if err != nil {
			return err
		}
		err = p.store.Update(t.Context(), func(tx storage.Tx) error { return p.block(tx, 0) })
		p.say("update: %v", err)
		if errors.Is(err, errUndo) {
			err = nil
		}
		err = errors.Join(err, p.store.View(t.Context(), p.look))
	}
	return err
}

func (p *program) say(format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf(format, args...))
}

// block does some acts and savepoints with blocks of their own, and may undo it all.
func (p *program) block(tx storage.Tx, depth int) error {
	for range p.rng.IntN(20) {
		if depth < 3 && p.rng.IntN(3) == 0 {
			p.say("savepoint: %v", tx.Savepoint(func() error { return p.block(tx, depth+1) }))
			continue
		}
		if err := p.act(tx); err != nil {
			return err
		}
	}
	if p.rng.IntN(3) == 0 {
		return errUndo
	}
	return nil
}

func (p *program) id() syncproto.ID { return benchID(100 + p.rng.Uint64N(8)) }

func (p *program) act(tx storage.Tx) error {
	device := benchID(901 + p.rng.Uint64N(2))
	switch p.rng.IntN(12) {
	case 8, 9:
		row := &storage.Submission{Record: p.id(), Unit: benchID(1), State: syncproto.StateSubmitted, Changed: p.rng.Int64N(50), Text: p.text()}
		return tx.PutSubmission(row, 0)
	case 10:
		return tx.DropSubmission(p.id())
	case 11:
		return p.find(tx, p.text())
	case 0, 1, 2:
		return p.put(tx)
	case 3:
		children, err := tx.Children(p.id(), 10)
		p.say("children %v", children)
		return err
	case 4:
		d, err := tx.Device(device)
		if err != nil {
			return err
		}
		judged := []storage.Judged{{Outcome: syncproto.Outcome{Number: d.Accepted + 1, Result: syncproto.Applied, Revision: p.rng.Int64N(9) + 1}}}
		return tx.AddJudged(device, d.Accepted+1, judged)
	case 5:
		j, err := tx.Judged(device, 1+p.rng.Int64N(4))
		p.say("judged %+v %v", j, syncproto.CodeOf(err))
	case 6:
		d, err := tx.Device(device)
		if err != nil {
			return err
		}
		d.Acknowledged = d.Accepted
		return tx.PutDevice(d)
	case 7:
		ids := []syncproto.ID{p.id(), p.id(), p.id()}
		if e, ok := tx.(storage.Expecter); ok {
			return e.Expect(ids)
		}
	}
	return nil
}

// text is some of a few words.
func (p *program) text() string {
	return strings.Join([]string{"lũ", "lu", "áo ấm", "ao", "chữ thập đỏ", "gạo"}[p.rng.IntN(3):3+p.rng.IntN(3)], " ")
}

func (p *program) find(r storage.Reader, text string) error {
	for _, order := range []storage.Order{storage.OrderBest, storage.OrderNewest} {
		found, err := r.Find(&storage.Query{Text: text, Order: order, Limit: 20})
		if err != nil {
			return err
		}
		for _, row := range found.Rows {
			p.say("%q finds %s %s", text, row.Record, row.Title)
		}
	}
	return nil
}

// put stores a record's next revision: short or long, at the top or under another.
func (p *program) put(tx storage.Tx) error {
	r := &syncproto.Record{
		ID: p.id(), Kind: syncproto.KindStory, Unit: benchID(1), Author: benchID(2), Revision: 1, State: syncproto.StateDraft,
		Fields: syncproto.Fields{"body": syncproto.Text(strings.Repeat("dài ", 1+3000*(p.rng.IntN(8)/7)))},
	}
	if p.rng.IntN(2) == 0 {
		r.Fields["parent"] = syncproto.Text(string(p.id()))
	}
	if old, err := tx.Record(r.ID); err == nil {
		r.Revision = old.Record.Revision + 1
	}
	scopes := []syncproto.Scope{"person:a", "desk:b", "unit:c"}
	return tx.PutRecord(r, scopes[p.rng.IntN(3):])
}

// look says all that a store holds.
func (p *program) look(r storage.Reader) error {
	heads, err := r.Heads([]syncproto.Scope{"person:a", "desk:b", "unit:c"})
	for _, h := range heads {
		p.say("head %s %d %v", h.Scope, h.Sequence, h.Sum)
		err = errors.Join(err, r.Changes(h.Number, 0, 1000, func(sequence uint64, c syncproto.Change) bool {
			p.say("change %d %s %t %s", sequence, c.ID, c.Removed, c.Wire)
			return true
		}))
	}
	for n := range uint64(8) {
		children, _ := r.Children(benchID(100+n), 100)
		slices.Sort(children)
		p.say("under %d: %v", n, children)
	}
	for _, device := range []syncproto.ID{benchID(901), benchID(902)} {
		d, _ := r.Device(device)
		p.say("device %+v", *d)
		for n := range d.Accepted {
			j, _ := r.Judged(device, n+1)
			p.say("judged %+v", *j)
		}
	}
	for _, text := range []string{"lu", "lũ", "ao", "chu thap", "gao", "áo ấm gạo"} {
		err = errors.Join(err, p.find(r, text))
	}
	return err
}

// TestAPanicInsideASavepoint undoes the savepoints around it, too, in the file and in memory.
func TestAPanicInsideASavepoint(t *testing.T) {
	for _, written := range []bool{false, true} {
		s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			err := tx.PutRecord(story(1), []syncproto.Scope{syncproto.ScopePublic})
			return errors.Join(err, tx.Savepoint(func() error {
				err := tx.PutRecord(story(2), []syncproto.Scope{syncproto.ScopePublic})
				return errors.Join(err, tx.Savepoint(func() error {
					if written {
						if _, err := tx.Children(benchID(555), 1); err != nil {
							return err
						}
					}
					panic("on purpose")
				}))
			}))
		})
		if err == nil {
			t.Fatal("a panic was no error")
		}
		if n := count(t, s); n != 0 {
			t.Errorf("written %t: %d records of a transaction that panicked", written, n)
		}
		if err := putStory(s, story(3)); err != nil {
			t.Error(err)
		}
	}
}

// TestAScopeIsAskedForBeforeAndAfterItsFirstRecord looks at a scope that nobody used, uses it, takes that back, and uses
// it again, all in one transaction.
func TestAScopeIsAskedForBeforeAndAfterItsFirstRecord(t *testing.T) {
	store, scope := open(t, filepath.Join(t.TempDir(), "lantoa.db")), syncproto.Scope("person:a")
	sequence := func(r storage.Reader) uint64 {
		heads, err := r.Heads([]syncproto.Scope{scope})
		if err != nil {
			t.Fatal(err)
		}
		if (heads[0].Number == 0) != (heads[0].Sequence == 0) {
			t.Errorf("got %+v", heads[0])
		}
		return heads[0].Sequence
	}
	err := store.Update(t.Context(), func(tx storage.Tx) error {
		put := func() error {
			return tx.PutRecord(&syncproto.Record{ID: syncproto.NewID(), Kind: syncproto.KindStory, Revision: 1}, []syncproto.Scope{scope})
		}
		if n := sequence(tx); n != 0 {
			t.Errorf("before: %d", n)
		}
		undone := errors.New("undone")
		err := tx.Savepoint(func() error {
			if err := put(); err != nil {
				return err
			}
			if n := sequence(tx); n != 1 {
				t.Errorf("used: %d", n)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			return err
		}
		if n := sequence(tx); n != 0 {
			t.Errorf("undone: %d", n)
		}
		for n := range uint64(2) {
			if err := put(); err != nil {
				return err
			}
			if got := sequence(tx); got != n+1 {
				t.Errorf("used again: %d", got)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.View(t.Context(), func(r storage.Reader) error {
		if n := sequence(r); n != 2 {
			t.Errorf("committed: %d", n)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
