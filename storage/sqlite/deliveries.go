package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	talliesOfSQL = "SELECT persons, state, count FROM tally WHERE intent = ? AND count > 0"
	severalSQL   = "SELECT state * 4 + several FROM delivery WHERE number >= ? AND number < ? AND several > 0 ORDER BY number"

	deliveriesSQL = `SELECT number, person, device, state, attempts, due, until, lease, over, code FROM delivery
	WHERE number > ? AND number < ? ORDER BY number LIMIT ?`
	attemptsSQL = "SELECT number, at, took, result, code FROM attempt WHERE delivery = ? ORDER BY number"

	waitsSQL = `SELECT sum(waits - CASE WHEN latest <= ?2 THEN 0 ELSE (SELECT count(*) FROM delivery INDEXED BY delivery_waits
	WHERE intent = i.number AND state = 0 AND due > ?2) END), min(next)
	FROM intent i INDEXED BY intent_next WHERE class = ?1 AND ready IN (0, 1) AND next <= ?2`
	nextDueSQL = `SELECT min(due) FROM (
	SELECT (SELECT next FROM intent INDEXED BY intent_next WHERE class = column1 AND ready = column2 AND next > ?1 ORDER BY next LIMIT 1) AS due
	FROM (VALUES (0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1))
	UNION ALL SELECT (SELECT min(due) FROM delivery INDEXED BY delivery_waits WHERE intent = i.number AND state = 0 AND due > ?1)
	FROM intent i INDEXED BY intent_spread WHERE latest > next AND latest > ?1 AND next <= ?1)`

	prunableSQL = "SELECT " + intentFields + ` FROM intent INDEXED BY intent_over
	WHERE state > 2 AND pruned < 2 AND over < ? AND leased = 0 ORDER BY over, number LIMIT ?`
	keepPersonsSQL   = "INSERT INTO tally (intent, persons, state, count) VALUES (?, 1, ?, ?)"
	prunedSQL        = "UPDATE intent SET pruned = ? WHERE number = ?"
	pruneRowsSQL     = "DELETE FROM delivery WHERE number IN (SELECT number FROM delivery WHERE number >= ? AND number < ? ORDER BY number LIMIT ?)"
	pruneAttemptsSQL = "DELETE FROM attempt WHERE delivery >= ? AND delivery < ifnull((SELECT min(number) FROM delivery WHERE number >= ?1 AND number < ?2), ?2)"
	pruneToldSQL     = "DELETE FROM told WHERE (day, person) IN (SELECT day, person FROM told WHERE day > ? AND day < ? LIMIT ?)"
)

// Tally implements storage.DeliveryReader. Only those are counted who have several deliveries: of the others the intent
// keeps figures.
func (r *reader) Tally(number int64) (deliveries, persons map[storage.DeliveryState]int64, err error) {
	const op = "tally deliveries"
	i, err := r.intent(op, number)
	if err != nil {
		return nil, nil, err
	}
	return r.tally(op, i)
}

func (r *reader) tally(op string, i *intent) (deliveries, persons map[storage.DeliveryState]int64, err error) {
	deliveries, persons = map[storage.DeliveryState]int64{}, map[storage.DeliveryState]int64{}
	err = r.each(op, talliesOfSQL, func(row []driver.Value) bool {
		of := deliveries
		if integer(row[0]) == 1 {
			of = persons
		}
		of[deliveryStates[integer(row[1])]] = integer(row[2])
		return true
	}, i.Number)
	if err != nil {
		return nil, nil, err
	}
	add(deliveries, storage.DeliveryDue, i.waits)
	add(deliveries, storage.DeliveryLeased, i.leased)
	if i.pruned > 0 {
		return deliveries, persons, nil
	}
	for state, n := range deliveries {
		persons[state] = n
	}
	if i.several == 0 {
		return deliveries, persons, nil
	}
	return deliveries, persons, r.joinPersons(op, i, persons)
}

