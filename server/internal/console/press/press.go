package press

import (
	"context"
	"net/url"
	"slices"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/press"
	"lantoa/syncproto"
)

// Options are the services that the pages ask.
type Options struct {
	Press *press.Service
}

type area struct{ opt Options }

// Add adds the pages to a site.
func Add(site *page.Site, o Options) {
	a := &area{o}
	site.Handle("GET "+page.Root+"/items/{id}/press", page.Staff, a.show)
	site.Handle("GET "+page.Root+"/items/{id}/press-kit.zip", page.Staff, a.kit)
}

// view is what the page draws.
type view struct {
	*press.Sheet
	Use    string // for which photos are shown and a kit is offered
	Uses   []use
	Link   string
	Web    string
	HTML   string
	Post   press.Post
	Shown  string // of the post, before it is folded
	Folded string
	SMS    string
	Script press.Script
	Minute int64 // of the script, begun ones too
	Photos []photo
	Given  int // photos that may be used so
}

type use struct {
	Name    string
	Blocked []syncproto.Code
	Given   int
}

// photo is one photo with what keeps it from the use.
type photo struct {
	press.Photo
	Place int
	Lacks []syncproto.Code
}

// maxLink bounds the address that goes into texts.
const maxLink = 500

// maxTitle is what a tab shows of a title, in letters.
const maxTitle = 60

func pathOf(id syncproto.ID) string { return page.Root + "/items/" + string(id) + "/press" }

// show draws every rendition of a submission.
func (a *area) show(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	sheet, err := a.opt.Press.Look(ctx, r.Desk(), id)
	if err != nil {
		return nil, err
	}
	if sheet.ID != id {
		return page.Redirect{To: pathOf(sheet.ID)}, nil
	}
	v := &view{Sheet: sheet, Use: r.Text("use"), Link: link(r)}
	if !slices.Contains(press.Uses(), v.Use) {
		v.Use = press.Uses()[0]
	}
	answer := page.View{Name: "press/show", Title: r.T("press.title", "title", page.Clip(sheet.Title, maxTitle)), Area: "queue", Data: v}
	if !sheet.Ready {
		return answer, nil
	}
	web := sheet.Web(syncproto.UsePublish)
	v.Web, v.HTML = web.Text(), web.HTML()
	v.Post, v.SMS, v.Script = sheet.Facebook(v.Link), sheet.SMS(v.Link), sheet.Loudspeaker()
	v.Shown, v.Folded = v.Post.Parts()
	v.Minute = int64((v.Script.Time + time.Minute - 1) / time.Minute)
	for i := range sheet.Photos {
		lacks := sheet.Photos[i].Lacks[v.Use]
		v.Photos = append(v.Photos, photo{Photo: sheet.Photos[i], Place: i + 1, Lacks: lacks})
		if len(lacks) == 0 {
			v.Given++
		}
	}
	for _, name := range press.Uses() {
		one := use{Name: name, Blocked: sheet.Blocked[name]}
		for i := range sheet.Photos {
			if sheet.Photos[i].For(name) {
				one.Given++
			}
		}
		v.Uses = append(v.Uses, one)
	}
	return answer, nil
}

// kit gives a kit as it is made.
func (a *area) kit(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	ask := press.KitAsk{ID: id, Use: r.Text("use"), Originals: r.Text("originals") == "yes", Link: link(r)}
	if ask.Use == "" {
		ask.Use = syncproto.UsePress
	}
	kit, err := a.opt.Press.Kit(ctx, r.Desk(), ask)
	switch syncproto.CodeOf(err) {
	case syncproto.CodeWrongState, syncproto.CodeConsentMissing: // the page says why
		return page.Redirect{To: page.At(pathOf(id), "use", ask.Use, "link", ask.Link), Flash: &page.Flash{Key: "press.refused", Bad: true}}, nil
	}
	if err != nil {
		return nil, err
	}
	return page.File{Name: kit.Name, Type: "application/zip", Write: kit.WriteTo}, nil
}

// link reads the address where a piece stands on the web; what is none is left out.
func link(r *page.Request) string {
	text := r.Text("link")
	at, err := url.Parse(text)
	if err != nil || len(text) > maxLink || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return ""
	}
	return text
}
