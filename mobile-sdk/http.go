package mobilesdk

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"lantoa/syncproto"
)

const (
	// maxAnswer bounds a decompressed answer: pages of 64 KiB compressed hold a few MiB at the very most, and no
	// server or proxy may fill a phone's memory.
	maxAnswer = 16 << 20
	// worthPacking is the body from which compression saves more than it costs.
	worthPacking = 256
)

// HTTPTransport speaks to a server over HTTP. It keeps one connection alive and sends few headers: on a quiet day they
// are most of what a volunteer pays for.
type HTTPTransport struct {
	client *http.Client
	files  *http.Client // on connections of its own, beside the sync
	packer *zstd.Encoder
	up     atomic.Int64
	down   atomic.Int64
}

// NewHTTPTransport returns a transport for one engine.
func NewHTTPTransport() *HTTPTransport {
	t := &HTTPTransport{}
	dialer := &net.Dialer{Timeout: 20 * time.Second, KeepAlive: 60 * time.Second}
	base := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2, IdleConnTimeout: 5 * time.Minute, DisableCompression: true,
		TLSHandshakeTimeout: 20 * time.Second, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn, t: t}, nil
		},
	}
	t.client = &http.Client{Transport: base, CheckRedirect: stay}
	t.files = newFileClient(dialer)
	t.packer, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	return t
}

// stay refuses to follow: a redirect would carry the token to a stranger.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// countedConn counts what really travels, headers and handshakes included.
type countedConn struct {
	net.Conn
	t *HTTPTransport
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.t.down.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.t.up.Add(int64(n))
	return n, err
}

func (t *HTTPTransport) request(ctx context.Context, method string, r *Request, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.Server+r.Path, bytes.NewReader(body))
	if err != nil {
		return nil, syncproto.E(syncproto.CodeUsage, "make request", err)
	}
	request.Header["User-Agent"] = nil
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	return request, nil
}

// Do performs one exchange.
func (t *HTTPTransport) Do(ctx context.Context, r *Request) (*Response, error) {
	body, packed := r.Body, false
	if len(body) >= worthPacking {
		if small := t.packer.EncodeAll(body, nil); len(small)+len("Content-Encoding: zstd\r\n") < len(body) {
			body, packed = small, true
		}
	}
	request, err := t.request(ctx, cmp.Or(r.Method, http.MethodPost), r, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept-Encoding", "zstd,gzip")
	if packed {
		request.Header.Set("Content-Encoding", "zstd")
	}
	up, down := t.up.Load(), t.down.Load()
	answer, err := t.client.Do(request)
	if err != nil {
		return &Response{Sent: t.up.Load() - up, Received: t.down.Load() - down}, err
	}
	defer answer.Body.Close()
	out := &Response{Status: answer.StatusCode, RetryAfter: retryAfter(answer.Header.Get("Retry-After"))}
	out.Body, err = unpack(answer)
	out.Sent, out.Received = t.up.Load()-up, t.down.Load()-down
	return out, err
}

func unpack(answer *http.Response) ([]byte, error) {
	var body io.Reader = answer.Body
	switch answer.Header.Get("Content-Encoding") {
	case "zstd":
		reader, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxAnswer), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		body = reader
	case "gzip":
		reader, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = reader
	}
	data, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err == nil && len(data) > maxAnswer {
		err = syncproto.E(syncproto.CodeTooLarge, "read answer", nil)
	}
	return data, err
}

func retryAfter(text string) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 24*60*60)) * time.Second
}

// quiet is how long a live connection may say nothing: the server's heartbeat comes every 25 s.
const quiet = 70 * time.Second

// Live listens to server-sent events until the connection ends.
func (t *HTTPTransport) Live(ctx context.Context, r *Request, poke func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := t.request(ctx, http.MethodGet, r, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "text/event-stream")
	silence := time.AfterFunc(quiet, cancel)
	defer silence.Stop()
	answer, err := t.client.Do(request)
	if err != nil {
		return syncproto.E(syncproto.CodeOffline, "listen", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := unpack(answer)
		return refusal(&Response{Status: answer.StatusCode, Body: body, RetryAfter: retryAfter(answer.Header.Get("Retry-After"))})
	}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		silence.Reset(quiet)
		if strings.HasPrefix(lines.Text(), "data:") {
			poke()
		}
	}
	return syncproto.E(syncproto.CodeOffline, "listen", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

// cleanServer checks a server's address as a person typed it.
func cleanServer(text string) (string, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	if text != "" && !strings.Contains(text, "://") {
		text = schemeOf(text) + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || strings.HasSuffix(u.Host, ":") || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil {
		return "", syncproto.E(syncproto.CodeUsage, "read server address", fmt.Errorf("%q is no address", text))
	}
	return u.String(), nil
}

// schemeOf is how a server is reached whose address says no scheme: encrypted, unless it is on this machine or on a
// private network, where a server speaks for itself.
func schemeOf(address string) string {
	host, _, _ := strings.Cut(address, "/")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	at, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if host == "localhost" || err == nil && (at.IsLoopback() || at.IsPrivate()) {
		return "http://"
	}
	return "https://"
}
