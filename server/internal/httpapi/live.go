package httpapi

import (
	"net"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/live"
)

// liveHead opens a stream. It is written by hand because the connection is taken from the library. Its end is the end
// of the connection; X-Accel-Buffering keeps nginx from collecting pokes.
var liveHead = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n" +
	"X-Accel-Buffering: no\r\nConnection: close\r\n\r\n")

// live streams pokes (S-140).
func (a *API) live(c *fiber.Ctx) error {
	device, err := a.device(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	phone, err := a.cfg.Live.Join(ctx, device.ID)
	if err != nil {
		return err
	}
	a.connect(c, phone)
	return nil
}

// connect hands a connection over to the hub.
func (a *API) connect(c *fiber.Ctx, phone *live.Phone) {
	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(func(conn net.Conn) {
		if held, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
			conn = held.UnsafeConn()
		}
		// This runs outside of every recover of the library.
		defer a.rescue("live stream")
		go func() {
			defer a.rescue("live stream")
			phone.Serve(conn, liveHead)
		}()
	})
}

// rescue keeps a panic of one stream from ending the process for everybody.
func (a *API) rescue(what string) {
	if r := recover(); r != nil {
		a.cfg.Log.Error("panic", "in", what, "panic", r)
	}
}
