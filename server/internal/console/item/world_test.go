package item_test

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/item"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is the pages of submissions over a store in memory, with two communes, people in them, and a clock that stands.
type world struct {
	t       *testing.T
	store   storage.Store
	people  *people.Service
	rounds  *syncer.Service
	desk    *desk.Service
	staff   *staff.Service
	site    *page.Site
	now     int64
	tokens  map[string]string
	commune syncproto.ID
	other   syncproto.ID
	lan     syncer.Actor // a volunteer
	hoa     editor       // of the commune
	nam     editor       // the province's admin
	tuan    editor       // of the other commune
}

// editor is somebody at a desk, signed in.
type editor struct {
	syncer.Actor
	login string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), tokens: map[string]string{}, now: 1_760_000_000_000}
	clock := func() time.Time { return time.UnixMilli(w.now) }
	w.people = people.New(w.store).WithClock(clock)
	w.rounds = syncer.New(w.store, syncer.Options{Now: clock, Reviewer: review.New(review.Options{}), Hold: time.Minute})
	w.desk = desk.New(w.store, desk.Options{Actor: w.rounds, Now: clock})
	var err error
	if w.staff, err = staff.New(w.store, staff.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	province := w.unit("Thanh Hóa", "")
	w.commune, w.other = w.unit("Hoằng Lộc", province), w.unit("Đông Sơn", province)
	w.lan = w.join("Lê Thị Lan", w.commune, syncproto.RoleVolunteer)
	w.hoa = editor{w.join("Trần Thị Hoà", w.commune, syncproto.RoleEditor), "hoa"}
	w.nam = editor{w.join("Nguyễn Văn Nam", province, syncproto.RoleAdmin), "nam"}
	w.tuan = editor{w.join("Đỗ Anh Tuấn", w.other, syncproto.RoleEditor), "tuan"}
	w.site = page.New(page.Options{Staff: w.staff, Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	item.Add(w.site, item.Options{Desk: w.desk})
	return w
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.ID {
	w.t.Helper()
	u, err := w.people.CreateUnit(w.t.Context(), syncproto.Unit{Name: name, Parent: parent})
	if err != nil {
		w.t.Fatal(err)
	}
	return u.ID
}

// join makes a person with a phone.
func (w *world) join(name string, unit syncproto.ID, role syncproto.Role) syncer.Actor {
	w.t.Helper()
	p, _, err := w.people.CreatePerson(w.t.Context(), name, unit, role)
	if err != nil {
		w.t.Fatal(err)
	}
	by := syncer.Actor{Person: p.ID, Device: syncproto.NewID()}
	device := &storage.Device{ID: by.Device, Person: p.ID, Unit: unit, TokenHash: [32]byte([]byte(by.Device)[:32]), Created: w.now}
	if err := w.store.Update(w.t.Context(), func(tx storage.Tx) error { return tx.PutDevice(device) }); err != nil {
		w.t.Fatal(err)
	}
	return by
}

// session is that of somebody at a desk. It is made when it is first asked for, since that takes a while by intention.
func (w *world) session(by editor) string {
	w.t.Helper()
	if token := w.tokens[by.login]; token != "" {
		return token
	}
	link, err := w.staff.LinkFor(w.t.Context(), by.Person)
	if err != nil {
		w.t.Fatal(err)
	}
	entry, err := w.staff.UseLink(w.t.Context(), &staff.Visit{From: netip.MustParseAddr("127.0.0.1")},
		staff.Setup{Link: link.Link, Login: by.login, Password: "một mật khẩu dài"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[by.login] = entry.Token
	return entry.Token
}

// do takes a step that must go through, as a phone does, and returns the record's revision.
func (w *world) do(by syncer.Actor, m syncproto.Mutation) int64 {
	w.t.Helper()
	w.now += 1000
	m.ID = syncproto.NewID()
	outcome, err := w.rounds.Act(w.t.Context(), by, &m)
	if err != nil || outcome.Result == syncproto.Rejected {
		w.t.Fatalf("%s %v: got %+v, %v", m.Command, m.Set, outcome, err)
	}
	return outcome.Revision
}

// draft makes a story that is not yet submitted.
func (w *world) draft(title string, more syncproto.Fields) syncproto.ID {
	w.t.Helper()
	id, set := syncproto.NewID(), syncproto.Fields{"title": syncproto.Text(title)}
	for name, value := range more {
		set[name] = value
	}
	w.do(w.lan, syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Unit: w.commune, Set: set})
	return id
}

func (w *world) submitted(title string, more syncproto.Fields) syncproto.ID {
	w.t.Helper()
	id := w.draft(title, more)
	w.command(w.lan, id, syncproto.CommandSubmit)
	return id
}

func (w *world) command(by syncer.Actor, id syncproto.ID, command syncproto.Command) int64 {
	w.t.Helper()
	r := w.record(id)
	return w.do(by, syncproto.Mutation{Record: id, Kind: r.Kind, Command: command, BaseRevision: r.Revision, Reason: "Cần thêm ảnh"})
}

func (w *world) edit(by syncer.Actor, id syncproto.ID, set syncproto.Fields) int64 {
	w.t.Helper()
	r := w.record(id)
	return w.do(by, syncproto.Mutation{Record: id, Kind: r.Kind, BaseRevision: r.Revision, Set: set})
}

// under hangs a record under another.
func (w *world) under(by syncer.Actor, parent syncproto.ID, kind syncproto.Kind, set syncproto.Fields) syncproto.ID {
	w.t.Helper()
	id := syncproto.NewID()
	set["parent"] = syncproto.Text(string(parent))
	w.do(by, syncproto.Mutation{Record: id, Kind: kind, Unit: w.commune, Set: set})
	return id
}

func (w *world) photo(parent syncproto.ID, position int64, caption, shows string) syncproto.ID {
	w.t.Helper()
	return w.under(w.lan, parent, syncproto.KindPhoto, syncproto.Fields{
		"position": syncproto.Int(position), "caption": syncproto.Text(caption), syncproto.ShowsField: syncproto.Text(shows),
	})
}

func (w *world) record(id syncproto.ID) *syncproto.Record {
	w.t.Helper()
	var out *syncproto.Record
	err := w.store.View(w.t.Context(), func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err == nil {
			out = stored.Record
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// door lets a request in with a session.
type door string

func (d door) Token() string         { return string(d) }
func (d door) Visit() *staff.Visit   { return &staff.Visit{} }
func (d door) Remember(*staff.Entry) {}
func (d door) Forget()               {}
func (d door) Foreign() error        { return nil }
func (d door) Secure() bool          { return true }

// answer is what a page answered.
type answer struct {
	t    *testing.T
	code int
	head http.Header
	body string
}

func (w *world) serve(by editor, r *http.Request) *answer {
	w.t.Helper()
	out := httptest.NewRecorder()
	w.site.ServeHTTP(out, r.WithContext(page.WithDoor(r.Context(), door(w.session(by)))))
	return &answer{t: w.t, code: out.Code, head: out.Header(), body: out.Body.String()}
}

func (w *world) get(by editor, path string) *answer {
	w.t.Helper()
	return w.serve(by, httptest.NewRequest(http.MethodGet, path, nil))
}

// open gets a page that must be there.
func (w *world) open(by editor, path string) *answer {
	w.t.Helper()
	a := w.get(by, path)
	if a.code != http.StatusOK {
		w.t.Fatalf("GET %s: got %d: %s", path, a.code, a.text())
	}
	return a
}

func (w *world) post(by editor, path string, fields url.Values) *answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.serve(by, r)
}

// send posts the form of a page that is found by a part of its markup, with fields filled in.
func (w *world) send(by editor, a *answer, part string, fill url.Values) *answer {
	w.t.Helper()
	action, fields := a.form(part)
	for name, values := range fill {
		fields[name] = values
	}
	return w.post(by, action, fields)
}

// sent posts a form that must go through, and returns where it leads.
func (w *world) sent(by editor, a *answer, part string, fill url.Values) string {
	w.t.Helper()
	out := w.send(by, a, part, fill)
	if out.code != http.StatusSeeOther {
		w.t.Fatalf("post %s: got %d: %s", part, out.code, out.text())
	}
	return out.head.Get("Location")
}

var (
	forms  = regexp.MustCompile(`(?s)<form[^>]*>.*?</form>`)
	action = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	tags   = regexp.MustCompile(`<[^>]*>`)
	inputs = regexp.MustCompile(`<input type="text" name="([^"]*)" value="([^"]*)" hidden>`)
	spaces = regexp.MustCompile(`\s+`)
)

// form finds a form by a part of its markup, and returns where it goes and its hidden fields.
func (a *answer) form(part string) (string, url.Values) {
	a.t.Helper()
	for _, form := range forms.FindAllString(a.body, -1) {
		if !strings.Contains(form, part) {
			continue
		}
		fields := url.Values{}
		for _, m := range hidden.FindAllStringSubmatch(form, -1) {
			fields.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
		}
		return html.UnescapeString(action.FindStringSubmatch(form)[1]), fields
	}
	a.t.Fatalf("no form with %q in %s", part, a.text())
	return "", nil
}

// text is what people read of a page.
func (a *answer) text() string {
	_, main, ok := strings.Cut(a.body, "<main")
	if !ok {
		main = a.body
	}
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(main, " ")), " "))
}

func (a *answer) has(texts ...string) {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) && !strings.Contains(a.body, text) {
			a.t.Errorf("%q is missing in: %.3000s", text, a.text())
		}
	}
}

func (a *answer) lacks(texts ...string) {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%q should not be in: %.3000s", text, a.text())
		}
	}
}

func path(id syncproto.ID, more string) string { return "/console/items/" + string(id) + more }
