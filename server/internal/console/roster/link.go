package roster

import (
	"context"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
)

// linkPage shows a link by which somebody sets up their account at a desk, this once.
type linkPage struct {
	Person  *people.Card
	Link    string
	Expires int64
}

func (a *area) link(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	card, err := a.People.Look(ctx, r.People(), id)
	if err != nil {
		return nil, err
	}
	link, err := a.Staff.Invite(ctx, r.Who, id)
	if p := problem(r, err); p != nil {
		return a.drawCard(ctx, r, id, "link", p)
	}
	if err != nil {
		return nil, err
	}
	d := &linkPage{Person: card, Link: a.server(r) + page.Root + "/link/" + link.Link, Expires: link.Expires}
	return page.View{Name: "roster/link", Title: r.T("roster.link_of", "name", card.Name), Area: "people", Data: d}, nil
}
