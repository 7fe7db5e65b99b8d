// Package console is what editors, officers and operators see in a browser: the site (package page) with all its areas,
// each a package beside it. What they are drawn with is in server/web/console.
package console

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/calls"
	"lantoa/server/internal/console/entry"
	"lantoa/server/internal/console/item"
	"lantoa/server/internal/console/office"
	overviewpages "lantoa/server/internal/console/overview"
	"lantoa/server/internal/console/page"
	presspages "lantoa/server/internal/console/press"
	"lantoa/server/internal/console/queue"
	"lantoa/server/internal/console/roster"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/media"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/server/internal/press"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/reach"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto/catalogue"
)

// Options are the services of the server. All are required but those that say otherwise.
type Options struct {
	Staff    *staff.Service
	Desk     *desk.Service
	People   *people.Service
	Enroll   *enroll.Service
	Privacy  *privacy.Service
	Calls    *campaign.Service
	Audience *audience.Service
	Answers  *answers.Service
	Reach    *reach.Service
	Planner  *notify.Planner
	Push     *notify.Board
	Media    *media.Service
	Uploads  *upload.Service
	Store    storage.Store
	Origin   string // where phones and browsers find the server, "" for where the request went
	// Enter opens the ready sign-in links of a demonstration; nil for none.
	Enter   Enter
	Unnamed string                        // the name of an organisation that nobody named
	Note    func(context.Context) string  // what to tell of a server that is ready; nil for nothing
	Ready   func(context.Context) error   // whether the database can be used; nil for always
	Phones  func() int                    // how many are connected now; nil for not known
	Backup  func() (office.Backup, error) // the newest copy of the database; nil for not known
	Figures *overview.Service
	Temp    string // where long workbooks are put together
	Version string
	Now     func() time.Time
	Log     *slog.Logger
}

// Enter lets somebody in by the secret of a ready link, not_found for one that it does not know.
type Enter func(ctx context.Context, v *staff.Visit, secret string) (*staff.Entry, error)

// New makes the console.
func New(o Options) http.Handler {
	site := page.New(page.Options{Staff: o.Staff, Now: o.Now, Log: o.Log})
	site.Handle("GET "+page.Root, page.Open, home)
	site.Handle("GET "+page.Root+"/{$}", page.Open, home)
	site.Handle("POST "+page.Root+"/look", page.Open, look)
	entry.Add(site, entry.Options{Staff: o.Staff, People: o.People, Enter: o.Enter, Unnamed: o.Unnamed, Origin: o.Origin})
	calls.Add(site, calls.Options{
		Calls: o.Calls, Audience: o.Audience, Reach: o.Reach, Answers: o.Answers, People: o.People, Planner: o.Planner, Board: o.Push, Desk: o.Desk, Store: o.Store,
	})
	presspages.Add(site, presspages.Options{Press: press.New(o.Store, o.Desk, o.Media, o.Now)})
	office.Add(site, office.Options{
		Privacy: o.Privacy, People: o.People, Desk: o.Desk, Audience: o.Audience, Planner: o.Planner, Push: o.Push, Media: o.Media, Store: o.Store,
		Ready: o.Ready, Note: o.Note, Phones: o.Phones, Backup: o.Backup, Version: o.Version,
	})
	queue.Add(site, queue.Options{Desk: o.Desk})
	overviewpages.Add(site, overviewpages.Options{Figures: o.Figures, Temp: o.Temp})
	item.Add(site, item.Options{Desk: o.Desk, Uploads: o.Uploads})
	roster.Add(site, roster.Options{
		People: o.People, Enroll: o.Enroll, Staff: o.Staff, Audience: o.Audience, Desk: o.Desk, Origin: o.Origin,
	})
	return site
}

// home leads everybody to where their work begins.
func home(_ context.Context, r *page.Request) (page.Answer, error) {
	if r.Me() == nil {
		return page.Redirect{To: page.Root + "/sign-in"}, nil
	}
	return page.Redirect{To: r.Home()}, nil
}

// look keeps how somebody wants this browser to show the console.
func look(_ context.Context, r *page.Request) (page.Answer, error) {
	look := r.Look()
	if lang := catalogue.Language(r.Text("lang")); slices.Contains(catalogue.Languages(), lang) {
		look.Lang = lang
	}
	if theme := r.Text("theme"); r.Sent("theme") && slices.Contains([]string{"light", "dark", ""}, theme) {
		look.Theme = theme
	}
	switch r.Text("keys") {
	case "on":
		look.Keys = true
	case "off":
		look.Keys = false
	}
	return page.Redirect{To: r.Back(page.Root + "/"), Look: &look}, nil
}