// joinPersons makes one of several deliveries of a person, which lie side by side.
func (r *reader) joinPersons(op string, i *intent, persons map[storage.DeliveryState]int64) error {
	rows, best := [16]int64{}, [16]int64{}
	ranks := ranksOf()
	last := int64(-1)
	err := r.each(op, severalSQL, func(row []driver.Value) bool {
		state, follows := integer(row[0])/4, integer(row[0])%4 == 2
		if state == 0 && i.State == storage.IntentCancelled {
			state = cancelledCode
		}
		rows[state]++
		if follows && last >= 0 && ranks[last] <= ranks[state] {
			return true
		}
		if follows && last >= 0 {
			best[last]--
		}
		best[state]++
		last = state
		return true
	}, i.Number*ofIntent, (i.Number+1)*ofIntent)
	for code, state := range deliveryStates {
		add(persons, state, best[code]-rows[code])
		if persons[state] == 0 {
			delete(persons, state)
		}
	}
	return err
}

// ranksOf returns how good each state is, by its code, 0 being the best.
func ranksOf() (ranks [16]int) {
	for a := range deliveryStates {
		for b := range deliveryStates {
			if a != b && storage.Better(deliveryStates[a], deliveryStates[b]) == deliveryStates[b] {
				ranks[a]++
			}
		}
	}
	return ranks
}

var cancelledCode = codeIn(deliveryStates, storage.DeliveryCancelled)

func add(to map[storage.DeliveryState]int64, state storage.DeliveryState, n int64) {
	if n != 0 {
		to[state] += n
	}
}

// DeliveriesOf implements storage.DeliveryReader.
func (r *reader) DeliveriesOf(number, above int64, limit int) (out []storage.Delivery, err error) {
	const op = "list deliveries"
	i, err := r.intent(op, number)
	if err != nil {
		return nil, err
	}
	err = r.each(op, deliveriesSQL, func(c []driver.Value) bool {
		d := storage.Delivery{
			Number: integer(c[0]), Intent: number, Person: idOf(c[1]), Device: idOf(c[2]), Class: i.Class,
			State: deliveryStates[integer(c[3])], Attempts: int(integer(c[4])), Due: integer(c[5]), Until: i.Until,
			Lease: integer(c[7]), Over: integer(c[8]), Code: text(c[9]),
		}
		if c[6] != nil {
			d.Until = integer(c[6])
		}
		if d.State == storage.DeliveryDue && i.State == storage.IntentCancelled {
			d.State, d.Over = storage.DeliveryCancelled, i.Over
		}
		out = append(out, d)
		return true
	}, max(above, number*ofIntent), (number+1)*ofIntent, int64(limit))
	return out, err
}

// AttemptsOf implements storage.DeliveryReader.
func (r *reader) AttemptsOf(delivery int64) (out []storage.Attempt, err error) {
	err = r.each("list attempts", attemptsSQL, func(c []driver.Value) bool {
		out = append(out, storage.Attempt{
			Delivery: delivery, Number: int(integer(c[0])), At: integer(c[1]), Took: integer(c[2]), Result: text(c[3]), Code: text(c[4]),
		})
		return true
	}, delivery)
	return out, err
}

// Waiting implements storage.DeliveryReader.
func (r *reader) Waiting(class storage.Class, now int64) (n, oldest int64, err error) {
	row, err := r.first("count deliveries that wait", waitsSQL, codeIn(classes, class), now)
	if err != nil {
		return 0, 0, err
	}
	return integer(row[0]), integer(row[1]), nil
}

// NextDue implements storage.DeliveryReader.
func (r *reader) NextDue(now int64) (int64, error) {
	row, err := r.first("read next due", nextDueSQL, now)
	if err != nil {
		return 0, err
	}
	return integer(row[0]), nil
}

