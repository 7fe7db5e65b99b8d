package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

// goodPassword is one that the policy takes.
const goodPassword = "bưởi Năm Roi 77"

// office is a world with desks, a clock that is moved by hand, and everything that was logged.
type office struct {
	*world
	staff   *staff.Service
	metrics *metrics.Metrics
	said    *lines
	mu      sync.Mutex
	now     time.Time
}

func newOffice(t testing.TB) *office {
	t.Helper()
	return newOfficeAt(t, "")
}

// newOfficeAt is newOffice with an address at which browsers find it.
func newOfficeAt(t testing.TB, origin string) *office {
	t.Helper()
	o := &office{now: time.Now().Add(time.Minute).Truncate(time.Second), metrics: metrics.New("test"), said: &lines{}}
	log := slog.New(slog.NewTextHandler(o.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.world = newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		var err error
		o.staff, err = staff.New(w.store, staff.Options{Now: o.clock, Log: log, Count: o.metrics.SignedIn, Origin: origin})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Staff, cfg.Now, cfg.Log, cfg.Metrics = o.staff, o.clock, log, o.metrics
		cfg.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	return o
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// hire makes a person with an account, and returns their browser, which has not signed in.
func (o *office) hire(name, login string, role syncproto.Role) (syncproto.ID, *browser) {
	o.t.Helper()
	person, _, err := o.people.CreatePerson(o.t.Context(), name, o.root.ID, role)
	if err != nil {
		o.t.Fatal(err)
	}
	link, err := o.staff.LinkFor(o.t.Context(), person.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	b := o.browser("192.168.1.20")
	b.must(http.MethodPost, "/v1/staff/link", object{"link": link.Link, "login": login, "password": goodPassword})
	b.must(http.MethodPost, "/v1/staff/sign-out", nil)
	return person.ID, o.browser("192.168.1.21")
}

func (o *office) suspend(person syncproto.ID) {
	o.t.Helper()
	err := o.store.Update(o.t.Context(), func(tx storage.Tx) error {
		p, err := tx.Person(person)
		if err != nil {
			return err
		}
		p.Suspended = 1
		return tx.PutPerson(p)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

type object map[string]any

// browser keeps cookies, comes through a proxy that names its address, and says where its requests come from.
type browser struct {
	o       *office
	header  map[string]string
	cookies map[string]*http.Cookie
}

func (o *office) browser(address string) *browser {
	return &browser{o: o, cookies: map[string]*http.Cookie{}, header: map[string]string{
		"X-Forwarded-For": address, "X-Forwarded-Proto": "http", "Sec-Fetch-Site": "same-origin",
	}}
}

// reply is what a browser got.
type reply struct {
	status int
	body   []byte
	header http.Header
}

func (r reply) problem(t testing.TB) (p httpapi.Problem) {
	t.Helper()
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Fatalf("%v in %q", err, r.body)
	}
	return p
}

func (r reply) object(t testing.TB) (out object) {
	t.Helper()
	if err := json.Unmarshal(r.body, &out); err != nil {
		t.Fatalf("%v in %q", err, r.body)
	}
	return out
}

// send sends a value as JSON, or bytes as they are.
func (b *browser) send(method, path string, value any, header ...string) reply {
	b.o.t.Helper()
	var body []byte
	switch v := value.(type) {
	case nil:
	case []byte:
		body = v
	default:
		var err error
		if body, err = json.Marshal(v); err != nil {
			b.o.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(b.o.t.Context(), method, "http://"+b.o.address+path, bytes.NewReader(body))
	if err != nil {
		b.o.t.Fatal(err)
	}
	req.Host = "localhost:8080"
	req.Header.Set("Content-Type", "application/json")
	all := maps.Clone(b.header)
	for i := 0; i < len(header); i += 2 {
		all[header[i]] = header[i+1]
	}
	for name, value := range all {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	for _, c := range b.cookies {
		if strings.HasPrefix(path, c.Path) {
			req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.o.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		b.o.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	return reply{resp.StatusCode, got, resp.Header}
}

// must is a request that has to succeed.
func (b *browser) must(method, path string, value any, header ...string) object {
	b.o.t.Helper()
	r := b.send(method, path, value, header...)
	if r.status/100 != 2 {
		b.o.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	if len(r.body) == 0 {
		return nil
	}
	return r.object(b.o.t)
}

// refused is a request that has to fail with a code.
func (b *browser) refused(want syncproto.Code, method, path string, value any, header ...string) reply {
	b.o.t.Helper()
	r := b.send(method, path, value, header...)
	if p := r.problem(b.o.t); p.Code != want {
		b.o.t.Errorf("%s %s: got %d %s at %q, want %s", method, path, r.status, p.Code, p.At, want)
	}
	return r
}

func (b *browser) signIn(login string) object {
	b.o.t.Helper()
	return b.must(http.MethodPost, "/v1/staff/sign-in", object{"login": login, "password": goodPassword})
}
