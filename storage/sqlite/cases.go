package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	caseColumns = `SELECT id, opened, answer_by, done_by, extended, answered, closed, due, person, record, consent, unit,
	by_person, kind, result, who, note, steps FROM cases `
	casesSQL     = caseColumns + "WHERE (done_by, id) > (?, ?) ORDER BY done_by, id"
	openCasesSQL = caseColumns + "WHERE closed = 0 AND (done_by, id) > (?, ?) ORDER BY done_by, id"
	casesDueSQL  = caseColumns + "WHERE due > 0 AND due <= ? ORDER BY due, id LIMIT ?"

	putCaseSQL = `INSERT INTO cases (id, opened, answer_by, done_by, extended, answered, closed, due, person, record, consent,
	unit, by_person, kind, result, who, note, steps) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET opened = excluded.opened, answer_by = excluded.answer_by, done_by = excluded.done_by,
	extended = excluded.extended, answered = excluded.answered, closed = excluded.closed, due = excluded.due,
	person = excluded.person, record = excluded.record, consent = excluded.consent, unit = excluded.unit,
	by_person = excluded.by_person, kind = excluded.kind, result = excluded.result, who = excluded.who, note = excluded.note,
	steps = excluded.steps`
)

func caseOf(row []driver.Value) *storage.Case {
	return &storage.Case{
		ID: idOf(row[0]), Opened: integer(row[1]), AnswerBy: integer(row[2]), DoneBy: integer(row[3]), Extended: integer(row[4]),
		Answered: integer(row[5]), Closed: integer(row[6]), Due: integer(row[7]), Person: idOf(row[8]), Record: idOf(row[9]),
		Consent: idOf(row[10]), Unit: idOf(row[11]), By: idOf(row[12]), Kind: storage.CaseKind(text(row[13])),
		Result: text(row[14]), Who: text(row[15]), Note: text(row[16]), Steps: blob(row[17]),
	}
}

// Case implements storage.CaseReader.
func (r *reader) Case(id syncproto.ID) (*storage.Case, error) {
	const op = "read case"
	row, err := r.first(op, caseColumns+"WHERE id = ?", id16(id))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return caseOf(row), nil
}

// Cases implements storage.CaseReader. Units are looked for along the list in order: cases are few, and those who ask
// answer for hundreds of units.
func (r *reader) Cases(units []syncproto.ID, open bool, after syncproto.ID, limit int) (out []storage.Case, err error) {
	from := []driver.Value{int64(-1 << 63), []byte{}}
	if after != "" {
		last, err := r.Case(after)
		if err != nil {
			return nil, err
		}
		from = []driver.Value{last.DoneBy, id16(after)}
	}
	sql := casesSQL
	if open {
		sql = openCasesSQL
	}
	wanted := make(map[syncproto.ID]struct{}, len(units))
	for _, unit := range units {
		wanted[unit] = struct{}{}
	}
	err = r.each("list cases", sql, func(row []driver.Value) bool {
		if len(out) == limit {
			return false
		}
		if _, ok := wanted[idOf(row[11])]; ok || units == nil {
			out = append(out, *caseOf(row))
		}
		return true
	}, from...)
	return out, err
}

// CasesDue implements storage.CaseReader.
func (r *reader) CasesDue(at int64, limit int) (out []storage.Case, err error) {
	err = r.each("list cases that are due", casesDueSQL, func(row []driver.Value) bool {
		out = append(out, *caseOf(row))
		return true
	}, at, int64(limit))
	return out, err
}

// PutCase implements storage.CaseWriter.
func (t *tx) PutCase(c *storage.Case) error {
	const op = "store case"
	id := id16(c.ID)
	if id == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, putCaseSQL, id, c.Opened, c.AnswerBy, c.DoneBy, c.Extended, c.Answered, c.Closed, c.Due,
		id16(c.Person), id16(c.Record), id16(c.Consent), id16(c.Unit), id16(c.By), string(c.Kind), c.Result, c.Who, c.Note,
		orNull(c.Steps))
	return err
}
