package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/syncproto"
)

// checkInBytes bounds the body of a check-in.
const checkInBytes = 1 << 10

func (a *API) answerRoutes() {
	a.route(fiber.MethodPost, "/v1/calls/:id/check-in", a.checkIn)
}

// checkIn says that somebody came to what a call asked for.
func (a *API) checkIn(c *fiber.Ctx) error {
	by, call, err := a.officerOn(c)
	if err != nil {
		return err
	}
	var body struct {
		Person syncproto.ID `json:"person"`
		Came   bool         `json:"came"`
	}
	if err := a.decode(c, checkInBytes, &body); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	r, err := a.cfg.Answers.CheckIn(ctx, by, call, body.Person, body.Came)
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"person": r.Person, "standing": r.Standing, "count": r.Count, "came": r.Came})
}
