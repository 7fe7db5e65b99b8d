package httpapi

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lantoa/server/internal/upload"
	"lantoa/syncproto"
)

// The headers of tus 1.0.0, and the one of ours.
const (
	headerTus       = "Tus-Resumable"
	headerTusAll    = "Tus-Version"
	headerOffset    = "Upload-Offset"
	headerLength    = "Upload-Length"
	headerDefer     = "Upload-Defer-Length"
	headerMetadata  = "Upload-Metadata"
	headerConcat    = "Upload-Concat"
	headerChecksum  = "Upload-Checksum"
	headerExpires   = "Upload-Expires"
	headerState     = "Lantoa-State"
	headerOverride  = "X-Http-Method-Override"
	tusVersion      = "1.0.0"
	tusExtensions   = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination,concatenation"
	typeOffset      = "application/offset+octet-stream"
	concatPartial   = "partial"
	concatFinalPlan = "final;"
)

// asTold calls a handler with the method that travels in a header, where a network lets nothing but GET and POST
// through. The answer is framed for the method that was really sent: one to HEAD would come without its body.
func asTold(ctx *fasthttp.RequestCtx, inner fasthttp.RequestHandler) {
	told := ctx.Request.Header.Peek(headerOverride)
	if len(told) == 0 || !known(told) || !ctx.IsPost() && !ctx.IsGet() {
		inner(ctx)
		return
	}
	sent := fiber.MethodPost
	if ctx.IsGet() {
		sent = fiber.MethodGet
	}
	ctx.Request.Header.SetMethodBytes(told)
	defer ctx.Request.Header.SetMethod(sent)
	inner(ctx)
}

// speaksTus refuses another version of the protocol.
func speaksTus(c *fiber.Ctx) error {
	if c.Get(headerTus) == tusVersion {
		return nil
	}
	c.Set(headerTusAll, tusVersion)
	return syncproto.E(syncproto.CodeUploadVersion, "read header", nil)
}

func badHeader(name string) error {
	return &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "read header", Detail: strings.ToLower(name)}
}

// number reads a header that holds a size or an offset; -1 if it is not there.
func number(c *fiber.Ctx, name string) (int64, error) {
	text := c.Get(name)
	if text == "" {
		return -1, nil
	}
	if len(text) > 19 || strings.Trim(text, "0123456789") != "" { // ParseInt would take a sign
		return -1, badHeader(name)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1, badHeader(name)
	}
	return n, nil
}

// length reads Upload-Length or that it is said later.
func length(c *fiber.Ctx) (int64, error) {
	size, err := number(c, headerLength)
	if err != nil {
		return -1, err
	}
	switch later := c.Get(headerDefer); {
	case later != "" && (later != "1" || size >= 0):
		return -1, badHeader(headerDefer)
	case later == "" && size < 0:
		return -1, badHeader(headerLength)
	}
	return size, nil
}

// creation reads what a request for a new upload says. Everything in it is a copy: the header's memory is used again.
func creation(c *fiber.Ctx) (n upload.Creation, err error) {
	n.Metadata = strings.Clone(c.Get(headerMetadata))
	concat := strings.Clone(c.Get(headerConcat))
	switch {
	case concat == concatPartial:
		n.Partial = true
	case strings.HasPrefix(concat, concatFinalPlan):
		if n.Parts, err = partsOf(concat[len(concatFinalPlan):]); err != nil {
			return n, err
		}
	case concat != "":
		return n, badHeader(headerConcat)
	}
	if len(n.Parts) == 0 {
		if n.Size, err = length(c); err != nil {
			return n, err
		}
	} else if c.Get(headerLength) != "" {
		return n, badHeader(headerLength)
	}
	pairs, err := metadata(n.Metadata)
	if n.Partial || err != nil {
		return n, err
	}
	n.Record, n.Lane = syncproto.ID(pairs["record"]), syncproto.LaneOriginal
	if lane, ok := pairs["lane"]; ok {
		n.Lane = syncproto.Lane(lane)
	}
	return n, nil
}

// partsOf reads the addresses of parts, of which only the last step matters: proxies put others before it.
func partsOf(text string) (ids []syncproto.ID, err error) {
	for address := range strings.FieldsSeq(text) {
		id := syncproto.ID(address[strings.LastIndexByte(address, '/')+1:])
		if !id.Valid() {
			return nil, badHeader(headerConcat)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, badHeader(headerConcat)
	}
	return ids, nil
}

// metadata reads pairs of a key and a value in base64, separated by commas. A value may be missing; a key may not come
// twice, for a proxy may have looked at the other one.
func metadata(text string) (map[string]string, error) {
	pairs := map[string]string{}
	if text == "" {
		return pairs, nil
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, badHeader(headerMetadata) // it is given back in a header
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, coded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
		if _, twice := pairs[key]; key == "" || twice || err != nil {
			return nil, badHeader(headerMetadata)
		}
		pairs[key] = string(value)
	}
	return pairs, nil
}

// checksum reads Upload-Checksum; nil if it is not there.
func checksum(c *fiber.Ctx) (*upload.Checksum, error) {
	text := c.Get(headerChecksum)
	if text == "" {
		return nil, nil
	}
	algorithm, coded, _ := strings.Cut(text, " ")
	sum, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
	if err != nil {
		return nil, badHeader(headerChecksum)
	}
	return upload.NewChecksum(algorithm, sum)
}

// tell writes how an upload stands into the header of an answer.
func tell(c *fiber.Ctx, st *upload.Status) {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(headerState, string(st.State))
	if len(st.Parts) == 0 || st.Offset == st.Size { // one that is not joined yet has none
		c.Set(headerOffset, strconv.FormatInt(st.Offset, 10))
	}
	if st.Expires > 0 {
		c.Set(headerExpires, time.UnixMilli(st.Expires).UTC().Format(http.TimeFormat))
	}
}

// describe writes what a client may have forgotten of its upload.
func describe(c *fiber.Ctx, st *upload.Status) {
	if st.Size < 0 {
		c.Set(headerDefer, "1")
	} else {
		c.Set(headerLength, strconv.FormatInt(st.Size, 10))
	}
	if st.Metadata != "" {
		c.Set(headerMetadata, st.Metadata)
	}
	switch {
	case st.Partial:
		c.Set(headerConcat, concatPartial)
	case len(st.Parts) > 0:
		addresses := make([]string, len(st.Parts))
		for i, id := range st.Parts {
			addresses[i] = uploadsPath + "/" + string(id)
		}
		c.Set(headerConcat, concatFinalPlan+strings.Join(addresses, " "))
	}
}
