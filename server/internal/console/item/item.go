package item

import (
	"context"
	"net/http"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Options are the services that the pages of a submission use. Both are required.
type Options struct {
	Desk    *desk.Service
	Uploads Uploads
}

// Add adds the pages of a submission to a site.
func Add(site *page.Site, o Options) {
	a := &area{opt: o}
	const root = page.Root + "/items/{id}"
	site.Handle("GET "+root, page.Staff, a.show)
	site.Handle("GET "+root+"/do/{command}", page.Staff, a.ask)
	site.Handle("POST "+root+"/do", page.Staff, a.do)
	site.Handle("GET "+root+"/parts/{part}/do/{command}", page.Staff, a.ask)
	site.Handle("POST "+root+"/notes", page.Staff, a.note)
	site.Handle("POST "+root+"/notes/{note}", page.Staff, a.settle)
	site.Handle("GET "+root+"/edit", page.Staff, a.edit)
	site.Handle("POST "+root+"/edit", page.Staff, a.save)
	site.Handle("GET "+root+"/parts/{part}/edit", page.Staff, a.edit)
	site.Handle("POST "+root+"/parts/{part}/edit", page.Staff, a.save)
	site.Handle("GET "+root+"/photos/{photo}", page.Staff, a.picture)
	site.Handle("POST "+root+"/photos/{photo}", page.Staff, a.describe)
	site.Handle("GET "+root+"/consents", page.Staff, a.agreeing)
	site.Handle("POST "+root+"/consents", page.Staff, a.agree, maxEvidence)
	site.Handle("POST "+root+"/consents/{consent}/evidence", page.Staff, a.prove, maxEvidence)
	site.Handle("GET "+root+"/consents/{consent}/withdraw", page.Staff, a.withdrawing)
	site.Handle("POST "+root+"/consents/{consent}/withdraw", page.Staff, a.withdraw)
	site.Handle("GET "+root+"/conflicts/{card}", page.Staff, a.conflict)
	site.Handle("POST "+root+"/conflicts/{card}", page.Staff, a.resolve)
	site.Handle("GET "+root+"/compare", page.Staff, a.compare)
	site.Handle("GET "+root+"/history", page.Staff, a.history)
}

type area struct{ opt Options }

// menuArea is the entry of the menu that the pages of a submission belong to.
const menuArea = "queue"

func pathOf(id syncproto.ID, more string) string { return page.Root + "/items/" + string(id) + more }

// show is a submission on a page of its own.
func (a *area) show(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	sheet, err := Load(ctx, r, a.opt.Desk, id)
	if err != nil {
		return nil, err
	}
	if sheet.ID != id { // of a photo or a note: the whole that it belongs to
		return page.Redirect{To: pathOf(sheet.ID, "")}, nil
	}
	return a.view(r, sheet), nil
}

// draw draws a page about a submission: anew, or with why what was sent from it was not done.
func (a *area) draw(ctx context.Context, r *page.Request, of func(*Sheet, *page.Request) (*page.View, error), why error) (page.Answer, error) {
	problem := r.Problem(why)
	if why != nil && problem == nil {
		return nil, why
	}
	sheet, err := a.load(ctx, r)
	if err != nil {
		return nil, err
	}
	view, err := of(sheet, r)
	if err != nil {
		return nil, err
	}
	if problem != nil {
		view.Problem, view.Status = problem, http.StatusConflict
	}
	return view, nil
}

func (a *area) view(r *page.Request, sheet *Sheet) *page.View {
	return &page.View{Name: "item/show", Title: sheet.heading(r), Area: menuArea, Data: sheet}
}
