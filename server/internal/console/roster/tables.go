package roster

import (
	"context"
	"strconv"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// tablePage is a table that is imported: the form, then what it would do, then it is done.
type tablePage struct {
	Units []option
	Under syncproto.ID
	Day   string
	Table string // that was tried, to be sent once more
	Tried bool
	Top   bool

	Effects []effectLine          // of units
	Persons []people.PersonEffect // of people
	Rows    []personLine
	Shown   int // lines that are shown, of Total
	Total   int
	Acts    []actCount
	Wrong   string
}

// personLine is a line of a list of people in words.
type personLine struct {
	people.PersonEffect
	UnitName string
}

// actCount counts the lines that do one thing.
type actCount struct {
	Act string
	N   int
}

// mostShown bounds the lines of a preview: nobody reads more, and the counts are of all.
const mostShown = 200

// table is what was sent: a file, or what was tried before.
func table(r *page.Request) []byte {
	if data := r.File("table"); len(data) > 0 {
		return data
	}
	return []byte(r.Raw("tried"))
}

func (a *area) unitTable(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.drawUnitTable(ctx, r, &tablePage{}, nil)
}

func (a *area) drawUnitTable(ctx context.Context, r *page.Request, d *tablePage, p *page.Problem) (page.Answer, error) {
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	d.Units, d.Top = f.options(mine), r.Has(syncproto.RoleOperator)
	if d.Under == "" {
		d.Under = within(r, "under")
	}
	if p != nil {
		d.Wrong = p.Field
	}
	return page.View{Name: "roster/unittable", Title: r.T("roster.import_units"), Area: "units", Data: d, Problem: p}, nil
}

// importUnits tries a table of units, or applies one that was tried.
func (a *area) importUnits(ctx context.Context, r *page.Request) (page.Answer, error) {
	d := &tablePage{Under: r.ID("under"), Day: r.Text("at")}
	at, data, apply := day(r, "at"), table(r), r.Text("step") == "apply"
	err := r.Err()
	if err == nil && len(data) == 0 {
		err = missing("table")
	}
	var effects []people.Effect
	if err == nil {
		effects, err = a.People.ImportUnits(ctx, r.People(), d.Under, data, at, !apply)
	}
	if p := problem(r, err); p != nil {
		return a.drawUnitTable(ctx, r, d, p)
	}
	if err != nil {
		return nil, err
	}
	if apply {
		to := page.Root + "/units"
		if at > r.Now.UnixMilli() {
			to += "?at=" + dayOf(at)
		}
		return page.Redirect{To: to, Flash: &page.Flash{Key: "roster.imported", Args: []string{"n", strconv.Itoa(changed(effects))}}}, nil
	}
	if err := a.showEffects(ctx, r, d, effects, at); err != nil {
		return nil, err
	}
	d.Table, d.Tried = string(data), true
	return a.drawUnitTable(ctx, r, d, nil)
}

func changed(effects []people.Effect) (n int) {
	for i := range effects {
		if effects[i].Act != people.EffectUnchanged {
			n++
		}
	}
	return n
}

// showEffects puts what a table would do into words.
func (a *area) showEffects(ctx context.Context, r *page.Request, d *tablePage, effects []people.Effect, at int64) error {
	f, err := a.forest(ctx, r, at)
	if err != nil {
		return err
	}
	count := newCounter()
	for i := range effects {
		f.named[effects[i].Unit] = effects[i].Name
	}
	for i := range effects {
		e := &effects[i]
		count.add(e.Act)
		if e.Act != people.EffectUnchanged && len(d.Effects) < mostShown {
			d.Effects = append(d.Effects, effectOf(e, f))
		}
	}
	d.Acts, d.Shown, d.Total = count.list, len(d.Effects), changed(effects)
	return nil
}

// counter counts acts in the order in which they come.
type counter struct {
	list []actCount
	at   map[string]int
}

func newCounter() *counter { return &counter{at: map[string]int{}} }

func (c *counter) add(act string) {
	n, ok := c.at[act]
	if !ok {
		n = len(c.list)
		c.at[act] = n
		c.list = append(c.list, actCount{Act: act})
	}
	c.list[n].N++
}

func (a *area) personTable(ctx context.Context, r *page.Request) (page.Answer, error) {
	return drawPersonTable(r, &tablePage{}, nil), nil
}

func drawPersonTable(r *page.Request, d *tablePage, p *page.Problem) page.Answer {
	if p != nil {
		d.Wrong = p.Field
	}
	return page.View{Name: "roster/persontable", Title: r.T("roster.import_people"), Area: "people", Data: d, Problem: p}
}

// importPeople tries a list of people, or applies one that was tried.
func (a *area) importPeople(ctx context.Context, r *page.Request) (page.Answer, error) {
	data, apply, d := table(r), r.Text("step") == "apply", &tablePage{}
	err := r.Err()
	if err == nil && len(data) == 0 {
		err = missing("table")
	}
	var effects []people.PersonEffect
	if err == nil {
		effects, err = a.People.ImportPeople(ctx, r.People(), data, !apply)
	}
	if p := problem(r, err); p != nil {
		return drawPersonTable(r, d, p), nil
	}
	if err != nil {
		return nil, err
	}
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	count := newCounter()
	for i := range effects {
		e := effects[i]
		count.add(e.Act)
		if len(d.Rows) < mostShown {
			d.Rows = append(d.Rows, personLine{e, f.Name(e.Unit)})
		}
		if apply && e.Act == people.PersonAdded {
			d.Persons = append(d.Persons, e)
		}
	}
	d.Acts, d.Shown, d.Total = count.list, len(d.Rows), len(effects)
	if apply {
		return page.View{Name: "roster/imported", Title: r.T("roster.import_people"), Area: "people", Data: d}, nil
	}
	d.Table, d.Tried = string(data), true
	return drawPersonTable(r, d, nil), nil
}

// parseDay reads a day as it is stored, "2026-09-30"; 0 for what is none.
func parseDay(text string) int64 {
	at, err := time.ParseInLocation(time.DateOnly, text, page.Zone)
	if err != nil {
		return 0
	}
	return at.UnixMilli()
}

// parseTyped reads a day as people write it.
func parseTyped(text string) int64 {
	for _, layout := range []string{time.DateOnly, "02/01/2006", "2/1/2006", "2-1-2006", "2.1.2006"} {
		if at, err := time.ParseInLocation(layout, text, page.Zone); err == nil {
			return at.UnixMilli()
		}
	}
	return 0
}
