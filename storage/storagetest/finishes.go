package storagetest

import (
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testFinish(t *testing.T, s storage.Store) {
	p := newPost(t, s, 340, 4)
	i := p.sent(storage.ClassUrgent)
	got := p.lease(storage.ClassUrgent, 10, 20, 10)
	if len(got) != 4 {
		t.Fatalf("got %d leases", len(got))
	}
	nothing := later(got[1], 15, 30)
	nothing.Attempt = storage.Attempt{}
	failed := accepted(got[2], 16)
	failed.State, failed.Code, failed.Counts, failed.Attempt.Result = storage.DeliveryFailed, "refused", false, "refused"
	unsure := accepted(got[3], 16)
	unsure.State, unsure.Attempt.Result = storage.DeliveryUnsure, "unsure"
	again := later(got[0], 15, 25)
	again.Counts, again.Attempt.Result = true, "unsure"
	p.finish(again, nothing, failed, unsure)
	list := p.deliveries(i.Number)
	want := []storage.Delivery{got[0].Delivery, got[1].Delivery, got[2].Delivery, got[3].Delivery}
	for n := range want {
		want[n].Lease = 0
	}
	want[0].State, want[0].Code, want[0].Due, want[0].Attempts = storage.DeliveryDue, "quota", 25, 1
	want[1].State, want[1].Code, want[1].Due = storage.DeliveryDue, "quota", 30
	want[2].State, want[2].Code, want[2].Over = storage.DeliveryFailed, "refused", 16
	want[3].State, want[3].Code, want[3].Over, want[3].Attempts = storage.DeliveryUnsure, "ok", 16, 1
	wantRows(t, list, nil, want...)
	wantRows(t, p.attempts(want[1].Number), nil)
	second := p.lease(storage.ClassUrgent, 30, 40, 10)
	wantSame(t, "both again", p.who(second), []int{0, 1})
	if len(second) == 2 && (second[0].Delivery.Attempts != 1 || second[0].Delivery.Code != "quota") {
		t.Errorf("got %+v", second[0].Delivery)
	}
	p.finish(accepted(second[0], 33), accepted(second[1], 32))
	p.wantIntent(i.Number, storage.IntentDone, 33)
	wantRows(t, p.attempts(want[0].Number), nil,
		storage.Attempt{Delivery: want[0].Number, Number: 1, At: 14, Took: 1, Result: "unsure", Code: "quota"},
		storage.Attempt{Delivery: want[0].Number, Number: 2, At: 32, Took: 1, Result: "accepted", Code: "ok"})
	p.wantTally(i.Number, tally{storage.DeliveryAccepted: 2, storage.DeliveryFailed: 1, storage.DeliveryUnsure: 1},
		tally{storage.DeliveryAccepted: 2, storage.DeliveryFailed: 1, storage.DeliveryUnsure: 1})
}

func testFinishMany(t *testing.T, s storage.Store) {
	p := newPost(t, s, 341, storage.MaxFinish)
	a, b := p.sent(storage.ClassUrgent), p.sent(storage.ClassUrgent)
	for range 2 {
		var done []storage.Finished
		for n, l := range p.lease(storage.ClassUrgent, 10, 20, storage.MaxFinish) {
			f := accepted(l, 11+int64(n%7))
			switch n % 5 {
			case 1:
				f.State, f.Counts = storage.DeliveryFailed, false
			case 2:
				f = later(l, 12, 100+int64(n))
			}
			done = append(done, f)
		}
		if len(done) != storage.MaxFinish {
			t.Fatalf("got %d leases", len(done))
		}
		p.finish(done...)
	}
	total := tally{}
	for _, i := range []*storage.Intent{a, b} {
		for _, d := range p.deliveries(i.Number) {
			total[d.State]++
			attempts := p.attempts(d.Number)
			if len(attempts) != 1 || attempts[0].Result == "later" != (d.State == storage.DeliveryDue) {
				t.Fatalf("got %+v of %+v", attempts, d)
			}
		}
		deliveries, persons := tally{}, tally{}
		for _, d := range p.deliveries(i.Number) {
			deliveries[d.State]++
			persons[d.State]++
		}
		p.wantTally(i.Number, deliveries, persons)
		p.wantIntent(i.Number, storage.IntentOpen, 0)
	}
	wantSame(t, "all", total, tally{storage.DeliveryAccepted: 600, storage.DeliveryFailed: 200, storage.DeliveryDue: 200})
}

func testFinishInvalid(t *testing.T, s storage.Store) {
	p := newPost(t, s, 342, 2)
	i := p.sent(storage.ClassUrgent)
	got := p.lease(storage.ClassUrgent, 10, 20, 2)
	update(t, s, func(tx storage.Tx) error {
		bad := accepted(got[1], 11)
		for _, state := range []storage.DeliveryState{"", "odd", storage.DeliveryLeased} {
			bad.State = state
			wantCode(t, tx.Finish([]storage.Finished{accepted(got[0], 11), bad}), syncproto.CodeInvalidValue)
		}
		wantCode(t, tx.Finish(make([]storage.Finished, storage.MaxFinish+1)), syncproto.CodeInvalidValue)
		return tx.Finish(nil)
	})
	p.wantTally(i.Number, tally{storage.DeliveryLeased: 2}, tally{storage.DeliveryLeased: 2})
}

// testDone: the last to end ends its intent, whatever it was: a result, a lease that found nobody, a time that passed.
func testDone(t *testing.T, s storage.Store) {
	p := newPost(t, s, 343, 3)
	i := p.intent(storage.ClassUrgent, 2)
	p.plan(i)
	for _, l := range p.lease(storage.ClassUrgent, 10, 20, 10) {
		p.finish(accepted(l, 12))
	}
	p.wantIntent(i.Number, storage.IntentPlanning, 0) // a share is not planned yet
	p.plan(i)
	p.wantIntent(i.Number, storage.IntentOpen, 0)
	update(t, s, func(tx storage.Tx) error { return tx.DropRegistration(p.devices[2]) })
	p.lease(storage.ClassUrgent, 30, 40, 10)
	p.wantIntent(i.Number, storage.IntentDone, 30)
	p.persons = p.persons[:2]
	late := p.sent(storage.ClassUrgent)
	got := p.lease(storage.ClassUrgent, 50, 60, 1)
	update(t, s, func(tx storage.Tx) error {
		n, err := tx.Expire(2000, 10)
		if err == nil && n != 1 {
			t.Errorf("%d expired", n)
		}
		return err
	})
	p.wantIntent(late.Number, storage.IntentOpen, 0)
	p.finish(accepted(got[0], 2001))
	p.wantIntent(late.Number, storage.IntentDone, 2001)
	update(t, s, func(tx storage.Tx) error {
		n, err := tx.CancelIntent(late.Number, 3000)
		if n != 0 {
			t.Errorf("%d cancelled", n)
		}
		wantCode(t, tx.PutIntent(&storage.Intent{Number: late.Number, State: storage.IntentOpen}), syncproto.CodeWrongState)
		return err
	})
	p.wantIntent(late.Number, storage.IntentDone, 2001)
}

// testCancel: what is due is cancelled, what is under way ends as it ends, and nobody is planned any more.
func testCancel(t *testing.T, s storage.Store) {
	p := newPost(t, s, 344, 6)
	i := p.intent(storage.ClassUrgent, 5)
	share := &storage.Share{Intent: i.Number, Number: 1}
	p.plan(i)
	got := p.lease(storage.ClassUrgent, 10, 20, 3)
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_, _ = tx.CancelIntent(i.Number, 14)
			return errWanted
		})
		n, err := tx.CancelIntent(i.Number, 15)
		if n != 2 {
			t.Errorf("%d cancelled", n)
		}
		again, err2 := tx.CancelIntent(i.Number, 16)
		if again != 0 || err2 != nil {
			t.Errorf("again: %d, %v", again, err2)
		}
		planned, err3 := tx.Plan(share, []storage.Delivery{p.due(i, 5)})
		if planned || err3 != nil {
			t.Errorf("planned %v, %v", planned, err3)
		}
		left, err4 := tx.NextShare(i.Number)
		wantMissing(t, left, err4)
		return err
	})
	p.wantIntent(i.Number, storage.IntentCancelled, 15)
	wantSame(t, "nothing", p.lease(storage.ClassUrgent, 30, 40, 10), []storage.Leased{})
	p.wantTally(i.Number, tally{storage.DeliveryCancelled: 2, storage.DeliveryLeased: 3}, tally{storage.DeliveryCancelled: 2, storage.DeliveryLeased: 3})
	p.finish(accepted(got[0], 17), later(got[1], 18, 19))
	update(t, s, func(tx storage.Tx) error {
		if n, err := tx.Recover(40); err != nil || n.Leases != 1 {
			t.Errorf("got %+v, %v", n, err)
		}
		if n, err := tx.Expire(5000, 10); err != nil || n != 0 {
			t.Errorf("%d expired, %v", n, err)
		}
		return nil
	})
	wantSame(t, "still nothing", p.lease(storage.ClassUrgent, 50, 60, 10), []storage.Leased{})
	list := p.deliveries(i.Number)
	wantSame(t, "states", []any{list[0].State, list[0].Over, list[1].State, list[1].Over, list[2].State, list[2].Over, list[3].State, list[3].Over},
		[]any{storage.DeliveryAccepted, 17, storage.DeliveryCancelled, 18, storage.DeliveryUnsure, 40, storage.DeliveryCancelled, 15})
	want := tally{storage.DeliveryCancelled: 3, storage.DeliveryAccepted: 1, storage.DeliveryUnsure: 1}
	p.wantTally(i.Number, want, want)
	p.wantIntent(i.Number, storage.IntentCancelled, 15)
	other := p.sent(storage.ClassUrgent)
	update(t, s, func(tx storage.Tx) error {
		return tx.PutIntent(&storage.Intent{Number: other.Number, State: storage.IntentDone, Over: 70})
	})
	p.wantIntent(other.Number, storage.IntentCancelled, 70) // something waited
	p.wantTally(other.Number, tally{storage.DeliveryCancelled: 6}, tally{storage.DeliveryCancelled: 6})
	third := p.sent(storage.ClassUrgent)
	got = p.lease(storage.ClassUrgent, 80, 90, 2)
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.CancelIntent(third.Number, 81)
		return err
	})
	taken := later(got[0], 82, 83)
	taken.Counts, taken.Attempt.Result = true, "unsure" // the service may have it
	p.finish(taken, later(got[1], 82, 83))
	want = tally{storage.DeliveryCancelled: 5, storage.DeliveryUnsure: 1}
	p.wantTally(third.Number, want, want)
}