// PruneDeliveries implements storage.DeliveryWriter.
func (t *tx) PruneDeliveries(before int64, limit int) (n int64, err error) {
	const op = "prune deliveries"
	for n < int64(limit) {
		old, err := t.prunable(op, before, limit)
		if err != nil {
			return 0, err
		}
		if len(old) == 0 {
			break
		}
		for _, i := range old {
			if n >= int64(limit) {
				break
			}
			gone, err := t.pruneOf(op, i, int64(limit)-n)
			if err != nil {
				return 0, err
			}
			n += gone
		}
	}
	day := storage.Day(before)
	for _, days := range [][2]int64{{-day, 0}, {-1, day}} {
		if _, err := t.exec(op, pruneToldSQL, days[0], days[1], int64(limit)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (t *tx) prunable(op string, before int64, limit int) (out []*intent, err error) {
	err = t.each(op, prunableSQL, func(row []driver.Value) bool {
		out = append(out, intentOf(row))
		return true
	}, before, int64(limit))
	return out, err
}

// pruneOf removes deliveries of an intent, at most limit, after it counted the persons.
func (t *tx) pruneOf(op string, i *intent, limit int64) (n int64, err error) {
	if i.pruned == 0 {
		if err := t.keepPersons(op, i); err != nil {
			return 0, err
		}
	}
	from, to := i.Number*ofIntent, (i.Number+1)*ofIntent
	if i.rows > 0 {
		if err := t.keepPushed(op, i, limit); err != nil {
			return 0, err
		}
		result, err := t.exec(op, pruneRowsSQL, from, to, limit)
		if err != nil {
			return 0, err
		}
		if n, err = result.RowsAffected(); err != nil {
			return 0, classify(op, err)
		}
		if _, err := t.exec(op, pruneAttemptsSQL, from, to); err != nil {
			return 0, err
		}
	}
	if n < limit {
		_, err = t.exec(op, prunedSQL, int64(2), i.Number)
	}
	return n, err
}

func (t *tx) keepPersons(op string, i *intent) error {
	_, persons, err := t.tally(op, i)
	if err != nil {
		return err
	}
	for state, n := range persons {
		if _, err := t.exec(op, keepPersonsSQL, i.Number, codeIn(deliveryStates, state), n); err != nil {
			return err
		}
	}
	_, err = t.exec(op, prunedSQL, int64(1), i.Number)
	return err
}

const (
	toldSQL = `SELECT person, count FROM told WHERE day = ? AND person IN (SELECT unhex(value) FROM json_each(?))`
	tellSQL = `INSERT INTO told (day, person, count) SELECT ?, unhex(value), 1 FROM json_each(?) WHERE true
	ON CONFLICT DO UPDATE SET count = count + 1`
	tellingSQL = `SELECT times, count(*) FROM (SELECT sum(count) AS times FROM told WHERE day >= ? AND day < ? GROUP BY person)
	GROUP BY times`
)

// Told implements storage.DeliveryReader.
func (r *reader) Told(day int64, persons []syncproto.ID) (map[syncproto.ID]int64, error) {
	out := map[syncproto.ID]int64{}
	err := r.each("read what was told", toldSQL, func(row []driver.Value) bool {
		out[idOf(row[0])] = integer(row[1])
		return true
	}, day, hexList(persons))
	return out, err
}

// TellingCounts implements storage.DeliveryReader.
func (r *reader) TellingCounts(from, until int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := r.each("count what was told", tellingSQL, func(row []driver.Value) bool {
		out[integer(row[0])] = integer(row[1])
		return true
	}, from, until)
	return out, err
}

// Tell implements storage.DeliveryWriter.
func (t *tx) Tell(day int64, persons []syncproto.ID) error {
	const op = "write what was told"
	for _, id := range persons {
		if !id.Valid() {
			return syncproto.E(syncproto.CodeInvalidID, op, nil)
		}
	}
	_, err := t.exec(op, tellSQL, day, hexList(persons))
	return err
}
