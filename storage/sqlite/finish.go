package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
)

const (
	finishSQL = `UPDATE delivery SET state = ?1, code = ?2, due = CASE WHEN ?1 = 0 THEN ?3 ELSE due END, over = ?4, lease = 0,
	attempts = attempts + ?5, tries = tries + ?6 WHERE number = ?7 AND state = 1 AND lease = ?8 RETURNING tries`
	addAttemptSQL = "INSERT INTO attempt (delivery, number, at, took, result, code) VALUES (?, ?, ?, ?, ?, ?)"
	finishedSQL   = `UPDATE intent SET waits = waits + ?2, leased = leased - ?3, next = min(ifnull(next, ?4), ?4),
	latest = max(ifnull(latest, ?5), ?5) WHERE number = ?1`
	finishedStillSQL = "UPDATE intent SET waits = waits + ?2, leased = leased - ?3 WHERE number = ?1"

	underWaySQL = "SELECT " + intentFields + " FROM intent INDEXED BY intent_leased WHERE leased > 0 ORDER BY number"
	triedSQL    = `INSERT INTO attempt (delivery, number, at, took, result, code) SELECT number, tries + 1, ?, -1, 'interrupted', ''
	FROM delivery WHERE number >= ? AND number < ? AND state = 1`
	recoverSQL = `UPDATE delivery SET state = ?, over = ?, code = ?, lease = 0, attempts = attempts + 1, tries = tries + 1
	WHERE number >= ? AND number < ? AND state = 1`
	recoveredSQL = "UPDATE intent SET waits = waits + ?, leased = leased - ? WHERE number = ?"
)

// result is what a list of attempts did to an intent.
type result struct {
	intent      *intent
	waits       int64 // more
	leased      int64 // less
	first, last int64 // due of those that wait again
	at          int64 // the newest
	ended       map[storage.DeliveryState]int64
}

// Finish implements storage.DeliveryWriter.
func (t *tx) Finish(done []storage.Finished) error {
	const op = "finish deliveries"
	if err := storage.CheckFinished(done); err != nil {
		return err
	}
	results := map[int64]*result{}
	var order []*result
	for n := range done {
		number := done[n].Delivery / ofIntent
		r, ok := results[number]
		if !ok {
			row, err := t.first(op, intentSQL, number)
			if err != nil {
				return err
			}
			if row == nil {
				continue
			}
			r = &result{intent: intentOf(row), ended: map[storage.DeliveryState]int64{}}
			results[number], order = r, append(order, r)
		}
		if err := t.finishOne(op, r, &done[n]); err != nil {
			return err
		}
	}
	for _, r := range order {
		if err := t.finished(op, r); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) finishOne(op string, r *result, f *storage.Finished) error {
	state, over, counts, tries := f.State, max(f.At, 1), int64(0), int64(0)
	if f.Counts {
		counts = 1
	}
	if f.Attempt.Result != "" {
		tries = 1
	}
	if state == storage.DeliveryDue {
		over = 0
		if r.intent.over() {
			state, over = storage.DeliveryCancelled, max(f.At, 1)
		}
	}
	number := int64(0)
	err := t.changes(op, finishSQL, func(row []driver.Value) { number = max(integer(row[0]), 1) },
		codeIn(deliveryStates, state), f.Code, f.Due, over, counts, tries, f.Delivery, f.Lease)
	if err != nil || number == 0 {
		return err
	}
	r.add(state, f)
	if tries == 0 {
		return nil
	}
	_, err = t.exec(op, addAttemptSQL, f.Delivery, number, f.Attempt.At, f.Attempt.Took, f.Attempt.Result, f.Attempt.Code)
	return err
}

func (r *result) add(state storage.DeliveryState, f *storage.Finished) {
	r.leased++
	r.at = max(r.at, f.At)
	if state != storage.DeliveryDue {
		r.ended[state]++
		return
	}
	if r.waits == 0 {
		r.first, r.last = f.Due, f.Due
	}
	r.waits++
	r.first, r.last = min(r.first, f.Due), max(r.last, f.Due)
}

func (t *tx) finished(op string, r *result) error {
	i := r.intent
	for state, n := range r.ended {
		if err := t.countState(op, i.Number, state, n); err != nil {
			return err
		}
	}
	sql, args := finishedStillSQL, []driver.Value{i.Number, r.waits, r.leased}
	if r.waits > 0 && i.active() {
		sql, args = finishedSQL, append(args, r.first, r.last)
	}
	if _, err := t.exec(op, sql, args...); err != nil {
		return err
	}
	i.waits, i.leased = i.waits+r.waits, i.leased-r.leased
	return t.settled(op, i, r.at)
}

// Recover implements storage.DeliveryWriter.
func (t *tx) Recover(now int64) (out storage.Recovered, err error) {
	const op = "recover deliveries"
	var under []*intent
	err = t.each(op, underWaySQL, func(row []driver.Value) bool {
		under = append(under, intentOf(row))
		return true
	})
	if err != nil {
		return out, err
	}
	for _, i := range under {
		out.Leases += i.leased
		if err := t.recoverOf(op, i, now); err != nil {
			return storage.Recovered{}, err
		}
	}
	return out, nil
}

// recoverOf frees the leases of an intent. What belongs to one that is over is not sent again: it may have been.
func (t *tx) recoverOf(op string, i *intent, now int64) error {
	from, to := i.Number*ofIntent, (i.Number+1)*ofIntent
	if _, err := t.exec(op, triedSQL, now, from, to); err != nil {
		return err
	}
	state, over, waits := storage.DeliveryDue, int64(0), i.leased
	if i.over() {
		state, over, waits = storage.DeliveryUnsure, max(now, 1), 0
		if err := t.countState(op, i.Number, state, i.leased); err != nil {
			return err
		}
	}
	if _, err := t.exec(op, recoverSQL, codeIn(deliveryStates, state), over, "interrupted", from, to); err != nil {
		return err
	}
	if _, err := t.exec(op, recoveredSQL, waits, i.leased, i.Number); err != nil || !i.active() {
		return err
	}
	_, err := t.exec(op, boundSQL, i.Number)
	return err
}
