package roster

import (
	"context"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// roles are those that people have, from the least on.
var roles = []syncproto.Role{
	syncproto.RoleVolunteer, syncproto.RoleEditor, syncproto.RoleOfficer, syncproto.RoleAdmin, syncproto.RoleOperator,
}

// roleOptions are the roles that whoever asks may give.
func roleOptions(r *page.Request) (out []option) {
	for _, role := range roles {
		if role != syncproto.RoleOperator || r.Has(syncproto.RoleOperator) {
			out = append(out, option{"value": role, "label": r.T("role." + string(role))})
		}
	}
	return out
}

// peoplePage is the list of people.
type peoplePage struct {
	List   *people.People
	Units  []option
	Roles  []option
	States []option
	Unit   syncproto.ID
	Query  string
	Role   syncproto.Role
	State  people.State
	Next   string // the address of the next page
	All    bool   // whoever asks may see everybody
	Bound  bool   // something is asked for
	Later  bool   // this is not the first page
}

func (a *area) people(ctx context.Context, r *page.Request) (page.Answer, error) {
	d := &peoplePage{
		Unit: within(r, "unit"), Query: r.Text("q"), Role: syncproto.Role(r.Text("role")), State: people.State(r.Text("state")),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	var err error
	ask := people.Listing{Unit: d.Unit, Query: d.Query, Role: d.Role, State: d.State, From: r.Raw("from")}
	if d.List, err = a.People.List(ctx, r.People(), ask); err != nil {
		return nil, err
	}
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	_, d.All = governed(r)
	d.Units = f.options(mine)
	for _, role := range roles {
		d.Roles = append(d.Roles, option{"value": role, "label": r.T("role." + string(role))})
	}
	for _, state := range []people.State{people.StateActive, people.StateSuspended, people.StateClosed} {
		d.States = append(d.States, option{"value": state, "label": r.T("roster.state_" + string(state))})
	}
	d.Bound = d.Query != "" || d.Role != "" || d.State != "" || r.Text("unit") != ""
	d.Later = ask.From != ""
	if d.List.Next != "" {
		d.Next = r.With("from", d.List.Next)
	}
	return page.View{Name: "roster/people", Title: r.T("roster.people"), Area: "people", Data: d}, nil
}

// newPage is the form for somebody new.
type newPage struct {
	ID           syncproto.ID // of whom is added: sent twice, they are added once
	Units, Roles []option
	Name, Phone  string
	Unit         syncproto.ID
	Role         syncproto.Role
	Wrong        string
}

func (a *area) newPerson(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.drawNew(ctx, r, &newPage{Unit: r.ID("unit"), Role: syncproto.RoleVolunteer}, nil)
}

func (a *area) drawNew(ctx context.Context, r *page.Request, d *newPage, err error) (page.Answer, error) {
	p := problem(r, err)
	if err != nil && p == nil {
		return nil, err
	}
	if p != nil {
		d.Wrong = p.Field
	}
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	d.Units, d.Roles = f.options(mine), roleOptions(r)
	if d.ID == "" {
		d.ID = syncproto.NewID()
	}
	return page.View{Name: "roster/new", Title: r.T("roster.new"), Area: "people", Data: d, Problem: p}, nil
}

func (a *area) addPerson(ctx context.Context, r *page.Request) (page.Answer, error) {
	d := &newPage{ID: r.ID("id"), Name: r.Text("name"), Phone: r.Text("phone"), Unit: r.ID("unit"), Role: syncproto.Role(r.Text("role"))}
	err := r.Err()
	var id syncproto.ID
	if err == nil {
		person, _, addErr := a.People.AddPerson(ctx, r.People(), people.NewPerson{ID: d.ID, Name: d.Name, Phone: d.Phone, Unit: d.Unit, Role: d.Role})
		id, err = person.ID, addErr
	}
	if err != nil {
		return a.drawNew(ctx, r, d, err)
	}
	return page.Redirect{To: pathOf(id), Flash: &page.Flash{Key: "roster.added"}}, nil
}

// pathOf is the page of a person.
func pathOf(id syncproto.ID) string { return page.Root + "/people/" + string(id) }
