package phonestore

import (
	"database/sql"
	"path/filepath"

	"lantoa/syncproto"
)

// Under returns the ids of what hangs directly under a record, as the server said or as this phone made it.
func (t *Tx) Under(parent syncproto.ID) (out []syncproto.ID, err error) {
	err = t.each("SELECT id FROM records WHERE parent = $1 UNION SELECT id FROM views WHERE parent = $1", []any{key(parent)},
		func(rows *sql.Rows) (bool, error) {
			var id sql.RawBytes
			err := rows.Scan(&id)
			out = append(out, unkey(id))
			return true, err
		})
	return out, err
}

// Forget removes all that this phone has of a record besides the server's row: its view, what was done to it, and the rows
// of its files. A number that was not judged yet is sent as a void. It returns the names that its files have in the vault.
func (t *Tx) Forget(record syncproto.ID) (names []string, err error) {
	history, err := t.History(record)
	if err != nil {
		return nil, err
	}
	for _, m := range history {
		if err := t.Discard(m); err != nil {
			return nil, err
		}
		if m.Judged || m.Number <= 0 {
			continue
		}
		if err := t.AddMutation(&Mutation{Device: m.Device, Number: m.Number}); err != nil {
			return nil, err
		}
	}
	files, err := t.MediaOf(record)
	for _, m := range files {
		names = append(names, m.Name)
	}
	if err != nil {
		return nil, err
	}
	wanted, err := t.CopiesWanted()
	for i := range wanted {
		if wanted[i].Record == record {
			names = append(names, wanted[i].Poster)
		}
	}
	if err != nil {
		return nil, err
	}
	fetched, err := t.fetched("record = $1", key(record))
	for _, f := range fetched {
		names = append(names, f.Name)
	}
	if err != nil {
		return nil, err
	}
	t.files = true
	for _, table := range []string{"media", "copies", "fetched"} {
		if _, err := t.exec("DELETE FROM "+table+" WHERE record = $1", key(record)); err != nil {
			return nil, err
		}
	}
	return names, t.DropView(record)
}

// Erase removes a file, finished or not, and plain copies of it that an app was given.
func (v *Vault) Erase(name string) error {
	v.DropUnfinished(name)
	plain, _ := filepath.Glob(filepath.Join(v.dir, opened+name+"*"))
	for _, path := range plain {
		if err := v.Remove(filepath.Base(path)); err != nil {
			return err
		}
	}
	return v.Remove(name)
}
