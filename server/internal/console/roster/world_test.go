package roster_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/console/roster"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// land is an organisation with the pages of this package over it, and a clock that is moved by hand.
type land struct {
	t      *testing.T
	store  *memory.Store
	people *people.Service
	staff  *staff.Service
	site   *page.Site
	now    time.Time

	root, province, other syncproto.ID
	east, west            syncproto.ID // districts of the province
	first, second, third  syncproto.ID // communes: two in the east, one in the west
	known                 map[string]*guest
}

// guest is somebody signed in.
type guest struct {
	l      *land
	id     syncproto.ID
	token  string
	cookie []*http.Cookie
}

func newLand(t *testing.T) *land {
	t.Helper()
	l := &land{t: t, store: memory.New(), now: time.Now().Truncate(time.Second)}
	clock := func() time.Time { return l.now }
	l.people = people.New(l.store).WithClock(clock)
	var err error
	if l.staff, err = staff.New(l.store, staff.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	keys, err := audience.NewKeys(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	l.site = page.New(page.Options{Staff: l.staff, Now: clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	roster.Add(l.site, roster.Options{
		People: l.people, Enroll: enroll.New(l.store, clock), Staff: l.staff, Desk: desk.New(l.store, desk.Options{Now: clock}),
		Audience: audience.New(audience.Options{Store: l.store, Keys: keys, Now: clock}),
	})
	l.root = l.unit("Trung ương Hội", "")
	l.province, l.other = l.unit("Tỉnh Quảng Trị", l.root), l.unit("Tỉnh Quảng Bình", l.root)
	l.east, l.west = l.unit("Huyện Gio Linh", l.province), l.unit("Huyện Cam Lộ", l.province)
	l.first, l.second, l.third = l.unit("Xã Trung Giang", l.east), l.unit("Xã Gio Hải", l.east), l.unit("Xã Cam Thành", l.west)
	l.now = l.now.Add(48 * time.Hour)
	l.known = map[string]*guest{}
	return l
}

// admin governs the province, operator everything; minor is an editor of one commune.
func (l *land) admin() *guest { return l.hire("Nguyễn Thị Hòa", l.province, syncproto.RoleAdmin) }

func (l *land) operator() *guest { return l.hire("Đỗ Văn Tám", l.root, syncproto.RoleOperator) }
func (l *land) minor() *guest    { return l.hire("Trần Minh", l.first, syncproto.RoleEditor) }

func (l *land) unit(name string, parent syncproto.ID) syncproto.ID {
	l.t.Helper()
	u, err := l.people.CreateUnit(l.t.Context(), syncproto.Unit{Name: name, Level: strings.Fields(name)[0], Parent: parent})
	if err != nil {
		l.t.Fatal(err)
	}
	return u.ID
}

func (l *land) person(name string, unit syncproto.ID, role syncproto.Role) syncproto.ID {
	l.t.Helper()
	p, _, err := l.people.CreatePerson(l.t.Context(), name, unit, role)
	if err != nil {
		l.t.Fatal(err)
	}
	return p.ID
}

// hire makes an account when it is first asked for: setting a password takes a while by intention.
func (l *land) hire(name string, unit syncproto.ID, role syncproto.Role) *guest {
	l.t.Helper()
	if l.known[name] != nil {
		return l.known[name]
	}
	id := l.person(name, unit, role)
	link, err := l.staff.LinkFor(l.t.Context(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	entry, err := l.staff.UseLink(l.t.Context(), visitor(), staff.Setup{
		Link: link.Link, Login: "nguoi." + string(id[len(id)-6:]), Password: "bưởi Năm Roi 77",
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.known[name] = &guest{l: l, id: id, token: entry.Token}
	return l.known[name]
}

func visitor() *staff.Visit {
	return &staff.Visit{From: netip.MustParseAddr("192.0.2.7"), Origin: "https://lantoa.example.vn"}
}

// door is a browser that comes from the site itself.
type door struct{ token string }

func (d *door) Token() string         { return d.token }
func (d *door) Visit() *staff.Visit   { return visitor() }
func (d *door) Remember(*staff.Entry) {}
func (d *door) Forget()               {}
func (d *door) Foreign() error        { return nil }
func (d *door) Secure() bool          { return false }

// shown is what a browser got.
type shown struct {
	t      *testing.T
	status int
	to     string
	body   string
}

func (g *guest) send(req *http.Request) *shown {
	g.l.t.Helper()
	for _, c := range g.cookie {
		req.AddCookie(c)
	}
	w := httptest.NewRecorder()
	g.l.site.ServeHTTP(w, req.WithContext(page.WithDoor(context.WithoutCancel(g.l.t.Context()), &door{g.token})))
	g.cookie = nil
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 {
			g.cookie = append(g.cookie, c)
		}
	}
	return &shown{g.l.t, w.Code, w.Header().Get("Location"), w.Body.String()}
}

func (g *guest) get(path string) *shown {
	g.l.t.Helper()
	return g.send(httptest.NewRequest(http.MethodGet, "/console"+path, http.NoBody))
}

// post sends a form: pairs of a name and a value.
func (g *guest) post(path string, pairs ...string) *shown {
	g.l.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req := httptest.NewRequest(http.MethodPost, "/console"+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return g.send(req)
}

// upload sends a form with a table.
func (g *guest) upload(path, table string, pairs ...string) *shown {
	g.l.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("table", "bang.csv")
	_, werr := io.WriteString(part, table)
	for i := 0; i+1 < len(pairs); i += 2 {
		werr = errors.Join(werr, form.WriteField(pairs[i], pairs[i+1]))
	}
	if err = errors.Join(err, werr, form.Close()); err != nil {
		g.l.t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/console"+path, &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return g.send(req)
}

// is fails for another status, has for a text that is not in the page.
func (s *shown) is(status int) *shown {
	s.t.Helper()
	if s.status != status {
		s.t.Fatalf("status %d, want %d: %s", s.status, status, s.words())
	}
	return s
}

func (s *shown) has(texts ...string) *shown {
	s.t.Helper()
	words := s.words()
	for _, text := range texts {
		if !strings.Contains(words, text) {
			s.t.Errorf("the page does not say %q: %s", text, words)
		}
	}
	return s
}

func (s *shown) lacks(texts ...string) *shown {
	s.t.Helper()
	words := s.words()
	for _, text := range texts {
		if strings.Contains(words, text) {
			s.t.Errorf("the page says %q", text)
		}
	}
	return s
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// words is what somebody reads in the main part of a page.
func (s *shown) words() string {
	_, text, _ := strings.Cut(s.body, "<main")
	text, _, _ = strings.Cut(text, `<div id="toasts"`)
	return spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(text, " ")), " ")
}

// field is the value of the first field of a name.
func (s *shown) field(name string) string {
	s.t.Helper()
	m := regexp.MustCompile(`name="` + name + `"[^>]* value="([^"]*)"`).FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("no field %s in %s", name, s.words())
	}
	return html.UnescapeString(m[1])
}

// day writes a date from today on as a form does.
func (l *land) day(ahead int) string {
	return l.now.In(page.Zone).AddDate(0, 0, ahead).Format(time.DateOnly)
}
