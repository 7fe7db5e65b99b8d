package overview

import (
	"html/template"
	"math"

	"lantoa/server/internal/console/chart"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/figure"
	figures "lantoa/server/internal/overview"
	"lantoa/syncproto"
)

// section is one part of the overview: a chart, a table that says the same, what it means, and as of when.
type section struct {
	ID      string
	Title   string
	Meaning string
	AsOf    int64
	Chart   template.HTML
	Head    []string
	Rows    []row
	Links   []link
}

// row is one line of a table. Its first cell is the head of the line.
type row struct {
	Cells []cell
	To    string // where the head leads
	Mark  string // what is to be known of the line
	Total bool
}

// cell is what stands in a table, as it is read and as a spreadsheet takes it: a string, int64 or float64.
type cell struct {
	Text string
	Raw  any
}

type link struct{ To, Text string }

func textCell(text string) cell { return cell{text, text} }

func count(r *page.Request, n int64) cell { return cell{page.Number(r.Lang, n), n} }

func person(r *page.Request, f figure.Figure) cell {
	if f.Kind == figure.Told {
		return count(r, f.N)
	}
	return textCell(f.String())
}

// inHours is a time in hours, empty where nothing was timed.
func inHours(r *page.Request, t figures.Took, ms int64) cell {
	if t.Count == 0 {
		return textCell("")
	}
	return cell{decimal(r.Lang, hours(ms)), hours(ms)}
}

// over makes a section over the periods of the report, with a column for each name of a key, and a line of totals.
func over(r *page.Request, f *figures.Report, id string, columns []string, cells func(s *figures.Sums) []cell) *section {
	s := &section{ID: id, Title: r.T("overview." + id), Meaning: r.T("overview." + id + "_means"), AsOf: f.AsOf, Head: []string{r.T("overview.period")}}
	for _, key := range columns {
		s.Head = append(s.Head, r.T(key))
	}
	for i := range f.Points {
		p := &f.Points[i]
		_, full := label(r, f.Step, p)
		line := row{Cells: append([]cell{textCell(full)}, cells(&p.Sums)...), Mark: mark(r, f, p)}
		if unknown(f, p) {
			for i := range line.Cells[1:] {
				line.Cells[i+1] = textCell("")
			}
		}
		s.Rows = append(s.Rows, line)
	}
	s.Rows = append(s.Rows, row{Total: true, Cells: append([]cell{textCell(r.T("overview.total"))}, cells(&f.Total)...)})
	return s
}

// unknown reports whether nothing can be said of a period: it is not there yet, or was before anything was known.
func unknown(f *figures.Report, p *figures.Point) bool {
	return p.From > f.AsOf || f.Known == 0 || p.Until <= f.Known
}

// mark says what is to be known of a period.
func mark(r *page.Request, f *figures.Report, p *figures.Point) string {
	switch {
	case p.From > f.AsOf:
		return r.T("overview.ahead")
	case unknown(f, p):
		return r.T("overview.unknown")
	case p.Part:
		return r.T("overview.part")
	}
	return ""
}

// draw adds a chart of some columns of a section over periods.
func (s *section) draw(r *page.Request, f *figures.Report, kind chart.Kind, columns ...int) *section {
	c := &chart.Chart{
		ID: "c-" + s.ID, Kind: kind, Title: s.Title, Desc: s.Meaning, PartName: r.T("overview.part"), Axis: short(r),
		Format: func(v float64) string { return decimal(r.Lang, v) }, Fine: kind == chart.Lines, Least: 1,
	}
	for i := range f.Points {
		text, full := label(r, f.Step, &f.Points[i])
		c.Labels, c.Full, c.Part = append(c.Labels, text), append(c.Full, full), append(c.Part, f.Points[i].Part)
	}
	for _, column := range columns {
		one := chart.Series{Name: s.Head[column]}
		for i := range f.Points {
			one.Values = append(one.Values, value(s.Rows[i].Cells[column].Raw))
		}
		c.Series = append(c.Series, one)
	}
	s.Chart = c.HTML()
	return s
}

// bars adds a chart of one bar for each line of a section but the totals, of its first column, at most so many.
func (s *section) bars(r *page.Request, most int) *section {
	c := &chart.Chart{
		ID: "c-" + s.ID, Kind: chart.Rows, Title: s.Title, Desc: s.Meaning, Series: []chart.Series{{Name: s.Head[1]}},
		Format: func(v float64) string { return decimal(r.Lang, v) },
	}
	for _, line := range s.Rows {
		if line.Total || len(c.Labels) == most {
			continue
		}
		c.Labels = append(c.Labels, line.Cells[0].Text)
		c.Series[0].Values = append(c.Series[0].Values, value(line.Cells[1].Raw))
		c.Texts = append(c.Texts, line.Cells[1].Text)
	}
	s.Chart = c.HTML()
	return s
}

// value is what a chart draws of a cell; what is not told is not drawn.
func value(raw any) float64 {
	switch v := raw.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}

