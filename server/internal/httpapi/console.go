package httpapi

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
)

// maxConsoleBytes bounds what pages take: a table or a file that proves a consent, and the form around it. Each page has a
// bound of its own below it.
const maxConsoleBytes = max(people.MaxTableBytes, 16<<20) + 64<<10

// consoleRoutes are the pages of editors and officers. They are a handler of net/http behind this one edge.
func (a *API) consoleRoutes() {
	a.consolePages = fasthttpadaptor.NewFastHTTPHandler(http.HandlerFunc(a.page))
	a.route(fiber.MethodGet, page.Root+"/live", a.consoleLive)
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead, fiber.MethodPost} {
		a.app.Add(method, page.Root, a.console)
		a.app.Add(method, page.Root+"/*", a.console)
	}
	a.labels[page.Root] = page.Root
}

// console answers with a page.
func (a *API) console(c *fiber.Ctx) error {
	most := 0 // what only looks says nothing: the library would read it into memory, however long
	if c.Method() == fiber.MethodPost {
		most = maxConsoleBytes
	}
	raw, err := rawBody(c.Context(), most)
	if err != nil {
		return err
	}
	c.Request().SetBodyRaw(raw)
	in := &door{api: a, c: c}
	c.Context().SetUserValue(doorValue, in)
	a.consolePages(c.Context())
	if in.stream != nil && c.Method() != fiber.MethodHead { // of HEAD the library would write the end of the body alone
		c.Context().Response.SetBodyStream(a.archive(c, in.stream), -1)
	}
	return nil
}

// doorValue is where a request carries its door to page.
const doorValue = "door"

// page serves one request to the console. What the library lends for the time of a request is copied: services may keep it.
func (a *API) page(w http.ResponseWriter, lent *http.Request) {
	ctx, cancel := a.work()
	defer cancel()
	if d, ok := lent.Context().Value(doorValue).(*door); ok {
		ctx = page.WithDoor(ctx, d)
	}
	target, err := url.ParseRequestURI(strings.Clone(lent.RequestURI))
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	r := &http.Request{
		Method: strings.Clone(lent.Method), URL: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: lent.Body, ContentLength: lent.ContentLength, Host: strings.Clone(lent.Host),
		RequestURI: target.RequestURI(), RemoteAddr: strings.Clone(lent.RemoteAddr),
	}
	for name, values := range lent.Header {
		for _, value := range values {
			r.Header.Add(strings.Clone(name), strings.Clone(value))
		}
	}
	if r.Method == http.MethodHead {
		r.Method = http.MethodGet // the library sends no body then
	}
	a.cfg.Console.ServeHTTP(w, r.WithContext(ctx))
}

// consoleLive streams pokes to a browser: something on its desks changed.
func (a *API) consoleLive(c *fiber.Ctx) error {
	who, err := a.identity(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	phone, err := a.cfg.Live.Watch(ctx, who.Device)
	if err != nil {
		return err
	}
	a.connect(c, phone)
	return nil
}

// door is how a browser comes in to the console.
type door struct {
	api    *API
	c      *fiber.Ctx
	stream writerTo // what follows the page's header; nil for nothing
}

func (d *door) Token() string           { return strings.Clone(d.c.Cookies(sessionCookie)) }
func (d *door) Visit() *staff.Visit     { return d.api.visit(d.c, false) }
func (d *door) Remember(e *staff.Entry) { d.api.rememberSession(d.c, e) }
func (d *door) Forget()                 { d.api.forgetSession(d.c) }
func (d *door) Foreign() error          { return ownOrigin(d.c) }
func (d *door) Secure() bool            { return d.api.overTLS(d.c) }

// Stream implements page.Streamer.
func (d *door) Stream(write func(ctx context.Context, w io.Writer) error) { d.stream = written(write) }

// written makes a body of a function.
type written func(ctx context.Context, w io.Writer) error

func (f written) WriteTo(ctx context.Context, w io.Writer) error { return f(ctx, w) }

var (
	_ page.Door     = (*door)(nil)
	_ page.Streamer = (*door)(nil)
)
