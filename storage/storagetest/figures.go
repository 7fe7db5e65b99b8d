package storagetest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// figureLaws are those of what reports are made of.
func figureLaws(run func(name string, test func(t *testing.T, s storage.Store))) {
	run("counters add up", testCounters)
	run("counters count each entry once", testCountersOnce)
	run("counters of a random life", testCountersRandom)
	run("sums of calls", testCallSums)
	run("what waits, by age", testWaits)
	run("authors of a time", testAuthors)
	run("devices that came", testActiveDevices)
}

// counters reads them as a caller keeps them.
func counters(t *testing.T, s storage.Store, from, until int64) (out []storage.Counters) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		return r.Counters(from, until, func(c *storage.Counters) bool {
			kept := *c
			kept.Counts = maps.Clone(c.Counts)
			out = append(out, kept)
			return true
		})
	})
	return out
}

func equalCounters(a, b []storage.Counters) bool {
	return slices.EqualFunc(a, b, func(x, y storage.Counters) bool {
		return x.Span == y.Span && x.Unit == y.Unit && maps.Equal(x.Counts, y.Counts)
	})
}

func testCounters(t *testing.T, s storage.Store) {
	w := newWorld(t, 700)
	units := []syncproto.ID{w.id(), w.id()}
	slices.Sort(units)
	one := func(span int64, unit syncproto.ID, name string, n int64) storage.Counters {
		return storage.Counters{Span: span, Unit: unit, Counts: map[string]int64{name: n}}
	}
	if got := counters(t, s, 0, 1<<60); got != nil {
		t.Errorf("got %v of an empty store", got)
	}
	update(t, s, func(tx storage.Tx) error {
		return tx.Count(0, 7, []storage.Counters{
			one(20260702, units[1], "came", 1), one(20260701, units[1], "came", 2), one(20260701, units[0], "came", 1),
			one(202607, units[0], "came", 4), one(20260701, units[1], "returned", 1), one(20260701, units[1], "came", 3), one(20260703, "", "came", 1),
		})
	})
	want := []storage.Counters{
		one(202607, units[0], "came", 4), one(20260701, units[0], "came", 1),
		{Span: 20260701, Unit: units[1], Counts: map[string]int64{"came": 5, "returned": 1}},
		one(20260702, units[1], "came", 1),
		one(20260703, "", "came", 1),
	}
	if got := counters(t, s, 0, 1<<60); !equalCounters(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := counters(t, s, 20260701, 20260701); !equalCounters(got, want[1:3]) {
		t.Errorf("of one day: got %v", got)
	}
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.Count(7, 9, []storage.Counters{one(20260701, units[0], "came", 5)})
			return errWanted
		})
		return tx.Count(7, 8, []storage.Counters{one(20260701, units[0], "came", -1), one(20260701, units[1], "returned", -1)})
	})
	want = []storage.Counters{one(20260701, units[1], "came", 5)}
	if got := counters(t, s, 20260701, 20260701); !equalCounters(got, want) {
		t.Errorf("what became 0 stays: %v", got)
	}
	n := 0
	view(t, s, func(r storage.Reader) error {
		return r.Counters(0, 1<<60, func(*storage.Counters) bool { n++; return false })
	})
	if n != 1 {
		t.Errorf("got %d, told to stop after the first", n)
	}
}

