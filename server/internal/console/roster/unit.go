package roster

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// unitPage is one unit: what it is, was and will be, what it decides, and its people.
type unitPage struct {
	*forest
	Unit     people.Shown // as it is now, or was last
	Node     *node        // nil for one that ended or has not begun
	Governed bool
	Heirs    []heir
	Before   []heir        // that ended into it
	History  []plannedLine // from its beginning, with what is decided for later
	Planned  bool          // something of it can be taken back
	Hours    int64         // of the alarm, as the unit itself decided
	Own      bool
	Setting  bool // it decided something itself
	List     *people.People
	Waiting  int
	Sent     bool
}

// heir is a unit that another ended into.
type heir struct {
	ID   syncproto.ID
	Name string
}

func (a *area) unit(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	d, err := a.readUnit(ctx, r, id)
	if err != nil {
		return nil, err
	}
	return a.drawUnit(d, nil), nil
}

func (a *area) drawUnit(d *unitPage, p *page.Problem) page.Answer {
	return page.View{Name: "roster/unit", Title: d.Unit.Name, Area: "units", Data: d, Problem: p}
}

// readUnit finds a unit at any time: one that is, was, or is to begin.
func (a *area) readUnit(ctx context.Context, r *page.Request, id syncproto.ID) (*unitPage, error) {
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	d := &unitPage{forest: f, Node: f.byID[id]}
	switch {
	case d.Node != nil:
		d.Unit, d.Governed = d.Node.Shown, d.Node.Governed
	case !slices.ContainsFunc(f.Ended, func(u people.Shown) bool { d.Unit = u; return u.ID == id }):
		if d.Unit, err = a.toBegin(ctx, id); err != nil {
			return nil, err
		}
	}
	if err := a.readHistory(ctx, d); err != nil {
		return nil, err
	}
	for _, heirID := range d.Unit.Successors {
		d.Heirs = append(d.Heirs, heir{heirID, f.Name(heirID)})
	}
	for _, u := range f.Ended {
		if slices.Contains(u.Successors, id) {
			d.Before = append(d.Before, heir{u.ID, u.Name})
		}
	}
	if d.Setting = d.Unit.Setting != nil; d.Setting {
		d.Own, d.Hours = d.Unit.Setting.OwnAllowed, d.Unit.Setting.AlarmAfter/hour
	}
	if !d.Governed {
		return d, nil
	}
	counts, err := a.counts(ctx, r)
	if err != nil {
		return nil, err
	}
	f.count(counts)
	d.Waiting = a.waiting(ctx, r, id)
	d.List, err = a.People.List(ctx, r.People(), people.Listing{Unit: id, Limit: 30})
	return d, err
}

const hour = 60 * 60 * 1000

// never is later than any date that somebody types.
const never = 1 << 52

// toBegin finds a unit that has not begun.
func (a *area) toBegin(ctx context.Context, id syncproto.ID) (people.Shown, error) {
	all, err := a.People.UnitsAt(ctx, never)
	if err != nil {
		return people.Shown{}, err
	}
	for i := range all {
		if all[i].ID == id {
			return all[i], nil
		}
	}
	return people.Shown{}, syncproto.E(syncproto.CodeNotFound, "show unit", nil)
}

// readHistory lists what the unit was and will be: seen from its beginning, everything after it is planned.
func (a *area) readHistory(ctx context.Context, d *unitPage) error {
	from := max(d.Unit.From, 1)
	list, err := a.People.UnitsAt(ctx, from)
	if err != nil {
		return err
	}
	for i := range list {
		u := &list[i]
		if u.ID != d.Unit.ID {
			continue
		}
		begun := people.Planned{At: u.From, Face: &people.Face{Name: u.Name, Level: u.Level, Parent: u.Parent}}
		d.History = append(d.History, d.plan(u, begun, false))
		was := *u
		for _, p := range u.Planned {
			d.History = append(d.History, d.plan(&was, p, false))
			if p.Face != nil {
				was.Name, was.Level, was.Parent = p.Face.Name, p.Face.Level, p.Face.Parent
			}
		}
	}
	d.Planned = len(d.Unit.Planned) > 0
	return nil
}

// setUnit stores what a unit decides for itself and those below it.
func (a *area) setUnit(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	hours := r.Number("alarm_after")
	err = r.Err()
	if err == nil {
		err = a.People.Set(ctx, r.People(), storage.UnitSetting{Unit: id, OwnAllowed: r.Sent("own_allowed"), AlarmAfter: hours * hour})
	}
	if p := problem(r, err); p != nil {
		d, err := a.readUnit(ctx, r, id)
		if err != nil {
			return nil, err
		}
		d.Own, d.Hours, d.Sent = r.Sent("own_allowed"), hours, true
		return a.drawUnit(d, p), nil
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: page.Root + "/units/" + string(id), Flash: &page.Flash{Key: "roster.unit_set"}}, nil
}
