package httpapi_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

var tagged = sample.Options{Seed: 7, Lat: 19.8, Lon: 105.9, Width: 320, Height: 240}

func TestAFileAndItsHeaders(t *testing.T) {
	g := newGallery(t, 0)
	b := sample.JPEG(tagged)
	id := g.photo(b)
	for _, lane := range syncproto.Lanes() {
		status, body, h := g.get(id, lane)
		sum := sha256.Sum256(body)
		want := map[string]string{
			"Content-Type": "image/jpeg", "Etag": fmt.Sprintf(`"%x"`, sum), "Accept-Ranges": "bytes", "Vary": "Authorization",
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
			"Cross-Origin-Resource-Policy": "same-site", "Cache-Control": "private, no-cache",
			"Content-Disposition": `inline; filename="` + string(id) + `.jpg"; filename*=UTF-8''` + string(id) + `.jpg`,
			"Content-Length":      strconv.Itoa(len(body)), "Content-Encoding": "", "Content-Range": "",
		}
		if lane == syncproto.LaneOriginal {
			want["Cache-Control"] = "private, no-store"
		}
		for name, value := range want {
			if h.Get(name) != value {
				t.Errorf("%s, %s: got %q, want %q", lane, name, h.Get(name), value)
			}
		}
		if status != http.StatusOK || bytes.Equal(body, b) != (lane == syncproto.LaneOriginal) || sample.HasPosition(body) != (lane == syncproto.LaneOriginal) {
			t.Errorf("%s: %d, %d bytes", lane, status, len(body))
		}
	}
	g.closed()
}

