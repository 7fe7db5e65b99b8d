package people

import (
	"math"
	"slices"
	"strconv"

	"lantoa/storage"
	"lantoa/syncproto"
)

// try tries one change on the plan. An error names what is wrong with it and in which member.
func (p *plan) try(index int, c *UnitChange) error {
	p.change, p.at = index, c.At
	if p.at == 0 {
		p.at = p.now
	}
	if p.at < 0 {
		return fail(syncproto.CodeUnitDate, "at")
	}
	if len(c.Units) > maxSuccessors || len(c.Parts) > maxSuccessors || len(c.Successors) > maxSuccessors {
		return fail(syncproto.CodeTooMany, "units")
	}
	switch c.Act {
	case ActCreate:
		_, err := p.create(c.Unit, c.Name, c.Level, c.Parent, "")
		return err
	case ActRename:
		return p.rename(c)
	case ActReparent:
		return p.reparent(c.Unit, c.Parent, "")
	case ActMerge:
		return p.merge(c)
	case ActSplit:
		return p.split(c)
	case ActClose:
		return p.close(c)
	case ActCancel:
		return p.cancel(c)
	}
	return fail(syncproto.CodeInvalidValue, "act")
}

// create adds a unit; prefix is where in the change its members stand.
func (p *plan) create(id syncproto.ID, name, level string, parent syncproto.ID, prefix string) (*planned, error) {
	if id == "" {
		id = syncproto.NewID()
	}
	name, level = cleanName(name), cleanName(level)
	switch {
	case !id.Valid():
		return nil, fail(syncproto.CodeInvalidID, prefix+"unit")
	case p.units[id] != nil:
		return nil, fail(syncproto.CodeRecordExists, prefix+"unit")
	case !goodName(name):
		return nil, fail(syncproto.CodeInvalidValue, prefix+"name")
	case level != "" && !goodName(level):
		return nil, fail(syncproto.CodeInvalidValue, prefix+"level")
	}
	if err := p.above(parent, prefix+"parent"); err != nil {
		return nil, err
	}
	u := &planned{
		Unit:     syncproto.Unit{ID: id, Name: name, Level: level, Parent: parent, From: p.at},
		versions: []storage.UnitVersion{{Unit: id, Since: p.at, Name: name, Level: level, Parent: parent}},
	}
	p.units[id] = u
	p.touch(u)
	p.effect(u, EffectCreated, nil)
	return u, nil
}

func (p *plan) rename(c *UnitChange) error {
	u, err := p.living(c.Unit, "unit")
	if err != nil {
		return err
	}
	f := u.face(p.at)
	if name := cleanName(c.Name); name != "" || c.Level == "" {
		f.Name = name
	}
	if level := cleanName(c.Level); level != "" {
		f.Level = level
	}
	if !goodName(f.Name) {
		return fail(syncproto.CodeInvalidValue, "name")
	}
	if f.Level != "" && !goodName(f.Level) {
		return fail(syncproto.CodeInvalidValue, "level")
	}
	p.set(u, f, EffectRenamed)
	return nil
}

func (p *plan) reparent(unit, parent syncproto.ID, prefix string) error {
	u, err := p.living(unit, prefix+"unit")
	if err != nil {
		return err
	}
	if err := p.above(parent, prefix+"parent"); err != nil {
		return err
	}
	if parent != "" && p.reaches(parent, unit, p.at, math.MaxInt64, len(p.units)+1) {
		return fail(syncproto.CodeUnitCycle, prefix+"parent")
	}
	f := u.face(p.at)
	f.Parent = parent
	p.set(u, f, EffectMoved)
	return nil
}

