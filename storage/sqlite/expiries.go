package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
)

const (
	expiringSQL = "SELECT " + intentFields + ` FROM intent INDEXED BY intent_until
	WHERE waits > 0 AND until > 0 AND until <= ? ORDER BY until, number LIMIT ?`
	expireRowsSQL = `UPDATE delivery SET state = CASE WHEN attempts > 0 THEN 3 ELSE 4 END, over = ?1 WHERE number IN
	(SELECT number FROM delivery WHERE intent = ?2 AND state = 0 LIMIT ?3) RETURNING state`
	expireOwnSQL = `UPDATE delivery SET state = CASE WHEN attempts > 0 THEN 3 ELSE 4 END, over = ?1 WHERE number IN
	(SELECT d.number FROM delivery d INDEXED BY delivery_until JOIN intent i ON i.number = d.number >> 24
	WHERE d.state = 0 AND d.until IS NOT NULL AND d.until > 0 AND d.until <= ?1 AND i.state < 3 LIMIT ?2)
	RETURNING state, number >> 24`
	takenSQL = "UPDATE intent SET waits = waits - ?2, next = ?3, latest = CASE WHEN ?3 IS NULL THEN NULL ELSE latest END WHERE number = ?1"
)

// Expire implements storage.DeliveryWriter.
func (t *tx) Expire(now int64, limit int) (n int64, err error) {
	const op = "expire deliveries"
	var late []*intent
	err = t.each(op, expiringSQL, func(row []driver.Value) bool {
		late = append(late, intentOf(row))
		return true
	}, now, int64(limit))
	if err != nil {
		return 0, err
	}
	for _, i := range late {
		if n >= int64(limit) {
			return n, nil
		}
		ended, err := t.expired(op, expireRowsSQL, now, i.Number, int64(limit)-n)
		if err != nil {
			return n, err
		}
		for _, one := range ended {
			n += one.unsure + one.expired
			if err := t.expiredOf(op, i, now, one); err != nil {
				return n, err
			}
		}
	}
	if n >= int64(limit) {
		return n, nil
	}
	ended, err := t.expired(op, expireOwnSQL, now, int64(limit)-n)
	if err != nil {
		return n, err
	}
	for number, one := range ended {
		n += one.unsure + one.expired
		i, err := t.intent(op, number)
		if err != nil {
			return n, err
		}
		if err := t.expiredOf(op, i, now, one); err != nil {
			return n, err
		}
	}
	return n, nil
}

// expiry is how many deliveries of an intent ended because their time passed.
type expiry struct{ unsure, expired int64 }

// expired ends deliveries and counts them by intent; 0 stands for the one that was asked for.
func (t *tx) expired(op, sql string, args ...driver.Value) (map[int64]expiry, error) {
	ended := map[int64]expiry{}
	args[0] = max(integer(args[0]), 1)
	err := t.changes(op, sql, func(row []driver.Value) {
		number := int64(0)
		if len(row) > 1 {
			number = integer(row[1])
		}
		one := ended[number]
		if deliveryStates[integer(row[0])] == storage.DeliveryUnsure {
			one.unsure++
		} else {
			one.expired++
		}
		ended[number] = one
	}, args...)
	return ended, err
}

// expiredOf writes down that deliveries of an intent ended.
func (t *tx) expiredOf(op string, i *intent, now int64, e expiry) error {
	for state, n := range map[storage.DeliveryState]int64{storage.DeliveryUnsure: e.unsure, storage.DeliveryExpired: e.expired} {
		if n == 0 {
			continue
		}
		if err := t.countState(op, i.Number, state, n); err != nil {
			return err
		}
	}
	i.waits -= e.unsure + e.expired
	next := driver.Value(nil)
	if i.active() && i.waits > 0 {
		row, err := t.first(op, nextRowSQL, i.Number)
		if err != nil {
			return err
		}
		next = row[0]
	}
	if _, err := t.exec(op, takenSQL, i.Number, e.unsure+e.expired, next); err != nil {
		return err
	}
	return t.settled(op, i, now)
}
