package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/wire"
)

// send answers with JSON as it is. What is sent this way is too small to gain by compression.
func (a *API) send(c *fiber.Ctx, body []byte) error { return a.sendEncoded(c, body, wire.Identity) }

// sendEncoded answers with JSON that is compressed already. body belongs to the response from here on.
func (a *API) sendEncoded(c *fiber.Ctx, body []byte, encoding wire.Encoding) error {
	c.Context().Response.Header.SetContentType(fiber.MIMEApplicationJSON)
	if encoding != wire.Identity {
		c.Set(fiber.HeaderContentEncoding, encoding.String())
	}
	c.Response().SetBodyRaw(body)
	return nil
}
