package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// actsBytes bounds the body of acts: that of a phone's batch, which holds the same.
const actsBytes = syncproto.MaxRequestBytes

// acts takes acts and answers each of them.
func (a *API) acts(c *fiber.Ctx) error {
	by, err := a.officer(c)
	if err != nil {
		return err
	}
	var body struct {
		Acts []desk.Act `json:"acts"`
	}
	if err := a.decode(c, actsBytes, &body); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	outcomes, err := a.cfg.Desk.Act(ctx, by, body.Acts)
	if err != nil {
		return err
	}
	for i := range outcomes {
		sayDone(language(c), &outcomes[i])
	}
	return a.sendJSON(c, map[string]any{"outcomes": outcomes})
}

// conflicts lists open conflicts.
func (a *API) conflicts(c *fiber.Ctx) error {
	by, err := a.officer(c)
	if err != nil {
		return err
	}
	p := a.params(c, "unit", "from")
	unit, from := p.id("unit"), p.text("from")
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	page, err := a.cfg.Desk.Conflicts(ctx, by, unit, from)
	if err != nil {
		return err
	}
	for i := range page.Cards {
		sayButtons(language(c), page.Cards[i].Acts)
	}
	return a.sendJSON(c, page)
}

// resolve resolves a conflict.
func (a *API) resolve(c *fiber.Ctx) error {
	by, card, err := a.officerOn(c)
	if err != nil {
		return err
	}
	var choice desk.Choice
	if err := a.decode(c, syncproto.MaxMutationBytes, &choice); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	resolution, err := a.cfg.Desk.Resolve(ctx, by, card, &choice)
	if err != nil {
		return err
	}
	sayDone(language(c), resolution.Edit)
	sayDone(language(c), resolution.Card)
	return a.sendJSON(c, resolution)
}

// sayDone adds the sentence of an outcome's code.
func sayDone(lang catalogue.Language, d *desk.Done) {
	if d != nil && d.Code != "" {
		d.Sentence = catalogue.Sentence(lang, told(d.Code))
	}
}
