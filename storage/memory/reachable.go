package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Registered implements storage.RegistrationReader.
func (r *reader) Registered(yield func(person syncproto.ID) bool) error {
	var last syncproto.ID
	r.registered.from("", func(key string, _ struct{}) bool {
		person := syncproto.ID(key[:len(key)/2]) // two ids of one length
		if person == last {
			return true
		}
		found, _ := r.registrations.get(key[len(key)/2:])
		if r.rests(&storage.Delivery{Person: person}, found) != "" {
			return true
		}
		last = person
		return yield(person)
	})
	return nil
}

// EachPreference implements storage.FactReader.
func (r *reader) EachPreference(yield func(p *storage.Preference) bool) error {
	r.preferences.from("", func(_ string, p *storage.Preference) bool { return yield(copyPreference(p)) })
	return nil
}
