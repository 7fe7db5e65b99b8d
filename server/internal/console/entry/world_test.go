package entry_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/entry"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

const (
	origin   = "https://lantoa.example.vn"
	password = "thuyền thúng 77 chiếc"
	unnamed  = "Hội Chữ thập đỏ"
)

// world is the pages of this area over a store in memory, and one page of the test's own to post to.
type world struct {
	t      *testing.T
	now    time.Time
	store  storage.Store
	people *people.Service
	staff  *staff.Service
	site   *page.Site
	root   syncproto.Unit
	done   []deed
}

// deed is what the test's page was asked to do, and by whom.
type deed struct {
	by     syncproto.ID
	fields url.Values
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC), store: memory.New()}
	clock := func() time.Time { return w.now }
	w.people = people.New(w.store).WithClock(clock)
	var err error
	if w.root, err = w.people.CreateUnit(t.Context(), syncproto.Unit{Name: unnamed}); err != nil {
		t.Fatal(err)
	}
	if w.staff, err = staff.New(w.store, staff.Options{Now: clock, Origin: origin}); err != nil {
		t.Fatal(err)
	}
	w.site = page.New(page.Options{Staff: w.staff, Now: clock})
	entry.Add(w.site, entry.Options{
		Staff: w.staff, People: w.people, Unnamed: unnamed,
		Enter: func(ctx context.Context, v *staff.Visit, secret string) (*staff.Entry, error) {
			if secret != "open-sesame" {
				return nil, syncproto.E(syncproto.CodeNotFound, "enter", nil)
			}
			return w.staff.SignIn(ctx, v, "minh", password)
		},
	})
	w.site.Handle("POST /console/act", page.Staff, w.act)
	w.site.Handle("POST /console/careful", page.Staff, func(ctx context.Context, r *page.Request) (page.Answer, error) {
		if r.Now.UnixMilli()-r.Who.Proved > staff.FreshProof.Milliseconds() {
			return nil, syncproto.E(syncproto.CodeConfirm, "act", nil)
		}
		return w.act(ctx, r)
	})
	w.site.Handle("GET /console/paper", page.Staff, func(context.Context, *page.Request) (page.Answer, error) { return page.Done{}, nil })
	return w
}

func (w *world) act(_ context.Context, r *page.Request) (page.Answer, error) {
	w.done = append(w.done, deed{r.Who.Person, r.Values()})
	return page.Redirect{To: "/console/paper"}, nil
}

// hire makes somebody with an account.
func (w *world) hire(name, login string, role syncproto.Role) syncproto.ID {
	w.t.Helper()
	p, _, err := w.people.CreatePerson(w.t.Context(), name, w.root.ID, role)
	if err != nil {
		w.t.Fatal(err)
	}
	link, err := w.staff.LinkFor(w.t.Context(), p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.staff.UseLink(w.t.Context(), &staff.Visit{From: loopback}, staff.Setup{Link: link.Link, Login: login, Password: password}); err != nil {
		w.t.Fatal(err)
	}
	return p.ID
}

var loopback = netip.MustParseAddr("127.0.0.1")

// browser is one browser without scripts: it keeps its session and its mark, and sends forms as they were drawn.
type browser struct {
	w       *world
	token   string
	mark    string
	agent   string
	foreign bool
	from    netip.Addr
}

func (w *world) browser() *browser { return &browser{w: w, from: loopback, agent: "Chrome Windows"} }

func (b *browser) Token() string { return b.token }
func (b *browser) Visit() *staff.Visit {
	return &staff.Visit{From: b.from, Agent: b.agent, Browser: b.mark, Token: b.token, Origin: origin}
}
func (b *browser) Remember(e *staff.Entry) { b.token, b.mark = e.Token, e.Browser }
func (b *browser) Forget()                 { b.token = "" }
func (b *browser) Secure() bool            { return true }
func (b *browser) Foreign() error {
	if b.foreign {
		return syncproto.E(syncproto.CodeForeignOrigin, "test", nil)
	}
	return nil
}

// shown is a page as a browser got it.
type shown struct {
	w      *world
	Code   int
	To     string // where it leads
	Body   string
	Header http.Header
}

func (b *browser) send(r *http.Request) *shown {
	b.w.t.Helper()
	out := httptest.NewRecorder()
	b.w.site.ServeHTTP(out, r.WithContext(page.WithDoor(r.Context(), b)))
	return &shown{b.w, out.Code, out.Header().Get("Location"), out.Body.String(), out.Header()}
}

func (b *browser) get(path string) *shown {
	b.w.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends fields, pairs of a name and a value.
func (b *browser) post(path string, pairs ...string) *shown {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send(formTo(path, form))
}

func formTo(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// signIn signs somebody in by the page.
func (b *browser) signIn(login string) {
	b.w.t.Helper()
	if got := b.post("/console/sign-in", "login", login, "password", password); got.Code != http.StatusSeeOther {
		b.w.t.Fatalf("sign in: %d %s", got.Code, got.text())
	}
}

// leads fails the test unless a page leads to a path.
func (s *shown) leads(to string) {
	s.w.t.Helper()
	if s.Code != http.StatusSeeOther || s.To != to {
		s.w.t.Fatalf("got %d to %q, not to %q: %s", s.Code, s.To, to, s.text())
	}
}

// says fails the test unless a page of a status says something.
func (s *shown) says(code int, texts ...string) {
	s.w.t.Helper()
	if s.Code != code {
		s.w.t.Fatalf("got %d, not %d: %s", s.Code, code, s.text())
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(s.Body), text) {
			s.w.t.Errorf("the page does not say %q: %s", text, s.text())
		}
	}
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style|head).*?</(script|style|head)>|<[^>]*>`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// text is what a page says.
func (s *shown) text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(s.Body, " "))), " ")
}

// fields are the hidden fields of the form with an action.
func (s *shown) fields(action string) url.Values {
	s.w.t.Helper()
	_, form, ok := strings.Cut(s.Body, `action="`+action+`"`)
	if !ok {
		s.w.t.Fatalf("no form to %s: %s", action, s.text())
	}
	form, _, _ = strings.Cut(form, "</form>")
	out := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(form, -1) {
		out.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return out
}

// again sends the page on which somebody proves anew who they are.
func (b *browser) again(s *shown, pairs ...string) *shown {
	b.w.t.Helper()
	form := s.fields("/console/again")
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.send(formTo("/console/again", form))
}
