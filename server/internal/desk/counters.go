package desk

import (
	"context"
	"slices"

	"lantoa/server/internal/syncer"
	"lantoa/syncproto"

	"lantoa/storage"
)

// Counters count the submissions of somebody's desks.
type Counters struct {
	Views  map[View]Count          `json:"views"`
	States map[syncproto.State]int `json:"states"`
	Flags  map[string]int          `json:"flags"` // of what is under way
	Ages   []AgeCount              `json:"ages"`  // of what waits for an editor
	Units  []UnitCount             `json:"units"` // those with anything under way or in the inbox, the fullest first

	Conflicts int `json:"-"` // submissions of any state with an open conflict
}

// AgeCount counts what has waited for so many hours or longer.
type AgeCount struct {
	Hours int `json:"hours"`
	Count
}

// ages are the hours that are counted.
var ages = []int{4, 24, 72}

// Count is a number that may be cut off.
type Count struct {
	Count int  `json:"count"`
	More  bool `json:"more,omitempty"` // there are more than that
}

// UnitCount counts for one unit itself.
type UnitCount struct {
	Unit    Ref `json:"unit"`
	Waiting int `json:"waiting"` // for an editor
	Open    int `json:"open"`
	Inbox   int `json:"inbox"`
}

// maxUnitCounts bounds the units that are listed.
const maxUnitCounts = 500

// Counters counts for a unit and all below it, "" for all desks of the person. Errors as of Queue.
func (s *Service) Counters(ctx context.Context, by syncer.Actor, unit syncproto.ID) (*Counters, error) {
	var out *Counters
	err := s.look(ctx, by, func(v *sight) error {
		units, err := v.units(unit)
		if err != nil {
			return err
		}
		tallies, err := v.r.Tallies(units)
		if err != nil {
			return err
		}
		out = v.counters(tallies)
		ask := Ask{View: ViewMine, Unit: unit}
		queries, err := ask.queries(v)
		if err != nil {
			return err
		}
		out.Views[ViewMine], err = v.count(queries) // whose they are changes from minute to minute, so no tally says
		if err == nil {
			out.Ages, err = v.ages(units)
		}
		return err
	})
	return out, err
}

// count counts the rows of queries that have none in common, as far as MaxPage.
func (v *sight) count(queries []storage.Query) (c Count, err error) {
	for i := range queries {
		q := queries[i]
		q.From, q.Limit = "", MaxPage
		found, err := v.r.Find(&q)
		if err != nil {
			return c, err
		}
		if c.Count += len(found.Rows); found.Next != "" || c.Count > MaxPage {
			return Count{Count: MaxPage, More: true}, nil
		}
	}
	return c, nil
}

// ages counts by how long what waits has waited.
func (v *sight) ages(units []syncproto.ID) (counts []AgeCount, err error) {
	for _, hours := range ages {
		q := storage.Query{Units: units, States: waiting, Before: v.now - int64(hours)*60*60*1000, Limit: MaxPage, Order: storage.OrderWaiting}
		found, err := v.r.Find(&q)
		if err != nil {
			return nil, err
		}
		counts = append(counts, AgeCount{Hours: hours, Count: Count{Count: len(found.Rows), More: found.Next != ""}})
	}
	return counts, nil
}

func (v *sight) counters(tallies []storage.Tally) *Counters {
	out := &Counters{
		Views: map[View]Count{}, States: map[syncproto.State]int{}, Flags: map[string]int{}, Units: []UnitCount{},
	}
	counts := map[syncproto.ID]*UnitCount{}
	for _, t := range tallies {
		underWay := slices.Contains(open, t.State)
		if t.Flag != 0 {
			if t.Flag&storage.FlagConflict != 0 {
				out.Conflicts += t.Count
			}
			if underWay {
				for _, name := range namesOf(t.Flag) {
					out.Flags[name] += t.Count
				}
			}
			continue
		}
		out.States[t.State] += t.Count
		unit := counts[t.Unit]
		if unit == nil {
			unit = &UnitCount{Unit: v.unit(t.Unit)}
			counts[t.Unit] = unit
		}
		add := func(view View) { out.Views[view] = Count{Count: out.Views[view].Count + t.Count} }
		add(ViewAll)
		switch {
		case t.State == syncproto.StateUnclaimed:
			add(ViewInbox)
			unit.Inbox += t.Count
		case underWay:
			add(ViewOpen)
			unit.Open += t.Count
			if slices.Contains(waiting, t.State) {
				unit.Waiting += t.Count
			}
		}
	}
	for _, unit := range counts {
		if unit.Open+unit.Inbox > 0 {
			out.Units = append(out.Units, *unit)
		}
	}
	slices.SortFunc(out.Units, func(a, b UnitCount) int {
		if d := b.Open + b.Inbox - a.Open - a.Inbox; d != 0 {
			return d
		}
		if a.Unit.ID < b.Unit.ID {
			return -1
		}
		return 1
	})
	out.Units = out.Units[:min(len(out.Units), maxUnitCounts)]
	return out
}
