package mobilesdk

import (
	"cmp"
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// CallStatus is what a person sees of a call at once.
type CallStatus string

// The statuses of a call. None of them takes a call out of the inbox.
const (
	CallOpen      CallStatus = "open"
	CallEnded     CallStatus = "ended" // its end, or else its deadline, has passed
	CallClosed    CallStatus = "closed"
	CallCancelled CallStatus = "cancelled"
)

// CallView is a call as its recipient sees it, with what they said to it.
type CallView struct {
	ID          syncproto.ID       `json:"id"`
	Kind        syncproto.CallKind `json:"kind"`
	Status      CallStatus         `json:"status"`
	Title       string             `json:"title"` // in the phone's language, where the call has it
	Body        string             `json:"body"`
	Place       string             `json:"place,omitempty"`
	Starts      int64              `json:"starts,omitempty"` // Unix ms, server time
	Ends        int64              `json:"ends,omitempty"`
	Deadline    int64              `json:"deadline,omitempty"`
	Capacity    int64              `json:"capacity,omitempty"`
	Choices     []CallChoice       `json:"choices,omitempty"`
	Link        string             `json:"link,omitempty"`
	Campaign    syncproto.ID       `json:"campaign,omitempty"`
	About       syncproto.ID       `json:"about,omitempty"`
	Attachments []syncproto.ID     `json:"attachments,omitempty"`
	CheckIn     bool               `json:"check_in,omitempty"` // who comes may say so with a code
	At          int64              `json:"at"`                 // when it was sent, server time
	Shown       bool               `json:"shown,omitempty"`    // on this phone, or as far as is known on another of the person's
	Opened      bool               `json:"opened,omitempty"`
	Answer      *AnswerView        `json:"answer,omitempty"` // nil while the person has not answered
}

// CallChoice is one answer that a call offers, with its words in the phone's language.
type CallChoice struct {
	Name  string `json:"name"`
	Text  string `json:"text"`
	Takes bool   `json:"takes,omitempty"` // takes places
}

// Inbox is a part of the calls that the person was sent, newest first.
type Inbox struct {
	Calls  []CallView `json:"calls"`
	Unread int        `json:"unread"` // calls of this part that are open and were not opened
	Next   string     `json:"next,omitempty"`
}

// Inbox lists the calls that the person was sent, newest first: also what has ended or was called off. After is Next of
// the part before, or "". It never waits for the network.
func (e *Engine) Inbox(ctx context.Context, limit int, after string) (*Inbox, error) {
	page, err := e.List(ctx, Filter{Kind: syncproto.KindCall, Limit: limit, After: after})
	if err != nil {
		return nil, err
	}
	out := &Inbox{Calls: []CallView{}, Next: page.Next}
	err = e.store.View(ctx, func(tx *phonestore.Tx) error {
		out.Calls, out.Unread = out.Calls[:0], 0
		state, err := tx.State()
		if err != nil {
			return err
		}
		for i := range page.Items {
			item := &page.Items[i]
			view, err := e.callView(tx, state, &syncproto.Record{ID: item.ID, State: item.State, Fields: item.Fields, Received: item.At})
			if err != nil {
				return err
			}
			if view.Status == CallOpen && !view.Opened {
				out.Unread++
			}
			out.Calls = append(out.Calls, *view)
		}
		return nil
	})
	return out, err
}

// Call returns one call. Error: no_such_record.
func (e *Engine) Call(ctx context.Context, id syncproto.ID) (*CallView, error) {
	var out *CallView
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		r, err := e.callRecord(tx, id, "show call")
		if err == nil {
			out, err = e.callView(tx, state, r)
		}
		return err
	})
	return out, err
}

// callRecord reads a call. Error: no_such_record.
func (e *Engine) callRecord(tx *phonestore.Tx, id syncproto.ID, op string) (*syncproto.Record, error) {
	cur, err := e.current(tx, id)
	if err != nil {
		return nil, err
	}
	if cur.record == nil || cur.record.Kind != syncproto.KindCall || cur.record.Deleted {
		return nil, syncproto.E(syncproto.CodeNotThere, op, nil)
	}
	return cur.record, nil
}

