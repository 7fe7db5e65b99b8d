package memory

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Registration implements storage.RegistrationReader.
func (r *reader) Registration(device syncproto.ID) (*storage.Registration, error) {
	found, ok := r.registrations.get(string(device))
	if !ok {
		return nil, missing("read registration")
	}
	c := *found
	return &c, nil
}

// RegistrationsOf implements storage.RegistrationReader.
func (r *reader) RegistrationsOf(persons []syncproto.ID) (out []storage.Registration, err error) {
	persons = slices.Clone(persons)
	slices.Sort(persons)
	for _, person := range slices.Compact(persons) {
		if !person.Valid() {
			continue
		}
		r.registered.under(string(person), "", func(device string, _ struct{}) bool {
			found, _ := r.registrations.get(device)
			if r.rests(&storage.Delivery{Person: person}, found) == "" {
				out = append(out, *found)
			}
			return true
		})
	}
	return out, nil
}

// rests says why nothing is sent to a registration; "" if something is.
func (r *reader) rests(d *storage.Delivery, found *storage.Registration) string {
	var revoked, closed, suspended int64
	if found != nil {
		if device, ok := r.devices.get(string(found.Device)); ok {
			revoked = device.Revoked
		}
		if person, ok := r.persons.get(string(found.Person)); ok {
			closed, suspended = person.Closed, person.Suspended
		}
	}
	return storage.Resting(d, found, revoked, closed, suspended)
}

// RegistrationCounts implements storage.RegistrationReader.
func (r *reader) RegistrationCounts() (map[string]int64, error) {
	counts := map[string]int64{}
	r.registrations.from("", func(_ string, found *storage.Registration) bool {
		if found.Retired != 0 {
			counts["retired/"+found.Code]++
		} else if r.rests(&storage.Delivery{Person: found.Person}, found) == "" {
			counts[found.Service+"/"+found.Platform]++
		}
		return true
	})
	return counts, nil
}

// PutRegistration implements storage.RegistrationWriter.
func (t *tx) PutRegistration(r *storage.Registration) error {
	if err := storage.CheckRegistration(r); err != nil {
		return err
	}
	if other, ok := t.addresses.get(r.Address); ok && other != r.Device {
		_ = t.DropRegistration(other)
	}
	_ = t.DropRegistration(r.Device)
	c := *r
	t.registrations.put(string(r.Device), &c)
	t.addresses.put(r.Address, r.Device)
	t.registered.put(string(r.Person)+string(r.Device), struct{}{})
	return nil
}

// DropRegistration implements storage.RegistrationWriter.
func (t *tx) DropRegistration(device syncproto.ID) error {
	if old, ok := t.registrations.get(string(device)); ok {
		t.registrations.drop(string(device))
		t.addresses.drop(old.Address)
		t.registered.drop(string(old.Person) + string(device))
	}
	return nil
}

// dropRegistrations removes those of a person, and how often they were told something.
func (t *tx) dropRegistrations(person syncproto.ID) error {
	if !person.Valid() {
		return nil
	}
	var devices []string
	t.registered.under(string(person), "", func(device string, _ struct{}) bool {
		devices = append(devices, device)
		return true
	})
	for _, device := range devices {
		_ = t.DropRegistration(syncproto.ID(device))
	}
	var told []string
	t.tellings.from("", func(key string, _ int64) bool {
		if key[8:] == string(person) {
			told = append(told, key)
		}
		return true
	})
	for _, key := range told {
		t.tellings.drop(key)
	}
	return nil
}

// RetireRegistration implements storage.RegistrationWriter.
func (t *tx) RetireRegistration(device syncproto.ID, address, code string, at int64) error {
	if old, ok := t.registrations.get(string(device)); ok && old.Address == address && old.Retired == 0 {
		c := *old
		c.Retired, c.Code = max(at, 1), code
		t.registrations.put(string(device), &c)
	}
	return nil
}

// CountBad implements storage.RegistrationWriter.
func (t *tx) CountBad(device syncproto.ID, address string) (int, error) {
	old, ok := t.registrations.get(string(device))
	if !ok || old.Address != address {
		return 0, nil
	}
	c := *old
	c.Bad++
	t.registrations.put(string(device), &c)
	return c.Bad, nil
}
