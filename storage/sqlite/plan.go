package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	insertDeliveryColumns = "INSERT INTO delivery (number, person, device, state, several, attempts, tries, due, until, lease, over, code) VALUES "
	// plannedSQL adds to an intent what a share brought.
	plannedSQL = `UPDATE intent SET unplanned = unplanned - 1, rows = rows + ?2, several = several + ?3, waits = waits + ?4,
	state = ?5, over = ?6, next = min(ifnull(next, ?7), ?7), latest = max(ifnull(latest, ?8), ?8) WHERE number = ?1`
	// plannedStillSQL is the same where nothing is to be leased.
	plannedStillSQL = `UPDATE intent SET unplanned = unplanned - 1, rows = rows + ?2, several = several + ?3, waits = waits + ?4,
	state = ?5, over = ?6 WHERE number = ?1`
)

var insertDelivery = rowsOf(insertDeliveryColumns, 12)

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
	result, err := t.exec(op, dropShareSQL, i.Number*ofIntent+int64(share.Number))
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, classify(op, err)
	}
	p := &planning{intent: i, order: inPersons(deliveries)}
	if err := t.insertDeliveries(op, p, deliveries); err != nil {
		return false, err
	}
	return true, t.planned(op, p)
}

// planning is what a share brings.
type planning struct {
	intent      *intent
	order       []int // of the deliveries, those of a person side by side
	several     int64
	waits       int64
	first, last int64 // due of those that wait
	over        int64
	ended       map[storage.DeliveryState]int64
}

// inPersons returns the order in which deliveries are numbered: as they come, but those of a person side by side.
func inPersons(deliveries []storage.Delivery) []int {
	of := make(map[syncproto.ID][]int, len(deliveries))
	for n := range deliveries {
		of[deliveries[n].Person] = append(of[deliveries[n].Person], n)
	}
	order := make([]int, 0, len(deliveries))
	for n := range deliveries {
		list := of[deliveries[n].Person]
		order = append(order, list...)
		delete(of, deliveries[n].Person)
	}
	return order
}

func (t *tx) insertDeliveries(op string, p *planning, deliveries []storage.Delivery) error {
	p.ended = map[storage.DeliveryState]int64{}
	args := make([]driver.Value, 0, 12*len(p.order))
	number := p.intent.Number*ofIntent + p.intent.rows
	for pos, n := range p.order {
		d := &deliveries[n]
		number++
		d.Number, d.Intent, d.Class = number, p.intent.Number, p.intent.Class
		d.Attempts, d.Lease = 0, 0
		same := func(pos int) bool {
			return pos >= 0 && pos < len(p.order) && deliveries[p.order[pos]].Person == d.Person
		}
		several := int64(0)
		switch {
		case same(pos - 1):
			several = 2
		case same(pos + 1):
			several = 1
		}
		p.add(d, several)
		args = append(args, number, id16(d.Person), id16(d.Device), codeIn(deliveryStates, d.State), several, int64(0), int64(0),
			d.Due, ownUntil(d, p.intent), int64(0), d.Over, d.Code)
	}
	return t.insertRows(op, insertDelivery, 12, args)
}

// ownUntil returns the time of a delivery if it is not its intent's.
func ownUntil(d *storage.Delivery, i *intent) driver.Value {
	if d.Until == i.Until {
		return nil
	}
	return d.Until
}

func (p *planning) add(d *storage.Delivery, several int64) {
	p.several += min(several, 1)
	p.over = max(p.over, d.Over)
	if d.State.Over() {
		p.ended[d.State]++
		return
	}
	d.Over = 0
	if p.waits == 0 {
		p.first, p.last = d.Due, d.Due
	}
	p.waits++
	p.first, p.last = min(p.first, d.Due), max(p.last, d.Due)
}

// planned writes down what a share brought. After the last one its intent is open, or done if nothing is left.
func (t *tx) planned(op string, p *planning) error {
	i := p.intent
	for state, n := range p.ended {
		if err := t.countState(op, i.Number, state, n); err != nil {
			return err
		}
	}
	state, over := i.State, i.Over
	if i.unplanned == 1 {
		switch {
		case i.waits+i.leased+p.waits == 0:
			state, over = storage.IntentDone, max(p.over, i.At, 1)
		case state == storage.IntentPlanning:
			state = storage.IntentOpen
		}
	}
	args := []driver.Value{i.Number, int64(len(p.order)), p.several, p.waits, codeIn(intentStates, state), over}
	if p.waits == 0 || !i.active() {
		_, err := t.exec(op, plannedStillSQL, args...)
		return err
	}
	_, err := t.exec(op, plannedSQL, append(args, p.first, p.last)...)
	return err
}