// sections are the parts of the overview above the table of units.
func sections(r *page.Request, s *screen) []*section {
	f := s.Report
	kinds := []syncproto.Kind{syncproto.KindStory, syncproto.KindEvent, syncproto.KindPhoto}
	came := over(r, f, "came", []string{"kind.story", "kind.event", "kind.photo", "overview.came_all", "overview.resent"}, func(s *figures.Sums) (out []cell) {
		for _, kind := range kinds {
			out = append(out, count(r, s.Kinds[string(kind)]))
		}
		return append(out, count(r, s.Came), count(r, s.Resent))
	}).draw(r, f, chart.Stacked, 1, 2, 3)
	decided := over(r, f, "decided", []string{
		"overview.approved", "overview.returned", "overview.declined", "overview.published", "overview.corrected", "overview.taken_down", "overview.withdrawn",
	}, func(s *figures.Sums) []cell {
		return []cell{
			count(r, s.Approved), count(r, s.Returned), count(r, s.Declined), count(r, s.Published), count(r, s.Corrected), count(r, s.TakenDown), count(r, s.Withdrawn),
		}
	}).draw(r, f, chart.Stacked, 1, 2, 3)
	waited := over(r, f, "waited", []string{"overview.claim_half", "overview.decide_half", "overview.decide_most", "overview.claim_most"}, func(s *figures.Sums) []cell {
		return []cell{
			inHours(r, s.Claim, s.Claim.Median), inHours(r, s.Decide, s.Decide.Median), inHours(r, s.Decide, s.Decide.Ninety), inHours(r, s.Claim, s.Claim.Ninety),
		}
	}).draw(r, f, chart.Lines, 1, 2, 3)
	out := []*section{came, decided, waited}
	if f.Waiting != nil {
		out = append(out, s.ages(r))
	}
	if out = append(out, types(r, f)); f.Reach.Calls > 0 {
		out = append(out, reached(r, f))
	}
	return out
}

// ages is what waits now, by how long.
func (s *screen) ages(r *page.Request) *section {
	f := s.Report
	out := &section{ID: "ages", Title: r.T("overview.ages"), Meaning: r.T("overview.ages_means"), AsOf: f.AsOf, Head: []string{r.T("overview.age"), r.T("overview.items")}}
	edges := append([]int64{0}, figures.AgeEdges()...)
	for i, n := range f.Waiting.Ages {
		line := row{Cells: []cell{textCell(age(r, i)), count(r, n)}}
		if s.Desk && n > 0 {
			line.To = s.Queue(edges[i])
		}
		out.Rows = append(out.Rows, line)
	}
	out.Rows = append(out.Rows, row{Total: true, Cells: []cell{textCell(r.T("overview.total")), count(r, f.Waiting.Count)}})
	if s.Desk && f.Waiting.Unclaimed > 0 {
		out.Links = append(out.Links, link{s.Inbox(), r.T("overview.open_inbox", "n", page.Number(r.Lang, f.Waiting.Unclaimed))})
	}
	return out.bars(r, 10)
}

// age names one of the ages.
func age(r *page.Request, i int) string {
	edges := figures.AgeEdges()
	span := func(hours int64) string {
		if hours <= 24 {
			return r.T("overview.hours", "n", hours)
		}
		return r.T("overview.days", "n", hours/24)
	}
	switch i {
	case 0:
		return r.T("overview.age_below", "span", span(edges[0]))
	case len(edges):
		return r.T("overview.age_above", "span", span(edges[i-1]))
	}
	return r.T("overview.age_between", "from", span(edges[i-1]), "until", span(edges[i]))
}

// types is what came in by kind and type.
func types(r *page.Request, f *figures.Report) *section {
	out := &section{ID: "types", Title: r.T("overview.types"), Meaning: r.T("overview.types_means"), AsOf: f.AsOf, Head: []string{r.T("overview.type"), r.T("overview.items")}}
	for _, t := range f.Types {
		out.Rows = append(out.Rows, row{Cells: []cell{textCell(typeName(r, t)), count(r, t.Came)}})
	}
	out.Rows = append(out.Rows, row{Total: true, Cells: []cell{textCell(r.T("overview.total")), count(r, f.Total.Came)}})
	return out.bars(r, 12)
}

// reached is how far calls came.
func reached(r *page.Request, f *figures.Report) *section {
	out := &section{
		ID: "reach", Title: r.T("overview.reach", "n", f.Reach.Calls), Meaning: r.T("overview.reach_means"), AsOf: f.Reach.AsOf,
		Head: []string{r.T("overview.reach_step"), r.T("overview.people")},
	}
	for _, step := range []struct {
		name string
		n    figure.Figure
	}{{"eligible", f.Reach.Eligible}, {"arrived", f.Reach.Arrived}, {"answered", f.Reach.Answered}, {"came", f.Reach.Came}} {
		out.Rows = append(out.Rows, row{Cells: []cell{textCell(r.T("overview.reach_" + step.name)), person(r, step.n)}})
	}
	return out.bars(r, 10)
}
