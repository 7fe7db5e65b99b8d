package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// delivery is never changed after it was put.
type delivery struct {
	storage.Delivery
	tries int   // attempts that are kept
	first int64 // the number of the person's first in the intent
}

func waitKey(d *delivery) string { return signed(d.Intent) + signed(d.Due) + signed(d.Number) }

// put stores a delivery in place of an older one, nil for none, and counts it for its intent, which the caller keeps.
func (t *tx) put(i *intent, old, d *delivery) {
	count := func(d *delivery, by int64) {
		switch d.State {
		case storage.DeliveryDue:
			i.waits += by
		case storage.DeliveryLeased:
			i.leased += by
		}
	}
	if old != nil {
		count(old, -1)
		t.waits.drop(waitKey(old))
	}
	count(d, 1)
	if d.State == storage.DeliveryDue {
		t.waits.put(waitKey(d), struct{}{})
	}
	t.deliveries.put(signed(d.Number), d)
}

// settle makes an intent done that has nothing left, and keeps it.
func (t *tx) settle(i *intent, at int64) {
	if i.waits+i.leased+i.unplanned == 0 && !i.over() {
		i.State, i.Over = storage.IntentDone, max(at, 1)
	}
	t.keep(i)
}

// waitsOf returns deliveries of an intent that are due, oldest due first, at most limit.
func (r *reader) waitsOf(intent, now int64, limit int) (out []*delivery) {
	r.waits.under(signed(intent), "", func(rest string, _ struct{}) bool {
		if len(out) == limit || rest[:8] > signed(now) {
			return false
		}
		d, _ := r.deliveries.get(rest[8:])
		out = append(out, d)
		return true
	})
	return out
}

// Plan implements storage.DeliveryWriter.
func (t *tx) Plan(share *storage.Share, deliveries []storage.Delivery) (planned bool, err error) {
	const op = "plan deliveries"
	if err := storage.CheckDeliveries(deliveries); err != nil {
		return false, err
	}
	i, err := t.intent(op, share.Intent)
	if err != nil {
		return false, err
	}
	if share.Number < 0 || int64(share.Number) >= i.shares {
		return false, missing(op)
	}
	key := signed(i.Number) + signed(int64(share.Number))
	if _, ok := t.shares.get(key); !ok {
		return false, nil
	}
	t.shares.drop(key)
	i.unplanned--
	over := t.addDeliveries(i, deliveries)
	if i.unplanned == 0 && i.State == storage.IntentPlanning {
		i.State = storage.IntentOpen
	}
	t.settle(i, max(over, i.At))
	return true, nil
}

// addDeliveries numbers deliveries as they come, but those of a person side by side, and returns when the last of them was
// over.
func (t *tx) addDeliveries(i *intent, deliveries []storage.Delivery) (over int64) {
	of := make(map[syncproto.ID][]*storage.Delivery, len(deliveries))
	for n := range deliveries {
		of[deliveries[n].Person] = append(of[deliveries[n].Person], &deliveries[n])
	}
	for n := range deliveries {
		first := i.Number*ofIntent + i.rows + 1
		for _, d := range of[deliveries[n].Person] {
			i.rows++
			d.Number, d.Intent, d.Class, d.Attempts, d.Lease = i.Number*ofIntent+i.rows, i.Number, i.Class, 0, 0
			if d.State == storage.DeliveryDue {
				d.Over = 0
			}
			over = max(over, d.Over)
			t.put(i, nil, &delivery{Delivery: *d, first: first})
		}
		delete(of, deliveries[n].Person)
	}
	return over
}

// each calls yield for the deliveries of an intent above a number.
func (r *reader) each(intent, above int64, yield func(d *delivery) bool) {
	above = max(above, intent*ofIntent)
	r.deliveries.from(signed(above+1), func(_ string, d *delivery) bool {
		return d.Intent == intent && yield(d)
	})
}

