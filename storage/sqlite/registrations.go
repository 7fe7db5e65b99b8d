package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	registrationFields  = "device, person, at, bad, retired, service, kind, platform, language, app, code, address, p256dh, auth"
	registrationSQL     = "SELECT " + registrationFields + " FROM registration WHERE device = ?"
	registrationUsed    = "retired = 0 AND revoked = 0 AND suspended = 0 AND closed = 0"
	registrationsOfSQL  = "SELECT " + registrationFields + " FROM registration WHERE person = ? AND " + registrationUsed + " ORDER BY device"
	registrationsAllSQL = "SELECT service || '/' || platform, count(*) FROM registration WHERE " + registrationUsed + ` GROUP BY 1
	UNION ALL SELECT 'retired/' || code, count(*) FROM registration WHERE retired <> 0 GROUP BY 1`

	putRegistrationSQL = `INSERT INTO registration (` + registrationFields + `, revoked, suspended, closed)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
	ifnull((SELECT revoked FROM devices WHERE id = ?1), 0), ifnull((SELECT suspended FROM persons WHERE id = ?2), 0),
	ifnull((SELECT closed FROM persons WHERE id = ?2), 0))
	ON CONFLICT (person, device) DO UPDATE SET at = excluded.at, bad = excluded.bad,
	retired = excluded.retired, service = excluded.service, kind = excluded.kind, platform = excluded.platform,
	language = excluded.language, app = excluded.app, code = excluded.code, address = excluded.address,
	p256dh = excluded.p256dh, auth = excluded.auth, revoked = excluded.revoked, suspended = excluded.suspended,
	closed = excluded.closed`
	dropAddressSQL       = "DELETE FROM registration WHERE address = ? AND device <> ?"
	dropOtherSQL         = "DELETE FROM registration WHERE device = ? AND person <> ?"
	dropRegistrationSQL  = "DELETE FROM registration WHERE device = ?"
	dropRegistrationsSQL = "DELETE FROM registration WHERE person = ?"
	dropToldSQL          = `WITH RECURSIVE days (day) AS (SELECT min(day) FROM told
	UNION ALL SELECT (SELECT min(day) FROM told t WHERE t.day > d.day) FROM days d WHERE d.day IS NOT NULL)
	DELETE FROM told WHERE person = ? AND day IN (SELECT day FROM days)`
	retireRegistrationSQL = "UPDATE registration SET retired = ?, code = ? WHERE device = ? AND address = ? AND retired = 0"
	countBadSQL           = "UPDATE registration SET bad = bad + 1 WHERE device = ? AND address = ? RETURNING bad"
)

// registrationOf reads a registration from the columns of registrationFields.
func registrationOf(c []driver.Value) storage.Registration {
	return storage.Registration{
		Device: idOf(c[0]), Person: idOf(c[1]), At: integer(c[2]), Bad: int(integer(c[3])), Retired: integer(c[4]),
		Service: text(c[5]), Kind: text(c[6]), Platform: text(c[7]), Language: text(c[8]), App: text(c[9]), Code: text(c[10]),
		Address: text(c[11]), P256DH: text(c[12]), Auth: text(c[13]),
	}
}

// Registration implements storage.RegistrationReader.
func (r *reader) Registration(device syncproto.ID) (*storage.Registration, error) {
	const op = "read registration"
	row, err := r.first(op, registrationSQL, id16(device))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	found := registrationOf(row)
	return &found, nil
}

// RegistrationsOf implements storage.RegistrationReader.
func (r *reader) RegistrationsOf(persons []syncproto.ID) (out []storage.Registration, err error) {
	for _, person := range sortedIDs(persons) {
		err := r.each("list registrations", registrationsOfSQL, func(row []driver.Value) bool {
			out = append(out, registrationOf(row))
			return true
		}, id16(person))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RegistrationCounts implements storage.RegistrationReader.
func (r *reader) RegistrationCounts() (map[string]int64, error) {
	counts := map[string]int64{}
	err := r.each("count registrations", registrationsAllSQL, func(row []driver.Value) bool {
		counts[text(row[0])] += integer(row[1])
		return true
	})
	return counts, err
}

// PutRegistration implements storage.RegistrationWriter.
func (t *tx) PutRegistration(r *storage.Registration) error {
	const op = "store registration"
	if err := storage.CheckRegistration(r); err != nil {
		return err
	}
	device := id16(r.Device)
	if _, err := t.exec(op, dropAddressSQL, r.Address, device); err != nil {
		return err
	}
	person := id16(r.Person)
	if _, err := t.exec(op, dropOtherSQL, device, person); err != nil {
		return err
	}
	_, err := t.exec(op, putRegistrationSQL, device, person, r.At, int64(r.Bad), r.Retired, r.Service, r.Kind, r.Platform,
		r.Language, r.App, r.Code, r.Address, r.P256DH, r.Auth)
	return err
}

// DropRegistration implements storage.RegistrationWriter.
func (t *tx) DropRegistration(device syncproto.ID) error {
	_, err := t.exec("drop registration", dropRegistrationSQL, id16(device))
	return err
}

// dropRegistrations removes those of a person, and how often they were told something.
func (t *tx) dropRegistrations(person syncproto.ID) error {
	const op = "drop registrations"
	if _, err := t.exec(op, dropRegistrationsSQL, id16(person)); err != nil {
		return err
	}
	_, err := t.exec(op, dropToldSQL, id16(person))
	return err
}

// RetireRegistration implements storage.RegistrationWriter.
func (t *tx) RetireRegistration(device syncproto.ID, address, code string, at int64) error {
	_, err := t.exec("retire registration", retireRegistrationSQL, max(at, 1), code, id16(device), address)
	return err
}

// CountBad implements storage.RegistrationWriter.
func (t *tx) CountBad(device syncproto.ID, address string) (bad int, err error) {
	err = t.changes("count bad target", countBadSQL, func(row []driver.Value) { bad = int(integer(row[0])) }, id16(device), address)
	return bad, err
}
