package roster

import (
	"context"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// boardPage is the phones whose work does not come.
type boardPage struct {
	Board   *people.Board
	Phones  []stuckLine
	Units   []option
	Unit    syncproto.ID
	Show    string // stuck, failing, all
	Age     string // day, week; "" for any
	All     bool
	Next    string
	AsOf    int64
	Waiting int
	Bound   bool
	Later   bool
}

// stuckLine is one phone with what to do about it.
type stuckLine struct {
	people.Stuck
	Said   []reason
	Do     string // the key of what to do
	Silent bool   // it has not come for days
	Ends   int64  // until when one that was revoked may still bring what it holds
}

// silentAfter is after how long a phone that does not come is one to ask after.
const silentAfter = 3 * 24 * time.Hour

func (a *area) board(ctx context.Context, r *page.Request) (page.Answer, error) {
	d := &boardPage{Unit: within(r, "unit"), Show: r.Text("show"), Age: r.Text("age"), AsOf: r.Now.UnixMilli()}
	if err := r.Err(); err != nil {
		return nil, err
	}
	ask := people.BoardAsk{Unit: d.Unit, All: d.Show == "all", Failing: d.Show == "failing", From: r.Raw("from")}
	switch d.Age {
	case "day":
		ask.Since = r.Now.Add(-24 * time.Hour).UnixMilli()
	case "week":
		ask.Since = r.Now.Add(-7 * 24 * time.Hour).UnixMilli()
	}
	var err error
	if d.Board, err = a.People.Board(ctx, r.People(), ask); err != nil {
		return nil, err
	}
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	_, d.All = governed(r)
	d.Units = f.options(mine)
	for _, s := range d.Board.Devices {
		line := stuckOf(s, r.Now)
		line.Said = reasons(r, s.Why)
		d.Phones = append(d.Phones, line)
	}
	d.Waiting = a.waiting(ctx, r, d.Unit)
	d.Bound = d.Show != "" || d.Age != "" || r.Text("unit") != ""
	d.Later = ask.From != ""
	if d.Board.Next != "" {
		d.Next = r.With("from", d.Board.Next)
	}
	return page.View{Name: "roster/board", Title: r.T("roster.board"), Area: "board", Data: d}, nil
}

// stuckOf says what to do about a phone.
func stuckOf(s people.Stuck, now time.Time) stuckLine {
	line := stuckLine{Stuck: s, Silent: s.Seen != 0 && now.UnixMilli()-s.Seen > silentAfter.Milliseconds()}
	switch {
	case s.Revoked != 0:
		line.Do, line.Ends = "roster.do_revoked", s.Revoked+people.EndedFor
	case s.Seen == 0:
		line.Do = "roster.do_never"
	case line.Silent && (s.Unsent > 0 || s.Failed > 0):
		line.Do = "roster.do_silent"
	case s.Failed > 0 || len(s.Why) > 0:
		line.Do = "roster.do_failed"
	case s.Unsent > 0:
		line.Do = "roster.do_wait"
	case line.Silent:
		line.Do = "roster.do_quiet"
	default:
		line.Do = "roster.do_nothing"
	}
	return line
}
