package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	uploadColumns = `SELECT id, created, changed, expires, size, offset, restarts, partial, person, device, record, blob,
	lane, state, code, hash, parts, remote, metadata FROM uploads `

	uploadForSQL = uploadColumns + `WHERE record = ? AND person = ? AND lane = ? ORDER BY created DESC, id DESC LIMIT 1`

	heldSQL = "SELECT count, bytes FROM uploads_held WHERE person = ?"

	putUploadSQL = `INSERT INTO uploads (id, created, changed, expires, size, offset, held, restarts, partial, person, device,
	record, blob, lane, state, code, hash, parts, remote, metadata)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET created = excluded.created, changed = excluded.changed, expires = excluded.expires,
	size = excluded.size, offset = excluded.offset, held = excluded.held, restarts = excluded.restarts,
	partial = excluded.partial, person = excluded.person, device = excluded.device, record = excluded.record,
	blob = excluded.blob, lane = excluded.lane, state = excluded.state, code = excluded.code, hash = excluded.hash,
	parts = excluded.parts, remote = excluded.remote, metadata = excluded.metadata`
)

func uploadOf(row []driver.Value) *storage.Upload {
	return &storage.Upload{
		ID: idOf(row[0]), Created: integer(row[1]), Changed: integer(row[2]), Expires: integer(row[3]), Size: integer(row[4]),
		Offset: integer(row[5]), Restarts: int(integer(row[6])), Partial: integer(row[7]) != 0, Person: idOf(row[8]),
		Device: idOf(row[9]), Record: idOf(row[10]), Blob: blobIDOf(row[11]), Lane: syncproto.Lane(text(row[12])),
		State: storage.UploadState(text(row[13])), Code: syncproto.Code(text(row[14])), Hash: blob(row[15]),
		Parts: decodeIDs(blob(row[16])), Remote: text(row[17]), Metadata: text(row[18]),
	}
}

// Upload implements storage.UploadReader.
func (r *reader) Upload(id syncproto.ID) (*storage.Upload, error) {
	return r.upload(uploadColumns+"WHERE id = ?", id16(id))
}

// UploadFor implements storage.UploadReader.
func (r *reader) UploadFor(person, record syncproto.ID, lane syncproto.Lane) (*storage.Upload, error) {
	return r.upload(uploadForSQL, id16(record), id16(person), string(lane))
}

func (r *reader) upload(sql string, args ...driver.Value) (*storage.Upload, error) {
	const op = "read upload"
	row, err := r.first(op, sql, args...)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return uploadOf(row), nil
}

// Uploads implements storage.UploadReader.
func (r *reader) Uploads(after syncproto.ID, limit int) (out []storage.Upload, err error) {
	err = r.each("read uploads", uploadColumns+"WHERE id > ? ORDER BY id LIMIT ?", func(row []driver.Value) bool {
		out = append(out, *uploadOf(row))
		return true
	}, idOrEmpty(after), int64(limit))
	return out, err
}

// UploadsOpen implements storage.UploadReader. The schema keeps the sums.
func (r *reader) UploadsOpen(person syncproto.ID) (count int, bytes, all int64, err error) {
	const op = "read open uploads"
	row, err := r.first(op, heldSQL, []byte{})
	if err != nil || row == nil {
		return 0, 0, 0, err
	}
	all = integer(row[1])
	if row, err = r.first(op, heldSQL, somebody(person)); err != nil || row == nil {
		return 0, 0, all, err
	}
	return int(integer(row[0])), integer(row[1]), all, nil
}

// somebody returns the key of a person's sums.
func somebody(person syncproto.ID) driver.Value {
	if b, ok := person.Bytes(); ok {
		return b[:]
	}
	return []byte{0}
}

// PutUpload implements storage.UploadWriter.
func (t *tx) PutUpload(u *storage.Upload) error {
	const op = "store upload"
	id := id16(u.ID)
	if id == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	var held driver.Value
	if u.State == storage.UploadReceiving || u.State == storage.UploadWhole {
		held = u.Size
		if u.Size < 0 {
			held = u.Offset
		}
	}
	_, err := t.exec(op, putUploadSQL, id, u.Created, u.Changed, u.Expires, u.Size, u.Offset, held, int64(u.Restarts),
		flag(u.Partial), id16(u.Person), id16(u.Device), id16(u.Record), blobID(u.Blob), string(u.Lane), string(u.State),
		string(u.Code), orNull(u.Hash), orNull(encodeIDs(u.Parts)), u.Remote, u.Metadata)
	return err
}

// DeleteUpload implements storage.UploadWriter.
func (t *tx) DeleteUpload(id syncproto.ID) error {
	_, err := t.exec("forget upload", "DELETE FROM uploads WHERE id = ?", id16(id))
	return err
}

// encodeIDs writes ids one behind the other, 16 bytes each.
func encodeIDs(ids []syncproto.ID) []byte {
	b := make([]byte, 0, 16*len(ids))
	for _, id := range ids {
		one, _ := id.Bytes()
		b = append(b, one[:]...)
	}
	return b
}

func decodeIDs(b []byte) (ids []syncproto.ID) {
	for ; len(b) >= 16; b = b[16:] {
		ids = append(ids, syncproto.IDFromBytes([16]byte(b)))
	}
	return ids
}

// blobID returns the stored form of a blob's id: 32 bytes, or null for none.
func blobID(id storage.BlobID) driver.Value {
	if id == (storage.BlobID{}) {
		return nil
	}
	return id[:]
}

func blobIDOf(v driver.Value) (id storage.BlobID) {
	copy(id[:], blob(v))
	return id
}

// orNull returns the stored form of bytes that may not be there.
func orNull(b []byte) driver.Value {
	if len(b) == 0 {
		return nil
	}
	return b
}
