package sqlite

import (
	"database/sql/driver"
	"math"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/storage/internal/find"
	"lantoa/syncproto"
)

// Find implements storage.SubmissionReader.
func (r *reader) Find(q *storage.Query) (*storage.Found, error) {
	p, err := find.Check(q)
	if err != nil {
		return nil, err
	}
	if p.Search != nil && r.settleWords != nil {
		if err := r.settleWords(); err != nil {
			return nil, err
		}
	}
	page := &page{plan: p, found: &storage.Found{}}
	if !p.Never {
		if p.Order == storage.OrderBest {
			err = r.best(page)
		} else {
			sql, args := queueSQL(p)
			err = r.more(page, 0, sql, args)
		}
	}
	if err != nil {
		return nil, err
	}
	return page.found, nil
}

// page is the answer to a query while it comes.
type page struct {
	plan  *find.Plan
	found *storage.Found
	last  find.Key
	// numbers are those of the rows of a search, and better those of them that a level before found.
	numbers, better []int64
}

// full reports whether it is known that there is more than the page holds.
func (p *page) full() bool { return p.found.Next != "" }

// more adds the rows of a statement to a page. The statement is not kept: there are too many of its kind.
func (r *reader) more(p *page, level int, sql string, args []driver.Value) error {
	err := r.each("find submissions", sql, func(row []driver.Value) bool {
		number := integer(row[0])
		if slices.Contains(p.better, number) {
			return true
		}
		if len(p.found.Rows) == p.plan.Limit {
			p.found.Next = p.last.Encode(p.plan.Order)
			return false
		}
		s := submissionOf(row)
		p.last = find.KeyOf(p.plan.Order, &s, level, number)
		p.found.Rows, p.numbers = append(p.found.Rows, s), append(p.numbers, number)
		return true
	}, args...)
	r.conn.forget(sql)
	return err
}

// best answers a search level by level, the newest first. Each level ends where the page is full.
func (r *reader) best(p *page) error {
	level, below := 0, int64(math.MaxInt64)
	if mark := p.plan.Mark; mark != nil {
		level, below = int(min(max(mark.First, 0), find.Levels)), -mark.Second
	}
	few, err := r.fewIn(p.plan.Units)
	if err != nil {
		return err
	}
	list, all := matches(p.plan.Search)
	for ; level < find.Levels && !p.full(); level++ {
		if list[level] == "" {
			continue
		}
		where := filters(p.plan)
		if p.plan.Mark == nil { // what fits better is on the page, so the index need not look for it again
			list[level], p.better = all[level], p.numbers
		}
		where.match(p.plan, list[level])
		if few {
			where.inUnits(p.plan.Units)
		}
		where.and("f.rowid < ?", below)
		sql := submissionColumns + " FROM submission_words f CROSS JOIN submissions s ON s.number = f.rowid" + where.String() +
			" ORDER BY f.rowid DESC LIMIT ?"
		if err := r.more(p, level, sql, append(where.args, int64(p.plan.Limit+1+len(p.better)))); err != nil {
			return err
		}
		below = math.MaxInt64
	}
	return nil
}

// What few submissions are, and the most units that are asked how many they have.
const (
	fewSubmissions = 20_000
	fewUnits       = 32
)

// fewIn reports whether units have few submissions, so that all numbers of them are looked at sooner than the rows of all
// that match.
func (r *reader) fewIn(units []syncproto.ID) (bool, error) {
	if len(units) == 0 || len(units) > fewUnits {
		return false, nil
	}
	sum := 0
	for _, unit := range units {
		row, err := r.first("count submissions", unitSumSQL, key16(unit))
		if err != nil {
			return false, err
		}
		sum += int(integer(row[0]))
	}
	return sum <= fewSubmissions, nil
}

// openOnly is the condition of the index of what is open, as it stands there.
const openOnly = "state NOT IN ('published', 'corrected', 'taken_down', 'declined', 'withdrawn')"

// closedStates are those that it leaves out.
var closedStates = map[syncproto.State]bool{
	syncproto.StatePublished: true, syncproto.StateCorrected: true, syncproto.StateTakenDown: true,
	syncproto.StateDeclined: true, syncproto.StateWithdrawn: true,
}

