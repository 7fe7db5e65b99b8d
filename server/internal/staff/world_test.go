package staff_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// good is a password that the policy takes.
const good = "bưởi Năm Roi 77"

// world is the service over a store in memory, with a province, a commune and a clock that is moved by hand.
type world struct {
	t       *testing.T
	store   storage.Store
	people  *people.Service
	staff   *staff.Service
	mu      sync.Mutex
	now     time.Time
	root    syncproto.Unit
	commune syncproto.Unit
	log     bytes.Buffer
	counted map[string]int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store := memory.New()
	t.Cleanup(func() { store.Close() })
	return newWorldOn(t, store)
}

func newWorldOn(t *testing.T, store storage.Store) *world {
	t.Helper()
	w := &world{t: t, store: store, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), counted: map[string]int{}}
	w.people = people.New(store).WithClock(w.clock)
	w.restart()
	units, err := w.people.Units(t.Context())
	w.must(err)
	if len(units) == 0 {
		w.root, err = w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Tỉnh Quảng Trị"})
		w.must(err)
		w.commune, err = w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Xã Hải Lăng", Parent: w.root.ID})
		w.must(err)
	}
	return w
}

// restart makes the service anew over the same store: what was in memory only is gone.
func (w *world) restart() {
	w.t.Helper()
	var err error
	w.staff, err = staff.New(w.store, staff.Options{
		Now: w.clock, Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Origin: "https://lantoa.example.vn", Count: w.count,
	})
	w.must(err)
	w.staff.Cheapen()
}

func (w *world) count(method, result string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counted[method+" "+result]++
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, want syncproto.Code) {
	w.t.Helper()
	if err == nil || syncproto.CodeOf(err) != want {
		w.t.Errorf("got %v, want %s", err, want)
	}
}

// join makes a person with a role over a unit and an account.
func (w *world) join(name, login string, unit syncproto.ID, role syncproto.Role) syncproto.ID {
	w.t.Helper()
	person, _, err := w.people.CreatePerson(w.t.Context(), name, unit, role)
	w.must(err)
	link, err := w.staff.LinkFor(w.t.Context(), person.ID)
	w.must(err)
	_, err = w.staff.UseLink(w.t.Context(), at("10.0.0.1"), staff.Setup{Link: link.Link, Login: login, Password: good})
	w.must(err)
	return person.ID
}

func at(address string) *staff.Visit {
	return &staff.Visit{From: netip.MustParseAddr(address), Agent: "test"}
}

// signIn is a sign-in that must succeed.
func (w *world) signIn(v *staff.Visit, login string) (*staff.Entry, *staff.Identity) {
	w.t.Helper()
	entry, err := w.staff.SignIn(w.t.Context(), v, login, good)
	w.must(err)
	return entry, w.identify(entry.Token)
}

func (w *world) identify(token string) *staff.Identity {
	w.t.Helper()
	who, err := w.staff.IdentifyAny(w.t.Context(), token)
	w.must(err)
	return who
}

func (w *world) try(v *staff.Visit, login, password string) error {
	_, err := w.staff.SignIn(context.Background(), v, login, password)
	return err
}

func (w *world) account(person syncproto.ID) (a *storage.Account) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), func(r storage.Reader) (err error) {
		a, err = r.Account(person)
		return err
	}))
	return a
}

// acts returns the acts of the audit log in order.
func (w *world) acts() (acts []string) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), func(r storage.Reader) error {
		all, err := r.Audits("", 0, 1000)
		for i := range all {
			acts = append(acts, all[i].Act)
		}
		return err
	}))
	return acts
}
