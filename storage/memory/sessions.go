package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Session implements storage.AccountReader.
func (r *reader) Session(hash [32]byte) (*storage.Session, error) {
	s, ok := r.sessions.get(string(hash[:]))
	if !ok {
		return nil, missing("read session")
	}
	c := *s
	return &c, nil
}

// Sessions implements storage.AccountReader.
func (r *reader) Sessions(person syncproto.ID) (out []storage.Session, err error) {
	r.sessions.from("", func(_ string, s *storage.Session) bool {
		if s.Person == person {
			out = append(out, *s)
		}
		return true
	})
	slices.SortFunc(out, func(a, b storage.Session) int {
		return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(b.ID, a.ID))
	})
	return out, nil
}

// PutSession implements storage.AccountWriter.
func (t *tx) PutSession(s *storage.Session) error {
	if !s.Person.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store session", nil)
	}
	c := *s
	t.sessions.put(string(s.Hash[:]), &c)
	return nil
}

// DropSession implements storage.AccountWriter.
func (t *tx) DropSession(hash [32]byte) error {
	t.sessions.drop(string(hash[:]))
	return nil
}

// DropSessions implements storage.AccountWriter.
func (t *tx) DropSessions(before int64) error {
	t.sessions.from("", func(hash string, s *storage.Session) bool {
		if s.Expires < before {
			t.sessions.drop(hash)
		}
		return true
	})
	return nil
}

// SignInLink implements storage.AccountReader.
func (r *reader) SignInLink(hash [32]byte) (*storage.SignInLink, error) {
	l, ok := r.invited.get(string(hash[:]))
	if !ok {
		return nil, missing("read sign-in link")
	}
	c := *l
	return &c, nil
}

// PutSignInLink implements storage.AccountWriter.
func (t *tx) PutSignInLink(l *storage.SignInLink) error {
	c := *l
	t.invited.put(string(l.Hash[:]), &c)
	return nil
}

// RecoveryCodes implements storage.AccountReader.
func (r *reader) RecoveryCodes(person syncproto.ID) (out []storage.RecoveryCode, err error) {
	if !person.Valid() {
		return nil, nil
	}
	r.recovery.under(string(person), "", func(_ string, c *storage.RecoveryCode) bool {
		out = append(out, *c)
		return true
	})
	return out, nil
}

// PutRecoveryCodes implements storage.AccountWriter.
func (t *tx) PutRecoveryCodes(person syncproto.ID, codes []storage.RecoveryCode) error {
	t.dropCodes(person)
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
	if !c.Person.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store recovery code", nil)
	}
	kept := *c
	t.recovery.put(string(c.Person)+string(c.Hash[:]), &kept)
	return nil
}

func (t *tx) dropCodes(person syncproto.ID) {
	if !person.Valid() {
		return
	}
	t.recovery.under(string(person), "", func(hash string, _ *storage.RecoveryCode) bool {
		t.recovery.drop(string(person) + hash)
		return true
	})
}
