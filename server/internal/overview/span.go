package overview

import (
	"sort"
	"time"
)

// dayOf is the beginning of the day that a moment lies in, in UTC+7.
func dayOf(ms int64) time.Time {
	y, m, d := time.UnixMilli(ms).In(Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Zone)
}

// daySpan names a day, 20260731.
func daySpan(t time.Time) int64 {
	y, m, d := t.Date()
	return int64(y)*10000 + int64(m)*100 + int64(d)
}

// monthSpan names a month, 202607.
func monthSpan(t time.Time) int64 {
	y, m, _ := t.Date()
	return int64(y)*100 + int64(m)
}

// spanStart is the beginning of a day or a month.
func spanStart(span int64) time.Time {
	if span < 1_000_000 {
		return time.Date(int(span/100), time.Month(span%100), 1, 0, 0, 0, 0, Zone)
	}
	return time.Date(int(span/10000), time.Month(span/100%100), int(span%100), 0, 0, 0, 0, Zone)
}

// stretch is a run of spans of one kind, both ends included.
type stretch struct{ from, until int64 }

// stretches are the spans that a time is made of: months where no period ends within one, else days.
func (p *period) stretches() (list []stretch) {
	days := func(from, until time.Time) {
		if from.Before(until) {
			list = append(list, stretch{daySpan(from), daySpan(until.AddDate(0, 0, -1))})
		}
	}
	first, last := StepMonth.start(p.from), StepMonth.start(p.until)
	if first.Before(p.from) {
		first = StepMonth.after(first)
	}
	if p.step == StepDay || p.step == StepWeek || !first.Before(last) {
		days(p.from, p.until)
		return list
	}
	days(p.from, first)
	list = append(list, stretch{monthSpan(first), monthSpan(last.AddDate(0, 0, -1))})
	days(last, p.until)
	return list
}

// point is the period of the series that a day lies in, -1 for none.
func (p *period) point(day time.Time) int {
	if day.Before(p.from) || !day.Before(p.until) {
		return -1
	}
	return sort.Search(len(p.points), func(i int) bool { return p.points[i].After(day) }) - 1
}

// end is where a period of the series ends.
func (p *period) end(point int) time.Time {
	if point+1 < len(p.points) {
		return p.points[point+1]
	}
	return p.until
}
