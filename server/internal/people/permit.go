package people

import (
	"slices"

	"lantoa/syncproto"
)

// permit reports whether the actor may make a change, and by which grant. An admin changes what stands below the unit of
// the grant, and puts units there; that unit itself is changed by whoever is above.
func (p *plan) permit(w *warrant, c *UnitChange) (grant syncproto.ID, err error) {
	if grant, ok := w.operator(); ok {
		return grant, nil
	}
	for _, of := range p.needs(c) {
		ok := false
		if grant, ok = p.over(w, of.unit); !ok {
			return "", fail(syncproto.CodeForbidden, of.member)
		}
	}
	return grant, nil
}

// need is a unit that must be governed for a change, and the member of the change that says so.
type need struct {
	unit   syncproto.ID
	member string
}

func (p *plan) needs(c *UnitChange) (list []need) {
	above := func(member string, ids ...syncproto.ID) {
		for _, id := range ids {
			if u := p.units[id]; u != nil {
				list = append(list, need{u.face(max(p.now, u.From)).Parent, member})
			}
		}
	}
	under := func(member string, id syncproto.ID) { list = append(list, need{id, member}) }
	switch c.Act {
	case ActCreate:
		under("parent", c.Parent)
	case ActReparent:
		above("unit", c.Unit)
		under("parent", c.Parent)
	case ActMerge:
		above("units", c.Units...)
		if c.Name != "" {
			under("parent", c.Parent)
		} else {
			above("unit", c.Unit)
		}
	case ActSplit:
		above("unit", c.Unit)
		for _, part := range c.Parts {
			above("parts", part.Unit)
			if part.Name != "" && part.Parent != "" {
				under("parts", part.Parent)
			}
		}
	default:
		above("unit", c.Unit)
		above("successors", c.Successors...)
	}
	return list
}

// over reports whether a unit is one that an admin's grant reaches, as the plan stands.
func (p *plan) over(w *warrant, unit syncproto.ID) (grant syncproto.ID, ok bool) {
	for i := range w.rights.grants {
		g := &w.rights.grants[i]
		if g.Role != syncproto.RoleAdmin || !g.Holds(w.now) {
			continue
		}
		reached := []syncproto.ID{g.Unit}
		for i := 0; i < len(reached); i++ {
			if u := p.units[reached[i]]; u != nil && u.Until != 0 && u.Until <= w.now {
				for _, id := range u.Successors {
					if !slices.Contains(reached, id) {
						reached = append(reached, id)
					}
				}
			}
		}
		id := unit
		for range len(p.units) {
			if slices.Contains(reached, id) {
				return g.ID, true
			}
			u := p.units[id]
			if u == nil {
				break
			}
			id = u.face(max(w.now, u.From)).Parent
		}
	}
	return "", false
}
