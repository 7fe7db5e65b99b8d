package storagetest

import (
	"context"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testTallyPersons: a person counts once, by the delivery that went furthest.
func testTallyPersons(t *testing.T, s storage.Store) {
	p := newPost(t, s, 350, 4)
	i := p.intent(storage.ClassUrgent, 4)
	var list []storage.Delivery
	for n := range p.persons {
		for range n {
			d := p.due(i, n)
			d.Device = p.id()
			list = append(list, d)
		}
		list = append(list, p.due(i, n))
	}
	p.plan(i, list...)
	got := p.lease(storage.ClassUrgent, 10, 20, 10)
	if len(got) != 4 {
		t.Fatalf("got %d leases", len(got))
	}
	failed := accepted(got[2], 12)
	failed.State = storage.DeliveryFailed
	p.finish(accepted(got[1], 12), failed)
	p.wantTally(i.Number,
		tally{storage.DeliveryLeased: 2, storage.DeliveryAccepted: 1, storage.DeliveryFailed: 1, storage.DeliveryGone: 6},
		tally{storage.DeliveryLeased: 2, storage.DeliveryAccepted: 1, storage.DeliveryFailed: 1})
	p.finish(accepted(got[0], 13), accepted(got[3], 13))
	p.wantIntent(i.Number, storage.IntentDone, 13)
	other := p.intent(storage.ClassRoutine, 4)
	for n := range list {
		list[n].Device = p.devices[0]
	}
	p.plan(other, list...)
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.CancelIntent(other.Number, 14)
		return err
	})
	p.wantTally(other.Number, tally{storage.DeliveryCancelled: 10}, tally{storage.DeliveryCancelled: 4})
}

// testPrune: of what is long over the figures stay, however it is removed.
func testPrune(t *testing.T, s storage.Store) {
	p := newPost(t, s, 351, 5)
	i := p.intent(storage.ClassUrgent, 5)
	var list []storage.Delivery
	for n := range p.persons {
		second := p.due(i, n)
		second.Device = p.id()
		list = append(list, p.due(i, n), second)
	}
	p.plan(i, list...)
	for _, l := range p.lease(storage.ClassUrgent, 10, 20, 20) {
		p.finish(accepted(l, 30))
	}
	cancelled := p.sent(storage.ClassUrgent)
	got := p.lease(storage.ClassUrgent, 20, 30, 1)
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.CancelIntent(cancelled.Number, 40)
		return err
	})
	open := p.sent(storage.ClassUrgent)
	first := p.deliveries(i.Number)[0].Number
	prune := func(before int64, limit int, want int64) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error {
			n, err := tx.PruneDeliveries(before, limit)
			if err == nil && n != want {
				t.Errorf("before %d %d are gone, want %d", before, n, want)
			}
			return err
		})
		p.wantTally(i.Number, tally{storage.DeliveryAccepted: 5, storage.DeliveryGone: 5}, tally{storage.DeliveryAccepted: 5})
	}
	prune(30, 100, 0)
	prune(31, 4, 4)
	if n := len(p.deliveries(i.Number)); n != 6 {
		t.Errorf("%d are left", n)
	}
	if a := p.attempts(first); len(a) != 0 {
		t.Errorf("attempts are left: %v", a)
	}
	prune(31, 6, 6)
	prune(41, 100, 0) // one of the cancelled intent is under way
	p.finish(accepted(got[0], 35))
	prune(41, 100, 5)
	prune(1000, 100, 0)
	p.wantTally(cancelled.Number, tally{storage.DeliveryCancelled: 4, storage.DeliveryAccepted: 1},
		tally{storage.DeliveryCancelled: 4, storage.DeliveryAccepted: 1})
	p.wantTally(open.Number, tally{storage.DeliveryDue: 5}, tally{storage.DeliveryDue: 5})
	for _, number := range []int64{i.Number, cancelled.Number} {
		if list := p.deliveries(number); len(list) != 0 {
			t.Errorf("got %+v", list)
		}
	}
	p.wantIntent(i.Number, storage.IntentDone, 30)
}

