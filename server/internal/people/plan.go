package people

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// plan is the units at all times while changes are tried on them, one after the other. Nothing of it is stored before all
// of them fit.
type plan struct {
	units   map[syncproto.ID]*planned
	now     int64
	effects []Effect
	touched []syncproto.ID // in the order of their first change
	change  int            // the index of the change that is tried
	at      int64          // from when it holds
}

// planned is one unit with its versions, oldest first.
type planned struct {
	syncproto.Unit
	versions []storage.UnitVersion
	stored   []storage.UnitVersion // before the plan
	touched  bool
}

func newPlan(h *history, now int64) *plan {
	p := &plan{units: make(map[syncproto.ID]*planned, len(h.units)), now: now}
	for _, u := range h.units {
		versions := h.versions[u.ID]
		if len(versions) == 0 {
			versions = []storage.UnitVersion{{Unit: u.ID, Since: u.From, Name: u.Name, Level: u.Level, Parent: u.Parent}}
		}
		p.units[u.ID] = &planned{Unit: u, versions: versions, stored: versions}
	}
	return p
}

func (u *planned) newest() *storage.UnitVersion { return &u.versions[len(u.versions)-1] }

// face is how the unit looks at a time.
func (u *planned) face(at int64) Face {
	v := versionAt(u.versions, at)
	return Face{Name: v.Name, Level: v.Level, Parent: v.Parent}
}

func fail(code syncproto.Code, detail string) error {
	return &syncproto.Error{Code: code, Op: "change units", Detail: detail}
}

// find returns a unit that a change names.
func (p *plan) find(id syncproto.ID, member string) (*planned, error) {
	u := p.units[id]
	if u == nil {
		return nil, fail(syncproto.CodeNotFound, member)
	}
	return u, nil
}

// living returns a unit that a change alters: one that exists at the time of the change, does not end later by what was
// decided already, and has nothing decided for a later time.
func (p *plan) living(id syncproto.ID, member string) (*planned, error) {
	u, err := p.find(id, member)
	switch {
	case err != nil:
		return nil, err
	case u.Until != 0:
		return nil, fail(syncproto.CodeUnitClosed, member)
	case p.at < u.From || p.at < u.newest().Since:
		return nil, fail(syncproto.CodeUnitDate, member)
	}
	return u, nil
}

// above returns a unit under which others are put: it must stay.
func (p *plan) above(id syncproto.ID, member string) error {
	if id == "" {
		return nil
	}
	u, err := p.find(id, member)
	switch {
	case err != nil:
		return err
	case u.Until != 0:
		return fail(syncproto.CodeUnitClosed, member)
	case p.at < u.From:
		return fail(syncproto.CodeUnitDate, member)
	}
	return nil
}

// heir returns a unit that takes over: it must be there when it does, and after.
func (p *plan) heir(id syncproto.ID, member string) (*planned, error) {
	u := p.units[id]
	switch {
	case u == nil:
		return nil, fail(syncproto.CodeNoSuccessor, member)
	case u.Until != 0 && u.Until <= p.at:
		return nil, fail(syncproto.CodeUnitClosed, member)
	case p.at < u.From:
		return nil, fail(syncproto.CodeUnitDate, member)
	}
	return u, nil
}

// set gives a unit another face from the time of the change on.
func (p *plan) set(u *planned, f Face, act string) {
	was := u.face(p.at)
	if was == f {
		p.effect(u, EffectUnchanged, nil)
		return
	}
	p.touch(u)
	next := storage.UnitVersion{Unit: u.ID, Since: p.at, Name: f.Name, Level: f.Level, Parent: f.Parent}
	if u.newest().Since == p.at {
		u.versions = u.versions[:len(u.versions)-1]
	}
	u.versions = append(u.versions, next)
	u.Name, u.Level, u.Parent = f.Name, f.Level, f.Parent
	p.effect(u, act, &was)
}

func (p *plan) touch(u *planned) {
	if !u.touched {
		u.touched = true
		u.versions = slices.Clone(u.versions)
		p.touched = append(p.touched, u.ID)
	}
}

func (p *plan) effect(u *planned, act string, was *Face) {
	f := u.face(p.at)
	e := Effect{Change: p.change, Act: act, Unit: u.ID, At: p.at, Name: f.Name, Level: f.Level, Parent: f.Parent, Was: was}
	if act == EffectEnded {
		e.Successors = u.Successors
	}
	p.effects = append(p.effects, e)
}

// reaches reports whether the way up from a unit comes past target at any moment of a time. It follows every version that
// is in force in it, so that no change decided ahead closes a circle later.
func (p *plan) reaches(from, target syncproto.ID, since, until int64, steps int) bool {
	if from == target {
		return true
	}
	u := p.units[from]
	if u == nil || steps == 0 {
		return false
	}
	for i := range u.versions {
		v := &u.versions[i]
		begin, end := max(since, v.Since), until
		if i == 0 {
			begin = since // the first reaches back
		}
		if i+1 < len(u.versions) {
			end = min(end, u.versions[i+1].Since)
		}
		if begin < end && v.Parent != "" && p.reaches(v.Parent, target, begin, end, steps-1) {
			return true
		}
	}
	return false
}

// below returns the units that stand under one at the time of the change or come under it later, by id.
func (p *plan) below(id syncproto.ID) []*planned {
	var list []*planned
	for _, u := range p.units {
		if u.Until != 0 && u.Until <= p.at {
			continue
		}
		for i := range u.versions {
			last := i+1 == len(u.versions)
			if u.versions[i].Parent == id && (last || p.at < u.versions[i+1].Since) {
				list = append(list, u)
				break
			}
		}
	}
	slices.SortFunc(list, func(a, b *planned) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}