// testPause: nothing is leased from it, planning and time go on, and it is as before once it is resumed.
func testPause(t *testing.T, s storage.Store) {
	p := newPost(t, s, 345, 4)
	i := p.intent(storage.ClassUrgent, 2)
	put := func(state storage.IntentState) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error { return tx.PutIntent(&storage.Intent{Number: i.Number, State: state}) })
	}
	p.plan(i)
	got := p.lease(storage.ClassUrgent, 10, 20, 1)
	put(storage.IntentPaused)
	wantSame(t, "paused", p.lease(storage.ClassUrgent, 12, 20, 10), []storage.Leased{})
	p.finish(later(got[0], 13, 14))
	p.plan(i)
	p.wantIntent(i.Number, storage.IntentPaused, 0)
	wantSame(t, "paused", p.lease(storage.ClassUrgent, 20, 30, 10), []storage.Leased{})
	update(t, s, func(tx storage.Tx) error {
		list, err := tx.Intents()
		if len(list) != 1 {
			t.Errorf("got %+v", list)
		}
		_, err2 := tx.Recover(21)
		if err == nil {
			err = err2
		}
		return err
	})
	wantSame(t, "paused", p.lease(storage.ClassUrgent, 22, 30, 10), []storage.Leased{})
	put(storage.IntentOpen)
	got = p.lease(storage.ClassUrgent, 23, 30, 10)
	wantSame(t, "resumed", p.who(got), []int{1, 2, 3, 0})
	put(storage.IntentPaused)
	p.finish(accepted(got[0], 24), accepted(got[1], 24), accepted(got[2], 24), later(got[3], 25, 26))
	p.wantIntent(i.Number, storage.IntentPaused, 0)
	update(t, s, func(tx storage.Tx) error {
		n, err := tx.Expire(1000, 10)
		if n != 1 {
			t.Errorf("%d expired", n)
		}
		return err
	})
	p.wantIntent(i.Number, storage.IntentDone, 1000)
}

