package privacy

import (
	"context"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// pseudonym begins the name that stands for somebody who was forgotten.
const pseudonym = "Người đã được xóa tên "

func isPseudonym(p *storage.Person) bool { return strings.HasPrefix(p.Name, pseudonym) }

// forgetPerson takes a person's name, number, account and phones out. Their published works keep the author's id, which
// leads to the pseudonym from now on.
func (s *Service) forgetPerson(ctx context.Context, c *storage.Case, _ *work) error {
	var places []syncproto.ID
	err := s.change(ctx, c.ID, func(tx storage.Tx, c *storage.Case, w *work) (err error) {
		if places, err = placesOf(tx, c.Person); err != nil {
			return err
		}
		if err := s.opt.At("person"); err != nil {
			return err
		}
		w.Stage = stageCheck
		now := s.now()
		who, err := tx.Person(c.Person)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		who.Name, who.Phone = pseudonym+Hash(c.ID, string(who.ID))[:6], ""
		if who.Closed == 0 {
			who.Closed = now
		}
		if err := tx.PutPerson(who); err != nil {
			return err
		}
		if err := forgetPhones(tx, c.Person, now); err != nil {
			return err
		}
		if err := tx.DropAccount(c.Person); err != nil && !isNotFound(err) {
			return err
		}
		if err := tx.DropPerson(c.Person); err != nil {
			return err
		}
		return tx.EraseDeadLetters(c.Person)
	})
	if err == nil {
		s.freed(ctx, places)
	}
	return err
}

// freed lets others have the places of who was erased. Where that fails, or the process ends before it, the next place that comes free
// does it.
func (s *Service) freed(ctx context.Context, calls []syncproto.ID) {
	for _, call := range calls {
		if err := s.opt.Freed(ctx, call); err != nil {
			s.opt.Log.Warn("places that came free are not given on", "call", call, "code", syncproto.CodeOf(err))
		}
	}
}

// placesOf lists the calls in which a person has a place.
func placesOf(r storage.Reader, person syncproto.ID) (list []syncproto.ID, err error) {
	calls, err := r.Audiences(person, 0, mostCalls)
	if err != nil {
		return nil, err
	}
	for _, call := range calls {
		one, err := r.Recipient(call, person)
		if err != nil {
			return nil, err
		}
		if one.Standing == syncproto.StateRegistered {
			list = append(list, call)
		}
	}
	return list, nil
}

// forgetPhones signs a person's phones out and takes back what they said of themselves.
func forgetPhones(tx storage.Tx, person syncproto.ID, now int64) error {
	devices, err := tx.DevicesOf(person)
	if err != nil {
		return err
	}
	var blank []storage.Contact
	for i := range devices {
		d := &devices[i]
		if d.Revoked == 0 {
			d.Revoked = now
			if err := tx.PutDevice(d); err != nil {
				return err
			}
		}
		if _, err := tx.Contact(d.ID); err == nil {
			blank = append(blank, storage.Contact{Device: d.ID})
		} else if !isNotFound(err) {
			return err
		}
	}
	return tx.PutContacts(blank)
}
