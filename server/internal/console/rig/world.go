package rig

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

var background = context.Background()

// World is a whole server on loopback with an organisation: a province, two communes, and people who work for them.
type World struct {
	Server *app.Server
	URL    string
	// Staff is a second service of accounts over the server's database, for what tests do beside the browser.
	Staff *staff.Service

	Province, Commune, Other syncproto.ID // the units; Commune and Other belong to the province

	Admin    *Person // of the organisation
	Editor   *Person // of the province
	Second   *Person // another editor of the province
	Officer  *Person // of calls, of the organisation
	Deputy   *Person // a second officer
	Operator *Person

	t        testing.TB
	cfg      app.Config
	ahead    atomic.Int64 // how far the server's clock is ahead
	said     said
	expected []string
}

// Start begins a world. It ends with the test; an error in the server's log fails it.
func Start(t testing.TB, change ...func(*app.Config)) *World {
	t.Helper()
	w := Empty(t, change...)
	w.found()
	return w
}

// Empty begins a world in which nobody is yet: a server as it is when it is started for the first time.
func Empty(t testing.TB, change ...func(*app.Config)) *World {
	t.Helper()
	w := &World{t: t}
	w.cfg = app.Config{
		Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", MinFree: -1, Grace: 5 * time.Second,
		LivePoll: 20 * time.Millisecond, Now: w.Now, Log: slog.New(slog.NewTextHandler(&w.said, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&w.cfg)
	}
	t.Cleanup(w.judgeLog)
	w.Run()
	t.Cleanup(w.Stop)
	return w
}

// Run starts the server again where it was, after Stop.
func (w *World) Run() {
	w.t.Helper()
	s, err := app.Start(background, w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Server, w.URL = s, "http://"+s.Addr().String()
	w.cfg.Listen = s.Addr().String()
	if w.Staff, err = staff.New(s.Store(), staff.Options{Now: w.Now}); err != nil {
		w.t.Fatal(err)
	}
}

// Stop ends the server; its data stays.
func (w *World) Stop() {
	w.t.Helper()
	if w.Server == nil {
		return
	}
	if err := w.Server.Close(); err != nil {
		w.t.Errorf("close the server: %v", err)
	}
	w.Server = nil
}

// Now is the server's time.
func (w *World) Now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// Move moves the server's clock.
func (w *World) Move(d time.Duration) { w.ahead.Add(int64(d)) }

func (w *World) found() {
	w.t.Helper()
	root := w.Server.Root().ID
	w.Province = w.Unit("Hội Chữ thập đỏ tỉnh Cà Mau", "Tỉnh", root)
	w.Commune = w.Unit("Xã Tân Ân", "Xã", w.Province)
	w.Other = w.Unit("Xã Đất Mũi", "Xã", w.Province)
	w.Admin = w.Hire("Nguyễn Thị Hòa", root, syncproto.RoleAdmin)
	w.Editor = w.Hire("Trần Văn Minh", w.Province, syncproto.RoleEditor)
	w.Second = w.Hire("Lê Thu Hà", w.Province, syncproto.RoleEditor)
	w.Officer = w.Hire("Phạm Quốc Bảo", root, syncproto.RoleOfficer)
	w.Deputy = w.Hire("Võ Thị Sáu", root, syncproto.RoleOfficer)
	w.Operator = w.Hire("Đỗ Văn Tám", root, syncproto.RoleOperator)
}

// Unit adds a unit.
func (w *World) Unit(name, level string, parent syncproto.ID) syncproto.ID {
	w.t.Helper()
	u, err := w.Server.People().CreateUnit(background, syncproto.Unit{Name: name, Level: level, Parent: parent})
	if err != nil {
		w.t.Fatal(err)
	}
	return u.ID
}

// View reads the server's database.
func (w *World) View(fn func(r storage.Reader) error) {
	w.t.Helper()
	if err := w.Server.Store().View(background, fn); err != nil {
		w.t.Fatal(err)
	}
}

// Record is a record as the server has it, nil for none.
func (w *World) Record(id syncproto.ID) (out *syncproto.Record) {
	w.t.Helper()
	w.View(func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err == nil && stored != nil {
			out = stored.Record
		}
		return err
	})
	return out
}

// Until waits until something is so on the server.
func (w *World) Until(what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(hang); !ok(); time.Sleep(pause) {
		if time.Now().After(end) {
			w.t.Fatalf("waited for %s in vain", what)
		}
	}
}

// UntilState waits until a submission is in a state.
func (w *World) UntilState(id syncproto.ID, state syncproto.State) {
	w.t.Helper()
	w.Until("the state "+string(state), func() bool { return w.Record(id).State == state })
}

// Fatalf ends the test of a world.
func (w *World) Fatalf(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf(format, args...)
}

// ExpectLog says that a line of the server's log with this text in it belongs to the test.
func (w *World) ExpectLog(text string) { w.expected = append(w.expected, text) }

// judgeLog fails the test for what the server calls an error: faults of its own, and pages that wanted to do what their
// policy forbids.
func (w *World) judgeLog() {
	for line := range strings.Lines(w.said.String()) {
		if strings.Contains(line, "level=ERROR") && !slices.ContainsFunc(w.expected, func(text string) bool { return strings.Contains(line, text) }) {
			w.t.Errorf("the server says %s", line[:min(len(line), 1500)])
		}
	}
}

// said is what the server says, at its most talkative.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// loopback is where visitors of tests come from.
var loopback = netip.MustParseAddr("127.0.0.1")
