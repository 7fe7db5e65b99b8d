package overview

import (
	"lantoa/server/internal/figure"
	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	hour       = 60 * 60 * 1000
	activeDays = 30
)

// Columns of the figures that count persons.
const (
	columnAuthors = iota
	columnPhones
	columnEligible
	columnArrived
	columnAnswered
	columnCame
	columns
)

// more adds what is read anew each time: what waits, who wrote, which phones came, how far calls reached.
func (v *view) more(out *Report) error {
	cells := make([][]int64, len(v.rows))
	for i := range cells {
		cells[i] = make([]int64, columns)
	}
	for _, add := range []func(*Report, [][]int64) error{v.waiting, v.authors, v.phones, v.calls} {
		if err := add(out, cells); err != nil {
			return err
		}
	}
	table := figure.Suppress(cells, columns)
	for i := range out.Rows {
		f, row := table[i], &out.Rows[i]
		row.Authors, row.Phones, row.Eligible = f[columnAuthors], f[columnPhones], f[columnEligible]
		row.Arrived, row.Answered, row.Came = f[columnArrived], f[columnAnswered], f[columnCame]
	}
	f, reach := table[len(cells)], &out.Reach
	out.Authors, out.Phones = f[columnAuthors], f[columnPhones]
	reach.Eligible, reach.Arrived, reach.Answered, reach.Came = f[columnEligible], f[columnArrived], f[columnAnswered], f[columnCame]
	return nil
}

// current reports whether the time reaches to now.
func (v *view) current() bool {
	return v.period.from.UnixMilli() <= v.now && v.now < v.period.until.UnixMilli()
}

func (v *view) waiting(out *Report, _ [][]int64) error {
	if !v.current() {
		return nil
	}
	edges := make([]int64, len(AgeEdges()))
	for i, hours := range AgeEdges() {
		edges[i] = v.now - hours*hour
	}
	waits, err := v.r.Waits(edges)
	out.Waiting = &Waiting{Ages: make([]int64, len(edges)+1)}
	for _, wait := range waits {
		row, n := v.rowOf(wait.Unit), int64(wait.Count)
		if row < 0 {
			continue
		}
		out.Waiting.Count += n
		out.Waiting.Ages[wait.Age] += n
		switch wait.State {
		case syncproto.StateUnclaimed:
			out.Waiting.Unclaimed += n
		case syncproto.StateInReview:
			out.Waiting.InReview += n
		}
		out.Rows[row].Waiting += n
	}
	return err
}

// authors counts whose submissions came in. Somebody who wrote in two units of the table counts in both.
func (v *view) authors(_ *Report, cells [][]int64) error {
	type pair struct {
		row    int
		author syncproto.ID
	}
	seen := map[pair]struct{}{}
	err := v.r.Authors(v.period.from.UnixMilli(), v.period.until.UnixMilli(), func(unit, author syncproto.ID) bool {
		if row := v.rowOf(unit); row >= 0 && author != "" {
			seen[pair{row, author}] = struct{}{}
		}
		return true
	})
	for p := range seen {
		cells[p.row][columnAuthors]++
	}
	return err
}

func (v *view) phones(_ *Report, cells [][]int64) error {
	if !v.current() {
		return nil
	}
	active, err := v.r.ActiveDevices(v.now - activeDays*24*hour)
	for _, a := range active {
		if row := v.rowOf(a.Unit); row >= 0 {
			cells[row][columnPhones] += int64(a.Count)
		}
	}
	return err
}

// calls adds up how far the calls of the time came.
func (v *view) calls(out *Report, cells [][]int64) error {
	calls, err := v.r.Calls(storage.CallQuery{})
	if err != nil {
		return err
	}
	from, until := v.period.from.UnixMilli(), v.period.until.UnixMilli()
	for i := range calls {
		c := &calls[i]
		if c.Sent < from || c.Sent >= until || c.Sent == 0 {
			continue
		}
		sum, err := callSum(v.r, c.ID)
		if err != nil {
			return err
		}
		v.call(out, cells, c, sum)
	}
	return nil
}

// call adds one. Of one that nobody added up yet it is only said that it was sent, for the units that it called for.
func (v *view) call(out *Report, cells [][]int64, c *storage.Call, sum *storage.CallSum) {
	rows := map[int]bool{}
	if sum == nil {
		for _, unit := range c.Units {
			rows[v.rowOf(unit)] = true
		}
	} else {
		for i := range sum.Reaches {
			r := &sum.Reaches[i]
			row := v.rowOf(r.Unit)
			rows[row] = true
			if row < 0 {
				continue
			}
			cells[row][columnEligible] += r.Eligible
			cells[row][columnArrived] += r.Arrived
			cells[row][columnAnswered] += r.Answered
			cells[row][columnCame] += r.Came
		}
	}
	delete(rows, -1)
	if len(rows) == 0 {
		return
	}
	for row := range rows {
		out.Rows[row].Calls++
	}
	out.Reach.Calls++
	if sum == nil {
		out.Reach.Missing++
	} else if out.Reach.AsOf == 0 || sum.At < out.Reach.AsOf {
		out.Reach.AsOf = sum.At
	}
}
