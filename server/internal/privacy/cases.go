package privacy

import (
	"context"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Case is a case as those see it who answer for it.
type Case struct {
	ID        syncproto.ID     `json:"id"`
	Kind      storage.CaseKind `json:"kind"`
	Person    syncproto.ID     `json:"person,omitempty"`
	Who       string           `json:"who,omitempty"`
	Record    syncproto.ID     `json:"record,omitempty"`
	Consent   syncproto.ID     `json:"consent,omitempty"`
	Unit      syncproto.ID     `json:"unit"`
	Opened    int64            `json:"opened"`
	By        syncproto.ID     `json:"by,omitempty"`
	AnswerBy  int64            `json:"answer_by"`
	DoneBy    int64            `json:"done_by"`
	Extended  int64            `json:"extended,omitempty"`
	Answered  int64            `json:"answered,omitempty"`
	Closed    int64            `json:"closed,omitempty"`
	Result    string           `json:"result,omitempty"`
	Note      string           `json:"note,omitempty"`
	Overdue   []string         `json:"overdue,omitempty"` // answer, done
	Stage     string           `json:"stage,omitempty"`   // of the worker
	Confirmed []syncproto.ID   `json:"confirmed,omitempty"`
	Proof     []Proof          `json:"proof,omitempty"`
}

func viewOf(c *storage.Case, now int64) (*Case, error) {
	w, err := workOf(c)
	if err != nil {
		return nil, err
	}
	v := &Case{
		ID: c.ID, Kind: c.Kind, Person: c.Person, Who: c.Who, Record: c.Record, Consent: c.Consent, Unit: c.Unit, Opened: c.Opened,
		By: c.By, AnswerBy: c.AnswerBy, DoneBy: c.DoneBy, Extended: c.Extended, Answered: c.Answered, Closed: c.Closed,
		Result: c.Result, Note: c.Note, Stage: string(w.Stage), Confirmed: w.Confirmed, Proof: w.Proof,
	}
	if c.Answered == 0 && c.AnswerBy != 0 && now > c.AnswerBy {
		v.Overdue = append(v.Overdue, "answer")
	}
	if c.Closed == 0 && c.DoneBy != 0 && now > c.DoneBy {
		v.Overdue = append(v.Overdue, "done")
	}
	return v, nil
}

// maxCases bounds a page of cases.
const maxCases = 100

// Filter says which cases are listed.
type Filter struct {
	All     bool         // closed ones too
	Overdue bool         // only those
	From    syncproto.ID // the Next of the page before
}

// Cases lists cases of the units that somebody answers for, the most urgent first, and the mark of the next page; "" at the end.
func (s *Service) Cases(ctx context.Context, by By, f Filter) (list []Case, next string, err error) {
	list = []Case{}
	err = s.store.View(ctx, func(r storage.Reader) error {
		st, units, err := s.answering(r, by.Person)
		if err != nil {
			return err
		}
		found, err := r.Cases(units, !f.All, f.From, maxCases)
		if isNotFound(err) {
			return &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "list cases", Detail: "from"}
		}
		if err != nil {
			return err
		}
		for i := range found {
			v, err := viewOf(&found[i], st.now)
			if err != nil {
				return err
			}
			if !f.Overdue || len(v.Overdue) > 0 {
				list = append(list, *v)
			}
		}
		if len(found) == maxCases {
			next = string(found[len(found)-1].ID)
		}
		return nil
	})
	return list, next, err
}

