package httpapi

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/notify"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// maxRegistrationBytes holds the largest address, escaped, and its keys.
const maxRegistrationBytes = 16 << 10

// defaultFrequencyDays is how far a report of frequency looks back when nobody says.
const defaultFrequencyDays = 7

// pushRoutes are those of devices that want to be rung, and what staff see of it.
func (a *API) pushRoutes() {
	if a.cfg.Registrations != nil {
		a.route(fiber.MethodGet, "/v1/push", a.pushInfo)
		a.route(fiber.MethodPut, "/v1/push/registration", a.register)
		a.route(fiber.MethodDelete, "/v1/push/registration", a.unregister)
	}
	if a.cfg.PushBoard != nil && a.cfg.Staff != nil {
		a.route(fiber.MethodGet, "/v1/staff/push", a.pushBoard)
		a.route(fiber.MethodPost, "/v1/staff/push/resume", a.resumePush)
	}
	if a.cfg.Planner != nil && a.cfg.Staff != nil {
		a.route(fiber.MethodGet, "/v1/staff/push/frequency", a.pushFrequency)
	}
}

// pushInfo tells a device what it can be rung by (S-198).
func (a *API) pushInfo(c *fiber.Ctx) error {
	device, err := a.device(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	info, err := a.cfg.Registrations.Info(ctx, device.ID)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return a.send(c, syncproto.AppendPushInfo(nil, info))
}

// register takes where a device is rung.
func (a *API) register(c *fiber.Ctx) error {
	device, err := a.device(c)
	if err != nil {
		return err
	}
	data, err := a.body(c, maxRegistrationBytes)
	if err != nil {
		return err
	}
	req, err := syncproto.DecodeRegistrationRequest(data)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	err = a.cfg.Registrations.Put(ctx, device, req)
	if busy, ok := errors.AsType[*notify.BusyError](err); ok {
		return waitError{error: err, wait: busy.Wait}
	}
	if err != nil {
		return err
	}
	return done(c)
}

// unregister forgets it.
func (a *API) unregister(c *fiber.Ctx) error {
	device, err := a.device(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.Registrations.Drop(ctx, device.ID); err != nil {
		return err
	}
	return done(c)
}

// pushBoard shows operators how pushes go, with what to do about what does not.
func (a *API) pushBoard(c *fiber.Ctx) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	if p := a.params(c); p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	picture, err := a.cfg.PushBoard.Look(ctx, by, catalogue.Match(c.Get(fiber.HeaderAcceptLanguage)))
	if err != nil {
		return err
	}
	return a.sendJSON(c, picture)
}

// resumePush lets go on what was paused because its messages were refused.
func (a *API) resumePush(c *fiber.Ctx) error {
	var in struct {
		Intent int64 `json:"intent"`
	}
	by, err := a.actorWith(c, maxPersonBytes, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.PushBoard.Resume(ctx, by, in.Intent); err != nil {
		return err
	}
	return done(c)
}

// pushFrequency tells how often people were rung.
func (a *API) pushFrequency(c *fiber.Ctx) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	p := a.params(c, "unit", "days")
	unit, days := p.id("unit"), p.number("days")
	if p.err != nil {
		return p.err
	}
	if p.text("days") == "" {
		days = defaultFrequencyDays
	}
	ctx, cancel := a.work()
	defer cancel()
	report, err := a.cfg.Planner.Frequency(ctx, by, unit, days)
	if err != nil {
		return err
	}
	return a.sendJSON(c, report)
}
