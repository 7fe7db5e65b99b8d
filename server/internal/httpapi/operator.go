package httpapi

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"lantoa/server/internal/metrics"
)

// health says that the process answers. It asks nothing of the store, so that a supervisor does not restart a server
// whose disk is full.
func (a *API) health(c *fiber.Ctx) error { return c.SendString("ok\n") }

// ready says that the store can be read and written.
func (a *API) ready(c *fiber.Ctx) error {
	ctx, cancel := a.work()
	defer cancel()
	if err := a.cfg.Ready(ctx); err != nil {
		return err
	}
	return c.SendString("ready\n")
}

// metrics writes what Prometheus collects. Collectors ask the server itself: what came through a proxy came from
// outside, and finds nothing here even if the proxy was not told to keep it out.
func (a *API) metrics(c *fiber.Ctx) error {
	if c.Get(fiber.HeaderXForwardedFor) != "" || c.Get("Forwarded") != "" {
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

// welcome is for somebody who opened the address in a browser.
func (a *API) welcome(c *fiber.Ctx) error {
	c.Context().Response.Header.SetContentType(fiber.MIMETextPlainCharsetUTF8)
	return c.SendString("Lan tỏa " + a.cfg.Version + `

Đây là máy chủ Lan tỏa: nơi nhận bài viết, hình ảnh và hoạt động của tình nguyện viên, kể cả khi điện thoại
mất mạng nhiều ngày. Trang này dành cho ứng dụng điện thoại.
  • Tình nguyện viên: hãy xin mã tham gia của đơn vị, rồi nhập mã và địa chỉ này vào ứng dụng.
  • Người vận hành: tạo mã bằng lệnh  go run ./server enroll -unit "TÊN ĐƠN VỊ" -role volunteer

This is a Lantoa server: it takes in the stories, pictures and activities of volunteers, also from phones that
were offline for days. It speaks to phone apps.
  • Volunteers: ask your unit for an enrollment code, then enter it with this address in the app.
  • Operators: make a code with  go run ./server enroll -unit "NAME OF UNIT" -role volunteer

/healthz  /readyz  /metrics
`)
}
