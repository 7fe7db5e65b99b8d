package httpapi

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// campaigns lists campaigns, the newest first.
func (a *API) campaigns(c *fiber.Ctx) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	p := a.params(c, "from")
	from := p.id("from")
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	page, err := a.cfg.Calls.Campaigns(ctx, by, from)
	if err != nil {
		return err
	}
	return a.sendJSON(c, page)
}

// createCampaign makes a campaign.
func (a *API) createCampaign(c *fiber.Ctx) error {
	var d campaign.CampaignDraft
	by, err := a.actorWith(c, callBytes, &d)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	made, err := a.cfg.Calls.CreateCampaign(ctx, by, &d)
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	return a.sendJSON(c, made)
}

// campaign shows a campaign.
func (a *API) campaign(c *fiber.Ctx) error {
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Campaign(ctx, by, id)
	})
}

// editCampaign replaces what a campaign says.
func (a *API) editCampaign(c *fiber.Ctx) error {
	var d campaign.CampaignDraft
	return a.onCall(c, &d, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.EditCampaign(ctx, by, id, &d)
	})
}

// closeCampaign ends a campaign.
func (a *API) closeCampaign(c *fiber.Ctx) error {
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.CloseCampaign(ctx, by, id)
	})
}
