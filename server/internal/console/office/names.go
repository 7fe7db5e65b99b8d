package office

import (
	"context"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// names are what ids are called, for somebody who may know it.
type names struct {
	People map[syncproto.ID]string
	Units  map[syncproto.ID]string
}

// Person is the name of a person, "" for one who may not be named or is not known.
func (n *names) Person(id syncproto.ID) string { return n.People[id] }

// Unit is the name of a unit.
func (n *names) Unit(id syncproto.ID) string { return n.Units[id] }

// namesOf looks names up. Units are no secret among staff. A person is named to operators, to themselves, and to whoever is
// an editor or admin of a unit that the person has, or had, a role in.
func (a *area) namesOf(ctx context.Context, r *page.Request, persons, units []syncproto.ID) (*names, error) {
	var out *names
	err := a.opt.Store.View(ctx, func(reader storage.Reader) error {
		out = &names{People: map[syncproto.ID]string{}, Units: map[syncproto.ID]string{}}
		access, err := a.access.Read(reader)
		if err != nil {
			return err
		}
		rights, err := access.Of(reader, r.Who.Person)
		if err != nil {
			return err
		}
		now := r.Now.UnixMilli()
		tree := access.Tree(now)
		for _, id := range units {
			if u, ok := tree.Unit(id); ok {
				out.Units[id] = u.Name
			}
		}
		_, operator := rights.Operator(now)
		for _, id := range persons {
			if _, known := out.People[id]; known || id == "" {
				continue
			}
			name, err := nameOf(reader, rights, id, operator || id == r.Who.Person, now)
			if err != nil {
				return err
			}
			out.People[id] = name
		}
		return nil
	})
	return out, err
}

func nameOf(r storage.Reader, rights *people.Rights, id syncproto.ID, sure bool, now int64) (string, error) {
	person, err := r.Person(id)
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return "", nil
	}
	if err != nil || sure {
		return nameIn(person), err
	}
	grants, err := r.Grants(id)
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return "", err
	}
	for i := range grants {
		if on := rights.On(grants[i].Unit, now); on.Editor || on.Admin {
			return person.Name, nil
		}
	}
	return "", nil
}

func nameIn(p *storage.Person) string {
	if p == nil {
		return ""
	}
	return p.Name
}

// unitChoice is a unit to choose, with how deep it stands.
type unitChoice struct {
	ID   syncproto.ID
	Name string
}

// maxUnits bounds a list of units to choose from.
const maxUnits = 500

// ownUnits lists the units for which somebody has one of some roles, each with all below it; all for an operator.
func (a *area) ownUnits(ctx context.Context, r *page.Request, roles ...syncproto.Role) (list []unitChoice, err error) {
	err = a.opt.Store.View(ctx, func(reader storage.Reader) error {
		list = nil
		access, err := a.access.Read(reader)
		if err != nil {
			return err
		}
		tree := access.Tree(r.Now.UnixMilli())
		seen := map[syncproto.ID]bool{}
		var add func(id syncproto.ID, depth string)
		add = func(id syncproto.ID, depth string) {
			u, ok := tree.Unit(id)
			if !ok || seen[id] || len(list) >= maxUnits || len(depth) > 40 {
				return
			}
			seen[id] = true
			list = append(list, unitChoice{id, depth + u.Name})
			for _, child := range tree.Children(id) {
				add(child, depth+"\u00a0\u00a0")
			}
		}
		for _, grant := range r.Me().Grants {
			if grant.Role == syncproto.RoleOperator {
				for _, u := range tree.Units() {
					if u.Parent == "" {
						add(u.ID, "")
					}
				}
			}
			for _, role := range roles {
				if grant.Role == role {
					add(grant.Unit, "")
				}
			}
		}
		return nil
	})
	return list, err
}
