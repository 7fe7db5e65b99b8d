package item

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// clash is the page of one conflict: what both sides wanted, what they started from, and what the record holds now.
type clash struct {
	*Sheet
	Card  Card
	Text  bool // both sides are texts: somebody may write a third
	Base  *Field
	Stays *Field
	Lost  *Field
	Now   *Field
	Whole []Side // of a conflict about a whole record: the fields that it would get
	Away  bool   // the losing side was a delete
	Runs  []Run  // what stands now against what was lost
	Own   string // as sent before
	Over  bool   // the choice was made already
	To    string
	Fresh syncproto.ID
}

// Side is one field of a side that is a whole record.
type Side struct {
	Name  string
	Value *Field
}

func (a *area) conflict(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.draw(ctx, r, (*Sheet).clash, nil)
}

func (s *Sheet) clash(r *page.Request) (*page.View, error) {
	id, err := r.PathID("card")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.built.cards, func(e entry) bool { return e.ID == id })
	if i < 0 {
		return nil, syncproto.E(syncproto.CodeNotFound, "find conflict", nil)
	}
	card, b := &s.built.cards[i], s.built
	data := &clash{
		Sheet: s, Card: b.card(s, card), To: s.Back, Fresh: syncproto.NewID(), Own: r.Text("value"), Over: card.State != syncproto.StateOpen,
	}
	if data.Card.Field == "" {
		lost, _ := card.Fields["lost"].AsObject()
		data.Away = len(lost) == 0
		for _, name := range lost.Names() {
			value := lost[name]
			data.Whole = append(data.Whole, Side{name, b.side(name, &value)})
		}
	} else {
		data.Base, data.Stays, data.Lost = b.fieldOf(card, "base"), b.fieldOf(card, "stays"), b.fieldOf(card, "lost")
		if subject := b.record(card.Parent()); subject != nil {
			now := subject.Fields[data.Card.Field]
			data.Now = b.side(data.Card.Field, &now)
			if data.Text = syncproto.IsText(subject.Kind, data.Card.Field); data.Text {
				data.Runs = runs(reconcile.CompareText(now.TextOr(""), card.Fields["lost"].TextOr("")))
				if data.Own == "" {
					data.Own = now.TextOr("")
				}
			}
		}
	}
	title := r.T("item.conflict_title") + ": " + s.heading(r)
	return &page.View{Name: "item/conflict", Title: title, Area: menuArea, Data: data}, nil
}

func (b *builder) fieldOf(card *entry, side string) *Field {
	value := card.Fields[side]
	return b.side(card.Fields["field"].TextOr(""), &value)
}

// record finds the submission or a part of it.
func (b *builder) record(id syncproto.ID) *syncproto.Record {
	if id == b.top.ID {
		return b.top
	}
	for _, list := range [][]entry{b.parts, b.notes, b.consents} {
		for i := range list {
			if list[i].ID == id {
				return list[i].Record
			}
		}
	}
	return nil
}

// resolve takes a choice.
func (a *area) resolve(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	card, err := r.PathID("card")
	if err != nil {
		return nil, err
	}
	choice := &desk.Choice{ID: r.ID("act"), Choose: r.Text("choose")}
	if choice.Choose == "own" {
		choice.Choose, choice.Value = "", textOrNull(r.Text("value"))
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	out, err := a.opt.Desk.Resolve(ctx, r.Desk(), card, choice)
	if err == nil {
		for _, d := range []*desk.Done{out.Edit, out.Card} {
			if d != nil && (d.Result == syncproto.Rejected || d.Result == desk.Failed || d.Conflict != "" && d.Code != "") {
				err = errorOf(d)
				break
			}
		}
	}
	if err == nil {
		return page.Redirect{To: r.Back(pathOf(id, "")), Flash: &page.Flash{Key: "item.told_resolved"}}, nil
	}
	return a.draw(ctx, r, (*Sheet).clash, err)
}
