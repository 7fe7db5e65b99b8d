package sqlite

import (
	"cmp"
	"database/sql/driver"
	"slices"
	"strconv"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// maxReady is how many intents one lease makes ready, those of the oldest due first.
	maxReady = 1000
	// maxExpired is how many deliveries one lease ends because their time has passed.
	maxExpired = 500

	readySQL = `UPDATE intent SET ready = 1 WHERE number IN (SELECT number FROM intent INDEXED BY intent_next
	WHERE class = ? AND ready = 0 AND next <= ? ORDER BY next LIMIT ?)`
	turnSQL      = "SELECT last FROM turns"
	putTurnSQL   = "UPDATE turns SET last = ?"
	candidateSQL = "SELECT " + intentFields + ` FROM intent INDEXED BY intent_turn
	WHERE class = ? AND ready = 1 AND next <= ? AND (until = 0 OR until > ?) ORDER BY turn, number LIMIT ?`
	dueSQL = `SELECT d.number, d.person, d.device, d.attempts, d.due, d.until, d.code, r.at, r.bad, r.service, r.kind, r.platform,
	r.language, r.app, r.code, r.address, r.p256dh, r.auth
	FROM delivery d INDEXED BY delivery_waits LEFT JOIN registration r ON r.person = d.person AND r.device = d.device AND ` + registrationUsed + `
	WHERE d.intent = ? AND d.state = 0 AND d.due <= ? ORDER BY d.due, d.number LIMIT ?`
	whySQL      = "SELECT " + registrationFields + ", revoked, closed, suspended FROM registration WHERE device = ?"
	leaseSQL    = "UPDATE delivery SET state = 1, lease = ? WHERE number IN (SELECT value FROM json_each(?))"
	leaseRunSQL = "UPDATE delivery SET state = 1, lease = ? WHERE number >= ? AND number <= ?"
	overSQL     = "UPDATE delivery SET state = ?, over = ?, code = ? WHERE number = ?"
	servedSQL   = `UPDATE intent SET waits = waits - ?2, leased = leased + ?3, turn = ?4, ready = ?6, next = ?5 WHERE number = ?1`
	nextRowSQL  = "SELECT min(due) FROM delivery INDEXED BY delivery_waits WHERE intent = ? AND state = 0"
)