func testRecover(t *testing.T, s storage.Store) {
	p := newPost(t, s, 346, 5)
	a, b := p.sent(storage.ClassUrgent), p.sent(storage.ClassRoutine)
	p.lease(storage.ClassUrgent, 10, 20, 3)
	p.lease(storage.ClassRoutine, 10, 20, 5)
	update(t, s, func(tx storage.Tx) error {
		for _, want := range []int64{8, 0} {
			n, err := tx.Recover(30)
			if err != nil || n.Leases != want {
				t.Errorf("got %+v, %v, want %d", n, err, want)
			}
		}
		return nil
	})
	for _, i := range []*storage.Intent{a, b} {
		p.wantTally(i.Number, tally{storage.DeliveryDue: 5}, tally{storage.DeliveryDue: 5})
		p.wantIntent(i.Number, storage.IntentOpen, 0)
	}
	for n, d := range p.deliveries(a.Number) {
		want := p.due(a, n)
		want.Number, want.Intent, want.Class = d.Number, a.Number, a.Class
		if n < 3 {
			want.Attempts, want.Code = 1, "interrupted"
			wantRows(t, p.attempts(d.Number), nil, storage.Attempt{Delivery: d.Number, Number: 1, At: 30, Took: -1, Result: "interrupted"})
		}
		if d != want {
			t.Errorf("got %+v, want %+v", d, want)
		}
	}
	if got := p.lease(storage.ClassUrgent, 31, 40, 10); len(got) != 5 {
		t.Errorf("got %d leases", len(got))
	}
	if got := p.lease(storage.ClassRoutine, 31, 40, 10); len(got) != 5 {
		t.Errorf("got %d leases", len(got))
	}
}

