package phonestore

import (
	"context"
	"database/sql"

	"lantoa/syncproto"
)

// wiped are the tables that hold what people wrote, and where it is.
var wiped = []string{"records", "views", "mutations", "scopes", "incoming", "media", "copies", "fetched", "meter", "rung"}

// Wipe removes everything but the state, which the caller sets. It is the caller's to know that nothing is lost.
func (t *Tx) Wipe() error {
	for _, table := range wiped {
		if _, err := t.exec("DELETE FROM " + table); err != nil {
			return err
		}
	}
	t.store.scopes, t.files = nil, true
	return nil
}

// Scrub rewrites the file without the traces of what was removed. It needs room for a second copy, so call it when there
// is little left in the store.
func (s *Store) Scrub(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.conn == nil {
		return nil
	}
	for _, query := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.conn.ExecContext(ctx, query); err != nil {
			return s.classify("scrub", err)
		}
	}
	return nil
}

// CountStates counts a person's submissions by state, as people see them. What is new on this phone is theirs, and of
// what came from the server whatever is in their own scope.
func (t *Tx) CountStates(person syncproto.ID) (map[syncproto.State]int64, error) {
	all, err := t.Scopes()
	if err != nil {
		return nil, err
	}
	own := int64(-1)
	if s := all[syncproto.PersonScope(person)]; s != nil {
		own = s.Number
	}
	const submission = " kind IN ('story', 'event', 'photo') AND parent IS NULL AND deleted = 0"
	query := "SELECT state, places, 0, count(*) FROM records WHERE" + submission +
		" AND NOT EXISTS (SELECT 1 FROM views WHERE views.id = records.id) GROUP BY 1, 2" +
		" UNION ALL SELECT v.state, coalesce(r.places, x''), r.id IS NULL, count(*) FROM" +
		" (SELECT id, state FROM views WHERE" + submission + ") v LEFT JOIN records r ON r.id = v.id GROUP BY 1, 2, 3"
	var out map[syncproto.State]int64
	err = t.each(query, nil, func(rows *sql.Rows) (bool, error) {
		var state syncproto.State
		var places sql.RawBytes
		var fresh bool
		var n int64
		if err := rows.Scan(&state, &places, &fresh, &n); err != nil {
			return false, err
		}
		r := Row{Places: decodePlaces(places)}
		if fresh || r.Place(own) != nil {
			if out == nil {
				out = map[syncproto.State]int64{}
			}
			out[state] += n
		}
		return true, nil
	})
	return out, err
}
