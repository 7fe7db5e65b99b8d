package httpapi

import (
	"encoding/json"
	"errors"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// Bounds of what anybody may send who is not signed in. The answer of a key holds certificates where it is attested.
const (
	maxSignInBytes  = 4 << 10
	maxPasskeyBytes = 64 << 10
)

// staffRoutes are the ways in, and what somebody who is in does with their own account.
func (a *API) staffRoutes() {
	if a.cfg.Staff == nil {
		return
	}
	a.route(fiber.MethodPost, "/v1/staff/sign-in", a.signIn)
	a.route(fiber.MethodPost, "/v1/staff/passkey/begin", a.beginSignIn)
	a.route(fiber.MethodPost, "/v1/staff/passkey/finish", a.finishSignIn)
	a.route(fiber.MethodPost, "/v1/staff/recover", a.recoverSignIn)
	a.route(fiber.MethodPost, "/v1/staff/link", a.useLink)
	a.route(fiber.MethodPost, "/v1/staff/sign-out", a.signOut)
	a.route(fiber.MethodGet, "/v1/staff/me", a.me)
	a.route(fiber.MethodGet, "/v1/staff/sessions", a.sessions)
	a.route(fiber.MethodDelete, "/v1/staff/sessions/:id", a.endSession)
	a.route(fiber.MethodGet, "/v1/staff/devices", a.ownDevices)
	a.route(fiber.MethodDelete, "/v1/staff/devices/:id", a.revokeOwnDevice)
	a.route(fiber.MethodPost, "/v1/staff/passkeys/begin", a.beginPasskey)
	a.route(fiber.MethodPost, "/v1/staff/passkeys/finish", a.finishPasskey)
	a.route(fiber.MethodGet, "/v1/staff/passkeys", a.passkeys)
	a.route(fiber.MethodDelete, "/v1/staff/passkeys/:id", a.dropPasskey)
	a.route(fiber.MethodPut, "/v1/staff/password", a.setPassword)
	a.route(fiber.MethodPost, "/v1/staff/recovery-codes", a.recoveryCodes)
	a.route(fiber.MethodPost, "/v1/staff/links", a.inviteStaff)
}

// fromStranger reads what somebody sends who is not signed in. Another site must not sign a browser in either: its user
// would work in a stranger's account.
func (a *API) fromStranger(c *fiber.Ctx, limit int, into any) error {
	if err := ownOrigin(c); err != nil {
		return err
	}
	return a.decode(c, limit, into)
}

// signIn lets somebody in by their password.
func (a *API) signIn(c *fiber.Ctx) error {
	var in struct {
		Login    string `json:"login"`
		Password string `json:"password"`
		Terminal bool   `json:"terminal"`
	}
	if err := a.fromStranger(c, maxSignInBytes, &in); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	entry, err := a.cfg.Staff.SignIn(ctx, a.visit(c, in.Terminal), in.Login, in.Password)
	return a.admit(c, entry, in.Terminal, err)
}

// beginSignIn gives a challenge for a key.
func (a *API) beginSignIn(c *fiber.Ctx) error {
	if err := a.fromStranger(c, maxSignInBytes, &struct{}{}); err != nil {
		return err
	}
	asked, err := a.cfg.Staff.BeginSignIn(a.visit(c, false))
	if err != nil {
		return err
	}
	return a.sendJSON(c, asked)
}

// finishSignIn lets the owner of a key in.
func (a *API) finishSignIn(c *fiber.Ctx) error {
	var in struct {
		Ceremony   string          `json:"ceremony"`
		Credential json.RawMessage `json:"credential"`
		Terminal   bool            `json:"terminal"`
	}
	if err := a.fromStranger(c, maxPasskeyBytes, &in); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	entry, err := a.cfg.Staff.FinishSignIn(ctx, a.visit(c, in.Terminal), in.Ceremony, in.Credential)
	return a.admit(c, entry, in.Terminal, err)
}

// recoverSignIn lets somebody in by a recovery code.
func (a *API) recoverSignIn(c *fiber.Ctx) error {
	var in struct {
		Login    string `json:"login"`
		Code     string `json:"code"`
		Terminal bool   `json:"terminal"`
	}
	if err := a.fromStranger(c, maxSignInBytes, &in); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	entry, err := a.cfg.Staff.Recover(ctx, a.visit(c, in.Terminal), in.Login, in.Code)
	return a.admit(c, entry, in.Terminal, err)
}

// useLink sets an account up by a one-time link.
func (a *API) useLink(c *fiber.Ctx) error {
	var in struct {
		Link     string `json:"link"`
		Login    string `json:"login"`
		Password string `json:"password"`
		Name     string `json:"name"`
		Terminal bool   `json:"terminal"`
	}
	if err := a.fromStranger(c, maxSignInBytes, &in); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	entry, err := a.cfg.Staff.UseLink(ctx, a.visit(c, in.Terminal), staff.Setup{Link: in.Link, Login: in.Login, Password: in.Password, Name: in.Name})
	return a.admit(c, entry, in.Terminal, err)
}

// signOut ends the session that a request carries, if it lives.
func (a *API) signOut(c *fiber.Ctx) error {
	token, err := a.sessionToken(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.Staff.SignOut(ctx, token); err != nil {
		return err
	}
	a.forgetSession(c)
	return c.SendStatus(fiber.StatusNoContent)
}

// admitted is what somebody is told who is let in. A browser gets its token in a cookie that scripts cannot read.
type admitted struct {
	Person  syncproto.ID `json:"person"`
	Method  string       `json:"method"`
	Expires int64        `json:"expires"`
	Must    bool         `json:"must,omitempty"`
	Token   string       `json:"token,omitempty"`
}

// admit answers with a session, or with why there is none.
func (a *API) admit(c *fiber.Ctx, entry *staff.Entry, terminal bool, err error) error {
	if locked, ok := errors.AsType[*staff.LockedError](err); ok {
		return waitError{error: err, wait: locked.Wait}
	}
	if err != nil {
		return err
	}
	out := admitted{Person: entry.Person, Method: entry.Method, Expires: entry.Expires, Must: entry.Must}
	if terminal {
		out.Token = entry.Token
	} else {
		a.rememberSession(c, entry)
	}
	return a.sendJSON(c, out)
}
