package staff

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// What the operator does at the server's machine, who needs no session: whoever can read the database can do all this.

// Listed is an account in the operator's list.
type Listed struct {
	Person   syncproto.ID `json:"person"`
	Login    string       `json:"login"`
	Name     string       `json:"name"`
	Created  int64        `json:"created"`
	Seen     int64        `json:"seen"` // the last use of a session that is not over
	Sessions int          `json:"sessions"`
	Passkeys int          `json:"passkeys"`
	Password bool         `json:"password"`
	Rests    bool         `json:"rests"` // suspended or closed
}

// List lists all accounts.
func (s *Service) List(ctx context.Context) (list []Listed, err error) {
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		list = []Listed{}
		for after := syncproto.ID(""); ; {
			persons, err := r.Persons(after, 500)
			if err != nil || len(persons) == 0 {
				return err
			}
			for i := range persons {
				after = persons[i].ID
				one, err := listed(r, &persons[i], now)
				if err != nil {
					return err
				}
				if one != nil {
					list = append(list, *one)
				}
			}
		}
	})
	return list, err
}

func listed(r storage.Reader, person *storage.Person, now int64) (*Listed, error) {
	account, err := r.Account(person.ID)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sessions, err := r.Sessions(person.ID)
	if err != nil {
		return nil, err
	}
	keys, err := r.Passkeys(person.ID)
	if err != nil {
		return nil, err
	}
	one := &Listed{
		Person: person.ID, Login: account.Login, Name: person.Name, Created: account.Created, Passkeys: len(keys),
		Password: account.Password != "", Rests: person.Closed != 0 || person.Suspended != 0,
	}
	for i := range sessions {
		if !over(&sessions[i], now) {
			one.Sessions++
			one.Seen = max(one.Seen, sessions[i].Seen)
		}
	}
	return one, nil
}

// LinkFor makes a link for a person who is not closed and has a grant that holds; forbidden if they have none.
func (s *Service) LinkFor(ctx context.Context, person syncproto.ID) (link *IssuedLink, err error) {
	const op = "make link"
	now := s.millis()
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		p, err := tx.Person(person)
		if err == nil && p.Closed != 0 {
			err = &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "person"}
		}
		if err != nil {
			return err
		}
		grants, err := tx.Grants(person)
		if err != nil {
			return err
		}
		if strongest(grants, now) == nil {
			return &syncproto.Error{Code: syncproto.CodeForbidden, Op: op, Detail: "person"}
		}
		if err := tx.AddAudit(&storage.Audit{At: now, Act: ActMakeLink, Record: person}); err != nil {
			return err
		}
		link, err = putLink(tx, person, now, now+firstLinkLife.Milliseconds())
		return err
	})
	return link, err
}

// Reset ends all sessions of an account at once and makes a link by which its owner sets it up anew; not_found if no
// account has the login.
func (s *Service) Reset(ctx context.Context, login string) (*IssuedLink, error) {
	now := s.millis()
	var person syncproto.ID
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		account, err := tx.AccountByLogin(foldLogin(login))
		if err != nil {
			return err
		}
		person = account.Person
		account.Failed, account.Until = 0, 0
		if err := tx.PutAccount(account); err != nil {
			return err
		}
		if err := endAll(tx, person); err != nil {
			return err
		}
		return tx.AddAudit(&storage.Audit{At: now, Act: ActOperatorsReset, Record: person})
	})
	if err != nil {
		return nil, err
	}
	return s.LinkFor(ctx, person)
}
