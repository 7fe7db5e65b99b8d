package httpapi

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// callBytes bounds the body of a call: texts in two languages and a predicate.
const callBytes = 128 << 10

// callRoutes lists what officers ask about campaigns and calls.
func (a *API) callRoutes() {
	a.route(fiber.MethodGet, "/v1/campaigns", a.campaigns)
	a.route(fiber.MethodPost, "/v1/campaigns", a.createCampaign)
	a.route(fiber.MethodGet, "/v1/campaigns/:id", a.campaign)
	a.route(fiber.MethodPut, "/v1/campaigns/:id", a.editCampaign)
	a.route(fiber.MethodPost, "/v1/campaigns/:id/close", a.closeCampaign)
	a.route(fiber.MethodGet, "/v1/calls", a.calls)
	a.route(fiber.MethodPost, "/v1/calls", a.createCall)
	a.route(fiber.MethodPost, "/v1/calls/preview", a.previewAudience)
	a.route(fiber.MethodGet, "/v1/calls/:id", a.call)
	a.route(fiber.MethodPut, "/v1/calls/:id", a.editCall)
	a.route(fiber.MethodPost, "/v1/calls/:id/preview", a.previewCall)
	a.route(fiber.MethodPost, "/v1/calls/:id/propose", a.proposeCall)
	a.route(fiber.MethodPost, "/v1/calls/:id/send", a.sendCall)
	a.route(fiber.MethodPost, "/v1/calls/:id/cancel", a.cancelCall)
	a.route(fiber.MethodPost, "/v1/calls/:id/close", a.closeCall)
	a.route(fiber.MethodPost, "/v1/calls/:id/test", a.testCall)
	a.route(fiber.MethodPost, "/v1/calls/:id/copy", a.copyCall)
	a.route(fiber.MethodGet, "/v1/calls/:id/progress", a.progressOfCall)
}

// onCall reads what is sent about the call or campaign in the path, and answers with what is done to it. into is nil for
// what has no body.
func (a *API) onCall(c *fiber.Ctx, into any, do func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error)) error {
	return onThing(a, c, a.actor, callBytes, into, do)
}

// calls lists calls, the newest first.
func (a *API) calls(c *fiber.Ctx) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	p := a.params(c, "campaign", "state", "from")
	f := campaign.Filter{Campaign: p.id("campaign"), States: names[storage.CallState](p.list("state")), From: p.id("from")}
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	page, err := a.cfg.Calls.List(ctx, by, f)
	if err != nil {
		return err
	}
	return a.sendJSON(c, page)
}

// createCall makes a draft.
func (a *API) createCall(c *fiber.Ctx) error {
	var d campaign.Draft
	by, err := a.actorWith(c, callBytes, &d)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	made, err := a.cfg.Calls.Create(ctx, by, &d)
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	return a.sendJSON(c, made)
}

// call shows a call.
func (a *API) call(c *fiber.Ctx) error {
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Show(ctx, by, id)
	})
}

// editCall replaces what a call says.
func (a *API) editCall(c *fiber.Ctx) error {
	var d campaign.Draft
	return a.onCall(c, &d, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Edit(ctx, by, id, &d)
	})
}

// copyCall makes a draft of a call.
func (a *API) copyCall(c *fiber.Ctx) error {
	var how campaign.Copying
	return a.onCall(c, &how, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		made, err := a.cfg.Calls.Copy(ctx, by, id, how)
		if err == nil {
			c.Status(fiber.StatusCreated)
		}
		return made, err
	})
}
