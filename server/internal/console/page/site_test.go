package page_test

import (
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is a site with pages of the test's own and an operator who is signed in.
type world struct {
	t     *testing.T
	site  *page.Site
	token string
	now   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)}
	store := memory.New()
	if _, err := people.New(store).WithClock(func() time.Time { return w.now }).CreateUnit(t.Context(), syncproto.Unit{Name: "Hội Chữ thập đỏ"}); err != nil {
		t.Fatal(err)
	}
	service, err := staff.New(store, staff.Options{Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	link, err := service.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entry, err := service.UseLink(t.Context(), &staff.Visit{From: netip.MustParseAddr("127.0.0.1")},
		staff.Setup{Link: link.Link, Login: "minh", Password: "một mật khẩu dài", Name: "Trần Văn Minh"})
	if err != nil {
		t.Fatal(err)
	}
	w.token = entry.Token
	w.site = page.New(page.Options{Staff: service, Now: func() time.Time { return w.now }})
	return w
}

// door lets a request in with a token.
type door struct {
	token   string
	foreign error
}

func (d *door) Token() string         { return d.token }
func (d *door) Visit() *staff.Visit   { return &staff.Visit{} }
func (d *door) Remember(*staff.Entry) {}
func (d *door) Forget()               {}
func (d *door) Foreign() error        { return d.foreign }
func (d *door) Secure() bool          { return true }

func (w *world) do(d *door, r *http.Request) *httptest.ResponseRecorder {
	w.t.Helper()
	out := httptest.NewRecorder()
	w.site.ServeHTTP(out, r.WithContext(page.WithDoor(r.Context(), d)))
	return out
}

func post(to, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, to, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// refused is a page whose data is an error, drawn by the template that every site has.
func refused(code syncproto.Code) page.Handler {
	return func(context.Context, *page.Request) (page.Answer, error) { return nil, syncproto.E(code, "test", nil) }
}

func TestAccess(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("GET /console/mine", page.Staff, func(_ context.Context, r *page.Request) (page.Answer, error) {
		if r.Me().Name != "Trần Văn Minh" || r.People().Person != r.Me().Person || !r.Has(syncproto.RoleOperator) || r.Has(syncproto.RoleEditor) {
			t.Errorf("who asks: %+v", r.Me())
		}
		return page.Done{}, nil
	})
	w.site.Handle("GET /console/open", page.Open, func(_ context.Context, r *page.Request) (page.Answer, error) {
		if r.Me() != nil {
			t.Error("a stranger has a name")
		}
		return page.Done{}, nil
	})
	for _, c := range []struct {
		path, token string
		status      int
	}{
		{"/console/mine", w.token, 204},
		{"/console/mine", "", 401},
		{"/console/mine", "nonsense", 401},
		{"/console/open", "", 204},
		{"/console/open", "nonsense", 204},
		{"/console/nowhere", w.token, 404},
		{"/console/nowhere", "", 404},
	} {
		if got := w.do(&door{token: c.token}, httptest.NewRequest("GET", c.path, nil)); got.Code != c.status {
			t.Errorf("%s with %q: %d, not %d", c.path, c.token, got.Code, c.status)
		}
	}
	if got := w.do(nil, httptest.NewRequest("GET", "/console/mine", nil)); got.Code == http.StatusNoContent {
		t.Error("a request without a door came in")
	}
}

func TestAnotherSiteMayNotPost(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("POST /console/do", page.Staff, func(context.Context, *page.Request) (page.Answer, error) {
		t.Error("it was done")
		return page.Done{}, nil
	})
	got := w.do(&door{token: w.token, foreign: syncproto.E(syncproto.CodeForeignOrigin, "test", nil)}, post("/console/do", "a=b"))
	if got.Code != http.StatusForbidden || strings.Contains(got.Body.String(), "Trần") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestEveryPageIsGuarded(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("GET /console/wrong", page.Staff, refused(syncproto.CodeNotFound))
	got := w.do(&door{token: w.token}, httptest.NewRequest("GET", "/console/wrong", nil))
	policy := got.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "require-trusted-types-for 'script'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy lacks %q", want)
		}
	}
	if strings.Contains(policy, "unsafe") || got.Header().Get("Cache-Control") != "no-store" || got.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", got.Header())
	}
	body := got.Body.String()
	if !strings.Contains(body, "Trần Văn Minh") || !strings.Contains(body, "<code>not_found</code>") || strings.Contains(body, " style=") || strings.Contains(body, " onclick") {
		t.Errorf("page %s", body)
	}
}

