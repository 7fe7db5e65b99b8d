package storagetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testRevisions(t *testing.T, s storage.Store) {
	w := newWorld(t, 20)
	all := []*syncproto.Record{w.story("1")}
	for i := 2; i <= 5; i++ {
		r := after(all[len(all)-1], fmt.Sprint(i))
		r.Deleted = i == 3
		r.Writers = map[string]syncproto.Writer{"": {Device: w.device}, "title": {Device: w.id(), Merged: i == 4}}
		all = append(all, r)
	}
	for _, r := range all {
		put(t, s, r, scopeA)
	}
	view(t, s, func(r storage.Reader) error {
		list, err := r.Revisions(all[0].ID)
		if err != nil || len(list) != len(all) {
			t.Fatalf("got %d revisions, %v", len(list), err)
		}
		for i, want := range all {
			if !reflect.DeepEqual(list[i], want) {
				t.Errorf("revision %d: got %+v, want %+v", i+1, list[i], want)
			}
			one, err := r.Revision(want.ID, want.Revision)
			if err != nil || !reflect.DeepEqual(one, want) {
				t.Errorf("revision %d alone: got %+v, %v", i+1, one, err)
			}
		}
		_, err = r.Revision(all[0].ID, 6)
		wantCode(t, err, syncproto.CodeNotFound)
		_, err = r.Revision(w.id(), 1)
		wantCode(t, err, syncproto.CodeNotFound)
		if list, err := r.Revisions(w.id()); err != nil || len(list) != 0 {
			t.Errorf("got %v, %v for an unknown record", list, err)
		}
		return nil
	})
}

func testRevisionRises(t *testing.T, s storage.Store) {
	w := newWorld(t, 21)
	a := w.story("a")
	put(t, s, a, scopeA)
	put(t, s, after(a, "b"), scopeA)
	for _, r := range []*syncproto.Record{a, after(a, "another second")} {
		err := s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutRecord(r, []syncproto.Scope{scopeB}) })
		wantCode(t, err, syncproto.CodeInternal)
	}
	wantFeed(t, s, scopeB)
	bad := w.story("bad")
	bad.ID = "not an id"
	err := s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutRecord(bad, nil) })
	wantCode(t, err, syncproto.CodeInvalidID)
}

func testServerSide(t *testing.T, s storage.Store) {
	w := newWorld(t, 22)
	r := w.story("câu chuyện ở xã Đông Hòa")
	r.Revision, r.Changed, r.State = 4, 2000, syncproto.StateInReview
	r.Claim = &syncproto.Claim{Person: w.person, Until: 5000}
	r.Reason = "vì sao"
	r.Fields["tags"] = `["a","b"]`
	r.Marks = map[string]int64{"title": 4, "arrived": 3}
	r.Fields["arrived"] = `{"of":"x"}`
	r.Extra = syncproto.Fields{"later": `{"x":1}`}
	r.Writers["title"] = syncproto.Writer{Device: w.id(), Merged: true}
	r.Writers["arrived"] = syncproto.Writer{} // what the server wrote itself is of no device
	put(t, s, r, scopeA, "desk:x")
	check := func(reader storage.Reader) error {
		k, err := reader.Record(r.ID)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(k.Record, r) || string(k.Wire) != wire(r) {
			t.Errorf("got %+v\nwant %+v", k.Record, r)
		}
		if !slices.Equal(k.Scopes, []syncproto.Scope{"desk:x", scopeA}) {
			t.Errorf("got scopes %v", k.Scopes)
		}
		_, err = reader.Record(w.id())
		wantCode(t, err, syncproto.CodeNotFound)
		_, err = reader.Record("")
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	}
	view(t, s, check)
	update(t, s, func(tx storage.Tx) error { return check(tx) })
}

func testChildren(t *testing.T, s storage.Store) {
	w := newWorld(t, 23)
	story, other := w.story("parent"), w.story("other")
	child := func(parent syncproto.ID) *syncproto.Record {
		r := w.story("child")
		r.Kind, r.Fields["parent"] = syncproto.KindPhoto, syncproto.Text(string(parent))
		return r
	}
	a, b, c := child(story.ID), child(story.ID), child(other.ID)
	odd := child("not an id")
	for _, r := range []*syncproto.Record{story, other, a, b, c, odd} {
		put(t, s, r, scopeA)
	}
	moved := after(c, "moved")
	moved.Fields["parent"] = syncproto.Text(string(story.ID))
	put(t, s, moved, scopeA)
	want := []syncproto.ID{a.ID, b.ID, c.ID}
	slices.Sort(want)
	view(t, s, func(r storage.Reader) error {
		got, err := r.Children(story.ID, 10)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
		if got, _ := r.Children(story.ID, 2); !slices.Equal(got, want[:2]) {
			t.Errorf("got %v, want the first two", got)
		}
		if got, _ := r.Children(other.ID, 10); len(got) != 0 {
			t.Errorf("got %v under the old parent", got)
		}
		return nil
	})
}