func testTold(t *testing.T, s storage.Store) {
	w := newWorld(t, 352)
	persons := w.ids(4)
	tell := func(day int64, who ...syncproto.ID) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error { return tx.Tell(day, who) })
	}
	told := func(day int64, want ...int64) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.Told(day, append([]syncproto.ID{"", "none"}, persons...))
			counts := map[syncproto.ID]int64{}
			for n, count := range want {
				if count > 0 {
					counts[persons[n]] = count
				}
			}
			wantSame(t, "told", got, counts)
			return err
		})
	}
	tell(20000, persons[0], persons[1])
	tell(20000, persons[0], persons[2], persons[2])
	tell(20001, persons[0], persons[3])
	tell(-20000, persons[3])
	tell(20002)
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		_ = tx.Tell(20000, persons)
		return errWanted
	})
	update(t, s, func(tx storage.Tx) error {
		wantCode(t, tx.Tell(20000, []syncproto.ID{persons[0], "x"}), syncproto.CodeInvalidID)
		return nil
	})
	told(20000, 2, 1, 2, 0)
	told(20001, 1, 0, 0, 1)
	told(-20000, 0, 0, 0, 1)
	told(20002)
	counts := func(from, until int64, want map[int64]int64) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.TellingCounts(from, until)
			wantSame(t, "counts", got, want)
			return err
		})
	}
	counts(20000, 20002, map[int64]int64{1: 2, 2: 1, 3: 1})
	counts(20000, 20001, map[int64]int64{1: 1, 2: 2})
	counts(20001, 20001, map[int64]int64{})
	counts(0, 1<<40, map[int64]int64{1: 2, 2: 1, 3: 1})
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.PruneDeliveries((20001*24-7)*3600*1000, 100) // midnight in UTC+7
		return err
	})
	told(20000)
	told(-20000)
	told(20001, 1, 0, 0, 1)
}

// testPushUndone: a savepoint takes back leases, results and all that is counted with them.
func testPushUndone(t *testing.T, s storage.Store) {
	p := newPost(t, s, 353, 4)
	i := p.intent(storage.ClassUrgent, 2)
	p.plan(i)
	got := p.lease(storage.ClassUrgent, 10, 20, 1)
	before := p.deliveries(i.Number)
	spoil := func(tx storage.Tx) error {
		share, err := tx.NextShare(i.Number)
		if err != nil {
			return err
		}
		if planned, err := tx.Plan(share, []storage.Delivery{p.due(i, 3)}); err != nil || !planned {
			return err
		}
		if _, err := tx.Lease(storage.ClassUrgent, 10, 21, 1); err != nil {
			return err
		}
		if err := tx.Finish([]storage.Finished{accepted(got[0], 12)}); err != nil {
			return err
		}
		if _, err := tx.Expire(2000, 10); err != nil {
			return err
		}
		if _, err := tx.Recover(2000); err != nil {
			return err
		}
		if _, err := tx.CancelIntent(i.Number, 2000); err != nil {
			return err
		}
		_, err = tx.PruneDeliveries(5000, 10)
		return err
	}
	for range 2 {
		update(t, s, func(tx storage.Tx) error {
			err := tx.Savepoint(func() error {
				if err := spoil(tx); err != nil {
					t.Error(err)
				}
				return errWanted
			})
			if err != errWanted {
				t.Errorf("got %v", err)
			}
			return nil
		})
		wantRows(t, p.deliveries(i.Number), nil, before...)
		p.wantIntent(i.Number, storage.IntentPlanning, 0)
		p.wantTally(i.Number, tally{storage.DeliveryDue: 1, storage.DeliveryLeased: 1}, tally{storage.DeliveryDue: 1, storage.DeliveryLeased: 1})
	}
	p.plan(i)
	p.finish(accepted(got[0], 12))
	if got := p.lease(storage.ClassUrgent, 10, 21, 10); len(got) != 3 {
		t.Errorf("got %d leases", len(got))
	}
}

// testPushAgain: a closure that a store runs a second time finds nothing of the first.
func testPushAgain(t *testing.T, s storage.Store) {
	p := newPost(t, s, 354, 3)
	i := p.intent(storage.ClassUrgent, 3)
	deliveries := []storage.Delivery{p.due(i, 0), p.due(i, 1), p.due(i, 2)}
	var leased []storage.Leased
	work := func(tx storage.Tx) (err error) {
		planned, err := tx.Plan(&storage.Share{Intent: i.Number}, deliveries)
		if err != nil || !planned {
			t.Errorf("planned %v, %v", planned, err)
		}
		if leased, err = tx.Lease(storage.ClassUrgent, 10, 20, 2); err != nil {
			return err
		}
		if err := tx.Finish([]storage.Finished{accepted(leased[0], 12)}); err != nil {
			return err
		}
		return tx.Tell(7, p.persons)
	}
	numbers := ""
	for n := range 3 {
		err := s.Update(context.Background(), func(tx storage.Tx) error {
			if err := work(tx); err != nil || n == 2 {
				return err
			}
			return errWanted
		})
		if n < 2 && err != errWanted || n == 2 && err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range deliveries {
			got += string(d.Person) + string(d.State) + string(rune(d.Number))
		}
		if n > 0 && got != numbers {
			t.Error("the numbers changed")
		}
		numbers = got
	}
	p.wantTally(i.Number, tally{storage.DeliveryAccepted: 1, storage.DeliveryLeased: 1, storage.DeliveryDue: 1},
		tally{storage.DeliveryAccepted: 1, storage.DeliveryLeased: 1, storage.DeliveryDue: 1})
	if a := p.attempts(leased[0].Delivery.Number); len(a) != 1 {
		t.Errorf("got %v", a)
	}
	view(t, s, func(r storage.Reader) error {
		told, err := r.Told(7, p.persons)
		wantSame(t, "told", len(told), 3)
		return err
	})
}
