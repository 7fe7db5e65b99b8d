package overview

import (
	"cmp"
	"slices"

	"lantoa/server/internal/console/page"
	figures "lantoa/server/internal/overview"
	"lantoa/syncproto/viet"
)

// key is one of the figures on top.
type key struct {
	Name, Value, Change, Means, To string
}

// keys are the figures on top.
func keys(r *page.Request, s *screen) []key {
	f := s.Report
	partly := f.Before.Partly
	number := func(name string, now, before int64) key {
		return key{Name: r.T("overview." + name), Value: page.Number(r.Lang, now), Change: change(r, now, before, partly), Means: r.T("overview.key_" + name)}
	}
	timed := func(name string, t, before figures.Took) key {
		k := key{Name: r.T("overview." + name), Value: took(r, t, t.Median), Means: r.T("overview.key_" + name)}
		if t.Count > 0 {
			k.Change = r.T("overview.nine_of_ten", "time", took(r, t, t.Ninety))
		}
		if !partly && before.Count > 0 {
			k.Change += " " + r.T("overview.before", "value", took(r, before, before.Median))
		}
		return k
	}
	list := []key{number("came_all", f.Total.Came, f.Before.Came)}
	if f.Waiting != nil {
		k := key{Name: r.T("overview.waiting"), Value: page.Number(r.Lang, f.Waiting.Count), Means: r.T("overview.key_waiting")}
		if old := f.Waiting.Ages[1] + f.Waiting.Ages[2] + f.Waiting.Ages[3] + f.Waiting.Ages[4]; old > 0 {
			k.Change = r.T("overview.waiting_long", "n", page.Number(r.Lang, old))
		} else if f.Waiting.Count > 0 {
			k.Change = r.T("overview.waiting_short")
		}
		if s.Desk {
			k.To = s.Queue(0)
		}
		list = append(list, k)
	}
	return append(
		list, timed("claim", f.Total.Claim, f.Before.Claim), timed("decide", f.Total.Decide, f.Before.Decide),
		number("approved", f.Total.Approved, f.Before.Approved), number("returned", f.Total.Returned, f.Before.Returned),
		number("declined", f.Total.Declined, f.Before.Declined), number("published", f.Total.Published, f.Before.Published),
		number("taken_down", f.Total.TakenDown, f.Before.TakenDown),
		calls(r, f),
		key{Name: r.T("overview.authors"), Value: person(r, f.Authors).Text, Means: r.T("overview.key_authors")},
		s.phones(r),
	)
}

// calls is how many were sent, and how far those came that are added up.
func calls(r *page.Request, f *figures.Report) key {
	k := key{Name: r.T("overview.calls"), Value: page.Number(r.Lang, f.Reach.Calls), Means: r.T("overview.key_calls")}
	if f.Reach.Calls > f.Reach.Missing {
		k.Change = r.T("overview.calls_reached", "n", person(r, f.Reach.Arrived).Text, "of", person(r, f.Reach.Eligible).Text)
	}
	return k
}

// phones is how many came lately, of a time that reaches to now.
func (s *screen) phones(r *page.Request) key {
	k := key{Name: r.T("overview.phones"), Value: r.T("overview.none"), Means: r.T("overview.key_phones")}
	if s.Report.Waiting != nil {
		k.Value = person(r, s.Report.Phones).Text
	} else {
		k.Change = r.T("overview.only_now")
	}
	return k
}

// units is the table of units, the unit itself first and then by name.
func units(r *page.Request, s *screen) *section {
	f := s.Report
	out := &section{ID: "units", Title: r.T("overview.units"), Meaning: r.T("overview.units_means", "day", page.Date(r.Lang, f.Tree)), AsOf: f.AsOf, Head: []string{r.T("overview.unit")}}
	for _, name := range []string{
		"came_all", "waiting", "claim_half", "decide_half", "approved", "returned", "declined", "published", "taken_down", "authors", "phones", "calls",
		"reach_eligible", "reach_arrived", "reach_answered", "reach_came",
	} {
		out.Head = append(out.Head, r.T("overview."+name))
	}
	list := slices.Clone(f.Rows)
	slices.SortStableFunc(list, func(a, b figures.Row) int {
		if a.Self != b.Self {
			if a.Self {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(viet.Fold(a.Name), viet.Fold(b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	for i := range list {
		u := &list[i]
		line := row{Cells: cells(r, s, u.Name, &u.Sums, u)}
		switch {
		case u.Self:
			line.Mark = r.T("overview.self")
		case f.Unit == nil || u.ID != f.Unit.ID:
			line.To = s.OfUnit(u.ID)
		}
		if u.Ended != 0 && u.Ended <= f.Tree {
			line.Mark = r.T("overview.ended", "day", page.Date(r.Lang, u.Ended))
		}
		out.Rows = append(out.Rows, line)
	}
	total := figures.Row{
		Authors: f.Authors, Phones: f.Phones, Calls: f.Reach.Calls, Eligible: f.Reach.Eligible, Arrived: f.Reach.Arrived,
		Answered: f.Reach.Answered, Came: f.Reach.Came,
	}
	if f.Waiting != nil {
		total.Waiting = f.Waiting.Count
	}
	out.Rows = append(out.Rows, row{Total: true, Cells: cells(r, s, r.T("overview.total"), &f.Total, &total)})
	if len(list) > 1 {
		out.bars(r, 20)
	}
	return out
}

// cells are those of a unit.
func cells(r *page.Request, s *screen, name string, sums *figures.Sums, u *figures.Row) []cell {
	waiting, phones := textCell(""), textCell("")
	if s.Report.Waiting != nil {
		waiting, phones = count(r, u.Waiting), person(r, u.Phones)
	}
	return []cell{
		textCell(name), count(r, sums.Came), waiting, inHours(r, sums.Claim, sums.Claim.Median), inHours(r, sums.Decide, sums.Decide.Median),
		count(r, sums.Approved), count(r, sums.Returned), count(r, sums.Declined), count(r, sums.Published), count(r, sums.TakenDown),
		person(r, u.Authors), phones, count(r, u.Calls), person(r, u.Eligible), person(r, u.Arrived), person(r, u.Answered), person(r, u.Came),
	}
}