// callView makes the view of a call. What a newer server wrote into it that this app cannot read is left out: a call that
// is shown in part is better than one that is not.
func (e *Engine) callView(tx *phonestore.Tx, state *phonestore.State, r *syncproto.Record) (*CallView, error) {
	text := func(name string) string { return r.Fields[name].TextOr("") }
	number := func(name string) int64 { n, _ := r.Fields[name].AsInt(); return n }
	v := &CallView{
		ID: r.ID, Kind: syncproto.CallKind(text(syncproto.CallKindField)), Title: text(syncproto.CallTitleField), Body: text(syncproto.CallBodyField),
		Starts: number(syncproto.CallStartsField), Ends: number(syncproto.CallEndsField), Deadline: number(syncproto.CallDeadlineField),
		Capacity: number(syncproto.CallCapacityField), Link: text(syncproto.CallLinkField), At: r.Received,
		Campaign: syncproto.ID(text(syncproto.CallCampaignField)), About: syncproto.ID(text(syncproto.CallAboutField)),
		Attachments: callIDs(r), CheckIn: r.Fields[syncproto.CallCheckInField] == "true",
	}
	if e.english() {
		v.Title, v.Body = cmp.Or(text(syncproto.CallTitleENField), v.Title), cmp.Or(text(syncproto.CallBodyENField), v.Body)
	}
	if place, ok := r.Fields[syncproto.CallPlaceField].AsObject(); ok {
		v.Place = place["text"].TextOr("")
	}
	for _, c := range choicesOf(r) {
		v.Choices = append(v.Choices, CallChoice{Name: c.Name, Text: e.choiceText(c), Takes: c.Takes})
	}
	v.Status = e.callStatus(state, r)
	var err error
	if v.Shown, v.Opened, err = e.seen(tx, state, r.ID); err != nil {
		return nil, err
	}
	v.Answer, err = e.answerView(tx, state, r.ID)
	return v, err
}

func (e *Engine) english() bool { return catalogue.Match(e.cfg.Language) == catalogue.English }

// callStatus says whether a call still asks for something, by the phone's best idea of the server's time.
func (e *Engine) callStatus(state *phonestore.State, r *syncproto.Record) CallStatus {
	switch r.State {
	case syncproto.StateClosed:
		return CallClosed
	case syncproto.StateCancelled:
		return CallCancelled
	}
	end, ok := r.Fields[syncproto.CallEndsField].AsInt()
	if !ok {
		end, ok = r.Fields[syncproto.CallDeadlineField].AsInt()
	}
	if ok && e.now(state) >= end {
		return CallEnded
	}
	return CallOpen
}

// offered is a choice as a call names it (S-191).
type offered struct {
	Name, VI, EN string
	Takes        bool
}

// choicesOf reads them one by one: one that cannot be read takes no other along.
func choicesOf(r *syncproto.Record) (out []offered) {
	items, _ := r.Fields[syncproto.CallChoicesField].AsList()
	for _, item := range items {
		c, _ := item.AsObject()
		if name := c["name"].TextOr(""); name != "" {
			out = append(out, offered{Name: name, VI: c["vi"].TextOr(""), EN: c["en"].TextOr(""), Takes: c["takes"] == "true"})
		}
	}
	return out
}

func (e *Engine) choiceText(c offered) string {
	switch {
	case e.english() && c.EN != "":
		return c.EN
	case c.VI != "":
		return c.VI
	case c.EN != "":
		return c.EN
	}
	switch c.Name {
	case syncproto.ChoiceYes, syncproto.ChoiceNo, syncproto.ChoiceMaybe:
		return e.text("call.choice_"+c.Name, nil)
	}
	return c.Name
}

func callIDs(r *syncproto.Record) (out []syncproto.ID) {
	items, _ := r.Fields[syncproto.CallAttachmentsField].AsList()
	for _, item := range items {
		if id := syncproto.ID(item.TextOr("")); id.Valid() {
			out = append(out, id)
		}
	}
	return out
}
