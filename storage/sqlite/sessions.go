package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	sessionColumns = "SELECT hash, id, person, created, proved, seen, expires, method, agent FROM sessions "
	sessionsSQL    = sessionColumns + "WHERE person = ? ORDER BY created DESC, id DESC"
	expiredSQL     = "DELETE FROM sessions WHERE expires < ?"
	codesSQL       = "SELECT hash, used FROM recovery_codes WHERE person = ? ORDER BY hash"
)

func sessionOf(row []driver.Value) *storage.Session {
	s := &storage.Session{
		ID: idOf(row[1]), Person: idOf(row[2]), Created: integer(row[3]), Proved: integer(row[4]), Seen: integer(row[5]),
		Expires: integer(row[6]), Method: text(row[7]), Agent: text(row[8]),
	}
	copy(s.Hash[:], blob(row[0]))
	return s
}

// Session implements storage.AccountReader.
func (r *reader) Session(hash [32]byte) (*storage.Session, error) {
	const op = "read session"
	row, err := r.first(op, sessionColumns+"WHERE hash = ?", hash[:])
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return sessionOf(row), nil
}

// Sessions implements storage.AccountReader.
func (r *reader) Sessions(person syncproto.ID) (out []storage.Session, err error) {
	err = r.each("read sessions", sessionsSQL, func(row []driver.Value) bool {
		out = append(out, *sessionOf(row))
		return true
	}, id16(person))
	return out, err
}

// PutSession implements storage.AccountWriter.
func (t *tx) PutSession(s *storage.Session) error {
	const op = "store session"
	person := id16(s.Person)
	if person == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, `INSERT INTO sessions (hash, id, person, created, proved, seen, expires, method, agent)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET id = excluded.id, person = excluded.person, created = excluded.created,
		proved = excluded.proved, seen = excluded.seen, expires = excluded.expires, method = excluded.method,
		agent = excluded.agent`,
		s.Hash[:], id16(s.ID), person, s.Created, s.Proved, s.Seen, s.Expires, s.Method, s.Agent)
	return err
}

// DropSession implements storage.AccountWriter.
func (t *tx) DropSession(hash [32]byte) error {
	_, err := t.exec("drop session", "DELETE FROM sessions WHERE hash = ?", hash[:])
	return err
}

// DropSessions implements storage.AccountWriter.
func (t *tx) DropSessions(before int64) error {
	_, err := t.exec("drop sessions", expiredSQL, before)
	return err
}

// SignInLink implements storage.AccountReader.
func (r *reader) SignInLink(hash [32]byte) (*storage.SignInLink, error) {
	const op = "read sign-in link"
	row, err := r.first(op, "SELECT person, created, expires, used FROM sign_in_links WHERE hash = ?", hash[:])
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return &storage.SignInLink{
		Hash: hash, Person: idOf(row[0]), Created: integer(row[1]), Expires: integer(row[2]), Used: integer(row[3]),
	}, nil
}

// PutSignInLink implements storage.AccountWriter.
func (t *tx) PutSignInLink(l *storage.SignInLink) error {
	_, err := t.exec("store sign-in link", `INSERT INTO sign_in_links (hash, person, created, expires, used)
		VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET person = excluded.person, created = excluded.created,
		expires = excluded.expires, used = excluded.used`,
		l.Hash[:], id16(l.Person), l.Created, l.Expires, l.Used)
	return err
}

// RecoveryCodes implements storage.AccountReader.
func (r *reader) RecoveryCodes(person syncproto.ID) (out []storage.RecoveryCode, err error) {
	err = r.each("read recovery codes", codesSQL, func(row []driver.Value) bool {
		c := storage.RecoveryCode{Person: person, Used: integer(row[1])}
		copy(c.Hash[:], blob(row[0]))
		out = append(out, c)
		return true
	}, id16(person))
	return out, err
}

// PutRecoveryCodes implements storage.AccountWriter.
func (t *tx) PutRecoveryCodes(person syncproto.ID, codes []storage.RecoveryCode) error {
	if _, err := t.exec("drop recovery codes", "DELETE FROM recovery_codes WHERE person = ?", id16(person)); err != nil {
		return err
	}
	for _, c := range codes {
		c.Person = person
		if err := t.PutRecoveryCode(&c); err != nil {
			return err
		}
	}
	return nil
}

// PutRecoveryCode implements storage.AccountWriter.
func (t *tx) PutRecoveryCode(c *storage.RecoveryCode) error {
	const op = "store recovery code"
	person := id16(c.Person)
	if person == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, `INSERT INTO recovery_codes (person, hash, used) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET used = excluded.used`, person, c.Hash[:], c.Used)
	return err
}
