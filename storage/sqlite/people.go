package sqlite

import (
	"database/sql/driver"
	"encoding/json"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Units implements storage.PeopleReader.
func (r *reader) Units() (out []syncproto.Unit, err error) {
	const op = "read units"
	var failed error
	err = r.each(op, "SELECT id, parent, since, until, name, level, successors FROM units ORDER BY id",
		func(row []driver.Value) bool {
			u := syncproto.Unit{
				ID: idOf(row[0]), Parent: idOf(row[1]), From: integer(row[2]), Until: integer(row[3]),
				Name: text(row[4]), Level: text(row[5]),
			}
			failed = json.Unmarshal([]byte(text(row[6])), &u.Successors)
			out = append(out, u)
			return failed == nil
		})
	if err == nil && failed != nil {
		err = syncproto.E(syncproto.CodeStoreBroken, op, failed)
	}
	return out, err
}

// EnrollCode implements storage.PeopleReader.
func (r *reader) EnrollCode(hash [32]byte) (*storage.EnrollCode, error) {
	const op = "read enrollment code"
	row, err := r.first(op, `SELECT unit, person, created, expires, used, device, nonce, role, name
		FROM enroll_codes WHERE hash = ?`, hash[:])
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	c := &storage.EnrollCode{
		Hash: hash, Unit: idOf(row[0]), Person: idOf(row[1]), Created: integer(row[2]), Expires: integer(row[3]),
		Used: integer(row[4]), Device: idOf(row[5]), Role: syncproto.Role(text(row[7])), Name: text(row[8]),
	}
	copy(c.Nonce[:], blob(row[6]))
	return c, nil
}

// PutUnit implements storage.PeopleWriter.
func (t *tx) PutUnit(u *syncproto.Unit) error {
	const op = "store unit"
	successors, err := json.Marshal(u.Successors)
	if err != nil {
		return classify(op, err)
	}
	_, err = t.exec(op, `INSERT INTO units (id, parent, since, until, name, level, successors) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET parent = excluded.parent, since = excluded.since, until = excluded.until,
		name = excluded.name, level = excluded.level, successors = excluded.successors`,
		id16(u.ID), id16(u.Parent), u.From, u.Until, u.Name, u.Level, string(successors))
	if err != nil {
		return err
	}
	if _, err = t.exec(op, firstVersionSQL, id16(u.ID), u.From, id16(u.Parent), u.Name, u.Level); err != nil {
		return err
	}
	return t.raiseAccess()
}

// PutGrant implements storage.PeopleWriter.
func (t *tx) PutGrant(g *syncproto.Grant) error {
	_, err := t.exec("store grant", `INSERT INTO grants (person, id, unit, since, until, role) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET unit = excluded.unit, since = excluded.since, until = excluded.until, role = excluded.role`,
		id16(g.Person), id16(g.ID), id16(g.Unit), g.From, g.Until, string(g.Role))
	if err != nil {
		return err
	}
	return t.raiseAccess()
}

// PutEnrollCode implements storage.PeopleWriter.
func (t *tx) PutEnrollCode(c *storage.EnrollCode) error {
	_, err := t.exec("store enrollment code", `INSERT INTO enroll_codes
		(hash, unit, person, created, expires, used, device, nonce, role, name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET unit = excluded.unit, person = excluded.person, created = excluded.created,
		expires = excluded.expires, used = excluded.used, device = excluded.device, nonce = excluded.nonce,
		role = excluded.role, name = excluded.name`,
		c.Hash[:], id16(c.Unit), id16(c.Person), c.Created, c.Expires, c.Used, id16(c.Device), c.Nonce[:], string(c.Role), c.Name)
	return err
}
