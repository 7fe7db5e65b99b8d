package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
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
		// All of it is said each time, also what is not there: another device of the person may have said more meanwhile.
		set := syncproto.Fields{
			syncproto.AnswerChoiceField: syncproto.Text(a.Choice), syncproto.AnswerCountField: syncproto.Int(max(a.Count, 1)),
			syncproto.AnswerTextField: syncproto.Null,
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
		id := syncproto.AnswerID(call, c.state.Self().Person)
		cur, err := c.e.current(c.tx, id)
		if err != nil {
			return err
		}
		if cur.record == nil || cur.record.Deleted {
			return syncproto.E(syncproto.CodeNotThere, "take answer back", nil)
		}
		return c.add(&syncproto.Mutation{Record: id, Delete: true})
	})
}

// answer changes the person's one answer to a call, or begins it. What was refused before leaves the tray: this is said
// instead of it.
func (c *capture) answer(call syncproto.ID, set syncproto.Fields) error {
	id := syncproto.AnswerID(call, c.state.Self().Person)
	history, err := c.tx.History(id)
	if err != nil {
		return err
	}
	for _, m := range history {
		if !m.Tray {
			continue
		}
		if _, err := c.tx.Dismiss(m.Seq); err != nil {
			return err
		}
	}
	return c.own(id, syncproto.KindAnswer, call, set)
}

// own changes a record that has one derived id a person (S-193), or begins it.
func (c *capture) own(id syncproto.ID, kind syncproto.Kind, call syncproto.ID, set syncproto.Fields) error {
	// Each change says the whole of where it belongs: what waits before it may yet be refused, a tombstone has forgotten, and a
	// server that was restored may have lost what it is an edit of. Any of them can be the first that counts.
	set[syncproto.AnswerCallField] = syncproto.Text(string(call))
	return c.add(&syncproto.Mutation{Record: id, Kind: kind, Unit: c.state.Self().Unit, Set: set})
}

// answerView is what the person said to a call; nil if they said nothing, or took it back.
func (e *Engine) answerView(tx *phonestore.Tx, state *phonestore.State, call syncproto.ID) (*AnswerView, error) {
	item := Item{ID: syncproto.AnswerID(call, state.Self().Person)}
	cur, err := e.current(tx, item.ID)
	if err != nil {
		return nil, err
	}
	if err := sending(tx, &item); err != nil {
		return nil, err
	}
	refused, err := refusedAnswer(tx, &item)
	if err != nil {
		return nil, err
	}
	v := &AnswerView{Sending: item.Sending}
	switch {
	case cur.record != nil && !cur.record.Deleted:
		v.fill(cur.record.Fields)
		if cur.server != nil && !cur.server.Deleted {
			v.Standing = cur.server.State
		}
	case refused != nil && !refused.Delete:
		v.fill(refused.Set) // what they said is theirs to see, with why it does not count
	default:
		return nil, nil
	}
	v.Name = e.standing(v)
	if refused != nil {
		v.Code, v.Sentence = refused.code, e.sentence(refused.code)
	}
	return v, nil
}

func (v *AnswerView) fill(f syncproto.Fields) {
	v.Choice, v.Text, v.Count = f[syncproto.AnswerChoiceField].TextOr(""), f[syncproto.AnswerTextField].TextOr(""), 1
	if n, ok := f[syncproto.AnswerCountField].AsInt(); ok && n > 0 {
		v.Count = n
	}
}

// standing says in words where an answer stands. Of one that waits here the server's last word says nothing yet.
func (e *Engine) standing(v *AnswerView) string {
	key := "call.standing_" + string(v.Standing)
	switch {
	case v.Sending == SendingWaiting, v.Standing == "" && v.Sending != SendingRejected:
		return e.text("call.standing_unsent", nil)
	case v.Standing == "":
		return e.text("call.standing_refused", nil)
	case !catalogue.Has(key):
		return string(v.Standing) // a newer server's word
	}
	return e.text(key, nil)
}

// refusedMutation is one that lies in the tray.
type refusedMutation struct {
	*syncproto.Mutation
	code syncproto.Code
}

// refusedAnswer returns the newest of a record that was refused; nil if none was, or it was dealt with.
func refusedAnswer(tx *phonestore.Tx, item *Item) (last *refusedMutation, err error) {
	if item.Sending != SendingRejected {
		return nil, nil
	}
	history, err := tx.History(item.ID)
	for _, m := range history {
		if m.Tray {
			last = &refusedMutation{decoded(m), m.Outcome.Code}
		}
	}
	return last, err
}
