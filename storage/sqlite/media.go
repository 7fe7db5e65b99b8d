package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	mediaColumns = `SELECT id, created, due, attempts, size, width, height, duration, person, served, thumbnail, display,
	state, code, type, thumbhash FROM media `

	mediaListSQL = mediaColumns + "WHERE id > ? ORDER BY id LIMIT ?"

	// The conditions are written as the index has them, or it is not used.
	mediaDueSQL = mediaColumns + `WHERE due > 0 AND state IN ('arriving', 'waiting') AND due <= ? ORDER BY due, id LIMIT ?`

	mediaUsedSQL = "SELECT bytes FROM media_used WHERE person = ?"

	mediaMadeSQL = `SELECT EXISTS (SELECT 1 FROM media WHERE served = ?1) OR EXISTS (SELECT 1 FROM media WHERE thumbnail = ?1)
	OR EXISTS (SELECT 1 FROM media WHERE display = ?1)`

	// A tombstone tells in its wire form when the record was deleted: changed, or received where they are the same.
	linkedSQL = `EXISTS (
	SELECT 1 FROM media_links l LEFT JOIN records r ON r.id = l.record WHERE l.blob = m.id AND CASE
		WHEN r.rid IS NULL THEN l.at >= ?1
		WHEN r.deleted THEN coalesce(CAST(r.wire AS TEXT) ->> '$.changed', CAST(r.wire AS TEXT) ->> '$.received', 0) >= ?1
		ELSE 1 END)`
	mediaNeededSQL = "SELECT m.created >= ?1 OR " + linkedSQL + " FROM media m WHERE m.id = ?2"

	putMediaSQL = `INSERT INTO media (id, created, due, attempts, size, width, height, duration, person, served, thumbnail,
	display, state, code, type, thumbhash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET created = excluded.created, due = excluded.due, attempts = excluded.attempts,
	size = excluded.size, width = excluded.width, height = excluded.height, duration = excluded.duration,
	person = excluded.person, served = excluded.served, thumbnail = excluded.thumbnail, display = excluded.display,
	state = excluded.state, code = excluded.code, type = excluded.type, thumbhash = excluded.thumbhash`
)

func mediaOf(row []driver.Value) storage.Media {
	return storage.Media{
		ID: blobIDOf(row[0]), Created: integer(row[1]), Due: integer(row[2]), Attempts: int(integer(row[3])),
		Size: integer(row[4]), Width: int(integer(row[5])), Height: int(integer(row[6])), Duration: integer(row[7]),
		Person: idOf(row[8]), Served: blobIDOf(row[9]), Thumbnail: blobIDOf(row[10]), Display: blobIDOf(row[11]),
		State: storage.MediaState(text(row[12])), Code: syncproto.Code(text(row[13])), Type: text(row[14]),
		Thumbhash: text(row[15]),
	}
}

// Media implements storage.MediaReader.
func (r *reader) Media(id storage.BlobID) (*storage.Media, error) {
	const op = "read media"
	row, err := r.first(op, mediaColumns+"WHERE id = ?", id[:])
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	m := mediaOf(row)
	return &m, nil
}

// MediaList implements storage.MediaReader.
func (r *reader) MediaList(after storage.BlobID, limit int) ([]storage.Media, error) {
	return r.mediaList(mediaListSQL, after[:], int64(limit))
}

// MediaDue implements storage.MediaReader.
func (r *reader) MediaDue(now int64, limit int) ([]storage.Media, error) {
	return r.mediaList(mediaDueSQL, now, int64(limit))
}

func (r *reader) mediaList(sql string, args ...driver.Value) (out []storage.Media, err error) {
	err = r.each("read media", sql, func(row []driver.Value) bool {
		out = append(out, mediaOf(row))
		return true
	}, args...)
	return out, err
}

// MediaUsed implements storage.MediaReader. The schema keeps the sums.
func (r *reader) MediaUsed(person syncproto.ID) (int64, error) {
	row, err := r.first("read media of a person", mediaUsedSQL, somebody(person))
	if err != nil || row == nil {
		return 0, err
	}
	return integer(row[0]), nil
}

// MediaMade implements storage.MediaReader.
func (r *reader) MediaMade(id storage.BlobID) (bool, error) {
	row, err := r.first("read what was made of media", mediaMadeSQL, blobID(id))
	if err != nil {
		return false, err
	}
	return integer(row[0]) != 0, nil
}

// MediaNeeded implements storage.MediaReader.
func (r *reader) MediaNeeded(id storage.BlobID, before int64) (bool, error) {
	const op = "read whether media is needed"
	row, err := r.first(op, mediaNeededSQL, before, id[:])
	if err != nil {
		return false, err
	}
	if row == nil {
		return false, missing(op)
	}
	return integer(row[0]) != 0, nil
}

// PutMedia implements storage.MediaWriter.
func (t *tx) PutMedia(m *storage.Media) error {
	const op = "store media"
	id := blobID(m.ID)
	if id == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, putMediaSQL, id, m.Created, m.Due, int64(m.Attempts), m.Size, int64(m.Width), int64(m.Height),
		m.Duration, id16(m.Person), blobID(m.Served), blobID(m.Thumbnail), blobID(m.Display), string(m.State),
		string(m.Code), m.Type, m.Thumbhash)
	return err
}

// DeleteMedia implements storage.MediaWriter.
func (t *tx) DeleteMedia(id storage.BlobID) error {
	for _, sql := range []string{
		"DELETE FROM media_links WHERE blob = ?", "DELETE FROM media_facts WHERE blob = ?", "DELETE FROM media WHERE id = ?",
	} {
		if _, err := t.exec("forget media", sql, id[:]); err != nil {
			return err
		}
	}
	return nil
}
