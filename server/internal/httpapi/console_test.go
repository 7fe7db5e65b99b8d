package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/httpapi"
)

// pages is a world with two pages that anybody may open: one that says that it was drawn, and a download that breaks.
func pages(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, func(_ *world, cfg *httpapi.Config) {
		site := page.New(page.Options{})
		site.Handle("GET /console/drawn", page.Open, func(context.Context, *page.Request) (page.Answer, error) { return page.Done{}, nil })
		site.Handle("GET /console/broken.csv", page.Open, func(context.Context, *page.Request) (page.Answer, error) {
			return page.File{Name: "broken.csv", Type: "text/csv", Write: func(_ context.Context, w io.Writer) error {
				_, _ = io.WriteString(w, strings.Repeat("a line\n", 10))
				panic("a row that nobody thought of")
			}}, nil
		})
		cfg.Console = site
	})
}

// TestAPageReadsNoBody sends the head of a request for a page that says that a gigabyte follows. It is answered before that
// came: whoever has no account must not fill the memory of the server.
func TestAPageReadsNoBody(t *testing.T) {
	w := pages(t)
	for _, head := range []string{
		"GET /console/drawn HTTP/1.1\r\nHost: h\r\nContent-Length: " + strconv.Itoa(1<<30) + "\r\n\r\n",
		"HEAD /console/drawn HTTP/1.1\r\nHost: h\r\nContent-Length: " + strconv.Itoa(1<<30) + "\r\n\r\n",
		"GET /console/drawn HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n",
	} {
		conn, in := w.dial()
		if _, err := io.WriteString(conn, head+strings.Repeat("x", 64<<10)); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		line, err := in.ReadString('\n')
		conn.Close()
		if err != nil || !strings.Contains(line, " 413 ") {
			t.Errorf("%.40q…: %q, %v", head, line, err)
		}
	}
	if status, _, _ := w.do(http.MethodGet, "/console/drawn", "", nil, nil); status != http.StatusNoContent {
		t.Errorf("without a body: %d", status)
	}
}

// TestABrokenDownloadIsCutOff has a download panic behind the page that began it: outside of every request, where it would end
// the process.
func TestABrokenDownloadIsCutOff(t *testing.T) {
	w := pages(t)
	resp, err := http.Get("http://" + w.address + "/console/broken.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("what was cut off looks whole")
	}
	if !strings.Contains(w.log.String(), "panic") {
		t.Error("nobody hears of it")
	}
	if status, _, _ := w.do(http.MethodGet, "/console/drawn", "", nil, nil); status != http.StatusNoContent {
		t.Errorf("the next page: %d", status)
	}
}

// TestAHeadOfADownloadIsAllThatComes asks for the head of a download, and then for something else on the same connection.
func TestAHeadOfADownloadIsAllThatComes(t *testing.T) {
	w := pages(t)
	got := w.exchange("HEAD /console/broken.csv HTTP/1.1\r\nHost: h\r\n\r\n" + next)
	_, after, ok := strings.Cut(got, "\r\n\r\n")
	if !ok || !strings.HasPrefix(got, "HTTP/1.1 200 ") || !strings.HasPrefix(after, "HTTP/1.1 200 ") {
		t.Errorf("got %q", got)
	}
}
