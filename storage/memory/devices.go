package memory

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Device implements storage.DeviceReader.
func (r *reader) Device(id syncproto.ID) (*storage.Device, error) {
	d, ok := r.devices.get(string(id))
	if !ok {
		return nil, missing("read device")
	}
	c := *d
	return &c, nil
}

// DeviceByToken implements storage.DeviceReader.
func (r *reader) DeviceByToken(hash [32]byte) (*storage.Device, error) {
	id, ok := r.tokens.get(string(hash[:]))
	if !ok {
		return nil, missing("read device by token")
	}
	return r.Device(id)
}

// Devices implements storage.DeviceReader.
func (r *reader) Devices(after syncproto.ID, limit int) (out []storage.Device, err error) {
	r.devices.under("", string(after), func(_ string, d *storage.Device) bool {
		if len(out) == limit {
			return false
		}
		out = append(out, *d)
		return true
	})
	return out, nil
}

// PutDevice implements storage.DeviceWriter.
func (t *tx) PutDevice(d *storage.Device) error {
	if !d.ID.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store device", nil)
	}
	old, ok := t.devices.get(string(d.ID))
	if ok && old.TokenHash != d.TokenHash {
		t.tokens.drop(string(old.TokenHash[:]))
	}
	if ok && old.Person != d.Person {
		t.owned.drop(string(old.Person) + string(old.ID))
	}
	t.owned.put(string(d.Person)+string(d.ID), struct{}{})
	if d.TokenHash != [32]byte{} {
		t.tokens.put(string(d.TokenHash[:]), d.ID)
	}
	if !ok || identity(old) != identity(d) {
		t.access++
	}
	c := *d
	t.devices.put(string(d.ID), &c)
	return nil
}

// identity is what a cache of devices depends on; the counters change with every request.
func identity(d *storage.Device) storage.Device {
	return storage.Device{Person: d.Person, Unit: d.Unit, TokenHash: d.TokenHash, Revoked: d.Revoked, ForkedFrom: d.ForkedFrom}
}

// Contact implements storage.DeviceReader.
func (r *reader) Contact(device syncproto.ID) (*storage.Contact, error) {
	c, ok := r.contacts.get(string(device))
	if !ok {
		return nil, missing("read contact")
	}
	out := *c
	out.Troubles = slices.Clone(c.Troubles)
	return &out, nil
}

// PutContacts implements storage.DeviceWriter.
func (t *tx) PutContacts(contacts []storage.Contact) error {
	for _, c := range contacts {
		if _, ok := t.devices.get(string(c.Device)); ok {
			c.Troubles = slices.Clone(c.Troubles)
			t.contacts.put(string(c.Device), &c)
		}
	}
	return nil
}

// Judged implements storage.DeviceReader.
func (r *reader) Judged(device syncproto.ID, n int64) (*storage.Judged, error) {
	key := string(device) + number(uint64(n))
	j, ok := r.judged.get(key)
	if !ok {
		j, ok = r.origins.get(key)
	}
	if !ok {
		return nil, missing("read outcome")
	}
	return &j.Judged, nil
}

// Brought implements storage.DeviceReader.
func (r *reader) Brought(device syncproto.ID, above int64, limit int) (numbers []int64, err error) {
	r.origins.under(string(device), number(uint64(max(above, 0))), func(rest string, _ judged) bool {
		if len(numbers) == limit {
			return false
		}
		numbers = append(numbers, int64(ofNumber(rest)))
		return true
	})
	return numbers, nil
}

// AddJudged implements storage.DeviceWriter.
func (t *tx) AddJudged(device syncproto.ID, first int64, outcomes []storage.Judged) error {
	const op = "store outcomes"
	d, ok := t.devices.get(string(device))
	if !ok {
		return missing(op)
	}
	if first != d.Accepted+1 {
		return syncproto.E(syncproto.CodeOutOfOrder, op, nil)
	}
	if len(outcomes) == 0 {
		return nil
	}
	at := t.now()
	for i, j := range outcomes {
		t.judged.put(string(device)+number(uint64(first)+uint64(i)), judged{j, at})
	}
	c := *d
	c.Accepted += int64(len(outcomes))
	t.devices.put(string(device), &c)
	return nil
}

// AddOrigin implements storage.DeviceWriter.
func (t *tx) AddOrigin(o syncproto.Origin, j storage.Judged) error {
	t.origins.put(string(o.Device)+number(uint64(o.Number)), judged{j, t.now()})
	return nil
}

// DeadLetters implements storage.DeviceReader.
func (r *reader) DeadLetters(device syncproto.ID, after int64, limit int) (out []storage.DeadLetter, err error) {
	r.letters.under(string(device), number(uint64(max(after, 0))), func(_ string, d *storage.DeadLetter) bool {
		if len(out) == limit {
			return false
		}
		c := *d
		c.Wire = slices.Clone(d.Wire)
		out = append(out, c)
		return true
	})
	return out, nil
}

// AddDeadLetter implements storage.DeviceWriter.
func (t *tx) AddDeadLetter(d *storage.DeadLetter) error {
	c := *d
	c.Wire = slices.Clone(d.Wire)
	t.letters.put(string(d.Device)+number(uint64(d.Number)), &c)
	return nil
}
