package mobilesdk

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"lantoa/syncproto"
)

// sendBuffer bounds what the system takes of a file before it has left: progress is then true to within this, a
// transfer that is broken off loses no more than this, and a sync beside it waits behind no more than this.
const sendBuffer = 64 << 10

// newFileClient returns a client for files. It speaks HTTP/1.1: an upload that is broken off closes its connection,
// which is how the server learns of it at once.
func newFileClient(dialer *net.Dialer) *http.Client {
	return &http.Client{CheckRedirect: stay, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second, DisableCompression: true,
		TLSHandshakeTimeout: 20 * time.Second, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetWriteBuffer(sendBuffer)
			}
			c := &meteredConn{Conn: conn, dial: &traffic{}}
			c.meter.Store(c.dial)
			return c, nil
		},
	}}
}

// traffic is what one exchange cost.
type traffic struct{ up, down atomic.Int64 }

// meteredConn counts for the exchange that has it: one at a time, for HTTP/1.1 takes turns.
type meteredConn struct {
	net.Conn
	dial  *traffic // of the handshake
	meter atomic.Pointer[traffic]
}

// claim makes an exchange pay from now on; the first one also for the handshake.
func (c *meteredConn) claim(t *traffic) {
	if c.meter.Swap(t) == c.dial {
		t.up.Add(c.dial.up.Load())
		t.down.Add(c.dial.down.Load())
	}
}

func (c *meteredConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.meter.Load().down.Add(int64(n))
	return n, err
}

func (c *meteredConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.meter.Load().up.Add(int64(n))
	return n, err
}

// File begins one exchange about a file.
func (t *HTTPTransport) File(ctx context.Context, r *FileRequest) (*FileResponse, error) {
	paid := &traffic{}
	out := &FileResponse{Traffic: func() (int64, int64) { return paid.up.Load(), paid.down.Load() }}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		conn := info.Conn
		if secure, ok := conn.(*tls.Conn); ok {
			conn = secure.NetConn()
		}
		if c, ok := conn.(*meteredConn); ok {
			c.claim(paid)
		}
	}})
	request, err := http.NewRequestWithContext(ctx, r.Method, r.Server+r.Path, http.NoBody)
	if err != nil {
		return out, syncproto.E(syncproto.CodeUsage, "make request", err)
	}
	if r.Body != nil {
		request.Body, request.ContentLength = io.NopCloser(r.Body), r.Size
	}
	request.Header["User-Agent"] = nil
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	answer, err := t.files.Do(request)
	if err != nil {
		return out, err
	}
	out.Status, out.Header, out.RetryAfter = answer.StatusCode, answer.Header, retryAfter(answer.Header.Get("Retry-After"))
	out.Body = answer.Body
	return out, nil
}
