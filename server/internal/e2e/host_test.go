package e2e

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/live"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// host is a server on loopback over a database file, with one unit.
type host struct {
	t      *testing.T
	url    string
	store  storage.Store
	people *people.Service
	enroll *enroll.Service
	unit   syncproto.Unit
}

func newHost(t *testing.T) *host {
	t.Helper()
	store, err := sqlite.Open(background, filepath.Join(t.TempDir(), "server.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, store: store, people: people.New(store), enroll: enroll.New(store, nil)}
	hub := live.New(store, live.Config{})
	api := httpapi.New(httpapi.Config{
		Sync: syncer.New(store, syncer.Options{}), Enroll: h.enroll, Live: hub, Metrics: metrics.New("e2e"),
		Ready: func(context.Context) error { return nil }, Version: "e2e",
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- api.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		if err := api.Shutdown(ctx); err != nil {
			t.Errorf("shut down: %v", err)
		}
		<-served
		store.Close()
	})
	h.url = "http://" + ln.Addr().String()
	if h.unit, err = h.people.CreateUnit(background, syncproto.Unit{Name: "Phường Hòa Bình", Level: "Phường"}); err != nil {
		t.Fatal(err)
	}
	return h
}

// member is one person with a phone.
type member struct {
	*mobilesdk.Engine
	t     *testing.T
	host  *host
	clock *clock
	link  *link
	path  string
}

// join enrolls a new person's new phone.
func (h *host) join(name string, role syncproto.Role) *member {
	h.t.Helper()
	m := &member{t: h.t, host: h, clock: &clock{}, path: filepath.Join(h.t.TempDir(), "phone.db")}
	m.link = &link{Transport: mobilesdk.NewHTTPTransport()}
	m.open()
	m.enroll(name, role)
	return m
}

func (m *member) open() {
	m.t.Helper()
	e, err := mobilesdk.Open(background, mobilesdk.Config{Path: m.path, Clock: m.clock, Transport: m.link})
	if err != nil {
		m.t.Fatal(err)
	}
	m.Engine = e
	m.t.Cleanup(func() { e.Close() })
}

func (m *member) enroll(name string, role syncproto.Role) {
	m.t.Helper()
	code, err := m.host.enroll.Issue(background, enroll.Invitation{Unit: m.host.unit.ID, Role: role, Name: name})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.Enroll(background, m.host.url, code.Code); err != nil {
		m.t.Fatal(err)
	}
}

// sync gets the phone in step.
func (m *member) sync() *mobilesdk.Summary {
	m.t.Helper()
	out, err := m.Sync(background)
	if err != nil {
		m.t.Fatalf("sync: %v", err)
	}
	return out
}

func (m *member) story(title, body string) syncproto.ID {
	m.t.Helper()
	id, err := m.Create(background, syncproto.KindStory, "", syncproto.Fields{
		"title": syncproto.Text(title), "body": syncproto.Text(body),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

func (m *member) edit(id syncproto.ID, set syncproto.Fields) {
	m.t.Helper()
	if err := m.Edit(background, id, mobilesdk.Patch{Set: set}); err != nil {
		m.t.Fatal(err)
	}
}

func (m *member) command(id syncproto.ID, c syncproto.Command, reason string) {
	m.t.Helper()
	if err := m.Command(background, id, c, reason); err != nil {
		m.t.Fatal(err)
	}
}

func (m *member) show(id syncproto.ID) *mobilesdk.Item {
	m.t.Helper()
	item, err := m.Show(background, id)
	if err != nil {
		m.t.Fatal(err)
	}
	return item
}

func (m *member) status() *mobilesdk.Status {
	m.t.Helper()
	s, err := m.Status(background)
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// stored returns a record as the server has it.
func (h *host) stored(id syncproto.ID) (out *storage.Stored) {
	h.t.Helper()
	err := h.store.View(background, func(r storage.Reader) (err error) {
		out, err = r.Record(id)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// clock is a phone's clock that somebody set wrong.
type clock struct{ off time.Duration }

var started = time.Now()

func (c *clock) Wall() time.Time       { return time.Now().Add(c.off) }
func (c *clock) Boot() string          { return "boot" }
func (c *clock) Uptime() time.Duration { return time.Since(started) + time.Hour }

// link is a phone's connection, which can lose replies or be down.
type link struct {
	mobilesdk.Transport
	loseReplies atomic.Int32 // how many replies get lost yet
	down        atomic.Bool
	exchanges   atomic.Int32
}

var errLink = syncproto.E(syncproto.CodeOffline, "reach server", nil)

func (l *link) Do(ctx context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	if l.down.Load() {
		return nil, errLink
	}
	l.exchanges.Add(1)
	out, err := l.Transport.Do(ctx, r)
	if l.loseReplies.Load() > 0 {
		l.loseReplies.Add(-1)
		return nil, errLink
	}
	return out, err
}

// notInClear fails if a file below dir holds a text as it is.
func notInClear(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("%s holds the text in clear", entry.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// slow leaves a test out of short runs, those of the race detector: what it does happens in other processes, or takes
// minutes there and runs the same code as the tests that stay.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("not in a short run")
	}
}
