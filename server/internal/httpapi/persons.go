package httpapi

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// mimeCSV is what tables are sent as.
const mimeCSV = "text/csv"

// showUnits answers with the units at a date. Everybody who signs in may see them.
func (a *API) showUnits(c *fiber.Ctx, list func(context.Context, int64) ([]people.Shown, error)) error {
	if _, err := a.actor(c); err != nil {
		return err
	}
	p := a.params(c, "at")
	at := p.number("at")
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	units, err := list(ctx, at)
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"units": notNil(units)})
}

// people lists people below a unit.
func (a *API) people(c *fiber.Ctx) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	p := a.params(c, "unit", "q", "closed", "from", "limit")
	ask := people.Listing{
		Unit: p.id("unit"), Query: p.text("q"), Closed: p.flag("closed"), From: p.text("from"), Limit: int(p.number("limit")),
	}
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	page, err := a.cfg.People.List(ctx, by, ask)
	if err != nil {
		return err
	}
	return a.sendJSON(c, page)
}

// addPerson adds somebody with a first role.
func (a *API) addPerson(c *fiber.Ctx) error {
	var in struct {
		Name  string         `json:"name"`
		Phone string         `json:"phone"`
		Unit  syncproto.ID   `json:"unit"`
		Role  syncproto.Role `json:"role"`
	}
	by, err := a.actorWith(c, maxPersonBytes, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	person, grant, err := a.cfg.People.AddPerson(ctx, by, people.NewPerson{Name: in.Name, Phone: in.Phone, Unit: in.Unit, Role: in.Role})
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"id": person.ID, "grant": grant.ID})
}

// person shows one person.
func (a *API) person(c *fiber.Ctx) error {
	by, id, err := a.actorOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	card, err := a.cfg.People.Look(ctx, by, id)
	if err != nil {
		return err
	}
	return a.sendJSON(c, card)
}

// actorOn returns who asks and what the path names, for what has nothing besides.
func (a *API) actorOn(c *fiber.Ctx) (by people.Actor, id syncproto.ID, err error) {
	if by, err = a.actor(c); err != nil {
		return by, "", err
	}
	if p := a.params(c); p.err != nil {
		return by, "", p.err
	}
	id, err = pathID(c, "id")
	return by, id, err
}

// actorOnWith is actorOn for a request that also sends something.
func (a *API) actorOnWith(c *fiber.Ctx, into any) (by people.Actor, id syncproto.ID, err error) {
	if by, err = a.actorWith(c, maxPersonBytes, into); err != nil {
		return by, "", err
	}
	id, err = pathID(c, "id")
	return by, id, err
}

// editPerson gives somebody another name or number. A member that is not there leaves what is.
func (a *API) editPerson(c *fiber.Ctx) error {
	var in struct {
		Name  *string `json:"name"`
		Phone *string `json:"phone"`
	}
	by, id, err := a.actorOnWith(c, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.People.Edit(ctx, by, id, in.Name, in.Phone); err != nil {
		return err
	}
	return done(c)
}

// importPeople takes a list of people.
func (a *API) importPeople(c *fiber.Ctx) error {
	return a.table(c, "people", func(ctx context.Context, by people.Actor, table []byte, dryRun bool) (any, error) {
		list, err := a.cfg.People.ImportPeople(ctx, by, table, dryRun)
		return notNil(list), err
	})
}

// suspendPerson, resumePerson and closePerson change whether an account is in use.
func (a *API) suspendPerson(c *fiber.Ctx) error { return a.onPerson(c, a.cfg.People.Suspend) }
func (a *API) resumePerson(c *fiber.Ctx) error  { return a.onPerson(c, a.cfg.People.Resume) }
func (a *API) closePerson(c *fiber.Ctx) error   { return a.onPerson(c, a.cfg.People.Close) }

func (a *API) onPerson(c *fiber.Ctx, act func(context.Context, people.Actor, syncproto.ID) error) error {
	by, id, err := a.actorOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := act(ctx, by, id); err != nil {
		return err
	}
	return done(c)
}

// movePerson moves somebody to another unit.
func (a *API) movePerson(c *fiber.Ctx) error {
	var in struct {
		From syncproto.ID `json:"from"`
		To   syncproto.ID `json:"to"`
		At   int64        `json:"at"`
	}
	by, id, err := a.actorOnWith(c, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.People.Move(ctx, by, id, in.From, in.To, in.At); err != nil {
		return err
	}
	return done(c)
}

// giveGrant gives somebody a role.
func (a *API) giveGrant(c *fiber.Ctx) error {
	var in struct {
		Unit  syncproto.ID   `json:"unit"`
		Role  syncproto.Role `json:"role"`
		From  int64          `json:"from"`
		Until int64          `json:"until"`
	}
	by, id, err := a.actorOnWith(c, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	g, err := a.cfg.People.Give(ctx, by, syncproto.Grant{Person: id, Unit: in.Unit, Role: in.Role, From: in.From, Until: in.Until})
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"grant": g.ID, "from": g.From})
}

// endGrant ends a role.
func (a *API) endGrant(c *fiber.Ctx) error {
	by, id, err := a.actorOn(c)
	if err != nil {
		return err
	}
	grant, err := pathID(c, "grant")
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.People.Take(ctx, by, id, grant); err != nil {
		return err
	}
	return done(c)
}
