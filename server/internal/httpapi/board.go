package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/people"
)

// board lists the phones below a unit that hold what does not come.
func (a *API) board(c *fiber.Ctx) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	p := a.params(c, "unit", "all", "from", "limit")
	ask := people.BoardAsk{Unit: p.id("unit"), All: p.flag("all"), From: p.text("from"), Limit: int(p.number("limit"))}
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	board, err := a.cfg.People.Board(ctx, by, ask)
	if err != nil {
		return err
	}
	return a.sendJSON(c, board)
}

// revokeDevice shuts a phone out.
func (a *API) revokeDevice(c *fiber.Ctx) error { return a.onPerson(c, a.cfg.People.Revoke) }
