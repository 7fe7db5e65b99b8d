package roster

import (
	"context"
	"strings"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/enroll"
	"lantoa/syncproto"
)

// invitesPage is the form by which phones are invited.
type invitesPage struct {
	Units []option
	Roles []option
	Unit  syncproto.ID
	Role  syncproto.Role
	Names string
	Count string
	Days  int64
	Most  int
	Wrong string
	Any   bool // whoever asks may invite anywhere
}

// sheetPage shows codes, this once: on the screen, and as cards to cut out.
type sheetPage struct {
	Cards  []card
	Role   syncproto.Role
	Server string
	Local  bool // phones elsewhere do not find the server by this address
	Many   bool
	Person syncproto.ID // somebody known, whom this is for
	Until  int64
}

// card is one code to scan or to type.
type card struct {
	Number  int
	Code    string
	Name    string
	Unit    string
	Role    syncproto.Role
	Until   int64
	Picture *enroll.Picture
}

// mayInvite are the units into which whoever asks may invite somebody, and the roles.
func mayInvite(r *page.Request, f *forest) (units, roles []option) {
	keep := mine
	if !r.Has(syncproto.RoleOperator, syncproto.RoleAdmin) {
		for _, g := range r.Me().Grants {
			if n := f.byID[g.Unit]; n != nil && g.Role == syncproto.RoleEditor {
				n.Governed = true
			}
		}
		for _, n := range f.Flat {
			n.Governed = n.Governed || n.Above != nil && n.Above.Governed
		}
		roles = []option{{"value": syncproto.RoleVolunteer, "label": r.T("role.volunteer")}}
		return f.options(keep), roles
	}
	return f.options(keep), roleOptions(r)
}

func (a *area) invites(ctx context.Context, r *page.Request) (page.Answer, error) {
	d := &invitesPage{Unit: r.ID("unit"), Role: syncproto.RoleVolunteer, Days: 7}
	return a.drawInvites(ctx, r, d, nil)
}

func (a *area) drawInvites(ctx context.Context, r *page.Request, d *invitesPage, p *page.Problem) (page.Answer, error) {
	f, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	d.Units, d.Roles = mayInvite(r, f)
	d.Most = enroll.MaxInvited
	if p != nil {
		d.Wrong = p.Field
	}
	return page.View{Name: "roster/invites", Title: r.T("roster.invites"), Area: "people", Data: d, Problem: p}, nil
}

// invite makes codes and shows them. Nothing else can show them again, so this is the answer itself and no redirect.
func (a *area) invite(ctx context.Context, r *page.Request) (page.Answer, error) {
	persons := r.IDs("person")
	d := &invitesPage{
		Unit: r.ID("unit"), Role: syncproto.Role(r.Text("role")), Names: r.Text("names"), Count: r.Text("count"), Days: r.Number("days"),
	}
	count := int(min(r.Number("count"), enroll.MaxInvited+1))
	err := r.Err()
	var issued []enroll.Issued
	if err == nil && len(persons) > 0 {
		return a.inviteKnown(ctx, r, persons)
	}
	if err == nil {
		inv := enroll.Invitation{Unit: d.Unit, Role: d.Role, Valid: time.Duration(min(d.Days, 1000)) * 24 * time.Hour}
		issued, err = a.Enroll.Invite(ctx, r.People(), inv, names(d.Names, count))
	}
	if p := problem(r, err); p != nil {
		return a.drawInvites(ctx, r, d, p)
	}
	if err != nil {
		return nil, err
	}
	return a.drawSheet(r, issued, []syncproto.Role{d.Role}, "")
}

// names are those for whom there is a code each: one on a line, then as many without one as are asked for besides.
func names(text string, count int) (out []string) {
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	for len(out) < count || len(out) == 0 {
		out = append(out, "")
	}
	return out
}

// inviteKnown makes a code for each of some people who are in the list already: a further phone of theirs.
func (a *area) inviteKnown(ctx context.Context, r *page.Request, persons []syncproto.ID) (page.Answer, error) {
	if len(persons) > enroll.MaxInvited {
		return nil, syncproto.E(syncproto.CodeTooMany, "invite", nil)
	}
	var all []enroll.Issued
	var given []syncproto.Role
	for _, id := range persons {
		known, err := a.People.Look(ctx, r.People(), id)
		if err != nil {
			return nil, err
		}
		c := &cardPage{Card: known}
		c.sort(r.Now.UnixMilli())
		if len(c.Held) == 0 {
			return nil, syncproto.E(syncproto.CodeForbidden, "invite", nil)
		}
		inv := enroll.Invitation{Unit: c.Held[0].Unit, Role: c.Held[0].Role, Person: id}
		issued, err := a.Enroll.Invite(ctx, r.People(), inv, []string{known.Name})
		if err != nil {
			return nil, err
		}
		all, given = append(all, issued...), append(given, inv.Role)
	}
	person := syncproto.ID("")
	if len(persons) == 1 {
		person = persons[0]
	}
	return a.drawSheet(r, all, given, person)
}

// drawSheet draws codes. roles is the role of each, or the one of all.
func (a *area) drawSheet(r *page.Request, issued []enroll.Issued, roles []syncproto.Role, person syncproto.ID) (page.Answer, error) {
	d := &sheetPage{Server: a.server(r), Many: len(issued) > 1, Person: person}
	d.Local = strings.Contains(d.Server, "//localhost") || strings.Contains(d.Server, "//127.")
	for i := range issued {
		picture, err := enroll.Draw(enroll.URI(d.Server, issued[i].Code))
		if err != nil {
			return nil, err
		}
		c := card{
			Number: i + 1, Code: issued[i].Code, Name: issued[i].Name, Unit: issued[i].Unit.Name, Role: roles[min(i, len(roles)-1)],
			Until: issued[i].Expires.UnixMilli(), Picture: picture,
		}
		d.Cards, d.Until, d.Role = append(d.Cards, c), c.Until, c.Role
	}
	title := r.T("roster.code")
	if d.Many {
		title = r.T("roster.sheet")
	}
	return page.View{Name: "roster/sheet", Title: title, Area: "people", Data: d}, nil
}

// server is where phones find this server.
func (a *area) server(r *page.Request) string {
	if a.Origin != "" {
		return a.Origin
	}
	return r.Door().Visit().Origin
}
