package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/wire"
)

// smallBody is the size below which compressing costs more bytes, for the header that names it, than it saves.
const smallBody = 200

// send answers with JSON, compressed if the client can read that. body is not used again by its caller.
func (a *API) send(c *fiber.Ctx, body []byte) error {
	c.Context().Response.Header.SetContentType(fiber.MIMEApplicationJSON)
	if len(body) >= smallBody {
		if e := wire.Negotiate(c.Get(fiber.HeaderAcceptEncoding)); e != wire.Identity {
			c.Set(fiber.HeaderContentEncoding, e.String())
			body = e.Append(make([]byte, 0, len(body)/2), body)
		}
	}
	c.Response().SetBodyRaw(body)
	return nil
}