// Lease implements storage.DeliveryWriter. Which intents have something to lease is known without a look at deliveries: an
// intent is ready from its next due on, and of those that are ready the one goes first that was longest without a turn.
func (t *tx) Lease(class storage.Class, now, until int64, limit int) (out []storage.Leased, err error) {
	const op = "lease deliveries"
	code := codeIn(classes, class)
	if code < 0 {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if _, err := t.Expire(now, maxExpired); err != nil {
		return nil, err
	}
	if _, err := t.makeReady(op, code, now); err != nil {
		return nil, err
	}
	row, err := t.first(op, turnSQL)
	if err != nil {
		return nil, err
	}
	before := integer(row[0])
	l := &leasing{op: op, now: now, until: until, turn: before}
	for len(out) < limit {
		ready, err := t.candidates(code, now, limit-len(out))
		if err != nil {
			return nil, err
		}
		if len(ready) == 0 {
			more, err := t.makeReady(op, code, now)
			if err != nil {
				return nil, err
			}
			if more == 0 {
				break
			}
			continue
		}
		lists := make([][]storage.Leased, len(ready))
		share, more := (limit-len(out))/len(ready), (limit-len(out))%len(ready)
		for n, i := range ready {
			want := share
			if n < more {
				want++
			}
			if lists[n], err = t.leaseOf(l, i, want); err != nil {
				return nil, err
			}
		}
		out = inTurns(out, lists)
	}
	if l.turn > before {
		_, err = t.exec(op, putTurnSQL, l.turn)
	}
	return out, err
}

// makeReady gives turns to intents whose next due came, and returns how many there were.
func (t *tx) makeReady(op string, class, now int64) (int64, error) {
	result, err := t.exec(op, readySQL, class, now, int64(maxReady))
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return n, classify(op, err)
}

// leasing is a lease under way.
type leasing struct {
	op               string
	now, until, turn int64
}

// inTurns appends the lists, one of each in turns.
func inTurns(out []storage.Leased, lists [][]storage.Leased) []storage.Leased {
	if len(out) == 0 && len(lists) == 1 {
		return lists[0]
	}
	for n, left := 0, true; left; n++ {
		left = false
		for _, list := range lists {
			if n < len(list) {
				out, left = append(out, list[n]), true
			}
		}
	}
	return out
}

func (t *tx) candidates(class, now int64, limit int) (out []*intent, err error) {
	err = t.each("lease deliveries", candidateSQL, func(row []driver.Value) bool {
		out = append(out, intentOf(row))
		return true
	}, class, now, now, int64(limit))
	return out, err
}

// leaseOf looks at as many due deliveries of an intent as are wanted: what can be sent is leased, the others are over.
func (t *tx) leaseOf(l *leasing, i *intent, want int) ([]storage.Leased, error) {
	found, over := make([]storage.Leased, 0, want), []storage.Delivery(nil)
	numbers := make([]byte, 0, 12*want)
	err := t.each(l.op, dueSQL, func(c []driver.Value) bool {
		one := leasedOf(i, c)
		d := &one.Delivery
		switch {
		case c[7] == nil:
			d.State = storage.DeliveryGone
			over = append(over, *d)
		case d.Until > 0 && d.Until <= l.now:
			d.State = storage.Late(d)
			over = append(over, *d)
		default:
			d.State, d.Lease = storage.DeliveryLeased, l.until
			found = append(found, one)
			numbers = append(strconv.AppendInt(numbers, d.Number, 10), ',')
		}
		return true
	}, i.Number, l.now, int64(want))
	if err != nil {
		return nil, err
	}
	if err := t.holdLeases(l, found, numbers); err != nil {
		return nil, err
	}
	return found, t.served(l, i, over, int64(len(found)))
}

// leasedOf reads a delivery and where it goes from the columns of dueSQL.
func leasedOf(i *intent, c []driver.Value) storage.Leased {
	one := storage.Leased{Kind: i.Kind, Record: i.Record, Revision: i.Revision}
	one.Delivery = storage.Delivery{
		Number: integer(c[0]), Intent: i.Number, Person: idOf(c[1]), Device: idOf(c[2]), Class: i.Class,
		Attempts: int(integer(c[3])), Due: integer(c[4]), Until: i.Until, Code: text(c[6]),
	}
	if c[5] != nil {
		one.Delivery.Until = integer(c[5])
	}
	one.Registration = storage.Registration{
		Device: one.Delivery.Device, Person: one.Delivery.Person, At: integer(c[7]), Bad: int(integer(c[8])), Service: text(c[9]),
		Kind: text(c[10]), Platform: text(c[11]), Language: text(c[12]), App: text(c[13]), Code: text(c[14]), Address: text(c[15]),
		P256DH: text(c[16]), Auth: text(c[17]),
	}
	return one
}

// why says why nothing is sent to where a delivery goes.
func (t *tx) why(op string, d *storage.Delivery) (string, error) {
	row, err := t.first(op, whySQL, id16(d.Device))
	if err != nil || row == nil {
		return storage.Resting(d, nil, 0, 0, 0), err
	}
	r := registrationOf(row)
	return storage.Resting(d, &r, integer(row[14]), integer(row[15]), integer(row[16])), nil
}

// holdLeases writes down that deliveries are under way. They nearly always lie side by side.
func (t *tx) holdLeases(l *leasing, found []storage.Leased, numbers []byte) error {
	if len(found) == 0 {
		return nil
	}
	first, last := found[0].Delivery.Number, found[len(found)-1].Delivery.Number
	if last-first != int64(len(found)-1) || !slices.IsSortedFunc(found, func(a, b storage.Leased) int {
		return cmp.Compare(a.Delivery.Number, b.Delivery.Number)
	}) {
		_, err := t.exec(l.op, leaseSQL, l.until, jsonList(numbers))
		return err
	}
	_, err := t.exec(l.op, leaseRunSQL, l.until, first, last)
	return err
}

// served ends what is over and writes down how an intent stands after its turn.
func (t *tx) served(l *leasing, i *intent, over []storage.Delivery, leased int64) error {
	ended := map[storage.DeliveryState]int64{}
	for n := range over {
		d := &over[n]
		ended[d.State]++
		if d.State == storage.DeliveryGone {
			var err error
			if d.Code, err = t.why(l.op, d); err != nil {
				return err
			}
		}
		if _, err := t.exec(l.op, overSQL, codeIn(deliveryStates, d.State), max(l.now, 1), d.Code, d.Number); err != nil {
			return err
		}
	}
	for state, n := range ended {
		if err := t.countState(l.op, i.Number, state, n); err != nil {
			return err
		}
	}
	l.turn++
	taken := leased + int64(len(over))
	next, ready := driver.Value(nil), int64(0)
	if i.waits > taken {
		row, err := t.first(l.op, nextRowSQL, i.Number)
		if err != nil {
			return err
		}
		if next = row[0]; integer(next) <= l.now {
			ready = 1
		}
	}
	if _, err := t.exec(l.op, servedSQL, i.Number, taken, leased, l.turn, next, ready); err != nil {
		return err
	}
	i.waits, i.leased = i.waits-taken, i.leased+leased
	return t.settled(l.op, i, l.now)
}

// settled makes an intent done that has nothing left.
func (t *tx) settled(op string, i *intent, at int64) error {
	if i.waits+i.leased+i.unplanned > 0 || i.over() {
		return nil
	}
	i.State = storage.IntentDone
	_, err := t.exec(op, moveIntentSQL, codeIn(intentStates, i.State), max(at, 1), i.Number)
	return err
}
