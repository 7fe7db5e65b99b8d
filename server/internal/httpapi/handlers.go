package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/metrics"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// maxEnrollBytes bounds the body of an enrollment, which anybody may send.
const maxEnrollBytes = 4 << 10

// sync answers one round (S-10).
func (a *API) sync(c *fiber.Ctx) error {
	if device := a.cfg.Sync.Recognize(bearer(c)); device != nil {
		err := a.round(c, device)
		if err != nil {
			// Whoever has lost the right to ask is told that, and not what else is wrong with the request.
			if _, refused := a.bringer(c); refused != nil {
				return refused
			}
		}
		return err
	}
	device, err := a.bringer(c)
	if err != nil {
		return err
	}
	return a.round(c, device)
}

func (a *API) round(c *fiber.Ctx, device *storage.Device) error {
	data, err := a.body(c, syncproto.MaxRequestBytes)
	if err != nil {
		return err
	}
	req, err := syncproto.DecodeSyncRequest(data)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	reply, err := a.cfg.Sync.Sync(ctx, device, req, wire.Negotiate(c.Get(fiber.HeaderAcceptEncoding)))
	if err != nil {
		return err
	}
	a.count(reply)
	return a.sendEncoded(c, reply.Body, reply.Encoding)
}

// enroll redeems a code (S-130).
func (a *API) enroll(c *fiber.Ctx) error {
	from := a.remote(c)
	if wait := a.guesses.Wait(from); wait > 0 {
		return tooFast(wait)
	}
	data, err := a.body(c, maxEnrollBytes)
	if err != nil {
		return err
	}
	req, err := syncproto.DecodeEnrollRequest(data)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	resp, err := a.cfg.Enroll.Redeem(ctx, req)
	if err != nil {
		if syncproto.KindOf(err) != syncproto.Unavailable && syncproto.KindOf(err) != syncproto.Internal {
			a.guesses.Failed(from)
		}
		return err
	}
	a.cfg.Log.Info("device enrolled", "device", resp.Device, "unit", resp.Unit, "role", resp.Role)
	return a.secret(c, syncproto.AppendEnrollResponse(nil, resp))
}

// fork gives a cloned phone an identity of its own (S-125), also one that only brings what it still holds (S-188).
func (a *API) fork(c *fiber.Ctx) error {
	device, err := a.bringer(c)
	if err != nil {
		return err
	}
	data, err := a.body(c, maxEnrollBytes)
	if err != nil {
		return err
	}
	req, err := syncproto.DecodeForkRequest(data)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	resp, err := a.cfg.Enroll.Fork(ctx, device, req)
	if err != nil {
		return err
	}
	a.cfg.Log.Info("device forked", "device", resp.Device, "from", device.ID)
	return a.secret(c, syncproto.AppendEnrollResponse(nil, resp))
}

// secret sends an answer that holds a token and must not stay in any cache.
func (a *API) secret(c *fiber.Ctx, body []byte) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return a.send(c, body)
}

func (a *API) count(r *syncer.Reply) {
	a.cfg.Metrics.Synced(metrics.Round{
		Applied: r.Results.Applied, Merged: r.Results.Merged, Conflicts: r.Results.Conflicts,
		Rejected: r.Results.Rejected, Duplicate: r.Results.Duplicate,
		Replayed: r.Replayed, Changes: r.Changes, Push: r.PushCode,
	})
}
