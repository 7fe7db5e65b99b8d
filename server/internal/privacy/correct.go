package privacy

import (
	"context"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Correction is what is right. What stands in records is corrected where records are edited: confirmed candidates say which.
type Correction struct {
	Name  string `json:"name"`  // "" leaves it
	Phone string `json:"phone"` // in E.164, or with a leading 0; "" leaves it
}

const maxName = 200

var international = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

// check returns the correction as it is stored.
func (q Correction) check() (Correction, error) {
	const op = "correct person"
	q.Name = strings.Join(strings.Fields(norm.NFC.String(q.Name)), " ")
	q.Phone = strings.NewReplacer(" ", "", ".", "", "-", "").Replace(q.Phone)
	if strings.HasPrefix(q.Phone, "0") {
		q.Phone = "+84" + q.Phone[1:]
	}
	switch {
	case q.Name == "" && q.Phone == "", len(q.Name) > maxName:
		return q, invalid(op, "name")
	case q.Phone != "" && !international.MatchString(q.Phone):
		return q, invalid(op, "phone")
	}
	return q, nil
}

// Correct corrects what the association knows of the person of a case, and what their phones show of it.
//
// Errors: invalid_value; not_found; forbidden for who answers for a part of the person only; wrong_state for a case that is closed or about nobody known; record_exists if somebody
// else has the number.
func (s *Service) Correct(ctx context.Context, by By, id syncproto.ID, q Correction) (*Case, error) {
	q, err := q.check()
	if err != nil {
		return nil, err
	}
	var after storage.Case
	err = s.records.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error {
		c, err := tx.Case(id)
		if err != nil {
			return err
		}
		grant, err := s.mayKeep(tx, by, c)
		if err != nil {
			return err
		}
		if c.Closed != 0 || c.Person == "" || c.Kind == storage.CaseWithdrawal {
			return syncproto.E(syncproto.CodeWrongState, "correct person", nil)
		}
		if err := s.mustKeepWhole(tx, by, c); err != nil {
			return err
		}
		if err := s.correct(tx, p, c.Person, q); err != nil {
			return err
		}
		after = *c
		return tx.AddAudit(&storage.Audit{
			At: s.now(), Act: ActCorrected, Person: by.Person, Device: by.Device, Grant: grant, Unit: c.Unit, Record: c.ID, Detail: string(c.Person),
		})
	})
	if err != nil {
		return nil, err
	}
	return viewOf(&after, s.now())
}

func (s *Service) correct(tx storage.Tx, p *syncer.Putter, person syncproto.ID, q Correction) error {
	who, err := tx.Person(person)
	if err != nil {
		return err
	}
	if who.Closed != 0 {
		return syncproto.E(syncproto.CodeWrongState, "correct person", nil)
	}
	if q.Phone != "" && q.Phone != who.Phone {
		other, err := tx.PersonByPhone(q.Phone)
		if err == nil && other.ID != person {
			return &syncproto.Error{Code: syncproto.CodeRecordExists, Op: "correct person", Detail: "phone"}
		}
		if err != nil && !isNotFound(err) {
			return err
		}
		who.Phone = q.Phone
	}
	if q.Name != "" {
		who.Name = q.Name
	}
	if err := tx.PutPerson(who); err != nil {
		return err
	}
	stored, err := tx.Record(person) // the profile has the person's id
	if isNotFound(err) || err == nil && (stored.Record.Deleted || stored.Record.Kind != syncproto.KindProfile) {
		return nil
	}
	if err != nil {
		return err
	}
	next := stored.Record.Clone()
	next.Revision++
	next.Changed = s.now()
	next.Fields["name"] = syncproto.Text(who.Name)
	if next.Marks == nil {
		next.Marks = map[string]int64{}
	}
	next.Marks["name"] = next.Revision
	return p.Put(next)
}
