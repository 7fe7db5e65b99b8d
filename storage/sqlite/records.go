package sqlite

import (
	"database/sql/driver"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Record implements storage.RecordReader.
func (r *reader) Record(id syncproto.ID) (*storage.Stored, error) {
	const op = "read record"
	k, err := r.row(op, id)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, missing(op)
	}
	out := &storage.Stored{Wire: slices.Clone(k.wire)}
	if out.Record, err = k.record(); err != nil {
		return nil, err
	}
	for _, p := range k.places {
		if !p.live {
			continue
		}
		scope, err := r.scopeName(p.scope)
		if err != nil {
			return nil, err
		}
		out.Scopes = append(out.Scopes, scope)
	}
	slices.Sort(out.Scopes)
	return out, nil
}

func (r *reader) scopeName(n uint64) (syncproto.Scope, error) {
	if r.heads != nil && r.heads.byNumber[n] != nil {
		return r.heads.byNumber[n].Scope, nil
	}
	row, err := r.glance("read scope", headByNum, int64(n))
	if err != nil {
		return "", err
	}
	if row == nil {
		return "", syncproto.E(syncproto.CodeStoreBroken, "read scope", nil)
	}
	h := headOf(row)
	if r.heads != nil {
		r.heads.add(h)
	}
	return h.Scope, nil
}

const revisionColumns = "SELECT deleted, writers, body FROM revisions "

// Revision implements storage.RecordReader.
func (r *reader) Revision(id syncproto.ID, revision int64) (*syncproto.Record, error) {
	const op = "read revision"
	k, err := r.row(op, id)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, missing(op)
	}
	if k.revision == revision {
		return k.record()
	}
	row, err := r.first(op, revisionColumns+"WHERE rid = ? AND revision = ?", k.rid, revision)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return decodeRecord(blob(row[2]), integer(row[0]) != 0, blob(row[1]))
}

// Revisions implements storage.RecordReader.
func (r *reader) Revisions(id syncproto.ID) ([]*syncproto.Record, error) {
	const op = "read revisions"
	k, err := r.row(op, id)
	if err != nil || k == nil {
		return nil, err
	}
	var out []*syncproto.Record
	var failed error
	keep := func(rec *syncproto.Record, err error) bool {
		out, failed = append(out, rec), err
		return err == nil
	}
	err = r.each(op, revisionColumns+"WHERE rid = ? ORDER BY revision", func(row []driver.Value) bool {
		return keep(decodeRecord(blob(row[2]), integer(row[0]) != 0, blob(row[1])))
	}, k.rid)
	if err == nil && failed == nil {
		keep(k.record())
	}
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Children implements storage.RecordReader.
func (r *reader) Children(id syncproto.ID, limit int) ([]syncproto.ID, error) {
	if key, ok := id.Bytes(); ok {
		if _, none := r.childless[key]; none {
			return nil, nil
		}
	}
	var out []syncproto.ID
	err := r.each("read children", "SELECT id FROM records WHERE parent = ? ORDER BY id LIMIT ?", func(row []driver.Value) bool {
		out = append(out, idOf(row[0]))
		return true
	}, id16(id), int64(limit))
	return out, err
}

// Side implements storage.RecordReader.
func (r *reader) Side(record syncproto.ID, field string, device syncproto.ID) (syncproto.Value, bool, error) {
	row, err := r.first("read side", "SELECT value FROM sides WHERE record = ? AND device = ? AND field = ?",
		id16(record), id16(device), field)
	if err != nil || row == nil {
		return "", false, err
	}
	return syncproto.Value(text(row[0])), true, nil
}

// PutSide implements storage.RecordWriter.
func (t *tx) PutSide(record syncproto.ID, field string, device syncproto.ID, v syncproto.Value) error {
	_, err := t.exec("store side", `INSERT INTO sides (record, device, field, value) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET value = excluded.value`, id16(record), id16(device), field, string(v))
	return err
}
