package entry

import (
	"context"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

type staffGrant = staff.GrantView

// Bounds of what is typed line by line; whoever has more has a table.
const (
	mostUnits   = 200
	mostEditors = 20
)

// linesOf are the lines of a text that are not empty, each once.
func linesOf(text string) (out []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || seen[viet.Fold(line)] {
			continue
		}
		seen[viet.Fold(line)] = true
		out = append(out, line)
	}
	return out
}

// nameIt gives the organisation its name.
func (a *area) nameIt(ctx context.Context, r *page.Request) (page.Answer, error) {
	data, err := a.state(ctx, r)
	if err != nil {
		return nil, err
	}
	name := r.Text("name")
	if name != data.Root.Name {
		_, err = a.People.Reorganise(ctx, r.People(), []people.UnitChange{{Act: people.ActRename, Unit: data.Root.ID, Name: name}}, false)
	}
	if err != nil {
		return a.refuse(ctx, r, stepName, typed{Name: name}, err)
	}
	return page.Redirect{To: after(stepName)}, nil
}

// addUnits makes a unit of each line, below the one at the top. Those that are there already stay, so the same form may be
// sent again.
func (a *area) addUnits(ctx context.Context, r *page.Request) (page.Answer, error) {
	data, err := a.state(ctx, r)
	if err != nil {
		return nil, err
	}
	text := r.Text("units")
	names := linesOf(text)
	if len(names) > mostUnits {
		return a.refuse(ctx, r, stepUnits, typed{Lines: text}, &syncproto.Error{Code: syncproto.CodeTooMany, Op: "add units", Detail: "units"})
	}
	there := map[string]bool{}
	for _, u := range data.Units {
		there[viet.Fold(u.Name)] = u.Parent == data.Root.ID
	}
	var changes []people.UnitChange
	for _, name := range names {
		if !there[viet.Fold(name)] {
			changes = append(changes, people.UnitChange{Act: people.ActCreate, Name: name, Parent: data.Root.ID})
		}
	}
	if len(changes) > 0 {
		if _, err := a.People.Reorganise(ctx, r.People(), changes, false); err != nil {
			return a.refuse(ctx, r, stepUnits, typed{Lines: text}, err)
		}
	}
	return page.Redirect{To: after(stepUnits)}, nil
}

// addTable takes the units from a table.
func (a *area) addTable(ctx context.Context, r *page.Request) (page.Answer, error) {
	data, err := a.state(ctx, r)
	if err != nil {
		return nil, err
	}
	table := r.File("table")
	if len(table) == 0 {
		err = &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "import units", Detail: "table"}
	} else {
		_, err = a.People.ImportUnits(ctx, r.People(), data.Root.ID, table, 0, false)
	}
	if err != nil {
		return a.refuse(ctx, r, stepUnits, typed{}, err)
	}
	return page.Redirect{To: after(stepUnits)}, nil
}

// reviewMyself makes whoever sets the server up an editor: who runs a server reads nothing that was sent to it.
func (a *area) reviewMyself(ctx context.Context, r *page.Request) (page.Answer, error) {
	data, err := a.state(ctx, r)
	if err != nil {
		return nil, err
	}
	if !data.Mine {
		_, err = a.People.Give(ctx, r.People(), syncproto.Grant{Person: r.Who.Person, Unit: data.Root.ID, Role: syncproto.RoleEditor})
	}
	if err != nil {
		return a.refuse(ctx, r, stepDesk, typed{}, err)
	}
	return page.Redirect{To: page.At(welcomePath, "step", stepDesk), Flash: &page.Flash{Key: "entry.you_review"}}, nil
}

// madeLink is a link for somebody to sign in, shown once.
type madeLink struct {
	Name, Link string
	Expires    int64
}

// inviteEditors adds editors and makes a link for each. Somebody of that name who is one already gets another link.
func (a *area) inviteEditors(ctx context.Context, r *page.Request) (page.Answer, error) {
	if err := stale(r); err != nil {
		return nil, err
	}
	data, err := a.state(ctx, r)
	if err != nil {
		return nil, err
	}
	unit := r.ID("unit")
	if unit == "" {
		unit = data.Root.ID
	}
	old := typed{Lines: r.Text("names"), Unit: string(unit)}
	names := linesOf(old.Lines)
	err = r.Err()
	switch {
	case err != nil:
	case len(names) == 0:
		err = &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "invite editors", Detail: "names"}
	case len(names) > mostEditors:
		err = &syncproto.Error{Code: syncproto.CodeTooMany, Op: "invite editors", Detail: "names"}
	}
	var links []madeLink
	for _, name := range names {
		var link *madeLink
		if err == nil {
			link, err = a.inviteEditor(ctx, r, name, unit)
		}
		if err != nil {
			return a.refuse(ctx, r, stepDesk, old, err)
		}
		links = append(links, *link)
	}
	if err != nil {
		return a.refuse(ctx, r, stepDesk, old, err)
	}
	if data, err = a.state(ctx, r); err != nil {
		return nil, err
	}
	data.open(stepDesk)
	data.Links = links
	return drawWelcome(r, data, nil), nil
}

func (a *area) inviteEditor(ctx context.Context, r *page.Request, name string, unit syncproto.ID) (*madeLink, error) {
	person, err := a.editorNamed(ctx, r, name, unit)
	if err != nil {
		return nil, err
	}
	if person == "" {
		var made storage.Person
		made, _, err = a.People.AddPerson(ctx, r.People(), people.NewPerson{Name: name, Unit: unit, Role: syncproto.RoleEditor})
		if err != nil {
			return nil, err
		}
		person = made.ID
	}
	link, err := a.Staff.Invite(ctx, r.Who, person)
	if err != nil {
		return nil, err
	}
	origin := a.Origin
	if origin == "" {
		origin = r.Door().Visit().Origin
	}
	return &madeLink{Name: name, Link: origin + linkPath + link.Link, Expires: link.Expires}, nil
}

// editorNamed finds an editor of a unit by their whole name; "" if there is none.
func (a *area) editorNamed(ctx context.Context, r *page.Request, name string, unit syncproto.ID) (syncproto.ID, error) {
	list, err := a.People.List(ctx, r.People(), people.Listing{Unit: unit, Query: name, Limit: 50})
	if err != nil {
		return "", err
	}
	for i := range list.People {
		p := &list.People[i]
		if viet.Exact(p.Name) != viet.Exact(name) || p.ID == r.Who.Person {
			continue
		}
		for _, held := range p.Roles {
			if held.Unit == unit && held.Role == syncproto.RoleEditor {
				return p.ID, nil
			}
		}
	}
	return "", nil
}
