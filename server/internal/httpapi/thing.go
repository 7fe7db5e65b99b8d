package httpapi

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// onThing is a request about the thing that the path names: it finds who asks, reads what is sent about it, and answers with
// what is done. into is nil for what has no body.
func onThing[By any](
	a *API, c *fiber.Ctx, who func(*fiber.Ctx) (By, error), limit int, into any,
	do func(ctx context.Context, by By, id syncproto.ID) (any, error),
) error {
	by, err := who(c)
	if err != nil {
		return err
	}
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if p := a.params(c); p.err != nil {
		return p.err
	}
	if into != nil {
		if err := a.decode(c, limit, into); err != nil {
			return err
		}
	}
	ctx, cancel := a.work()
	defer cancel()
	answer, err := do(ctx, by, id)
	if err != nil {
		return err
	}
	return a.sendJSON(c, answer)
}

// staff is a request without parameters that is answered to whoever signed in.
func (a *API) staff(c *fiber.Ctx, do func(ctx context.Context, by people.Actor) (any, error)) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	if p := a.params(c); p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	answer, err := do(ctx, by)
	if err != nil {
		return err
	}
	return a.sendJSON(c, answer)
}

// table is a request that brings a list as CSV, to be tried first or applied, and is answered with what each line does under
// a name.
func (a *API) table(c *fiber.Ctx, name string, do func(ctx context.Context, by people.Actor, table []byte, dryRun bool) (any, error)) error {
	by, err := a.actor(c)
	if err != nil {
		return err
	}
	p := a.params(c, "dry_run")
	dryRun := p.flag("dry_run")
	if p.err != nil {
		return p.err
	}
	table, err := a.bodyOf(c, people.MaxTableBytes, mimeCSV)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, err := do(ctx, by, table, dryRun)
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"dry_run": dryRun, name: list})
}
