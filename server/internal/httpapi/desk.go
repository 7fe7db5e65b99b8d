package httpapi

import (
	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// deskRoutes lists what the review desk answers.
func (a *API) deskRoutes() {
	a.route(fiber.MethodGet, "/v1/desk/queue", a.queue)
	a.route(fiber.MethodGet, "/v1/desk/counters", a.counters)
	a.route(fiber.MethodGet, "/v1/desk/submissions/:id", a.submission)
	a.route(fiber.MethodGet, "/v1/desk/submissions/:id/revisions", a.revisions)
	a.route(fiber.MethodGet, "/v1/desk/submissions/:id/compare", a.compare)
	a.route(fiber.MethodPost, "/v1/desk/acts", a.acts)
	a.route(fiber.MethodGet, "/v1/desk/conflicts", a.conflicts)
	a.route(fiber.MethodPost, "/v1/desk/conflicts/:id", a.resolve)
	a.route(fiber.MethodGet, "/v1/desk/notices", a.notices)
	if a.cfg.Media != nil {
		a.route(fiber.MethodGet, "/v1/desk/media/:record/:lane", a.deskMedia)
		a.route(fiber.MethodHead, "/v1/desk/media/:record/:lane", a.deskMedia)
	}
}

// officer returns who asks at a desk.
func (a *API) officer(c *fiber.Ctx) (syncer.Actor, error) {
	who, err := a.identity(c)
	if err != nil {
		return syncer.Actor{}, err
	}
	return syncer.Actor{Person: who.Person, Device: who.Device}, nil
}

// queue gives a page of the queue.
func (a *API) queue(c *fiber.Ctx) error {
	by, err := a.officer(c)
	if err != nil {
		return err
	}
	p := a.params(c, "view", "unit", "state", "kind", "flag", "author", "before", "after", "q", "order", "from", "limit")
	ask := &desk.Ask{
		View: desk.View(p.text("view")), Unit: p.id("unit"), States: names[syncproto.State](p.list("state")),
		Kinds: names[syncproto.Kind](p.list("kind")), Flags: p.list("flag"), Author: p.id("author"), Before: p.number("before"),
		After: p.number("after"), Text: p.text("q"), Order: storage.Order(p.text("order")), From: p.text("from"),
		Limit: int(p.number("limit")),
	}
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	page, err := a.cfg.Desk.Queue(ctx, by, ask)
	if err != nil {
		return err
	}
	return a.sendJSON(c, page)
}

// counters counts the queue.
func (a *API) counters(c *fiber.Ctx) error {
	by, err := a.officer(c)
	if err != nil {
		return err
	}
	p := a.params(c, "unit")
	unit := p.id("unit")
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	counts, err := a.cfg.Desk.Counters(ctx, by, unit)
	if err != nil {
		return err
	}
	return a.sendJSON(c, counts)
}

// submission shows one submission.
func (a *API) submission(c *fiber.Ctx) error {
	by, id, err := a.officerOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	story, err := a.cfg.Desk.Show(ctx, by, id)
	if err != nil {
		return err
	}
	sayStory(language(c), story)
	return a.sendJSON(c, story)
}

// officerOn returns who asks and what the path names, for what has no parameters besides.
func (a *API) officerOn(c *fiber.Ctx) (by syncer.Actor, id syncproto.ID, err error) {
	if by, err = a.officer(c); err != nil {
		return by, "", err
	}
	if p := a.params(c); p.err != nil {
		return by, "", p.err
	}
	id, err = pathID(c, "id")
	return by, id, err
}

// revisions lists the revisions of a submission.
func (a *API) revisions(c *fiber.Ctx) error {
	by, id, err := a.officerOn(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, err := a.cfg.Desk.Revisions(ctx, by, id)
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"revisions": list})
}

// compare compares two revisions of a submission.
func (a *API) compare(c *fiber.Ctx) error {
	by, err := a.officer(c)
	if err != nil {
		return err
	}
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p := a.params(c, "from", "to")
	from, to := p.number("from"), p.number("to")
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	difference, err := a.cfg.Desk.Compare(ctx, by, id, from, to)
	if err != nil {
		return err
	}
	return a.sendJSON(c, difference)
}

// notices lists what the person is told.
func (a *API) notices(c *fiber.Ctx) error {
	by, err := a.officer(c)
	if err != nil {
		return err
	}
	p := a.params(c, "from")
	from := p.number("from")
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, err := a.cfg.Desk.Notices(ctx, by, from)
	if err != nil {
		return err
	}
	return a.sendJSON(c, list)
}

// deskMedia gives the lane of a photo to somebody at a desk, by the rules for their phones (S-170).
func (a *API) deskMedia(c *fiber.Ctx) error {
	guard(c)
	c.Set(fiber.HeaderVary, fiber.HeaderAuthorization+", "+fiber.HeaderCookie)
	by, err := a.officer(c)
	if err != nil {
		return err
	}
	return a.give(c, &storage.Device{ID: by.Device, Person: by.Person})
}

// language is the one that a request asks for.
func language(c *fiber.Ctx) catalogue.Language {
	return catalogue.Match(string(c.Request().Header.Peek(fiber.HeaderAcceptLanguage)))
}

// sayStory adds the sentences of codes.
func sayStory(lang catalogue.Language, s *desk.Story) {
	say := func(list []desk.Item) {
		for i := range list {
			sayButtons(lang, list[i].Acts)
		}
	}
	sayButtons(lang, s.Acts)
	for _, list := range [][]desk.Item{s.Parts, s.Notes, s.Consents, s.Evidence, s.Conflicts} {
		say(list)
	}
	for i := range s.Lacks {
		s.Lacks[i].Sentence = catalogue.Sentence(lang, s.Lacks[i].Code)
	}
}

func sayButtons(lang catalogue.Language, buttons []desk.Button) {
	for i := range buttons {
		if b := &buttons[i]; b.Code != "" {
			b.Sentence = catalogue.Sentence(lang, b.Code)
		}
	}
}
