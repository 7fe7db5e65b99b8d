package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	personColumns    = "SELECT id, created, suspended, closed, phone, name FROM persons "
	personsSQL       = personColumns + "WHERE id > ? ORDER BY id LIMIT ?"
	personByPhoneSQL = personColumns + "WHERE phone = ? AND closed = 0 AND phone <> ''"

	grantColumns = "SELECT person, id, unit, since, until, role FROM grants "
	grantsSQL    = grantColumns + "WHERE person = ? ORDER BY id"
	membersSQL   = grantColumns + "WHERE unit = ? ORDER BY person, id"
	grantsOfSQL  = grantColumns + "WHERE person > ? ORDER BY person, id"

	devicesOfSQL = deviceColumns + "WHERE person = ? ORDER BY id"
)

func personOf(row []driver.Value) *storage.Person {
	return &storage.Person{
		ID: idOf(row[0]), Created: integer(row[1]), Suspended: integer(row[2]), Closed: integer(row[3]), Phone: text(row[4]),
		Name: text(row[5]),
	}
}

func grantOf(row []driver.Value) syncproto.Grant {
	return syncproto.Grant{
		Person: idOf(row[0]), ID: idOf(row[1]), Unit: idOf(row[2]), From: integer(row[3]), Until: integer(row[4]),
		Role: syncproto.Role(text(row[5])),
	}
}

// Person implements storage.PeopleReader.
func (r *reader) Person(id syncproto.ID) (*storage.Person, error) {
	return r.person(personColumns+"WHERE id = ?", id16(id))
}

// PersonByPhone implements storage.PersonReader.
func (r *reader) PersonByPhone(phone string) (*storage.Person, error) {
	return r.person(personByPhoneSQL, phone)
}

func (r *reader) person(sql string, key driver.Value) (*storage.Person, error) {
	const op = "read person"
	row, err := r.first(op, sql, key)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return personOf(row), nil
}

// Persons implements storage.PersonReader.
func (r *reader) Persons(after syncproto.ID, limit int) (out []storage.Person, err error) {
	err = r.each("list persons", personsSQL, func(row []driver.Value) bool {
		out = append(out, *personOf(row))
		return true
	}, idOrEmpty(after), int64(limit))
	return out, err
}

// Grants implements storage.PeopleReader.
func (r *reader) Grants(person syncproto.ID) ([]syncproto.Grant, error) {
	return r.grants(grantsSQL, id16(person))
}

// Members implements storage.PersonReader.
func (r *reader) Members(unit syncproto.ID) ([]syncproto.Grant, error) {
	return r.grants(membersSQL, id16(unit))
}

func (r *reader) grants(sql string, key driver.Value) (out []syncproto.Grant, err error) {
	err = r.each("read grants", sql, func(row []driver.Value) bool {
		out = append(out, grantOf(row))
		return true
	}, key)
	return out, err
}

// GrantsOf implements storage.PersonReader.
func (r *reader) GrantsOf(after syncproto.ID, limit int) (out []syncproto.Grant, err error) {
	err = r.each("list grants", grantsOfSQL, func(row []driver.Value) bool {
		g := grantOf(row)
		if full := limit >= 0 && len(out) >= limit; full && (len(out) == 0 || out[len(out)-1].Person != g.Person) {
			return false
		}
		out = append(out, g)
		return true
	}, idOrEmpty(after))
	return out, err
}

// DevicesOf implements storage.PersonReader.
func (r *reader) DevicesOf(person syncproto.ID) (out []storage.Device, err error) {
	err = r.each("list devices of a person", devicesOfSQL, func(row []driver.Value) bool {
		out = append(out, *deviceOf(row))
		return true
	}, id16(person))
	return out, err
}

// PutPerson implements storage.PeopleWriter.
func (t *tx) PutPerson(p *storage.Person) error {
	const op = "store person"
	id := id16(p.ID)
	if id == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	if p.Phone != "" && p.Closed == 0 {
		switch other, err := t.PersonByPhone(p.Phone); {
		case err == nil && other.ID != p.ID:
			return syncproto.E(syncproto.CodeRecordExists, op, nil)
		case err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound:
			return err
		}
	}
	_, err := t.exec(op, `INSERT INTO persons (id, created, suspended, closed, phone, name) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET created = excluded.created, suspended = excluded.suspended, closed = excluded.closed,
		phone = excluded.phone, name = excluded.name`,
		id, p.Created, p.Suspended, p.Closed, p.Phone, p.Name)
	if err != nil {
		return err
	}
	return t.raiseAccess()
}
