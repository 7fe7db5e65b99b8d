package phonestore

import (
	"database/sql"

	"lantoa/syncproto"
)

// Fetched is a file that others sent and this phone asked for, whole or in part.
type Fetched struct {
	Record syncproto.ID
	Lane   syncproto.Lane
	Tag    string // the entity tag that names its content
	Of     string // the SHA-256 of the original that the record announced then
	Type   string
	Size   int64  // when whole
	Name   string // in the vault
	Whole  bool
	Used   int64 // when it was last asked for, by the phone's clock, Unix ms
}

const fetchedColumns = "record, lane, tag, of, type, size, name, whole, used"

func (t *Tx) fetched(where string, args ...any) (out []*Fetched, err error) {
	err = t.each("SELECT "+fetchedColumns+" FROM fetched WHERE "+where, args, func(rows *sql.Rows) (bool, error) {
		f := &Fetched{}
		var record sql.RawBytes
		var lane int
		err := rows.Scan(&record, &lane, &f.Tag, &f.Of, &f.Type, &f.Size, &f.Name, &f.Whole, &f.Used)
		f.Record = unkey(record)
		if lane >= 0 && lane < len(syncproto.Lanes()) {
			f.Lane = syncproto.Lanes()[lane]
		}
		out = append(out, f)
		return true, err
	})
	return out, err
}

// Fetched returns what was fetched of a lane, or nil.
func (t *Tx) Fetched(record syncproto.ID, lane syncproto.Lane) (*Fetched, error) {
	found, err := t.fetched("record = $1 AND lane = $2", key(record), laneNumber(lane))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// PutFetched writes it.
func (t *Tx) PutFetched(f *Fetched) error {
	_, err := t.exec("INSERT INTO fetched (record, lane, tag, of, type, size, name, whole, used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"+
		" ON CONFLICT (record, lane) DO UPDATE SET tag = $3, of = $4, type = $5, size = $6, name = $7, whole = $8, used = $9",
		key(f.Record), laneNumber(f.Lane), f.Tag, f.Of, f.Type, f.Size, f.Name, f.Whole, f.Used)
	return err
}

// DropFetched forgets it.
func (t *Tx) DropFetched(f *Fetched) error {
	_, err := t.exec("DELETE FROM fetched WHERE record = $1 AND lane = $2", key(f.Record), laneNumber(f.Lane))
	return err
}

// FetchedOver returns what lies above a bound of bytes when the most recently used are kept: what to remove.
func (t *Tx) FetchedOver(bound int64) ([]*Fetched, error) {
	all, err := t.fetched("1 ORDER BY used DESC, record, lane")
	if err != nil {
		return nil, err
	}
	var out []*Fetched
	for i, f := range all {
		if bound -= f.Size; bound < 0 && i > 0 { // the newest one stays, however large
			out = append(out, f)
		}
	}
	return out, nil
}

// Metered is what one lane cost on one day over one kind of network, in bytes on the wire.
type Metered struct {
	Day     string // 2026-11-22, in Vietnam
	Network string
	Lane    string
	Up      int64
	Down    int64
}

// Meter adds to what a day cost.
func (t *Tx) Meter(m Metered) error {
	_, err := t.exec("INSERT INTO meter (day, network, lane, up, down) VALUES ($1, $2, $3, $4, $5)"+
		" ON CONFLICT (day, network, lane) DO UPDATE SET up = up + $4, down = down + $5", m.Day, m.Network, m.Lane, m.Up, m.Down)
	return err
}

// Metered returns the newest days first, from a day on.
func (t *Tx) Metered(from string) (out []Metered, err error) {
	err = t.each("SELECT day, network, lane, up, down FROM meter WHERE day >= $1 ORDER BY day DESC, network, lane", []any{from},
		func(rows *sql.Rows) (bool, error) {
			var m Metered
			err := rows.Scan(&m.Day, &m.Network, &m.Lane, &m.Up, &m.Down)
			out = append(out, m)
			return true, err
		})
	return out, err
}

// ForgetMeter forgets days before one.
func (t *Tx) ForgetMeter(before string) error {
	_, err := t.exec("DELETE FROM meter WHERE day < $1", before)
	return err
}
