package desk

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// Editors lists those to whom the claim of a submission may be handed over: everybody else who answers for its unit now, by
// tên. Errors: not_found.
func (s *Service) Editors(ctx context.Context, by syncer.Actor, id syncproto.ID) (list []Ref, err error) {
	err = s.look(ctx, by, func(v *sight) error {
		top, err := v.whole(id)
		if err != nil {
			return err
		}
		list, err = v.editors(top.Record.Unit)
		return err
	})
	return list, err
}

func (v *sight) editors(unit syncproto.ID) ([]Ref, error) {
	seen := map[syncproto.ID]bool{v.by.Person: true}
	list := []Ref{}
	for _, above := range v.tree.Ancestors(unit) {
		grants, err := v.r.Members(above)
		if err != nil {
			return nil, err
		}
		for i := range grants {
			g := &grants[i]
			if seen[g.Person] || g.Role == syncproto.RoleVolunteer || !g.Holds(v.now) {
				continue
			}
			seen[g.Person] = true
			rights, err := v.access.Of(v.r, g.Person)
			if err != nil {
				return nil, err
			}
			if !rights.On(unit, v.now).Editor {
				continue
			}
			ref, err := v.person(g.Person)
			if err != nil {
				return nil, err
			}
			list = append(list, *ref)
		}
	}
	slices.SortFunc(list, func(a, b Ref) int {
		return cmp.Or(bytes.Compare(viet.NameKey(a.Name), viet.NameKey(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}
