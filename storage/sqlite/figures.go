package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"errors"

	"lantoa/storage"
	"lantoa/storage/internal/tally"
	"lantoa/syncproto"
)

const (
	countedSQL  = "SELECT number FROM counted WHERE one = 1"
	countersSQL = "SELECT span, unit, counts FROM counters WHERE span >= ? AND span <= ? ORDER BY span, unit"
	counterSQL  = "SELECT counts FROM counters WHERE span = ? AND unit = ?"
	callSumSQL  = "SELECT at, reaches FROM call_sums WHERE call = ?"
	authorsSQL  = "SELECT DISTINCT unit, author FROM submissions INDEXED BY submissions_sent WHERE sent >= ? AND sent < ? ORDER BY unit, author"
	activeSQL   = `SELECT d.unit, count(*) FROM contacts c JOIN devices d ON d.id = c.device
		WHERE c.at >= ? AND d.revoked = 0 GROUP BY d.unit ORDER BY d.unit`
	waitsOfSQL = `SELECT unit, state, (SELECT count(*) FROM json_each(?) WHERE since < value) AS age, count(*)
		FROM submissions INDEXED BY submissions_open WHERE ` + openOnly + ` AND state IN ('submitted', 'resubmitted', 'in_review', 'unclaimed')
		GROUP BY unit, state, age ORDER BY unit, state, age`
)

// Counted implements storage.FigureReader.
func (r *reader) Counted() (int64, error) {
	row, err := r.first("read what was counted", countedSQL)
	if err != nil || row == nil {
		return 0, err
	}
	return integer(row[0]), nil
}

// Counters implements storage.FigureReader.
func (r *reader) Counters(from, until int64, yield func(c *storage.Counters) bool) error {
	const op = "read counters"
	c := storage.Counters{Counts: map[string]int64{}}
	whole := true
	err := r.each(op, countersSQL, func(row []driver.Value) bool {
		clear(c.Counts)
		c.Span, c.Unit = integer(row[0]), idOf(row[1])
		whole = tally.Into(c.Counts, blob(row[2]))
		return whole && yield(&c)
	}, from, until)
	if err == nil && !whole {
		err = syncproto.E(syncproto.CodeStoreBroken, op, errors.New("counters that cannot be read"))
	}
	return err
}

// CallSum implements storage.FigureReader.
func (r *reader) CallSum(call syncproto.ID) (*storage.CallSum, error) {
	const op = "read sums of a call"
	row, err := r.first(op, callSumSQL, id16(call))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	s := &storage.CallSum{Call: call, At: integer(row[0])}
	if err := json.Unmarshal([]byte(text(row[1])), &s.Reaches); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, op, err)
	}
	return s, nil
}

// Waits implements storage.FigureReader.
func (r *reader) Waits(edges []int64) (out []storage.Wait, err error) {
	if edges == nil {
		edges = []int64{}
	}
	list, _ := json.Marshal(edges) // numbers
	err = r.each("count what waits", waitsOfSQL, func(row []driver.Value) bool {
		out = append(out, storage.Wait{
			Unit: idOf(row[0]), State: syncproto.State(text(row[1])), Age: int(integer(row[2])), Count: int(integer(row[3])),
		})
		return true
	}, string(list))
	return out, err
}

// Authors implements storage.FigureReader.
func (r *reader) Authors(from, until int64, yield func(unit, author syncproto.ID) bool) error {
	return r.each("list authors", authorsSQL, func(row []driver.Value) bool { return yield(idOf(row[0]), idOf(row[1])) }, from, until)
}

// ActiveDevices implements storage.FigureReader.
func (r *reader) ActiveDevices(since int64) (out []storage.UnitCount, err error) {
	err = r.each("count devices that came", activeSQL, func(row []driver.Value) bool {
		out = append(out, storage.UnitCount{Unit: idOf(row[0]), Count: int(integer(row[1]))})
		return true
	}, since)
	return out, err
}

// Count implements storage.FigureWriter.
func (t *tx) Count(after, upTo int64, add []storage.Counters) error {
	const op = "count"
	result, err := t.exec(op, "UPDATE counted SET number = ? WHERE one = 1 AND number = ?", upTo, after)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return syncproto.E(syncproto.CodeStaleRevision, op, err)
	}
	for i := range add {
		if err := t.addCounters(op, &add[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) addCounters(op string, c *storage.Counters) error {
	unit := key16(c.Unit)
	row, err := t.first(op, counterSQL, c.Span, unit)
	if err != nil {
		return err
	}
	sum := make(map[string]int64, len(c.Counts))
	if row != nil && !tally.Into(sum, blob(row[0])) {
		return syncproto.E(syncproto.CodeStoreBroken, op, errors.New("counters that cannot be read"))
	}
	for name, n := range c.Counts {
		sum[name] += n
	}
	stored := tally.Append(nil, sum)
	if len(stored) == 0 {
		_, err = t.exec(op, "DELETE FROM counters WHERE span = ? AND unit = ?", c.Span, unit)
		return err
	}
	_, err = t.exec(op, `INSERT INTO counters (span, unit, counts) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET counts = excluded.counts`, c.Span, unit, stored)
	return err
}

// Uncount implements storage.FigureWriter.
func (t *tx) Uncount() error {
	const op = "forget counters"
	if _, err := t.exec(op, "DELETE FROM counters"); err != nil {
		return err
	}
	_, err := t.exec(op, "UPDATE counted SET number = 0 WHERE one = 1")
	return err
}

// PutCallSum implements storage.FigureWriter.
func (t *tx) PutCallSum(s *storage.CallSum) error {
	const op = "store sums of a call"
	call := id16(s.Call)
	if call == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	reaches, err := json.Marshal(s.Reaches)
	if err != nil {
		return syncproto.E(syncproto.CodeInternal, op, err)
	}
	_, err = t.exec(op, `INSERT INTO call_sums (call, at, reaches) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET at = excluded.at, reaches = excluded.reaches`, call, s.At, string(reaches))
	return err
}
