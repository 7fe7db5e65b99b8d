package httpapi

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// routes lists everything that the server answers.
func (a *API) routes() {
	a.route(fiber.MethodPost, "/v1/sync", a.sync)
	a.route(fiber.MethodPost, "/v1/enroll", a.enroll)
	a.route(fiber.MethodPost, "/v1/fork", a.fork)
	a.route(fiber.MethodGet, "/v1/live", a.live)
	if a.cfg.Media != nil {
		a.route(fiber.MethodGet, "/v1/media/:record/:lane", a.media)
		a.route(fiber.MethodHead, "/v1/media/:record/:lane", a.media)
	}
	if a.cfg.Uploads != nil {
		a.route(fiber.MethodOptions, uploadsPath, a.uploadOptions)
		a.route(fiber.MethodPost, uploadsPath, a.createUpload)
		a.route(fiber.MethodHead, uploadsPath+"/:upload", a.lookUpload)
		a.route(fiber.MethodPatch, uploadsPath+"/:upload", a.writeUpload)
		a.route(fiber.MethodDelete, uploadsPath+"/:upload", a.endUpload)
		a.route(fiber.MethodPost, "/v1/media/ask", a.ask)
	}
	a.staffRoutes()
	if a.cfg.Desk != nil {
		a.deskRoutes()
	}
	if a.cfg.People != nil {
		a.peopleRoutes()
	}
	if a.cfg.Privacy != nil {
		a.privacyRoutes()
	}
	if a.cfg.Calls != nil {
		a.callRoutes()
	}
	if a.cfg.Answers != nil {
		a.answerRoutes()
	}
	if a.cfg.Audience != nil {
		a.factRoutes()
	}
	if a.cfg.Reach != nil {
		a.reachRoutes()
	}
	a.pushRoutes()
	if a.cfg.Console != nil {
		a.consoleRoutes()
	}
	a.route(fiber.MethodGet, "/healthz", a.health)
	a.route(fiber.MethodGet, "/readyz", a.ready)
	a.route(fiber.MethodGet, "/metrics", a.metrics)
	a.route(fiber.MethodGet, "/", a.welcome)
}

// route adds exactly one method: the shorthand for GET would answer HEAD too, and a HEAD of a stream makes no sense.
func (a *API) route(method, path string, handler fiber.Handler) {
	a.app.Add(method, path, handler)
	fixed, _, family := strings.Cut(path, ":")
	if family {
		if !slices.Contains(a.families[fixed], path) {
			a.families[fixed] = append(a.families[fixed], path)
		}
		return
	}
	a.labels[path] = path
}
