package office

import (
	"context"
	"slices"
	"strings"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/media"
	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/syncproto"
)

const serverRoot = page.Root + "/server"

func (a *area) addServer(site *page.Site) {
	site.Handle("GET "+serverRoot, page.Staff, a.server)
	site.Handle("POST "+serverRoot+"/resume", page.Staff, a.resume)
}

// serverView is what the page of the server draws.
type serverView struct {
	Ready    bool
	Why      syncproto.Code // it is not
	Note     string
	Version  string
	Phones   int
	Counted  bool // the phones
	Media    media.Totals
	Push     *notify.Picture
	Services []service
	Waiting  []waiting
	Paused   []paused
	Phonings []registered
	Facts    audience.Status
	FactsOK  string // a badge
	Backup   Backup
	Age      string // a badge of how old it is
}

// service is one push service with how it is judged.
type service struct {
	notify.ServicePicture
	State   string
	Badge   string
	Results []result
}

type result struct {
	Name  string
	Count int64
}

type waiting struct {
	Class  string
	Count  int64
	Oldest int64
}

// paused is what waits for somebody to look why its messages are refused.
type paused struct {
	Intent int64
	Name   string
	To     string // the call or the item; "" for neither
	Record syncproto.ID
}

type registered struct {
	Name  string
	Count int64
}

// server shows whoever runs the server how it stands. It looks, and changes nothing.
func (a *area) server(ctx context.Context, r *page.Request) (page.Answer, error) {
	if !r.Has(syncproto.RoleOperator) {
		return nil, syncproto.E(syncproto.CodeForbidden, "look at server", nil)
	}
	picture, err := a.opt.Push.Look(ctx, r.People(), r.Lang)
	if err != nil {
		return nil, err
	}
	v := &serverView{Ready: true, Version: a.opt.Version, Push: picture, Media: a.opt.Media.Totals()}
	if v.Facts, err = a.opt.Audience.Status(ctx, r.People()); err != nil {
		return nil, err
	}
	v.FactsOK = factBadge(v.Facts)
	if a.opt.Ready != nil {
		if err := a.opt.Ready(ctx); err != nil {
			v.Ready, v.Why = false, syncproto.CodeOf(err)
		}
	}
	if a.opt.Note != nil {
		v.Note = a.opt.Note(ctx)
	}
	if a.opt.Phones != nil {
		v.Phones, v.Counted = a.opt.Phones(), true
	}
	if a.opt.Backup != nil {
		if v.Backup, err = a.opt.Backup(); err != nil {
			return nil, syncproto.E(syncproto.CodeUnavailable, "look at backups", err)
		}
		v.Age = backupBadge(v.Backup, r.Now.UnixMilli())
	}
	v.Paused = pausedOf(r, picture)
	v.Services, v.Waiting, v.Phonings = servicesOf(picture), waitingOf(picture), registeredOf(r, picture)
	return page.View{Name: "office/server", Title: r.T("office.server"), Area: "server", Data: v}, nil
}

func factBadge(s audience.Status) string {
	switch {
	case s.Unreadable > 0:
		return "bad"
	case !s.Key && s.Facts == 0:
		return "calm"
	case !s.Key:
		return "bad"
	}
	return "good"
}

// A backup is a day old in an office that makes one each night; after a week something stopped.
func backupBadge(b Backup, now int64) string {
	switch age := now - b.At; {
	case b.At == 0 || age > 7*dayLong:
		return "bad"
	case age > 2*dayLong:
		return "warn"
	}
	return "good"
}

func servicesOf(p *notify.Picture) (list []service) {
	for _, s := range p.Services {
		one := service{ServicePicture: s, State: s.Breaker, Badge: "good"}
		switch {
		case !s.Ready:
			one.State, one.Badge = "off", "calm"
		case s.Paused > p.At:
			one.State, one.Badge = "paused", "warn"
		case s.Breaker == "open":
			one.Badge = "bad"
		case s.Breaker != "closed":
			one.Badge = "warn"
		}
		for name, n := range s.Results {
			one.Results = append(one.Results, result{name, n})
		}
		slices.SortFunc(one.Results, func(a, b result) int { return compare(b.Count, a.Count, a.Name, b.Name) })
		list = append(list, one)
	}
	return list
}

func waitingOf(p *notify.Picture) (list []waiting) {
	for _, class := range storage.Classes() {
		if w, ok := p.Waiting[string(class)]; ok {
			list = append(list, waiting{string(class), w.Count, w.Oldest})
		}
	}
	return list
}

// pausedOf names what is paused: a call by its kind, anything else by the notice that it is.
func pausedOf(r *page.Request, p *notify.Picture) (list []paused) {
	for _, one := range p.Paused {
		row := paused{Intent: one.Intent, Name: one.Kind, Record: one.Record}
		call, notice := "call.kind_"+one.Kind, "notice."+one.Kind
		switch {
		case r.T(call) != call:
			row.Name, row.To = r.T("kind.call")+": "+r.T(call), page.Root+"/calls/"+string(one.Record)
		case r.T(notice) != notice:
			row.Name, row.To = r.T(notice), page.Root+"/items/"+string(one.Record)
		}
		if one.Record == "" {
			row.To = ""
		}
		list = append(list, row)
	}
	return list
}

func registeredOf(r *page.Request, p *notify.Picture) (list []registered) {
	for name, n := range p.Registrations {
		list = append(list, registered{phoning(r, name), n})
	}
	slices.SortFunc(list, func(a, b registered) int { return compare(b.Count, a.Count, a.Name, b.Name) })
	return list
}

// phoning names what phones are registered with, "fcm/android", or why they no longer are, "retired/unregistered".
func phoning(r *page.Request, name string) string {
	service, rest, _ := strings.Cut(name, "/")
	if service == "retired" {
		if key := "office.retired_" + rest; r.T(key) != key {
			return r.T(key)
		}
		return r.T("office.retired", "code", rest)
	}
	if key := "office.platform_" + rest; r.T(key) != key {
		rest = r.T(key)
	}
	if key := "office.service_" + service; r.T(key) != key {
		service = r.T(key)
	}
	return service + " · " + rest
}

func compare(more, less int64, a, b string) int {
	switch {
	case more > less:
		return 1
	case more < less:
		return -1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// resume lets what was paused because too many of its messages were refused go on.
func (a *area) resume(ctx context.Context, r *page.Request) (page.Answer, error) {
	intent := r.Number("intent")
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := a.opt.Push.Resume(ctx, r.People(), intent); err != nil {
		return nil, err
	}
	return page.Redirect{To: serverRoot, Flash: &page.Flash{Key: "office.resumed"}}, nil
}
