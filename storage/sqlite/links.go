package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	linkColumns    = "SELECT blob, record, lane, at, person FROM media_links "
	mediaLinksSQL  = linkColumns + "WHERE blob = ? ORDER BY record, lane"
	recordMediaSQL = linkColumns + "WHERE record = ? ORDER BY lane, blob"
	factsSQL       = "SELECT taken, zoned, has_position, lat, lon FROM media_facts WHERE blob = ?"
)

// MediaLinks implements storage.MediaReader.
func (r *reader) MediaLinks(id storage.BlobID) ([]storage.MediaLink, error) {
	return r.links(mediaLinksSQL, id[:])
}

// RecordMedia implements storage.MediaReader.
func (r *reader) RecordMedia(record syncproto.ID) ([]storage.MediaLink, error) {
	return r.links(recordMediaSQL, id16(record))
}

func (r *reader) links(sql string, key driver.Value) (out []storage.MediaLink, err error) {
	err = r.each("read media links", sql, func(row []driver.Value) bool {
		out = append(out, storage.MediaLink{
			Blob: blobIDOf(row[0]), Record: idOf(row[1]), Lane: syncproto.Lane(text(row[2])), At: integer(row[3]),
			Person: idOf(row[4]),
		})
		return true
	}, key)
	return out, err
}

// PutMediaLink implements storage.MediaWriter.
func (t *tx) PutMediaLink(l *storage.MediaLink) error {
	const op = "store media link"
	id, record := blobID(l.Blob), id16(l.Record)
	if id == nil || record == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, `INSERT INTO media_links (blob, record, lane, at, person) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET at = excluded.at, person = excluded.person`,
		id, record, string(l.Lane), l.At, id16(l.Person))
	return err
}

// MediaFacts implements storage.MediaReader.
func (r *reader) MediaFacts(id storage.BlobID) (*storage.MediaFacts, error) {
	const op = "read media facts"
	row, err := r.first(op, factsSQL, id[:])
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	f := &storage.MediaFacts{Blob: id, Taken: integer(row[0]), Zoned: integer(row[1]) != 0, HasPosition: integer(row[2]) != 0}
	f.Lat, _ = row[3].(float64)
	f.Lon, _ = row[4].(float64)
	return f, nil
}

// PutMediaFacts implements storage.MediaWriter.
func (t *tx) PutMediaFacts(f *storage.MediaFacts) error {
	const op = "store media facts"
	id := blobID(f.Blob)
	if id == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, `INSERT INTO media_facts (blob, taken, zoned, has_position, lat, lon) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET taken = excluded.taken, zoned = excluded.zoned, has_position = excluded.has_position,
		lat = excluded.lat, lon = excluded.lon`,
		id, f.Taken, flag(f.Zoned), flag(f.HasPosition), f.Lat, f.Lon)
	return err
}
