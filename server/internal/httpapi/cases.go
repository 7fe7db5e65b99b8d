package httpapi

import (
	"context"
	"io"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/privacy"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// caseBytes bounds a body about a case: a note and a list of candidates.
const caseBytes = 64 << 10

// privacyRoutes lists what those ask who answer for personal data.
func (a *API) privacyRoutes() {
	a.route(fiber.MethodGet, "/v1/cases", a.cases)
	a.route(fiber.MethodPost, "/v1/cases", a.openCase)
	a.route(fiber.MethodGet, "/v1/cases/:id", a.showCase)
	a.route(fiber.MethodPost, "/v1/cases/:id/answer", a.answerCase)
	a.route(fiber.MethodPost, "/v1/cases/:id/extend", a.extendCase)
	a.route(fiber.MethodPost, "/v1/cases/:id/correct", a.correctCase)
	a.route(fiber.MethodPost, "/v1/cases/:id/erase", a.eraseCase)
	a.route(fiber.MethodPost, "/v1/cases/:id/close", a.closeCase)
	a.route(fiber.MethodGet, "/v1/cases/:id/export", a.exportCase)
	a.route(fiber.MethodGet, "/v1/audit", a.audits)
}

// keeper returns who asks about personal data.
func (a *API) keeper(c *fiber.Ctx) (privacy.By, error) {
	who, err := a.identity(c)
	if err != nil {
		return privacy.By{}, err
	}
	return privacy.By{Person: who.Person, Device: who.Device, Proved: who.Proved}, nil
}

// onCase decodes a body about a case and does with it what it asks.
func (a *API) onCase(c *fiber.Ctx, into any, do func(ctx context.Context, by privacy.By, id syncproto.ID) (any, error)) error {
	return onThing(a, c, a.keeper, caseBytes, into, do)
}

// cases lists cases, the most urgent first.
func (a *API) cases(c *fiber.Ctx) error {
	by, err := a.keeper(c)
	if err != nil {
		return err
	}
	p := a.params(c, "all", "overdue", "from")
	filter := privacy.Filter{All: p.flag("all"), Overdue: p.flag("overdue"), From: p.id("from")}
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, next, err := a.cfg.Privacy.Cases(ctx, by, filter)
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"cases": list, "next": next})
}

// flag reads true or false; false for a parameter that is not there.
func (p *params) flag(name string) bool {
	switch p.text(name) {
	case "", "false":
		return false
	case "true":
		return true
	}
	p.wrong(name)
	return false
}

// openCase takes a request down.
func (a *API) openCase(c *fiber.Ctx) error {
	by, err := a.keeper(c)
	if err != nil {
		return err
	}
	var q privacy.Request
	if err := a.decode(c, caseBytes, &q); err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	made, err := a.cfg.Privacy.Open(ctx, by, q)
	if err != nil {
		return err
	}
	c.Status(fiber.StatusCreated)
	return a.sendJSON(c, made)
}

// showCase shows a case with everything that is kept of the person.
func (a *API) showCase(c *fiber.Ctx) error {
	return a.onCase(c, nil, func(ctx context.Context, by privacy.By, id syncproto.ID) (any, error) {
		shown, found, err := a.cfg.Privacy.Show(ctx, by, id)
		return struct {
			*privacy.Case
			Found *privacy.Found `json:"found,omitempty"`
		}{shown, found}, err
	})
}

func (a *API) answerCase(c *fiber.Ctx) error {
	var reply privacy.Reply
	return a.onCase(c, &reply, func(ctx context.Context, by privacy.By, id syncproto.ID) (any, error) {
		return a.cfg.Privacy.Answer(ctx, by, id, reply)
	})
}

func (a *API) extendCase(c *fiber.Ctx) error {
	var body struct {
		Until int64 `json:"until"` // Unix ms
	}
	return a.onCase(c, &body, func(ctx context.Context, by privacy.By, id syncproto.ID) (any, error) {
		return a.cfg.Privacy.Extend(ctx, by, id, body.Until)
	})
}

func (a *API) correctCase(c *fiber.Ctx) error {
	var right privacy.Correction
	return a.onCase(c, &right, func(ctx context.Context, by privacy.By, id syncproto.ID) (any, error) {
		return a.cfg.Privacy.Correct(ctx, by, id, right)
	})
}

