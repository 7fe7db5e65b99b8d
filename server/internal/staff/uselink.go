package staff

import (
	"context"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// UseLink sets up the account of whoever a link is for and lets them in: the first operator with everything that makes
// one, in one transaction. An account that exists begins anew: its sessions, keys and recovery codes end. A link that
// was used, or is over, is link_used.
func (s *Service) UseLink(ctx context.Context, v *Visit, setup Setup) (*Entry, error) {
	if wait := s.guards.sites.Wait(v.From); wait > 0 {
		s.count(MethodLink, "locked")
		return nil, locked(wait)
	}
	setup.Login = foldLogin(setup.Login)
	hash, ok := hashToken(setup.Link)
	if !ok {
		return nil, s.linkUsed(v)
	}
	own, err := s.lookLink(ctx, hash, &setup)
	if err != nil {
		if syncproto.CodeOf(err) == syncproto.CodeLinkUsed {
			return nil, s.linkUsed(v)
		}
		return nil, err
	}
	if err := CheckPassword(setup.Password, own...); err != nil {
		return nil, err
	}
	stored, err := s.passwords.hash(ctx, strangers, setup.Password)
	if err != nil {
		return nil, err
	}
	entry, err := s.useLink(ctx, v, hash, &setup, stored)
	switch syncproto.CodeOf(err) {
	case syncproto.CodeLinkUsed:
		return nil, s.linkUsed(v)
	case syncproto.CodeRecordExists: // whoever holds a link must not try all logins with it
		s.guards.sites.Failed(v.From)
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "use link", Detail: "login", Err: err}
	}
	if err != nil {
		return nil, err
	}
	s.guards.opened(entry.Person)
	s.count(MethodLink, "good")
	return entry, nil
}

// LinkView is what whoever holds a link may know before they use it.
type LinkView struct {
	First   bool         // it makes the first operator, who still has to say their name
	Person  syncproto.ID // whom it is for; "" for the first operator
	Name    string
	Login   string // of the account that begins anew; "" for a new one
	Expires int64
}

// ReadLink tells whom a link is for; link_used for one that was used or is over, as UseLink.
func (s *Service) ReadLink(ctx context.Context, v *Visit, token string) (view *LinkView, err error) {
	if wait := s.guards.sites.Wait(v.From); wait > 0 {
		return nil, locked(wait)
	}
	hash, ok := hashToken(token)
	if !ok {
		return nil, s.linkUsed(v)
	}
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		link, err := openLink(r, hash, now)
		if err != nil {
			return err
		}
		view = &LinkView{First: link.Person == "", Person: link.Person, Expires: link.Expires}
		if view.First {
			return nil
		}
		person, err := r.Person(link.Person)
		if err != nil {
			return err
		}
		view.Name = person.Name
		account, err := r.Account(link.Person)
		if isNotFound(err) {
			return nil
		}
		if err == nil {
			view.Login = account.Login
		}
		return err
	})
	if syncproto.CodeOf(err) == syncproto.CodeLinkUsed {
		return nil, s.linkUsed(v)
	}
	if err != nil {
		return nil, err
	}
	return view, nil
}

func (s *Service) linkUsed(v *Visit) error {
	s.guards.sites.Failed(v.From)
	s.count(MethodLink, "refused")
	return usedUp()
}

func usedUp() error { return syncproto.E(syncproto.CodeLinkUsed, "use link", nil) }

// lookLink checks a link before the work of hashing, and fills in a login that needs not be said. It returns what a
// password must not be made of.
func (s *Service) lookLink(ctx context.Context, hash [32]byte, setup *Setup) (own []string, err error) {
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		link, err := openLink(r, hash, now)
		if err != nil {
			return err
		}
		name := setup.Name
		if link.Person != "" {
			person, err := r.Person(link.Person)
			if err != nil {
				return err
			}
			name = person.Name
			account, err := r.Account(link.Person)
			if err != nil && !isNotFound(err) {
				return err
			}
			if err == nil && setup.Login == "" {
				setup.Login = account.Login
			}
		}
		own = []string{setup.Login, name}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return own, checkLogin(setup.Login)
}

