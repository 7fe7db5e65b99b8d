package calls

import (
	"context"
	"io"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/figure"
	"lantoa/server/internal/reach"
	"lantoa/syncproto"
)

// reachView is how far a call came.
type reachView struct {
	*callView
	CallView *callView
	AsOf     int64
	Steps    []stepView // of all units together
	Choices  []stepView
	Heads    []string // of the table by unit: names of figures, then choices
	Units    []unitReach
	Small    bool // some figures are not told
}

// stepView is one figure with its bar.
type stepView struct {
	Name   string
	Text   string // of a choice
	Shown  string
	Share  string // of those on the list, in percent
	Bar    int64  // of 1000
	People bool   // it counts persons on the list, and not places
}

type unitReach struct {
	Name  string
	Cells []string
}

// reach shows how far a call came, by unit and in total.
func (o *office) reach(ctx context.Context, r *page.Request) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	f, err := o.Reach.Funnel(ctx, r.People(), c.ID)
	if err != nil {
		return nil, err
	}
	call := o.viewOf(r, c, "reach")
	v := &reachView{callView: call, CallView: call, AsOf: f.AsOf}
	all := figures(&f.Total)
	for i, name := range reach.Steps() {
		v.Steps = append(v.Steps, stepOf(r, name, all[i], f.Total.Eligible))
		v.Heads = append(v.Heads, r.T("reach.short_"+name))
	}
	for _, name := range f.Choices {
		s := stepOf(r, name, f.Total.Choices[name], f.Total.Eligible)
		s.Text = choiceText(r, c, name)
		v.Choices = append(v.Choices, s)
		v.Heads = append(v.Heads, s.Text)
	}
	for i := range f.Units {
		u := unitReach{Name: f.Units[i].Name}
		cells := figures(&f.Units[i])
		for _, name := range f.Choices {
			cells = append(cells, f.Units[i].Choices[name])
		}
		for _, cell := range cells {
			u.Cells = append(u.Cells, shown(r, cell))
			v.Small = v.Small || cell.Kind != figure.Told
		}
		v.Units = append(v.Units, u)
	}
	return page.View{Name: "calls/reach", Title: r.T("calls.reach_title", "title", v.Heading), Area: "calls", Data: v}, nil
}

// figures are those of a row, in the order of reach.Steps.
func figures(row *reach.Row) []figure.Figure {
	return []figure.Figure{
		row.Eligible, row.Registered, row.Accepted, row.Arrived, row.Opened, row.Answered, row.Places, row.Waiting, row.Late, row.Came, row.CamePeople,
	}
}

func stepOf(r *page.Request, name string, f, of figure.Figure) stepView {
	s := stepView{Name: name, Shown: shown(r, f), People: name != "places" && name != "came_people"}
	if s.People && f.Kind == figure.Told && of.Kind == figure.Told && of.N > 0 {
		s.Bar = min(f.N*1000/of.N, 1000)
		s.Share = page.Number(r.Lang, (f.N*100+of.N/2)/of.N) + " %"
	}
	return s
}

// unreached asks before the list of those who must be telephoned is made: it holds names and numbers, and is in the audit log.
func (o *office) unreached(ctx context.Context, r *page.Request) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	v := o.viewOf(r, c, "unreached")
	return page.View{Name: "calls/unreached", Title: r.T("calls.unreached_title", "title", v.Heading), Area: "calls", Data: v}, nil
}

// export sends that list.
func (o *office) export(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	e, err := o.Reach.Unreached(ctx, r.People(), id, reach.Format(r.Text("format")))
	if err != nil {
		return nil, err
	}
	return page.File{Name: e.Name, Type: e.Type, Write: func(ctx context.Context, w io.Writer) error { return e.WriteTo(ctx, w) }}, nil
}

// answersView is who answered.
type answersView struct {
	*callView
	CallView  *callView
	Answers   []answerView
	Filters   []filterView
	Choice    string
	Standing  string
	Name      string
	Standings []string
	Next      string
	Any       bool // it is filtered
	To        string
}

type filterView struct {
	Name, Text string
}

type answerView struct {
	reach.Answer
	Chosen string
	Came   bool
}

// standings are those in which an answer can be.
var standings = []string{
	string(syncproto.StateRegistered), string(syncproto.StateWaiting), string(syncproto.StateNoted), string(syncproto.StateLate), string(syncproto.StateCame),
}

// answers lists who answered or came; by name also who did not.
func (o *office) answers(ctx context.Context, r *page.Request) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	call := o.viewOf(r, c, "answers")
	v := &answersView{callView: call, CallView: call, Choice: r.Text("choice"), Standing: r.Text("standing"), Name: r.Text("name"), Standings: standings}
	q := reach.AnswerQuery{Choice: v.Choice, Standing: syncproto.State(v.Standing), Name: v.Name, From: r.ID("from")}
	if err := r.Err(); err != nil {
		return nil, err
	}
	found, err := o.Reach.Answers(ctx, r.People(), c.ID, q)
	if err != nil {
		return nil, err
	}
	for _, choice := range c.Choices {
		v.Filters = append(v.Filters, filterView{choice.Name, choiceText(r, c, choice.Name)})
	}
	for i := range found.Answers {
		a := answerView{Answer: found.Answers[i], Came: found.Answers[i].Came != 0}
		if a.Choice != "" {
			a.Chosen = choiceText(r, c, a.Choice)
		}
		v.Answers = append(v.Answers, a)
	}
	v.Any = v.Choice != "" || v.Standing != "" || v.Name != ""
	v.To = page.At(at(c.ID, "answers"), "choice", v.Choice, "standing", v.Standing, "name", v.Name, "from", string(q.From))
	if found.Next != "" {
		v.Next = page.At(at(c.ID, "answers"), "choice", v.Choice, "standing", v.Standing, "name", v.Name, "from", string(found.Next))
	}
	return page.View{Name: "calls/answers", Title: r.T("calls.answers_title", "title", v.Heading), Area: "calls", Data: v}, nil
}

// maxWho is how much of a name is told of a check-in, in letters: what is told travels in a cookie.
const maxWho = 60

// checkIn says that somebody came, or that this was said by mistake.
func (o *office) checkIn(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	person, came := r.ID("person"), r.Text("came") == "yes"
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return nil, err
	}
	back := r.Back(at(id, "answers"))
	_, err = o.Answers.CheckIn(ctx, r.Desk(), id, person, came)
	if syncproto.CodeOf(err) == syncproto.CodeCallTime {
		flash := told("check_time")
		flash.Bad = true
		return page.Redirect{To: back, Flash: flash}, nil
	}
	if err != nil {
		return nil, err
	}
	if !came {
		return page.Redirect{To: back, Flash: told("check_undone", "name", page.Clip(r.Text("who"), maxWho))}, nil
	}
	flash := told("checked", "name", page.Clip(r.Text("who"), maxWho))
	flash.Undo = at(id, "check-in")
	flash.Fields = map[string][]string{"person": {string(person)}, "came": {"no"}, "to": {back}, "who": {page.Clip(r.Text("who"), maxWho)}}
	return page.Redirect{To: back, Flash: flash}, nil
}