func TestFaultsAreNotShown(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("GET /console/panic", page.Staff, func(context.Context, *page.Request) (page.Answer, error) { panic("secret of the inside") })
	w.site.Handle("GET /console/error", page.Staff, func(context.Context, *page.Request) (page.Answer, error) {
		return nil, syncproto.E(syncproto.CodeInternal, "secret of the inside", nil)
	})
	w.site.Handle("GET /console/missing", page.Staff, func(context.Context, *page.Request) (page.Answer, error) {
		return page.View{Name: "no/such"}, nil
	})
	for _, path := range []string{"/console/panic", "/console/error", "/console/missing"} {
		got := w.do(&door{token: w.token}, httptest.NewRequest("GET", path, nil))
		if got.Code != http.StatusInternalServerError || strings.Contains(got.Body.String(), "secret") || !strings.Contains(got.Body.String(), "<h1>") {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
}

func TestWhatIsDoneIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("POST /console/do", page.Staff, func(context.Context, *page.Request) (page.Answer, error) {
		return page.Redirect{To: "/console/see", Flash: &page.Flash{
			Key: "frame.line", Args: []string{"n", "<b>7"}, Undo: "/console/undo", Fields: url.Values{"id": {`"x`}}, Until: w.now.Add(time.Minute).UnixMilli(),
		}}, nil
	})
	w.site.Handle("GET /console/see", page.Staff, func(context.Context, *page.Request) (page.Answer, error) {
		return page.View{Name: "error", Data: struct{ Code, Sentence string }{}}, nil
	})
	done := w.do(&door{token: w.token}, post("/console/do", ""))
	if done.Code != http.StatusSeeOther || done.Header().Get("Location") != "/console/see" {
		t.Fatalf("%d %v", done.Code, done.Header())
	}
	see := httptest.NewRequest("GET", "/console/see", nil)
	for _, c := range done.Result().Cookies() {
		if !c.Secure || !c.HttpOnly || c.Path != page.Root {
			t.Errorf("cookie %v", c)
		}
		see.AddCookie(c)
	}
	got := w.do(&door{token: w.token}, see)
	if body := got.Body.String(); !strings.Contains(body, "Dòng &lt;b&gt;7") || !strings.Contains(body, `value="&#34;x"`) || !strings.Contains(body, `data-undo="60"`) {
		t.Errorf("page %s", body)
	}
	if taken := got.Result().Cookies(); len(taken) != 1 || taken[0].MaxAge >= 0 {
		t.Errorf("it will be told again: %v", taken)
	}
	w.now = w.now.Add(2 * time.Minute)
	if late := w.do(&door{token: w.token}, see); strings.Contains(late.Body.String(), "data-undo") {
		t.Error("offers an undo that is too late")
	}
}

func TestAForgedFlashLeadsNowhere(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("GET /console/see", page.Staff, refused(syncproto.CodeNotFound))
	for _, flash := range []page.Flash{
		{Key: "frame.undo", Undo: "https://evil.example/"}, {Key: "frame.undo", Undo: "//evil.example/console/"}, {Key: "no such key"},
	} {
		data, err := json.Marshal(flash)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/console/see", nil)
		r.AddCookie(&http.Cookie{Name: "lantoa_flash", Value: encode(data)})
		if body := w.do(&door{token: w.token}, r).Body.String(); strings.Contains(body, "evil") || strings.Contains(body, `class="told`) {
			t.Errorf("%+v: %s", flash, body)
		}
	}
}

func TestScriptsAreAnsweredInParts(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("GET /console/part", page.Staff, refused(syncproto.CodeStaleRevision))
	w.site.Handle("POST /console/go", page.Staff, func(context.Context, *page.Request) (page.Answer, error) {
		return page.Redirect{To: "/console/there"}, nil
	})
	r := httptest.NewRequest("GET", "/console/part", nil)
	r.Header.Set("X-Fragment", "main")
	got := w.do(&door{token: w.token}, r)
	if body := got.Body.String(); strings.Contains(body, "<html") || !strings.Contains(body, "<h1>") || got.Header().Get("X-Code") != "stale_revision" || got.Code != http.StatusConflict {
		t.Errorf("%d %v %s", got.Code, got.Header(), body)
	}
	p := post("/console/go", "")
	p.Header.Set("X-Fragment", "main")
	if got := w.do(&door{token: w.token}, p); got.Code != http.StatusNoContent || got.Header().Get("X-Location") != "/console/there" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
}

func TestAgainIsAskedInsteadOfAnError(t *testing.T) {
	w := newWorld(t)
	var asked []syncproto.Code
	w.site.SetAgain(func(_ context.Context, r *page.Request, err error) (page.Answer, error) {
		asked = append(asked, syncproto.CodeOf(err))
		if r.Method == http.MethodPost && r.Text("body") != "đã gõ" {
			t.Errorf("what was typed is gone: %v", r.Values())
		}
		return page.Done{}, nil
	})
	w.site.Handle("GET /console/a", page.Staff, refused(syncproto.CodeNotFound))
	w.site.Handle("POST /console/a", page.Staff, refused(syncproto.CodeConfirm))
	w.do(&door{}, httptest.NewRequest("GET", "/console/a", nil))
	w.do(&door{}, post("/console/a", "body=%C4%91%C3%A3+g%C3%B5"))
	w.do(&door{token: w.token}, post("/console/a", "body=%C4%91%C3%A3+g%C3%B5"))
	w.do(&door{token: w.token}, httptest.NewRequest("GET", "/console/a", nil))
	if len(asked) != 3 || asked[0] != syncproto.CodeSessionEnded || asked[1] != syncproto.CodeSessionEnded || asked[2] != syncproto.CodeConfirm {
		t.Errorf("asked for %v", asked)
	}
}

func TestAFileBreaksOffWhereItFails(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("GET /console/file", page.Staff, func(context.Context, *page.Request) (page.Answer, error) {
		return page.File{Name: "Hội xã \"A\".csv", Type: "text/csv; charset=utf-8", Write: func(_ context.Context, out io.Writer) error {
			_, err := io.WriteString(out, "tên\n")
			return err
		}}, nil
	})
	got := w.do(&door{token: w.token}, httptest.NewRequest("GET", "/console/file", nil))
	if got.Body.String() != "tên\n" || !strings.HasPrefix(got.Header().Get("Content-Disposition"), "attachment;") {
		t.Errorf("%v %q", got.Header(), got.Body)
	}
}

func TestAFormWithFiles(t *testing.T) {
	w := newWorld(t)
	var body strings.Builder
	form := multipart.NewWriter(&body)
	_ = form.WriteField("unit", " Hội xã ")
	file, err := form.CreateFormFile("table", "người.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(file, "name;phone\n")
	form.Close()
	seen := 0
	w.site.Handle("POST /console/import", page.Staff, func(_ context.Context, r *page.Request) (page.Answer, error) {
		seen++
		if r.Text("unit") != "Hội xã" || string(r.File("table")) != "name;phone\n" || r.File("other") != nil {
			t.Errorf("read %v", r.Values())
		}
		return page.Done{}, nil
	})
	r := httptest.NewRequest(http.MethodPost, "/console/import", strings.NewReader(body.String()))
	r.Header.Set("Content-Type", form.FormDataContentType())
	if got := w.do(&door{token: w.token}, r); got.Code != http.StatusNoContent || seen != 1 {
		t.Errorf("%d, %d times", got.Code, seen)
	}
}

func TestWhatIsPostedIsBounded(t *testing.T) {
	w := newWorld(t)
	reached := 0
	reach := func(context.Context, *page.Request) (page.Answer, error) { reached++; return page.Done{}, nil }
	w.site.Handle("POST /console/small", page.Staff, reach, 100)
	w.site.Handle("POST /console/form", page.Staff, reach)
	for _, c := range []struct {
		path, kind, body string
		status           int
	}{
		{"/console/small", "application/x-www-form-urlencoded", "a=" + strings.Repeat("b", 100), 413},
		{"/console/small", "application/x-www-form-urlencoded", "a=" + strings.Repeat("b", 98), 204},
		{"/console/form", "application/x-www-form-urlencoded", strings.Repeat("a=&", page.MaxFields), 413},
		{"/console/form", "application/x-www-form-urlencoded", "a=%zz", 400},
		{"/console/form", "application/json", "{}", 400},
		{"/console/form", "", "a=b", 400},
		{"/console/form", "multipart/form-data; boundary=x", "nonsense", 400},
	} {
		r := post(c.path, c.body)
		r.Header.Set("Content-Type", c.kind)
		if got := w.do(&door{token: w.token}, r); got.Code != c.status {
			t.Errorf("%s %s of %d bytes: %d, not %d", c.path, c.kind, len(c.body), got.Code, c.status)
		}
	}
	if reached != 1 {
		t.Errorf("reached %d times", reached)
	}
}

// TestARefusedFormHasAWayBack draws a form that was refused at an address that only takes forms: whoever then changes the language
// comes to the page on which it was filled in.
func TestARefusedFormHasAWayBack(t *testing.T) {
	w := newWorld(t)
	w.site.Handle("GET /console/form/{id}", page.Staff, func(context.Context, *page.Request) (page.Answer, error) { return page.Done{}, nil })
	w.site.Handle("POST /console/form/{id}/send", page.Staff, refused(syncproto.CodeStaleRevision))
	for from, want := range map[string]string{
		"http://example.com/console/form/1?a=b":  `name="to" value="/console/form/1?a=b"`,
		"http://example.com/console/form/1/send": `name="to" value="/console/"`,
		"http://evil.example/console/form/1":     `name="to" value="/console/"`,
		"":                                       `name="to" value="/console/"`,
	} {
		r := post("/console/form/1/send", "x=y")
		r.Header.Set("Referer", from)
		if got := w.do(&door{token: w.token}, r); !strings.Contains(got.Body.String(), want) {
			t.Errorf("from %q: no %s in %s", from, want, got.Body)
		}
	}
}