// eraseCase shows what an erasure would do, or has it done: with the token of what was shown.
func (a *API) eraseCase(c *fiber.Ctx) error {
	var body struct {
		Plan string `json:"plan"` // "" shows the plan and changes nothing
	}
	lang := language(c)
	return a.onCase(c, &body, func(ctx context.Context, by privacy.By, id syncproto.ID) (any, error) {
		plan, err := a.cfg.Privacy.Erase(ctx, by, id, body.Plan)
		if err != nil {
			return nil, err
		}
		return saidPlan{Token: plan.Token, Goes: sayItems(lang, plan.Goes), Stays: sayItems(lang, plan.Stays), Begun: body.Plan != ""}, nil
	})
}

// saidPlan is a plan with a sentence for each code.
type saidPlan struct {
	Token string     `json:"plan"`
	Goes  []saidItem `json:"goes"`
	Stays []saidItem `json:"stays"`
	Begun bool       `json:"begun"`
}

type saidItem struct {
	privacy.Item
	Sentence string `json:"sentence"`
}

func sayItems(lang catalogue.Language, items []privacy.Item) []saidItem {
	said := make([]saidItem, len(items))
	for i := range items {
		said[i] = saidItem{items[i], catalogue.Text(lang, "privacy."+items[i].Code, nil)}
	}
	return said
}

func (a *API) closeCase(c *fiber.Ctx) error {
	var body struct {
		Result string `json:"result"` // done, partly, refused
		Note   string `json:"note"`
	}
	return a.onCase(c, &body, func(ctx context.Context, by privacy.By, id syncproto.ID) (any, error) {
		return a.cfg.Privacy.Close(ctx, by, id, body.Result, body.Note)
	})
}

// exportCase streams the archive of what is kept of a person. It is as long as it is, so it goes without a length.
func (a *API) exportCase(c *fiber.Ctx) error {
	by, err := a.keeper(c)
	if err != nil {
		return err
	}
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if p := a.params(c); p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	export, err := a.cfg.Privacy.Export(ctx, by, id)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+export.Name+`"`)
	c.Context().Response.Header.SetContentType("application/zip")
	c.Context().Response.SetBodyStream(a.archive(c, export), -1)
	return nil
}

// archive is a body that is made while it is read.
type archive struct {
	*io.PipeReader
	conn   *guest
	cancel context.CancelFunc
}

func (a *API) archive(c *fiber.Ctx, export writerTo) *archive {
	ctx, cancel := context.WithCancel(a.base) // it outlives the handler
	in, out := io.Pipe()
	go func() {
		err := a.write(ctx, export, out)
		if err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("export cut short", "code", syncproto.CodeOf(err))
		}
		out.CloseWithError(err)
	}()
	body := &archive{PipeReader: in, cancel: cancel}
	body.conn, _ = c.Context().Conn().(*guest)
	return body
}

// write makes an archive. It runs outside of every recover of the library: a panic is the end of this archive alone.
func (a *API) write(ctx context.Context, export writerTo, out io.Writer) (err error) {
	defer func() {
		if r := recover(); r != nil {
			a.cfg.Log.Error("panic", "in", "download", "panic", r, "stack", string(debug.Stack()))
			err = syncproto.E(syncproto.CodeInternal, "write download", nil)
		}
	}()
	return export.WriteTo(ctx, out)
}

// Read implements io.Reader. Each piece has its own deadline: the whole may take longer than any.
func (a *archive) Read(p []byte) (int, error) {
	n, err := a.PipeReader.Read(p)
	if err == nil && a.conn != nil {
		err = a.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	}
	return n, err
}

// Close implements io.Closer.
func (a *archive) Close() error {
	a.cancel()
	return a.PipeReader.Close()
}

// audits lists entries of the audit log.
func (a *API) audits(c *fiber.Ctx) error {
	by, err := a.keeper(c)
	if err != nil {
		return err
	}
	p := a.params(c, "record", "person", "from")
	record, person, from := p.id("record"), p.id("person"), p.number("from")
	if p.err != nil {
		return p.err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, next, err := a.cfg.Privacy.Audits(ctx, by, record, person, from)
	if err != nil {
		return err
	}
	return a.sendJSON(c, map[string]any{"audits": list, "next": next})
}
