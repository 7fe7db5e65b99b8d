package httpapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"lantoa/syncproto"
)

// params are the parameters behind the question mark, each at most once. The first that is wrong is the error of all.
type params struct {
	values url.Values
	err    error
}

// params reads the parameters of a request, of which only those named are known.
func (a *API) params(c *fiber.Ctx, known ...string) *params {
	values, err := url.ParseQuery(string(c.Context().URI().QueryString())) // a copy
	if err != nil {
		return &params{err: syncproto.E(syncproto.CodeQueryInvalid, "read query", err)}
	}
	for name, all := range values {
		if !slices.Contains(known, name) {
			return &params{err: wrongParam("")} // what is unknown is not repeated
		}
		if len(all) != 1 {
			return &params{err: wrongParam(name)}
		}
	}
	return &params{values: values}
}

func wrongParam(name string) error {
	return &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "read query", Detail: name}
}

func (p *params) text(name string) string { return p.values.Get(name) }

// list splits at commas; nil for a parameter that is not there.
func (p *params) list(name string) []string {
	if p.text(name) == "" {
		return nil
	}
	return strings.Split(p.text(name), ",")
}

// id reads an id; "" for a parameter that is not there.
func (p *params) id(name string) syncproto.ID {
	id := syncproto.ID(p.text(name))
	if id != "" && !id.Valid() {
		p.wrong(name)
	}
	return id
}

// number reads an integer from 0 on; 0 for a parameter that is not there.
func (p *params) number(name string) int64 {
	if p.text(name) == "" {
		return 0
	}
	n, err := strconv.ParseInt(p.text(name), 10, 64)
	if err != nil || n < 0 || n > syncproto.MaxInteger {
		p.wrong(name)
	}
	return n
}

func (p *params) wrong(name string) {
	if p.err == nil {
		p.err = wrongParam(name)
	}
}

// pathID returns the id in a path; not_found for what is none.
func pathID(c *fiber.Ctx, name string) (syncproto.ID, error) {
	id := syncproto.ID(strings.Clone(c.Params(name)))
	if !id.Valid() {
		return "", syncproto.E(syncproto.CodeNotFound, "read path", nil)
	}
	return id, nil
}

// pathText reads a text that the path names, "" for none.
func pathText(c *fiber.Ctx, name string) string { return strings.Clone(c.Params(name)) }

// names turns texts into a kind of name.
func names[T ~string](list []string) []T {
	var out []T
	for _, name := range list {
		out = append(out, T(name))
	}
	return out
}
