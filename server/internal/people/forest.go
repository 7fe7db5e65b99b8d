package people

import (
	"bytes"
	"context"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// Shown is a unit as lists show it, at a date.
type Shown struct {
	ID         syncproto.ID   `json:"id"`
	Name       string         `json:"name"`
	Level      string         `json:"level,omitempty"`
	Parent     syncproto.ID   `json:"parent,omitempty"`
	From       int64          `json:"from"`
	Until      int64          `json:"until,omitempty"` // when it ended
	Successors []syncproto.ID `json:"successors,omitempty"`
	Planned    []Planned      `json:"planned,omitempty"` // what was decided for later than the date
	Setting    *Setting       `json:"setting,omitempty"` // what it decided itself
	Units      []Shown        `json:"units,omitempty"`   // in a tree: those below
}

// Setting is what a unit decides (storage.UnitSetting).
type Setting struct {
	OwnAllowed bool  `json:"own_allowed"`
	AlarmAfter int64 `json:"alarm_after"` // ms; 0 for a day
}

// Planned is what a unit will be, or that it will end.
type Planned struct {
	At         int64          `json:"at"`
	Ends       bool           `json:"ends,omitempty"`
	Face       *Face          `json:"unit,omitempty"`
	Successors []syncproto.ID `json:"successors,omitempty"`
}

// UnitsAt lists all units that had begun at a date (Unix ms; 0 for now), by name, those that had ended too. Units are no
// secret among those who sign in.
func (s *Service) UnitsAt(ctx context.Context, at int64) ([]Shown, error) {
	if at == 0 {
		at = s.millis()
	}
	var list []Shown
	err := s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.cache.Read(r)
		if err != nil {
			return err
		}
		list = access.shown(at)
		return nil
	})
	sortByName(list)
	return list, err
}

// TreeAt returns them as a tree: the roots, each with those below. A unit that ended is not in it.
func (s *Service) TreeAt(ctx context.Context, at int64) ([]Shown, error) {
	list, err := s.UnitsAt(ctx, at)
	if err != nil {
		return nil, err
	}
	below := map[syncproto.ID][]Shown{}
	for _, u := range list {
		if u.Until == 0 {
			below[u.Parent] = append(below[u.Parent], u)
		}
	}
	roots := hang(below, "", 0)
	if roots == nil {
		roots = []Shown{}
	}
	return roots, nil
}

// maxDepth bounds a tree that is shown. The country has three levels, and a circle, which no service makes, ends.
const maxDepth = 32

func hang(below map[syncproto.ID][]Shown, id syncproto.ID, depth int) []Shown {
	if depth == maxDepth {
		return nil
	}
	list := below[id]
	for i := range list {
		list[i].Units = hang(below, list[i].ID, depth+1)
	}
	return list
}

func (a *Access) shown(at int64) []Shown {
	h := a.history
	list := make([]Shown, 0, len(h.units))
	for _, unit := range h.units {
		if unit.From > at {
			continue
		}
		u := unitAt(unit, h.versions[unit.ID], at)
		row := Shown{
			ID: u.ID, Name: u.Name, Level: u.Level, Parent: u.Parent, From: u.From, Until: u.Until, Successors: u.Successors,
		}
		for _, v := range h.versions[u.ID] {
			if v.Since > at {
				row.Planned = append(row.Planned, Planned{At: v.Since, Face: &Face{Name: v.Name, Level: v.Level, Parent: v.Parent}})
			}
		}
		if at < unit.Until {
			row.Planned = append(row.Planned, Planned{At: unit.Until, Ends: true, Successors: unit.Successors})
		}
		if set, ok := a.settings[u.ID]; ok {
			row.Setting = &Setting{OwnAllowed: set.OwnAllowed, AlarmAfter: set.AlarmAfter}
		}
		list = append(list, row)
	}
	return list
}

// sortByName sorts units as Vietnamese lists are: by the whole name from its beginning, a name being no person's.
func sortByName(list []Shown) {
	keys := make(map[syncproto.ID][]byte, len(list))
	for i := range list {
		keys[list[i].ID] = append([]byte(viet.Fold(list[i].Name)+"\x00"), viet.Exact(list[i].Name)...)
	}
	slices.SortFunc(list, func(a, b Shown) int {
		if order := bytes.Compare(keys[a.ID], keys[b.ID]); order != 0 {
			return order
		}
		return bytes.Compare([]byte(a.ID), []byte(b.ID))
	})
}
