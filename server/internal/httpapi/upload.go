package httpapi

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

// uploadsPath is the collection of uploads (S-162).
const uploadsPath = "/v1/uploads"

// maxAskBytes bounds a question about files: 256 items of a good 80 bytes, and room for spaces.
const maxAskBytes = 64 << 10

// uploadOptions says what this server can do, to anybody.
func (a *API) uploadOptions(c *fiber.Ctx) error {
	c.Set(headerTusAll, tusVersion)
	c.Set("Tus-Extension", tusExtensions)
	c.Set("Tus-Checksum-Algorithm", upload.Algorithms)
	c.Set("Tus-Max-Size", strconv.FormatInt(syncproto.MaxMediaBytes, 10))
	return c.SendStatus(fiber.StatusNoContent)
}

// createUpload makes an upload, and takes its first bytes if there are any (S-163).
func (a *API) createUpload(c *fiber.Ctx) error {
	device, err := a.sender(c)
	if err != nil {
		return err
	}
	wanted, err := creation(c)
	if err != nil {
		return err
	}
	var chunk *upload.Chunk
	var body *uploadBody
	if length := c.Context().Request.Header.ContentLength(); length > 0 || length == -1 {
		if chunk, body, err = a.chunk(c); err != nil {
			return err
		}
		if len(wanted.Parts) > 0 {
			return badHeader(headerConcat)
		}
	}
	st, err := a.cfg.Uploads.Create(a.base, device, wanted, chunk)
	if st != nil {
		// Relative to the collection: right behind any proxy, whatever it calls this server.
		c.Set(fiber.HeaderLocation, "uploads/"+string(st.ID))
	}
	if err != nil {
		return err
	}
	if body != nil {
		body.settle()
	}
	tell(c, st)
	c.Status(fiber.StatusCreated)
	return nil
}

// sender returns the device that speaks tus, after the token and before anything else is looked at.
func (a *API) sender(c *fiber.Ctx) (*storage.Device, error) {
	device, err := a.bringer(c)
	if err == nil {
		err = speaksTus(c)
	}
	return device, err
}

// lookUpload says how far an upload is.
func (a *API) lookUpload(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store") // also on a refusal
	device, err := a.sender(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	st, err := a.cfg.Uploads.Look(ctx, device, uploadID(c))
	if err != nil {
		return err
	}
	a.noteLook(c, st)
	tell(c, st)
	describe(c, st)
	c.Status(fiber.StatusOK)
	return nil
}

// writeUpload takes bytes (S-166, S-167).
func (a *API) writeUpload(c *fiber.Ctx) error {
	device, err := a.sender(c)
	if err != nil {
		return err
	}
	chunk, body, err := a.chunk(c)
	if err != nil {
		return err
	}
	if chunk.Offset, err = number(c, headerOffset); err != nil || chunk.Offset < 0 {
		return badHeader(headerOffset)
	}
	if chunk.Size, err = number(c, headerLength); err != nil {
		return err
	}
	st, err := a.cfg.Uploads.Write(a.base, device, uploadID(c), chunk)
	if err != nil {
		return err
	}
	body.settle()
	tell(c, st)
	c.Status(fiber.StatusNoContent)
	return nil
}

// endUpload ends an upload that is not wanted any more.
func (a *API) endUpload(c *fiber.Ctx) error {
	device, err := a.sender(c)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.Uploads.Terminate(ctx, device, uploadID(c)); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// ask says of many files how far they have come (S-165).
func (a *API) ask(c *fiber.Ctx) error {
	device, err := a.bringer(c)
	if err != nil {
		return err
	}
	data, err := a.body(c, maxAskBytes)
	if err != nil {
		return err
	}
	question, err := syncproto.DecodeMediaAsk(data)
	if err != nil {
		return err
	}
	ctx, cancel := a.work()
	defer cancel()
	answer, err := a.cfg.Uploads.Ask(ctx, device, question)
	if err != nil {
		return err
	}
	return a.send(c, syncproto.AppendMediaAnswer(nil, answer))
}

// uploadID returns the id in a path, as a copy.
func uploadID(c *fiber.Ctx) syncproto.ID {
	return syncproto.ID(utils.CopyString(c.Params("upload")))
}

// chunk describes the bytes of a request.
func (a *API) chunk(c *fiber.Ctx) (*upload.Chunk, *uploadBody, error) {
	if kind := c.Get(fiber.HeaderContentType); !strings.EqualFold(kind, typeOffset) {
		return nil, nil, &syncproto.Error{Code: syncproto.CodeBadEncoding, Op: "read header", Detail: "content-type"}
	}
	if coding := c.Get(fiber.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, nil, &syncproto.Error{Code: syncproto.CodeBadEncoding, Op: "read header", Detail: "content-encoding"}
	}
	sum, err := checksum(c)
	if err != nil {
		return nil, nil, err
	}
	body := newUploadBody(c.Context())
	return &upload.Chunk{Length: body.length, Size: -1, Sum: sum, Body: body}, body, nil
}