// testChildrenOfUnknown: a store may remember that a record is unknown and nothing hangs under it, as long as that is so.
func testChildrenOfUnknown(t *testing.T, s storage.Store) {
	w := newWorld(t, 25)
	story, early, late := w.story("parent"), w.story("early"), w.story("late")
	for _, r := range []*syncproto.Record{early, late} {
		r.Kind, r.Fields["parent"] = syncproto.KindPhoto, syncproto.Text(string(story.ID))
	}
	update(t, s, func(tx storage.Tx) error {
		expect := func(when string, want ...syncproto.ID) {
			t.Helper()
			_, err := tx.Record(story.ID)
			wantCode(t, err, syncproto.CodeNotFound)
			if got, err := tx.Children(story.ID, 10); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: got %v, %v, want %v", when, got, err, want)
			}
		}
		expect("before")
		undone := errors.New("undone")
		if err := tx.Savepoint(func() error {
			if err := tx.PutRecord(early, []syncproto.Scope{scopeA}); err != nil {
				return err
			}
			expect("inside", early.ID)
			return undone
		}); !errors.Is(err, undone) {
			t.Errorf("got %v", err)
		}
		expect("after the rollback")
		if err := tx.PutRecord(early, []syncproto.Scope{scopeA}); err != nil {
			return err
		}
		expect("after one", early.ID)
		return tx.PutRecord(late, []syncproto.Scope{scopeA})
	})
	want := []syncproto.ID{early.ID, late.ID}
	slices.Sort(want)
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.Record(story.ID)
		wantCode(t, err, syncproto.CodeNotFound)
		if got, err := tx.Children(story.ID, 10); err != nil || !slices.Equal(got, want) {
			t.Errorf("later: got %v, %v, want %v", got, err, want)
		}
		return nil
	})
}

func testSides(t *testing.T, s storage.Store) {
	w := newWorld(t, 24)
	record, device := w.id(), w.id()
	update(t, s, func(tx storage.Tx) error { return tx.PutSide(record, "body", device, syncproto.Text("một")) })
	update(t, s, func(tx storage.Tx) error { return tx.PutSide(record, "body", device, syncproto.Text("hai")) })
	view(t, s, func(r storage.Reader) error {
		if v, ok, err := r.Side(record, "body", device); err != nil || !ok || v != syncproto.Text("hai") {
			t.Errorf("got %s %v %v", v, ok, err)
		}
		for _, miss := range []struct {
			record syncproto.ID
			field  string
			device syncproto.ID
		}{{record, "title", device}, {record, "body", record}, {device, "body", device}} {
			if _, ok, err := r.Side(miss.record, miss.field, miss.device); ok || err != nil {
				t.Errorf("%v: got %v, %v", miss, ok, err)
			}
		}
		return nil
	})
}

// testSums compares sums, digests and leaves with what the live records add up to, after every random step.
func testSums(t *testing.T, s storage.Store) {
	w := newWorld(t, 25)
	scopes := []syncproto.Scope{scopeA, scopeB, "unit:c"}
	live := map[syncproto.Scope]map[syncproto.ID]string{scopeA: {}, scopeB: {}, "unit:c": {}}
	current := map[syncproto.ID]*syncproto.Record{}
	for step := range 300 {
		var r *syncproto.Record
		if ids := slices.Sorted(maps.Keys(current)); len(ids) > 0 && w.IntN(3) > 0 {
			r = current[ids[w.IntN(len(ids))]]
			if w.IntN(4) > 0 {
				r = after(r, fmt.Sprint(step))
				r.Deleted = w.IntN(5) == 0
			}
		} else {
			r = w.story(fmt.Sprint(step))
		}
		var where []syncproto.Scope
		for _, scope := range scopes {
			if w.IntN(2) == 0 {
				where = append(where, scope)
			}
		}
		put(t, s, r, where...)
		current[r.ID] = r
		for _, scope := range scopes {
			delete(live[scope], r.ID)
			if slices.Contains(where, scope) && !r.Deleted {
				live[scope][r.ID] = wire(r)
			}
		}
		if step%20 == 0 || step == 299 {
			for _, scope := range scopes {
				compareSums(t, s, scope, live[scope])
			}
		}
	}
}

func compareSums(t *testing.T, s storage.Store, scope syncproto.Scope, live map[syncproto.ID]string) {
	t.Helper()
	var want syncproto.Sum
	var digest syncproto.Digest
	for id, text := range live {
		h := syncproto.HashRecord([]byte(text))
		want.Add(h)
		digest.Add(id, h)
	}
	view(t, s, func(r storage.Reader) error {
		heads, err := r.Heads([]syncproto.Scope{scope})
		if err != nil {
			return err
		}
		if heads[0].Sum != want {
			t.Errorf("%s: got sum %+v, want %+v", scope, heads[0].Sum, want)
		}
		got, err := r.Digest(heads[0].Number)
		if err != nil {
			return err
		}
		if diff := digest.Differing(got); len(diff) > 0 {
			t.Errorf("%s: leaves %v differ", scope, diff)
		}
		return nil
	})
}

func testLeaves(t *testing.T, s storage.Store) {
	w := newWorld(t, 26)
	var want []syncproto.ID
	for i := range 30 {
		r := w.story("x")
		b, _ := r.ID.Bytes()
		b[15] = byte(i % 3)
		r.ID = syncproto.IDFromBytes(b)
		if i%3 == 1 && i%2 == 0 {
			want = append(want, r.ID)
		}
		put(t, s, r, scopeA, scopeB)
		if i%2 == 1 {
			put(t, s, deleted(r), scopeA, scopeB)
		}
	}
	slices.Sort(want)
	view(t, s, func(r storage.Reader) error {
		heads, err := r.Heads([]syncproto.Scope{scopeB})
		if err != nil {
			return err
		}
		var got []syncproto.ID
		var last syncproto.ID
		for more := true; more; {
			more = false
			n := 0
			err = r.LeafRecords(heads[0].Number, 1, last, func(c syncproto.Change) bool {
				if n == 2 {
					more = true
					return false
				}
				if len(c.Wire) == 0 || c.Removed {
					t.Errorf("got %+v", c)
				}
				n, last, got = n+1, c.ID, append(got, c.ID)
				return true
			})
			if err != nil {
				return err
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		return nil
	})
}
