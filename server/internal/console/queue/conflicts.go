package queue

import (
	"context"
	"encoding/json"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// board is what the page of conflicts draws.
type board struct {
	*filter
	Tabs  []tab
	Cards []card
	More  string
	Here  string
}

// card is an open conflict, in words.
type card struct {
	desk.Card
	ID    syncproto.ID // of the card itself
	Sides []side
	Runs  []reconcile.Run
}

// side is one of the values to choose from.
type side struct {
	Choose string
	Act    syncproto.ID // the identity of the choice
	Text   string
	Fields []fact // of a side that is a whole record
	Empty  bool
}

// fact is one field of a side.
type fact struct {
	Name string
	Text string
}

// conflicts lists the open conflicts with both sides; choosing one is an act of its submission.
func (a *area) conflicts(ctx context.Context, r *page.Request) (page.Answer, error) {
	f := &filter{View: conflictsTab, Unit: r.ID("unit")}
	if err := r.Err(); err != nil {
		return nil, err
	}
	cards, err := a.desk.Conflicts(ctx, r.Desk(), f.Unit, r.Text("from"))
	if err != nil {
		return nil, err
	}
	counts, err := a.desk.Counters(ctx, r.Desk(), f.Unit)
	if err != nil {
		return nil, err
	}
	b := &board{filter: f, Tabs: tabs(f, counts), Here: r.Here()}
	for i := range cards.Cards {
		shown, err := cardOf(r, &cards.Cards[i])
		if err != nil {
			return nil, err
		}
		b.Cards = append(b.Cards, shown)
	}
	if cards.Next != "" {
		b.More = r.With("from", cards.Next)
	}
	return &page.View{Name: "queue/conflicts", Title: r.T("queue.conflicts_title"), Area: menuArea, Data: b}, nil
}

func cardOf(r *page.Request, c *desk.Card) (out card, err error) {
	record, err := syncproto.DecodeRecord(c.Record)
	if err != nil {
		return out, err
	}
	out = card{Card: *c, ID: record.ID, Runs: c.Compared}
	add := func(choose string, v syncproto.Value) {
		text := words(r, v)
		out.Sides = append(out.Sides, side{Choose: choose, Act: syncproto.NewID(), Text: text, Empty: text == ""})
	}
	if c.Field == "" {
		add(desk.ChooseStays, "")
		add(desk.ChooseLost, "")
		lost, _ := c.Lost.AsObject()
		for _, name := range lost.Names() {
			out.Sides[1].Fields = append(out.Sides[1].Fields, fact{name, words(r, lost[name])})
		}
		return out, nil
	}
	add(desk.ChooseStays, c.Now)
	add(desk.ChooseLost, c.Lost)
	if c.Base != c.Now && c.Base != c.Lost {
		add(desk.ChooseBase, c.Base)
	}
	return out, nil
}

// words is a value as people read it: a text as it is, everything else as plainly as it can be written.
func words(r *page.Request, v syncproto.Value) string {
	if text := v.TextOr(""); text != "" {
		return text
	}
	if v == "" || v == syncproto.Null {
		return ""
	}
	if on, ok := v.AsBool(); ok {
		if on {
			return r.T("queue.value_yes")
		}
		return r.T("queue.value_no")
	}
	if list, ok := v.AsList(); ok {
		texts := make([]string, len(list))
		for i := range list {
			texts[i] = words(r, list[i])
		}
		return strings.Join(texts, ", ")
	}
	var any map[string]any
	if json.Unmarshal([]byte(v), &any) == nil {
		if text, ok := any["text"].(string); ok && text != "" {
			return text // of a place
		}
		if len(any) == 0 {
			return ""
		}
	}
	return string(v)
}
