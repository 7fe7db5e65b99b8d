package httpapi

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// revisionOfCall is which revision of a call an officer means.
type revisionOfCall struct {
	Revision int64 `json:"revision"`
}

// previewAudience says whom a predicate chooses.
func (a *API) previewAudience(c *fiber.Ctx) error {
	var in struct {
		Kind     syncproto.CallKind `json:"kind"`
		Audience json.RawMessage    `json:"audience"`
	}
	by, err := a.actorWith(c, callBytes, &in)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	found, err := a.cfg.Calls.PreviewAudience(ctx, by, in.Kind, in.Audience)
	if err != nil {
		return err
	}
	return a.sendJSON(c, found)
}

// previewCall says what would come of sending a call.
func (a *API) previewCall(c *fiber.Ctx) error {
	lang := language(c)
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		preview, err := a.cfg.Calls.Preview(ctx, by, id)
		if err == nil {
			sayLacks(lang, preview.Lacks)
		}
		return preview, err
	})
}

// sayLacks adds the sentences of codes.
func sayLacks(lang catalogue.Language, lacks []campaign.Lack) {
	for i := range lacks {
		lacks[i].Sentence = catalogue.Sentence(lang, lacks[i].Code)
	}
}

// proposeCall asks for the yes of a second officer.
func (a *API) proposeCall(c *fiber.Ctx) error {
	var in revisionOfCall
	return a.onCall(c, &in, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Propose(ctx, by, id, in.Revision)
	})
}

// sendCall sends a call, or schedules it.
func (a *API) sendCall(c *fiber.Ctx) error {
	var in revisionOfCall
	return a.onCall(c, &in, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Send(ctx, by, id, in.Revision)
	})
}

// cancelCall calls a call off.
func (a *API) cancelCall(c *fiber.Ctx) error {
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Cancel(ctx, by, id)
	})
}

// closeCall ends a call.
func (a *API) closeCall(c *fiber.Ctx) error {
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Close(ctx, by, id)
	})
}

// testCall rings the devices of whoever asks.
func (a *API) testCall(c *fiber.Ctx) error {
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Test(ctx, by, id)
	})
}

// progressOfCall says how far the sending of a call is.
func (a *API) progressOfCall(c *fiber.Ctx) error {
	return a.onCall(c, nil, func(ctx context.Context, by people.Actor, id syncproto.ID) (any, error) {
		return a.cfg.Calls.Progress(ctx, by, id)
	})
}
