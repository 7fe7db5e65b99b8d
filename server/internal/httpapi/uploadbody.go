package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lantoa/server/internal/upload"
	"lantoa/syncproto"
)

// uploadStall is how long the body of an upload may stand still. A phone between two masts is silent for half a minute
// and goes on; one that is gone holds little, and the next request of its upload ends it.
const uploadStall = time.Minute

// A body that somebody else waits for is read on behind its end for as long as bytes of it lie in the kernel: a disk that
// was slow to sync, or a busy processor, must not cost the phone megabytes that are here already. Each such read waits
// lateRead for more. A sender that is alive would never be done: the reads that found little may take lateWait together,
// and no more than lateBytes are read in all, which is above what a kernel holds.
const (
	lateRead  = 5 * time.Millisecond
	lateWait  = 100 * time.Millisecond
	lateFew   = 8 << 10
	lateBytes = 16 << 20
)

// bytesTaken is the user value under which the edge finds the body, to count what really came of it.
const bytesTaken = "bytes taken"

// uploadBody is the body of an upload. It is read as it comes, each read with its own deadline and the whole with none:
// 2 GB over 2G are days.
type uploadBody struct {
	ctx    *fasthttp.RequestCtx
	conn   net.Conn // nil in a simulation
	stream io.Reader
	length int64 // -1: chunked
	read   int64
	ended  bool          // the library must not be asked for more: it would read the next request as a chunk
	late   time.Duration // spent behind the end in reads that found little
	behind int           // bytes read there

	mu  sync.Mutex
	end time.Time // of all reading, once somebody else wants the upload
}

func newUploadBody(ctx *fasthttp.RequestCtx) *uploadBody {
	b := &uploadBody{ctx: ctx, length: int64(ctx.Request.Header.ContentLength())}
	ctx.SetUserValue(bytesTaken, b)
	if ctx.Request.IsBodyStream() {
		b.stream, b.conn = ctx.RequestBodyStream(), ctx.Conn()
	} else {
		raw := ctx.Request.Body()
		b.stream, b.length = bytes.NewReader(raw), int64(len(raw))
	}
	return b
}

// Read implements upload.Body.
func (b *uploadBody) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	for {
		late, err := b.wait()
		if err != nil {
			return 0, err
		}
		began := time.Now()
		n, err := b.stream.Read(p)
		b.read += int64(n)
		switch {
		case late:
			if b.behind += n; n < lateFew {
				b.late += time.Since(began)
			}
		case n == 0 && b.length >= 0 && errors.Is(err, os.ErrDeadlineExceeded) && b.overtaken():
			continue // on a busy machine the clock overtakes what lies there
		}
		b.ended = err != nil
		return n, err
	}
}

// overtaken reports whether the end of all reading is set.
func (b *uploadBody) overtaken() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.end.IsZero()
}

// Cut implements upload.Body.
func (b *uploadBody) Cut(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end = at
	if b.conn != nil {
		_ = b.conn.SetReadDeadline(at) // a connection that is gone ends by itself
	}
}

// wait says how long the next read may take, and whether it is behind the end.
func (b *uploadBody) wait() (late bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	deadline := now.Add(uploadStall)
	if !b.end.IsZero() {
		if deadline = b.end; now.Add(lateRead).After(deadline) {
			late, deadline = true, now.Add(lateRead)
		}
	}
	if late && (b.late >= lateWait || b.behind >= lateBytes) {
		return true, os.ErrDeadlineExceeded
	}
	if b.conn == nil {
		return late, nil
	}
	return late, b.conn.SetReadDeadline(deadline)
}

// settle marks a body as read that was taken to its end, so that the connection serves the next request. One that was
// not is left to the edge.
func (b *uploadBody) settle() {
	if (b.read == b.length || b.length < 0 && b.ended) && b.ctx.Request.IsBodyStream() {
		_ = b.ctx.Request.CloseBodyStream() // a failure leaves the body unread, and the edge closes the connection
	}
}

// stalled notices proxies that hold a body back until it is whole: of an upload that is cut, nothing comes through them,
// and it starts at 0 for ever.
type stalled struct {
	mu    sync.Mutex
	looks map[syncproto.ID]int // at offset 0, through a proxy
	told  bool
}

const (
	maxStalled   = 1000
	stalledLooks = 3
)

// noteLook warns once, when a phone comes back to the same upload again and again and nothing of it is there.
func (a *API) noteLook(c *fiber.Ctx, st *upload.Status) {
	s := &a.stalled
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told || !proxied(c) || st.State != syncproto.MediaReceiving {
		return
	}
	if st.Offset > 0 || st.Size == 0 {
		delete(s.looks, st.ID)
		return
	}
	if s.looks == nil || len(s.looks) >= maxStalled {
		s.looks = map[syncproto.ID]int{}
	}
	if s.looks[st.ID]++; s.looks[st.ID] < stalledLooks {
		return
	}
	s.told, s.looks = true, nil
	a.cfg.Log.Warn("a proxy seems to hold uploads back until they are whole: those that break start over",
		"upload", st.ID, "next", "let the proxy pass request bodies on as they come; for nginx: "+
			"proxy_request_buffering off; proxy_http_version 1.1; client_max_body_size 0;")
}
