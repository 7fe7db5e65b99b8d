package reach

import (
	"context"
	"strings"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// AnswerQuery chooses answers. The zero value chooses all.
type AnswerQuery struct {
	Choice   string
	Standing syncproto.State
	// Name is a part of a name, with or without accents. Whoever is looked for by name stands at the door perhaps, so those on the
	// list who did not answer are found, too.
	Name  string
	From  syncproto.ID // the Next of the page before
	Limit int          // 0 for 50, at most 200
}

// Answers is one page of a list, in order of persons. It may be shorter than was asked for and still have a Next.
type Answers struct {
	Answers []Answer     `json:"answers"`
	Next    syncproto.ID `json:"next,omitempty"`
}

// Answer is what somebody answered, or that they came.
type Answer struct {
	Person   syncproto.ID    `json:"person"`
	Name     string          `json:"name"`
	Phone    string          `json:"phone,omitempty"` // of who agreed to be telephoned
	Unit     syncproto.ID    `json:"unit"`
	UnitName string          `json:"unit_name,omitempty"`
	Choice   string          `json:"choice,omitempty"`
	Standing syncproto.State `json:"standing"`
	Count    int64           `json:"count"`
	Text     string          `json:"text,omitempty"`
	Answered int64           `json:"answered,omitempty"`
	Promoted int64           `json:"promoted,omitempty"`
	Came     int64           `json:"came,omitempty"`
}

// mostLooked bounds how many recipients are looked at for one page.
const mostLooked = 5000

// Answers lists who answered or came, of those who were chosen in a unit of the asker's. Each page is noted in the audit
// log: where a list is begun is for its reader to say.
//
// Errors: call_unknown; query_invalid for a limit.
func (s *Service) Answers(ctx context.Context, by people.Actor, call syncproto.ID, q AnswerQuery) (*Answers, error) {
	if q.Limit < 0 || q.Limit > 200 {
		return nil, &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "list answers", Detail: "limit"}
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	var out *Answers
	var note *storage.Audit
	err := s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.look(r, by, call)
		if err != nil {
			return err
		}
		note = v.note(by, "call.answers", "")
		out, err = v.answers(r, q)
		return err
	})
	if err == nil {
		err = s.store.Update(ctx, func(tx storage.Tx) error { return tx.AddAudit(note) })
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (v *sight) answers(r storage.Reader, q AnswerQuery) (*Answers, error) {
	out := &Answers{Answers: []Answer{}}
	for after, looked := q.From, 0; ; {
		page, err := r.Recipients(v.call.ID, after, pageSize)
		if err != nil {
			return nil, err
		}
		for i := range page {
			one := &page[i]
			if after = one.Person; !v.wanted(one, q) {
				continue
			}
			a, err := v.answer(r, one)
			if err != nil {
				return nil, err
			}
			if q.Name != "" && !strings.Contains(viet.Fold(a.Name), viet.Fold(q.Name)) {
				continue
			}
			if out.Answers = append(out.Answers, a); len(out.Answers) == q.Limit {
				out.Next = after
				return out, nil
			}
		}
		if len(page) < pageSize {
			return out, nil
		}
		if looked += len(page); looked >= mostLooked {
			out.Next = after
			return out, nil
		}
	}
}

func (v *sight) wanted(one *storage.Recipient, q AnswerQuery) bool {
	return (one.Standing != "" || q.Name != "") && (q.Choice == "" || one.Choice == q.Choice) && (q.Standing == "" || one.Standing == q.Standing) && v.mine(one.Unit)
}

func (v *sight) answer(r storage.Reader, one *storage.Recipient) (a Answer, err error) {
	a = Answer{
		Person: one.Person, Unit: one.Unit, UnitName: v.name(one.Unit), Choice: one.Choice, Standing: one.Standing, Count: one.Count,
		Answered: one.Answered, Promoted: one.Promoted, Came: one.Came,
	}
	who, err := r.Person(one.Person)
	if err != nil {
		return a, err
	}
	a.Name = who.Name
	want, err := r.Preference(one.Person)
	if err != nil {
		return a, err
	}
	if want.MayPhone && who.Closed == 0 && who.Suspended == 0 {
		a.Phone = who.Phone
	}
	stored, err := r.Record(syncproto.AnswerID(v.call.ID, one.Person))
	if err == nil {
		a.Text = stored.Record.Fields[syncproto.AnswerTextField].TextOr("")
	} else if syncproto.KindOf(err) != syncproto.NotFound { // who came without an answer has none
		return a, err
	}
	return a, nil
}