func testCountersOnce(t *testing.T, s storage.Store) {
	w := newWorld(t, 701)
	add := []storage.Counters{{Span: 20260701, Unit: w.unit, Counts: map[string]int64{"came": 1}}}
	update(t, s, func(tx storage.Tx) error { return tx.Count(0, 5, add) })
	wantCode(t, s.Update(context.Background(), func(tx storage.Tx) error { return tx.Count(0, 5, add) }), syncproto.CodeStaleRevision)
	wantCode(t, s.Update(context.Background(), func(tx storage.Tx) error { return tx.Count(4, 6, nil) }), syncproto.CodeStaleRevision)
	view(t, s, func(r storage.Reader) error {
		if n, err := r.Counted(); n != 5 || err != nil {
			t.Errorf("counted up to %d, %v, want 5", n, err)
		}
		return nil
	})
	if got := counters(t, s, 0, 1<<60); !equalCounters(got, add) {
		t.Errorf("got %v, want %v", got, add)
	}
	update(t, s, func(tx storage.Tx) error { return tx.Uncount() })
	view(t, s, func(r storage.Reader) error {
		if n, err := r.Counted(); n != 0 || err != nil {
			t.Errorf("counted up to %d, %v, want 0", n, err)
		}
		return nil
	})
	if got := counters(t, s, 0, 1<<60); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

func testCountersRandom(t *testing.T, s storage.Store) {
	w := newWorld(t, 702)
	units := []syncproto.ID{w.id(), w.id(), w.id()}
	type cell struct {
		span int64
		unit syncproto.ID
		name string
	}
	want := map[cell]int64{}
	for mark := range int64(60) {
		var add []storage.Counters
		for range w.IntN(6) {
			c := cell{20260701 + w.Int64N(4), units[w.IntN(3)], []string{"came", "claim/3", "chờ"}[w.IntN(3)]}
			n := w.Int64N(7) - 3
			want[c] += n
			add = append(add, storage.Counters{Span: c.span, Unit: c.unit, Counts: map[string]int64{c.name: n}})
		}
		update(t, s, func(tx storage.Tx) error { return tx.Count(mark, mark+1, add) })
	}
	got := map[cell]int64{}
	for _, c := range counters(t, s, 0, 1<<60) {
		for name, n := range c.Counts {
			got[cell{c.Span, c.Unit, name}] = n
		}
	}
	maps.DeleteFunc(want, func(_ cell, n int64) bool { return n == 0 })
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func testCallSums(t *testing.T, s storage.Store) {
	w := newWorld(t, 703)
	first := &storage.CallSum{Call: w.id(), At: 5, Reaches: []storage.Reach{
		{Unit: w.unit, Eligible: 9, Answered: 2, Choices: map[string]int64{"yes": 2}}, {Unit: w.id(), Came: 1, Choices: map[string]int64{}},
	}}
	update(t, s, func(tx storage.Tx) error { return tx.PutCallSum(first) })
	next := cloneSum(first)
	next.At, next.Reaches[0].Answered, next.Reaches[0].Choices["yes"] = 8, 3, 3
	for _, want := range []*storage.CallSum{first, next} {
		update(t, s, func(tx storage.Tx) error { return tx.PutCallSum(want) })
		view(t, s, func(r storage.Reader) error {
			got, err := r.CallSum(want.Call)
			if err != nil || got.At != want.At || len(got.Reaches) != 2 || got.Reaches[0].Answered != want.Reaches[0].Answered ||
				!maps.Equal(got.Reaches[0].Choices, want.Reaches[0].Choices) || got.Reaches[1].Came != 1 {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
			return nil
		})
	}
	view(t, s, func(r storage.Reader) error {
		_, err := r.CallSum(w.id())
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
	wantCode(t, s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutCallSum(&storage.CallSum{}) }), syncproto.CodeInvalidID)
}

func cloneSum(s *storage.CallSum) *storage.CallSum {
	c := *s
	c.Reaches = slices.Clone(s.Reaches)
	for i := range c.Reaches {
		c.Reaches[i].Choices = maps.Clone(c.Reaches[i].Choices)
	}
	return &c
}

func testWaits(t *testing.T, s storage.Store) {
	w := newWorld(t, 704)
	put := func(unit syncproto.ID, state syncproto.State, since int64) {
		row := &storage.Submission{Record: w.id(), Kind: syncproto.KindStory, Unit: unit, Author: w.person, State: state, Since: since}
		update(t, s, func(tx storage.Tx) error { return tx.PutSubmission(row, 0) })
	}
	units := []syncproto.ID{w.id(), w.id()}
	slices.Sort(units)
	for _, since := range []int64{5, 10, 11, 30, 30} {
		put(units[1], syncproto.StateSubmitted, since)
	}
	put(units[0], syncproto.StateUnclaimed, 1)
	put(units[0], syncproto.StateInReview, 10)
	put("", syncproto.StateResubmitted, 9)
	for _, state := range []syncproto.State{syncproto.StatePublished, syncproto.StateNeedsChanges, syncproto.StateApproved, syncproto.StateDeclined} {
		put(units[0], state, 1)
	}
	view(t, s, func(r storage.Reader) error {
		got, err := r.Waits([]int64{30, 10})
		wantRows(t, got, err,
			storage.Wait{Unit: "", State: syncproto.StateResubmitted, Age: 2, Count: 1},
			storage.Wait{Unit: units[0], State: syncproto.StateInReview, Age: 1, Count: 1},
			storage.Wait{Unit: units[0], State: syncproto.StateUnclaimed, Age: 2, Count: 1},
			storage.Wait{Unit: units[1], State: syncproto.StateSubmitted, Age: 0, Count: 2},
			storage.Wait{Unit: units[1], State: syncproto.StateSubmitted, Age: 1, Count: 2},
			storage.Wait{Unit: units[1], State: syncproto.StateSubmitted, Age: 2, Count: 1},
		)
		all, err := r.Waits(nil)
		if err != nil || len(all) != 4 {
			t.Errorf("without edges: got %v, %v", all, err)
		}
		return nil
	})
}

func testAuthors(t *testing.T, s storage.Store) {
	w := newWorld(t, 705)
	type pair struct{ unit, author syncproto.ID }
	a, b := pair{w.unit, w.person}, pair{w.unit, w.id()}
	elsewhere := pair{w.id(), w.person}
	for _, row := range []struct {
		pair
		sent int64
	}{{a, 10}, {a, 19}, {b, 19}, {b, 20}, {elsewhere, 12}, {pair{w.unit, w.id()}, 9}, {pair{w.unit, w.id()}, 20}} {
		update(t, s, func(tx storage.Tx) error {
			return tx.PutSubmission(&storage.Submission{
				Record: w.id(), Kind: syncproto.KindStory, Unit: row.unit, Author: row.author, State: syncproto.StatePublished, Sent: row.sent,
			}, 0)
		})
	}
	var got []pair
	view(t, s, func(r storage.Reader) error {
		return r.Authors(10, 20, func(unit, author syncproto.ID) bool {
			got = append(got, pair{unit, author})
			return true
		})
	})
	want := []pair{a, b, elsewhere}
	slices.SortFunc(want, func(x, y pair) int { return cmpIDs(x.unit, y.unit, x.author, y.author) })
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func cmpIDs(ids ...syncproto.ID) int {
	for i := 0; i < len(ids); i += 2 {
		if ids[i] < ids[i+1] {
			return -1
		}
		if ids[i] > ids[i+1] {
			return 1
		}
	}
	return 0
}

func testActiveDevices(t *testing.T, s storage.Store) {
	w := newWorld(t, 706)
	units := []syncproto.ID{w.id(), w.id()}
	slices.Sort(units)
	add := func(n byte, unit syncproto.ID, at, revoked int64) {
		d := &storage.Device{ID: w.id(), Person: w.person, Unit: unit, TokenHash: [32]byte{n}, Revoked: revoked}
		update(t, s, func(tx storage.Tx) error {
			if err := tx.PutDevice(d); err != nil {
				return err
			}
			return tx.PutContacts([]storage.Contact{{Device: d.ID, At: at}})
		})
	}
	add(1, units[0], 10, 0)
	add(2, units[0], 9, 0)
	add(3, units[1], 11, 0)
	add(4, units[1], 12, 0)
	add(5, units[1], 12, 5)
	view(t, s, func(r storage.Reader) error {
		got, err := r.ActiveDevices(10)
		wantRows(t, got, err, storage.UnitCount{Unit: units[0], Count: 1}, storage.UnitCount{Unit: units[1], Count: 2})
		return nil
	})
}
