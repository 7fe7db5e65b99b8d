package campaign

import (
	"context"
	"encoding/json"
	"slices"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Ref names a person or a unit for people who read.
type Ref struct {
	ID   syncproto.ID `json:"id"`
	Name string       `json:"name"`
}

// Call is a call as an officer sees it.
type Call struct {
	ID          syncproto.ID       `json:"id"`
	Campaign    syncproto.ID       `json:"campaign,omitempty"`
	Units       []Ref              `json:"units"`
	Kind        syncproto.CallKind `json:"kind"`
	State       storage.CallState  `json:"state"`
	Revision    int64              `json:"revision"`
	Title       string             `json:"title"`
	Body        string             `json:"body"`
	TitleEN     string             `json:"title_en,omitempty"`
	BodyEN      string             `json:"body_en,omitempty"`
	SMS         string             `json:"sms,omitempty"`
	Place       syncproto.Value    `json:"place,omitempty"`
	Starts      int64              `json:"starts,omitempty"`
	Ends        int64              `json:"ends,omitempty"`
	Deadline    int64              `json:"deadline,omitempty"`
	Capacity    int64              `json:"capacity,omitempty"`
	Choices     []storage.Choice   `json:"choices,omitempty"`
	Link        string             `json:"link,omitempty"`
	About       syncproto.ID       `json:"about,omitempty"`
	Attachments []syncproto.ID     `json:"attachments,omitempty"`
	Code        string             `json:"code,omitempty"`
	Audience    json.RawMessage    `json:"audience,omitempty"`
	Due         int64              `json:"due,omitempty"`
	By          *Ref               `json:"by"`
	Created     int64              `json:"created"`
	Changed     int64              `json:"changed"`
	Proposed    *Ref               `json:"proposed,omitempty"` // who stands for it
	Second      *Ref               `json:"second,omitempty"`   // who said yes besides
	SecondAt    int64              `json:"second_at,omitempty"`
	Sent        int64              `json:"sent,omitempty"`
	Over        int64              `json:"over,omitempty"`
	OverBy      *Ref               `json:"over_by,omitempty"` // absent for what ended by itself
	Recipients  int64              `json:"recipients,omitempty"`
	Gone        int64              `json:"gone,omitempty"`
	Reason      syncproto.Code     `json:"reason,omitempty"` // why a schedule came to nothing
	Acts        []Act              `json:"acts"`             // that whoever asks may do now
}

// show makes what an officer sees of a call.
func (v *sight) show(c *storage.Call) (*Call, error) {
	out := &Call{
		ID: c.ID, Campaign: c.Campaign, Units: v.units(c.Units), Kind: c.Kind, State: c.State, Revision: c.Revision, Title: c.Title,
		Body: c.Body, TitleEN: c.TitleEN, BodyEN: c.BodyEN, SMS: c.SMS, Place: c.Place, Starts: c.Starts, Ends: c.Ends, Deadline: c.Deadline,
		Capacity: c.Capacity, Choices: slices.Clone(c.Choices), Link: c.Link, About: c.About, Attachments: slices.Clone(c.Attachments),
		Code: c.Code, Audience: slices.Clone(c.Audience), Due: c.Due, Created: c.Created, Changed: c.Changed, SecondAt: c.SecondAt,
		Sent: c.Sent, Over: c.Over, Recipients: c.Recipient, Gone: c.Gone, Reason: c.Reason, Acts: v.acts(c),
	}
	for _, p := range []struct {
		into **Ref
		id   syncproto.ID
	}{{&out.By, c.By}, {&out.Proposed, c.Proposed}, {&out.Second, c.Second}, {&out.OverBy, c.OverBy}} {
		ref, err := v.person(p.id)
		if err != nil {
			return nil, err
		}
		*p.into = ref
	}
	return out, nil
}

// acts lists what the person may do with a call. Sending and scheduling are one request: the call says when.
func (v *sight) acts(c *storage.Call) []Act {
	acts := []Act{}
	if _, err := v.may(c.Units, "look"); err != nil {
		return acts
	}
	for _, act := range offered(c.State) {
		switch act {
		case ActSchedule:
			continue
		case ActSend:
			if handedOut(c.State) || v.second(c, "look") != nil {
				continue
			}
		}
		acts = append(acts, act)
	}
	return acts
}

func (v *sight) units(ids []syncproto.ID) []Ref {
	refs := make([]Ref, len(ids))
	for i, id := range ids {
		u, _ := v.tree.Unit(id)
		refs[i] = Ref{ID: id, Name: u.Name}
	}
	return refs
}

// person names a person; nil for nobody.
func (v *sight) person(id syncproto.ID) (*Ref, error) {
	if id == "" {
		return nil, nil
	}
	p, err := v.r.Person(id)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	if err != nil {
		return &Ref{ID: id}, nil
	}
	return &Ref{ID: id, Name: p.Name}, nil
}

// Show shows a call to an officer of one of its units; to others it is not there [not_found].
func (s *Service) Show(ctx context.Context, by people.Actor, id syncproto.ID) (out *Call, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		c, _, err := v.call(id, "show call", false)
		if err != nil {
			return err
		}
		out, err = v.show(c)
		return err
	})
	return out, err
}

