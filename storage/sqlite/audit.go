package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	auditColumns    = "SELECT number, at, person, device, grant_id, unit, record, act, detail FROM audits "
	auditsSQL       = auditColumns + "WHERE number > ? ORDER BY number LIMIT ?"
	recordAuditsSQL = auditColumns + "WHERE record = ? AND number > ? ORDER BY number LIMIT ?"
	personAuditsSQL = auditColumns + "WHERE person = ? AND number > ? ORDER BY number LIMIT ?"
)

// Audits implements storage.AuditReader.
func (r *reader) Audits(record syncproto.ID, above int64, limit int) ([]storage.Audit, error) {
	if record != "" {
		return r.audits(recordAuditsSQL, id16(record), above, int64(limit))
	}
	return r.audits(auditsSQL, above, int64(limit))
}

// AuditsBy implements storage.PersonReader.
func (r *reader) AuditsBy(person syncproto.ID, above int64, limit int) ([]storage.Audit, error) {
	return r.audits(personAuditsSQL, id16(person), above, int64(limit))
}

func (r *reader) audits(sql string, args ...driver.Value) (out []storage.Audit, err error) {
	err = r.each("read audit log", sql, func(row []driver.Value) bool {
		out = append(out, storage.Audit{
			Number: integer(row[0]), At: integer(row[1]), Person: idOf(row[2]), Device: idOf(row[3]), Grant: idOf(row[4]),
			Unit: idOf(row[5]), Record: idOf(row[6]), Act: text(row[7]), Detail: text(row[8]),
		})
		return true
	}, args...)
	return out, err
}

// AddAudit implements storage.AuditWriter. SQLite numbers rows by the highest that is there, and one that was rolled
// back is not there.
func (t *tx) AddAudit(a *storage.Audit) error {
	const op = "write audit log"
	result, err := t.exec(op, `INSERT INTO audits (at, person, device, grant_id, unit, record, act, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, a.At, id16(a.Person), id16(a.Device), id16(a.Grant), id16(a.Unit), id16(a.Record),
		a.Act, a.Detail)
	if err != nil {
		return err
	}
	a.Number, err = result.LastInsertId()
	return classify(op, err)
}
