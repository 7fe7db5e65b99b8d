package httpapi_test

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"lantoa/syncproto"
)

// TestUploadBodiesNeverBecomeRequests is the list of shapes that desynchronise, on the routes whose bodies are not read
// whole.
func TestUploadBodiesNeverBecomeRequests(t *testing.T) {
	w := newWorld(t)
	path := w.upload(noise(t, 600<<10))
	common := "Host: h\r\nAuthorization: Bearer " + w.token + "\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n"
	small, large := inner, strings.Repeat(inner, 400<<10/len(inner))
	length := func(body string) string { return "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body }
	const te = "Transfer-Encoding: chunked\r\n\r\n"
	for _, s := range []struct{ name, raw string }{
		{"a wrong offset", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 7\r\n" + length(small)},
		{"a wrong offset, large", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 7\r\n" + length(large)},
		{"a wrong offset, chunked", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 7\r\n" + te + chunked(large)},
		{"no offset", "PATCH " + path + " HTTP/1.1\r\n" + common + length(large)},
		{"another type", "PATCH " + path + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + w.token + "\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n" + length(large)},
		{"no token", "PATCH " + path + " HTTP/1.1\r\nHost: h\r\n" + length(large)},
		{"beyond the length", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 0\r\n" + length(strings.Repeat(large, 2))},
		{"chunks beside a length", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 0\r\nContent-Length: 5\r\n" + te + "0\r\n\r\n" + inner},
		{"a wrong checksum", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 0\r\nUpload-Checksum: md5 AAAAAAAAAAAAAAAAAAAAAA==\r\n" + length(small)},
		{"creation without metadata", "POST /v1/uploads HTTP/1.1\r\n" + common + "Upload-Length: 5\r\n" + length(large)},
		{"HEAD with a body", "HEAD " + path + " HTTP/1.1\r\n" + common + length(small)},
		{"DELETE with a body", "DELETE /v1/uploads/" + string(syncproto.NewID()) + " HTTP/1.1\r\n" + common + length(large)},
		{"OPTIONS with a body", "OPTIONS /v1/uploads HTTP/1.1\r\n" + common + length(large)},
		{"a method in a header", "POST " + path + " HTTP/1.1\r\n" + common + "X-HTTP-Method-Override: HEAD\r\n" + length(large)},
		{"a method in the header of a GET", "GET " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 7\r\nX-HTTP-Method-Override: PATCH\r\n" + length(large)},
		{"a method in the header of a GET, small", "GET " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 7\r\nX-HTTP-Method-Override: PATCH\r\n" + length(small)},
		{"a method in the header of a GET, chunked", "GET " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 7\r\nX-HTTP-Method-Override: PATCH\r\n" + te + chunked(large)},
		{"a GET in the header of a POST", "POST " + path + " HTTP/1.1\r\n" + common + "X-HTTP-Method-Override: GET\r\n" + length(small)},
		{"a GET in the header of a POST, chunked", "POST " + path + " HTTP/1.1\r\n" + common + "X-HTTP-Method-Override: GET\r\n" + te + chunked(large)},
		{"two lengths", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 0\r\nContent-Length: 0\r\n" + length(small)},
		{"two lengths, other order", "PATCH " + path + " HTTP/1.1\r\n" + common + "Upload-Offset: 0\r\nContent-Length: " + strconv.Itoa(len(small)) + "\r\nContent-Length: 0\r\n\r\n" + small},
		{"a HEAD that is another in its header", "HEAD " + path + " HTTP/1.1\r\n" + common + "X-HTTP-Method-Override: PATCH\r\nUpload-Offset: 0\r\n" + length(small)},
		{"a method in a header, small", "POST " + path + " HTTP/1.1\r\n" + common + "X-HTTP-Method-Override: HEAD\r\n" + length(small)},
	} {
		t.Run(s.name, func(t *testing.T) {
			w.t = t
			if got := w.exchange(s.raw + next); strings.Contains(got, innerWord) {
				t.Fatalf("the body was answered:\n%s", got)
			}
		})
	}
}

// TestAnUploadIsRefusedBeforeItIsSent has the refusal reach a client that has 50 MB to send yet.
func TestAnUploadIsRefusedBeforeItIsSent(t *testing.T) {
	w := newWorld(t)
	path := w.upload(noise(t, 100))
	for i := range 10 {
		conn, r := w.dial()
		go func() {
			_, _ = io.WriteString(conn, w.patchHead(path, 5, 50<<20))
			_, _ = io.Copy(conn, io.LimitReader(zeros{}, 50<<20))
		}()
		resp, err := http.ReadResponse(bufio.NewReader(r), nil)
		if err != nil || resp.StatusCode != http.StatusConflict {
			t.Fatalf("try %d: got %v, %v", i, resp, err)
		}
		conn.Close()
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestABufferingProxyIsNoticed has nothing of an upload come through a proxy, again and again.
func TestABufferingProxyIsNoticed(t *testing.T) {
	w := newWorld(t)
	const word = "proxy_request_buffering off"
	path := w.upload(noise(t, 1000))
	for range 5 {
		w.offset(path)
	}
	if strings.Contains(w.log.String(), word) {
		t.Fatal("without a proxy")
	}
	for i := range 5 {
		w.tus("HEAD", path, nil, "X-Forwarded-For", "203.0.113.9")
		if strings.Contains(w.log.String(), word) != (i >= 2) {
			t.Fatalf("after %d: %q", i+1, w.log.String())
		}
	}
	if strings.Count(w.log.String(), word) != 1 {
		t.Error("it is said more than once")
	}
}
