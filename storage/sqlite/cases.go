package sqlite

import (
	"database/sql/driver"
	"encoding/hex"
	"math"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	caseColumns = `SELECT id, opened, answer_by, done_by, extended, answered, closed, due, person, record, consent, unit,
	by_person, kind, result, who, note, steps FROM cases `
	// What is given to the four lists: where to go on, the limit and, to those of units, the units.
	casesAfter       = "(done_by, id) > (?1, ?2) "
	casesOrder       = "ORDER BY done_by, id"
	casesOfUnits     = "AND unit IN (SELECT unhex(value) FROM json_each(?4)) " + casesOrder + " LIMIT ?3) " + casesOrder
	casesSQL         = caseColumns + "WHERE " + casesAfter + casesOrder + " LIMIT ?3"
	openCasesSQL     = caseColumns + "WHERE closed = 0 AND " + casesAfter + casesOrder + " LIMIT ?3"
	unitCasesSQL     = caseColumns + "WHERE id IN (SELECT id FROM cases WHERE " + casesAfter + casesOfUnits
	openUnitCasesSQL = caseColumns + "WHERE id IN (SELECT id FROM cases WHERE closed = 0 AND " + casesAfter + casesOfUnits

	casesDueSQL = caseColumns + "WHERE due > 0 AND due <= ? ORDER BY due, id LIMIT ?"

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

// Cases implements storage.CaseReader. Units are looked for along the list in order: who asks answers for hundreds of
// them, and cases are few.
func (r *reader) Cases(units []syncproto.ID, open bool, after syncproto.ID, limit int) ([]storage.Case, error) {
	args := []driver.Value{int64(math.MinInt64), []byte{}, int64(limit)}
	if after != "" {
		last, err := r.Case(after)
		if err != nil {
			return nil, err
		}
		args[0], args[1] = last.DoneBy, id16(after)
	}
	sql := casesSQL
	switch {
	case units != nil && open:
		sql = openUnitCasesSQL
	case units != nil:
		sql = unitCasesSQL
	case open:
		sql = openCasesSQL
	}
	if units != nil {
		args = append(args, hexList(units))
	}
	return r.cases(sql, args...)
}

// hexList returns ids as a JSON list of hexadecimal words, which SQLite reads as a table.
func hexList(ids []syncproto.ID) string {
	b := []byte("[")
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		raw, _ := id.Bytes()
		b = append(b, '"')
		b = hex.AppendEncode(b, raw[:])
		b = append(b, '"')
	}
	return string(append(b, ']'))
}

// CasesDue implements storage.CaseReader.
func (r *reader) CasesDue(at int64, limit int) ([]storage.Case, error) {
	return r.cases(casesDueSQL, at, int64(limit))
}

func (r *reader) cases(sql string, args ...driver.Value) (out []storage.Case, err error) {
	err = r.each("list cases", sql, func(row []driver.Value) bool {
		out = append(out, *caseOf(row))
		return true
	}, args...)
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
