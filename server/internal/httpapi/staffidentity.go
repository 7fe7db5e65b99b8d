package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// sessionCookie holds the token of a browser's session.
const sessionCookie = "lantoa_session"

// identity returns who makes a request at a desk: by the token of a terminal, or by a browser's cookie. A cookie is sent
// by the browser whoever made it send the request, so what changes something must come from our own pages.
func (a *API) identity(c *fiber.Ctx) (*staff.Identity, error) {
	token, err := a.sessionToken(c)
	if err != nil {
		return nil, err
	}
	if a.cfg.Staff == nil {
		return nil, syncproto.E(syncproto.CodeSessionEnded, "identify", nil)
	}
	ctx, cancel := a.work()
	defer cancel()
	return a.cfg.Staff.Identify(ctx, token)
}

// sessionToken returns the token that a request carries, as a copy.
func (a *API) sessionToken(c *fiber.Ctx) (string, error) {
	if token := bearer(c); token != "" {
		return token, nil
	}
	if err := ownOrigin(c); err != nil {
		return "", err
	}
	return strings.Clone(c.Cookies(sessionCookie)), nil
}

// origins decides which requests another site made a browser send, as Go's own server does: Sec-Fetch-Site says it,
// and for browsers that do not send it the Origin, which must be our host.
var origins = http.NewCrossOriginProtection()

// ownOrigin refuses requests that change something and that another site made the browser send.
func ownOrigin(c *fiber.Ctx) error {
	header := http.Header{}
	for _, name := range []string{"Sec-Fetch-Site", fiber.HeaderOrigin} {
		if value := c.Get(name); value != "" {
			header.Set(name, value)
		}
	}
	request := &http.Request{Method: c.Method(), Host: string(c.Context().Host()), Header: header, URL: &url.URL{Path: c.Path()}}
	if err := origins.Check(request); err != nil {
		return syncproto.E(syncproto.CodeForeignOrigin, "check origin", err)
	}
	return nil
}
