package s3blob_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/storage/s3blob"
	"lantoa/syncproto"
)

// between puts a proxy before the server, which answers by itself where fault says so.
func between(t *testing.T, fault func(w http.ResponseWriter, r *http.Request) (answered bool)) func(*s3blob.Options) {
	t.Helper()
	target, err := url.Parse(endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fault(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	return func(o *s3blob.Options) { o.Endpoint = front.URL }
}

// forward sends a request on and keeps the answer.
func forward(t *testing.T, r *http.Request) *httptest.ResponseRecorder {
	target, err := url.Parse(endpoint(t))
	if err != nil {
		t.Error(err)
	}
	through := httptest.NewRecorder()
	(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = p.In.Host
	}}).ServeHTTP(through, r)
	return through
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>no</Message></Error>`))
}

func photo(seed byte, size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

// TestNoConditions is a server that does not know If-None-Match.
func TestNoConditions(t *testing.T) {
	var refused atomic.Int32
	s := open(t, "noconditions", between(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-None-Match") == "" {
			return false
		}
		refused.Add(1)
		refuse(w, http.StatusNotImplemented, "NotImplemented")
		return true
	}))
	for i, size := range []int{1000, 6 << 20, 7 << 20} {
		data := photo(byte(i), size)
		if fresh, err := put(t, s, data); !fresh || err != nil {
			t.Errorf("fresh %t, %v", fresh, err)
		}
		wantBytes(t, s, data)
	}
	if refused.Load() != 1 {
		t.Errorf("the server was asked %d times, want once", refused.Load())
	}
}

// TestChecksums: each body carries the SHA-256 of its bytes, and one that was damaged on the way is not taken.
func TestChecksums(t *testing.T) {
	var bodies atomic.Int32
	s := open(t, "checksums", between(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		n := bodies.Add(1)
		if _, err := hex.DecodeString(r.Header.Get("X-Amz-Content-Sha256")); err != nil {
			t.Errorf("%s has no checksum: %v", r.URL, err)
		}
		for name := range r.Header {
			if strings.HasPrefix(name, "X-Amz-Checksum") {
				t.Errorf("%s has %s, which some servers refuse", r.URL, name)
			}
		}
		if n >= 2 && n < 6 {
			r.Body = flip{r.Body}
		}
		return false
	}))
	first, second, third := photo(1, 1000), photo(2, 1001), photo(3, 11<<20)
	if _, err := put(t, s, first); err != nil {
		t.Error(err)
	}
	_, err := put(t, s, second)
	wantCode(t, err, syncproto.CodeUnavailable)
	_, err = s.Stat(t.Context(), idOf(second))
	wantCode(t, err, syncproto.CodeNotFound)
	if _, err := put(t, s, third); err != nil {
		t.Error(err)
	}
	wantBytes(t, s, third)
	if n := bodies.Load(); n != 1+4+3 {
		t.Errorf("got %d bodies, want one, four tries of the damaged one, and three parts", n)
	}
}

// TestPartsWhileReading: the first part is with the server before the last one is read.
func TestPartsWhileReading(t *testing.T) {
	arrived := make(chan struct{})
	var first sync.Once
	s := open(t, "while", between(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "1" {
			first.Do(func() { close(arrived) })
		}
		return false
	}))
	data := photo(40, 11<<20)
	waits := &waiting{rest: bytes.NewReader(data[10<<20:]), until: arrived}
	if _, err := s.Put(t.Context(), idOf(data), 11<<20, io.MultiReader(bytes.NewReader(data[:10<<20]), waits)); err != nil {
		t.Error(err)
	}
	wantBytes(t, s, data)
}

// waiting is a reader that gives nothing until something happened.
type waiting struct {
	rest  io.Reader
	until chan struct{}
}

func (w *waiting) Read(p []byte) (int, error) {
	select {
	case <-w.until:
		return w.rest.Read(p)
	case <-time.After(time.Minute):
		return 0, errors.New("no part was sent")
	}
}

// flip is a body whose bits are turned.
type flip struct{ io.ReadCloser }

func (f flip) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	for i := range p[:n] {
		p[i] ^= 1
	}
	return n, err
}

// TestRandomErrors: a server that fails one request in six is tried again, and nothing wrong comes of it.
func TestRandomErrors(t *testing.T) {
	var mu sync.Mutex
	const seed = 9
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 1))
	s := open(t, "random", between(t, func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		fail := draw.IntN(6) == 0
		mu.Unlock()
		if fail {
			refuse(w, http.StatusServiceUnavailable, "SlowDown")
		}
		return fail
	}))
	for i := range 6 {
		data := photo(byte(10+i), 1000+(i%3)*(5<<20))
		if _, err := put(t, s, data); err != nil && syncproto.KindOf(err) != syncproto.Unavailable {
			t.Errorf("put %d: %v", i, err)
		} else if err == nil {
			wantBytes(t, open(t, "random"), data)
		}
	}
}

// TestLostAnswers: the object was made, and the answer that says so did not come.
func TestLostAnswers(t *testing.T) {
	var lost atomic.Int32
	s := open(t, "lost", between(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-None-Match") == "" || lost.Add(1)%2 == 0 {
			return false
		}
		if through := forward(t, r); through.Code != http.StatusOK {
			t.Errorf("got %d %s", through.Code, through.Body)
		}
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
		return true
	}))
	for i, size := range []int{1000, 11 << 20} {
		data := photo(byte(20+i), size)
		if _, err := put(t, s, data); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		wantBytes(t, s, data)
	}
	if lost.Load() != 4 {
		t.Errorf("%d conditional requests, want 4", lost.Load())
	}
}

// TestAnswers holds the codes to what servers answer.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		want   syncproto.Code
	}{
		{404, "NoSuchBucket", syncproto.CodeStoreMissing},
		{403, "AccessDenied", syncproto.CodeStoreReadOnly},
		{403, "SignatureDoesNotMatch", syncproto.CodeStoreReadOnly},
		{507, "XMinioStorageFull", syncproto.CodeStoreFull},
		{507, "Other", syncproto.CodeStoreFull},
		{403, "QuotaExceeded", syncproto.CodeStoreFull},
		{409, "ConditionalRequestConflict", syncproto.CodeUnavailable},
		{400, "InvalidArgument", syncproto.CodeInternal},
	} {
		s := open(t, "answers", between(t, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut {
				refuse(w, c.status, c.code)
				return true
			}
			return false
		}))
		_, err := put(t, s, []byte("never there"))
		if syncproto.CodeOf(err) != c.want {
			t.Errorf("%d %s: got %v, want code %s", c.status, c.code, err, c.want)
		}
	}
}

// TestWholeForRange: a server may answer a range with everything.
func TestWholeForRange(t *testing.T) {
	data := photo(30, 5000)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") == "" {
			t.Error("the test shows nothing: no range was asked for")
		}
		w.Header().Set("ETag", `"0"`)
		w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 06:00:00 GMT")
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write(data)
	}))
	defer front.Close()
	s := alone(t, front.URL)
	for _, part := range [][2]int64{{0, 10}, {100, 10}, {100, -1}, {4999, 10}, {5000, 1}, {9000, -1}} {
		r, err := s.Get(t.Context(), idOf(data), part[0], part[1])
		if err != nil {
			t.Fatalf("%v: %v", part, err)
		}
		want := data[min(part[0], 5000):]
		if part[1] >= 0 {
			want = want[:min(part[1], int64(len(want)))]
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: got %d bytes, %v; want %d", part, len(got), err, len(want))
		}
		_ = r.Close()
	}
}

// TestCutRead: a read that the link cuts says that it may be tried again, and not that the blob ends here.
func TestCutRead(t *testing.T) {
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"0"`)
		w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 06:00:00 GMT")
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write(make([]byte, 3000))
	}))
	defer front.Close()
	r, err := alone(t, front.URL).Get(t.Context(), idOf(nil), 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = io.ReadAll(r)
	wantCode(t, err, syncproto.CodeUnavailable)
}

// alone returns a store on a server that a test plays itself.
func alone(t *testing.T, address string) *s3blob.Store {
	t.Helper()
	s, err := s3blob.New(s3blob.Options{Endpoint: address, Bucket: bucket, Region: "us-east-1", AccessKey: access, SecretKey: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestDown: nobody listens.
func TestDown(t *testing.T) {
	front := httptest.NewServer(http.NotFoundHandler())
	front.Close()
	_, err := put(t, alone(t, front.URL), []byte("photo"))
	wantCode(t, err, syncproto.CodeUnavailable)
}
