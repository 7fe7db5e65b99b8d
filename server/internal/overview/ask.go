package overview

import (
	"time"

	"lantoa/syncproto"
)

// Zone is the time of Vietnam, in which days begin and end.
var Zone = time.FixedZone("UTC+7", 7*60*60)

// Step is how long the periods of a series are.
type Step string

// The steps. Weeks begin on Monday.
const (
	StepDay     Step = "day"
	StepWeek    Step = "week"
	StepMonth   Step = "month"
	StepQuarter Step = "quarter"
	StepYear    Step = "year"
)

// Steps returns all of them, the shortest first.
func Steps() []Step { return []Step{StepDay, StepWeek, StepMonth, StepQuarter, StepYear} }

// MaxPoints is how many periods a series may have. More cannot be read.
const MaxPoints = 60

// Ask is a question.
type Ask struct {
	Unit  syncproto.ID // with all below; "" for all that the asker sees
	From  int64        // Unix ms; the day it lies in counts whole
	Until int64        // likewise: the day before which the time ends, if it is not the beginning of a day the day itself counts
	Step  Step         // "" for the finest that can be read
}

// period is a time of whole days, in UTC+7.
type period struct {
	from, until time.Time // the first day, and the day after the last
	step        Step
	points      []time.Time // where they begin
}

// period checks a question.
func (a *Ask) period(now int64) (period, error) {
	p := period{from: dayOf(a.From), until: dayOf(a.Until), step: a.Step}
	if p.until.UnixMilli() < a.Until {
		p.until = p.until.AddDate(0, 0, 1)
	}
	if a.From <= 0 || !p.from.Before(p.until) || p.until.Year() > dayOf(now).Year()+10 {
		return p, wrong("time")
	}
	if p.step == "" {
		p.step = p.finest()
	}
	p.points = p.split()
	if len(p.points) == 0 || len(p.points) > MaxPoints {
		return p, wrong("step")
	}
	return p, nil
}

func wrong(detail string) error {
	return &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "read overview", Detail: detail}
}

func (p *period) days() int { return int(p.until.Sub(p.from) / (24 * time.Hour)) }

// finest is the step with which a series is about as long as a line of a page.
func (p *period) finest() Step {
	switch days := p.days(); {
	case days <= 31:
		return StepDay
	case days <= 100:
		return StepWeek
	case days <= 3*366:
		return StepMonth
	case days <= 10*366:
		return StepQuarter
	}
	return StepYear
}

// split returns where the periods of the series begin; the first and the last may be cut.
func (p *period) split() (points []time.Time) {
	for at := p.from; at.Before(p.until) && len(points) <= MaxPoints; {
		points = append(points, at)
		next := p.step.after(p.step.start(at))
		if !next.After(at) {
			return nil
		}
		at = next
	}
	return points
}

// start is the beginning of the whole step that a day lies in.
func (s Step) start(day time.Time) time.Time {
	y, m, d := day.Date()
	switch s {
	case StepWeek:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case StepMonth:
		d = 1
	case StepQuarter:
		m, d = (m-1)/3*3+1, 1
	case StepYear:
		m, d = 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, Zone)
}

// after is the beginning of the step after the one that begins at a time; the time itself for a step that is none.
func (s Step) after(at time.Time) time.Time {
	switch s {
	case StepDay:
		return at.AddDate(0, 0, 1)
	case StepWeek:
		return at.AddDate(0, 0, 7)
	case StepMonth:
		return at.AddDate(0, 1, 0)
	case StepQuarter:
		return at.AddDate(0, 3, 0)
	case StepYear:
		return at.AddDate(1, 0, 0)
	}
	return at
}

// wholeMonths reports whether the time is made of whole months, and of how many.
func (p *period) wholeMonths() (n int, ok bool) {
	if p.from.Day() != 1 || p.until.Day() != 1 {
		return 0, false
	}
	return (p.until.Year()-p.from.Year())*12 + int(p.until.Month()-p.from.Month()), true
}

// before is the time to compare with: as many months before if it is made of whole months, else as many days. Of a time that is
// still running, the part before is cut to as many days as have begun.
func (p *period) before(now int64) period {
	b := period{until: p.from}
	if n, ok := p.wholeMonths(); ok {
		b.from = p.from.AddDate(0, -n, 0)
	} else {
		b.from = p.from.AddDate(0, 0, -p.days())
	}
	if today := dayOf(now); today.Before(p.until) && !today.Before(p.from) {
		gone := int(today.Sub(p.from)/(24*time.Hour)) + 1
		if cut := b.from.AddDate(0, 0, gone); cut.Before(b.until) {
			b.until = cut
		}
	}
	b.step, b.points = StepYear, []time.Time{b.from}
	return b
}
