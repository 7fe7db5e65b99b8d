package entry

import (
	"context"
	"net/http"
	"net/url"
	pathpkg "path"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// prove lets somebody in on the page of again, and does what was posted before if it is the same person.
func (a *area) prove(ctx context.Context, r *page.Request) (page.Answer, error) {
	data := readAgain(r)
	person, token, err := a.proof(ctx, r, data.Person)
	if err != nil {
		form := signInPage{}
		p := form.refused(r, err)
		if p == nil && syncproto.CodeOf(err) == syncproto.CodeSessionEnded {
			p = &page.Problem{Code: syncproto.CodeSignInFailed, Sentence: r.T("entry.say_password")}
		}
		if p == nil {
			return nil, err
		}
		data.Wait = form.Wait
		return a.drawAgain(r, data, p), nil
	}
	return carryOn(ctx, r, data, person, token)
}

// proof finds who is there by what they sent: a recovery code, a password, a new one after a recovery code, or nothing if
// a script signed them in with a key just before. A new password is only for whom the page was drawn: somebody else may have
// signed in meanwhile, in another window.
func (a *area) proof(ctx context.Context, r *page.Request, drawnFor syncproto.ID) (syncproto.ID, string, error) {
	var entry *staff.Entry
	var err error
	switch visit := r.Door().Visit(); {
	case r.Text("code") != "":
		entry, err = a.Staff.Recover(ctx, visit, r.Raw("login"), r.Text("code"))
	case r.Raw("fresh") != "" && r.Who != nil && r.Who.Person == drawnFor:
		entry, err = a.Staff.SetPassword(ctx, r.Who, visit, r.Raw("fresh"))
	case r.Raw("password") != "":
		entry, err = a.Staff.SignIn(ctx, visit, r.Raw("login"), r.Raw("password"))
	case r.Who != nil:
		return r.Who.Person, r.Door().Token(), nil
	default:
		err = syncproto.E(syncproto.CodeSessionEnded, "prove who is there", nil)
	}
	if err != nil {
		return "", "", err
	}
	r.Door().Remember(entry)
	return entry.Person, entry.Token, nil
}

// readAgain reads back what the page of again kept.
func readAgain(r *page.Request) *againPage {
	data := &againPage{
		Why: whyAgain(r.Text("why")), Person: r.ID("person"), Path: page.Local(r.Raw("path"), ""), To: r.Back(""),
		Login: r.Text("login"), Files: r.Text("files") != "",
	}
	values := url.Values{}
	for name, all := range r.Values() {
		if was, ok := strings.CutPrefix(name, keptPrefix); ok {
			values[was] = all
		}
	}
	data.keep(values, nil)
	if !mayRepeat(data.Path) {
		data.Path = ""
	}
	return data
}

func whyAgain(text string) syncproto.Code {
	if syncproto.Code(text) == syncproto.CodeCredential {
		return syncproto.CodeCredential
	}
	if code := why(text); code != "" {
		return code
	}
	return syncproto.CodeSessionEnded
}

// mayRepeat reports whether something may be posted again in somebody's name: nothing that is about signing in itself.
func mayRepeat(path string) bool {
	u, err := url.Parse(path)
	if err != nil || page.Local(path, "") == "" || u.Host != "" || pathpkg.Clean(u.Path) != u.Path {
		return false
	}
	for _, own := range []string{signInPath, linkPath, againPath, page.Root + "/sign-out", page.Root + "/password-hint", page.Root + "/static", page.Root + "/csp"} {
		if u.Path == own || strings.HasPrefix(u.Path, strings.TrimSuffix(own, "/")+"/") {
			return false
		}
	}
	return true
}

// carryOn does what was posted before, for the person who posted it and for nobody else.
func carryOn(ctx context.Context, r *page.Request, data *againPage, person syncproto.ID, token string) (page.Answer, error) {
	if data.Person != person || data.Lost {
		return page.View{Name: "entry/not_sent", Title: r.T("entry.not_sent"), Bare: true, Status: http.StatusConflict, Data: data}, nil
	}
	if data.Path == "" {
		return page.Redirect{To: page.Local(data.To, page.Root+"/"), Flash: &page.Flash{Key: "entry.once_more", Bad: true}}, nil
	}
	form := url.Values{}
	for _, field := range data.Kept {
		form.Add(field.Name, field.Value)
	}
	body := form.Encode()
	hr, err := http.NewRequestWithContext(page.WithDoor(ctx, &provedDoor{r.Door(), token}), http.MethodPost, data.Path, strings.NewReader(body))
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInvalidValue, "post again", err)
	}
	hr.Header = r.Header.Clone()
	hr.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	hr.Header.Set(page.SignHeader, string(person))
	hr.Host, hr.RemoteAddr, hr.RequestURI = r.Host, r.RemoteAddr, data.Path
	return page.Repeat{Request: hr}, nil
}

// provedDoor is the door of a request by somebody who came in just now.
type provedDoor struct {
	page.Door
	token string
}

// Token is that of the new session.
func (d *provedDoor) Token() string { return d.token }

// Visit is the visit of whoever has it.
func (d *provedDoor) Visit() *staff.Visit {
	visit := d.Door.Visit()
	visit.Token = d.token
	return visit
}

// dialog is the same question for a script, which asks it in a dialog over the page.
func (a *area) dialog(_ context.Context, r *page.Request) (page.Answer, error) {
	if !r.Fragmentary() {
		return page.Redirect{To: signInPath}, nil
	}
	data := &againPage{Why: whyAgain(r.Text("why")), Person: r.DrawnFor()}
	if me := r.Me(); me != nil {
		if me.Person == data.Person {
			data.Login = me.Login
		} else {
			data.Other = me.Name
		}
	}
	v := a.drawAgain(r, data, nil)
	v.Status = 0
	return v, nil
}
