package httpapi

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/people"
	"lantoa/storage"
)

// factBytes bounds what is said of one fact.
const factBytes = 4 << 10

// factRoutes are what people told of themselves: for themselves, and for staff who may call them.
func (a *API) factRoutes() {
	a.route(fiber.MethodGet, "/v1/me/facts", a.ownFacts)
	a.route(fiber.MethodPut, "/v1/me/facts/:name", a.setOwnFact)
	a.route(fiber.MethodDelete, "/v1/me/facts", a.dropOwnFact)
	a.route(fiber.MethodDelete, "/v1/me/facts/:name", a.dropOwnFact)
	if a.cfg.Staff == nil {
		return
	}
	a.route(fiber.MethodGet, "/v1/staff/facts", a.factStatus)
	a.route(fiber.MethodGet, "/v1/people/:id/facts", a.facts)
	a.route(fiber.MethodPut, "/v1/people/:id/facts/:name", a.setFact)
	a.route(fiber.MethodDelete, "/v1/people/:id/facts", a.dropFact)
	a.route(fiber.MethodDelete, "/v1/people/:id/facts/:name", a.dropFact)
	a.route(fiber.MethodGet, "/v1/people/:id/tags", a.tagsOf)
	a.route(fiber.MethodPut, "/v1/people/:id/tags", a.setTags)
	a.route(fiber.MethodGet, "/v1/tags", a.tags)
	a.route(fiber.MethodPost, "/v1/tags/import", a.importTags)
}

// ownFacts tells a phone what its person told.
func (a *API) ownFacts(c *fiber.Ctx) error {
	return a.onOwnFacts(c, nil, func(ctx context.Context, device *storage.Device, _ string) (any, error) {
		list, err := a.cfg.Audience.OwnFacts(ctx, device)
		return map[string]any{"facts": notNil(list)}, err
	})
}

// setOwnFact keeps what somebody tells of themselves, if they agree.
func (a *API) setOwnFact(c *fiber.Ctx) error {
	var in struct {
		Value   string `json:"value"`
		Consent bool   `json:"consent"`
	}
	return a.onOwnFacts(c, &in, func(ctx context.Context, device *storage.Device, name string) (any, error) {
		return nil, a.cfg.Audience.SetOwn(ctx, device, name, in.Value, in.Consent)
	})
}

// dropOwnFact forgets one, or all.
func (a *API) dropOwnFact(c *fiber.Ctx) error {
	return a.onOwnFacts(c, nil, func(ctx context.Context, device *storage.Device, name string) (any, error) {
		return nil, a.cfg.Audience.DropOwn(ctx, device, name)
	})
}

func (a *API) onOwnFacts(c *fiber.Ctx, into any, do func(ctx context.Context, device *storage.Device, name string) (any, error)) error {
	device, err := a.device(c)
	if err != nil {
		return err
	}
	if p := a.params(c); p.err != nil {
		return p.err
	}
	if into != nil {
		if err := a.decode(c, factBytes, into); err != nil {
			return err
		}
	}
	ctx, cancel := a.work()
	defer cancel()
	answer, err := do(ctx, device, pathText(c, "name"))
	if err != nil {
		return err
	}
	if answer == nil {
		return done(c)
	}
	return a.sendJSON(c, answer)
}

// factStatus tells whoever runs the server whether facts can be read.
func (a *API) factStatus(c *fiber.Ctx) error {
	return a.staff(c, func(ctx context.Context, by people.Actor) (any, error) { return a.cfg.Audience.Status(ctx, by) })
}

// facts shows what a person told, and writes down who looked.
func (a *API) facts(c *fiber.Ctx) error {
	by, id, err := a.actorOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, err := a.cfg.Audience.Facts(ctx, by, id)
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"facts": notNil(list)})
}

// setFact keeps what a person told staff, with how they agreed.
func (a *API) setFact(c *fiber.Ctx) error {
	var in struct {
		Value  string `json:"value"`
		How    string `json:"how"`
		Agreed int64  `json:"agreed"`
	}
	by, id, err := a.actorOnWith(c, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	t := audience.Telling{Name: pathText(c, "name"), Value: in.Value, How: in.How, Agreed: in.Agreed}
	if err := a.cfg.Audience.Set(ctx, by, id, t); err != nil {
		return err
	}
	return done(c)
}

// dropFact forgets one, or all, of a person who withdrew their consent.
func (a *API) dropFact(c *fiber.Ctx) error {
	by, id, err := a.actorOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.Audience.Drop(ctx, by, id, pathText(c, "name")); err != nil {
		return err
	}
	return done(c)
}

// tagsOf shows the tags of a person.
func (a *API) tagsOf(c *fiber.Ctx) error {
	by, id, err := a.actorOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	tags, err := a.cfg.Audience.TagsOf(ctx, by, id)
	if err != nil {
		return err
	}
	return a.sendJSON(c, tags)
}

// setTags replaces them.
func (a *API) setTags(c *fiber.Ctx) error {
	var in audience.Tagged
	by, id, err := a.actorOnWith(c, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.Audience.SetTags(ctx, by, id, in); err != nil {
		return err
	}
	return done(c)
}

// tags lists all words by which people are chosen.
func (a *API) tags(c *fiber.Ctx) error {
	return a.staff(c, func(ctx context.Context, by people.Actor) (any, error) {
		list, err := a.cfg.Audience.Tags(ctx, by)
		return map[string]any{"tags": notNil(list)}, err
	})
}

// importTags takes a list of tags and facts.
func (a *API) importTags(c *fiber.Ctx) error {
	return a.table(c, "people", func(ctx context.Context, by people.Actor, table []byte, dryRun bool) (any, error) {
		list, err := a.cfg.Audience.Import(ctx, by, table, dryRun)
		return notNil(list), err
	})
}
