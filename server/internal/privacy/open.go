package privacy

import (
	"context"
	"strings"

	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Request is what somebody asked for, as it is typed in.
type Request struct {
	ID      syncproto.ID     `json:"-"` // drawn beforehand, so that a form that is sent twice opens one; "" for a new one
	Kind    storage.CaseKind `json:"kind"`
	Person  syncproto.ID     `json:"person"`  // whom it is about, if they are known; or else
	Who     string           `json:"who"`     // how they are called, at most 400 bytes
	Record  syncproto.ID     `json:"record"`  // of a withdrawal: the photo or the story; or
	Consent syncproto.ID     `json:"consent"` // the consent, which says what it is about
	Unit    syncproto.ID     `json:"unit"`    // that answers; of a withdrawal the record's
	Third   bool             `json:"third_parties"`
	Note    string           `json:"note"` // at most 4000 bytes
}

const (
	maxWho  = 400
	maxNote = 4000
)

func (q *Request) check() error {
	const op = "open case"
	q.Who, q.Note = strings.TrimSpace(q.Who), strings.TrimSpace(q.Note)
	withdrawal := q.Kind == storage.CaseWithdrawal
	switch {
	case !withdrawal && q.Kind != storage.CaseAccess && q.Kind != storage.CaseCorrection && q.Kind != storage.CaseErasure:
		return invalid(op, "kind")
	case len(q.Who) > maxWho:
		return invalid(op, "who")
	case len(q.Note) > maxNote:
		return invalid(op, "note")
	case q.Person != "" && !q.Person.Valid():
		return invalid(op, "person")
	case withdrawal && q.Record == "" && q.Consent == "", q.Record != "" && !q.Record.Valid():
		return invalid(op, "record")
	case q.Consent != "" && !q.Consent.Valid():
		return invalid(op, "consent")
	case !withdrawal && (q.Record != "" || q.Consent != ""):
		return invalid(op, "record")
	case !withdrawal && (q.Person == "") == (q.Who == ""):
		return invalid(op, "person")
	case !withdrawal && !q.Unit.Valid():
		return invalid(op, "unit")
	case q.ID != "" && (withdrawal || !q.ID.Valid()):
		return invalid(op, "id")
	}
	return nil
}

// Open takes a request down. A withdrawal is carried out at once; the other kinds wait for people.
//
// Errors: invalid_value with the member; forbidden; not_found for a record or a person that is not there or not theirs.
func (s *Service) Open(ctx context.Context, by By, q Request) (*Case, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	c := &storage.Case{Kind: q.Kind, Person: q.Person, Who: q.Who, By: by.Person, Note: q.Note, Opened: s.now()}
	c.AnswerBy, c.DoneBy = Clocks(c.Opened, q.Third)
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		st, err := s.standingOf(tx, by.Person)
		if err != nil {
			return err
		}
		c.Unit, c.Record, c.Consent, c.Due = q.Unit, q.Record, q.Consent, 0
		if q.Kind == storage.CaseWithdrawal {
			if err := subject(tx, c); err != nil {
				return err
			}
			c.Due = c.Opened
		}
		grant, ok := st.opens(c.Unit)
		if !ok && q.Kind == storage.CaseWithdrawal { // as of a draft: nobody learns which of the two it is
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: "open case", Detail: "record"}
		}
		if !ok {
			return syncproto.E(syncproto.CodeForbidden, "open case", nil)
		}
		if q.Person != "" {
			if known, err := st.knows(tx, q.Person); err != nil || !known {
				return &syncproto.Error{Code: syncproto.CodeNotFound, Op: "open case", Detail: "person", Err: err}
			}
		}
		if c.ID = q.ID; c.ID != "" {
			switch there, err := tx.Case(c.ID); {
			case err == nil && there.By == by.Person && there.Kind == c.Kind && there.Unit == c.Unit:
				*c = *there // sent twice
				return nil
			case err == nil:
				return invalid("open case", "id")
			case syncproto.CodeOf(err) != syncproto.CodeNotFound:
				return err
			}
		}
		if known, err := named(tx, c); err != nil || known {
			return err // withdrawn before, by whoever gave it
		}
		if err := tx.PutCase(c); err != nil {
			return err
		}
		return tx.AddAudit(&storage.Audit{
			At: c.Opened, Act: ActOpened, Person: by.Person, Device: by.Device, Grant: grant, Unit: c.Unit, Record: c.ID, Detail: string(c.Kind),
		})
	})
	if err != nil {
		return nil, err
	}
	s.Poke()
	return viewOf(c, s.now())
}

// named gives a case its id: the withdrawal of a consent has the one that the review gives it. known says that the case is
// there, and then c is it.
func named(tx storage.Tx, c *storage.Case) (known bool, err error) {
	if c.Consent == "" {
		if c.ID == "" {
			c.ID = syncproto.NewID()
		}
		return false, nil
	}
	key, err := tx.Key()
	if err != nil {
		return false, err
	}
	c.ID = review.CaseOf(key, c.Consent)
	there, err := tx.Case(c.ID)
	if isNotFound(err) {
		return false, nil
	}
	if err == nil {
		*c = *there
	}
	return err == nil, err
}

// subject finds what a withdrawal is about, and the unit that answers for it.
func subject(r storage.Reader, c *storage.Case) error {
	const op = "open case"
	id := c.Record
	if c.Consent != "" {
		stored, err := r.Record(c.Consent)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err != nil || stored.Record.Kind != syncproto.KindConsent || stored.Record.Deleted || id != "" && id != stored.Record.Parent() {
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "consent"}
		}
		id = stored.Record.Parent()
	}
	if id == "" {
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "record"}
	}
	stored, err := r.Record(id)
	if err != nil && !isNotFound(err) {
		return err
	}
	if err != nil || stored.Record.Erased || !syncproto.Reviewed(stored.Record.Kind) {
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "record"}
	}
	top, err := topOf(r, stored.Record)
	if err != nil {
		return err
	}
	c.Record, c.Unit = id, top.Unit
	// A draft is its author's alone: nobody else knows of it, and nobody else withdraws anything about it.
	if !syncproto.SeenByDesk(top.State) {
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "record"}
	}
	return nil
}
