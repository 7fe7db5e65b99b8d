package httpapi

import (
	"bytes"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lantoa/server/internal/console/page"
	"lantoa/syncproto"
)

// edge surrounds every request, also those that Fiber answers before any of its own middleware: it names the request,
// catches panics, keeps unread bodies from becoming requests, counts and logs.
func (a *API) edge(inner fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		start := time.Now()
		enter(ctx.Conn())
		defer a.leave(ctx, start)
		defer a.caught(ctx)
		if !known(ctx.Method()) {
			a.problem(ctx, syncproto.E(syncproto.CodeMethod, "route", nil))
			return
		}
		if !framed(ctx) {
			a.problem(ctx, &syncproto.Error{Code: syncproto.CodeBadEncoding, Op: "read header", Detail: "transfer-encoding"})
			ctx.SetConnectionClose()
			return
		}
		if !bytes.HasPrefix(ctx.Path(), []byte(uploadsPath)) {
			inner(ctx)
			return
		}
		ctx.Response.Header.Set(headerTus, tusVersion)
		asTold(ctx, inner)
	}
}

// framed reports whether it is certain where the body ends. The library reads some requests with a Transfer-Encoding
// ("identity", any of HTTP/1.0) as if they had none and drops the header, and takes chunks beside a length that a proxy
// may have believed; what follows would be the next request.
func framed(ctx *fasthttp.RequestCtx) bool {
	unwanted := fiber.HeaderTransferEncoding
	if ctx.Request.Header.ContentLength() == -1 { // chunked
		unwanted = fiber.HeaderContentLength
	}
	for line := range bytes.Lines(ctx.Request.Header.RawHeaders()) {
		name, _, _ := bytes.Cut(line, []byte{':'})
		if bytes.EqualFold(bytes.TrimSpace(name), []byte(unwanted)) {
			return false
		}
	}
	return true
}

// known reports whether Fiber has a number for a method; others it answers in its own words.
func known(method []byte) bool {
	switch string(method) {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodDelete, fiber.MethodConnect,
		fiber.MethodOptions, fiber.MethodTrace, fiber.MethodPatch:
		return true
	}
	return false
}

func (a *API) caught(ctx *fasthttp.RequestCtx) {
	if r := recover(); r != nil {
		a.cfg.Log.Error("panic", "route", a.label(ctx), "panic", r, "stack", string(debug.Stack()))
		ctx.Response.Reset()
		a.problem(ctx, syncproto.E(syncproto.CodeInternal, "handle", nil))
		ctx.SetConnectionClose()
	}
}

func (a *API) leave(ctx *fasthttp.RequestCtx, start time.Time) {
	if !drain(ctx) {
		ctx.SetConnectionClose()
		linger(ctx.Conn())
	}
	ctx.Response.Header.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	took := time.Since(start)
	status, in, out := ctx.Response.StatusCode(), max(ctx.Request.Header.ContentLength(), 0), 0
	if body, ok := ctx.UserValue(bytesTaken).(*uploadBody); ok { // which may have been cut
		in = int(body.read)
	}
	if !ctx.Response.IsBodyStream() { // asking a stream for its body would read it into memory; it counts itself
		out = len(ctx.Response.Body())
	}
	a.cfg.Metrics.Request(a.label(ctx), status, took, in, out)
	a.cfg.Log.Debug("request", "route", a.label(ctx), "status", status, "took", took, "in", in, "out", out)
}

// label names a request's route for logs and metrics. Paths that are no route are not repeated: they hold whatever
// somebody typed.
func (a *API) label(ctx *fasthttp.RequestCtx) string {
	path := ctx.Path()
	if label, ok := a.labels[string(path)]; ok {
		return label
	}
	if bytes.HasPrefix(path, []byte(page.Root+"/")) {
		return page.Root // one line for all pages: they are many, and are told apart by what they ask of services
	}
	for i := bytes.LastIndexByte(path, '/'); i > 0; i = bytes.LastIndexByte(path[:i], '/') {
		for _, label := range a.families[string(path[:i+1])] {
			if fits(label, string(path)) {
				return label
			}
		}
	}
	return "other"
}

// fits reports whether a path is one of a family: the same but for the parameters.
func fits(label, path string) bool {
	for {
		want, restWant, moreWant := strings.Cut(label, "/")
		got, restGot, moreGot := strings.Cut(path, "/")
		if want != got && !strings.HasPrefix(want, ":") || moreWant != moreGot {
			return false
		}
		if !moreWant {
			return true
		}
		label, path = restWant, restGot
	}
}

var (
	requestPrefix = strconv.FormatInt(time.Now().UnixMilli(), 36) + "-"
	requestNumber atomic.Int64
)

// requestID names one request in the log and in what its sender is told.
func requestID() string { return requestPrefix + strconv.FormatInt(requestNumber.Add(1), 36) }
