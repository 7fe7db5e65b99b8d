package httpapi_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// inner is what must never be answered: a request that travels inside the body of another. No other request of these
// tests is answered with its word.
const (
	inner     = "GET /readyz HTTP/1.1\r\nHost: inside\r\n\r\n"
	innerWord = "ready\n"
)

// next is an honest request behind the one with the body.
const next = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

func chunked(parts ...string) string {
	var out strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&out, "%x\r\n%s\r\n", len(p), p)
	}
	return out.String() + "0\r\n\r\n"
}

func TestABodyNeverBecomesARequest(t *testing.T) {
	w := newWorld(t)
	auth := "Authorization: Bearer " + w.token + "\r\nContent-Type: application/json\r\n"
	small, large, huge := inner, strings.Repeat(inner, 64<<10/len(inner)), strings.Repeat(inner, 400<<10/len(inner))
	over := strings.Repeat(inner, 2<<20/len(inner))
	length := func(body string) string { return "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body }
	const te = "Transfer-Encoding: chunked\r\n\r\n"
	shapes := []struct{ name, raw string }{
		{"no token, small body", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + length(small)},
		{"no token, large body", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + length(large)},
		{"no token, huge body", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + length(huge)},
		{"no token, chunked", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + te + chunked(small, small)},
		{"no token, chunked huge", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + te + chunked(huge, huge)},
		{"chunks beside a length", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + auth + "Content-Length: 5\r\n" + te + "0\r\n\r\n" + inner},
		{"a length beside chunks", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + auth + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + inner},
		{"no route", "POST /v1/nothing HTTP/1.1\r\nHost: h\r\n" + length(large)},
		{"no route, chunked", "POST /v1/nothing HTTP/1.1\r\nHost: h\r\n" + te + chunked(large)},
		{"GET with a body", "GET /healthz HTTP/1.1\r\nHost: h\r\n" + length(small)},
		{"GET with a large body", "GET /healthz HTTP/1.1\r\nHost: h\r\n" + length(large)},
		{"GET with chunks", "GET /healthz HTTP/1.1\r\nHost: h\r\n" + te + chunked(large)},
		{"HEAD with a body", "HEAD /healthz HTTP/1.1\r\nHost: h\r\n" + length(small)},
		{"OPTIONS with a body", "OPTIONS /v1/sync HTTP/1.1\r\nHost: h\r\n" + length(large)},
		{"wrong method", "PUT /v1/sync HTTP/1.1\r\nHost: h\r\n" + length(large)},
		{"invented method", "BREW /v1/sync HTTP/1.1\r\nHost: h\r\n" + length(large)},
		{"wrong content type", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + w.token + "\r\n" + length(large)},
		{"multipart", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=x\r\n" + length("--x\r\n\r\n"+large)},
		{"expect, no token", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + length(large)},
		{"expect, token", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + auth + "Expect: 100-continue\r\n" + length(small)},
		{"read and refused", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + auth + length(small)},
		{"read and refused, chunked", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + auth + te + chunked(small, small)},
		{"above the limit", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + auth + length(over)},
		{"above the limit, chunked", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + auth + te + chunked(over[:1<<20], over[:1<<20])},
		{"above the limit of enrollment", "POST /v1/enroll HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" + length(large)},
		{"length and chunks", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" + te + "0\r\n\r\n" + inner},
		{"chunks and length", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: " + strconv.Itoa(len(inner)+5) + "\r\n\r\n0\r\n\r\n" + inner},
		{"two lengths", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: " + strconv.Itoa(len(inner)) + "\r\n\r\n" + inner},
		{"two lengths, other order", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Length: " + strconv.Itoa(len(inner)) + "\r\nContent-Length: 0\r\n\r\n" + inner},
		{"a list of lengths", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Length: 0, " + strconv.Itoa(len(inner)) + "\r\n\r\n" + inner},
		{"a signed length", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Length: +0\r\n\r\n" + inner},
		{"a negative length", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n" + inner},
		{"an unknown coding", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n" + inner},
		{"identity coding", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n" + inner},
		{"coding with a space", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner},
		{"folded coding", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + inner},
		{"gzip, chunked", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunked(inner)},
		{"a chunk extension", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + te + fmt.Sprintf("%x;x=\n\r\n%s\r\n0\r\n\r\n", len(inner), inner)},
		{"a chunk size beyond 64 bits", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + te + "10000000000000000\r\n" + inner},
		{"a chunk that lies", "POST /v1/sync HTTP/1.1\r\nHost: h\r\n" + te + "1\r\n" + inner + "\r\n0\r\n\r\n"},
		{"trailers", "POST /v1/sync HTTP/1.1\r\nHost: h\r\nTrailer: X\r\n" + te + "0\r\nX: " + strings.Repeat("a", 100) + "\r\n\r\n"},
		{"HTTP/1.0 kept alive", "POST /v1/sync HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n" + length(large)},
		{"a stream with a body", "GET /v1/live HTTP/1.1\r\nHost: h\r\n" + auth + length(small)},
	}
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			w.t = t
			got := w.exchange(s.raw + next)
			if strings.Contains(got, innerWord) {
				t.Fatalf("the body was answered:\n%s", got)
			}
		})
	}
}

// exchange sends bytes and returns everything that comes back until the server closes. A server that keeps waiting is
// hung up on after a while; nothing more can come from it then, since all was sent.
func (w *world) exchange(raw string) string {
	conn, _ := w.dial()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(conn, raw)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	got, _ := io.ReadAll(conn)
	conn.Close()
	<-sent
	return string(got)
}

func TestAConnectionIsUsedAgainAfterABodyThatWasRead(t *testing.T) {
	w := newWorld(t)
	conn, r := w.dial()
	body := string(syncBody())
	raw := "POST /v1/sync HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + w.token +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	for range 3 {
		if _, err := io.WriteString(conn, raw); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != http.StatusOK || resp.Close {
			t.Fatalf("got %d, close %v", resp.StatusCode, resp.Close)
		}
	}
}

func TestARefusalReachesAClientThatIsStillSending(t *testing.T) {
	w := newWorld(t)
	status, body, _ := w.post("/v1/sync", "", []byte(strings.Repeat("a", 200<<10)), nil)
	if status != http.StatusUnauthorized {
		t.Errorf("got %d %s", status, body)
	}
}

func TestACutBodyChangesNothing(t *testing.T) {
	w := newWorld(t)
	before := w.trace()
	got := w.exchange("POST /v1/sync HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + w.token +
		"\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n" + `{"protocol":1}`)
	if !strings.Contains(got, "body_incomplete") {
		t.Errorf("got %q", got)
	}
	if after := w.trace(); after != before {
		t.Errorf("the store changed: %q, was %q", after, before)
	}
}

// TestIdleRoundIsSmall measures a round with nothing new as it travels, headers included.
func TestIdleRoundIsSmall(t *testing.T) {
	w := newWorld(t)
	first := w.round(syncBody())
	conn, r := w.dial()
	body := `{"acknowledged":12,"app":"1.0.0","cursor":"` + first.Cursor + `","max_bytes":32768,"protocol":1}`
	raw := "POST /v1/sync HTTP/1.1\r\nHost: lantoa.example.vn\r\nAuthorization: Bearer " + w.token +
		"\r\nContent-Type: application/json\r\nAccept-Encoding: zstd\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	var down strings.Builder
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := io.ReadAll(resp.Body)
	_ = resp.Header.Write(&down)
	size := len("HTTP/1.1 200 OK\r\n") + down.Len() + len("\r\n") + len(payload)
	if resp.ContentLength >= 0 && resp.Header.Get("Content-Length") == "" {
		size += len("Content-Length: 100\r\n")
	}
	t.Logf("idle round: %d bytes up, %d down", len(raw), size)
	if len(raw) > 400 || size > 300 {
		t.Errorf("got %d bytes up and %d down, want at most 400 and 300: %s", len(raw), size, payload)
	}
}