// openLink reads a link that may be used.
func openLink(r storage.Reader, hash [32]byte, now int64) (*storage.SignInLink, error) {
	link, err := r.SignInLink(hash)
	if isNotFound(err) {
		return nil, usedUp()
	}
	if err != nil {
		return nil, err
	}
	if link.Used != 0 || now >= link.Expires {
		return nil, usedUp()
	}
	if link.Person != "" {
		person, err := r.Person(link.Person)
		if err == nil && (person.Closed != 0 || person.Suspended != 0) {
			err = usedUp()
		}
		if err != nil {
			return nil, err
		}
		more, err := people.MoreSince(r, link.Person, link.Created, now, syncproto.Grant{})
		if err == nil && more {
			err = usedUp()
		}
		return link, err
	}
	last, err := r.SignInLink(newest)
	if err != nil || last.Created != link.Created {
		return nil, usedUp()
	}
	there, err := hasOperator(r, now)
	if err == nil && there {
		err = usedUp()
	}
	return link, err
}

func (s *Service) useLink(ctx context.Context, v *Visit, hash [32]byte, setup *Setup, stored string) (entry *Entry, err error) {
	now := s.millis()
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		link, err := openLink(tx, hash, now)
		if err != nil {
			return err
		}
		person := link.Person
		if person == "" {
			if person, err = s.makeOperator(tx, setup, now); err != nil {
				return err
			}
		}
		account, err := s.makeAccount(tx, person, setup.Login, now)
		if err != nil {
			return err
		}
		link.Used = now
		if err := tx.PutSignInLink(link); err != nil {
			return err
		}
		if err := s.note(tx, account, ActUseLink, "", now); err != nil {
			return err
		}
		entry, err = s.setPassword(tx, v, account, stored, MethodLink, now)
		return err
	})
	return entry, err
}

// makeOperator makes the first operator: a person with the server's rights over the root unit.
func (s *Service) makeOperator(tx storage.Tx, setup *Setup, now int64) (syncproto.ID, error) {
	const op = "make the first operator"
	units, err := tx.Units()
	if err != nil {
		return "", err
	}
	root := syncproto.ID("")
	for i := range units {
		if units[i].Parent == "" && units[i].Until == 0 {
			root = units[i].ID
			break
		}
	}
	if root == "" {
		return "", &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "unit"}
	}
	name := setup.Name
	if name == "" {
		name = setup.Login
	}
	person := storage.Person{ID: syncproto.NewID(), Name: name, Created: now}
	grant := syncproto.Grant{ID: syncproto.NewID(), Person: person.ID, Unit: root, Role: syncproto.RoleOperator, From: now}
	if err := people.CreatePerson(tx, person, grant, now); err != nil {
		return "", err
	}
	return person.ID, tx.AddAudit(&storage.Audit{
		At: now, Act: ActFirstOperator, Person: person.ID, Grant: grant.ID, Unit: root, Record: person.ID,
	})
}

// makeAccount makes a person's account, or empties the one that they have.
func (s *Service) makeAccount(tx storage.Tx, person syncproto.ID, login string, now int64) (*storage.Account, error) {
	account, err := tx.Account(person)
	switch {
	case isNotFound(err):
		account = &storage.Account{Person: person, Created: now, Handle: random(32)}
	case err != nil:
		return nil, err
	default:
		keys, err := tx.Passkeys(person)
		if err != nil {
			return nil, err
		}
		for i := range keys {
			if err := tx.DropPasskey(person, keys[i].ID); err != nil {
				return nil, err
			}
		}
		if err := tx.PutRecoveryCodes(person, nil); err != nil {
			return nil, err
		}
	}
	made := account.Login == ""
	account.Login = login
	if other, err := tx.AccountByLogin(login); err == nil && other.Person != person {
		return nil, &syncproto.Error{Code: syncproto.CodeRecordExists, Op: "make account", Detail: "login"}
	} else if err != nil && !isNotFound(err) {
		return nil, err
	}
	if err := tx.PutAccount(account); err != nil {
		return nil, err
	}
	if err := s.ensureDevice(tx, account, now); err != nil {
		return nil, err
	}
	if made {
		return account, s.note(tx, account, ActMakeAccount, "", now)
	}
	return account, nil
}
