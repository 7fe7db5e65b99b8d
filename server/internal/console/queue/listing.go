package queue

import (
	"context"
	"fmt"
	"time"

	"lantoa/server/internal/console/item"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// listing is what the template draws.
type listing struct {
	*filter
	Tabs   []tab
	Facets []facet
	Chips  []chip
	Choice choices
	Rows   []row
	More   string // the next page, "" for none
	First  string // the first page, "" where this one is it
	Total  *desk.Count
	Seen   int64 // when the list was read
	Acts   []string
	Sheet  *item.Sheet
	Panel  bool // the fields of the filter are open
}

// row is one line of the list.
type row struct {
	desk.Row
	To    string
	On    bool
	Waits string // "chờ 3 giờ"
	Mine  bool   // the reader's own claim
	Taken int64  // when it was claimed
	Now   int64
}

// Version changes with what the row shows of the submission.
func (r row) Version() int64 { return r.Changed + r.Until + int64(r.Arrived) }

// At is Since as a machine reads it.
func (r row) At() string { return time.UnixMilli(r.Since).UTC().Format(time.RFC3339) }

// Icon is the picture of its kind.
func (r row) Icon() string {
	switch r.Kind {
	case syncproto.KindEvent:
		return "calendar"
	case syncproto.KindPhoto:
		return "photo"
	}
	return "list"
}

// sign is a flag with the tone of its badge.
type sign struct{ Name, Tone string }

var tones = map[string]string{
	"urgent": "bad", "conflict": "bad", "child": "warn", "consent_missing": "warn", "alarmed": "warn", "location": "calm",
	"first": "calm", "notes": "calm",
}

// Signs are the flags that a badge tells; where photos are is told by their number.
func (r row) Signs() []sign {
	out := make([]sign, 0, len(r.Flags))
	for _, name := range r.Flags {
		if tone := tones[name]; tone != "" {
			out = append(out, sign{name, tone})
		}
	}
	return out
}

// Version changes with what the sheet shows.
func (l *listing) Version() string {
	s := l.Sheet
	return fmt.Sprint(s.Revision, "-", s.Until, "-", s.Hold, "-", s.Arrival, "-", len(s.Threads), "-", s.Open, "-", len(s.Cards), "-", len(s.Lacks))
}

// list is the queue, with a submission beside it where the path names one.
func (a *area) list(ctx context.Context, r *page.Request) (page.Answer, error) {
	f := read(r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	id, err := named(r)
	if err != nil {
		return nil, err
	}
	l := &listing{filter: f, Panel: r.Sent("filters")}
	title := r.T("queue.title")
	if id != "" {
		if l.Sheet, err = item.Load(ctx, r, a.desk, id); err != nil {
			return nil, err
		}
		if l.Sheet.ID != id { // of a photo or a note: the whole that it belongs to
			return page.Redirect{To: f.To(l.Sheet.ID)}, nil
		}
		if l.Sheet.Title != "" {
			title = page.Clip(l.Sheet.Title, 80)
		}
	}
	if r.Fragment() != "item" {
		if err := a.fill(ctx, r, l); err != nil {
			return nil, err
		}
	}
	return &page.View{Name: "queue/list", Title: title, Area: menuArea, Data: l}, nil
}

func named(r *page.Request) (syncproto.ID, error) {
	if r.PathValue("id") == "" {
		return "", nil
	}
	return r.PathID("id")
}

// fill reads the list and its numbers.
func (a *area) fill(ctx context.Context, r *page.Request, l *listing) error {
	ask := l.ask(r.Now)
	ask.Count = l.Narrow() // of a whole view the counters say it
	found, err := a.desk.Queue(ctx, r.Desk(), ask)
	if err != nil {
		return err
	}
	all, err := a.desk.Counters(ctx, r.Desk(), "")
	if err != nil {
		return err
	}
	counts := all
	if l.Unit != "" {
		if counts, err = a.desk.Counters(ctx, r.Desk(), l.Unit); err != nil {
			return err
		}
	}
	l.Total, l.Seen, l.Acts = found.Total, found.Now, offered(l.View)
	if l.Total == nil {
		n := counts.Views[l.View]
		l.Total = &desk.Count{Count: min(n.Count, desk.MaxActs), More: n.More || n.Count > desk.MaxActs}
	}
	for i := range found.Rows {
		l.Rows = append(l.Rows, l.row(r, &found.Rows[i], found.Now))
	}
	if found.Next != "" {
		next := *l.filter
		next.From = found.Next
		l.More = next.To("")
	}
	if l.From != "" {
		l.First = l.change(func(*filter) {}).To("")
	}
	l.Tabs, l.Facets = tabs(l.filter, counts), facets(r, l.filter, counts)
	l.Choice = choicesOf(r, l, all)
	l.Chips = chips(r, l)
	return nil
}

func (l *listing) row(r *page.Request, from *desk.Row, now int64) row {
	out := row{Row: *from, To: l.To(from.Record), Waits: waits(r, from, now), Now: now}
	out.On = l.Sheet != nil && l.Sheet.ID == from.Record
	if from.Claimer != nil {
		out.Mine = from.Claimer.ID == r.Me().Person
		out.Taken = min(now, from.Until-reconcile.ClaimFor)
	}
	return out
}

// waits says how long a submission has waited, or since when it stands as it does.
func waits(r *page.Request, row *desk.Row, now int64) string {
	unit, n := "now", 0
	switch away := time.Duration(now-row.Since) * time.Millisecond; {
	case away < time.Minute:
	case away < time.Hour:
		unit, n = "minutes", int(away/time.Minute)
	case away < 2*day:
		unit, n = "hours", int(away/time.Hour)
	default:
		unit, n = "days", int(away/day)
	}
	switch row.State {
	case syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview, syncproto.StateUnclaimed:
		return r.T("queue.waits_"+unit, "n", n)
	}
	if unit == "now" {
		return r.T("frame.now")
	}
	return r.T("frame.ago_"+unit, "n", n)
}
