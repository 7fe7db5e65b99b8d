package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// An index holds nothing else, so that the rows, which are long, are not touched.
	registeredSQL = "SELECT DISTINCT person FROM registration INDEXED BY registration_used WHERE " + registrationUsed + " ORDER BY person"

	eachPreferenceSQL = preferenceColumns + "ORDER BY person"
)

// Registered implements storage.RegistrationReader.
func (r *reader) Registered(yield func(person syncproto.ID) bool) error {
	return r.each("list persons with a registration", registeredSQL, func(row []driver.Value) bool { return yield(idOf(row[0])) })
}

// EachPreference implements storage.FactReader.
func (r *reader) EachPreference(yield func(p *storage.Preference) bool) error {
	const op = "list preferences"
	var failed error
	err := r.each(op, eachPreferenceSQL, func(row []driver.Value) bool {
		var p storage.Preference
		if p, failed = preferenceOf(row); failed != nil {
			return false
		}
		return yield(&p)
	})
	if failed != nil {
		return syncproto.E(syncproto.CodeStoreBroken, op, failed)
	}
	return err
}
