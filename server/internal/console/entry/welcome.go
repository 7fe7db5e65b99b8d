package entry

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// The steps from an empty server to a unit that works. What is done is read off the units and people that there are and
// kept nowhere: the page can be left at any time and says, whenever it is opened, what is missing.
const (
	stepName       = "name"
	stepUnits      = "units"
	stepDesk       = "desk"
	stepVolunteers = "volunteers"
	stepSafety     = "safety"
	stepReady      = "ready"
)

var steps = []string{stepName, stepUnits, stepDesk, stepVolunteers, stepSafety, stepReady}

// welcomePage is what a new server needs, for whoever sets it up.
type welcomePage struct {
	Steps  []stepRow
	At     string // the step that is open
	Next   string
	Root   people.Shown
	Units  []people.Shown // below it
	Counts counts
	Mine   bool // whoever asks reviews here themselves
	Typed  typed
	Links  []madeLink
}

type stepRow struct {
	Key    string
	Number int
	Done   bool
	Open   bool
	Count  int
}

// typed is what a refused form is drawn with again.
type typed struct {
	Name, Lines, Unit string
}

// counts are what there is.
type counts struct {
	Units, Editors, Volunteers, Codes int
}

func (a *area) addWelcome() {
	site := a.site
	site.Handle("GET "+welcomePath, page.Staff, a.welcome)
	site.Handle("POST "+welcomePath+"/name", page.Staff, a.nameIt)
	site.Handle("POST "+welcomePath+"/units", page.Staff, a.addUnits)
	site.Handle("POST "+welcomePath+"/table", page.Staff, a.addTable, page.Limit(people.MaxTableBytes))
	site.Handle("POST "+welcomePath+"/me", page.Staff, a.reviewMyself)
	site.Handle("POST "+welcomePath+"/desk", page.Staff, a.inviteEditors)
}

// mayWelcome reports whether the page is offered to somebody.
func mayWelcome(r *page.Request) bool { return r.Has(syncproto.RoleOperator, syncproto.RoleAdmin) }

func (a *area) welcome(ctx context.Context, r *page.Request) (page.Answer, error) {
	if !mayWelcome(r) {
		return page.Redirect{To: r.Home()}, nil
	}
	data, err := a.state(ctx, r)
	if err != nil {
		return nil, err
	}
	data.open(r.Text("step"))
	return drawWelcome(r, data, nil), nil
}

func drawWelcome(r *page.Request, data *welcomePage, p *page.Problem) page.View {
	return page.View{Name: "entry/welcome", Title: r.T("entry.welcome"), Area: "account", Data: data, Problem: p, Status: statusFor(p)}
}

// state finds out what there is.
func (a *area) state(ctx context.Context, r *page.Request) (*welcomePage, error) {
	units, err := a.People.UnitsAt(ctx, 0)
	if err != nil {
		return nil, err
	}
	data := &welcomePage{Root: home(r, units)}
	for _, u := range units {
		if u.ID != data.Root.ID && u.Until == 0 {
			data.Units = append(data.Units, u)
		}
	}
	data.Counts.Units = len(data.Units)
	if err := a.count(ctx, r, data); err != nil {
		return nil, err
	}
	data.Counts.Codes = r.Me().Settings.Recovery
	done := map[string]bool{
		stepName: data.Root.Name != "" && data.Root.Name != a.Unnamed, stepUnits: len(data.Units) > 0, stepDesk: data.Counts.Editors > 0,
		stepVolunteers: data.Counts.Volunteers > 0, stepSafety: data.Counts.Codes > 0,
	}
	for i, key := range steps {
		data.Steps = append(data.Steps, stepRow{Key: key, Number: i + 1, Done: done[key]})
	}
	return data, nil
}

// home is the unit that somebody sets up: the one at the top, or the topmost one that they govern.
func home(r *page.Request, units []people.Shown) people.Shown {
	mine := func(u people.Shown) bool {
		return slices.ContainsFunc(r.Me().Grants, func(g staffGrant) bool { return g.Unit == u.ID && g.Role != syncproto.RoleVolunteer })
	}
	if r.Has(syncproto.RoleOperator) {
		mine = func(u people.Shown) bool { return u.Parent == "" }
	}
	for _, u := range units {
		if u.Until == 0 && mine(u) {
			return u
		}
	}
	return people.Shown{}
}

// mostPages bounds how many pages of people are read to find an editor: this page is for the first days of a server.
const mostPages = 5

// count counts who is there, as far as the first pages show it.
func (a *area) count(ctx context.Context, r *page.Request, data *welcomePage) error {
	for from, n := "", 0; n < mostPages; n++ {
		list, err := a.People.List(ctx, r.People(), people.Listing{Unit: data.Root.ID, From: from, Limit: 200})
		if err != nil {
			return err
		}
		for i := range list.People {
			data.Counts.add(&list.People[i], r, data)
		}
		if from = list.Next; from == "" {
			return nil
		}
	}
	return nil
}

func (c *counts) add(p *people.Listed, r *page.Request, data *welcomePage) {
	editor, volunteer := false, false
	for _, held := range p.Roles {
		switch held.Role {
		case syncproto.RoleEditor, syncproto.RoleAdmin:
			editor = true
		case syncproto.RoleVolunteer:
			volunteer = true
		}
	}
	if editor {
		c.Editors++
		data.Mine = data.Mine || p.ID == r.Who.Person
	}
	if volunteer {
		c.Volunteers++
	}
}

// open opens a step: the one that was asked for, else the first that is not done.
func (p *welcomePage) open(step string) {
	if !slices.Contains(steps, step) {
		step = stepReady
		for _, s := range p.Steps {
			if !s.Done {
				step = s.Key
				break
			}
		}
	}
	p.At = step
	at := slices.Index(steps, step)
	p.Steps[at].Open = true
	if at+1 < len(steps) {
		p.Next = steps[at+1]
	}
}

// after is the address of the step behind one.
func after(step string) string {
	at := slices.Index(steps, step)
	return page.At(welcomePath, "step", steps[min(at+1, len(steps)-1)])
}

// refuse draws a step again with what was typed.
func (a *area) refuse(ctx context.Context, r *page.Request, step string, old typed, err error) (page.Answer, error) {
	p := r.Problem(err)
	if p == nil {
		return nil, err
	}
	data, stateErr := a.state(ctx, r)
	if stateErr != nil {
		return nil, stateErr
	}
	data.open(step)
	data.Typed = old
	return drawWelcome(r, data, p), nil
}
