package page_test

import (
	"context"
	"encoding/base64"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/console/page"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// read gives a handler what is posted.
func (w *world) read(form url.Values, look func(r *page.Request)) {
	w.t.Helper()
	w.site = page.New(page.Options{})
	w.site.Handle("POST /console/read", page.Open, func(_ context.Context, r *page.Request) (page.Answer, error) {
		look(r)
		return page.Done{}, nil
	})
	w.do(&door{}, post("/console/read?page=2", form.Encode()))
}

func TestInput(t *testing.T) {
	w := &world{t: t}
	id := syncproto.NewID()
	form := url.Values{
		"text": {"  Hoa\u0300 bi\u0300nh\r\nxã\r "}, "id": {string(id)}, "ids": {string(id), "", string(id)}, "n": {"12.500"}, "tick": {"on"},
		"at": {"2026-06-14T07:30"}, "day": {"14/6/2026"}, "bad": {"nonsense"}, "raw": {" a "},
	}
	w.read(form, func(r *page.Request) {
		if got := r.Text("text"); got != "Hoà bình\nxã" {
			t.Errorf("text %q", got)
		}
		if r.ID("id") != id || !slices.Equal(r.IDs("ids"), []syncproto.ID{id}) || r.ID("none") != "" {
			t.Error("ids")
		}
		if r.Number("n") != 12500 || r.Number("none") != 0 || r.Number("page") != 2 || !r.Sent("tick") || r.Sent("tock") || r.Raw("raw") != " a " {
			t.Error("numbers and boxes")
		}
		if got := r.Time("at"); page.Moment(catalogue.Vietnamese, got) != "07:30 14/06/2026" || page.Typed(got) != "2026-06-14T07:30" {
			t.Errorf("time %d", got)
		}
		if got := r.Time("day"); page.Date(catalogue.English, got) != "14 Jun 2026" || r.Time("none") != 0 {
			t.Errorf("day %d", got)
		}
		if r.Err() != nil {
			t.Error(r.Err())
		}
		r.Number("bad")
		r.ID("text")
		if err, ok := r.Err().(*syncproto.Error); !ok || err.Code != syncproto.CodeInvalidValue || err.Detail != "bad" {
			t.Errorf("the first wrong field: %v", r.Err())
		}
	})
}

func TestWrongInput(t *testing.T) {
	for _, value := range []string{"-1", "1e9", "9007199254740993", "٣"} {
		(&world{t: t}).read(url.Values{"v": {value}}, func(r *page.Request) {
			if r.Number("v"); r.Err() == nil {
				t.Errorf("%q is a number", value)
			}
		})
	}
	for _, value := range []string{"31/02/2026", "2026-13-01", "07:30", "0001-01-01", "9999-01-01T00:00"} {
		(&world{t: t}).read(url.Values{"v": {value}}, func(r *page.Request) {
			if r.Time("v"); r.Err() == nil {
				t.Errorf("%q is a time", value)
			}
		})
	}
	(&world{t: t}).read(url.Values{"v": {"a\xffb"}}, func(r *page.Request) {
		if got := r.Text("v"); got != "a\uFFFDb" {
			t.Errorf("text %q", got)
		}
	})
}

func TestNobodyIsSentToAnotherSite(t *testing.T) {
	for _, to := range []string{
		"https://evil.example/", "//evil.example/console/", "/console\\evil", "/consolex", "/console.evil.example", "/v1/desk/queue", "", "/console/a\r\nSet-Cookie: b",
	} {
		if got := page.Local(to, "/console/"); got != "/console/" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	for _, to := range []string{"/console", "/console/", "/console/queue?view=mine", "/console?x=1"} {
		if got := page.Local(to, ""); got != to {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{page.Number(catalogue.Vietnamese, 1234567), "1.234.567"},
		{page.Number(catalogue.English, -1234), "-1,234"},
		{page.Number(catalogue.Vietnamese, 999), "999"},
		{page.Bytes(catalogue.Vietnamese, 2_100_000), "2,1 MB"},
		{page.Bytes(catalogue.English, 999), "999 B"},
		{page.Bytes(catalogue.English, 123_456), "123 KB"},
		{page.Moment(catalogue.Vietnamese, 0), ""},
		{page.Date(catalogue.Vietnamese, 1_767_200_400_000), "01/01/2026"}, // 17:00 UTC of the day before
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

func TestAssets(t *testing.T) {
	site := page.New(page.Options{})
	get := func(path, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		out := httptest.NewRecorder()
		site.ServeHTTP(out, r)
		return out
	}
	front := get("/console/nowhere", "").Body.String()
	_, rest, _ := strings.Cut(front, `rel="stylesheet" href="`)
	path, _, _ := strings.Cut(rest, `"`)
	got := get(path, "")
	if got.Code != 200 || !strings.Contains(got.Header().Get("Cache-Control"), "immutable") || got.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%s: %d %v", path, got.Code, got.Header())
	}
	packed := get(path, "gzip, br")
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= got.Body.Len() {
		t.Errorf("%d bytes packed, %d plain", packed.Body.Len(), got.Body.Len())
	}
	for _, wrong := range []string{strings.Replace(path, "base.css", "nix.css", 1), "/console/static/0000/base.css", "/console/static/../layout.html", "/console/static/"} {
		if got := get(wrong, ""); got.Code == 200 || strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d", wrong, got.Code)
		}
	}
}

func TestPathsWithParameters(t *testing.T) {
	for _, c := range []struct {
		path  string
		pairs []string
		want  string
	}{
		{"/console/calls", nil, "/console/calls"},
		{"/console/calls", []string{"state", "", "from", "a b"}, "/console/calls?from=a+b"},
		{"/console/people?role=editor&from=1", []string{"from", "2"}, "/console/people?from=2&role=editor"},
		{"/console/people?role=editor&from=1", []string{"from", ""}, "/console/people?role=editor"},
	} {
		if got := page.At(c.path, c.pairs...); got != c.want {
			t.Errorf("%s %v: got %s, want %s", c.path, c.pairs, got, c.want)
		}
	}
}

func TestClip(t *testing.T) {
	for text, want := range map[string]string{"Chị Lan": "Chị Lan", "Chị Lan góp cơm": "Chị Lan…", "Chị Lan, cơm": "Chị Lan…", "": ""} {
		if got := page.Clip(text, 7); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
