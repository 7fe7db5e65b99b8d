package overview

import (
	"net/url"
	"time"

	"lantoa/server/internal/console/page"
	figures "lantoa/server/internal/overview"
	"lantoa/syncproto"
)

// The periods that are ready; custom takes the days that are typed.
var periods = []string{"7d", "month", "last_month", "quarter", "year", "custom"}

// choice is what was chosen, as it stands in the address.
type choice struct {
	Period, Step, From, Until string
	Unit                      syncproto.ID
	Typed                     typed // what the form shows
	ask                       figures.Ask
}

// typed is what stands in the form: what was chosen, or of what could not be answered, what was sent.
type typed struct{ From, Until, Step string }

const dayForm = "2006-01-02"

func choose(r *page.Request) *choice {
	c := &choice{Period: r.Text("period"), Step: r.Text("step"), Unit: r.ID("unit")}
	from, until := r.Time("from"), r.Time("until")
	if c.Period == "" && from != 0 {
		c.Period = "custom"
	}
	c.set(r, from, until)
	return c
}

// reset goes back to this month. The form keeps what was sent.
func (c *choice) reset(r *page.Request) {
	c.Period, c.Step = "month", ""
	defer func() { c.Typed = typed{r.Text("from"), r.Text("until"), r.Text("step")} }()
	if !c.Unit.Valid() {
		c.Unit = ""
	}
	c.set(r, 0, 0)
}

func (c *choice) set(r *page.Request, from, until int64) {
	now := r.Now.In(page.Zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, page.Zone)
	start, end := today.AddDate(0, 0, 1-today.Day()), time.Time{}
	switch c.Period {
	case "7d":
		start, end = today.AddDate(0, 0, -6), today.AddDate(0, 0, 1)
	case "last_month":
		start, end = start.AddDate(0, -1, 0), start
	case "quarter":
		start = time.Date(today.Year(), (today.Month()-1)/3*3+1, 1, 0, 0, 0, 0, page.Zone)
		end = start.AddDate(0, 3, 0)
	case "year":
		start = time.Date(today.Year(), 1, 1, 0, 0, 0, 0, page.Zone)
		end = start.AddDate(1, 0, 0)
	case "custom":
		c.days(r, from, until)
		return
	default:
		c.Period = "month"
		end = start.AddDate(0, 1, 0)
	}
	c.take(start, end)
}

// days takes typed days; the last counts.
func (c *choice) days(r *page.Request, from, until int64) {
	if from == 0 {
		r.Wrong("from")
	}
	if until == 0 {
		until = r.Now.UnixMilli()
	}
	if until < from {
		r.Wrong("until")
	}
	end := time.UnixMilli(until).In(page.Zone)
	c.take(time.UnixMilli(from).In(page.Zone), time.Date(end.Year(), end.Month(), end.Day()+1, 0, 0, 0, 0, page.Zone))
}

func (c *choice) take(start, end time.Time) {
	c.From, c.Until = start.Format(dayForm), end.AddDate(0, 0, -1).Format(dayForm)
	c.ask = figures.Ask{Unit: c.Unit, From: start.UnixMilli(), Until: end.UnixMilli(), Step: figures.Step(c.Step)}
}

// values are the choice as parameters.
func (c *choice) values() url.Values {
	v := url.Values{"period": {c.Period}}
	if c.Period == "custom" {
		v.Set("from", c.From)
		v.Set("until", c.Until)
	}
	if c.Unit != "" {
		v.Set("unit", string(c.Unit))
	}
	if c.Step != "" {
		v.Set("step", c.Step)
	}
	return v
}

// To is the address of the overview in some form: "", ".csv" or ".xlsx".
func (c *choice) To(form string) string { return root + form + "?" + c.values().Encode() }

// Printed is the address of the view for print.
func (c *choice) Printed() string { return c.To("") + "&print=1" }

// OfUnit is the address of another unit in the same time.
func (c *choice) OfUnit(unit syncproto.ID) string {
	v := c.values()
	v.Del("unit")
	if unit != "" {
		v.Set("unit", string(unit))
	}
	return root + "?" + v.Encode()
}

// OfPeriod is the address of another period.
func (c *choice) OfPeriod(period string) string {
	v := c.values()
	v.Set("period", period)
	v.Del("step")
	v.Del("from")
	v.Del("until")
	return root + "?" + v.Encode()
}

// Queue is the address of the queue with what waits in the unit for so many hours or longer.
func (c *choice) Queue(hours int64) string {
	v := url.Values{"view": {"open"}, "state": {"submitted", "resubmitted", "in_review"}}
	if c.Unit != "" {
		v.Set("unit", string(c.Unit))
	}
	if hours > 0 {
		v.Set("age", page.Number("en", hours))
	}
	return page.Root + "/queue?" + v.Encode()
}

// Inbox is the address of what waits to be taken in.
func (c *choice) Inbox() string {
	v := url.Values{"view": {"inbox"}}
	if c.Unit != "" {
		v.Set("unit", string(c.Unit))
	}
	return page.Root + "/queue?" + v.Encode()
}

// Periods are the periods that are ready, without the one that is typed.
func (c *choice) Periods() []string { return periods[:len(periods)-1] }

// Steps are all steps.
func (c *choice) Steps() []figures.Step { return figures.Steps() }
