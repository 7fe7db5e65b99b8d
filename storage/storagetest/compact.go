package storagetest

import (
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// distant is later than any clock of a store.
const distant = int64(1) << 52

func testCompact(t *testing.T, s storage.Store) {
	w := newWorld(t, 50)
	stays, leaves, goes := w.story("stays"), w.story("leaves"), w.story("goes")
	d := w.newDevice(1)
	putDevice(t, s, d)
	put(t, s, goes, scopeA, scopeB)
	put(t, s, leaves, scopeA)
	put(t, s, deleted(goes), scopeA)
	put(t, s, leaves, scopeB)
	put(t, s, stays, scopeA)
	update(t, s, func(tx storage.Tx) error {
		return tx.AddJudged(d.ID, 1, []storage.Judged{outcome(1, syncproto.Applied)})
	})
	origin := syncproto.Origin{Device: w.id(), Number: 1}
	update(t, s, func(tx storage.Tx) error { return tx.AddOrigin(origin, outcome(1, syncproto.Applied)) })
	_, before := feed(t, s, scopeA)
	silent, half := w.newDevice(2), w.newDevice(3)
	putDevice(t, s, silent)
	putDevice(t, s, half)
	update(t, s, func(tx storage.Tx) error {
		for _, device := range []syncproto.ID{silent.ID, half.ID} {
			for n := int64(1); n <= 3; n++ {
				if err := tx.AddJudged(device, n, []storage.Judged{outcome(n, syncproto.Applied)}); err != nil {
					return err
				}
			}
		}
		return tx.PutContacts([]storage.Contact{{Device: d.ID, At: 1, Acknowledged: 1}, {Device: half.ID, At: 1, Acknowledged: 2}})
	})
	update(t, s, func(tx storage.Tx) error { return tx.Compact(distant) })

	_, head := feed(t, s, scopeA)
	wantFeed(t, s, scopeA, item{5, stays.ID, false, wire(stays)})
	if head.Floor != 4 || head.Sequence != 5 || head.Sum != before.Sum || head.Number != before.Number {
		t.Errorf("got %+v, want the floor at 4 and the rest as before: %+v", head, before)
	}
	wantFeed(t, s, scopeB, item{3, leaves.ID, false, wire(leaves)})
	if _, head := feed(t, s, scopeB); head.Floor != 2 {
		t.Errorf("got %+v, want the floor at 2", head)
	}
	view(t, s, func(r storage.Reader) error {
		_, err := r.Judged(d.ID, 1)
		wantCode(t, err, syncproto.CodeNotFound)
		if _, err = r.Judged(origin.Device, 1); err != nil {
			t.Errorf("the outcome under an origin is gone: %v", err)
		}
		for n, kept := range map[int64]bool{1: false, 2: false, 3: true} { // acknowledged up to 2
			if _, err := r.Judged(half.ID, n); (err == nil) != kept {
				t.Errorf("outcome %d of a device that acknowledged 2: %v", n, err)
			}
			if _, err := r.Judged(silent.ID, n); err != nil {
				t.Errorf("outcome %d that its device never heard of is gone: %v", n, err)
			}
		}
		got, err := r.Device(d.ID)
		if err == nil && got.Accepted != 1 {
			t.Errorf("the counter fell to %d", got.Accepted)
		}
		k, err := r.Record(goes.ID)
		if err != nil || !k.Record.Deleted || k.Record.Fields["title"] == "" {
			t.Errorf("what was deleted: got %+v, %v, want it kept for those who may look", k, err)
		}
		return nil
	})
	// A record that comes back after its tombstone was forgotten gets a fresh place.
	back := after(deleted(goes), "back")
	put(t, s, back, scopeA)
	put(t, s, leaves, scopeA, scopeB)
	wantFeed(t, s, scopeA, item{5, stays.ID, false, wire(stays)}, item{6, goes.ID, false, wire(back)},
		item{7, leaves.ID, false, wire(leaves)})
}

func testCompactYoung(t *testing.T, s storage.Store) {
	w := newWorld(t, 51)
	d, r := w.newDevice(1), w.story("x")
	putDevice(t, s, d)
	put(t, s, r, scopeA, scopeB)
	put(t, s, deleted(r))
	update(t, s, func(tx storage.Tx) error {
		return tx.AddJudged(d.ID, 1, []storage.Judged{outcome(1, syncproto.Applied)})
	})
	before := everything(t, s, r.ID)
	update(t, s, func(tx storage.Tx) error { return tx.Compact(1) })
	if got := everything(t, s, r.ID); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
	view(t, s, func(r storage.Reader) error {
		_, err := r.Judged(d.ID, 1)
		return err
	})
}
