package httpapi

import (
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/staff"
)

// browserCookie marks a browser that signed in before. It opens nothing; only the ways in are told of it.
const (
	browserCookie = "lantoa_browser"
	browserPath   = "/"
	browserAge    = 400 * 24 * time.Hour
)

// visit is what a request tells of who makes it, in copies. A new session takes the place of one of its own kind: that of
// a terminal leaves the browser's.
func (a *API) visit(c *fiber.Ctx, terminal bool) *staff.Visit {
	token := bearer(c)
	if !terminal {
		token = strings.Clone(c.Cookies(sessionCookie))
	}
	scheme := "http://"
	if forwardedProto(c) == "https" {
		scheme = "https://"
	}
	return &staff.Visit{
		From: a.remote(c), Agent: strings.Clone(c.Get(fiber.HeaderUserAgent)), Browser: strings.Clone(c.Cookies(browserCookie)),
		Token: token, Origin: scheme + string(c.Context().Host()),
	}
}

// rememberSession gives a browser its cookies. They are sent along when somebody follows a link to a page (Lax): nothing
// is changed by a GET, and what changes something is refused by its origin.
func (a *API) rememberSession(c *fiber.Ctx, entry *staff.Entry) {
	secure := a.overTLS(c)
	c.Cookie(&fiber.Cookie{
		Name: sessionCookie, Value: entry.Token, Path: "/", HTTPOnly: true, Secure: secure, SameSite: fiber.CookieSameSiteLaxMode,
		MaxAge: int((entry.Expires - a.cfg.Now().UnixMilli()) / 1000),
	})
	c.Cookie(&fiber.Cookie{
		Name: browserCookie, Value: entry.Browser, Path: browserPath, HTTPOnly: true, Secure: secure,
		SameSite: fiber.CookieSameSiteLaxMode, MaxAge: int(browserAge.Seconds()),
	})
}

// forgetSession takes the session's cookie back.
func (a *API) forgetSession(c *fiber.Ctx) {
	c.Cookie(&fiber.Cookie{
		Name: sessionCookie, Path: "/", HTTPOnly: true, Secure: a.overTLS(c), SameSite: fiber.CookieSameSiteLaxMode,
		Expires: time.Unix(1, 0),
	})
}

// overTLS reports whether cookies are for TLS only. They are not where a browser on this machine or its network speaks
// plain HTTP to the server, or to a proxy that says so. A proxy that says nothing of it is taken for one with TLS, and so
// is whatever comes from afar: a session must not travel there in the open.
func (a *API) overTLS(c *fiber.Ctx) bool {
	switch forwardedProto(c) {
	case "https":
		return true
	case "http":
	default:
		if proxied(c) {
			return true
		}
	}
	return !nearby(a.remote(c))
}

// forwardedProto is what the nearest proxy says of how it was reached. A lie harms only whoever tells it.
func forwardedProto(c *fiber.Ctx) string {
	said := c.Get(fiber.HeaderXForwardedProto)
	return strings.ToLower(strings.TrimSpace(said[strings.LastIndexByte(said, ',')+1:]))
}

func nearby(at netip.Addr) bool { return at.IsLoopback() || at.IsPrivate() || at.IsLinkLocalUnicast() }
