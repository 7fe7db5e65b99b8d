package httpapi

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/syncproto"
)

// media gives the lane of a photo (S-170, S-171).
//
// The address names a record, and what it gives changes: another file is chosen, a copy is made, a grant ends, a story
// is taken down. So a reader's own cache asks each time whether what it has still counts, which costs one round and no
// bytes, and an original stays in no cache at all. Vary keeps two persons apart who use one browser.
func (a *API) media(c *fiber.Ctx) error {
	guard(c)
	device, err := a.device(c)
	if err != nil {
		return err
	}
	return a.give(c, device)
}

// give gives the lane that the path names to a device, which may be that of somebody's desk.
func (a *API) give(c *fiber.Ctx, device *storage.Device) error {
	record, lane := syncproto.ID(strings.Clone(c.Params("record"))), syncproto.Lane(strings.Clone(c.Params("lane")))
	if !record.Valid() || !lane.Valid() {
		return fiber.ErrNotFound
	}
	ctx, cancel := a.work()
	defer cancel()
	file, err := a.cfg.Media.Open(ctx, device, record, lane)
	if err != nil {
		return err
	}
	disposition := dispositionOf(file)
	a.mediaHead(c, file, disposition)
	tag := tagOf(file)
	if status := conditions(c, tag); status != 0 {
		c.Status(status)
		return nil
	}
	if c.Method() == fiber.MethodGet {
		if url, err := file.Redirect(ctx, disposition); err != nil || url != "" {
			return a.elsewhere(c, url, err)
		}
	}
	part, asked := wholeOf(file.Size), rangesAsked(c)
	if asked != "" && c.Method() == fiber.MethodGet && rangeHolds(c, tag) {
		var satisfiable bool
		if part, satisfiable = partOf(asked, file.Size); !satisfiable {
			c.Response().Header.Del(fiber.HeaderContentDisposition) // no file comes
			c.Set(fiber.HeaderContentRange, part.unsatisfied())
			return c.SendStatus(fiber.StatusRequestedRangeNotSatisfiable)
		}
	}
	c.Context().Response.Header.SetContentType(file.Type)
	if part.some {
		c.Status(fiber.StatusPartialContent)
		c.Set(fiber.HeaderContentRange, part.String())
	}
	if c.Method() == fiber.MethodHead {
		c.Context().Response.SkipBody = true
		c.Context().Response.Header.SetContentLength(int(part.length))
		return nil
	}
	return a.stream(c, file, part)
}

// guard sets what every answer under this address carries, refusals too. Types are told apart by content when a file
// comes, but a file can be several things at once; it is these headers that keep a browser from running any of them.
func guard(c *fiber.Ctx) {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderVary, fiber.HeaderAuthorization)
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set("Cross-Origin-Resource-Policy", "same-site")
}

// mediaHead sets what every answer with a file carries besides.
func (a *API) mediaHead(c *fiber.Ctx, file *media.Reading, disposition string) {
	c.Set(fiber.HeaderETag, tagOf(file))
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	if file.Private() {
		c.Set(fiber.HeaderCacheControl, "private, no-store")
	}
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderContentDisposition, disposition)
}

// mediaUnhead takes back what is said of a file where something else is sent after all: a refusal with the tag of a
// photo would be kept for the photo.
func mediaUnhead(c *fiber.Ctx) {
	for _, name := range []string{
		fiber.HeaderETag, fiber.HeaderAcceptRanges, fiber.HeaderContentDisposition, fiber.HeaderContentRange,
	} {
		c.Response().Header.Del(name)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
}

// dispositionOf is the header of RFC 6266. The name is made of a record's id and an ending of ours, so both forms of it
// are the same plain letters.
func dispositionOf(file *media.Reading) string {
	kind := "attachment"
	if file.Inline {
		kind = "inline"
	}
	return kind + `; filename="` + file.Name + `"; filename*=UTF-8''` + file.Name
}

// tagOf names the content. It is a strong tag: equal tags are equal bytes.
func tagOf(file *media.Reading) string { return `"` + file.Blob.String() + `"` }

// elsewhere sends the reader to an address that is good for a few minutes, for this reader alone.
func (a *API) elsewhere(c *fiber.Ctx, url string, err error) error {
	mediaUnhead(c)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderLocation, url)
	c.Status(fiber.StatusFound)
	return nil
}

// stream gives the bytes of a part as they come from the blob store, a few at a time.
func (a *API) stream(c *fiber.Ctx, file *media.Reading, part part) error {
	ctx, cancel := context.WithCancel(a.base) // it outlives the handler
	body, err := file.Read(ctx, part.first, part.length)
	if err != nil {
		cancel()
		mediaUnhead(c)
		return err
	}
	out := &outgoing{body: body, left: part.length, cancel: cancel, sent: a.cfg.Metrics.Sent}
	if conn, ok := c.Context().Conn().(*guest); ok {
		out.conn = conn
	}
	c.Context().Response.SetBodyStream(out, int(part.length))
	return nil
}
