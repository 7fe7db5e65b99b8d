package office

import (
	"context"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

// newCaseView is what the form for a new request draws.
type newCaseView struct {
	ID       syncproto.ID // of the request: the same form sent twice makes one
	Kinds    []storage.CaseKind
	Kind     string
	Units    []unitChoice
	Unit     syncproto.ID
	Person   syncproto.ID // chosen
	Name     string       // of the person
	Who      string
	Note     string
	Third    bool
	Query    string          // a search for the person
	Results  []people.Listed // nil for no search
	Searched bool
	May      bool // search for people
}

// newCase draws the form. A person is searched for first, by an address of its own, or named in words.
func (a *area) newCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.drawNewCase(ctx, r, nil)
}

func (a *area) drawNewCase(ctx context.Context, r *page.Request, problem *page.Problem) (page.Answer, error) {
	v := &newCaseView{
		Kinds: []storage.CaseKind{storage.CaseAccess, storage.CaseCorrection, storage.CaseErasure},
		Kind:  r.Text("kind"), Unit: r.ID("unit"), Person: r.ID("person"), Who: r.Text("who"), Note: r.Text("note"), Third: r.Text("third") == "yes",
		Query: r.Text("q"), May: r.Has(syncproto.RoleAdmin, syncproto.RoleOperator),
	}
	if problem == nil {
		if err := r.Err(); err != nil {
			return nil, err
		}
	}
	if v.ID = r.ID("id"); v.ID == "" {
		v.ID = syncproto.NewID()
	}
	var err error
	if v.Units, err = a.ownUnits(ctx, r, syncproto.RoleEditor, syncproto.RoleAdmin); err != nil {
		return nil, err
	}
	if len(v.Units) == 0 {
		return nil, syncproto.E(syncproto.CodeForbidden, "open case", nil)
	}
	if v.Person != "" {
		called, err := a.namesOf(ctx, r, []syncproto.ID{v.Person}, nil)
		if err != nil {
			return nil, err
		}
		v.Name = called.Person(v.Person)
	}
	if v.Query != "" && v.May {
		if v.Results, err = a.search(ctx, r, v.Query); err != nil {
			return nil, err
		}
		v.Searched = true
	}
	return page.View{Name: "office/casenew", Title: r.T("office.new_title"), Area: "cases", Data: v, Problem: problem}, nil
}

// search finds people by name or number where somebody governs: everywhere for an operator, else unit by unit.
func (a *area) search(ctx context.Context, r *page.Request, query string) (list []people.Listed, err error) {
	units := []syncproto.ID{}
	for _, grant := range r.Me().Grants {
		if grant.Role == syncproto.RoleOperator {
			units = []syncproto.ID{""}
			break
		}
		if grant.Role == syncproto.RoleAdmin {
			units = append(units, grant.Unit)
		}
	}
	seen := map[syncproto.ID]bool{}
	for _, unit := range units {
		found, err := a.opt.People.List(ctx, r.People(), people.Listing{Unit: unit, Query: query, Closed: true, Limit: 20})
		if err != nil {
			return nil, err
		}
		for _, p := range found.People {
			if !seen[p.ID] {
				seen[p.ID] = true
				list = append(list, p)
			}
		}
	}
	return list, nil
}

// openCase takes a request down. Editors may do that and not see it afterwards: whoever answers for the unit goes on.
func (a *area) openCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	q := privacy.Request{
		ID: r.ID("id"), Kind: storage.CaseKind(r.Text("kind")), Person: r.ID("person"), Unit: r.ID("unit"), Third: r.Text("third") == "yes", Note: r.Text("note"),
	}
	if q.Person == "" {
		q.Who = r.Text("who")
	}
	err := r.Err()
	var made *privacy.Case
	if err == nil {
		made, err = a.opt.Privacy.Open(ctx, r.Privacy(), q)
	}
	if err != nil {
		if p := r.Problem(err); p != nil {
			return a.drawNewCase(ctx, r, p)
		}
		return nil, err
	}
	to := casesRoot + "/" + string(made.ID)
	if !r.Has(syncproto.RoleAdmin, syncproto.RoleOperator) {
		to = casesRoot
	}
	return page.Redirect{To: to, Flash: &page.Flash{
		Key: "office.opened", Args: []string{"answer", page.Date(r.Lang, made.AnswerBy), "done", page.Date(r.Lang, made.DoneBy)},
	}}, nil
}
