package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// AnswerView is what the person said to a call, and where that stands.
type AnswerView struct {
	Choice string `json:"choice,omitempty"`
	Count  int64  `json:"count"`
	Text   string `json:"text,omitempty"`
	// Standing is the server's word (S-194): registered, waiting, noted, late or came; "" while it has not spoken.
	Standing syncproto.State `json:"standing,omitempty"`
	Name     string          `json:"name"` // the standing in words, in the phone's language
	Sending  Sending         `json:"sending,omitempty"`
	Code     syncproto.Code  `json:"code,omitempty"` // why the newest change was refused; what stands, stands
	Sentence string          `json:"sentence,omitempty"`
}

// CallAnswer is what a person says to a call.
type CallAnswer struct {
	Choice string // one that the call offers
	Count  int64  // how many come, the person included; 0 for 1
	Text   string // at most 2,000 bytes
}

// Answer answers a call, offline too: the server decides in the order in which answers arrive who has a place. Answering
// again changes the answer, whichever device of the person made it. Errors: no_such_record, choice_unknown, and invalid_field
// for more people than an answer can speak for.
func (e *Engine) Answer(ctx context.Context, call syncproto.ID, a CallAnswer) error {
	return e.capture(ctx, func(c *capture) error {
		r, err := e.callRecord(c.tx, call, "answer")
		if err != nil {
			return err
		}
		known := false
		for _, o := range choicesOf(r) {
			known = known || o.Name == a.Choice
		}
		if !known {
			return &syncproto.Error{Code: syncproto.CodeChoiceUnknown, Op: "answer", Detail: syncproto.AnswerChoiceField}
		}
		if a.Count < 0 || a.Count > syncproto.MaxAnswerCount {
			return &syncproto.Error{Code: syncproto.CodeInvalidField, Op: "answer", Detail: syncproto.AnswerCountField}
		}
		set := syncproto.Fields{
			syncproto.AnswerChoiceField: syncproto.Text(a.Choice), syncproto.AnswerCountField: syncproto.Null, syncproto.AnswerTextField: syncproto.Null,
		}
		if a.Count > 1 {
			set[syncproto.AnswerCountField] = syncproto.Int(a.Count)
		}
		if a.Text != "" {
			set[syncproto.AnswerTextField] = syncproto.Text(a.Text)
		}
		return c.answer(call, set)
	})
}

// CheckIn says with the code of the event that the person came (S-196), offline too. Errors: no_such_record, and check_in_code
// for a call that takes none.
func (e *Engine) CheckIn(ctx context.Context, call syncproto.ID, code string) error {
	return e.capture(ctx, func(c *capture) error {
		r, err := e.callRecord(c.tx, call, "check in")
		if err != nil {
			return err
		}
		if r.Fields[syncproto.CallCheckInField] != "true" || code == "" {
			return &syncproto.Error{Code: syncproto.CodeCheckInCode, Op: "check in", Detail: syncproto.AnswerCodeField}
		}
		return c.answer(call, syncproto.Fields{syncproto.AnswerCodeField: syncproto.Text(code)})
	})
}

// TakeBack takes an answer back: a place that it had goes to whoever waits. Error: no_such_record for a call that the
// person has not answered.
func (e *Engine) TakeBack(ctx context.Context, call syncproto.ID) error {
	return e.capture(ctx, func(c *capture) error {
		return c.add(&syncproto.Mutation{Record: syncproto.AnswerID(call, c.state.Self().Person), Delete: true})
	})
}

// answer changes the person's one answer to a call, or begins it. What is null and was never there is left out.
func (c *capture) answer(call syncproto.ID, set syncproto.Fields) error {
	id := syncproto.AnswerID(call, c.state.Self().Person)
	return c.own(id, syncproto.KindAnswer, call, set)
}

// own changes a record that has one derived id a person (S-193), or begins it.
func (c *capture) own(id syncproto.ID, kind syncproto.Kind, call syncproto.ID, set syncproto.Fields) error {
	cur, err := c.e.current(c.tx, id)
	if err != nil {
		return err
	}
	m := &syncproto.Mutation{Record: id, Kind: kind, Set: set}
	if cur.record == nil {
		m.Unit = c.state.Self().Unit
		for name, value := range set {
			if value.IsNull() {
				delete(set, name)
			}
		}
	}
	if call != "" && (cur.record == nil || cur.record.Deleted) {
		set[syncproto.AnswerCallField] = syncproto.Text(string(call)) // a tombstone has forgotten it
	}
	return c.add(m)
}

// answerView is what the person said to a call; nil if they said nothing, or took it back.
func (e *Engine) answerView(tx *phonestore.Tx, state *phonestore.State, call syncproto.ID) (*AnswerView, error) {
	id := syncproto.AnswerID(call, state.Self().Person)
	cur, err := e.current(tx, id)
	if err != nil || cur.record == nil || cur.record.Deleted {
		return nil, err
	}
	r := cur.record
	v := &AnswerView{Choice: r.Fields[syncproto.AnswerChoiceField].TextOr(""), Count: 1, Text: r.Fields[syncproto.AnswerTextField].TextOr("")}
	if n, ok := r.Fields[syncproto.AnswerCountField].AsInt(); ok && n > 0 {
		v.Count = n
	}
	if cur.server != nil && !cur.server.Deleted {
		v.Standing = cur.server.State
	}
	item := Item{ID: id}
	if err := sending(tx, &item); err != nil {
		return nil, err
	}
	v.Sending, v.Name = item.Sending, e.text("call.standing_unsent", nil)
	if v.Standing != "" {
		v.Name = e.text("call.standing_"+string(v.Standing), nil)
	}
	if v.Sending != SendingRejected {
		return v, nil
	}
	history, err := tx.History(id)
	for _, m := range history {
		if m.Judged && m.Outcome.Result == syncproto.Rejected {
			v.Code, v.Sentence = m.Outcome.Code, e.sentence(m.Outcome.Code)
		}
	}
	return v, err
}
