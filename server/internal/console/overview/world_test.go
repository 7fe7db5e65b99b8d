package overview_test

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	overviewpages "lantoa/server/internal/console/overview"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is the pages of the overview over a store in memory: a province with two districts of a commune each, and a clock that
// stands.
type world struct {
	t        *testing.T
	store    storage.Store
	people   *people.Service
	rounds   *syncer.Service
	staff    *staff.Service
	site     *page.Site
	now      int64
	province syncproto.ID
	north    syncproto.ID
	south    syncproto.ID
	river    syncproto.ID
	lake     syncproto.ID
	writers  map[syncproto.ID]syncer.Actor
	nam      editor // the province's admin
	hoa      editor // an officer of the north
}

// editor is somebody who is signed in.
type editor struct {
	syncer.Actor
	token string
}

func day(y int, m time.Month, d int) int64 {
	return time.Date(y, m, d, 9, 0, 0, 0, page.Zone).UnixMilli()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), now: day(2025, 1, 2), writers: map[syncproto.ID]syncer.Actor{}}
	clock := func() time.Time { return time.UnixMilli(w.now) }
	w.people = people.New(w.store).WithClock(clock)
	w.rounds = syncer.New(w.store, syncer.Options{Now: clock, Reviewer: review.New(review.Options{}), Hold: time.Minute})
	var err error
	// Sessions last for all months of a test.
	start := time.UnixMilli(w.now)
	if w.staff, err = staff.New(w.store, staff.Options{Now: func() time.Time { return start }}); err != nil {
		t.Fatal(err)
	}
	w.province = w.unit("Thanh Hóa", "")
	w.north, w.south = w.unit("=Huyện Bắc", w.province), w.unit("Huyện <b>Nam</b> & biển", w.province)
	w.river, w.lake = w.unit("Xã Sông", w.north), w.unit("Xã Hồ", w.south)
	for _, unit := range []syncproto.ID{w.river, w.lake} {
		w.writers[unit] = w.join("Lê Thị Lan", unit, syncproto.RoleVolunteer)
	}
	w.nam = w.signIn(w.join("Nguyễn Văn Nam", w.province, syncproto.RoleAdmin), "nam")
	w.hoa = w.signIn(w.join("Trần Thị Hoà", w.north, syncproto.RoleOfficer), "hoa")
	w.site = page.New(page.Options{Staff: w.staff, Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	overviewpages.Add(w.site, overviewpages.Options{Figures: overview.New(w.store, overview.Options{Now: clock}), Temp: t.TempDir()})
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

// signIn gives somebody an account and a session.
func (w *world) signIn(by syncer.Actor, login string) editor {
	w.t.Helper()
	link, err := w.staff.LinkFor(w.t.Context(), by.Person)
	if err != nil {
		w.t.Fatal(err)
	}
	entry, err := w.staff.UseLink(w.t.Context(), &staff.Visit{From: netip.MustParseAddr("127.0.0.1")},
		staff.Setup{Link: link.Link, Login: login, Password: "một mật khẩu dài"})
	if err != nil {
		w.t.Fatal(err)
	}
	return editor{by, entry.Token}
}

func (w *world) do(by syncer.Actor, m syncproto.Mutation) {
	w.t.Helper()
	w.now += 1000
	m.ID = syncproto.NewID()
	outcome, err := w.rounds.Act(w.t.Context(), by, &m)
	if err != nil || outcome.Result == syncproto.Rejected {
		w.t.Fatalf("%s %v: got %+v, %v", m.Command, m.Set, outcome, err)
	}
}

// story makes a story and submits it.
func (w *world) story(unit syncproto.ID, kind string) syncproto.ID {
	w.t.Helper()
	id := syncproto.NewID()
	set := syncproto.Fields{"title": syncproto.Text("Mang gạo"), "type": syncproto.Text(kind)}
	w.do(w.writers[unit], syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Unit: unit, Set: set})
	w.steps(w.writers[unit], id, syncproto.CommandSubmit)
	return id
}

// steps takes steps with a story.
func (w *world) steps(by syncer.Actor, id syncproto.ID, commands ...syncproto.Command) {
	w.t.Helper()
	for _, command := range commands {
		revision := int64(0)
		if err := w.store.View(w.t.Context(), func(r storage.Reader) error {
			stored, err := r.Record(id)
			if err == nil {
				revision = stored.Record.Revision
			}
			return err
		}); err != nil {
			w.t.Fatal(err)
		}
		w.do(by, syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Command: command, BaseRevision: revision, Reason: "Cần thêm ảnh"})
	}
}

// door lets a request in with a session.
type door string

func (d door) Token() string         { return string(d) }
func (d door) Visit() *staff.Visit   { return &staff.Visit{} }
func (d door) Remember(*staff.Entry) {}
func (d door) Forget()               {}
func (d door) Foreign() error        { return nil }
func (d door) Secure() bool          { return true }

// get asks for a page and returns what it answered.
func (w *world) get(by editor, path string, want int) string {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	out := httptest.NewRecorder()
	w.site.ServeHTTP(out, r.WithContext(page.WithDoor(r.Context(), door(by.token))))
	if out.Code != want {
		w.t.Fatalf("%s: got %d, want %d: %.800s", path, out.Code, want, out.Body.String())
	}
	return out.Body.String()
}

var (
	tableTag = regexp.MustCompile(`(?s)<table>.*?</table>`)
	rowTag   = regexp.MustCompile(`(?s)<tr[^>]*>.*?</tr>`)
	cellTag  = regexp.MustCompile(`(?s)<t[hd][^>]*>(.*?)</t[hd]>`)
	markTag  = regexp.MustCompile(`(?s)<small[^>]*>(.*?)</small>`)
	anyTag   = regexp.MustCompile(`<[^>]*>`)
)

// tables are the tables of a page as somebody reads them; what is to be known of a line stands at its end.
func tables(body string) (out [][][]string) {
	for _, table := range tableTag.FindAllString(body, -1) {
		var lines [][]string
		for _, line := range rowTag.FindAllString(table, -1) {
			mark := ""
			if m := markTag.FindStringSubmatch(line); m != nil {
				mark, line = plain(m[1]), markTag.ReplaceAllString(line, "")
			}
			var cells []string
			for _, c := range cellTag.FindAllStringSubmatch(line, -1) {
				cells = append(cells, plain(c[1]))
			}
			if mark != "" {
				cells = append(cells, mark)
			}
			lines = append(lines, cells)
		}
		out = append(out, lines)
	}
	return out
}

func plain(markup string) string {
	return strings.TrimSpace(html.UnescapeString(anyTag.ReplaceAllString(markup, "")))
}
