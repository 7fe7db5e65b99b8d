package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lantoa/server/internal/people"
	"lantoa/server/internal/wire"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// statuses are those of codes that have another status than their kind (wire.Status).
var statuses = []struct {
	code   syncproto.Code
	status int
}{
	{code: syncproto.CodeBadEncoding, status: fiber.StatusUnsupportedMediaType},
	{code: syncproto.CodeMethod, status: fiber.StatusMethodNotAllowed},
	{code: syncproto.CodeStoreFull, status: fiber.StatusInsufficientStorage},
	{code: syncproto.CodeStoreReadOnly, status: fiber.StatusInsufficientStorage},
	{code: syncproto.CodeTimeout, status: fiber.StatusGatewayTimeout},
	{code: syncproto.CodeHashMismatch, status: statusChecksumMismatch},
	{code: syncproto.CodeUploadVersion, status: fiber.StatusPreconditionFailed},
	{code: syncproto.CodeQuota, status: fiber.StatusRequestEntityTooLarge},
	{code: syncproto.CodeNoRoom, status: fiber.StatusInsufficientStorage},
	{code: syncproto.CodeMediaUnsupported, status: fiber.StatusUnsupportedMediaType},
}

// statusChecksumMismatch is the number that tus 1.0.0 gives to bytes with another checksum than was said.
const statusChecksumMismatch = 460

func statusOf(code syncproto.Code) int {
	for _, row := range statuses {
		if row.code == code {
			return row.status
		}
	}
	return wire.Status(syncproto.KindOfCode(code))
}

// fiberCodes gives the library's own refusals our codes.
var fiberCodes = map[int]syncproto.Code{
	fiber.StatusNotFound:                    syncproto.CodeNotFound,
	fiber.StatusMethodNotAllowed:            syncproto.CodeMethod,
	fiber.StatusRequestEntityTooLarge:       syncproto.CodeTooLarge,
	fiber.StatusRequestHeaderFieldsTooLarge: syncproto.CodeTooLarge,
	fiber.StatusRequestTimeout:              syncproto.CodeBodyIncomplete,
	fiber.StatusBadGateway:                  syncproto.CodeBodyIncomplete,
	fiber.StatusBadRequest:                  syncproto.CodeMalformed,
}

// Problem is the body of every refusal (RFC 9457).
type Problem struct {
	Type    string              `json:"type"`
	Title   string              `json:"title"` // the catalogue's sentence in the language that was asked for
	Status  int                 `json:"status"`
	Code    syncproto.Code      `json:"code"`
	Kind    syncproto.ErrorKind `json:"kind"`
	At      string              `json:"at,omitempty"` // where in the input
	Request string              `json:"request_id"`   // the same as in the server's log
}

// tableProblem is a Problem of a table: with everything that is wrong with it.
type tableProblem struct {
	Problem
	Lines []people.Fault `json:"lines"`
}

// refuse is the one place where errors become responses.
func (a *API) refuse(c *fiber.Ctx, err error) error {
	a.problem(c.Context(), ours(err))
	return nil
}

// ours gives errors of the library and of contexts a code.
func ours(err error) error {
	if fe, ok := errors.AsType[*fiber.Error](err); ok {
		code, ok := fiberCodes[fe.Code]
		if !ok {
			code = syncproto.CodeInternal
		}
		return syncproto.E(code, "route", err)
	}
	if _, ok := errors.AsType[*syncproto.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return syncproto.E(syncproto.CodeTimeout, "handle", err)
	case errors.Is(err, context.Canceled):
		return syncproto.E(syncproto.CodeUnavailable, "handle", err)
	}
	return err
}

// problem writes a refusal. Only its code, sentence and place are shown; the cause is logged, once, here.
func (a *API) problem(ctx *fasthttp.RequestCtx, err error) {
	lang, code := catalogue.Match(string(ctx.Request.Header.Peek(fiber.HeaderAcceptLanguage))), syncproto.CodeOf(err)
	p := Problem{
		Type: "urn:lantoa:problem:" + string(code), Title: catalogue.Sentence(lang, told(code)), Status: statusOf(code),
		Code: code, Kind: syncproto.KindOfCode(code), Request: requestID(),
	}
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		p.At = e.Detail
	}
	h := &ctx.Response.Header
	switch p.Kind {
	case syncproto.Unauthenticated:
		h.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	case syncproto.Exhausted, syncproto.Unavailable:
		h.Set(fiber.HeaderRetryAfter, strconv.Itoa(retryAfter(err)))
	}
	if code == syncproto.CodeBadEncoding && p.At == "content-encoding" {
		h.Set(fiber.HeaderAcceptEncoding, "zstd, gzip")
	}
	h.SetContentType("application/problem+json")
	h.Set(fiber.HeaderCacheControl, "no-store") // a cache may keep a 404 or a 410 that says nothing of it
	h.Set(fiber.HeaderContentLanguage, string(lang))
	ctx.Response.SetStatusCode(p.Status)
	var whole any = p
	if table, ok := errors.AsType[*people.TableError](err); ok {
		whole = tableProblem{p, table.Faults}
	}
	body, _ := json.Marshal(whole) // strings and numbers cannot fail
	ctx.Response.SetBodyRaw(body)
	a.cfg.Metrics.Refused(code)
	a.cfg.Log.Log(ctx, level(p.Kind), "request refused", "route", a.label(ctx), "code", code, "at", p.At,
		"request", p.Request, "err", err)
}

// told is the code whose sentence a phone is shown. The state of the server's disk is the operator's matter: its
// sentences would send a volunteer to delete files on the phone.
func told(code syncproto.Code) syncproto.Code {
	switch code {
	case syncproto.CodeStoreFull, syncproto.CodeStoreReadOnly, syncproto.CodeStoreBusy, syncproto.CodeStoreBroken,
		syncproto.CodeStoreMissing, syncproto.CodeStoreNewer:
		return syncproto.CodeUnavailable
	}
	return code
}

// level is what an operator should look at: faults of ours are errors, passing ones warnings, a client's are detail.
func level(kind syncproto.ErrorKind) slog.Level {
	switch kind {
	case syncproto.Internal:
		return slog.LevelError
	case syncproto.Unavailable:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func retryAfter(err error) int {
	if w, ok := errors.AsType[waitError](err); ok {
		return max(1, int(math.Ceil(w.wait.Seconds())))
	}
	return int((5 * time.Second).Seconds())
}
