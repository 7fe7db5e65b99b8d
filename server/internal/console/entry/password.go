package entry

import (
	"context"
	"errors"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// hintPage says what a password is worth while it is typed.
type hintPage struct {
	Text string
	Good bool
}

// hint says whether a password would be taken. It is asked while somebody types, and costs nothing like a hash.
func (a *area) hint(_ context.Context, r *page.Request) (page.Answer, error) {
	password := r.Raw("password")
	own := []string{r.Raw("login"), r.Raw("name")}
	if me := r.Me(); me != nil {
		own = []string{me.Login, me.Name}
	}
	data := &hintPage{}
	err := staff.CheckPassword(password, own...)
	switch left := staff.MinPassword - utf8.RuneCountInString(norm.NFC.String(password)); {
	case err == nil:
		data.Text, data.Good = r.T("entry.password_good"), true
	case left > 0 && password != "":
		data.Text = r.T("entry.password_more", "n", left)
	case password != "":
		data.Text = weakness(r, detailOf(err))
	}
	return page.View{Name: "entry/hint", Title: r.T("entry.password"), Bare: true, Data: data}, nil
}

// tellPassword says of a weak password what is weak about it.
func tellPassword(r *page.Request, p *page.Problem) {
	if p.Code == syncproto.CodeWeakPassword {
		p.Sentence, p.Field = weakness(r, p.Field), "password"
	}
}

func detailOf(err error) string {
	if own, ok := errors.AsType[*syncproto.Error](err); ok {
		return own.Detail
	}
	return ""
}

func weakness(r *page.Request, detail string) string {
	switch detail {
	case "short", "common", "own":
		return r.T("entry.password_"+detail, "n", staff.MinPassword)
	}
	return r.T("code." + string(syncproto.CodeWeakPassword))
}