// Row is a call in a list.
type Row struct {
	ID         syncproto.ID       `json:"id"`
	Campaign   syncproto.ID       `json:"campaign,omitempty"`
	Units      []Ref              `json:"units"`
	Kind       syncproto.CallKind `json:"kind"`
	State      storage.CallState  `json:"state"`
	Revision   int64              `json:"revision"`
	Title      string             `json:"title"`
	About      syncproto.ID       `json:"about,omitempty"`
	Starts     int64              `json:"starts,omitempty"`
	Ends       int64              `json:"ends,omitempty"`
	Deadline   int64              `json:"deadline,omitempty"`
	Due        int64              `json:"due,omitempty"`
	Sent       int64              `json:"sent,omitempty"`
	Over       int64              `json:"over,omitempty"`
	Recipients int64              `json:"recipients,omitempty"`
	Reason     syncproto.Code     `json:"reason,omitempty"`
	Changed    int64              `json:"changed"`
}

// Page is a page of calls, newest first. Next is where the next one begins; "" at the end.
type Page struct {
	Calls []Row        `json:"calls"`
	Next  syncproto.ID `json:"next,omitempty"`
}

// Filter chooses calls. The zero value chooses all that the person sees.
type Filter struct {
	Campaign syncproto.ID
	States   []storage.CallState
	From     syncproto.ID // Page.Next of the page before
}

// Bounds of a page, and of how many calls are looked at for one: others' are passed over.
const (
	maxRows   = 100
	maxLooked = 2000
)

// List lists the calls of the units for which the person calls. Errors: query_invalid for a state that is none.
func (s *Service) List(ctx context.Context, by people.Actor, f Filter) (page *Page, err error) {
	for _, state := range f.States {
		if !slices.Contains(States(), state) {
			return nil, fail(syncproto.CodeQueryInvalid, "list calls", "state")
		}
	}
	err = s.store.View(ctx, func(r storage.Reader) error {
		page = &Page{Calls: []Row{}}
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		from := f.From
		for looked := 0; looked < maxLooked; {
			calls, err := r.Calls(storage.CallQuery{Campaign: f.Campaign, States: f.States, Before: from, Limit: maxRows})
			if err != nil {
				return err
			}
			for i := range calls {
				c := &calls[i]
				looked, from = looked+1, c.ID
				if v.sees(c.Units) {
					page.Calls = append(page.Calls, v.row(c))
				}
				if len(page.Calls) == maxRows {
					page.Next = from
					return nil
				}
			}
			if len(calls) < maxRows {
				return nil
			}
		}
		page.Next = from
		return nil
	})
	return page, err
}

func (v *sight) row(c *storage.Call) Row {
	return Row{
		ID: c.ID, Campaign: c.Campaign, Units: v.units(c.Units), Kind: c.Kind, State: c.State, Revision: c.Revision, Title: c.Title,
		About: c.About, Starts: c.Starts, Ends: c.Ends, Deadline: c.Deadline, Due: c.Due, Sent: c.Sent, Over: c.Over,
		Recipients: c.Recipient, Reason: c.Reason, Changed: c.Changed,
	}
}
