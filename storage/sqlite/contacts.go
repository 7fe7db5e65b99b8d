package sqlite

import (
	"database/sql/driver"
	"encoding/json"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	contactSQL = "SELECT at, unsent, failed, acknowledged, oldest, app, troubles FROM contacts WHERE device = ?"

	putContactSQL = `INSERT INTO contacts (device, at, unsent, failed, acknowledged, oldest, app, troubles)
	SELECT id, ?, ?, ?, ?, ?, ?, ? FROM devices WHERE id = ?
	ON CONFLICT DO UPDATE SET at = excluded.at, unsent = excluded.unsent, failed = excluded.failed,
	acknowledged = excluded.acknowledged, oldest = excluded.oldest, app = excluded.app, troubles = excluded.troubles`
)

// Contact implements storage.DeviceReader.
func (r *reader) Contact(device syncproto.ID) (*storage.Contact, error) {
	const op = "read contact"
	row, err := r.first(op, contactSQL, id16(device))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	c := &storage.Contact{
		Device: device, At: integer(row[0]), Unsent: integer(row[1]), Failed: integer(row[2]), Acknowledged: integer(row[3]),
		Oldest: integer(row[4]), App: text(row[5]),
	}
	c.Troubles, err = decodeTroubles(text(row[6]))
	if err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, op, err)
	}
	return c, nil
}

// PutContacts implements storage.DeviceWriter.
func (t *tx) PutContacts(contacts []storage.Contact) error {
	const op = "store contact"
	for _, c := range contacts {
		troubles, err := encodeTroubles(c.Troubles)
		if err != nil {
			return classify(op, err)
		}
		_, err = t.exec(op, putContactSQL, c.At, c.Unsent, c.Failed, c.Acknowledged, c.Oldest, c.App, troubles, id16(c.Device))
		if err != nil {
			return err
		}
	}
	return nil
}

// trouble is the stored form of syncproto.Trouble.
type trouble struct {
	Record syncproto.ID   `json:"record,omitempty"`
	Lane   syncproto.Lane `json:"lane,omitempty"`
	Code   syncproto.Code `json:"code"`
	Age    int64          `json:"age"`
}

// encodeTroubles returns null for none, which is what nearly every contact has.
func encodeTroubles(list []syncproto.Trouble) (driver.Value, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]trouble, len(list))
	for i, one := range list {
		out[i] = trouble(one)
	}
	b, err := json.Marshal(out)
	return string(b), err
}

func decodeTroubles(s string) (out []syncproto.Trouble, err error) {
	if s == "" {
		return nil, nil
	}
	var list []trouble
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return nil, err
	}
	for _, one := range list {
		out = append(out, syncproto.Trouble(one))
	}
	return out, nil
}
