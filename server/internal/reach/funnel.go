package reach

import (
	"context"
	"maps"
	"slices"

	"lantoa/server/internal/figure"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Funnel is how far a call came.
type Funnel struct {
	Call     syncproto.ID       `json:"call"`
	Kind     syncproto.CallKind `json:"kind"`
	State    storage.CallState  `json:"state"`
	AsOf     int64              `json:"as_of"`
	Capacity int64              `json:"capacity,omitempty"`
	Choices  []string           `json:"choices"` // in the order of the call, then others
	Total    Row                `json:"total"`
	Units    []Row              `json:"units"` // by id
}

// Row is how far it came in a unit.
type Row struct {
	Unit       syncproto.ID             `json:"unit,omitempty"`
	Name       string                   `json:"name,omitempty"`
	Eligible   figure.Figure            `json:"eligible"`
	Registered figure.Figure            `json:"registered"`
	Accepted   figure.Figure            `json:"accepted"`
	Arrived    figure.Figure            `json:"arrived"`
	Opened     figure.Figure            `json:"opened"`
	Answered   figure.Figure            `json:"answered"`
	Choices    map[string]figure.Figure `json:"choices"`
	Places     figure.Figure            `json:"places"`
	Waiting    figure.Figure            `json:"waiting"`
	Late       figure.Figure            `json:"late"`
	Came       figure.Figure            `json:"came"`
	CamePeople figure.Figure            `json:"came_people"`
}

// Steps are the names of the figures, in order: those of the JSON and, behind "reach.", of their definitions in the catalogue.
func Steps() []string {
	return []string{
		"eligible", "registered", "accepted", "arrived", "opened", "answered", "places", "waiting", "late", "came", "came_people",
	}
}

// Funnel adds a call up.
//
// Errors: call_unknown for a call of which no unit is the asker's.
func (s *Service) Funnel(ctx context.Context, by people.Actor, call syncproto.ID) (out *Funnel, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.look(r, by, call)
		if err != nil {
			return err
		}
		reaches, err := r.Reaches(call)
		if err == nil {
			out = v.funnel(reaches)
		}
		return err
	})
	return out, err
}

func (v *sight) funnel(reaches []storage.Reach) *Funnel {
	c := v.call
	f := &Funnel{
		Call: c.ID, Kind: c.Kind, State: c.State, AsOf: v.now, Capacity: c.Capacity, Choices: choices(c, reaches),
		Units: make([]Row, len(reaches)),
	}
	// Whoever reads this may read the answers by name, so what yes and no add up to hides nothing from them; a unit with few
	// people is kept back because figures are passed on.
	cells := make([][]int64, len(reaches))
	for i := range reaches {
		cells[i] = numbers(&reaches[i], f.Choices)
	}
	table := figure.Suppress(cells, len(Steps())+len(f.Choices))
	for i := range reaches {
		f.Units[i] = rowOf(table[i], f.Choices)
		f.Units[i].Unit, f.Units[i].Name = reaches[i].Unit, v.name(reaches[i].Unit)
	}
	f.Total = rowOf(table[len(reaches)], f.Choices)
	return f
}

// choices returns the names of what was answered: those that the call offers, then others by name.
func choices(c *storage.Call, reaches []storage.Reach) []string {
	names := []string{}
	for _, choice := range c.Choices {
		names = append(names, choice.Name)
	}
	others := map[string]bool{}
	for i := range reaches {
		for name := range reaches[i].Choices {
			if !slices.Contains(names, name) {
				others[name] = true
			}
		}
	}
	return append(names, slices.Sorted(maps.Keys(others))...)
}

// numbers are the figures of a row, in the order of Steps, then by choice.
func numbers(r *storage.Reach, choices []string) []int64 {
	out := []int64{
		r.Eligible, r.Registered, r.Accepted, r.Arrived, r.Opened, r.Answered, r.Places, r.Waiting, r.Late, r.Came, r.CamePeople,
	}
	for _, name := range choices {
		out = append(out, r.Choices[name])
	}
	return out
}

func rowOf(f []figure.Figure, choices []string) Row {
	row := Row{
		Eligible: f[0], Registered: f[1], Accepted: f[2], Arrived: f[3], Opened: f[4], Answered: f[5], Places: f[6], Waiting: f[7],
		Late: f[8], Came: f[9], CamePeople: f[10], Choices: make(map[string]figure.Figure, len(choices)),
	}
	for i, name := range choices {
		row.Choices[name] = f[len(Steps())+i]
	}
	return row
}
