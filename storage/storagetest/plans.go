package storagetest

import (
	"context"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testSharesOnce: however often a planner comes back to a share, its persons are told once.
func testSharesOnce(t *testing.T, s storage.Store) {
	p := newPost(t, s, 320, 5)
	i := p.intent(storage.ClassUrgent, 2)
	var shares []storage.Share
	for n := range 3 {
		p.wantIntent(i.Number, storage.IntentPlanning, 0)
		view(t, s, func(r storage.Reader) error {
			share, err := r.NextShare(i.Number)
			if err == nil && share.Number != n {
				t.Errorf("got share %d, want %d", share.Number, n)
			}
			shares = append(shares, *share)
			return err
		})
		_ = s.Update(context.Background(), func(tx storage.Tx) error { // a planner that fails plans nothing
			if planned, err := tx.Plan(&shares[n], []storage.Delivery{p.due(i, n)}); err != nil || !planned {
				t.Errorf("got %v, %v", planned, err)
			}
			return errWanted
		})
		p.plan(i)
	}
	p.wantIntent(i.Number, storage.IntentOpen, 0)
	update(t, s, func(tx storage.Tx) error {
		for n := range shares {
			if planned, err := tx.Plan(&shares[n], []storage.Delivery{p.due(i, 0)}); err != nil || planned {
				t.Errorf("share %d again: %v, %v", n, planned, err)
			}
		}
		share, err := tx.NextShare(i.Number)
		wantMissing(t, share, err)
		for _, bad := range []storage.Share{{Intent: i.Number, Number: 3}, {Intent: i.Number, Number: -1}, {Intent: 99}, {}} {
			_, err := tx.Plan(&bad, nil)
			wantCode(t, err, syncproto.CodeNotFound)
		}
		return nil
	})
	got := p.deliveries(i.Number)
	if len(got) != 5 {
		t.Fatalf("got %d deliveries of 5 persons", len(got))
	}
	for n, d := range got {
		want := p.due(i, n)
		want.Number, want.Intent, want.Class = d.Number, i.Number, i.Class
		if d != want {
			t.Errorf("got %+v, want %+v", d, want)
		}
	}
	view(t, s, func(r storage.Reader) error {
		some, err := r.DeliveriesOf(i.Number, got[1].Number, 2)
		wantRows(t, some, err, got[2], got[3])
		some, err = r.DeliveriesOf(i.Number, got[4].Number, 2)
		wantRows(t, some, err)
		some, err = r.DeliveriesOf(i.Number, -7, 1)
		wantRows(t, some, err, got[0])
		return nil
	})
}

// testPlanNumbers: the numbers are told to the caller, rise, and no two intents share one.
func testPlanNumbers(t *testing.T, s storage.Store) {
	p := newPost(t, s, 321, 3)
	seen := map[int64]bool{}
	for range 2 {
		i := p.intent(storage.ClassRoutine, 3)
		mixed := []storage.Delivery{p.due(i, 0), p.due(i, 1), p.due(i, 0), {Person: p.persons[2], State: storage.DeliveryMuted, Over: 6}}
		mixed[2].Device, mixed[2].Until, mixed[2].Due = p.id(), 500, 20
		mixed[0].Number, mixed[0].Attempts, mixed[0].Lease, mixed[0].Over = 5, 5, 5, 5 // means nothing
		planned := p.plan(i, mixed...)
		mixed[0].Attempts, mixed[0].Lease, mixed[0].Over = 0, 0, 0
		for n := range mixed {
			mixed[n].Number, mixed[n].Intent, mixed[n].Class = planned[n].Number, i.Number, i.Class
			if seen[planned[n].Number] {
				t.Errorf("number %d twice", planned[n].Number)
			}
			seen[planned[n].Number] = true
		}
		if !(mixed[0].Number < mixed[2].Number && mixed[2].Number < mixed[1].Number && mixed[1].Number < mixed[3].Number) {
			t.Errorf("got numbers %d %d %d %d", mixed[0].Number, mixed[1].Number, mixed[2].Number, mixed[3].Number)
		}
		wantRows(t, p.deliveries(i.Number), nil, mixed[0], mixed[2], mixed[1], mixed[3])
		p.wantTally(i.Number, tally{storage.DeliveryDue: 3, storage.DeliveryMuted: 1}, tally{storage.DeliveryDue: 2, storage.DeliveryMuted: 1})
	}
}

func testPlanInvalid(t *testing.T, s storage.Store) {
	p := newPost(t, s, 322, 1)
	i := p.intent(storage.ClassRoutine, 1)
	good := p.due(i, 0)
	update(t, s, func(tx storage.Tx) error {
		for _, change := range []func(d *storage.Delivery){
			func(d *storage.Delivery) { d.Person = "" }, func(d *storage.Delivery) { d.Person = "x" }, func(d *storage.Delivery) { d.Device = "x" },
		} {
			bad := good
			change(&bad)
			_, err := tx.Plan(&storage.Share{Intent: i.Number}, []storage.Delivery{good, bad})
			wantCode(t, err, syncproto.CodeInvalidID)
		}
		for _, change := range []func(d *storage.Delivery){
			func(d *storage.Delivery) { d.State = "" }, func(d *storage.Delivery) { d.State = storage.DeliveryLeased },
			func(d *storage.Delivery) { d.Device = "" },
		} {
			bad := good
			change(&bad)
			_, err := tx.Plan(&storage.Share{Intent: i.Number}, []storage.Delivery{good, bad})
			wantCode(t, err, syncproto.CodeInvalidValue)
		}
		return nil
	})
	p.wantTally(i.Number, tally{}, tally{})
	p.plan(i)
}

// testPlanNothing: where nobody is sent anything, nothing is waited for.
func testPlanNothing(t *testing.T, s storage.Store) {
	p := newPost(t, s, 323, 3)
	i := p.intent(storage.ClassRoutine, 2)
	p.plan(i, storage.Delivery{Person: p.persons[0], State: storage.DeliveryUnreachable, Code: "none", Over: 7},
		storage.Delivery{Person: p.persons[1], State: storage.DeliveryFolded, Over: 8})
	p.wantIntent(i.Number, storage.IntentPlanning, 0)
	p.plan(i, storage.Delivery{Person: p.persons[2], State: storage.DeliveryMuted, Over: 6})
	p.wantIntent(i.Number, storage.IntentDone, 6)
	want := tally{storage.DeliveryUnreachable: 1, storage.DeliveryFolded: 1, storage.DeliveryMuted: 1}
	p.wantTally(i.Number, want, want)
	empty := p.intent(storage.ClassRoutine, 3)
	p.plan(empty, []storage.Delivery{}...)
	p.wantIntent(empty.Number, storage.IntentDone, empty.At)
	p.wantTally(empty.Number, tally{}, tally{})
}
