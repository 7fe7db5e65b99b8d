package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Bounds of what staff send about units and people.
const (
	maxChangesBytes = 1 << 20
	maxPersonBytes  = 16 << 10
)

// peopleRoutes lists what keeps the organisation: its units, its people and their phones.
func (a *API) peopleRoutes() {
	a.route(fiber.MethodGet, "/v1/units", a.units)
	a.route(fiber.MethodPost, "/v1/units", a.createUnit)
	a.route(fiber.MethodGet, "/v1/units/tree", a.unitTree)
	a.route(fiber.MethodPost, "/v1/units/changes", a.changeUnits)
	a.route(fiber.MethodPost, "/v1/units/import", a.importUnits)
	a.route(fiber.MethodPut, "/v1/units/:id/settings", a.setUnit)
	a.route(fiber.MethodGet, "/v1/people", a.people)
	a.route(fiber.MethodPost, "/v1/people", a.addPerson)
	a.route(fiber.MethodPost, "/v1/people/import", a.importPeople)
	a.route(fiber.MethodGet, "/v1/people/:id", a.person)
	a.route(fiber.MethodPatch, "/v1/people/:id", a.editPerson)
	a.route(fiber.MethodPost, "/v1/people/:id/suspend", a.suspendPerson)
	a.route(fiber.MethodPost, "/v1/people/:id/resume", a.resumePerson)
	a.route(fiber.MethodPost, "/v1/people/:id/close", a.closePerson)
	a.route(fiber.MethodPost, "/v1/people/:id/move", a.movePerson)
	a.route(fiber.MethodPost, "/v1/people/:id/grants", a.giveGrant)
	a.route(fiber.MethodDelete, "/v1/people/:id/grants/:grant", a.endGrant)
	a.route(fiber.MethodPost, "/v1/invites", a.invite)
	a.route(fiber.MethodPost, "/v1/invites/sheet", a.inviteSheet)
	a.route(fiber.MethodGet, "/v1/board", a.board)
	a.route(fiber.MethodDelete, "/v1/devices/:id", a.revokeDevice)
}

// actor returns who asks for something about units and people.
func (a *API) actor(c *fiber.Ctx) (people.Actor, error) {
	who, err := a.identity(c)
	if err != nil {
		return people.Actor{}, err
	}
	return people.Actor{Person: who.Person, Device: who.Device}, nil
}

// actorWith returns who asks, and reads what they send.
func (a *API) actorWith(c *fiber.Ctx, limit int, into any) (people.Actor, error) {
	by, err := a.actor(c)
	if err == nil {
		err = a.params(c).err
	}
	if err == nil {
		err = a.decode(c, limit, into)
	}
	return by, err
}

// done answers where there is nothing to tell.
func done(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) }

// units lists units at a date.
func (a *API) units(c *fiber.Ctx) error { return a.showUnits(c, a.cfg.People.UnitsAt) }

// unitTree gives the tree at a date.
func (a *API) unitTree(c *fiber.Ctx) error { return a.showUnits(c, a.cfg.People.TreeAt) }

// createUnit adds one unit.
func (a *API) createUnit(c *fiber.Ctx) error {
	var in struct {
		Name   string       `json:"name"`
		Level  string       `json:"level"`
		Parent syncproto.ID `json:"parent"`
		Unit   syncproto.ID `json:"unit"`
		At     int64        `json:"at"`
	}
	by, err := a.actorWith(c, maxPersonBytes, &in)
	if err != nil {
		return err
	}
	change := people.UnitChange{Act: people.ActCreate, Unit: in.Unit, Name: in.Name, Level: in.Level, Parent: in.Parent, At: in.At}
	return a.reorganise(c, by, []people.UnitChange{change}, false)
}

// changeUnits makes a reorganisation, or shows what it would do.
func (a *API) changeUnits(c *fiber.Ctx) error {
	var in struct {
		Changes []people.UnitChange `json:"changes"`
		DryRun  bool                `json:"dry_run"`
	}
	by, err := a.actorWith(c, maxChangesBytes, &in)
	if err != nil {
		return err
	}
	return a.reorganise(c, by, in.Changes, in.DryRun)
}

// effects is the answer to changes of units.
type effects struct {
	DryRun  bool            `json:"dry_run"`
	Effects []people.Effect `json:"effects"`
}

func (a *API) reorganise(c *fiber.Ctx, by people.Actor, changes []people.UnitChange, dryRun bool) error {
	ctx, cancel := a.work()
	defer cancel()
	list, err := a.cfg.People.Reorganise(ctx, by, changes, dryRun)
	if err != nil {
		return err
	}
	return a.sendJSON(c, effects{DryRun: dryRun, Effects: notNil(list)})
}

// importUnits takes a table of units.
func (a *API) importUnits(c *fiber.Ctx) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	p := a.params(c, "dry_run", "under", "at")
	dryRun, under, at := p.flag("dry_run"), p.id("under"), p.number("at")
	if p.err != nil {
		return p.err
	}
	table, err := a.bodyOf(c, people.MaxTableBytes, mimeCSV)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, err := a.cfg.People.ImportUnits(ctx, by, under, table, at, dryRun)
	if err != nil {
		return err
	}
	return a.sendJSON(c, effects{DryRun: dryRun, Effects: notNil(list)})
}

// setUnit stores what a unit decides for itself.
func (a *API) setUnit(c *fiber.Ctx) error {
	var in struct {
		OwnAllowed bool  `json:"own_allowed"`
		AlarmAfter int64 `json:"alarm_after"`
	}
	by, unit, err := a.actorOnWith(c, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	err = a.cfg.People.Set(ctx, by, storage.UnitSetting{Unit: unit, OwnAllowed: in.OwnAllowed, AlarmAfter: in.AlarmAfter})
	if err != nil {
		return err
	}
	return done(c)
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
