package office

import (
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/privacy"
)

// clock is one of the two deadlines of a request, in words.
type clock struct {
	Name  string // "answer" or "done"
	By    int64  // until when, Unix ms
	Met   int64  // when it was met; 0 if it runs
	Badge string // good, warn, bad, calm
	Text  string
}

const dayLong = 24 * 60 * 60 * 1000

// clocksOf tells how the deadlines of a request stand.
func clocksOf(r *page.Request, c *privacy.Case) []clock {
	done := c.Closed
	return []clock{clockOf(r, "answer", c.AnswerBy, c.Answered, c.Closed), clockOf(r, "done", c.DoneBy, done, c.Closed)}
}

func clockOf(r *page.Request, name string, by, met, closed int64) clock {
	out := clock{Name: name, By: by, Met: met}
	now := r.Now.UnixMilli()
	switch {
	case met > 0 && met <= by:
		out.Badge, out.Text = "good", r.T("office.clock_met", "at", page.Moment(r.Lang, met))
	case met > 0:
		out.Badge, out.Text = "warn", r.T("office.clock_late", "at", page.Moment(r.Lang, met))
	case closed > 0:
		out.Badge, out.Text = "calm", r.T("office.clock_closed")
	case now > by:
		out.Badge, out.Text = "bad", r.T("office.clock_over", "n", max((now-by)/dayLong, 0))
		if now-by < dayLong {
			out.Text = r.T("office.clock_over_today")
		}
	default:
		left := by - now
		out.Badge, out.Text = "calm", r.T("office.clock_days", "n", left/dayLong)
		if left < dayLong {
			out.Badge, out.Text = "warn", r.T("office.clock_hours", "n", max(left/(60*60*1000), 1))
		}
	}
	return out
}