// queueSQL returns the statement of a queue.
func queueSQL(p *find.Plan) (sql string, args []driver.Value) {
	where := filters(p)
	from := " FROM submissions s INDEXED BY "
	newest := p.Order == storage.OrderNewest
	sorted := false // by what an index has, or at least by what is small; the few that remain are read whole
	switch {
	case p.Search != nil:
		sorted = true
		from = " FROM submission_words f CROSS JOIN submissions s ON s.number = f.rowid"
		where.match(p, matchesAny(p.Search))
	case p.Free == 0 && p.Claimer != "":
		from += "submissions_claimer"
		where.and("s.claimer <> x''")
	case p.Author != "":
		from += "submissions_author"
	case onlyOpen(p.States):
		sorted = newest
		from += "submissions_open"
		where.and("s." + openOnly)
	case len(p.Units) == 1:
		sorted = !newest
		from += "submissions_unit"
	case p.All&^storage.FlagLocation != 0:
		from += "submissions_flagged"
		where.and("s.flags & 65531 <> 0")
	case newest && len(p.States) == 1:
		from += "submissions_state"
	case newest:
		from += "submissions_newest"
	default:
		from += "submissions_waiting"
	}
	calm := "s.calm"
	if sorted {
		calm = "(s.flags & 1 = 0)" // to name what is computed counts as using the whole row
	}
	order := " ORDER BY " + calm + ", s.since, s.record LIMIT ?"
	if newest {
		order = " ORDER BY s.changed DESC, s.record LIMIT ?"
	}
	if m := p.Mark; m != nil && newest {
		where.and("s.changed <= ? AND (s.changed < ? OR s.record > ?)", -m.Second, -m.Second, id16(m.Record))
	} else if m != nil {
		where.and("("+calm+", s.since, s.record) > (?, ?, ?)", m.First, m.Second, id16(m.Record))
	}
	args = append(where.args, int64(p.Limit+1))
	if sorted {
		return submissionColumns + " FROM submissions s WHERE s.number IN (SELECT s.number" + from + where.String() + order + ")" +
			strings.TrimSuffix(order, " LIMIT ?"), args
	}
	return submissionColumns + from + where.String() + order, args
}

func onlyOpen(states []syncproto.State) bool {
	for _, s := range states {
		if closedStates[s] {
			return false
		}
	}
	return len(states) > 0
}

// conditions are those of a statement, with their arguments.
type conditions struct {
	list []string
	args []driver.Value
}

func (c *conditions) and(sql string, args ...driver.Value) {
	c.list = append(c.list, sql)
	c.args = append(c.args, args...)
}

// match asks that the words of a row match. What is open is little and rather new, and all numbers of it are looked at
// sooner than the rows of all that match.
func (c *conditions) match(p *find.Plan, expression string) {
	c.and("submission_words MATCH ?", expression)
	if onlyOpen(p.States) {
		numbers := "number) FROM submissions INDEXED BY submissions_open WHERE " + openOnly + ")"
		c.and("f.rowid >= (SELECT min(" + numbers)
		c.and("+f.rowid IN (SELECT (" + numbers)
	}
}

// inUnits asks that a row that matches is of some units, by their index.
func (c *conditions) inUnits(units []syncproto.ID) {
	numbers := &conditions{}
	in(numbers, "unit", units, func(id syncproto.ID) driver.Value { return key16(id) })
	c.and("+f.rowid IN (SELECT number FROM submissions INDEXED BY submissions_unit"+numbers.String()+")", numbers.args...)
}

func (c *conditions) String() string {
	if len(c.list) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.list, " AND ")
}

// filters returns what a query asks of a row, its text aside.
func filters(p *find.Plan) *conditions {
	c := &conditions{}
	if p.Units != nil {
		in(c, "s.unit", p.Units, func(id syncproto.ID) driver.Value { return key16(id) })
	}
	if len(p.States) > 0 {
		in(c, "s.state", p.States, func(s syncproto.State) driver.Value { return string(s) })
	}
	if len(p.Kinds) > 0 {
		in(c, "s.kind", p.Kinds, func(k syncproto.Kind) driver.Value { return string(k) })
	}
	if p.All != 0 || p.None != 0 {
		c.and("s.flags & ? = ?", int64(p.All|p.None), int64(p.All))
	}
	if p.Author != "" {
		c.and("s.author = ?", id16(p.Author))
	}
	if p.NotBy != "" {
		c.and("s.author <> ?", id16(p.NotBy))
	}
	switch {
	case p.Free != 0:
		c.and("(s.until <= ? OR s.claimer IN (x'', ?))", p.Free, key16(p.Claimer))
	case p.Claimer != "":
		c.and("s.claimer = ?", id16(p.Claimer))
	}
	if p.Before != 0 {
		c.and("s.since < ?", p.Before)
	}
	if p.After != 0 {
		c.and("s.since >= ?", p.After)
	}
	return c
}

// in asks that a column is one of some values. A single one is asked for by itself, so that an index of it is in order.
func in[T any](c *conditions, column string, values []T, of func(T) driver.Value) {
	if len(values) == 1 {
		c.and(column+" = ?", of(values[0]))
		return
	}
	args := make([]driver.Value, len(values))
	for i, v := range values {
		args[i] = of(v)
	}
	c.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}
