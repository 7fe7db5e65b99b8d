package roster

import (
	"cmp"
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// unitsPage is the tree at a date.
type unitsPage struct {
	*forest
	At      int64 // 0 for now
	Day     string
	Query   string
	Hits    int
	Counted bool // people and phones are those of today
	May     bool // whoever looks governs some of it
	Waiting int
	Planned []plannedLine
}

// plannedLine is something that was decided for later than the date.
type plannedLine struct {
	people.Planned
	Unit     syncproto.ID
	Name     string
	Governed bool
	Heirs    string
	Above    string // the name of the unit that it will stand under, if that is another
}

func (a *area) units(ctx context.Context, r *page.Request) (page.Answer, error) {
	d := &unitsPage{At: seen(r), Query: r.Text("q")}
	if err := r.Err(); err != nil {
		return a.unitsNow(ctx, r, err)
	}
	return a.drawUnits(ctx, r, d, nil)
}

// seen reads the date of which the units are shown: as they are at its end, now for today and for none.
func seen(r *page.Request) int64 {
	at := day(r, "at")
	if at == 0 {
		return 0
	}
	return at + 24*60*60*1000 - 1
}

// unitsNow draws the tree of today for who asks for a date that is none.
func (a *area) unitsNow(ctx context.Context, r *page.Request, err error) (page.Answer, error) {
	return a.drawUnits(ctx, r, &unitsPage{}, problem(r, err))
}

func (a *area) drawUnits(ctx context.Context, r *page.Request, d *unitsPage, p *page.Problem) (page.Answer, error) {
	var err error
	if d.forest, err = a.forest(ctx, r, d.At); err != nil {
		return nil, err
	}
	tops, all := governed(r)
	d.May = all || len(tops) > 0
	d.Day = dayOf(d.At)
	if d.Counted = d.At == 0 && d.May; d.Counted {
		counts, err := a.counts(ctx, r)
		if err != nil {
			return nil, err
		}
		d.count(counts)
	}
	d.Waiting = a.waiting(ctx, r, "")
	d.Planned = d.planned()
	d.Hits = d.unfold(d.Query)
	title := r.T("roster.units")
	if d.At != 0 {
		title = r.T("roster.units_on", "date", page.Date(r.Lang, d.At))
	}
	return page.View{Name: "roster/units", Title: title, Area: "units", Data: d, Problem: p}, nil
}

// planned lists what is decided for later, the soonest first.
func (f *forest) planned() (out []plannedLine) {
	for _, n := range f.Flat {
		for _, p := range n.Planned {
			out = append(out, f.plan(&n.Shown, p, n.Governed))
		}
	}
	slices.SortStableFunc(out, func(a, b plannedLine) int { return cmp.Compare(a.At, b.At) })
	return out
}

func (f *forest) plan(u *people.Shown, p people.Planned, governed bool) plannedLine {
	line := plannedLine{Planned: p, Unit: u.ID, Name: u.Name, Governed: governed, Heirs: f.Names(p.Successors)}
	if p.Face != nil && p.Face.Parent != u.Parent {
		line.Above = f.Name(p.Face.Parent)
	}
	return line
}