// Tally implements storage.DeliveryReader.
func (r *reader) Tally(n int64) (deliveries, persons map[storage.DeliveryState]int64, err error) {
	i, err := r.intent("tally deliveries", n)
	if err != nil {
		return nil, nil, err
	}
	deliveries, persons = map[storage.DeliveryState]int64{}, map[storage.DeliveryState]int64{}
	if i.tally != nil {
		for state, n := range i.tally.deliveries {
			deliveries[state] = n
		}
		for state, n := range i.tally.persons {
			persons[state] = n
		}
		return deliveries, persons, nil
	}
	best := map[int64]storage.DeliveryState{}
	r.each(n, 0, func(d *delivery) bool {
		deliveries[d.State]++
		if other, ok := best[d.first]; ok {
			best[d.first] = storage.Better(other, d.State)
		} else {
			best[d.first] = d.State
		}
		return true
	})
	for _, state := range best {
		persons[state]++
	}
	return deliveries, persons, nil
}

// DeliveriesOf implements storage.DeliveryReader.
func (r *reader) DeliveriesOf(intent, above int64, limit int) (out []storage.Delivery, err error) {
	if _, err := r.intent("list deliveries", intent); err != nil {
		return nil, err
	}
	r.each(intent, above, func(d *delivery) bool {
		if len(out) == limit {
			return false
		}
		out = append(out, d.Delivery)
		return true
	})
	return out, nil
}

// AttemptsOf implements storage.DeliveryReader.
func (r *reader) AttemptsOf(delivery int64) (out []storage.Attempt, err error) {
	r.attempts.under(signed(delivery), "", func(_ string, a *storage.Attempt) bool {
		out = append(out, *a)
		return true
	})
	return out, nil
}

// Waiting implements storage.DeliveryReader.
func (r *reader) Waiting(class storage.Class, now int64) (n, oldest int64, err error) {
	r.intents.from("", func(_ string, i *intent) bool {
		if i.Class != class || !i.active() || i.waits == 0 {
			return true
		}
		for _, d := range r.waitsOf(i.Number, now, -1) {
			if n == 0 || d.Due < oldest {
				oldest = d.Due
			}
			n++
		}
		return true
	})
	return n, oldest, nil
}

// NextDue implements storage.DeliveryReader.
func (r *reader) NextDue(now int64) (next int64, err error) {
	r.intents.from("", func(_ string, i *intent) bool {
		if !i.active() || i.waits == 0 {
			return true
		}
		r.waits.under(signed(i.Number), signed(now)+signed(1<<63-1), func(rest string, _ struct{}) bool {
			due := int64(ofNumber(rest[:8]) ^ 1<<63)
			if next == 0 || due < next {
				next = due
			}
			return false
		})
		return true
	})
	return next, nil
}

// PruneDeliveries implements storage.DeliveryWriter.
func (t *tx) PruneDeliveries(before int64, limit int) (n int64, err error) {
	var old []*intent
	t.intents.from("", func(_ string, i *intent) bool {
		if i.over() && !i.pruned && i.Over < before && i.leased == 0 {
			c := *i
			old = append(old, &c)
		}
		return true
	})
	slices.SortFunc(old, func(a, b *intent) int { return cmp.Or(cmp.Compare(a.Over, b.Over), cmp.Compare(a.Number, b.Number)) })
	for _, i := range old {
		if n >= int64(limit) {
			break
		}
		n += t.pruneOf(i, int64(limit)-n)
	}
	day := storage.Day(before)
	var told []string
	t.tellings.from("", func(key string, _ int64) bool {
		if at := int64(ofNumber(key[:8]) ^ 1<<63); at < day && at > -day {
			told = append(told, key)
		}
		return len(told) < limit
	})
	for _, key := range told {
		t.tellings.drop(key)
	}
	return n, nil
}

func (t *tx) pruneOf(i *intent, limit int64) (n int64) {
	if i.tally == nil {
		deliveries, persons, _ := t.Tally(i.Number)
		i.tally = &tally{deliveries, persons}
	}
	var gone []*delivery
	t.each(i.Number, 0, func(d *delivery) bool {
		if int64(len(gone)) == limit {
			return false
		}
		gone = append(gone, d)
		return true
	})
	for _, d := range gone {
		t.keepPushed(i, d)
		for number := range d.tries {
			t.attempts.drop(signed(d.Number) + signed(int64(number+1)))
		}
		t.deliveries.drop(signed(d.Number))
	}
	i.pruned = int64(len(gone)) < limit
	t.keep(i)
	return int64(len(gone))
}
