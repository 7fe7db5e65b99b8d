package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Lease implements storage.DeliveryWriter. Of the intents that have something due, the one goes first that was longest
// without a turn.
func (t *tx) Lease(class storage.Class, now, until int64, limit int) (out []storage.Leased, err error) {
	if !slices.Contains(storage.Classes(), class) {
		return nil, syncproto.E(syncproto.CodeInvalidValue, "lease deliveries", nil)
	}
	if _, err := t.Expire(now, 500); err != nil {
		return nil, err
	}
	for len(out) < limit {
		ready := t.ready(class, now, limit-len(out))
		if len(ready) == 0 {
			break
		}
		lists := make([][]storage.Leased, len(ready))
		share, more := (limit-len(out))/len(ready), (limit-len(out))%len(ready)
		for n, i := range ready {
			want := share
			if n < more {
				want++
			}
			lists[n] = t.leaseOf(i, now, until, want)
		}
		for n, left := 0, true; left; n++ {
			left = false
			for _, list := range lists {
				if n < len(list) {
					out, left = append(out, list[n]), true
				}
			}
		}
	}
	return out, nil
}

// ready returns copies of the intents that have something due, in the order of their turns.
func (r *reader) ready(class storage.Class, now int64, limit int) (out []*intent) {
	r.intents.from("", func(_ string, i *intent) bool {
		late := i.Until > 0 && i.Until <= now
		if i.Class == class && i.active() && !late && i.waits > 0 && len(r.waitsOf(i.Number, now, 1)) > 0 {
			c := *i
			out = append(out, &c)
		}
		return true
	})
	slices.SortFunc(out, func(a, b *intent) int { return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.Number, b.Number)) })
	return out[:min(len(out), limit)]
}

// leaseOf looks at as many due deliveries of an intent as are wanted: what can be sent is leased, the others are over.
func (t *tx) leaseOf(i *intent, now, until int64, want int) (out []storage.Leased) {
	for _, d := range t.waitsOf(i.Number, now, want) {
		c := *d
		found, _ := t.registrations.get(string(d.Device))
		why := t.rests(&d.Delivery, found)
		switch {
		case why != "":
			c.State, c.Code, c.Over = storage.DeliveryGone, why, max(now, 1)
		case d.Until > 0 && d.Until <= now:
			c.State, c.Over = storage.Late(&d.Delivery), max(now, 1)
		default:
			c.State, c.Lease = storage.DeliveryLeased, until
			out = append(out, storage.Leased{
				Delivery: c.Delivery, Registration: *found, Kind: i.Kind, Record: i.Record, Revision: i.Revision,
			})
		}
		t.put(i, d, &c)
	}
	t.turns++
	i.turn = t.turns
	t.settle(i, now)
	return out
}

// Finish implements storage.DeliveryWriter.
func (t *tx) Finish(done []storage.Finished) error {
	if err := storage.CheckFinished(done); err != nil {
		return err
	}
	ends := map[int64]int64{}
	for n := range done {
		f := &done[n]
		if d, ok := t.deliveries.get(signed(f.Delivery)); ok && d.State == storage.DeliveryLeased && d.Lease == f.Lease {
			t.finishOne(d, f)
			ends[d.Intent] = max(ends[d.Intent], f.At)
		}
	}
	for n, at := range ends {
		i, err := t.intent("finish deliveries", n)
		if err != nil {
			return err
		}
		t.settle(i, at)
	}
	return nil
}

func (t *tx) finishOne(d *delivery, f *storage.Finished) {
	found, _ := t.intents.get(signed(d.Intent))
	i, c := *found, *d
	c.State, c.Code, c.Lease = f.State, f.Code, 0
	switch {
	case f.State == storage.DeliveryDue && i.over():
		c.State, c.Over = storage.DeliveryCancelled, max(f.At, 1)
		if f.Counts || d.Attempts > 0 {
			c.State = storage.DeliveryUnsure
		}
	case f.State == storage.DeliveryDue:
		c.Due = f.Due
	default:
		c.Over = max(f.At, 1)
	}
	if f.Counts {
		c.Attempts++
	}
	if f.Attempt.Result != "" {
		t.addAttempt(&c, f.Attempt)
	}
	t.put(&i, d, &c)
	t.keep(&i)
}

func (t *tx) addAttempt(d *delivery, a storage.Attempt) {
	d.tries++
	a.Delivery, a.Number = d.Number, d.tries
	t.attempts.put(signed(d.Number)+signed(int64(d.tries)), &a)
}

// Expire implements storage.DeliveryWriter.
func (t *tx) Expire(now int64, limit int) (n int64, err error) {
	var late []*delivery
	t.intents.from("", func(_ string, i *intent) bool {
		if i.waits == 0 {
			return true
		}
		t.waits.under(signed(i.Number), "", func(rest string, _ struct{}) bool {
			d, _ := t.deliveries.get(rest[8:])
			if d.Until > 0 && d.Until <= now || i.Until > 0 && i.Until <= now {
				late = append(late, d)
			}
			return true
		})
		return true
	})
	for _, d := range late[:min(len(late), max(limit, 0))] {
		i, err := t.intent("expire deliveries", d.Intent)
		if err != nil {
			return 0, err
		}
		c := *d
		c.State, c.Over = storage.Late(&d.Delivery), max(now, 1)
		t.put(i, d, &c)
		t.settle(i, now)
		n++
	}
	return n, nil
}

// Recover implements storage.DeliveryWriter.
func (t *tx) Recover(now int64) (out storage.Recovered, err error) {
	var under []*delivery
	t.deliveries.from("", func(_ string, d *delivery) bool {
		if d.State == storage.DeliveryLeased {
			under = append(under, d)
		}
		return true
	})
	for _, d := range under {
		i, err := t.intent("recover deliveries", d.Intent)
		if err != nil {
			return storage.Recovered{}, err
		}
		c := *d
		c.State, c.Code, c.Lease = storage.DeliveryDue, "interrupted", 0
		c.Attempts++
		if i.over() { // it may have been sent, and is not sent again
			c.State, c.Over = storage.DeliveryUnsure, max(now, 1)
		}
		t.addAttempt(&c, storage.Attempt{At: now, Took: -1, Result: "interrupted"})
		t.put(i, d, &c)
		t.keep(i)
		out.Leases++
	}
	return out, nil
}