func TestPartsOfAFile(t *testing.T) {
	g := newGallery(t, 0)
	b := sample.JPEG(tagged)
	id, n := g.photo(b), len(b)
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(b))
	all := fmt.Sprintf("bytes 0-%d/%d", n-1, n)
	for _, c := range []struct {
		header []string
		status int
		first  int
		last   int // of the body; -1 for none
		sent   string
	}{
		{nil, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=0-9"}, 206, 0, 9, fmt.Sprintf("bytes 0-9/%d", n)},
		{[]string{"Range: bytes=10-"}, 206, 10, n - 1, fmt.Sprintf("bytes 10-%d/%d", n-1, n)},
		{[]string{"Range: bytes=-10"}, 206, n - 10, n - 1, fmt.Sprintf("bytes %d-%d/%d", n-10, n-1, n)},
		{[]string{"Range: bytes=0-0"}, 206, 0, 0, fmt.Sprintf("bytes 0-0/%d", n)},
		{[]string{"Range: bytes=0-"}, 206, 0, n - 1, all},
		{[]string{"Range: bytes=0-99999999"}, 206, 0, n - 1, all},
		{[]string{"Range: bytes=-99999999"}, 206, 0, n - 1, all},
		{[]string{"Range: bytes=5-99999999999999999999999"}, 206, 5, n - 1, fmt.Sprintf("bytes 5-%d/%d", n-1, n)},
		{[]string{"Range: BYTES = 1-2 "}, 206, 1, 2, fmt.Sprintf("bytes 1-2/%d", n)},
		{[]string{"Range: bytes= , 1-2,"}, 206, 1, 2, fmt.Sprintf("bytes 1-2/%d", n)},
		{[]string{fmt.Sprintf("Range: bytes=%d-", n-1)}, 206, n - 1, n - 1, fmt.Sprintf("bytes %d-%d/%d", n-1, n-1, n)},
		// No byte lies in these.
		{[]string{fmt.Sprintf("Range: bytes=%d-", n)}, 416, 0, -1, fmt.Sprintf("bytes */%d", n)},
		{[]string{"Range: bytes=99999999-999999999"}, 416, 0, -1, fmt.Sprintf("bytes */%d", n)},
		{[]string{"Range: bytes=99999999999999999999999-"}, 416, 0, -1, fmt.Sprintf("bytes */%d", n)},
		{[]string{"Range: bytes=-0"}, 416, 0, -1, fmt.Sprintf("bytes */%d", n)},
		// These are passed over.
		{[]string{"Range: bytes=9-5"}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=abc"}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=1-2x"}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=-"}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes="}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=--5"}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=+1-2"}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=0-1,3-4"}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=0-1", "Range: bytes=2-3"}, 200, 0, n - 1, ""},
		{[]string{"Range: seconds=0-1"}, 200, 0, n - 1, ""},
		{[]string{"Range: 0-1"}, 200, 0, n - 1, ""},
		// A part is of one content only.
		{[]string{"Range: bytes=0-9", "If-Range: " + tag}, 206, 0, 9, fmt.Sprintf("bytes 0-9/%d", n)},
		{[]string{"Range: bytes=0-9", "If-Range: W/" + tag}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=0-9", `If-Range: "other"`}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=99999999-", `If-Range: "other"`}, 200, 0, n - 1, ""},
		{[]string{"Range: bytes=0-9", "If-Range: Wed, 21 Oct 2026 07:28:00 GMT"}, 200, 0, n - 1, ""},
		// What the reader has already is not sent.
		{[]string{"If-None-Match: " + tag}, 304, 0, -1, ""},
		{[]string{"If-None-Match: W/" + tag}, 304, 0, -1, ""},
		{[]string{`If-None-Match: "a", ` + tag}, 304, 0, -1, ""},
		{[]string{`If-None-Match: "a"`, "If-None-Match: " + tag}, 304, 0, -1, ""},
		{[]string{"If-None-Match: *"}, 304, 0, -1, ""},
		{[]string{`If-None-Match: "a"`}, 200, 0, n - 1, ""},
		{[]string{"If-None-Match: " + tag, "Range: bytes=0-9"}, 304, 0, -1, ""},
		// What was meant for another content is not done, and that is asked first.
		{[]string{"If-Match: " + tag}, 200, 0, n - 1, ""},
		{[]string{"If-Match: *", "Range: bytes=0-9"}, 206, 0, 9, fmt.Sprintf("bytes 0-9/%d", n)},
		{[]string{`If-Match: "a", ` + tag}, 200, 0, n - 1, ""},
		{[]string{"If-Match: W/" + tag}, 412, 0, -1, ""},
		{[]string{`If-Match: "a"`, "Range: bytes=0-9"}, 412, 0, -1, ""},
		{[]string{`If-Match: "a"`, "If-None-Match: " + tag}, 412, 0, -1, ""},
		{[]string{"If-Match: " + tag, "If-None-Match: " + tag}, 304, 0, -1, ""},
		{[]string{"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, 200, 0, n - 1, ""},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			before := g.audits()
			status, body, h := g.ask(method, id, syncproto.LaneOriginal, c.header...)
			wantStatus, want, sent := c.status, b[c.first:c.last+1], c.sent
			length := strconv.Itoa(len(want))
			if method == http.MethodHead {
				want = nil
				if c.status != http.StatusNotModified && c.status != http.StatusPreconditionFailed { // a Range is for GET alone
					wantStatus, sent, length = 200, "", strconv.Itoa(n)
				}
			}
			if status != wantStatus || h.Get("Content-Range") != sent {
				t.Errorf("%s %v: got %d %q, want %d %q", method, c.header, status, h.Get("Content-Range"), wantStatus, sent)
			}
			if status < 300 && (!bytes.Equal(body, want) || h.Get("Content-Length") != length) {
				t.Errorf("%s %v: %d bytes, length %q, want %d", method, c.header, len(body), h.Get("Content-Length"), len(want))
			}
			if (status == 304 || method == http.MethodHead) && len(body) != 0 {
				t.Errorf("%s %v: a body of %d bytes", method, c.header, len(body))
			}
			if h.Get("Etag") != tag {
				t.Errorf("%s %v: tag %q", method, c.header, h.Get("Etag"))
			}
			if logged := g.audits() - before; logged > 1 || logged == 1 && len(want) == 0 {
				t.Errorf("%s %v: %d entries in the log", method, c.header, logged)
			}
		}
	}
	g.closed()
}