// Show returns a case with everything that the association keeps of the person. Reading it is in the audit log.
func (s *Service) Show(ctx context.Context, by By, id syncproto.ID) (*Case, *Found, error) {
	var c *storage.Case
	err := s.act(ctx, by, id, ActRead, func(_ storage.Tx, now *storage.Case, _ *work) error {
		c = now
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	v, err := viewOf(c, s.now())
	if err != nil || c.Kind == storage.CaseWithdrawal {
		return v, nil, err
	}
	found, err := s.find(ctx, by, c)
	return v, found, err
}

// Reply is the answer to a request: that it was taken up, and which candidates are about the person.
type Reply struct {
	Note    string         `json:"note"` // at most 4000 bytes; "" leaves the one that is there
	Confirm []syncproto.ID `json:"confirm"`
	Deny    []syncproto.ID `json:"deny"`
}

// Answer stops the first clock and keeps what was confirmed. It may be repeated.
func (s *Service) Answer(ctx context.Context, by By, id syncproto.ID, a Reply) (*Case, error) {
	if len(a.Note) > maxNote || len(a.Confirm)+len(a.Deny) > 1000 {
		return nil, invalid("answer case", "note")
	}
	return s.acted(ctx, by, id, ActAnswered, func(tx storage.Tx, c *storage.Case, w *work) error {
		if c.Closed != 0 || w.Stage != stageNone {
			return syncproto.E(syncproto.CodeWrongState, "answer case", nil)
		}
		if c.Answered == 0 {
			c.Answered = s.now()
		}
		if a.Note != "" {
			c.Note = strings.TrimSpace(a.Note)
		}
		st, err := s.standingOf(tx, by.Person)
		if err != nil {
			return err
		}
		for _, id := range a.Confirm {
			if err := st.mayConfirm(tx, id); err != nil {
				return err
			}
			if !slices.Contains(w.Confirmed, id) {
				w.Confirmed = append(w.Confirmed, id)
			}
		}
		w.Confirmed = slices.DeleteFunc(w.Confirmed, func(id syncproto.ID) bool { return slices.Contains(a.Deny, id) })
		return nil
	})
}

// mayConfirm refuses records that are no candidates for somebody: those of units that they do not answer for.
func (st *standing) mayConfirm(r storage.Reader, id syncproto.ID) error {
	hidden := &syncproto.Error{Code: syncproto.CodeNotFound, Op: "confirm candidate", Detail: "confirm"}
	if !id.Valid() {
		return hidden
	}
	stored, err := r.Record(id)
	if isNotFound(err) || err == nil && stored.Record.Deleted {
		return hidden
	}
	if err != nil {
		return err
	}
	top, err := topOf(r, stored.Record)
	if err != nil {
		return err
	}
	if _, ok := st.keeps(top.Unit); !ok || !syncproto.SeenByDesk(top.State) {
		return hidden
	}
	return nil
}

// Extend moves the second deadline, once, by at most 15 days.
func (s *Service) Extend(ctx context.Context, by By, id syncproto.ID, until int64) (*Case, error) {
	return s.acted(ctx, by, id, ActExtended, func(_ storage.Tx, c *storage.Case, _ *work) error {
		if c.Closed != 0 || c.Extended != 0 {
			return syncproto.E(syncproto.CodeWrongState, "extend case", nil)
		}
		if until <= c.DoneBy || until > extended(c.DoneBy) {
			return invalid("extend case", "until")
		}
		c.DoneBy, c.Extended = until, s.now()
		return nil
	})
}

// Close ends a case with its result and a note. A withdrawal ends by itself, and nothing that is being erased is closed.
func (s *Service) Close(ctx context.Context, by By, id syncproto.ID, result, note string) (*Case, error) {
	if result != ResultDone && result != ResultPartly && result != ResultRefused || len(note) > maxNote {
		return nil, invalid("close case", "result")
	}
	return s.acted(ctx, by, id, ActClosed, func(_ storage.Tx, c *storage.Case, w *work) error {
		running := w.Stage != stageNone && w.Stage != stageDone
		if c.Closed != 0 || running || c.Kind == storage.CaseWithdrawal {
			return syncproto.E(syncproto.CodeWrongState, "close case", nil)
		}
		if note = strings.TrimSpace(note); note == "" && result != ResultDone {
			return syncproto.E(syncproto.CodeReasonRequired, "close case", nil)
		}
		c.Closed, c.Result = s.now(), result
		if note != "" {
			c.Note = note
		}
		if c.Answered == 0 {
			c.Answered = c.Closed
		}
		w.Confirmed = nil
		c.Due = dueTidy(c)
		return nil
	})
}

// acted is act, and returns the case as it is then.
func (s *Service) acted(ctx context.Context, by By, id syncproto.ID, name string, fn func(tx storage.Tx, c *storage.Case, w *work) error) (*Case, error) {
	var after storage.Case
	err := s.act(ctx, by, id, name, func(tx storage.Tx, c *storage.Case, w *work) error { return fn(tx, c, w) })
	if err == nil {
		err = s.store.View(ctx, func(r storage.Reader) error {
			c, err := r.Case(id)
			if err == nil {
				after = *c
			}
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	return viewOf(&after, s.now())
}
