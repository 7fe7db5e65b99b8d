package overview

import (
	"cmp"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// tally is what a report adds up.
type tally struct {
	total, before map[string]int64
	points, rows  []map[string]int64
}

// counters makes empty ones.
func counters(n int) []map[string]int64 {
	list := make([]map[string]int64, n)
	for i := range list {
		list[i] = map[string]int64{}
	}
	return list
}

// report makes the report.
func (v *view) report() (*Report, error) {
	p := &v.period
	before := p.before(v.now)
	sum := &tally{map[string]int64{}, map[string]int64{}, counters(len(p.points)), counters(len(v.rows))}
	err := v.read(p, func(c *storage.Counters, row int) {
		point := p.point(spanStart(c.Span))
		for name, n := range c.Counts {
			sum.total[name] += n
			sum.points[point][name] += n
			sum.rows[row][name] += n
		}
	})
	if err == nil {
		err = v.read(&before, func(c *storage.Counters, _ int) {
			for name, n := range c.Counts {
				sum.before[name] += n
			}
		})
	}
	if err != nil {
		return nil, err
	}
	out := &Report{
		From: p.from.UnixMilli(), Until: p.until.UnixMilli(), Step: p.step, AsOf: v.now, Tree: v.at, Path: []Unit{},
		Total: sumsOf(sum.total), Types: types(sum.total), Absent: len(v.tops) == 0,
		Before: &Before{From: before.from.UnixMilli(), Until: before.until.UnixMilli(), Sums: sumsOf(sum.before)},
	}
	if out.Behind, err = v.tail(out, sum, &before); err != nil {
		return nil, err
	}
	v.head(out, sum)
	return out, v.more(out)
}

// read calls add for the counters of a time that the report is about, with their row.
func (v *view) read(p *period, add func(c *storage.Counters, row int)) error {
	for _, s := range p.stretches() {
		err := v.r.Counters(s.from, s.until, func(c *storage.Counters) bool {
			if row := v.rowOf(c.Unit); row >= 0 {
				add(c, row)
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxTail is how many entries that are not counted yet a report reads itself.
const maxTail = 2000

// tail adds what the log says and is not counted yet. It returns when the newest counted thing happened, if there is too much.
func (v *view) tail(out *Report, sum *tally, before *period) (behind int64, err error) {
	after, err := v.r.Counted()
	if err != nil {
		return 0, err
	}
	if first, err := v.r.Audits("", 0, 1); err != nil {
		return 0, err
	} else if len(first) > 0 {
		out.Known = first[0].At
	}
	entries, err := v.r.Audits("", after, maxTail+1)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	if len(entries) > maxTail {
		return max(entries[0].At, 1), nil
	}
	err = tickOff(v.r, entries, func(k tick) {
		row := v.rowOf(k.unit)
		if row < 0 {
			return
		}
		day := dayOf(k.at)
		if point := v.period.point(day); point >= 0 {
			sum.total[k.name] += k.n
			sum.points[point][k.name] += k.n
			sum.rows[row][k.name] += k.n
		}
		if before.point(day) >= 0 {
			sum.before[k.name] += k.n
		}
	})
	return 0, err
}

// head fills in what was added up and where it stands.
func (v *view) head(out *Report, sum *tally) {
	out.Total, out.Types, out.Before.Sums = sumsOf(sum.total), types(sum.total), sumsOf(sum.before)
	known := dayOf(max(out.Known, 1)).UnixMilli()
	out.Before.Partly = out.Known == 0 || out.Before.From < known
	for i := range v.period.points {
		start, end := v.period.points[i], v.period.end(i)
		whole := v.period.step.start(start).Equal(start) && v.period.step.after(start).Equal(end)
		point := Point{From: start.UnixMilli(), Until: end.UnixMilli(), Sums: sumsOf(sum.points[i])}
		point.Part = !whole || point.Until > v.now || point.From < known
		out.Points = append(out.Points, point)
	}
	for i, id := range v.rows {
		row := Row{Unit: v.unitOf(id), Sums: sumsOf(sum.rows[i]), Self: id == v.unit && len(v.rows) > 1}
		row.More = !row.Self && len(v.roof.below(id)) > 0
		out.Rows = append(out.Rows, row)
	}
	if v.unit == "" {
		return
	}
	unit := v.unitOf(v.unit)
	out.Unit = &unit
	way := v.roof.way(v.unit)[1:]
	for i := len(way) - 1; i >= 0; i-- {
		if v.sees(way[i]) {
			out.Path = append(out.Path, v.unitOf(way[i]))
		}
	}
}

// unitOf is a unit as it was called, or is called now if it was not there.
func (v *view) unitOf(id syncproto.ID) Unit {
	u, ok := v.roof.tree.Unit(id)
	if !ok {
		u, _ = v.today.Unit(id)
	}
	return Unit{ID: id, Name: u.Name, Level: u.Level, Ended: u.Until}
}

// sumsOf reads what was counted.
func sumsOf(counts map[string]int64) Sums {
	s := Sums{
		Unclaimed: counts[nameUnclaimed], Resent: counts[nameResent], Returned: counts[nameReturned], Approved: counts[nameApproved],
		Declined: counts[nameDeclined], Published: counts[namePublished], Corrected: counts[nameCorrected],
		TakenDown: counts[nameTakenDown], Withdrawn: counts[nameWithdrawn], Claim: took(counts, nameClaim),
		Decide: took(counts, nameDecide), Kinds: map[string]int64{},
	}
	for name, n := range counts {
		if rest, ok := strings.CutPrefix(name, nameCame); ok {
			kind, _, _ := strings.Cut(rest, "/")
			s.Came += n
			s.Kinds[kind] += n
		}
	}
	return s
}

// types lists what came in by kind and type, the most first.
func types(counts map[string]int64) []Type {
	list := []Type{}
	for name, n := range counts {
		if rest, ok := strings.CutPrefix(name, nameCame); ok && n != 0 {
			kind, of, _ := strings.Cut(rest, "/")
			list = append(list, Type{syncproto.Kind(kind), of, n})
		}
	}
	slices.SortFunc(list, func(a, b Type) int {
		return cmp.Or(cmp.Compare(b.Came, a.Came), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Type, b.Type))
	})
	return list
}
