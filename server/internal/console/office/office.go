package office

import (
	"context"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/media"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/storage"
)

// Options are the services that the pages ask. Those of the server's page may be nil.
type Options struct {
	Privacy  *privacy.Service
	People   *people.Service
	Desk     *desk.Service
	Audience *audience.Service
	Planner  *notify.Planner
	Push     *notify.Board
	Media    *media.Service
	Store    storage.Store
	Ready    func(context.Context) error  // nil for always
	Note     func(context.Context) string // "" for nothing to tell
	Phones   func() int                   // how many are connected now
	Backup   func() (Backup, error)       // the newest that lies beside the database
	Version  string
}

// Backup is the newest copy of the database that the server knows of. At is Unix ms, 0 for none.
type Backup struct {
	At    int64
	Bytes int64
	Name  string
	Count int
}

type area struct {
	opt    Options
	access people.Cache
}

// Add adds the pages to a site.
func Add(site *page.Site, o Options) {
	a := &area{opt: o}
	a.addCases(site)
	a.addAudit(site)
	a.addServer(site)
}
