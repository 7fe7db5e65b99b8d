package httpapi_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/live"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is an API on a free port over a store in memory, with one enrolled volunteer.
type world struct {
	t       testing.TB
	store   *memory.Store
	enroll  *enroll.Service
	people  *people.Service
	hub     *live.Hub
	uploads *upload.Service
	blobs   *memory.Blobs
	log     *lines
	api     *httpapi.API
	address string
	root    syncproto.Unit
	device  syncproto.ID
	token   string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, func(*world, *httpapi.Config) {})
}

// newWorldWith is newWorld with more in the API.
func newWorldWith(t testing.TB, add func(*world, *httpapi.Config)) *world {
	t.Helper()
	w := &world{t: t, store: memory.New()}
	w.enroll = enroll.New(w.store, nil)
	w.people = people.New(w.store)
	w.hub = live.New(w.store, live.Config{Poll: 5 * time.Millisecond})
	rounds := syncer.New(w.store, syncer.Options{Notifier: syncer.NotifierFunc(w.hub.Changed)})
	w.blobs, w.log = memory.NewBlobs(), &lines{}
	var err error
	if w.uploads, err = upload.New(w.store, w.blobs, upload.Options{Spool: t.TempDir(), MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	cfg := httpapi.Config{
		Sync: rounds, Enroll: w.enroll, Live: w.hub, Uploads: w.uploads, Metrics: metrics.New("test"), Version: "test",
		Log:     slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Ready:   func(context.Context) error { return nil },
		Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	add(w, &cfg)
	w.api = httpapi.New(cfg)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 3)
	go func() { _ = w.api.Serve(ln); done <- struct{}{} }()
	go func() { _ = w.hub.Run(ctx); done <- struct{}{} }()
	go func() { _ = w.uploads.Run(ctx); done <- struct{}{} }()
	t.Cleanup(func() {
		stop, end := context.WithTimeout(context.Background(), time.Minute)
		defer end()
		if err := w.api.Shutdown(stop); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		cancel()
		for range cap(done) {
			<-done
		}
		w.store.Close()
	})
	if w.root, err = w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Hội Chữ thập đỏ"}); err != nil {
		t.Fatal(err)
	}
	w.device, w.token = w.join(syncproto.RoleVolunteer)
	return w
}

// lines are what was logged.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// join enrolls a new device over HTTP.
func (w *world) join(role syncproto.Role) (syncproto.ID, string) {
	w.t.Helper()
	issued, err := w.enroll.Issue(w.t.Context(), enroll.Invitation{Unit: w.root.ID, Role: role})
	if err != nil {
		w.t.Fatal(err)
	}
	req := &syncproto.EnrollRequest{Code: issued.Code, Device: syncproto.NewID(), Nonce: "0123456789abcdef0123456789"}
	status, body, _ := w.post("/v1/enroll", "", syncproto.AppendEnrollRequest(nil, req), nil)
	if status != http.StatusOK {
		w.t.Fatalf("enroll: %d %s", status, body)
	}
	resp, err := syncproto.DecodeEnrollResponse(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.Device, resp.Token
}

func (w *world) post(path, token string, body []byte, header map[string]string) (int, []byte, http.Header) {
	w.t.Helper()
	return w.do(http.MethodPost, path, token, body, header)
}

func (w *world) do(method, path, token string, body []byte, header map[string]string) (int, []byte, http.Header) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.address+path, strings.NewReader(string(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, got, resp.Header
}

// dial opens a bare connection.
func (w *world) dial() (net.Conn, *bufio.Reader) {
	w.t.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		w.t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// syncBody is an empty round with some mutations.
func syncBody(mutations ...string) []byte {
	return []byte(`{"app":"test","cursor":"","mutations":[` + strings.Join(mutations, ",") + `],"protocol":1}`)
}

// trace sums up everything that a refused request must leave alone.
func (w *world) trace() (out string) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r storage.Reader) error {
		d, err := r.Device(w.device)
		if err != nil {
			return err
		}
		access, err := r.Access()
		if err != nil {
			return err
		}
		heads, err := r.Heads([]syncproto.Scope{
			syncproto.PersonScope(d.Person), syncproto.UnitScope(w.root.ID), syncproto.DeskScope(w.root.ID),
		})
		if err != nil {
			return err
		}
		out = string(rune('0'+d.Accepted)) + "/" + string(rune('0'+access))
		for _, h := range heads {
			out += "/" + string(rune('0'+h.Sequence))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func sha(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// gone ends the access of a device so long ago that it may not even bring what it holds (S-188).
func (w *world) gone(id syncproto.ID) {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), func(tx storage.Tx) error {
		d, err := tx.Device(id)
		if err != nil {
			return err
		}
		d.Revoked = time.Now().UnixMilli() - people.EndedFor
		return tx.PutDevice(d)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
