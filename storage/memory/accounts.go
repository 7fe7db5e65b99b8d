package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Account implements storage.AccountReader.
func (r *reader) Account(person syncproto.ID) (*storage.Account, error) {
	a, ok := r.accounts.get(string(person))
	if !ok {
		return nil, missing("read account")
	}
	return copyAccount(a), nil
}

// AccountByLogin implements storage.AccountReader.
func (r *reader) AccountByLogin(login string) (*storage.Account, error) {
	person, ok := r.logins.get(login)
	if !ok {
		return nil, missing("read account")
	}
	return r.Account(person)
}

// AccountByHandle implements storage.AccountReader.
func (r *reader) AccountByHandle(handle []byte) (*storage.Account, error) {
	person, ok := r.handles.get(string(handle))
	if !ok {
		return nil, missing("read account")
	}
	return r.Account(person)
}

// Accounts implements storage.AccountReader.
func (r *reader) Accounts() (n int, err error) {
	r.accounts.from("", func(person string, _ *storage.Account) bool {
		if p, ok := r.persons.get(person); ok && p.Closed == 0 {
			n++
		}
		return true
	})
	return n, nil
}

// PutAccount implements storage.AccountWriter.
func (t *tx) PutAccount(a *storage.Account) error {
	const op = "store account"
	if !a.Person.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	byLogin, login := t.logins.get(a.Login)
	byHandle, handle := t.handles.get(string(a.Handle))
	if login && byLogin != a.Person || handle && byHandle != a.Person {
		return syncproto.E(syncproto.CodeRecordExists, op, nil)
	}
	t.unlist(a.Person)
	if a.Login != "" {
		t.logins.put(a.Login, a.Person)
	}
	if len(a.Handle) > 0 {
		t.handles.put(string(a.Handle), a.Person)
	}
	t.accounts.put(string(a.Person), copyAccount(a))
	return nil
}

// unlist takes an account out of what finds it.
func (t *tx) unlist(person syncproto.ID) {
	if old, ok := t.accounts.get(string(person)); ok {
		t.logins.drop(old.Login)
		t.handles.drop(string(old.Handle))
	}
}

// DropAccount implements storage.AccountWriter.
func (t *tx) DropAccount(person syncproto.ID) error {
	t.unlist(person)
	t.accounts.drop(string(person))
	t.passkeys.from("", func(id string, p *storage.Passkey) bool {
		if p.Person == person {
			t.passkeys.drop(id)
		}
		return true
	})
	t.sessions.from("", func(hash string, s *storage.Session) bool {
		if s.Person == person {
			t.sessions.drop(hash)
		}
		return true
	})
	t.invited.from("", func(hash string, l *storage.SignInLink) bool {
		if l.Person == person && person != "" {
			t.invited.drop(hash)
		}
		return true
	})
	t.dropCodes(person)
	return nil
}

func copyAccount(a *storage.Account) *storage.Account {
	c := *a
	c.Handle = slices.Clone(a.Handle)
	return &c
}

// Passkeys implements storage.AccountReader.
func (r *reader) Passkeys(person syncproto.ID) (out []storage.Passkey, err error) {
	r.passkeys.from("", func(_ string, p *storage.Passkey) bool {
		if p.Person == person {
			out = append(out, *copyPasskey(p))
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b storage.Passkey) int { return cmp.Compare(a.Created, b.Created) })
	return out, nil
}

// Passkey implements storage.AccountReader.
func (r *reader) Passkey(id []byte) (*storage.Passkey, error) {
	p, ok := r.passkeys.get(string(id))
	if !ok {
		return nil, missing("read passkey")
	}
	return copyPasskey(p), nil
}

// PutPasskey implements storage.AccountWriter.
func (t *tx) PutPasskey(p *storage.Passkey) error {
	const op = "store passkey"
	if !p.Person.Valid() || len(p.ID) == 0 {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	if old, ok := t.passkeys.get(string(p.ID)); ok && old.Person != p.Person {
		return syncproto.E(syncproto.CodeRecordExists, op, nil)
	}
	t.passkeys.put(string(p.ID), copyPasskey(p))
	return nil
}

// DropPasskey implements storage.AccountWriter.
func (t *tx) DropPasskey(person syncproto.ID, id []byte) error {
	if p, ok := t.passkeys.get(string(id)); ok && p.Person == person {
		t.passkeys.drop(string(id))
	}
	return nil
}

func copyPasskey(p *storage.Passkey) *storage.Passkey {
	c := *p
	c.ID, c.Data = slices.Clone(p.ID), slices.Clone(p.Data)
	return &c
}
