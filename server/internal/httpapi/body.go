package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lantoa/server/internal/wire"
	"lantoa/syncproto"
)

// body returns the whole body of a request, decompressed, in fresh memory that may be kept: a store may still hold it
// after the request's deadline. Neither the body as it travels nor what it unpacks to may be above limit.
func (a *API) body(c *fiber.Ctx, limit int) ([]byte, error) {
	return a.bodyOf(c, limit, fiber.MIMEApplicationJSON)
}

// bodyOf is body for another type than JSON.
func (a *API) bodyOf(c *fiber.Ctx, limit int, want string) ([]byte, error) {
	const op = "read body"
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != want {
		return nil, &syncproto.Error{Code: syncproto.CodeBadEncoding, Op: op, Detail: "content-type"}
	}
	encoding, ok := wire.Parse(c.Get(fiber.HeaderContentEncoding))
	if !ok {
		return nil, &syncproto.Error{Code: syncproto.CodeBadEncoding, Op: op, Detail: "content-encoding"}
	}
	raw, err := rawBody(c.Context(), limit)
	if err != nil || encoding == wire.Identity {
		return raw, err
	}
	// Room for what text usually unpacks to, and no more than that for what a stranger sends.
	return encoding.AppendDecoded(make([]byte, 0, min(4*len(raw), limit, 256<<10)), raw, limit)
}

// rawBody reads the body as it travels and marks it as read.
func rawBody(ctx *fasthttp.RequestCtx, limit int) ([]byte, error) {
	const op = "read body"
	length := ctx.Request.Header.ContentLength() // -1: chunked
	if length > limit {
		return nil, syncproto.E(syncproto.CodeTooLarge, op, nil)
	}
	if !ctx.Request.IsBodyStream() {
		raw := ctx.Request.Body() // a raw body: the library decompresses only in Fiber's Ctx.Body
		if len(raw) > limit {
			return nil, syncproto.E(syncproto.CodeTooLarge, op, nil)
		}
		return bytes.Clone(raw), nil
	}
	buf := bytes.NewBuffer(make([]byte, 0, max(length, 512)+bytes.MinRead))
	stream := &rolling{ctx: ctx, end: time.Now().Add(bodyTimeout)}
	n, err := buf.ReadFrom(io.LimitReader(stream, int64(limit)+1))
	switch {
	case n > int64(limit):
		return nil, syncproto.E(syncproto.CodeTooLarge, op, nil)
	case err != nil, length >= 0 && n < int64(length):
		// The library ends a body that was cut with a plain EOF: only the count tells.
		return nil, syncproto.E(syncproto.CodeBodyIncomplete, op, err)
	}
	if err := ctx.Request.CloseBodyStream(); err != nil {
		return nil, syncproto.E(syncproto.CodeBodyIncomplete, op, err)
	}
	return buf.Bytes(), nil
}

// rolling reads a body with a deadline for each read and one for the whole, so that a slow phone is served and a
// silent one is not.
type rolling struct {
	ctx *fasthttp.RequestCtx
	end time.Time
}

func (r *rolling) Read(p []byte) (int, error) {
	deadline := time.Now().Add(stallTimeout)
	if deadline.After(r.end) {
		deadline = r.end
	}
	if err := r.ctx.Conn().SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	return r.ctx.RequestBodyStream().Read(p)
}

// Draining: how much of an unread body is read away so that the client sees the answer instead of a reset.
const (
	drainBytes   = 256 << 10
	drainTimeout = time.Second
)

// drain reads an unread body away and reports whether the connection stands at the next request.
func drain(ctx *fasthttp.RequestCtx) bool {
	if !ctx.Request.IsBodyStream() {
		return true
	}
	length := ctx.Request.Header.ContentLength()
	if err := ctx.Conn().SetReadDeadline(time.Now().Add(drainTimeout)); err != nil {
		return false
	}
	n, err := io.Copy(io.Discard, io.LimitReader(ctx.RequestBodyStream(), drainBytes))
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	// A handler that gave up half-way leaves fewer bytes than the length says; then the count proves nothing and the
	// connection is not used again. So does a chunked body, whose end a limit hides.
	return length >= 0 && n == int64(length) && ctx.Request.CloseBodyStream() == nil
}
