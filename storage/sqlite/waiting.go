package sqlite

import (
	"database/sql/driver"
	"strconv"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// waiting are new rows that a transaction holds back, so that those of many records go into the file together: a
// statement for each row, inside a savepoint for each mutation, costs more than the rows. Nobody can tell the
// difference. What asks the file is preceded by a write of what waits, unless the answer is known to be the same; and
// a savepoint in which nothing but new rows came up is undone by forgetting them.
type waiting struct {
	records []newRecord
	places  []newPlace
	judged  []newJudged
}

type newRecord struct {
	id  key
	row *row
}

type newPlace struct {
	place
	rid int64
	at  driver.Value
}

type newJudged struct {
	device          syncproto.ID
	first, last, at int64
	judged          []byte
}

// marks are lengths of the lists of waiting.
type marks struct{ records, places, judged int }

func (w *waiting) marks() marks { return marks{len(w.records), len(w.places), len(w.judged)} }

func (w *waiting) cut(m marks) {
	w.records, w.places, w.judged = w.records[:m.records], w.places[:m.places], w.judged[:m.judged]
}

const (
	// atOnce is how many rows one statement inserts, when there are as many.
	atOnce = 16
	// maxHeldBack is the size of a row from which on it does not wait: it is what does not fit on a full disk, and the
	// savepoint that it belongs to should hear of that.
	maxHeldBack = 8 << 10
	// maxWaiting bounds the records that wait.
	maxWaiting = 1024
)

var (
	insertRecord = rowsOf("INSERT INTO records (rid, id, revision, deleted, hash, parent, places, writers, body, wire) VALUES ", 10)
	insertPlace  = rowsOf("INSERT INTO feed (scope, sequence, rid, at) VALUES ", 4)
	insertJudged = rowsOf("INSERT INTO outcomes (device, first, at, judged) VALUES ", 4)
)

// rowsOf returns a statement that inserts one row and one that inserts atOnce.
func rowsOf(insert string, columns int) [2]string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	return [2]string{insert + row, insert + strings.TrimSuffix(strings.Repeat(row+",", atOnce), ",")}
}

// insertRow inserts a new record's row, now or later.
func (t *tx) insertRow(op string, id key, k *row) error {
	if t.rid == 0 {
		newest, err := t.glance(op, "SELECT max(rid) FROM records")
		if err != nil {
			return err
		}
		t.rid = integer(newest[0])
	}
	t.rid++
	k.rid = t.rid
	t.waiting.records = append(t.waiting.records, newRecord{id, k})
	if len(k.parent) > 0 {
		if t.families == nil {
			t.families = map[key]struct{}{}
		}
		t.families[key(k.parent)] = struct{}{}
	}
	if len(k.wire)+len(k.body) > maxHeldBack || len(t.waiting.records)-t.written.records > maxWaiting {
		return t.settle()
	}
	return nil
}

// settle opens the savepoints that were not needed so far and writes what waits.
func (t *tx) settle() error {
	if t.broken != nil {
		return t.broken
	}
	for i := range t.levels {
		l := &t.levels[i]
		if l.open {
			continue
		}
		if err := t.writeWaiting(l.waiting); err != nil {
			return err
		}
		if err := t.run("savepoint", "SAVEPOINT one"); err != nil {
			return err
		}
		l.open = true
	}
	return t.writeWaiting(t.waiting.marks())
}

// writeWaiting writes what waits, up to some marks.
func (t *tx) writeWaiting(to marks) error {
	if t.written == to {
		return nil
	}
	records := t.waiting.records[t.written.records:to.records]
	err := insert(t, "store record", insertRecord, records, func(r *newRecord, args []driver.Value) []driver.Value {
		k := r.row
		return append(args, k.rid, r.id[:], k.revision, flag(k.deleted), k.hash[:], k.parent, encodePlaces(k.places), k.writers, k.body, k.wire)
	})
	if err != nil {
		return err
	}
	places := t.waiting.places[t.written.places:to.places]
	err = insert(t, "store record", insertPlace, places, func(p *newPlace, args []driver.Value) []driver.Value {
		return append(args, int64(p.scope), int64(p.sequence), p.rid, p.at)
	})
	if err != nil {
		return err
	}
	judged := t.waiting.judged[t.written.judged:to.judged]
	err = insert(t, "store outcomes", insertJudged, judged, func(j *newJudged, args []driver.Value) []driver.Value {
		return append(args, id16(j.device), j.first, j.at, j.judged)
	})
	for i := 0; i < len(judged) && err == nil; i++ {
		err = t.run("store outcomes", "UPDATE devices SET accepted = ? WHERE id = ?", judged[i].last, id16(judged[i].device))
	}
	if err == nil {
		t.written = to
	}
	return err
}

// insert inserts rows, atOnce in a statement as long as there are as many.
func insert[T any](t *tx, op string, sql [2]string, rows []T, columns func(*T, []driver.Value) []driver.Value) error {
	for len(rows) > 0 {
		n, text := 1, sql[0]
		if len(rows) >= atOnce {
			n, text = atOnce, sql[1]
		}
		t.args = t.args[:0]
		for i := range n {
			t.args = columns(&rows[i], t.args)
		}
		if err := t.run(op, text, t.args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// keepWaiting gives rows that still wait their place in the memory of the transaction, after it was cleared.
func (t *tx) keepWaiting() {
	for i := range t.waiting.records[t.written.records:] {
		r := &t.waiting.records[t.written.records+i]
		t.rows[r.id] = r.row
	}
}

// Device implements storage.DeviceReader. A push asks twice for its device, and what was accepted may still wait.
func (t *tx) Device(id syncproto.ID) (*storage.Device, error) {
	if t.device == nil || t.device.ID != id {
		d, err := t.reader.Device(id)
		if err != nil {
			return nil, err
		}
		for i := len(t.waiting.judged) - 1; i >= t.written.judged; i-- {
			if j := &t.waiting.judged[i]; j.device == id {
				d.Accepted = j.last
				break
			}
		}
		t.device = d
	}
	d := *t.device
	return &d, nil
}

// asked is how many records one question of Expect is about.
const asked = 16

// expectSQL asks whether any of some records is there, or anything that hangs under one of them.
var expectSQL = func() string {
	b := []byte("SELECT ")
	for i := range asked {
		if i > 0 {
			b = append(b, " OR "...)
		}
		n := strconv.Itoa(i + 1)
		b = append(b, "EXISTS (SELECT 1 FROM records WHERE id = ?"+n+") OR EXISTS (SELECT 1 FROM records WHERE parent = ?"+n+")"...)
	}
	return string(b)
}()

// Expect implements storage.Expecter: most of what phones push is new, and that many records are can be asked at once.
func (t *tx) Expect(ids []syncproto.ID) error {
	var room [asked]key
	list := room[:0]
	for _, id := range ids {
		k, ok := id.Bytes()
		if _, known := t.rows[k]; !ok || known {
			continue
		}
		if list = append(list, k); len(list) == asked {
			if err := t.expect(list); err != nil {
				return err
			}
			list = list[:0]
		}
	}
	if len(list) < 2 {
		return nil
	}
	return t.expect(list)
}

func (t *tx) expect(keys []key) error {
	t.args = t.args[:0]
	for i := range asked {
		t.args = append(t.args, keys[min(i, len(keys)-1)][:])
	}
	found, err := t.glance("expect records", expectSQL, t.args...)
	if err != nil || found == nil || integer(found[0]) != 0 {
		return err
	}
	for i := range keys {
		t.absent(keys[i], true)
	}
	return nil
}
