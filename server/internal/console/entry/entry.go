package entry

import (
	"context"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
)

// Options are what the area needs. All are required but Enter.
type Options struct {
	Staff  *staff.Service
	People *people.Service
	// Enter opens the ready links of a demonstration; nil for none.
	Enter func(ctx context.Context, v *staff.Visit, secret string) (*staff.Entry, error)
	// Unnamed is the name that an organisation has until somebody gives it one.
	Unnamed string
	// Origin is where browsers find the server, for links that are sent to others; "" for where the request went.
	Origin string
}

// area holds the pages.
type area struct {
	Options
	site *page.Site
}

// Paths of the area.
const (
	signInPath  = page.Root + "/sign-in"
	recoverPath = signInPath + "/recovery"
	linkPath    = page.Root + "/link/"
	againPath   = page.Root + "/again"
	accountPath = page.Root + "/account"
	welcomePath = page.Root + "/welcome"
)

// maxSignIn bounds what a stranger may post.
const maxSignIn page.Limit = 16 << 10

// Add adds the area to a site and has it ask, when a session ended, who is there.
func Add(site *page.Site, opt Options) {
	a := &area{Options: opt, site: site}
	site.SetAgain(a.again)
	site.Handle("GET "+signInPath, page.Open, a.signInForm)
	site.Handle("POST "+signInPath, page.Open, a.signIn, maxSignIn)
	site.Handle("GET "+recoverPath, page.Open, a.recoverForm)
	site.Handle("POST "+recoverPath, page.Open, a.recover, maxSignIn)
	site.Handle("POST "+page.Root+"/sign-out", page.Open, a.signOut, maxSignIn)
	site.Handle("GET "+linkPath+"{token}", page.Open, a.linkForm)
	site.Handle("POST "+linkPath+"{token}", page.Open, a.useLink, maxSignIn)
	site.Handle("POST "+page.Root+"/password-hint", page.Open, a.hint, maxSignIn)
	site.Handle("GET "+againPath, page.Open, a.dialog)
	site.Handle("POST "+againPath, page.Open, a.prove, maxAgain)
	if a.Enter != nil {
		site.Handle("GET "+page.Root+"/enter/{secret}", page.Open, a.enter)
	}
	a.addAccount()
	a.addWelcome()
}

// admit gives somebody who was let in their session and leads them on.
func (a *area) admit(r *page.Request, entry *staff.Entry, to string) (page.Answer, error) {
	r.Door().Remember(entry)
	if entry.Must {
		to = page.At(accountPath+"/renew", "to", to)
	}
	return page.Redirect{To: to}, nil
}

// enter lets somebody into a demonstration by a ready link.
func (a *area) enter(ctx context.Context, r *page.Request) (page.Answer, error) {
	entry, err := a.Enter(ctx, r.Door().Visit(), r.PathValue("secret"))
	if err != nil {
		return nil, err
	}
	return a.admit(r, entry, page.Root+"/")
}

// fresh reports whether somebody proved lately enough who they are to begin something that asks for it. A few minutes are
// left for filling in a form.
func fresh(r *page.Request) bool {
	return r.Now.UnixMilli()-r.Who.Proved < (staff.FreshProof - 5*time.Minute).Milliseconds()
}
