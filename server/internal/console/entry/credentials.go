package entry

import (
	"context"
	"net/http"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

func (a *area) askRemove(ctx context.Context, r *page.Request) (page.Answer, error) {
	keys, err := a.Staff.Passkeys(ctx, r.Who)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if key.ID == r.PathValue("key") {
			return ask(r, "remove_key", "name", key.Name), nil
		}
	}
	return nil, syncproto.E(syncproto.CodeNotFound, "find passkey", nil)
}

func (a *area) remove(ctx context.Context, r *page.Request) (page.Answer, error) {
	err := a.Staff.DropPasskey(ctx, r.Who, r.PathValue("key"))
	if syncproto.CodeOf(err) == syncproto.CodeCredential { // the last way in: nothing to prove, something to set up first
		return page.Redirect{To: accountPath, Flash: &page.Flash{Key: "entry.last_way", Bad: true}}, nil
	}
	if err != nil {
		return nil, err
	}
	return page.Redirect{To: accountPath, Flash: &page.Flash{Key: "entry.key_removed"}}, nil
}

// stale asks for a proof before a form is filled in, rather than after.
func stale(r *page.Request) error {
	if fresh(r) {
		return nil
	}
	return syncproto.E(syncproto.CodeConfirm, "begin", nil)
}

// passwordPage is what the forms of a new password draw.
type passwordPage struct {
	Login string
	Least int
	Has   bool // there is one already
	Keyed bool // there can be passkeys at this address
	To    string
}

func (a *area) passwordForm(_ context.Context, r *page.Request) (page.Answer, error) {
	if err := stale(r); err != nil {
		return nil, err
	}
	return a.drawPassword(r, "entry/password", nil), nil
}

func (a *area) drawPassword(r *page.Request, name string, p *page.Problem) page.View {
	me := r.Me()
	title := r.T("entry.set_password")
	if name == "entry/renew" {
		title = r.T("entry.renew")
	}
	return page.View{
		Name: name, Title: title, Area: "account", Problem: p, Status: statusFor(p), Bare: me.Settings.Must,
		Data: &passwordPage{Login: me.Login, Least: staff.MinPassword, Has: me.Settings.Password, Keyed: a.Staff.Keyed(r.Door().Visit()), To: r.Back("")},
	}
}

// setPassword gives somebody another password; all their sessions but this one end.
func (a *area) setPassword(ctx context.Context, r *page.Request) (page.Answer, error) {
	entry, err := a.Staff.SetPassword(ctx, r.Who, r.Door().Visit(), r.Raw("password"))
	if p := problemOf(r, err); p != nil {
		return a.drawPassword(r, "entry/password", p), nil
	}
	if err != nil {
		return nil, err
	}
	r.Door().Remember(entry)
	return page.Redirect{To: accountPath, Flash: &page.Flash{Key: "entry.password_set"}}, nil
}

// renewForm is where somebody is led who came in by a recovery code.
func (a *area) renewForm(_ context.Context, r *page.Request) (page.Answer, error) {
	if !r.Me().Settings.Must {
		return page.Redirect{To: page.At(accountPath+"/codes", "to", r.Back(""))}, nil
	}
	return a.drawPassword(r, "entry/renew", nil), nil
}

func (a *area) renew(ctx context.Context, r *page.Request) (page.Answer, error) {
	entry, err := a.Staff.SetPassword(ctx, r.Who, r.Door().Visit(), r.Raw("password"))
	if p := problemOf(r, err); p != nil {
		return a.drawPassword(r, "entry/renew", p), nil
	}
	if err != nil {
		return nil, err
	}
	r.Door().Remember(entry)
	return page.Redirect{To: page.At(accountPath+"/codes", "to", r.Back("")), Flash: &page.Flash{Key: "entry.password_set"}}, nil
}

// codesPage shows recovery codes, once.
type codesPage struct {
	Left  int
	Codes []string
	Login string
	To    string
}

func (a *area) codesForm(_ context.Context, r *page.Request) (page.Answer, error) {
	if err := stale(r); err != nil {
		return nil, err
	}
	return drawCodes(r, &codesPage{}), nil
}

// newCodes makes ten codes in place of those before. They stand in this one answer and nowhere else.
func (a *area) newCodes(ctx context.Context, r *page.Request) (page.Answer, error) {
	codes, err := a.Staff.NewCodes(ctx, r.Who)
	if err != nil {
		return nil, err
	}
	return drawCodes(r, &codesPage{Codes: codes}), nil
}

func drawCodes(r *page.Request, data *codesPage) page.View {
	data.Left, data.Login, data.To = r.Me().Settings.Recovery, r.Me().Login, r.Back("")
	return page.View{Name: "entry/codes", Title: r.T("entry.codes"), Area: "account", Data: data, Status: http.StatusOK}
}