func testExpire(t *testing.T, s storage.Store) {
	p := newPost(t, s, 347, 6)
	i := p.intent(storage.ClassUrgent, 6)
	var list []storage.Delivery
	for n := range p.persons {
		list = append(list, p.due(i, n))
	}
	list[3].Until, list[4].Until = 100, 0
	p.plan(i, list...)
	endless := storage.Intent{Kind: "test", Class: storage.ClassRoutine}
	update(t, s, func(tx storage.Tx) error {
		_, err := tx.AddIntent(&endless, []storage.Share{{Persons: p.persons[:1]}})
		return err
	})
	p.plan(&endless, p.due(&endless, 0))
	expire := func(now int64, limit int, want int64) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error {
			n, err := tx.Expire(now, limit)
			if err == nil && n != want {
				t.Errorf("at %d %d expired, want %d", now, n, want)
			}
			return err
		})
	}
	got := p.lease(storage.ClassUrgent, 10, 20, 2)
	again := later(got[0], 11, 30)
	again.Counts = true
	p.finish(again)
	expire(99, 10, 0)
	expire(100, 10, 1)
	expire(999, 10, 0)
	expire(1000, 0, 0)
	expire(1000, 3, 3)
	expire(1001, 3, 1)
	expire(9999, 3, 0)
	p.wantIntent(i.Number, storage.IntentOpen, 0)
	p.wantTally(i.Number, tally{storage.DeliveryLeased: 1, storage.DeliveryExpired: 4, storage.DeliveryUnsure: 1},
		tally{storage.DeliveryLeased: 1, storage.DeliveryExpired: 4, storage.DeliveryUnsure: 1})
	p.finish(accepted(got[1], 2000))
	p.wantIntent(i.Number, storage.IntentDone, 2000)
	p.wantIntent(endless.Number, storage.IntentOpen, 0)
	if got := p.lease(storage.ClassRoutine, 1<<50, 1<<51, 5); len(got) != 1 {
		t.Errorf("got %d leases", len(got))
	}
}
