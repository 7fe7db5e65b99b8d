package overview

import (
	"context"

	"lantoa/server/internal/console/page"
	figures "lantoa/server/internal/overview"
	"lantoa/server/internal/sheet"
	"lantoa/syncproto"
)

// Options are the services that the pages ask.
type Options struct {
	Figures *figures.Service
	Temp    string // where long workbooks are put together; "" for the system's directory
}

type area struct{ opt Options }

const root = page.Root + "/overview"

// Add adds the pages.
func Add(site *page.Site, opt Options) {
	a := &area{opt}
	site.Handle("GET "+root, page.Staff, a.show)
	site.Handle("GET "+root+".csv", page.Staff, a.export(sheet.CSV))
	site.Handle("GET "+root+".xlsx", page.Staff, a.export(sheet.XLSX))
}

// screen is what the template draws.
type screen struct {
	*choice
	Report   *figures.Report
	Name     string // of the unit, or of all units
	Keys     []key
	Sections []*section
	Units    *section
	Notes    []string // what is to be known of the figures
	Empty    bool
	Print    bool
	Desk     bool // may open the queue
}

// Below are the units of the table that can be gone down to.
func (s *screen) Below() (list []figures.Unit) {
	for i := range s.Report.Rows {
		if u := &s.Report.Rows[i]; !u.Self && (s.Report.Unit == nil || u.ID != s.Report.Unit.ID) {
			list = append(list, u.Unit)
		}
	}
	return list
}

// show draws the overview.
func (a *area) show(ctx context.Context, r *page.Request) (page.Answer, error) {
	s, problem, err := a.screen(ctx, r)
	if err != nil {
		return nil, err
	}
	s.Print = r.Text("print") != ""
	return page.View{Name: "overview/show", Title: r.T("overview.window", "unit", s.Name), Area: "overview", Data: s, Problem: problem, Status: problem.Status(), Bare: s.Print}, nil
}

// screen asks for the figures. A choice that cannot be answered is told, and this month is shown.
func (a *area) screen(ctx context.Context, r *page.Request) (*screen, *page.Problem, error) {
	c := choose(r)
	var problem *page.Problem
	refused := false
	err := r.Err()
	if err != nil {
		problem, refused = wrong(r, err), true
		c.reset(r)
	}
	report, err := a.opt.Figures.Report(ctx, r.People(), c.ask)
	if syncproto.CodeOf(err) == syncproto.CodeQueryInvalid && err != nil {
		problem, refused = wrong(r, err), true
		c.reset(r)
		report, err = a.opt.Figures.Report(ctx, r.People(), c.ask)
	}
	if err != nil {
		return nil, nil, err
	}
	if c.Step = string(report.Step); !refused {
		c.Typed = typed{c.From, c.Until, c.Step}
	}
	s := &screen{
		choice: c, Report: report, Name: r.T("overview.all_units"), Notes: notes(r, report), Empty: empty(report),
		Desk: r.Has(syncproto.RoleEditor, syncproto.RoleAdmin),
	}
	if report.Unit != nil {
		s.Name = report.Unit.Name
	}
	s.Keys = keys(r, s)
	s.Sections = sections(r, s)
	s.Units = units(r, s)
	return s, problem, nil
}

// wrong is what to tell of a choice that cannot be answered.
func wrong(r *page.Request, err error) *page.Problem {
	p := r.Problem(err)
	if p == nil {
		return nil
	}
	switch p.Field {
	case "step":
		p.Sentence = r.T("overview.wrong_step", "n", figures.MaxPoints)
	case "time", "from", "until":
		p.Sentence = r.T("overview.wrong_time")
	}
	return p
}

// empty reports whether nothing happened at all.
func empty(r *figures.Report) bool {
	return r.Total.Came == 0 && r.Before.Came == 0 && r.Reach.Calls == 0 && (r.Waiting == nil || r.Waiting.Count == 0) &&
		r.Total.Returned+r.Total.Approved+r.Total.Declined+r.Total.Published == 0
}
