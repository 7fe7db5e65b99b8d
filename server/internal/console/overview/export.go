package overview

import (
	"context"
	"io"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/sheet"
	"lantoa/syncproto"
)

// export writes what the page shows: the figures on top, then each section with its table, what it means and as of when.
func (a *area) export(format sheet.Format) page.Handler {
	return func(ctx context.Context, r *page.Request) (page.Answer, error) {
		s, problem, err := a.screen(ctx, r)
		if err != nil {
			return nil, err
		}
		if problem != nil {
			return nil, &syncproto.Error{Code: problem.Code, Op: "export overview", Detail: problem.Field}
		}
		write := func(_ context.Context, out io.Writer) error {
			w, err := sheet.New(out, format, sheet.Options{Temp: a.opt.Temp, Widths: []float64{36, 16, 16, 16, 16, 16, 16, 16}})
			if err != nil {
				return err
			}
			err = s.write(r, w)
			if closeErr := w.Close(err == nil); err == nil {
				err = closeErr
			}
			return err
		}
		name := "lantoa-" + s.From + "-" + s.Until + "." + string(format)
		return page.File{Name: name, Type: format.Type(), Write: write}, nil
	}
}

func (s *screen) write(r *page.Request, w sheet.Writer) error {
	f := s.Report
	lines := [][]any{
		{r.T("overview.title")},
		{r.T("overview.unit"), s.Name},
		{r.T("overview.period"), r.T("overview.span", "from", page.Date(r.Lang, f.From), "until", page.Date(r.Lang, f.Until-1))},
		{r.T("overview.as_of"), page.Moment(r.Lang, f.AsOf)},
	}
	for _, note := range s.Notes {
		lines = append(lines, []any{note})
	}
	lines = append(lines, nil)
	for _, k := range s.Keys {
		lines = append(lines, []any{k.Name, k.Value, k.Change, k.Means})
	}
	for _, part := range append(s.Sections, s.Units) {
		lines = append(lines, nil)
		lines = append(lines, part.lines(r)...)
	}
	for _, line := range lines {
		if err := w.Row(line...); err != nil {
			return err
		}
	}
	return nil
}

// lines are a section as lines of a spreadsheet.
func (s *section) lines(r *page.Request) (lines [][]any) {
	lines = append(lines, []any{s.Title}, []any{s.Meaning})
	if s.AsOf != 0 {
		lines = append(lines, []any{r.T("overview.as_of"), page.Moment(r.Lang, s.AsOf)})
	}
	var head []any
	for _, name := range s.Head {
		head = append(head, name)
	}
	lines = append(lines, head)
	for _, one := range s.Rows {
		var line []any
		for _, c := range one.Cells {
			line = append(line, c.Raw)
		}
		if one.Mark != "" {
			line = append(line, one.Mark)
		}
		lines = append(lines, line)
	}
	return lines
}
