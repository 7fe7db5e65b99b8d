package staff

import (
	"context"
	"crypto/sha256"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// refused is the one answer for an unknown login, a wrong password, a wrong key and an account that rests.
func refused() error { return syncproto.E(syncproto.CodeSignInFailed, "sign in", nil) }

// looked is what a sign-in found of a login. account is nil if there is none that may be used.
type looked struct {
	account *storage.Account
	browser *[16]byte // by which a known browser is counted
	codes   []storage.RecoveryCode
}

// look finds a login's account. It takes the same reads for one that does not exist, as far as there is anything to read.
func (s *Service) look(ctx context.Context, v *Visit, login string) (found looked, err error) {
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		found = looked{}
		key, err := r.Key()
		if err != nil {
			return err
		}
		account, err := r.AccountByLogin(login)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		person, err := r.Person(account.Person)
		if err != nil {
			return err
		}
		if found.codes, err = r.RecoveryCodes(account.Person); err != nil {
			return err
		}
		if name, ok := knownBrowser(key, account.Person, v.Browser, now); ok {
			found.browser = &name
		}
		if person.Closed == 0 && person.Suspended == 0 {
			found.account = account
		}
		return nil
	})
	return found, err
}

// try is one attempt with its counters.
type try struct {
	s       *Service
	method  string
	visit   *Visit
	pair    pair
	browser *[16]byte
	account *storage.Account
	deaf    bool // what strangers did to the account has closed it to their passwords
}

// attempt counts an attempt with a password before it is judged; sign_in_locked if its address or browser must wait. A
// browser that the account knows waits for nobody else.
func (s *Service) attempt(v *Visit, login string, found looked) (*try, error) {
	now := s.now()
	t := &try{
		s: s, method: MethodPassword, visit: v, pair: pair{login: sha256.Sum256([]byte(login)), site: siteOf(v.From)},
		browser: found.browser, account: found.account,
	}
	var wait time.Duration
	if t.browser != nil {
		wait = s.guards.browsers.begin(*t.browser, now)
	} else if wait = s.guards.sites.Wait(v.From); wait == 0 {
		wait = s.guards.pairs.begin(t.pair, now)
	}
	if wait > 0 {
		s.count(t.method, "locked")
		return nil, locked(wait)
	}
	if t.browser == nil && t.account != nil {
		t.deaf = s.guards.closed(t.account, now)
	}
	return t, nil
}

func (t *try) lane() lane {
	if t.browser != nil {
		return knowns
	}
	return strangers
}

// failed ends an attempt that was wrong.
func (t *try) failed() error {
	if t.browser == nil {
		t.s.guards.sites.Failed(t.visit.From)
	}
	t.s.count(t.method, "refused")
	return refused()
}

// undo ends an attempt that was not judged.
func (t *try) undo() {
	if t.browser != nil {
		t.s.guards.browsers.undo(*t.browser)
		return
	}
	t.s.guards.pairs.undo(t.pair)
	if t.account != nil && !t.deaf {
		t.s.guards.undo(t.account.Person)
	}
}

// good ends an attempt that was right.
func (t *try) good() {
	if t.browser != nil {
		t.s.guards.browsers.good(*t.browser)
	} else {
		t.s.guards.pairs.good(t.pair)
		t.s.guards.opened(t.account.Person)
	}
	t.s.count(t.method, "good")
}

// SignIn lets somebody in by their password. Whoever is not let in gets sign_in_failed, or sign_in_locked with the time
// to wait (LockedError), and neither says whether the account exists.
func (s *Service) SignIn(ctx context.Context, v *Visit, login, password string) (*Entry, error) {
	login = foldLogin(login)
	found, err := s.look(ctx, v, login)
	if err != nil {
		return nil, err
	}
	t, err := s.attempt(v, login, found)
	if err != nil {
		return nil, err
	}
	stored := ""
	if t.account != nil {
		stored = t.account.Password
	}
	ok, old, err := s.passwords.verify(ctx, t.lane(), stored, password)
	if err != nil {
		t.undo()
		return nil, err
	}
	if !ok || t.deaf {
		return nil, t.failed()
	}
	renewed := ""
	if old {
		if renewed, err = s.passwords.hash(ctx, t.lane(), password); err != nil {
			t.undo()
			return nil, err
		}
	}
	entry, err := s.enter(ctx, v, t.account, renewed)
	if err != nil {
		t.undo()
		return nil, err
	}
	t.good()
	return entry, nil
}

// enter makes the session of a password that was right, if nothing has changed meanwhile.
func (s *Service) enter(ctx context.Context, v *Visit, judged *storage.Account, renewed string) (entry *Entry, err error) {
	now := s.millis()
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		account, err := s.still(tx, judged)
		if err != nil {
			return err
		}
		if account.Password != judged.Password {
			return refused()
		}
		if renewed != "" {
			account.Password = renewed
		}
		if renewed != "" || account.Failed != 0 || account.Until != 0 {
			account.Failed, account.Until = 0, 0
			if err := tx.PutAccount(account); err != nil {
				return err
			}
		}
		entry, err = s.open(tx, v, account, MethodPassword, now)
		return err
	})
	return entry, err
}

// still reads an account again, inside the transaction that lets its owner in.
func (s *Service) still(tx storage.Tx, judged *storage.Account) (*storage.Account, error) {
	account, err := tx.Account(judged.Person)
	if isNotFound(err) {
		return nil, refused()
	}
	if err != nil {
		return nil, err
	}
	person, err := tx.Person(account.Person)
	if err != nil {
		return nil, err
	}
	if person.Closed != 0 || person.Suspended != 0 {
		return nil, refused()
	}
	return account, nil
}
