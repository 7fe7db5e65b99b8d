package mobilesdk_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// serveHTTP puts the lab's server behind real HTTP, with compression both ways.
func (l *lab) serveHTTP(t *testing.T) *httptest.Server {
	s := httptest.NewServer(l.recordHandler())
	t.Cleanup(s.Close)
	return s
}

// unpacked returns the body of a request as it was before it was compressed.
func unpacked(r *http.Request, body []byte) []byte {
	if r.Header.Get("Content-Encoding") == "zstd" {
		decoder, _ := zstd.NewReader(nil)
		body, _ = decoder.DecodeAll(body, nil)
		decoder.Close()
	}
	return body
}

func (l *lab) recordHandler() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/live" {
			fmt.Fprint(w, ": hello\n\nevent: poke\ndata: {}\n\n")
			return
		}
		body, _ := io.ReadAll(r.Body)
		body = unpacked(r, body)
		l.mu.Lock()
		status, answer, ok := l.server.Serve(r.URL.Path, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), body)
		l.mu.Unlock()
		if !ok {
			panic(http.ErrAbortHandler)
		}
		if strings.Contains(r.Header.Get("Accept-Encoding"), "zstd") {
			encoder, _ := zstd.NewWriter(nil)
			answer = encoder.EncodeAll(answer, nil)
			w.Header().Set("Content-Encoding", "zstd")
		}
		w.WriteHeader(status)
		w.Write(answer)
	}
}

func TestOverRealHTTP(t *testing.T) {
	l := newLab(t)
	server := l.serveHTTP(t)
	ctx := context.Background()
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: filepath.Join(t.TempDir(), "phone.db")})
	l.must(err)
	defer e.Close()
	l.must(e.Enroll(ctx, server.URL+"/", strings.ToLower(l.code("Lan", syncproto.RoleVolunteer))))
	for i := range 30 {
		_, err := e.Create(ctx, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text(fmt.Sprint("tin ", i))})
		l.must(err)
	}
	s, err := e.Sync(ctx)
	if l.must(err); s.Applied != 30 || s.BytesUp == 0 || s.BytesDown == 0 {
		t.Fatalf("summary %+v", s)
	}
	t.Logf("30 stories: %d bytes up, %d down, %d rounds", s.BytesUp, s.BytesDown, s.Rounds)
	server.Close()
	_, err = e.Sync(ctx)
	wantCode(t, err, syncproto.CodeOffline)
}

func TestWatchHearsPokes(t *testing.T) {
	l := newLab(t)
	server := l.serveHTTP(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: filepath.Join(t.TempDir(), "phone.db")})
	l.must(err)
	defer e.Close()
	l.must(e.Enroll(ctx, server.URL, l.code("Lan", syncproto.RoleVolunteer)))
	syncs := 0
	e.Watch(ctx, func(s *mobilesdk.Summary, err error) {
		l.must(err)
		switch syncs++; {
		case syncs == 2: // the poke came
			_, err := e.Create(ctx, syncproto.KindStory, "", syncproto.Fields{"title": `"x"`})
			l.must(err)
		case s.Sent > 0: // what was captured woke it
			cancel()
		}
	})
}

// TestIdleRequestIsSmall measures on the wire what a phone sends when it has nothing to say, against a listener that sees
// every byte.
func TestIdleRequestIsSmall(t *testing.T) {
	l := newLab(t)
	server := l.serveHTTP(t)
	ctx := context.Background()
	front, err := net.Listen("tcp", "127.0.0.1:0")
	l.must(err)
	defer front.Close()
	seen := make(chan int, 16)
	go relay(front, server.Listener.Addr().String(), seen)
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: filepath.Join(t.TempDir(), "phone.db"), App: "lantoa-android 1.12.3"})
	l.must(err)
	defer e.Close()
	l.must(e.Enroll(ctx, "http://"+front.Addr().String(), l.code("Lan", syncproto.RoleEditor)))
	<-seen
	_, err = e.Create(ctx, syncproto.KindStory, "", syncproto.Fields{"title": `"x"`})
	l.must(err)
	_, err = e.Sync(ctx)
	l.must(err)
	for len(seen) > 0 {
		<-seen
	}
	s, err := e.Sync(ctx)
	l.must(err)
	if n := <-seen; n > 400 || s.Rounds != 1 {
		t.Fatalf("an idle request is %d bytes, want at most 400", n)
	} else {
		t.Logf("an idle request is %d bytes", n)
	}
}

// relay passes requests on one by one and tells how many bytes each was.
func relay(front net.Listener, back string, seen chan<- int) {
	for {
		conn, err := front.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			var raw bytes.Buffer
			in := bufio.NewReader(io.TeeReader(conn, &raw))
			for {
				request, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				body, _ := io.ReadAll(request.Body)
				seen <- raw.Len() - in.Buffered()
				raw.Reset()
				request.Body, request.RequestURI = io.NopCloser(bytes.NewReader(body)), ""
				request.URL.Scheme, request.URL.Host = "http", back
				answer, err := http.DefaultTransport.RoundTrip(request)
				if err != nil {
					return
				}
				_ = answer.Write(conn)
				answer.Body.Close()
			}
		}()
	}
}
