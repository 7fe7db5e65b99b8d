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

// TestCutUploads breaks the connection after some bytes, in each way that connections break, and finds all of them.
func TestCutUploads(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 10<<20+5)
	for _, n := range []int{0, 1, 8191, 8192, 8193, 10 << 20} {
		for _, how := range []string{"fin", "rst", "stall"} {
			t.Run(fmt.Sprint(how, " after ", n), func(t *testing.T) {
				w.t = t
				path := w.upload(data)
				before := w.uploads.Stats().Received
				conn, r := w.dial()
				if _, err := conn.Write(append([]byte(w.patchHead(path, 0, len(data))), data[:n]...)); err != nil {
					t.Fatal(err)
				}
				tcp := conn.(*net.TCPConn)
				switch how {
				case "fin":
					_ = tcp.CloseWrite()
					_, _ = io.Copy(io.Discard, r) // the server has seen it when it hangs up
				case "rst":
					w.received(before, n) // what the sender's own kernel still held would be thrown away by it
					_ = tcp.SetLinger(0)
					_ = tcp.Close()
				case "stall":
					w.received(before, n)
				}
				if got := w.offset(path); got != n {
					t.Errorf("got offset %d, want %d", got, n)
				}
				status, _, _ := w.tus("DELETE", path, nil)
				if status != http.StatusNoContent {
					t.Errorf("end it: got %d", status)
				}
			})
		}
	}
}

// received waits until the server has read n bytes of files since there were before of them.
func (w *world) received(before int64, n int) {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); w.uploads.Stats().Received-before < int64(n); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("the server has read %d of %d bytes", w.uploads.Stats().Received-before, n)
		}
	}
}

// TestTakeoverIsQuick is what a phone sees that comes back while its old connection hangs: it does not wait for a
// time-out.
func TestTakeoverIsQuick(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 100<<10)
	path := w.upload(data)
	before := w.uploads.Stats().Received
	old, r := w.dial()
	if _, err := old.Write(append([]byte(w.patchHead(path, 0, len(data))), data[:50000]...)); err != nil {
		t.Fatal(err)
	}
	w.received(before, 50000)
	start := time.Now()
	status, body, header := w.tus("PATCH", path, data[50000:], "Upload-Offset", "50000")
	took := time.Since(start)
	if status != http.StatusNoContent || header.Get("Upload-Offset") != strconv.Itoa(len(data)) {
		t.Fatalf("got %d %s", status, body)
	}
	t.Logf("taken over and finished after %v", took)
	if took > 10*time.Second { // 300 ms where nothing else runs; the shortest time-out anywhere is 15 s
		t.Errorf("it took %v", took)
	}
	resp, err := http.ReadResponse(r, nil)
	if err == nil && resp.StatusCode != http.StatusConflict {
		t.Errorf("the old request got %d", resp.StatusCode)
	}
}

func TestChunkedUploads(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 30000)
	head := func(path string) string {
		return fmt.Sprintf("PATCH %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\n"+
			"Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nTransfer-Encoding: chunked\r\n\r\n", path, w.token)
	}
	t.Run("whole, and the next request", func(t *testing.T) {
		path := w.upload(data)
		got := w.exchange(head(path) + chunked(string(data[:10000]), string(data[10000:])) + next)
		if !strings.Contains(got, " 204 ") || !strings.HasSuffix(got, "ok\n") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("cut", func(t *testing.T) {
		path := w.upload(noise(t, 30000))
		w.exchange(head(path) + fmt.Sprintf("%x\r\n%s", 20000, data[:7777]))
		if n := w.offset(path); n != 7777 {
			t.Errorf("got offset %d", n)
		}
	})
	t.Run("longer than the file", func(t *testing.T) {
		short := noise(t, 5000)
		path := w.upload(short)
		got := w.exchange(head(path) + chunked(string(short)+inner))
		if !strings.Contains(got, "size_mismatch") || strings.Contains(got, innerWord) || w.offset(path) != 5000 {
			t.Errorf("got %q, offset %d", got, w.offset(path))
		}
	})
}

func TestUploadsAndExpectations(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 20000)
	path := w.upload(data)
	conn, r := w.dial()
	head := strings.Replace(w.patchHead(path, 0, len(data)), "Host: h\r\n", "Host: h\r\nExpect: 100-continue\r\n", 1)
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(data); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusNoContent || resp.Close {
		t.Fatalf("got %v, %v", resp, err)
	}
}