// merge ends units into one that exists, or into a new one if the change has a name.
func (p *plan) merge(c *UnitChange) error {
	if len(c.Units) == 0 {
		return fail(syncproto.CodeMissingMember, "units")
	}
	into := c.Unit
	if c.Name != "" {
		u, err := p.create(c.Unit, c.Name, c.Level, c.Parent, "")
		if err != nil {
			return err
		}
		into = u.ID
	} else if _, err := p.heir(into, "unit"); err != nil {
		return err
	}
	for i, id := range c.Units {
		if err := p.end(id, []syncproto.ID{into}, c.Carry, "units["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) split(c *UnitChange) error {
	u, err := p.living(c.Unit, "unit")
	if err != nil {
		return err
	}
	if len(c.Parts) < 2 {
		return fail(syncproto.CodeNoSuccessor, "parts")
	}
	heirs := make([]syncproto.ID, 0, len(c.Parts))
	for i := range c.Parts {
		part, prefix := c.Parts[i], "parts["+strconv.Itoa(i)+"]."
		if part.Name != "" {
			f := u.face(p.at)
			if part.Parent == "" {
				part.Parent = f.Parent
			}
			if part.Level == "" {
				part.Level = f.Level
			}
			made, err := p.create(part.Unit, part.Name, part.Level, part.Parent, prefix)
			if err != nil {
				return err
			}
			part.Unit = made.ID
		}
		heirs = append(heirs, part.Unit)
	}
	return p.end(c.Unit, heirs, c.Carry, "unit")
}

func (p *plan) close(c *UnitChange) error {
	if len(c.Successors) == 0 && !c.Final {
		return fail(syncproto.CodeNoSuccessor, "successors")
	}
	if len(c.Successors) > 0 && c.Final {
		return fail(syncproto.CodeInvalidValue, "final")
	}
	return p.end(c.Unit, c.Successors, c.Carry, "unit")
}

// end ends a unit. What stands below it must be gone by then, or goes along to the first successor.
func (p *plan) end(id syncproto.ID, heirs []syncproto.ID, carry bool, member string) error {
	u, err := p.living(id, member)
	if err != nil {
		return err
	}
	if p.at <= u.From {
		return fail(syncproto.CodeUnitDate, member)
	}
	for i, heir := range heirs {
		if heir == id || slices.Contains(heirs[:i], heir) {
			return fail(syncproto.CodeInvalidValue, "successors")
		}
		if _, err := p.heir(heir, "successors"); err != nil {
			return err
		}
	}
	for _, other := range p.units {
		if p.at < other.Until && slices.Contains(other.Successors, id) {
			return fail(syncproto.CodeUnitDate, member) // it would be gone before it takes over
		}
	}
	if err := p.empty(u, heirs, carry, member); err != nil {
		return err
	}
	p.touch(u)
	u.Until, u.Successors = p.at, slices.Clone(heirs)
	p.effect(u, EffectEnded, nil)
	return nil
}

// empty moves what stands below a unit that ends to its first successor, or refuses.
func (p *plan) empty(u *planned, heirs []syncproto.ID, carry bool, member string) error {
	for _, child := range p.below(u.ID) {
		if !carry || len(heirs) == 0 {
			return fail(syncproto.CodeUnitOccupied, member)
		}
		// A successor that stood below the unit takes its place.
		to := heirs[0]
		if child.ID == to {
			to = u.face(p.at).Parent
		}
		if err := p.reparent(child.ID, to, ""); err != nil {
			e, _ := err.(*syncproto.Error)
			return fail(e.Code, member)
		}
	}
	return nil
}

// cancel takes back what was decided for a unit for a time that has not come: its end, or else its newest version.
func (p *plan) cancel(c *UnitChange) error {
	u, err := p.find(c.Unit, "unit")
	if err != nil {
		return err
	}
	switch {
	case u.Until > p.now:
		// Who would take over stays, and what moved away from it has moved.
		p.touch(u)
		u.Until, u.Successors = 0, nil
		if err := p.above(u.newest().Parent, "unit"); err != nil {
			return err
		}
	case u.newest().Since > p.now && len(u.versions) > 1:
		p.touch(u)
		u.versions = u.versions[:len(u.versions)-1]
		v := u.newest()
		u.Name, u.Level, u.Parent = v.Name, v.Level, v.Parent
		if err := p.stands(u); err != nil {
			return err
		}
	default:
		return fail(syncproto.CodeUnitDate, "unit")
	}
	p.effect(u, EffectTakenBack, nil)
	return nil
}

// stands checks that the unit above, as it is from now on, stays and is not below the unit itself.
func (p *plan) stands(u *planned) error {
	p.at = p.now
	if err := p.above(u.Parent, "unit"); err != nil {
		return err
	}
	if u.Parent != "" && p.reaches(u.Parent, u.ID, p.at, math.MaxInt64, len(p.units)+1) {
		return fail(syncproto.CodeUnitCycle, "unit")
	}
	return nil
}
