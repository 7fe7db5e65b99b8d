package httpapi

import (
	"context"
	"io"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/people"
	"lantoa/server/internal/reach"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// reachRoutes say how far a call came.
func (a *API) reachRoutes() {
	a.route(fiber.MethodGet, "/v1/calls/:id/reach", a.funnel)
	a.route(fiber.MethodGet, "/v1/calls/:id/answers", a.answersOf)
	a.route(fiber.MethodGet, "/v1/calls/:id/unreached", a.unreached)
}

// saidFunnel is a funnel with what each figure means, in the language of whoever asks.
type saidFunnel struct {
	*reach.Funnel
	Definitions map[string]string `json:"definitions"`
}

// funnel adds a call up.
func (a *API) funnel(c *fiber.Ctx) error {
	by, id, err := a.actorOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	f, err := a.cfg.Reach.Funnel(ctx, by, id)
	if err != nil {
		return err
	}
	return a.sendJSON(c, saidFunnel{f, definitions(language(c))})
}

func definitions(lang catalogue.Language) map[string]string {
	out := map[string]string{}
	for _, step := range reach.Steps() {
		out[step] = catalogue.Text(lang, "reach."+step, nil)
	}
	return out
}

// answersOf lists who answered a call.
func (a *API) answersOf(c *fiber.Ctx) error {
	by, id, err := a.onReach(c)
	if err != nil {
		return err
	}
	p := a.params(c, "choice", "standing", "from", "limit")
	q := reach.AnswerQuery{
		Choice: p.text("choice"), Standing: syncproto.State(p.text("standing")), From: p.id("from"), Limit: int(p.number("limit")),
	}
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	page, err := a.cfg.Reach.Answers(ctx, by, id, q)
	if err != nil {
		return err
	}
	return a.sendJSON(c, page)
}

// onReach returns who asks and the call that the path names, for what has parameters.
func (a *API) onReach(c *fiber.Ctx) (by people.Actor, id syncproto.ID, err error) {
	if by, err = a.actor(c); err != nil {
		return by, "", err
	}
	id, err = pathID(c, "id")
	return by, id, err
}

// unreached streams the list of those who must be telephoned. It is as long as it is, so it goes without a length.
func (a *API) unreached(c *fiber.Ctx) error {
	by, id, err := a.onReach(c)
	if err != nil {
		return err
	}
	p := a.params(c, "format")
	format := p.text("format")
	if p.err != nil {
		return p.err
	}
	if format == "" {
		format = string(reach.CSV)
	}
	ctx, cancel := a.work()
	defer cancel()
	export, err := a.cfg.Reach.Unreached(ctx, by, id, reach.Format(format))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+export.Name+`"`)
	c.Context().Response.Header.SetContentType(export.Type)
	c.Context().Response.SetBodyStream(a.archive(c, export), -1)
	return nil
}

// writerTo is a body that is made while it is read.
type writerTo interface {
	WriteTo(ctx context.Context, out io.Writer) error
}
