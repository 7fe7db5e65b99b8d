package storagetest

import (
	"fmt"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// who returns whom leases are for, by their number in the post.
func (p *post) who(list []storage.Leased) (out []int) {
	for _, l := range list {
		for n, person := range p.persons {
			if person == l.Delivery.Person {
				out = append(out, n)
			}
		}
	}
	return out
}

func wantSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func testLease(t *testing.T, s storage.Store) {
	p := newPost(t, s, 330, 4)
	i := p.intent(storage.ClassWorkflow, 4)
	list := []storage.Delivery{p.due(i, 0), p.due(i, 1), p.due(i, 2), p.due(i, 3)}
	list[0].Due, list[1].Due, list[2].Due, list[3].Due = 30, 10, 20, 40
	p.plan(i, list...)
	for _, class := range []storage.Class{storage.ClassUrgent, storage.ClassRoutine} {
		wantSame(t, "another class", p.lease(class, 100, 200, 10), []storage.Leased{})
	}
	wantSame(t, "too early", p.lease(storage.ClassWorkflow, 9, 200, 10), []storage.Leased{})
	wantSame(t, "none wanted", p.lease(storage.ClassWorkflow, 30, 200, 0), []storage.Leased{})
	first := p.lease(storage.ClassWorkflow, 30, 200, 2)
	wantSame(t, "oldest due first", p.who(first), []int{1, 2})
	if len(first) == 2 {
		want := storage.Leased{
			Delivery: list[1], Registration: *p.registration(1), Kind: i.Kind, Record: i.Record, Revision: i.Revision,
		}
		want.Delivery.State, want.Delivery.Lease = storage.DeliveryLeased, 200
		wantRow(t, &first[0], nil, want)
	}
	wantSame(t, "the others", p.who(p.lease(storage.ClassWorkflow, 30, 201, 10)), []int{0})
	wantSame(t, "nothing", p.lease(storage.ClassWorkflow, 39, 202, 10), []storage.Leased{})
	p.wantTally(i.Number, tally{storage.DeliveryDue: 1, storage.DeliveryLeased: 3}, tally{storage.DeliveryDue: 1, storage.DeliveryLeased: 3})
	for _, d := range p.deliveries(i.Number) {
		if leased := d.Lease != 0; leased != (d.State == storage.DeliveryLeased) {
			t.Errorf("got %+v", d)
		}
	}
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.Lease("loud", 50, 60, 1)
		wantCode(t, err, syncproto.CodeInvalidValue)
		return nil
	})
}

