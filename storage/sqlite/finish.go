package sqlite

import (
	"database/sql/driver"
	"strconv"
	"strings"

	"lantoa/storage"
)

const (
	underLeaseSQL  = "SELECT number, lease, tries, attempts FROM delivery WHERE state = 1 AND number IN (SELECT value FROM json_each(?))"
	finishColumns  = 7
	attemptColumns = 6
	finishedSQL    = `UPDATE intent SET waits = waits + ?2, leased = leased - ?3, next = min(ifnull(next, ?4), ?4),
	latest = max(ifnull(latest, ?5), ?5) WHERE number = ?1`
	finishedStillSQL = "UPDATE intent SET waits = waits + ?2, leased = leased - ?3 WHERE number = ?1"

	underWaySQL = "SELECT " + intentFields + " FROM intent INDEXED BY intent_leased WHERE leased > 0 ORDER BY number"
	triedSQL    = `INSERT INTO attempt (delivery, number, at, took, result, code) SELECT number, tries + 1, ?, -1, 'interrupted', ''
	FROM delivery WHERE number >= ? AND number < ? AND state = 1`
	recoverSQL = `UPDATE delivery SET state = ?, over = ?, code = ?, lease = 0, attempts = attempts + 1, tries = tries + 1
	WHERE number >= ? AND number < ? AND state = 1`
	recoveredSQL = "UPDATE intent SET waits = waits + ?, leased = leased - ? WHERE number = ?"
)

var (
	finishSQL = [2]string{finishRows(1), finishRows(atOnce)}

	insertAttempt = rowsOf("INSERT INTO attempt (delivery, number, at, took, result, code) VALUES ", attemptColumns)
)

// finishRows returns a statement that changes as many deliveries.
func finishRows(n int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", finishColumns), ",") + ")"
	return "WITH f (id, to_state, to_code, to_due, to_over, more, tried) AS (VALUES " +
		strings.TrimSuffix(strings.Repeat(row+",", n), ",") + `) UPDATE delivery SET state = f.to_state, code = f.to_code,
	due = ifnull(f.to_due, due), over = f.to_over, lease = 0, attempts = attempts + f.more, tries = tries + f.tried
	FROM f WHERE number = f.id`
}

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
	leases, err := t.underLease(op, done)
	if err != nil {
		return err
	}
	f := &finishing{results: map[int64]*result{}}
	for n := range done {
		one := &done[n]
		held, ok := leases[one.Delivery]
		if !ok || held.lease != one.Lease {
			continue
		}
		delete(leases, one.Delivery) // said twice, it counts once
		r, err := t.resultOf(op, f, one.Delivery/ofIntent)
		if err != nil {
			return err
		}
		f.add(r, one, held)
	}
	if err := t.insertRows(op, finishSQL, finishColumns, f.rows); err != nil {
		return err
	}
	if err := t.insertRows(op, insertAttempt, attemptColumns, f.attempts); err != nil {
		return err
	}
	for _, r := range f.order {
		if err := t.finished(op, r); err != nil {
			return err
		}
	}
	return nil
}

// finishing is a list of results on its way into the file.
type finishing struct {
	results        map[int64]*result // by intent
	order          []*result
	rows, attempts []driver.Value
}

// held is how a delivery that is under way stands.
type held struct{ lease, tries, attempts int64 }

// underLease returns those of a list that are under way.
func (t *tx) underLease(op string, done []storage.Finished) (map[int64]held, error) {
	numbers := make([]byte, 0, 12*len(done)+2)
	for n := range done {
		numbers = append(strconv.AppendInt(numbers, done[n].Delivery, 10), ',')
	}
	leases := make(map[int64]held, len(done))
	err := t.each(op, underLeaseSQL, func(row []driver.Value) bool {
		leases[integer(row[0])] = held{integer(row[1]), integer(row[2]), integer(row[3])}
		return true
	}, jsonList(numbers))
	return leases, err
}

// jsonList closes a list of numbers, each with a comma after it, which SQLite reads as a table.
func jsonList(numbers []byte) string {
	return "[" + strings.TrimSuffix(string(numbers), ",") + "]"
}

func (t *tx) resultOf(op string, f *finishing, number int64) (*result, error) {
	if r, ok := f.results[number]; ok {
		return r, nil
	}
	i, err := t.intent(op, number)
	if err != nil {
		return nil, err
	}
	r := &result{intent: i, ended: map[storage.DeliveryState]int64{}}
	f.results[number], f.order = r, append(f.order, r)
	return r, nil
}

// add notes what an attempt changes.
func (f *finishing) add(r *result, one *storage.Finished, was held) {
	state, over, counts, tried, due := one.State, max(one.At, 1), int64(0), int64(0), driver.Value(nil)
	if state == storage.DeliveryDue && r.intent.over() { // nobody would send it
		state = storage.DeliveryCancelled
		if one.Counts || was.attempts > 0 {
			state = storage.DeliveryUnsure
		}
	}
	if state == storage.DeliveryDue {
		over, due = 0, one.Due
	}
	if one.Counts {
		counts = 1
	}
	if a := &one.Attempt; a.Result != "" {
		tried = 1
		f.attempts = append(f.attempts, one.Delivery, was.tries+1, a.At, a.Took, a.Result, a.Code)
	}
	f.rows = append(f.rows, one.Delivery, codeIn(deliveryStates, state), one.Code, due, over, counts, tried)
	r.add(state, one)
}

// insertRows runs a statement for rows, for as many at once as it can.
func (t *tx) insertRows(op string, sql [2]string, columns int, args []driver.Value) error {
	for len(args) > 0 {
		which, n := sql[0], columns
		if len(args) >= columns*atOnce {
			which, n = sql[1], columns*atOnce
		}
		if _, err := t.exec(op, which, args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
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
