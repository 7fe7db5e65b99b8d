package sqlite

import (
	"cmp"
	"database/sql/driver"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// What happened to a recipient is one number: a column costs more than the row that it is in.
	reachesSQL = `SELECT person, unit, (received > 0 OR shown > 0 OR opened > 0) | ((opened > 0) << 1) | ((came > 0) << 2) |
		(pushed << 3) | (count << 5), choice, standing FROM recipients WHERE ` + ofList
	callKinds         = "kind IN ('urgent', 'call', 'reminder', 'result', 'information')"
	callIntentsSQL    = "SELECT number FROM intent WHERE record = ? AND " + callKinds
	callDeliveriesSQL = "SELECT person, state FROM delivery WHERE number >= ? AND number < ?"

	// Of the deliveries that PruneDeliveries is about to remove.
	prunedRows    = "(SELECT person, state FROM delivery WHERE number >= ?2 AND number < ?3 ORDER BY number LIMIT ?4)"
	keepPushedSQL = "UPDATE recipients SET pushed = 1 WHERE " + ofList + "AND pushed = 0 AND person IN (SELECT person FROM " + prunedRows +
		" WHERE state <> 10)"
	keepAcceptedSQL = "UPDATE recipients SET pushed = 3 WHERE " + ofList + "AND pushed < 3 AND person IN (SELECT person FROM " + prunedRows +
		" WHERE state IN (2, 3))"
)

// What pushed and reachesSQL say in bits.
const (
	pushedRegistered = 1 << iota
	pushedAccepted
)

const (
	reachArrived = 1 << iota
	reachOpened
	reachCame
	reachPushed = 3
	reachCount  = 5
)

// Reaches implements storage.CallReader. Two passes, over the deliveries and over the list, cost half of what a join by
// person does.
func (r *reader) Reaches(call syncproto.ID) (out []storage.Reach, err error) {
	const op = "add up a call"
	pushed, err := r.pushed(op, call)
	if err != nil {
		return nil, err
	}
	units := map[key]int{}
	err = r.each(op, reachesSQL, func(row []driver.Value) bool {
		unit := keyOf(row[1])
		i, ok := units[unit]
		if !ok {
			i = len(out)
			units[unit] = i
			out = append(out, storage.Reach{Unit: idOf(row[1]), Choices: map[string]int64{}})
		}
		addReach(&out[i], row, pushed[keyOf(row[0])])
		return true
	}, id16(call))
	slices.SortFunc(out, func(a, b storage.Reach) int { return cmp.Compare(a.Unit, b.Unit) })
	return out, err
}

// keyOf returns the key in a column, zeros for none.
func keyOf(v driver.Value) (k key) {
	copy(k[:], blob(v))
	return k
}

// pushed returns in bits what the deliveries of a call say of each person.
func (r *reader) pushed(op string, call syncproto.ID) (map[key]uint8, error) {
	var intents []int64
	err := r.each(op, callIntentsSQL, func(row []driver.Value) bool {
		intents = append(intents, integer(row[0]))
		return true
	}, id16(call))
	if err != nil {
		return nil, err
	}
	out := map[key]uint8{}
	for _, number := range intents {
		err := r.each(op, callDeliveriesSQL, func(row []driver.Value) bool {
			switch deliveryStates[integer(row[1])] {
			case storage.DeliveryUnreachable:
			case storage.DeliveryAccepted, storage.DeliveryUnsure:
				out[keyOf(row[0])] = pushedRegistered | pushedAccepted
			default:
				out[keyOf(row[0])] |= pushedRegistered
			}
			return true
		}, number*ofIntent, (number+1)*ofIntent)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func addReach(m *storage.Reach, row []driver.Value, pushed uint8) {
	bits, choice := integer(row[2]), text(row[3])
	count := bits >> reachCount
	pushed |= uint8(bits>>reachPushed) & (pushedRegistered | pushedAccepted)
	m.Eligible++
	m.Registered += int64(pushed & pushedRegistered)
	m.Accepted += int64(pushed & pushedAccepted / pushedAccepted)
	m.Arrived += bits & reachArrived
	m.Opened += bits & reachOpened / reachOpened
	if choice != "" {
		m.Answered++
		m.Choices[choice]++
	}
	switch syncproto.State(text(row[4])) {
	case syncproto.StateRegistered, syncproto.StateCame:
		m.Places += count
	case syncproto.StateWaiting:
		m.Waiting++
	case syncproto.StateLate:
		m.Late++
	}
	if bits&reachCame != 0 {
		m.Came++
		m.CamePeople += max(count, 1)
	}
}

// keepPushed keeps what the first deliveries of an intent say of the persons on a call's list, before they are removed.
func (t *tx) keepPushed(op string, i *intent, limit int64) error {
	if !slices.Contains(syncproto.CallKinds(), syncproto.CallKind(i.Kind)) {
		return nil
	}
	for _, sql := range []string{keepPushedSQL, keepAcceptedSQL} {
		if _, err := t.exec(op, sql, id16(i.Record), i.Number*ofIntent, (i.Number+1)*ofIntent, limit); err != nil {
			return err
		}
	}
	return nil
}
