package staff

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"

	"lantoa/storage"
	"lantoa/syncproto"
)

// recoveryCodes is how many codes somebody has on their sheet of paper.
const recoveryCodes = 10

// codeHash makes what is stored of a recovery code: slowly, since 53 bits are few for whoever has a copy of the database.
// All codes of a person share a salt, so that trying one costs one hash and not ten.
func (s *Service) codeHash(ctx context.Context, person syncproto.ID, bare string) (hash [32]byte, err error) {
	salt := sha256.Sum256([]byte("recovery code 1\x00" + string(person)))
	// Its cost never changes: what is stored has no room to say which it was.
	key, err := s.passwords.key(ctx, strangers, bare, salt[:], cost{memory: 19 * 1024, time: 2, threads: 1}, 32)
	if err != nil {
		return hash, err
	}
	return [32]byte(key), nil
}

// NewCodes gives somebody ten new recovery codes in place of all that they had. They are shown once. Whoever proved who
// they are longer than a quarter of an hour ago gets confirm_identity.
func (s *Service) NewCodes(ctx context.Context, who *Identity) ([]string, error) {
	now := s.millis()
	err := s.store.View(ctx, func(r storage.Reader) error {
		_, _, err := s.proved(r, who, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	shown := make([]string, recoveryCodes)
	stored := make([]storage.RecoveryCode, recoveryCodes)
	for i := range shown {
		shown[i] = syncproto.NewEnrollCode()
		bare, err := syncproto.ParseEnrollCode(shown[i])
		if err != nil {
			return nil, err
		}
		hash, err := s.codeHash(ctx, who.Person, bare)
		if err != nil {
			return nil, err
		}
		stored[i] = storage.RecoveryCode{Person: who.Person, Hash: hash}
	}
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		_, account, err := s.proved(tx, who, now)
		if err != nil {
			return err
		}
		if err := tx.PutRecoveryCodes(who.Person, stored); err != nil {
			return err
		}
		return s.note(tx, account, ActRecoveryCodes, "", now)
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// Recover lets somebody in by a recovery code, which then is used. Until they have set a password or a key, their
// session is good for nothing else. What others tried on the account does not matter here: codes cannot be guessed
// through the limit of an address.
func (s *Service) Recover(ctx context.Context, v *Visit, login, code string) (*Entry, error) {
	if wait := s.guards.sites.Wait(v.From); wait > 0 {
		s.count(MethodRecovery, "locked")
		return nil, locked(wait)
	}
	bare, err := syncproto.ParseEnrollCode(code)
	if err != nil {
		return nil, err // a typing error, which says nothing of any account
	}
	found, err := s.look(ctx, v, foldLogin(login))
	if err != nil {
		return nil, err
	}
	person := syncproto.ID("")
	if found.account != nil {
		person = found.account.Person
	}
	hash, err := s.codeHash(ctx, person, bare)
	if err != nil {
		return nil, err
	}
	if found.account == nil || unused(found.codes, hash) == nil {
		return nil, s.wrong(v, MethodRecovery)
	}
	entry, err := s.useCode(ctx, v, found.account, hash)
	if syncproto.CodeOf(err) == syncproto.CodeSignInFailed {
		return nil, s.wrong(v, MethodRecovery)
	}
	if err == nil {
		s.count(MethodRecovery, "good")
	}
	return entry, err
}

func (s *Service) useCode(ctx context.Context, v *Visit, judged *storage.Account, hash [32]byte) (entry *Entry, err error) {
	now := s.millis()
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		account, err := s.still(tx, judged)
		if err != nil {
			return err
		}
		codes, err := tx.RecoveryCodes(account.Person)
		if err != nil {
			return err
		}
		one := unused(codes, hash)
		if one == nil {
			return refused()
		}
		one.Used = now
		if err := tx.PutRecoveryCode(one); err != nil {
			return err
		}
		if err := s.note(tx, account, ActUseRecovery, itoa(countUnused(codes)), now); err != nil {
			return err
		}
		entry, err = s.open(tx, v, account, MethodRecovery, now)
		return err
	})
	return entry, err
}

// unused finds a code that was not used, in a time that does not depend on which.
func unused(codes []storage.RecoveryCode, hash [32]byte) (found *storage.RecoveryCode) {
	for i := range codes {
		if subtle.ConstantTimeCompare(codes[i].Hash[:], hash[:]) == 1 && codes[i].Used == 0 {
			found = &codes[i]
		}
	}
	return found
}

func countUnused(codes []storage.RecoveryCode) (n int) {
	for i := range codes {
		if codes[i].Used == 0 {
			n++
		}
	}
	return n
}

// wrong counts a failure of an address.
func (s *Service) wrong(v *Visit, method string) error {
	s.guards.sites.Failed(v.From)
	s.count(method, "refused")
	return refused()
}
