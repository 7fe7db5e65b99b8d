package item

import (
	"context"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// editors lists those to whom a claim may be handed over, as far as the person who asks may see people: somebody who may
// not names the other by their id.
func (a *area) editors(ctx context.Context, r *page.Request, form *Form) error {
	list, err := a.opt.People.List(ctx, r.People(), people.Listing{Unit: form.Unit.ID, Role: syncproto.RoleEditor, Limit: 100})
	switch syncproto.KindOf(err) {
	case syncproto.Forbidden, syncproto.NotFound:
		return nil
	}
	if err != nil {
		return err
	}
	for _, p := range list.People {
		if p.ID != r.Who.Person {
			form.People = append(form.People, desk.Ref{ID: p.ID, Name: p.Name, Tail: p.Tail})
		}
	}
	return nil
}
