package overview

import (
	"strconv"
	"strings"
	"time"

	"lantoa/server/internal/console/page"
	figures "lantoa/server/internal/overview"
	"lantoa/syncproto/catalogue"
)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

// took writes a time as people say it, "3 giờ 20 phút".
func took(r *page.Request, t figures.Took, ms int64) string {
	switch {
	case t.Count == 0:
		return r.T("overview.none")
	case ms < minute:
		return r.T("overview.minutes", "n", 1)
	case ms < hour:
		return r.T("overview.minutes", "n", ms/minute)
	case ms < day:
		text := r.T("overview.hours", "n", ms/hour)
		if rest := ms % hour / minute; rest > 0 && ms < 10*hour {
			text += " " + r.T("overview.minutes", "n", rest)
		}
		return text
	}
	text := r.T("overview.days", "n", ms/day)
	if rest := ms % day / hour; rest > 0 && ms < 10*day {
		text += " " + r.T("overview.hours", "n", rest)
	}
	return text
}

// hours is a time in hours, to a tenth, and below an hour to a hundredth.
func hours(ms int64) float64 {
	digits := 1
	if ms < hour {
		digits = 2
	}
	v, _ := strconv.ParseFloat(strconv.FormatFloat(float64(ms)/float64(hour), 'f', digits, 64), 64)
	return v
}

// decimal writes a number with at most two digits after the point.
func decimal(lang catalogue.Language, v float64) string {
	whole, rest, _ := strings.Cut(strconv.FormatFloat(v, 'f', 2, 64), ".")
	n, _ := strconv.ParseInt(whole, 10, 64)
	text := page.Number(lang, n)
	if rest = strings.TrimRight(rest, "0"); rest == "" {
		return text
	}
	if lang == catalogue.English {
		return text + "." + rest
	}
	return text + "," + rest
}

// short writes a number of an axis.
func short(r *page.Request) func(v float64) string {
	return func(v float64) string {
		for _, big := range []struct {
			from float64
			key  string
		}{{1e9, "overview.billions"}, {1e6, "overview.millions"}, {1e4, "overview.thousands"}} {
			if v >= big.from {
				return r.T(big.key, "n", decimal(r.Lang, v/big.from*scaleOf(big.from)))
			}
		}
		return decimal(r.Lang, v)
	}
}

// scaleOf turns ten thousands into thousands.
func scaleOf(from float64) float64 {
	if from == 1e4 {
		return 10
	}
	return 1
}

func at(ms int64) time.Time { return time.UnixMilli(ms).In(page.Zone) }

// label is the short name of a period of the series, full what it means.
func label(r *page.Request, step figures.Step, p *figures.Point) (text, full string) {
	from := at(p.From)
	month := strconv.Itoa(int(from.Month()))
	args := []any{
		"y", from.Format("06"), "year", from.Format("2006"), "mon", r.T("overview.mon_" + month), "month", r.T("overview.month_" + month),
		"q", strconv.Itoa((int(from.Month()) + 2) / 3),
	}
	switch step {
	case figures.StepDay, figures.StepWeek:
		text = from.Format("02/01")
		if r.Lang == catalogue.English {
			text = from.Format("2 Jan")
		}
	default:
		text = r.T("overview.label_"+string(step), args...)
		if isWhole(step, p) {
			return text, r.T("overview.full_"+string(step), args...)
		}
	}
	last := at(p.Until - 1)
	full = page.Date(r.Lang, p.From)
	if last.YearDay() != from.YearDay() || last.Year() != from.Year() {
		full = r.T("overview.span", "from", full, "until", page.Date(r.Lang, p.Until-1))
	}
	return text, full
}

// isWhole reports whether a period is not cut by the time asked about.
func isWhole(step figures.Step, p *figures.Point) bool {
	months := map[figures.Step]int{figures.StepMonth: 1, figures.StepQuarter: 3, figures.StepYear: 12}[step]
	from := at(p.From)
	return from.Day() == 1 && (int(from.Month())-1)%months == 0 && from.AddDate(0, months, 0).UnixMilli() == p.Until
}

// typeName is what a type is called.
func typeName(r *page.Request, t figures.Type) string {
	kind := r.T("kind." + string(t.Kind))
	if t.Type == "" {
		return kind + " · " + r.T("overview.no_type")
	}
	key := "item.type_" + t.Type
	name := r.T(key)
	if name == key {
		name = strings.ReplaceAll(t.Type, "_", " ")
	}
	return kind + " · " + name
}

// change says how a number differs from the time before.
func change(r *page.Request, now, before int64, partly bool) string {
	switch {
	case partly:
		return ""
	case now == before:
		return r.T("overview.change_same", "n", page.Number(r.Lang, before))
	case now > before:
		return r.T("overview.change_more", "n", page.Number(r.Lang, before), "by", page.Number(r.Lang, now-before))
	}
	return r.T("overview.change_less", "n", page.Number(r.Lang, before), "by", page.Number(r.Lang, before-now))
}

// notes are what is to be known before the figures are read.
func notes(r *page.Request, f *figures.Report) (out []string) {
	if f.Absent {
		out = append(out, r.T("overview.note_absent"))
	}
	if f.Known == 0 || f.From+day <= f.Known {
		out = append(out, r.T("overview.note_known", "day", page.Date(r.Lang, f.Known)))
	}
	if f.Until > f.AsOf {
		out = append(out, r.T("overview.note_running", "moment", page.Moment(r.Lang, f.AsOf)))
	}
	if f.Behind != 0 {
		out = append(out, r.T("overview.note_behind", "moment", page.Moment(r.Lang, f.Behind)))
	}
	if f.Reach.Missing > 0 {
		out = append(out, r.T("overview.note_missing", "n", f.Reach.Missing))
	}
	return out
}
