package queue

import (
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
)

// root is where the queue stands.
const root = page.Root + "/queue"

// menuArea is its entry in the menu.
const menuArea = "queue"

// Options are the services that the queue uses. All are required.
type Options struct {
	Desk *desk.Service
}

type area struct{ desk *desk.Service }

// Add adds the pages of the queue to a site.
func Add(site *page.Site, o Options) {
	a := &area{desk: o.Desk}
	site.Handle("GET "+root, page.Staff, a.list)
	site.Handle("GET "+root+"/{id}", page.Staff, a.list)
	site.Handle("GET "+root+"/conflicts", page.Staff, a.conflicts)
	site.Handle("POST "+root+"/bulk", page.Staff, a.preview)
	site.Handle("POST "+root+"/bulk/do", page.Staff, a.do)
	site.Handle("POST "+root+"/bulk/undo", page.Staff, a.undo)
}
