package httpapi

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// owned runs a call for whoever is signed in.
func (a *API) owned(c *fiber.Ctx, work func(ctx context.Context, who *staff.Identity) error) error {
	who, err := a.identity(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	return work(ctx, who)
}

// ownedEarly is owned for those, too, who came in by a recovery code and must set a password or a key first.
func (a *API) ownedEarly(c *fiber.Ctx, work func(ctx context.Context, who *staff.Identity) error) error {
	token, err := a.sessionToken(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	who, err := a.cfg.Staff.IdentifyAny(ctx, token)
	if err != nil {
		return err
	}
	return work(ctx, who)
}

// idParam returns a parameter of the path that must be an id; what is none is not found.
func idParam(c *fiber.Ctx, name string) (syncproto.ID, error) {
	id := syncproto.ID(strings.Clone(c.Params(name)))
	if !id.Valid() {
		return "", &syncproto.Error{Code: syncproto.CodeNotFound, Op: "read path", Detail: name}
	}
	return id, nil
}

// list is how lists are answered.
type list[T any] struct {
	Items []T `json:"items"`
}

func (a *API) me(c *fiber.Ctx) error {
	return a.ownedEarly(c, func(ctx context.Context, who *staff.Identity) error {
		me, err := a.cfg.Staff.Me(ctx, who)
		if err != nil {
			return err
		}
		return a.sendJSON(c, me)
	})
}

func (a *API) sessions(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		items, err := a.cfg.Staff.Sessions(ctx, who)
		if err != nil {
			return err
		}
		return a.sendJSON(c, list[staff.SessionView]{items})
	})
}

// endSession signs somebody out elsewhere.
func (a *API) endSession(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		id, err := idParam(c, "id")
		if err != nil {
			return err
		}
		if err := a.cfg.Staff.EndSession(ctx, who, id); err != nil {
			return err
		}
		if id == who.Session {
			a.forgetSession(c)
		}
		return c.SendStatus(fiber.StatusNoContent)
	})
}

func (a *API) ownDevices(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		items, err := a.cfg.Staff.Devices(ctx, who)
		if err != nil {
			return err
		}
		return a.sendJSON(c, list[staff.DeviceView]{items})
	})
}

// revokeOwnDevice shuts a phone out that somebody lost.
func (a *API) revokeOwnDevice(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		id, err := idParam(c, "id")
		if err != nil {
			return err
		}
		if err := a.cfg.Staff.RevokeDevice(ctx, who, id); err != nil {
			return err
		}
		return c.SendStatus(fiber.StatusNoContent)
	})
}

// beginPasskey gives a challenge for a new key.
func (a *API) beginPasskey(c *fiber.Ctx) error {
	return a.ownedEarly(c, func(ctx context.Context, who *staff.Identity) error {
		if err := a.decode(c, maxSignInBytes, &struct{}{}); err != nil {
			return err
		}
		asked, err := a.cfg.Staff.BeginPasskey(ctx, who, a.visit(c, bearer(c) != ""))
		if err != nil {
			return err
		}
		return a.sendJSON(c, asked)
	})
}

// finishPasskey stores a new key.
func (a *API) finishPasskey(c *fiber.Ctx) error {
	return a.ownedEarly(c, func(ctx context.Context, who *staff.Identity) error {
		var in struct {
			Ceremony   string          `json:"ceremony"`
			Credential json.RawMessage `json:"credential"`
			Name       string          `json:"name"`
		}
		if err := a.decode(c, maxPasskeyBytes, &in); err != nil {
			return err
		}
		made, err := a.cfg.Staff.FinishPasskey(ctx, who, a.visit(c, bearer(c) != ""), in.Ceremony, in.Name, in.Credential)
		if err != nil {
			return err
		}
		return a.sendJSON(c, made)
	})
}

func (a *API) passkeys(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		items, err := a.cfg.Staff.Passkeys(ctx, who)
		if err != nil {
			return err
		}
		return a.sendJSON(c, list[staff.PasskeyView]{items})
	})
}

func (a *API) dropPasskey(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		if err := a.cfg.Staff.DropPasskey(ctx, who, strings.Clone(c.Params("id"))); err != nil {
			return err
		}
		return c.SendStatus(fiber.StatusNoContent)
	})
}

// setPassword changes a password. All sessions end; the answer has a new one, of the kind that asked.
func (a *API) setPassword(c *fiber.Ctx) error {
	return a.ownedEarly(c, func(ctx context.Context, who *staff.Identity) error {
		var in struct {
			Password string `json:"password"`
		}
		if err := a.decode(c, maxSignInBytes, &in); err != nil {
			return err
		}
		entry, err := a.cfg.Staff.SetPassword(ctx, who, a.visit(c, bearer(c) != ""), in.Password)
		return a.admit(c, entry, bearer(c) != "", err)
	})
}

// recoveryCodes makes ten codes, which are shown once.
func (a *API) recoveryCodes(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		codes, err := a.cfg.Staff.NewCodes(ctx, who)
		if err != nil {
			return err
		}
		return a.sendJSON(c, map[string][]string{"codes": codes})
	})
}

// inviteStaff makes a link for somebody who is to sign in.
func (a *API) inviteStaff(c *fiber.Ctx) error {
	return a.owned(c, func(ctx context.Context, who *staff.Identity) error {
		var in struct {
			Person syncproto.ID `json:"person"`
		}
		if err := a.decode(c, maxSignInBytes, &in); err != nil {
			return err
		}
		link, err := a.cfg.Staff.Invite(ctx, who, in.Person)
		if err != nil {
			return err
		}
		return a.sendJSON(c, link)
	})
}
