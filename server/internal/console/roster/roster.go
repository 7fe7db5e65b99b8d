package roster

import (
	"context"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// Options are the services that these pages ask. All but Origin are required.
type Options struct {
	People   *people.Service
	Enroll   *enroll.Service
	Staff    *staff.Service
	Audience *audience.Service
	Desk     *desk.Service
	Origin   string // where phones and browsers find the server, "" for where the request went
}

type area struct{ Options }

// Add adds the pages of units, people, invitations and the board.
func Add(site *page.Site, o Options) {
	a := &area{o}
	const units, persons = page.Root + "/units", page.Root + "/people"
	tables := page.Limit(people.MaxTableBytes + 64<<10)

	site.Handle("GET "+units, page.Staff, a.units)
	site.Handle("GET "+units+"/change", page.Staff, a.change)
	site.Handle("POST "+units+"/change", page.Staff, a.change)
	site.Handle("GET "+units+"/import", page.Staff, a.unitTable)
	site.Handle("POST "+units+"/import", page.Staff, a.importUnits, tables)
	site.Handle("GET "+units+"/{id}", page.Staff, a.unit)
	site.Handle("POST "+units+"/{id}/settings", page.Staff, a.setUnit)

	site.Handle("GET "+persons, page.Staff, a.people)
	site.Handle("GET "+persons+"/new", page.Staff, a.newPerson)
	site.Handle("POST "+persons+"/new", page.Staff, a.addPerson)
	site.Handle("GET "+persons+"/import", page.Staff, a.personTable)
	site.Handle("POST "+persons+"/import", page.Staff, a.importPeople, tables)
	site.Handle("GET "+persons+"/{id}", page.Staff, a.person)
	site.Handle("POST "+persons+"/{id}/do", page.Staff, a.onPerson)
	site.Handle("GET "+persons+"/{id}/close", page.Staff, a.askClose)
	site.Handle("POST "+persons+"/{id}/close", page.Staff, a.closePerson)
	site.Handle("GET "+persons+"/{id}/revoke", page.Staff, a.askRevoke)
	site.Handle("POST "+persons+"/{id}/revoke", page.Staff, a.revoke)
	site.Handle("POST "+persons+"/{id}/link", page.Staff, a.link)
	site.Handle("GET "+persons+"/{id}/facts", page.Staff, a.facts)
	site.Handle("POST "+persons+"/{id}/facts", page.Staff, a.setFact)

	site.Handle("GET "+page.Root+"/invites", page.Staff, a.invites)
	site.Handle("POST "+page.Root+"/invites", page.Staff, a.invite)
	site.Handle("GET "+page.Root+"/board", page.Staff, a.board)
}

// option is one choice of a select.
type option = map[string]any

// governed are the units over which whoever asks may change people: the topmost ones, none for whoever runs the server,
// who governs all.
func governed(r *page.Request) (units []syncproto.ID, all bool) {
	if r.Has(syncproto.RoleOperator) {
		return nil, true
	}
	for _, g := range r.Me().Grants {
		if g.Role == syncproto.RoleAdmin {
			units = append(units, g.Unit)
		}
	}
	return units, false
}

// within is the unit that a list is about: the one that was asked for, else the one that its reader governs; "" for all.
func within(r *page.Request, name string) syncproto.ID {
	if id := r.ID(name); id != "" {
		return id
	}
	units, all := governed(r)
	if all || len(units) == 0 {
		return ""
	}
	return units[0]
}

// day reads a date from which something holds. What holds from today on holds from now on: the day has begun.
func day(r *page.Request, name string) int64 {
	at := r.Time(name)
	if at != 0 && sameDay(at, r.Now.UnixMilli()) {
		return 0
	}
	return at
}

func sameDay(a, b int64) bool {
	return dayOf(a) == dayOf(b)
}

// dayOf writes a moment as a field of type date wants it, "" for 0.
func dayOf(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(page.Zone).Format(time.DateOnly)
}

// waiting counts what waits in the inbox of desks for somebody to adopt it, by unit. Whoever has no desk sees none.
func (a *area) waiting(ctx context.Context, r *page.Request, unit syncproto.ID) (n int) {
	if !r.Has(syncproto.RoleEditor, syncproto.RoleAdmin) {
		return 0
	}
	counters, err := a.Desk.Counters(ctx, r.Desk(), unit)
	if err != nil {
		return 0 // no desk of theirs: the count is only a hint
	}
	return counters.States[syncproto.StateUnclaimed]
}
