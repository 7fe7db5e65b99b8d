package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const deviceColumns = `SELECT id, accepted, acknowledged, durable, created, revoked, person, unit, forked_from, token
	FROM devices `

func deviceOf(row []driver.Value) *storage.Device {
	d := &storage.Device{
		ID: idOf(row[0]), Accepted: integer(row[1]), Acknowledged: integer(row[2]), Durable: integer(row[3]),
		Created: integer(row[4]), Revoked: integer(row[5]), Person: idOf(row[6]), Unit: idOf(row[7]), ForkedFrom: idOf(row[8]),
	}
	copy(d.TokenHash[:], blob(row[9]))
	return d
}

// Device implements storage.DeviceReader.
func (r *reader) Device(id syncproto.ID) (*storage.Device, error) {
	return device(r.glance, deviceColumns+"WHERE id = ?", id16(id))
}

// DeviceByToken implements storage.DeviceReader.
func (r *reader) DeviceByToken(hash [32]byte) (*storage.Device, error) {
	return device(r.first, deviceColumns+"WHERE token = ?", hash[:])
}

func device(ask func(op, sql string, args ...driver.Value) ([]driver.Value, error), sql string, key driver.Value) (*storage.Device, error) {
	const op = "read device"
	row, err := ask(op, sql, key)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return deviceOf(row), nil
}

// Devices implements storage.DeviceReader.
func (r *reader) Devices(after syncproto.ID, limit int) (out []storage.Device, err error) {
	err = r.each("list devices", deviceColumns+"WHERE id > ? ORDER BY id LIMIT ?", func(row []driver.Value) bool {
		out = append(out, *deviceOf(row))
		return true
	}, idOrEmpty(after), int64(limit))
	return out, err
}

// PutDevice implements storage.DeviceWriter. Access rises when something changes that a cache of devices holds; the
// counters change with every request, are not cached, and stand in no index.
func (t *tx) PutDevice(d *storage.Device) error {
	const op = "store device"
	id := id16(d.ID)
	if id == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	old, err := t.Device(d.ID)
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return err
	}
	if old != nil && identity(old) == identity(d) {
		_, err = t.exec(op, "UPDATE devices SET accepted = ?, acknowledged = ?, durable = ?, created = ? WHERE id = ?",
			d.Accepted, d.Acknowledged, d.Durable, d.Created, id)
		return err
	}
	var token driver.Value
	if d.TokenHash != [32]byte{} {
		token = d.TokenHash[:]
	}
	_, err = t.exec(op, `INSERT INTO devices
		(id, accepted, acknowledged, durable, created, revoked, person, unit, forked_from, token)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET accepted = excluded.accepted, acknowledged = excluded.acknowledged,
		durable = excluded.durable, created = excluded.created, revoked = excluded.revoked, person = excluded.person,
		unit = excluded.unit, forked_from = excluded.forked_from, token = excluded.token`,
		id, d.Accepted, d.Acknowledged, d.Durable, d.Created, d.Revoked, id16(d.Person), id16(d.Unit), id16(d.ForkedFrom), token)
	if err != nil {
		return err
	}
	return t.raiseAccess()
}

func identity(d *storage.Device) storage.Device {
	return storage.Device{Person: d.Person, Unit: d.Unit, TokenHash: d.TokenHash, Revoked: d.Revoked, ForkedFrom: d.ForkedFrom}
}
