package httpapi

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/metrics"
	"lantoa/syncproto/catalogue"
)

// health says that the process answers. It asks nothing of the store, so that a supervisor does not restart a server
// whose disk is full.
func (a *API) health(c *fiber.Ctx) error { return c.SendString("ok\n") }

// ready says that the store can be read and written, and in a second line what else an operator should know: a bucket
// that is down keeps nobody from sending and reading texts.
func (a *API) ready(c *fiber.Ctx) error {
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.Ready(ctx); err != nil {
		return err
	}
	text := "ready\n"
	if a.cfg.Note != nil {
		if note := a.cfg.Note(ctx); note != "" {
			text += note + "\n"
		}
	}
	return c.SendString(text)
}

// proxied reports whether a request shows that it came through a proxy. One that was told nothing (nginx as it comes)
// names nobody, but still speaks HTTP/1.0.
func proxied(c *fiber.Ctx) bool {
	return c.Get(fiber.HeaderXForwardedFor) != "" || c.Get(fiber.HeaderForwarded) != "" || c.Get(fiber.HeaderVia) != "" ||
		c.Get("X-Real-Ip") != "" || !c.Request().Header.IsHTTP11()
}

// metrics writes what Prometheus collects. Collectors ask the server itself: what came through a proxy came from
// outside, and finds nothing here even if the proxy was not told to keep it out.
func (a *API) metrics(c *fiber.Ctx) error {
	if proxied(c) {
		return fiber.ErrNotFound
	}
	var out bytes.Buffer
	if err := a.cfg.Metrics.Write(&out); err != nil {
		return err
	}
	c.Context().Response.Header.SetContentType(metrics.ContentType)
	c.Response().SetBodyRaw(out.Bytes())
	return nil
}

// welcome is for somebody who opened the address: a browser is led to the pages, whatever else asks is told what this is.
func (a *API) welcome(c *fiber.Ctx) error {
	c.Vary(fiber.HeaderAccept)
	if a.cfg.Console != nil && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
		return c.Redirect(page.Root+"/", fiber.StatusSeeOther)
	}
	c.Context().Response.Header.SetContentType(fiber.MIMETextPlainCharsetUTF8)
	text := "Lan tỏa " + a.cfg.Version + "\n"
	for _, lang := range catalogue.Languages() {
		text += "\n" + catalogue.Text(lang, "server.welcome", nil) + "\n"
	}
	return c.SendString(text)
}
