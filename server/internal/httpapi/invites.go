package httpapi

import (
	"bytes"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/enroll"
	"lantoa/syncproto"
)

// invited is what somebody asks who invites.
type invited struct {
	Unit   syncproto.ID   `json:"unit"`
	Role   syncproto.Role `json:"role"`
	Person syncproto.ID   `json:"person"` // somebody known, who gets a further phone
	Name   string         `json:"name"`
	Names  []string       `json:"names"`  // a code for each
	Count  int            `json:"count"`  // or so many without names
	Hours  int            `json:"hours"`  // how long the codes are good; 0 for a week
	Server string         `json:"server"` // where phones find the server; "" for where this request found it
}

// names returns the name for each code.
func (in *invited) each() ([]string, error) {
	wrong := &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "invite", Detail: "count"}
	switch {
	case len(in.Names) > 0 && (in.Name != "" || in.Count != 0), in.Name != "" && in.Count > 1, in.Count < 0, in.Count > enroll.MaxInvited:
		return nil, wrong
	case len(in.Names) > 0:
		return in.Names, nil
	case in.Count > 1:
		return make([]string, in.Count), nil
	}
	return []string{in.Name}, nil
}

// issueCodes makes the codes that somebody asks for.
func (a *API) issueCodes(c *fiber.Ctx) (in invited, list []enroll.Issued, err error) {
	by, err := a.actorWith(c, maxChangesBytes, &in)
	if err != nil {
		return in, nil, err
	}
	names, err := in.each()
	if err != nil {
		return in, nil, err
	}
	if in.Server, err = a.serverFor(c, in.Server); err != nil {
		return in, nil, err
	}
	ctx, cancel := a.work()
	defer cancel()
	list, err = a.cfg.Enroll.Invite(ctx, by, enroll.Invitation{
		Unit: in.Unit, Role: in.Role, Person: in.Person, Valid: time.Duration(in.Hours) * time.Hour,
	}, names)
	return in, list, err
}

// serverFor returns the address for phones: as given, or as the browser found it.
func (a *API) serverFor(c *fiber.Ctx, given string) (string, error) {
	if given == "" {
		return a.visit(c, false).Origin, nil
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || len(given) > 200 {
		return "", &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "invite", Detail: "server"}
	}
	return given, nil
}

// invite makes codes. They are shown this once.
func (a *API) invite(c *fiber.Ctx) error {
	in, list, err := a.issueCodes(c)
	if err != nil {
		return err
	}
	type code struct {
		Code    string         `json:"code"`
		Name    string         `json:"name,omitempty"`
		Unit    syncproto.ID   `json:"unit"`
		Role    syncproto.Role `json:"role"`
		Expires int64          `json:"expires"`
		URI     string         `json:"uri"`
	}
	codes := make([]code, len(list))
	for i := range list {
		l := &list[i]
		codes[i] = code{l.Code, l.Name, l.Unit.ID, in.Role, l.Expires.UnixMilli(), enroll.URI(in.Server, l.Code)}
	}
	return a.sendJSON(c, map[string]any{"invites": codes, "server": in.Server})
}

// inviteSheet makes codes and a page to print with them.
func (a *API) inviteSheet(c *fiber.Ctx) error {
	in, list, err := a.issueCodes(c)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := enroll.Sheet(&page, in.Server, in.Role, list); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, enroll.SheetPolicy())
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Context().Response.Header.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	c.Response().SetBodyRaw(page.Bytes())
	return nil
}
