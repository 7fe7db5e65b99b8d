package notify

import (
	"context"
	"maps"
	"slices"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// maxReportDays bounds a report: the days are read one by one.
const maxReportDays = 31

// Frequency says how often people were rung for routine calls: counts, and nobody by name.
type Frequency struct {
	Unit    syncproto.ID `json:"unit,omitempty"`
	From    int64        `json:"from"`  // the first day, Unix ms of its beginning in UTC+7
	Until   int64        `json:"until"` // the end of the last one: today
	Days    int64        `json:"days"`
	Cap     int          `json:"cap"`     // how many a day ring at most, besides one digest
	Persons int64        `json:"persons"` // who were rung at all
	Pushes  int64        `json:"pushes"`
	Most    int64        `json:"most"` // how many the person had who had most
	Rows    []Often      `json:"rows"`
}

// Often is how many persons were rung how often in all those days.
type Often struct {
	Pushes  int64 `json:"pushes"`
	Persons int64 `json:"persons"`
}

// Frequency reports over days up to today, 1 to 31, for the members of a unit and those below it, or with "" of the whole
// server. It is for officers of the unit; the whole is for operators. Others are told forbidden.
func (p *Planner) Frequency(ctx context.Context, by people.Actor, unit syncproto.ID, days int64) (*Frequency, error) {
	const op = "report frequency"
	if days < 1 || days > maxReportDays {
		return nil, &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: op, Detail: "days"}
	}
	now := p.millis()
	today := dayOf(now)
	out := &Frequency{Unit: unit, From: on(today-days+1, 0, 0), Until: on(today+1, 0, 0), Days: days, Cap: p.opt.Cap}
	err := p.store.View(ctx, func(r storage.Reader) error {
		access, err := p.access.Read(r)
		if err != nil {
			return err
		}
		rights, err := access.Of(r, by.Person)
		if err != nil {
			return err
		}
		if !mayReport(rights, unit, now) {
			return &syncproto.Error{Code: syncproto.CodeForbidden, Op: op, Detail: "unit"}
		}
		var counts map[int64]int64
		if unit == "" {
			counts, err = r.TellingCounts(today-days+1, today+1)
		} else {
			counts, err = countIn(r, access, unit, today-days+1, today, now)
		}
		out.fill(counts)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func mayReport(rights *people.Rights, unit syncproto.ID, now int64) bool {
	if unit == "" {
		_, ok := rights.Operator(now)
		return ok
	}
	_, ok := rights.Officer(unit, now)
	return ok
}

// countIn counts the members of a subtree: how many pushes → persons.
func countIn(r storage.Reader, access *people.Access, unit syncproto.ID, from, until, now int64) (map[int64]int64, error) {
	units, _ := access.Tree(now).Subtree(unit, 0)
	members := map[syncproto.ID]bool{}
	for _, id := range units {
		grants, err := r.Members(id)
		if err != nil {
			return nil, err
		}
		for i := range grants {
			if grants[i].Holds(now) {
				members[grants[i].Person] = true
			}
		}
	}
	total := map[syncproto.ID]int64{}
	persons := slices.Sorted(maps.Keys(members))
	for day := from; day <= until; day++ {
		for chunk := range slices.Chunk(persons, 500) {
			told, err := r.Told(day, chunk)
			if err != nil {
				return nil, err
			}
			for person, n := range told {
				total[person] += n
			}
		}
	}
	counts := map[int64]int64{}
	for _, n := range total {
		counts[n]++
	}
	return counts, nil
}

// fill adds up what was counted.
func (f *Frequency) fill(counts map[int64]int64) {
	f.Rows = []Often{}
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		if n < 1 || counts[n] < 1 {
			continue
		}
		f.Rows = append(f.Rows, Often{Pushes: n, Persons: counts[n]})
		f.Persons += counts[n]
		f.Pushes += n * counts[n]
		f.Most = n
	}
}
