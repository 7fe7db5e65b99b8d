package entry

import (
	"context"
	"errors"
	"math"
	"net/http"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// signInPage is what the pages of signing in draw.
type signInPage struct {
	Login string
	To    string // where the way leads afterwards
	// Why somebody is asked who was signed in: session_ended or confirm_identity; "" for whoever comes by themselves.
	Why   syncproto.Code
	Wait  int  // seconds to wait before the next attempt
	Keyed bool // there can be passkeys at this address
}

func (a *area) signInForm(_ context.Context, r *page.Request) (page.Answer, error) {
	data := &signInPage{To: r.Back(""), Why: why(r.Text("why"))}
	if r.Me() != nil {
		if data.Why != syncproto.CodeConfirm {
			return page.Redirect{To: r.Back(page.Root + "/")}, nil
		}
		data.Login = r.Me().Login
	}
	return a.drawSignIn(r, data, nil), nil
}

// why reads a reason from an address, which anybody may have written.
func why(text string) syncproto.Code {
	switch code := syncproto.Code(text); code {
	case syncproto.CodeSessionEnded, syncproto.CodeConfirm:
		return code
	}
	return ""
}

func (a *area) signIn(ctx context.Context, r *page.Request) (page.Answer, error) {
	data := &signInPage{Login: r.Text("login"), To: r.Back(""), Why: why(r.Text("why"))}
	entry, err := a.Staff.SignIn(ctx, r.Door().Visit(), r.Raw("login"), r.Raw("password"))
	if p := data.refused(r, err); p != nil {
		return a.drawSignIn(r, data, p), nil
	}
	if err != nil {
		return nil, err
	}
	return a.admit(r, entry, r.Back(page.Root+"/"))
}

// refused is what to tell somebody who was not let in; nil for an error that is not about what they sent.
func (p *signInPage) refused(r *page.Request, err error) *page.Problem {
	if locked, ok := errors.AsType[*staff.LockedError](err); ok {
		p.Wait = int(math.Ceil(locked.Wait.Seconds()))
	}
	return problemOf(r, err)
}

// problemOf is Problem that also tells of a sign-in that failed.
func problemOf(r *page.Request, err error) *page.Problem {
	if syncproto.CodeOf(err) == syncproto.CodeSignInFailed {
		return &page.Problem{Code: syncproto.CodeSignInFailed, Sentence: r.Sentence(err), Field: "password"}
	}
	p := r.Problem(err)
	if p != nil {
		tellPassword(r, p)
	}
	return p
}

func (a *area) drawSignIn(r *page.Request, data *signInPage, p *page.Problem) page.View {
	data.Keyed = a.Staff.Keyed(r.Door().Visit())
	v := page.View{Name: "entry/sign_in", Title: r.T("entry.sign_in"), Bare: true, Data: data, Problem: p}
	if data.Why == syncproto.CodeConfirm {
		v.Title = r.T("entry.confirm")
	}
	v.Status = statusFor(p)
	return v
}

// statusFor is the status of a form that was refused.
func statusFor(p *page.Problem) int {
	switch {
	case p == nil:
		return 0
	case p.Code == syncproto.CodeSignInFailed:
		return http.StatusUnauthorized
	case p.Code == syncproto.CodeSignInLocked:
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

func (a *area) recoverForm(_ context.Context, r *page.Request) (page.Answer, error) {
	return drawRecover(r, &signInPage{To: r.Back("")}, nil), nil
}

func (a *area) recover(ctx context.Context, r *page.Request) (page.Answer, error) {
	data := &signInPage{Login: r.Text("login"), To: r.Back("")}
	entry, err := a.Staff.Recover(ctx, r.Door().Visit(), r.Raw("login"), r.Text("code"))
	if p := data.refused(r, err); p != nil {
		if p.Code == syncproto.CodeSignInFailed {
			p.Sentence = r.T("entry.recovery_failed")
		}
		return drawRecover(r, data, p), nil
	}
	if err != nil {
		return nil, err
	}
	return a.admit(r, entry, r.Back(page.Root+"/"))
}

func drawRecover(r *page.Request, data *signInPage, p *page.Problem) page.View {
	return page.View{Name: "entry/recovery", Title: r.T("entry.recovery"), Bare: true, Data: data, Problem: p, Status: statusFor(p)}
}

// signOut ends the session of this browser, if it lives.
func (a *area) signOut(ctx context.Context, r *page.Request) (page.Answer, error) {
	if err := a.Staff.SignOut(ctx, r.Door().Token()); err != nil {
		return nil, err
	}
	r.Door().Forget()
	return page.Redirect{To: signInPath, Flash: &page.Flash{Key: "entry.signed_out"}}, nil
}
