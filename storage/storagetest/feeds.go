package storagetest

import (
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testOnePlace(t *testing.T, s storage.Store) {
	w := newWorld(t, 10)
	a, b := w.story("a"), w.story("b")
	put(t, s, a, scopeA, scopeB)
	put(t, s, b, scopeA)
	a2 := after(a, "a2")
	put(t, s, a2, scopeA, scopeB, scopeA)
	wantFeed(t, s, scopeA, item{2, b.ID, false, wire(b)}, item{3, a.ID, false, wire(a2)})
	wantFeed(t, s, scopeB, item{2, a.ID, false, wire(a2)})
	a3 := after(a2, "a3")
	put(t, s, a3, scopeB)
	wantFeed(t, s, scopeA, item{2, b.ID, false, wire(b)}, item{4, a.ID, true, ""})
	wantFeed(t, s, scopeB, item{3, a.ID, false, wire(a3)})
	a4 := after(a3, "a4")
	put(t, s, a4, scopeB)
	wantFeed(t, s, scopeA, item{2, b.ID, false, wire(b)}, item{4, a.ID, true, ""}) // a removal is not repeated
	a5 := after(a4, "a5")
	put(t, s, a5, scopeA)
	wantFeed(t, s, scopeA, item{2, b.ID, false, wire(b)}, item{5, a.ID, false, wire(a5)})
	wantFeed(t, s, scopeB, item{5, a.ID, true, ""})
	view(t, s, func(r storage.Reader) error {
		k, err := r.Record(a.ID)
		if err == nil && !slices.Equal(k.Scopes, []syncproto.Scope{scopeA}) {
			t.Errorf("got scopes %v", k.Scopes)
		}
		return err
	})
}

func testMove(t *testing.T, s storage.Store) {
	w := newWorld(t, 11)
	a, b := w.story("a"), w.story("b")
	put(t, s, a, scopeA)
	put(t, s, b, scopeA)
	put(t, s, a, scopeA, scopeB)
	wantFeed(t, s, scopeA, item{1, a.ID, false, wire(a)}, item{2, b.ID, false, wire(b)})
	wantFeed(t, s, scopeB, item{1, a.ID, false, wire(a)})
	put(t, s, a, scopeB)
	wantFeed(t, s, scopeA, item{2, b.ID, false, wire(b)}, item{3, a.ID, true, ""})
	wantFeed(t, s, scopeB, item{1, a.ID, false, wire(a)})
	put(t, s, a)
	wantFeed(t, s, scopeB, item{2, a.ID, true, ""})
	put(t, s, a, scopeA)
	wantFeed(t, s, scopeA, item{2, b.ID, false, wire(b)}, item{4, a.ID, false, wire(a)})
	view(t, s, func(r storage.Reader) error {
		list, err := r.Revisions(a.ID)
		if len(list) != 1 {
			t.Errorf("got %d revisions, want 1", len(list))
		}
		return err
	})
}

func testTombstone(t *testing.T, s storage.Store) {
	w := newWorld(t, 12)
	a := w.story("a")
	put(t, s, a, scopeA, scopeB)
	put(t, s, a, scopeB) // leaves A
	gone := deleted(a)
	put(t, s, gone, scopeB)
	wantFeed(t, s, scopeA, item{3, a.ID, false, wire(gone)})
	wantFeed(t, s, scopeB, item{2, a.ID, false, wire(gone)})
	_, head := feed(t, s, scopeB)
	if head.Sum != (syncproto.Sum{}) {
		t.Errorf("a tombstone is in the sum: %+v", head.Sum)
	}
	view(t, s, func(r storage.Reader) error {
		k, err := r.Record(a.ID)
		if err != nil {
			return err
		}
		if !k.Record.Deleted || k.Record.Fields["title"] != syncproto.Text("a") || k.Record.Captured == nil || len(k.Scopes) != 0 {
			t.Errorf("got %+v in %v, want a tombstone with its fields, live nowhere", k.Record, k.Scopes)
		}
		if string(k.Wire) != wire(gone) {
			t.Errorf("got wire %s", k.Wire)
		}
		return nil
	})
	put(t, s, gone, scopeA, scopeB) // an equal tombstone has nowhere to move
	wantFeed(t, s, scopeB, item{2, a.ID, false, wire(gone)})
	back := after(gone, "back")
	put(t, s, back, scopeB)
	wantFeed(t, s, scopeA, item{3, a.ID, true, ""})
	wantFeed(t, s, scopeB, item{3, a.ID, false, wire(back)})
}

func testChangesStop(t *testing.T, s storage.Store) {
	w := newWorld(t, 13)
	for range 5 {
		put(t, s, w.story("x"), scopeA)
	}
	view(t, s, func(r storage.Reader) error {
		got, err := changes(r, scopeA, 1, 3)
		if len(got) != 3 || got[0].sequence != 2 {
			t.Errorf("got %v, want 2 to 4", got)
		}
		heads, _ := r.Heads([]syncproto.Scope{scopeA})
		var seen []uint64
		_ = r.Changes(heads[0].Number, 0, 10, func(n uint64, _ syncproto.Change) bool {
			// A callback may ask again, the same question too.
			inner, innerErr := changes(r, scopeA, n, 1)
			if innerErr != nil || n < 5 && inner[0].sequence != n+1 {
				t.Errorf("inside %d: got %v, %v", n, inner, innerErr)
			}
			seen = append(seen, n)
			return n < 2
		})
		if !slices.Equal(seen, []uint64{1, 2}) {
			t.Errorf("got %v, want to stop after 2", seen)
		}
		return err
	})
}

func testUnknownScopes(t *testing.T, s storage.Store) {
	w := newWorld(t, 14)
	put(t, s, w.story("x"), scopeB)
	view(t, s, func(r storage.Reader) error {
		heads, err := r.Heads([]syncproto.Scope{scopeA, scopeB})
		if err != nil {
			return err
		}
		if heads[0] != (storage.Head{Scope: scopeA}) || heads[1].Number == 0 || heads[1].Sequence != 1 {
			t.Errorf("got %+v", heads)
		}
		names, err := r.ScopesByNumber([]uint64{heads[1].Number, 999})
		if len(names) != 1 || names[heads[1].Number] != scopeB {
			t.Errorf("got %v", names)
		}
		return err
	})
}