// testLeaseGone: what was planned for somebody who cannot be rung any more ends without an attempt, and says why.
func testLeaseGone(t *testing.T, s storage.Store) {
	p := newPost(t, s, 331, 9)
	i := p.intent(storage.ClassUrgent, 9)
	var list []storage.Delivery
	for n := range p.persons {
		list = append(list, p.due(i, n))
	}
	list[7].Until = 40
	p.plan(i, list...)
	update(t, s, func(tx storage.Tx) error {
		moved := *p.registration(3)
		moved.Person = p.id()
		for _, err := range []error{
			tx.DropRegistration(p.devices[1]),
			tx.RetireRegistration(p.devices[2], p.registration(2).Address, "unregistered", 9),
			tx.PutRegistration(&moved),
			tx.PutDevice(&storage.Device{ID: p.devices[4], Person: p.persons[4], Revoked: 9}),
			tx.PutPerson(&storage.Person{ID: p.persons[5], Suspended: 9}),
			tx.PutPerson(&storage.Person{ID: p.persons[6], Closed: 9}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	got := p.lease(storage.ClassUrgent, 40, 60, 2)
	wantSame(t, "those who can be rung", p.who(got), []int{0, 8})
	codes := map[int]string{1: "unregistered", 2: "retired", 3: "moved", 4: "revoked", 5: "resting", 6: "closed"}
	for n, d := range p.deliveries(i.Number) {
		want := list[n]
		want.State, want.Over, want.Code = storage.DeliveryGone, 40, codes[n]
		switch n {
		case 0, 8:
			want.State, want.Over, want.Lease = storage.DeliveryLeased, 0, 60
		case 7:
			want.State = storage.DeliveryExpired
		}
		if d != want {
			t.Errorf("person %d: got %+v, want %+v", n, d, want)
		}
		if a := p.attempts(d.Number); len(a) > 0 {
			t.Errorf("got attempts %v", a)
		}
	}
	p.wantIntent(i.Number, storage.IntentOpen, 0)
	p.finish(accepted(got[0], 50), accepted(got[1], 51))
	p.wantIntent(i.Number, storage.IntentDone, 51)
	late := p.sent(storage.ClassUrgent)
	wantSame(t, "all too late", p.lease(storage.ClassUrgent, 1000, 1100, 5), []storage.Leased{})
	p.wantIntent(late.Number, storage.IntentDone, 1000)
	p.wantTally(late.Number, tally{storage.DeliveryExpired: 9}, tally{storage.DeliveryExpired: 9})
}

// testLeaseOwner: who comes late with an older lease changes nothing.
func testLeaseOwner(t *testing.T, s storage.Store) {
	p := newPost(t, s, 332, 1)
	i := p.sent(storage.ClassUrgent)
	old := p.lease(storage.ClassUrgent, 10, 20, 1)
	update(t, s, func(tx storage.Tx) error {
		n, err := tx.Recover(30)
		if err == nil && n.Leases != 1 {
			t.Errorf("got %+v", n)
		}
		return err
	})
	fresh := p.lease(storage.ClassUrgent, 30, 40, 1)
	if len(old) != 1 || len(fresh) != 1 {
		t.Fatalf("got %d and %d leases", len(old), len(fresh))
	}
	before := p.deliveries(i.Number)
	p.finish(accepted(old[0], 31))
	p.finish(later(old[0], 31, 32))
	wantRows(t, p.deliveries(i.Number), nil, before...)
	p.wantIntent(i.Number, storage.IntentOpen, 0)
	p.finish(accepted(fresh[0], 35), accepted(fresh[0], 36), later(fresh[0], 37, 38)) // the first one counts
	p.wantIntent(i.Number, storage.IntentDone, 35)
	p.finish(later(fresh[0], 37, 38))
	got := p.deliveries(i.Number)
	want := before[0]
	want.State, want.Code, want.Attempts, want.Lease, want.Over = storage.DeliveryAccepted, "ok", 2, 0, 35
	wantRows(t, got, nil, want)
	wantRows(t, p.attempts(want.Number), nil,
		storage.Attempt{Delivery: want.Number, Number: 1, At: 30, Took: -1, Result: "interrupted"},
		storage.Attempt{Delivery: want.Number, Number: 2, At: 34, Took: 1, Result: "accepted", Code: "ok"})
	unknown := accepted(fresh[0], 50)
	unknown.Delivery++
	other := unknown
	other.Delivery = 1 << 50
	p.finish(unknown, other)
}

// testTurns: of intents of one class each has its turn, across leases of any size.
func testTurns(t *testing.T, s storage.Store) {
	p := newPost(t, s, 333, 6)
	a, b := p.sent(storage.ClassRoutine), p.sent(storage.ClassRoutine)
	of := func(list []storage.Leased) (out []int64) {
		for _, l := range list {
			out = append(out, l.Delivery.Intent)
		}
		return out
	}
	wantSame(t, "one", of(p.lease(storage.ClassRoutine, 10, 20, 1)), []int64{a.Number})
	wantSame(t, "another", of(p.lease(storage.ClassRoutine, 10, 20, 1)), []int64{b.Number})
	wantSame(t, "the first again", of(p.lease(storage.ClassRoutine, 10, 20, 1)), []int64{a.Number})
	c := p.sent(storage.ClassRoutine)
	wantSame(t, "the newest first", of(p.lease(storage.ClassRoutine, 10, 20, 5)), []int64{c.Number, b.Number, a.Number, c.Number, b.Number})
	wantSame(t, "all that is left", of(p.lease(storage.ClassRoutine, 10, 20, 50)), []int64{
		c.Number, b.Number, a.Number, c.Number, b.Number, a.Number, c.Number, b.Number, a.Number, c.Number,
	})
	for _, i := range []*storage.Intent{a, b, c} {
		p.wantTally(i.Number, tally{storage.DeliveryLeased: 6}, tally{storage.DeliveryLeased: 6})
	}
}

// testTurnsLarge: what an intent has waiting does not delay the next one.
func testTurnsLarge(t *testing.T, s storage.Store) {
	p := newPost(t, s, 334, 3000)
	large := p.sent(storage.ClassUrgent)
	p.lease(storage.ClassUrgent, 10, 20, 200)
	p.persons, p.devices = p.persons[:60], p.devices[:60]
	small := p.sent(storage.ClassUrgent)
	p.persons = p.persons[:1]
	single := p.sent(storage.ClassUrgent)
	counts := map[int64]int{}
	for range 2 {
		for _, l := range p.lease(storage.ClassUrgent, 11, 20, 100) {
			counts[l.Delivery.Intent]++
		}
	}
	if counts[single.Number] != 1 || counts[small.Number] != 60 || counts[large.Number] != 139 {
		t.Errorf("got %v of %d, %d and %d", counts, large.Number, small.Number, single.Number)
	}
}

// testWaiting: counts and times of what waits, by class.
func testWaiting(t *testing.T, s storage.Store) {
	p := newPost(t, s, 335, 4)
	want := func(class storage.Class, now, n, oldest, next int64) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			gotN, gotOldest, err := r.Waiting(class, now)
			if err != nil || gotN != n || gotOldest != oldest {
				t.Errorf("waiting %s at %d: got %d since %d, %v, want %d since %d", class, now, gotN, gotOldest, err, n, oldest)
			}
			got, err := r.NextDue(now)
			if err != nil || got != next {
				t.Errorf("next due after %d: got %d, %v, want %d", now, got, err, next)
			}
			return nil
		})
	}
	want(storage.ClassUrgent, 50, 0, 0, 0)
	i := p.intent(storage.ClassUrgent, 4)
	list := []storage.Delivery{p.due(i, 0), p.due(i, 1), p.due(i, 2), p.due(i, 3)}
	list[1].Due, list[2].Due = 60, 30
	p.plan(i, list...)
	want(storage.ClassUrgent, 9, 0, 0, 10)
	want(storage.ClassUrgent, 10, 2, 10, 30)
	want(storage.ClassUrgent, 59, 3, 10, 60)
	want(storage.ClassUrgent, 60, 4, 10, 0)
	want(storage.ClassRoutine, 60, 0, 0, 0)
	other := p.sent(storage.ClassRoutine)
	want(storage.ClassRoutine, 60, 4, 10, 0)
	got := p.lease(storage.ClassUrgent, 30, 40, 10)
	want(storage.ClassUrgent, 60, 1, 60, 0)
	want(storage.ClassUrgent, 30, 0, 0, 60)
	p.finish(later(got[0], 31, 45), later(got[1], 31, 33), accepted(got[2], 31))
	want(storage.ClassUrgent, 32, 0, 0, 33)
	want(storage.ClassUrgent, 33, 1, 33, 45)
	want(storage.ClassUrgent, 45, 2, 33, 60)
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.CancelIntent(i.Number, 50)
		return err
	})
	want(storage.ClassUrgent, 60, 0, 0, 0)
	want(storage.ClassRoutine, 9, 0, 0, 10)
	update(t, s, func(tx storage.Tx) error {
		return tx.PutIntent(&storage.Intent{Number: other.Number, State: storage.IntentPaused})
	})
	want(storage.ClassRoutine, 9, 0, 0, 0)
}

// testLeaseSingles: a lease finds what is due among more intents than it looks at once, though many go nowhere.
func testLeaseSingles(t *testing.T, s storage.Store) {
	p := newPost(t, s, 336, 2)
	const intents = 1300
	update(t, s, func(tx storage.Tx) error {
		for n := range int64(intents) {
			i := &storage.Intent{Kind: "digest", Class: storage.ClassRoutine, Revision: n, Due: 10}
			d := p.due(i, 0)
			if n < intents-2 {
				d.Device = p.persons[1] // no device has this id
			}
			if _, err := tx.AddIntent(i, []storage.Share{{Persons: p.persons[:1]}}); err != nil {
				return err
			}
			if _, err := tx.Plan(&storage.Share{Intent: i.Number}, []storage.Delivery{d}); err != nil {
				return err
			}
		}
		return nil
	})
	if got := p.lease(storage.ClassRoutine, 10, 20, 5); len(got) != 2 {
		t.Errorf("got %d leases", len(got))
	}
	view(t, s, func(r storage.Reader) error {
		list, err := r.Intents()
		if len(list) != 2 {
			t.Errorf("%d are open", len(list))
		}
		return err
	})
}
