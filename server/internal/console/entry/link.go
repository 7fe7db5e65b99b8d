package entry

import (
	"context"
	"net/http"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// linkPage is what the page of a one-time link draws.
type linkPage struct {
	staff.LinkView
	Login string
	Name  string
	Least int // characters of a password
}

// linkForm shows what a link is for. Looking uses nothing up: messengers look at links, too.
func (a *area) linkForm(ctx context.Context, r *page.Request) (page.Answer, error) {
	view, err := a.Staff.ReadLink(ctx, r.Door().Visit(), r.PathValue("token"))
	if syncproto.CodeOf(err) == syncproto.CodeLinkUsed {
		return usedUp(r), nil
	}
	if err != nil {
		return nil, err
	}
	return drawLink(r, &linkPage{LinkView: *view, Login: view.Login, Name: view.Name}, nil), nil
}

// useLink sets an account up and lets its owner in.
func (a *area) useLink(ctx context.Context, r *page.Request) (page.Answer, error) {
	token, visit := r.PathValue("token"), r.Door().Visit()
	setup := staff.Setup{Link: token, Login: r.Raw("login"), Password: r.Raw("password"), Name: r.Text("name")}
	view, err := a.Staff.ReadLink(ctx, visit, token)
	if err == nil {
		var entry *staff.Entry
		if entry, err = a.Staff.UseLink(ctx, visit, setup); err == nil {
			return a.settled(r, view, entry)
		}
	}
	if syncproto.CodeOf(err) == syncproto.CodeLinkUsed {
		return usedUp(r), nil
	}
	p := problemOf(r, err)
	if p == nil || view == nil {
		return nil, err
	}
	if p.Field == "login" {
		p.Sentence = r.T("entry.login_taken")
	}
	return drawLink(r, &linkPage{LinkView: *view, Login: r.Text("login"), Name: setup.Name}, p), nil
}

// settled leads whoever has an account now to where their work begins: the first operator to what a new server needs.
func (a *area) settled(r *page.Request, view *staff.LinkView, entry *staff.Entry) (page.Answer, error) {
	r.Door().Remember(entry)
	if view.First {
		return page.Redirect{To: welcomePath}, nil
	}
	return page.Redirect{To: page.Root + "/", Flash: &page.Flash{Key: "entry.account_ready"}}, nil
}

func drawLink(r *page.Request, data *linkPage, p *page.Problem) page.View {
	data.Least = staff.MinPassword
	title := r.T("entry.link_title")
	if data.First {
		title = r.T("entry.first_title")
	}
	return page.View{Name: "entry/link", Title: title, Bare: true, Data: data, Problem: p, Status: statusFor(p)}
}

func usedUp(r *page.Request) page.View {
	return page.View{Name: "entry/link_used", Title: r.T("entry.link_used_title"), Bare: true, Status: http.StatusGone, Data: &signInPage{}}
}
