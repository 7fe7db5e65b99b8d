package calls

import (
	"context"
	"fmt"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/figure"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/reach"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options are the services that calls are kept by. All are required.
type Options struct {
	Calls    *campaign.Service
	Audience *audience.Service
	Reach    *reach.Service
	Answers  *answers.Service
	People   *people.Service
	Planner  *notify.Planner
	Board    *notify.Board
	Desk     *desk.Service
	Store    storage.Store
}

// office is the area: its pages with what they ask.
type office struct{ Options }

// Where the area begins.
const (
	root         = page.Root + "/calls"
	campaignRoot = page.Root + "/campaigns"
)

// Add adds the pages to a site.
func Add(site *page.Site, opt Options) {
	o := &office{opt}
	for pattern, h := range map[string]page.Handler{
		"GET " + root:                          o.list,
		"GET " + root + "/new":                 o.compose,
		"POST " + root + "/new":                o.create,
		"POST " + root + "/size":               o.size,
		"POST " + root + "/sms":                o.sms,
		"GET " + root + "/frequency":           o.frequency,
		"GET " + campaignRoot:                  o.campaigns,
		"GET " + campaignRoot + "/new":         o.newCampaign,
		"POST " + campaignRoot + "/new":        o.createCampaign,
		"GET " + campaignRoot + "/{id}":        o.campaign,
		"POST " + campaignRoot + "/{id}":       o.editCampaign,
		"GET " + campaignRoot + "/{id}/close":  o.closingCampaign,
		"POST " + campaignRoot + "/{id}/close": o.closeCampaign,
		"GET " + root + "/{id}":                o.show,
		"GET " + root + "/{id}/edit":           o.edit,
		"POST " + root + "/{id}/edit":          o.save,
		"GET " + root + "/{id}/send":           o.confirm,
		"POST " + root + "/{id}/send":          o.send,
		"POST " + root + "/{id}/propose":       o.propose,
		"GET " + root + "/{id}/cancel":         o.ending("cancel"),
		"POST " + root + "/{id}/cancel":        o.end("cancel"),
		"GET " + root + "/{id}/close":          o.ending("close"),
		"POST " + root + "/{id}/close":         o.end("close"),
		"POST " + root + "/{id}/test":          o.test,
		"POST " + root + "/{id}/copy":          o.copy,
		"POST " + root + "/{id}/resume":        o.resume,
		"GET " + root + "/{id}/reach":          o.reach,
		"GET " + root + "/{id}/answers":        o.answers,
		"POST " + root + "/{id}/check-in":      o.checkIn,
		"GET " + root + "/{id}/unreached":      o.unreached,
		"POST " + root + "/{id}/unreached":     o.export,
	} {
		site.Handle(pattern, page.Staff, h)
	}
}

// at is the address of a call, or of something of it.
func at(id syncproto.ID, of string) string {
	if of != "" {
		of = "/" + of
	}
	return root + "/" + string(id) + of
}

// shown writes a figure of people: a number, "<5", or "…" for one that is kept back.
func shown(r *page.Request, f figure.Figure) string {
	if f.Kind == figure.Told {
		return page.Number(r.Lang, f.N)
	}
	return f.String()
}

// named are the names of units or people; an id without a name shows its end.
func named(refs []campaign.Ref) []string {
	out := make([]string, len(refs))
	for i, ref := range refs {
		out[i] = nameOf(ref)
	}
	return out
}

func nameOf(ref campaign.Ref) string {
	if ref.Name != "" {
		return ref.Name
	}
	return "…" + string(ref.ID)[max(0, len(ref.ID)-8):]
}

// titleOf is what a call is called: a draft may have no words yet.
func titleOf(r *page.Request, title string) string {
	if title != "" {
		return title
	}
	return r.T("frame.untitled")
}

// told is a flash of the area.
func told(key string, pairs ...any) *page.Flash {
	f := &page.Flash{Key: "calls." + key}
	for _, p := range pairs {
		f.Args = append(f.Args, fmt.Sprint(p))
	}
	return f
}

// read returns the call that a path names.
func (o *office) read(ctx context.Context, r *page.Request) (*campaign.Call, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	return o.Calls.Show(ctx, r.People(), id)
}