// guarded checks what every answer carries, whatever it says: nothing that a browser would run or keep.
func (g *gallery) guarded(name string, h http.Header) {
	g.t.Helper()
	for header, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cross-Origin-Resource-Policy": "same-site", "Vary": "Authorization", "Cache-Control": "no-store",
	} {
		if h.Get(header) != want {
			g.t.Errorf("%s, %s: got %q, want %q", name, header, h.Get(header), want)
		}
	}
}

func TestWhoGetsNoFile(t *testing.T) {
	g := newGallery(t, 0)
	id := g.photo(sample.JPEG(tagged))
	path := "/v1/media/" + string(id) + "/display"
	_, other := g.join(syncproto.RoleVolunteer)
	for _, c := range []struct {
		name, path, token string
		status            int
		code              string
	}{
		{"no token", path, "", 401, "token_missing"},
		{"an unknown token", path, "nonsense", 401, "token_unknown"},
		{"a member, the original", "/v1/media/" + string(id) + "/original", other, 404, "not_found"},
		{"no such record", "/v1/media/" + string(syncproto.NewID()) + "/display", g.token, 404, "not_found"},
		{"no id", "/v1/media/x/display", g.token, 404, "not_found"},
		{"no such lane", "/v1/media/" + string(id) + "/poster", g.token, 404, "not_found"},
		{"a way out", "/v1/media/../healthz/display", g.token, 404, "not_found"},
		{"by its hash", "/v1/media/" + strings.Repeat("0", 64) + "/display", g.token, 404, "not_found"},
	} {
		status, body, h := g.do(http.MethodGet, c.path, c.token, nil, nil)
		if status != c.status || !strings.Contains(string(body), c.code) {
			t.Errorf("%s: %d %s", c.name, status, body)
		}
		if !strings.Contains(c.path, "..") { // which is another address
			g.guarded(c.name, h)
		}
	}
	if status, _, _ := g.do(http.MethodGet, path, other, nil, nil); status != 200 {
		t.Errorf("a member: %d", status)
	}
	if status, _, _ := g.do(http.MethodPut, path, other, nil, nil); status != 405 {
		t.Errorf("PUT: %d", status)
	}
	if err := g.people.RevokeDevice(t.Context(), g.device); err != nil {
		t.Fatal(err)
	}
	if status, body, _ := g.do(http.MethodGet, path, g.token, nil, nil); status != 401 || !strings.Contains(string(body), "token_revoked") {
		t.Errorf("revoked: %d %s", status, body)
	}
}

func TestWhatBrowsersRunIsNeverGiven(t *testing.T) {
	g := newGallery(t, 0)
	script := "<script>alert(1)</script>"
	for name, b := range map[string][]byte{
		"svg":  []byte(`<svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`),
		"html": []byte("<!DOCTYPE html>" + script), "xml": []byte(`<?xml version="1.0"?><a/>`), "pdf": []byte("%PDF-1.7\n"),
		"script": []byte("alert(1)"),
	} {
		id := g.photo(b)
		for _, lane := range syncproto.Lanes() {
			status, body, h := g.get(id, lane)
			if status != 415 || h.Get("Content-Type") != "application/problem+json" || strings.Contains(string(body), script) {
				t.Errorf("%s, %s: %d %q %s", name, lane, status, h.Get("Content-Type"), body)
			}
		}
	}
	polyglots := map[string][]byte{
		"jpeg and html": append(sample.JPEG(tagged), "<html>"+script...),
		"gif and html":  append(sample.GIF(tagged), "<html>"+script...),
		"png and html":  append(sample.PNG(tagged), "<html>"+script...),
	}
	for name, b := range polyglots {
		id := g.photo(b)
		for _, lane := range syncproto.Lanes() {
			status, body, h := g.get(id, lane)
			if status == 415 {
				continue
			}
			if status != 200 || !strings.HasPrefix(h.Get("Content-Type"), "image/") || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
				t.Errorf("%s, %s: %d %v", name, lane, status, h)
			}
			if lane != syncproto.LaneOriginal && strings.Contains(string(body), script) {
				t.Errorf("%s, %s: the script is in the copy", name, lane)
			}
		}
	}
}

