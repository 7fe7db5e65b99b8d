package roster

import (
	"context"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// toldPage is what a person told of themselves and agreed that it is kept. Each look at it is in the audit log.
type toldPage struct {
	Person *people.Card
	Facts  []factLine
	Names  []option
	Groups []string
	Hows   []string
	Name   string
	Value  string
	How    string
	Agreed string
	Wrong  string
	Today  string
}

// factLine is a fact in words.
type factLine struct {
	audience.Told
	Day  int64 // of a gift; 0 for what is no day
	Kind string
}

func (a *area) facts(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.drawFacts(ctx, r, &toldPage{How: audience.HowWritten, Name: audience.BloodGroup}, nil)
}

func (a *area) drawFacts(ctx context.Context, r *page.Request, d *toldPage, p *page.Problem) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	if d.Person, err = a.People.Look(ctx, r.People(), id); err != nil {
		return nil, err
	}
	list, err := a.Audience.Facts(ctx, r.People(), id)
	if err != nil {
		return nil, err
	}
	for i := range list {
		d.Facts = append(d.Facts, lineOf(&list[i]))
	}
	for _, name := range audience.Names() {
		d.Names = append(d.Names, option{"value": name, "label": r.T("fact." + name)})
	}
	d.Groups = audience.BloodGroups()
	d.Hows = []string{audience.HowWritten, audience.HowVoice, audience.HowSpoken}
	d.Today = dayOf(r.Now.UnixMilli())
	if p != nil {
		d.Wrong = p.Field
	}
	return page.View{Name: "roster/facts", Title: r.T("roster.facts_of", "name", d.Person.Name), Area: "people", Data: d, Problem: p}, nil
}

// lineOf tells a day from what is none.
func lineOf(t *audience.Told) factLine {
	line := factLine{Told: *t, Kind: "value"}
	switch {
	case t.Locked:
		line.Kind = "locked"
	case t.Value == audience.Never:
		line.Kind = "never"
	case t.Name != audience.BloodGroup:
		line.Kind, line.Day = "day", parseDay(t.Value)
	}
	return line
}

// setFact writes a fact down, or forgets one.
func (a *area) setFact(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	d := &toldPage{Name: r.Text("name"), Value: r.Text("value"), How: r.Text("how"), Agreed: r.Text("agreed")}
	key := "roster.fact_set"
	if drop := r.Text("drop"); drop != "" {
		key = "roster.fact_dropped"
		err = a.Audience.Drop(ctx, r.People(), id, drop)
	} else {
		agreed := day(r, "agreed")
		if err = r.Err(); err == nil {
			err = a.Audience.Set(ctx, r.People(), id, audience.Telling{Name: d.Name, Value: d.value(r), How: d.How, Agreed: agreed})
		}
	}
	if p := problem(r, err); p != nil && syncproto.KindOf(err) != syncproto.NotFound {
		return a.drawFacts(ctx, r, d, p)
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: pathOf(id) + "/facts", Flash: told(key)}, nil
}

// value is what is kept of what was typed: the day of a gift as it is stored, whatever way it was written.
func (d *toldPage) value(r *page.Request) string {
	if d.Name == audience.BloodGroup {
		return d.Value
	}
	if r.Sent("never") {
		return audience.Never
	}
	if at := parseTyped(d.Value); at != 0 {
		return dayOf(at)
	}
	return d.Value
}
