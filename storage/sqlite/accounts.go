package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	accountColumns     = "SELECT person, created, changed, failed, until, device, handle, login, password FROM accounts "
	accountByLoginSQL  = accountColumns + "WHERE login = ? AND login <> ''"
	accountByHandleSQL = accountColumns + "WHERE handle = ?"
	accountsSQL        = "SELECT count(*) FROM accounts JOIN persons ON persons.id = accounts.person WHERE closed = 0"

	// accountTakenSQL finds the account of another person with the same login or handle.
	accountTakenSQL = `SELECT 1 FROM accounts WHERE login = ?1 AND login <> '' AND person <> ?3
	UNION ALL SELECT 1 FROM accounts WHERE handle = ?2 AND person <> ?3`

	dropLinksSQL = "DELETE FROM sign_in_links WHERE person = ?"

	passkeyColumns = "SELECT id, person, created, used, name, data FROM passkeys "
	passkeysSQL    = passkeyColumns + "WHERE person = ? ORDER BY created, id"
)

// Account implements storage.AccountReader.
func (r *reader) Account(person syncproto.ID) (*storage.Account, error) {
	return r.account(accountColumns+"WHERE person = ?", id16(person))
}

// AccountByLogin implements storage.AccountReader.
func (r *reader) AccountByLogin(login string) (*storage.Account, error) {
	return r.account(accountByLoginSQL, login)
}

// AccountByHandle implements storage.AccountReader.
func (r *reader) AccountByHandle(handle []byte) (*storage.Account, error) {
	return r.account(accountByHandleSQL, orNull(handle))
}

func (r *reader) account(sql string, key driver.Value) (*storage.Account, error) {
	const op = "read account"
	row, err := r.first(op, sql, key)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return &storage.Account{
		Person: idOf(row[0]), Created: integer(row[1]), Changed: integer(row[2]), Failed: int(integer(row[3])),
		Until: integer(row[4]), Device: idOf(row[5]), Handle: blob(row[6]), Login: text(row[7]), Password: text(row[8]),
	}, nil
}

// Accounts implements storage.AccountReader.
func (r *reader) Accounts() (int, error) {
	row, err := r.first("count accounts", accountsSQL)
	if err != nil || row == nil {
		return 0, err
	}
	return int(integer(row[0])), nil
}

// PutAccount implements storage.AccountWriter. What is unique is asked first: a statement that fails breaks the
// transaction of the whole group.
func (t *tx) PutAccount(a *storage.Account) error {
	const op = "store account"
	person := id16(a.Person)
	if person == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	taken, err := t.first(op, accountTakenSQL, a.Login, orNull(a.Handle), person)
	if err != nil {
		return err
	}
	if taken != nil {
		return syncproto.E(syncproto.CodeRecordExists, op, nil)
	}
	_, err = t.exec(op, `INSERT INTO accounts (person, created, changed, failed, until, device, handle, login, password)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET created = excluded.created, changed = excluded.changed, failed = excluded.failed,
		until = excluded.until, device = excluded.device, handle = excluded.handle, login = excluded.login,
		password = excluded.password`,
		person, a.Created, a.Changed, int64(a.Failed), a.Until, id16(a.Device), orNull(a.Handle), a.Login, a.Password)
	return err
}

// DropAccount implements storage.AccountWriter.
func (t *tx) DropAccount(person syncproto.ID) error {
	for _, sql := range []string{
		"DELETE FROM accounts WHERE person = ?", "DELETE FROM passkeys WHERE person = ?",
		"DELETE FROM sessions WHERE person = ?", dropLinksSQL, "DELETE FROM recovery_codes WHERE person = ?",
	} {
		if _, err := t.exec("drop account", sql, id16(person)); err != nil {
			return err
		}
	}
	return nil
}

func passkeyOf(row []driver.Value) *storage.Passkey {
	return &storage.Passkey{
		ID: blob(row[0]), Person: idOf(row[1]), Created: integer(row[2]), Used: integer(row[3]), Name: text(row[4]),
		Data: blob(row[5]),
	}
}

// Passkeys implements storage.AccountReader.
func (r *reader) Passkeys(person syncproto.ID) (out []storage.Passkey, err error) {
	err = r.each("read passkeys", passkeysSQL, func(row []driver.Value) bool {
		out = append(out, *passkeyOf(row))
		return true
	}, id16(person))
	return out, err
}

// Passkey implements storage.AccountReader.
func (r *reader) Passkey(id []byte) (*storage.Passkey, error) {
	const op = "read passkey"
	row, err := r.first(op, passkeyColumns+"WHERE id = ?", orNull(id))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return passkeyOf(row), nil
}

// PutPasskey implements storage.AccountWriter.
func (t *tx) PutPasskey(p *storage.Passkey) error {
	const op = "store passkey"
	person := id16(p.Person)
	if person == nil || len(p.ID) == 0 {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	switch old, err := t.Passkey(p.ID); {
	case err == nil && old.Person != p.Person:
		return syncproto.E(syncproto.CodeRecordExists, op, nil)
	case err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound:
		return err
	}
	_, err := t.exec(op, `INSERT INTO passkeys (id, person, created, used, name, data) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET created = excluded.created, used = excluded.used, name = excluded.name, data = excluded.data`,
		p.ID, person, p.Created, p.Used, p.Name, orNull(p.Data))
	return err
}

// DropPasskey implements storage.AccountWriter.
func (t *tx) DropPasskey(person syncproto.ID, id []byte) error {
	_, err := t.exec("drop passkey", "DELETE FROM passkeys WHERE id = ? AND person = ?", orNull(id), id16(person))
	return err
}