func TestACutDownloadFreesTheBlob(t *testing.T) {
	g := newGallery(t, 0)
	b := sample.JPEG(sample.Options{Seed: 1, Width: 4000, Height: 3000, Quality: 98})
	id := g.photo(b)
	for _, lane := range []syncproto.Lane{syncproto.LaneOriginal, syncproto.LaneDisplay} {
		g.kept.read.Store(0)
		conn, r := g.dial()
		_, err := io.WriteString(conn, "GET /v1/media/"+string(id)+"/"+string(lane)+" HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "+g.token+"\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.ReadByte(); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		g.closed()
	}
	if len(b) < 4<<20 {
		t.Fatalf("%d bytes fit the buffers of a connection", len(b))
	}
}

func TestABlobThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	g := newGallery(t, 0)
	id := g.photo(sample.JPEG(tagged))
	g.kept.fails.Store(true)
	conn, r := g.dial()
	if _, err := io.WriteString(conn, "GET /v1/media/"+string(id)+"/original HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "+g.token+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(r, nil)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("a half answer looks whole")
	}
	g.closed()
}

func TestARefusalSaysNothingOfTheFile(t *testing.T) {
	g := newGallery(t, 0)
	id := g.photo(sample.JPEG(tagged))
	g.kept.shut.Store(true)
	status, body, h := g.get(id, syncproto.LaneDisplay, "Range: bytes=0-9")
	if status != 503 || !strings.Contains(string(body), "unavailable") || h.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d %s", status, body)
	}
	for _, name := range []string{"Etag", "Content-Range", "Content-Disposition", "Accept-Ranges"} {
		if h.Get(name) != "" {
			t.Errorf("%s: %q", name, h.Get(name))
		}
	}
	g.guarded("the bucket is down", h)
}

func TestAConnectionIsUsedAgainAfterAFile(t *testing.T) {
	g := newGallery(t, 0)
	b := sample.JPEG(tagged)
	id := g.photo(b)
	conn, r := g.dial()
	for _, method := range []string{"GET", "HEAD", "GET", "HEAD", "HEAD", "GET"} {
		_, err := io.WriteString(conn, method+" /v1/media/"+string(id)+"/original HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "+g.token+"\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || resp.Close || (method == "GET") != bytes.Equal(got, b) {
			t.Fatalf("%s: %d, %v, close %v, %d bytes", method, resp.StatusCode, err, resp.Close, len(got))
		}
	}
}

func TestAFileWithoutANetwork(t *testing.T) {
	g := newGallery(t, 0)
	b := sample.JPEG(tagged)
	id := g.photo(b)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://nowhere/v1/media/"+string(id)+"/original", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+g.token)
		resp, err := g.api.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || (method == http.MethodGet) != bytes.Equal(got, b) {
			t.Errorf("%s: %d, %d bytes, %v", method, resp.StatusCode, len(got), err)
		}
	}
	g.closed()
}

func TestReadersAreSentToTheBucket(t *testing.T) {
	g := newGallery(t, 5*time.Minute)
	g.kept.sign = "https://s3.example.vn/"
	id := g.photo(sample.JPEG(tagged))
	for _, lane := range syncproto.Lanes() {
		before, read := g.audits(), g.kept.read.Load()
		status, body, h := g.get(id, lane, "Range: bytes=0-9")
		if status != 302 || !strings.HasPrefix(h.Get("Location"), "https://s3.example.vn/") || h.Get("Cache-Control") != "no-store" ||
			h.Get("Etag") != "" || len(body) != 0 || h.Get("Content-Disposition") != "" || !strings.HasSuffix(h.Get("Location"), "image/jpeginline") {
			t.Errorf("%s: %d %v %q", lane, status, h, body)
		}
		if logged := g.audits() - before; (logged == 1) != (lane == syncproto.LaneOriginal) || g.kept.read.Load() != read {
			t.Errorf("%s: %d entries", lane, logged)
		}
		// Whoever only asks is answered here: the address is for GET alone.
		if status, _, _ := g.ask(http.MethodHead, id, lane); status != 200 {
			t.Errorf("HEAD %s: %d", lane, status)
		}
	}
	g.kept.sign = ""
	if status, _, _ := g.get(id, syncproto.LaneDisplay); status != 200 {
		t.Errorf("a store that does not sign: %d", status)
	}
}
