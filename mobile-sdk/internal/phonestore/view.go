package phonestore

import (
	"database/sql"
	"encoding/json"

	"lantoa/syncproto"
)

// View is a record with everything unsent replayed over it. Only records with something unsent, or sent and not yet
// seen in the feed, have one; for all others the server's record is the view, and its bytes are not stored twice.
type View struct {
	Record *syncproto.Record
	At     int64
}

// View returns the view of a record, or nil if it has none of its own.
func (t *Tx) View(id syncproto.ID) (*View, error) {
	var at int64
	var wire, writers []byte
	ok, err := t.one("SELECT at, wire, writers FROM views WHERE id = $1", []any{key(id)}, &at, &wire, &writers)
	if err != nil || !ok {
		return nil, err
	}
	return t.decodeView(id, at, wire, writers)
}

// ViewParent returns what the view of a record hangs under, "" if that is nothing or the record has no view.
func (t *Tx) ViewParent(id syncproto.ID) (syncproto.ID, error) {
	var parent []byte
	_, err := t.one("SELECT parent FROM views WHERE id = $1", []any{key(id)}, &parent)
	return unkey(parent), err
}

func (t *Tx) decodeView(id syncproto.ID, at int64, wire, writers []byte) (*View, error) {
	plain, err := t.store.sealed.open(wire, "view "+string(id))
	if err != nil {
		return nil, err
	}
	r, err := syncproto.DecodeRecord(plain)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "read view", err)
	}
	if err := json.Unmarshal(writers, &r.Writers); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "read view", err)
	}
	return &View{Record: r, At: at}, nil
}

// PutView stores a record's view.
func (t *Tx) PutView(v *View) error {
	r := v.Record
	wire, err := t.store.sealed.seal(syncproto.AppendRecord(nil, r), "view "+string(r.ID))
	if err != nil {
		return err
	}
	writers, err := json.Marshal(r.Writers)
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO views (id, kind, state, at, parent, deleted, wire, writers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"+
		" ON CONFLICT (id) DO UPDATE SET kind = $2, state = $3, at = $4, parent = $5, deleted = $6, wire = $7, writers = $8",
		key(r.ID), string(r.Kind), string(r.State), v.At, key(r.Parent()), r.Deleted, wire, writers)
	return err
}

// DropView removes a record's view; its server record shows again.
func (t *Tx) DropView(id syncproto.ID) error {
	_, err := t.exec("DELETE FROM views WHERE id = $1", key(id))
	return err
}

// Listed is one line of a list: the record as it is to be shown, and the server's revision of it.
type Listed struct {
	Record   *syncproto.Record
	At       int64
	Overlaid bool // the record is a view
}

// Select says which records List returns, newest first, below a place.
type Select struct {
	Kind   syncproto.Kind
	State  syncproto.State
	Parent syncproto.ID
	At     int64 // with ID: the place of the last one before
	ID     syncproto.ID
	Limit  int
}

// List returns records as people see them. Views and server records are merged by SQLite from two indexes, so a page
// costs the same at any place of a long list.
func (t *Tx) List(s Select) ([]Listed, error) {
	where, args := " AND (at < $1 OR at = $1 AND id < $2)", []any{s.At, key(s.ID)}
	if s.ID == "" {
		where, args = " AND $1 IS NOT NULL AND $2 IS NULL", []any{0, nil}
	}
	args = append(args, string(s.Kind), string(s.State), key(s.Parent), s.Limit)
	switch {
	case s.Parent != "":
		where += " AND parent = $5 AND ($3 = kind OR $3 = '' AND kind <> 'timeline')"
	case s.Kind != "":
		where += " AND kind = $3 AND $5 IS NULL"
	default:
		where += " AND kind NOT IN ('unit', 'profile') AND $3 = '' AND $5 IS NULL"
	}
	where += " AND ($4 = '' OR state = $4)"
	query := "SELECT id, at, wire, x'', 0 FROM records WHERE deleted = 0" +
		" AND NOT EXISTS (SELECT 1 FROM views v WHERE v.id = records.id)" + where +
		" UNION ALL SELECT id, at, wire, writers, 1 FROM views WHERE deleted = 0" + where +
		" ORDER BY 2 DESC, 1 DESC LIMIT $6"
	var out []Listed
	err := t.each(query, args, func(rows *sql.Rows) (bool, error) {
		var id, wire, writers sql.RawBytes
		l := Listed{}
		if err := rows.Scan(&id, &l.At, &wire, &writers, &l.Overlaid); err != nil {
			return false, err
		}
		place := string(unkey(id))
		if l.Overlaid {
			v, err := t.decodeView(unkey(id), l.At, wire, writers)
			if err == nil {
				l.Record = v.Record
				out = append(out, l)
			}
			return true, err
		}
		plain, err := t.store.sealed.open(wire, place)
		if err != nil {
			return false, err
		}
		if l.Record, err = syncproto.DecodeRecord(plain); err != nil {
			return false, syncproto.E(syncproto.CodeStoreBroken, "read record", err)
		}
		out = append(out, l)
		return true, nil
	})
	return out, err
}

// CountOpenConflicts counts conflicts that nobody has decided.
func (t *Tx) CountOpenConflicts() (int64, error) {
	return t.number("SELECT (SELECT count(*) FROM records WHERE kind = 'conflict' AND state = 'open' AND deleted = 0" +
		" AND NOT EXISTS (SELECT 1 FROM views v WHERE v.id = records.id))" +
		" + (SELECT count(*) FROM views WHERE kind = 'conflict' AND state = 'open' AND deleted = 0)")
}
