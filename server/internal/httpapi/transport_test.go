package httpapi_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"lantoa/syncproto"
)

func TestTransportAnswersLikeTheNetwork(t *testing.T) {
	w := newWorld(t)
	ask := func(client *http.Client, base, method, path, token string, body []byte) (int, string, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("Content-Type"), string(got)
	}
	direct := &http.Client{Transport: w.api.Transport()}
	for _, c := range []struct {
		method, path, token string
		body                []byte
	}{
		{"POST", "/v1/sync", w.token, syncBody()},
		{"POST", "/v1/sync", "", syncBody()},
		{"POST", "/v1/sync", w.token, []byte(`{`)},
		{"POST", "/v1/sync", w.token, bytes.Repeat([]byte("a"), syncproto.MaxRequestBytes+1)},
		{"GET", "/v1/sync", w.token, nil},
		{"GET", "/healthz", "", nil},
		{"GET", "/nothing", "", nil},
	} {
		status, kind, _ := ask(http.DefaultClient, "http://"+w.address, c.method, c.path, c.token, c.body)
		status2, kind2, body := ask(direct, "http://lantoa.test", c.method, c.path, c.token, c.body)
		if status != status2 || kind != kind2 {
			t.Errorf("%s %s: got %d %s %s, the network %d %s", c.method, c.path, status2, kind2, body, status, kind)
		}
	}
	if status, _, body := ask(direct, "http://lantoa.test", "GET", "/v1/live", w.token, nil); status != http.StatusServiceUnavailable {
		t.Errorf("a stream without a connection gets %d %s", status, body)
	}
}

func TestGuessersAreSlowedAndNeighboursAreNot(t *testing.T) {
	w := newWorld(t)
	guess := func(from string) (int, http.Header) {
		status, _, header := w.post("/v1/enroll", "", enrollBody(syncproto.NewEnrollCode()), map[string]string{"X-Forwarded-For": "198.51.100.9, " + from})
		return status, header
	}
	slowed := false
	for range 60 {
		status, header := guess("203.0.113.7")
		if status == http.StatusTooManyRequests {
			slowed = true
			if n, err := strconv.Atoi(header.Get("Retry-After")); err != nil || n < 1 || n > 60 {
				t.Errorf("got Retry-After %q", header.Get("Retry-After"))
			}
			break
		}
	}
	if !slowed {
		t.Fatal("60 guesses were all looked at")
	}
	if status, _ := guess("203.0.113.8"); status != http.StatusNotFound {
		t.Errorf("another address gets %d", status)
	}
	for range 60 {
		w.post("/v1/sync", strings.Repeat("A", 27), syncBody(), nil)
	}
	if status, _, _ := w.post("/v1/sync", strings.Repeat("A", 27), syncBody(), nil); status != http.StatusTooManyRequests {
		t.Errorf("bad tokens get %d for ever", status)
	}
	if status, body, _ := w.post("/v1/sync", w.token, syncBody(), nil); status != http.StatusOK {
		t.Errorf("the good token of a neighbour gets %d %s", status, body)
	}
}

// BenchmarkIdleRound is a round with nothing new over a kept connection.
func BenchmarkIdleRound(b *testing.B) {
	w := newWorld(b)
	first := w.round(syncBody())
	body := `{"acknowledged":0,"cursor":"` + first.Cursor + `","protocol":1}`
	raw := "POST /v1/sync HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + w.token +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	conn, err := net.Dial("tcp", w.address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	answer := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.WriteString(conn, raw); err != nil {
			b.Fatal(err)
		}
		n, err := conn.Read(answer)
		if err != nil || !bytes.HasPrefix(answer[:n], []byte("HTTP/1.1 200")) {
			b.Fatalf("%v %s", err, answer[:n])
		}
	}
}
