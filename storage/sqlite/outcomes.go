package sqlite

import (
	"database/sql/driver"
	"encoding/binary"

	"lantoa/storage"
	"lantoa/syncproto"
)

// The outcomes of one request share a row: for each, its length, the mutation's hash, and its wire form.

func appendJudged(b []byte, j *storage.Judged) []byte {
	var room [256]byte
	wire := syncproto.AppendOutcome(room[:0], &j.Outcome)
	b = binary.AppendUvarint(b, uint64(len(wire)))
	b = append(b, j.Hash[:]...)
	return append(b, wire...)
}

// judgedAt reads the outcome at an index; nil if the row ends before.
func judgedAt(b []byte, index int64) (*storage.Judged, error) {
	for {
		n, size := binary.Uvarint(b)
		if size <= 0 || uint64(len(b)-size) < 16+n {
			return nil, nil
		}
		b = b[size:]
		if index > 0 {
			b, index = b[16+n:], index-1
			continue
		}
		j := &storage.Judged{Hash: syncproto.Hash(b[:16])}
		var err error
		if j.Outcome, err = syncproto.DecodeOutcome(b[16 : 16+n]); err != nil {
			return nil, syncproto.E(syncproto.CodeStoreBroken, "decode outcome", err)
		}
		return j, nil
	}
}

const (
	outcomesSQL = "SELECT first, judged FROM outcomes WHERE device = ? AND first <= ? ORDER BY first DESC LIMIT 1"
	originSQL   = "SELECT number, judged FROM origins WHERE device = ? AND number = ?"
)

// Judged implements storage.DeviceReader.
func (r *reader) Judged(device syncproto.ID, number int64) (*storage.Judged, error) {
	const op = "read outcome"
	for _, sql := range []string{outcomesSQL, originSQL} {
		row, err := r.first(op, sql, id16(device), number)
		if err != nil {
			return nil, err
		}
		if row == nil {
			continue
		}
		if j, err := judgedAt(blob(row[1]), number-integer(row[0])); err != nil || j != nil {
			return j, err
		}
	}
	return nil, missing(op)
}

// Brought implements storage.DeviceReader.
func (r *reader) Brought(device syncproto.ID, above int64, limit int) (numbers []int64, err error) {
	err = r.scan("list brought", "SELECT number FROM origins WHERE device = ? AND number > ? ORDER BY number LIMIT ?",
		func(row []driver.Value) bool {
			numbers = append(numbers, integer(row[0]))
			return true
		}, id16(device), above, int64(limit))
	return numbers, err
}

// AddJudged implements storage.DeviceWriter.
func (t *tx) AddJudged(device syncproto.ID, first int64, judged []storage.Judged) error {
	const op = "store outcomes"
	d, err := t.Device(device)
	if err != nil {
		return err
	}
	if first != d.Accepted+1 {
		return syncproto.E(syncproto.CodeOutOfOrder, op, nil)
	}
	if len(judged) == 0 {
		return nil
	}
	b := make([]byte, 0, 96*len(judged))
	for i := range judged {
		b = appendJudged(b, &judged[i])
	}
	last := d.Accepted + int64(len(judged))
	t.waiting.judged = append(t.waiting.judged, newJudged{device, first, last, t.now(), b})
	t.device.Accepted = last
	return nil
}

// AddOrigin implements storage.DeviceWriter.
func (t *tx) AddOrigin(o syncproto.Origin, j storage.Judged) error {
	_, err := t.exec("store origin", `INSERT INTO origins (device, number, at, judged) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET at = excluded.at, judged = excluded.judged`,
		id16(o.Device), o.Number, t.now(), appendJudged(nil, &j))
	return err
}

// DeadLetters implements storage.DeviceReader.
func (r *reader) DeadLetters(device syncproto.ID, after int64, limit int) (out []storage.DeadLetter, err error) {
	err = r.each("list dead letters", `SELECT number, at, person, unit, code, wire FROM dead_letters
		WHERE device = ? AND number > ? ORDER BY number LIMIT ?`, func(row []driver.Value) bool {
		out = append(out, storage.DeadLetter{
			Device: device, Number: integer(row[0]), At: integer(row[1]), Person: idOf(row[2]), Unit: idOf(row[3]),
			Code: syncproto.Code(text(row[4])), Wire: blob(row[5]),
		})
		return true
	}, id16(device), after, int64(limit))
	return out, err
}

// AddDeadLetter implements storage.DeviceWriter.
func (t *tx) AddDeadLetter(d *storage.DeadLetter) error {
	_, err := t.exec("store dead letter", `INSERT INTO dead_letters (device, number, at, person, unit, code, wire)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET at = excluded.at, code = excluded.code, wire = excluded.wire`,
		id16(d.Device), d.Number, d.At, id16(d.Person), id16(d.Unit), string(d.Code), d.Wire)
	return err
}
