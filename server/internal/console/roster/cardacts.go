package roster

import (
	"context"
	"net/url"
	"strings"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// onPerson does one of the small things to a person: those that can be taken back.
func (a *area) onPerson(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	act := r.Text("act")
	flash, err := a.do(ctx, r, id, act)
	if p := problem(r, err); p != nil {
		return a.drawCard(ctx, r, id, act, p)
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: r.Back(pathOf(id)), Flash: flash}, nil
}

func (a *area) do(ctx context.Context, r *page.Request, id syncproto.ID, act string) (*page.Flash, error) {
	by := r.People()
	switch act {
	case "edit":
		name, phone := r.Text("name"), r.Text("phone")
		return told("roster.edited"), a.People.Edit(ctx, by, id, &name, &phone)
	case "suspend":
		return undo("roster.suspended", id, "resume"), a.People.Suspend(ctx, by, id)
	case "resume":
		return told("roster.resumed"), a.People.Resume(ctx, by, id)
	case "move":
		from, to, at := r.ID("from"), r.ID("unit"), day(r, "at")
		if err := r.Err(); err != nil {
			return nil, err
		}
		return told("roster.moved"), a.People.Move(ctx, by, id, from, to, at)
	case "give":
		return a.give(ctx, r, id)
	case "take":
		grant := r.ID("grant")
		if err := r.Err(); err != nil {
			return nil, err
		}
		back := undo("roster.taken", id, "give", "unit", r.Text("unit"), "role", r.Text("role"))
		return back, a.People.Take(ctx, by, id, grant)
	case "tags":
		to := audience.Tagged{Tags: words(r.Text("tags")), Skills: words(r.Text("skills"))}
		return told("roster.tagged"), a.Audience.SetTags(ctx, by, id, to)
	}
	return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "change person", Detail: "act"}
}

func (a *area) give(ctx context.Context, r *page.Request, id syncproto.ID) (*page.Flash, error) {
	g := syncproto.Grant{Person: id, Unit: r.ID("unit"), Role: syncproto.Role(r.Text("role")), From: day(r, "from")}
	if until := r.Time("until"); until != 0 {
		g.Until = until + 24*hour // the last day counts
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	given, err := a.People.Give(ctx, r.People(), g)
	return undo("roster.given", id, "take", "grant", string(given.ID), "unit", string(g.Unit), "role", string(g.Role)), err
}

func told(key string) *page.Flash { return &page.Flash{Key: key} }

// undo tells what was done, with the way back: another act on the same person. pairs are its fields.
func undo(key string, id syncproto.ID, act string, pairs ...string) *page.Flash {
	fields := url.Values{"act": {act}}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	return &page.Flash{Key: key, Undo: pathOf(id) + "/do", Fields: fields}
}

// words takes a list apart that somebody typed, with commas, semicolons or on lines.
func words(text string) (out []string) {
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || c == '\n' }) {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// askPage is a page that asks before something is done that cannot be taken back.
type askPage struct {
	*cardPage
	Device *device
	Ends   int64 // until when what is not sent yet may still come, if it is done now
}

func (a *area) askClose(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.drawAsk(ctx, r, "roster/close", "roster.close", "", nil)
}

func (a *area) askRevoke(ctx context.Context, r *page.Request) (page.Answer, error) {
	device := r.ID("device")
	if err := r.Err(); err != nil {
		return nil, err
	}
	return a.drawAsk(ctx, r, "roster/revoke", "roster.revoke", device, nil)
}

func (a *area) drawAsk(ctx context.Context, r *page.Request, name, title string, device syncproto.ID, p *page.Problem) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	card, err := a.People.Look(ctx, r.People(), id)
	if err != nil {
		return nil, err
	}
	d := &askPage{cardPage: &cardPage{Card: card, Self: r.Who.Person == id}, Ends: r.Now.UnixMilli() + people.EndedFor}
	d.sort(r.Now.UnixMilli())
	d.devices()
	for i := range d.Shown {
		if d.Shown[i].ID == device {
			d.Device = &d.Shown[i]
		}
	}
	if name == "roster/revoke" && d.Device == nil {
		return nil, syncproto.E(syncproto.CodeNotFound, "show device", nil)
	}
	return page.View{Name: name, Title: r.T(title) + ": " + card.Name, Area: "people", Data: d, Problem: p}, nil
}

func (a *area) closePerson(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	err = a.People.Close(ctx, r.People(), id)
	if p := problem(r, err); p != nil {
		return a.drawAsk(ctx, r, "roster/close", "roster.close", "", p)
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: pathOf(id), Flash: told("roster.closed")}, nil
}

func (a *area) revoke(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	device := r.ID("device")
	if err := r.Err(); err != nil {
		return nil, err
	}
	err = a.People.Revoke(ctx, r.People(), device)
	if p := problem(r, err); p != nil {
		return a.drawAsk(ctx, r, "roster/revoke", "roster.revoke", device, p)
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: pathOf(id), Flash: told("roster.revoked")}, nil
}
