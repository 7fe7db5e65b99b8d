package live_test

import (
	"bufio"
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/live"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is a hub over a store in memory with a province and two communes. Its tests run on a virtual clock.
type world struct {
	t        *testing.T
	store    *memory.Store
	people   *people.Service
	hub      *live.Hub
	province syncproto.Unit
	communes [2]syncproto.Unit
	done     chan struct{}
}

func newWorld(t *testing.T, cfg live.Config) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), done: make(chan struct{})}
	w.people = people.New(w.store)
	w.province = w.unit("Quảng Trị", "")
	w.communes = [2]syncproto.Unit{w.unit("Đông Hà", w.province.ID), w.unit("Hải Lăng", w.province.ID)}
	w.hub = live.New(w.store, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(w.done)
		_ = w.hub.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-w.done
		w.store.Close()
	})
	return w
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.Unit {
	w.t.Helper()
	u, err := w.people.CreateUnit(w.t.Context(), syncproto.Unit{Name: name, Parent: parent})
	w.must(err)
	return u
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// phone is the far end of a live stream.
type phone struct {
	w      *world
	id     syncproto.ID
	person syncproto.ID
	conn   net.Conn
	events chan string // one line each; closed with the stream
}

func (w *world) phone(unit syncproto.ID) *phone {
	w.t.Helper()
	person, _, err := w.people.CreatePerson(w.t.Context(), "Trần Thị Bưởi", unit, syncproto.RoleVolunteer)
	w.must(err)
	p := &phone{w: w, id: syncproto.NewID(), person: person.ID}
	w.must(w.store.Update(w.t.Context(), func(tx storage.Tx) error {
		return tx.PutDevice(&storage.Device{ID: p.id, Person: p.person, Unit: unit, TokenHash: [32]byte([]byte(p.id))})
	}))
	synctest.Wait()
	p.connect()
	return p
}

func (p *phone) connect() {
	p.w.t.Helper()
	joined, err := p.w.hub.Join(p.w.t.Context(), p.id)
	p.w.must(err)
	near, far := net.Pipe()
	p.conn, p.events = far, make(chan string, 1000)
	events := p.events
	go joined.Serve(near, []byte("head\n"))
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(far); lines.Scan(); {
			if text := lines.Text(); text != "" {
				events <- text
			}
		}
	}()
	p.w.t.Cleanup(func() { far.Close() })
}

// heard returns the events since the last call, once everything has come to rest.
func (p *phone) heard() string {
	synctest.Wait()
	var out []string
	for {
		select {
		case e, open := <-p.events:
			if !open {
				return strings.Join(append(out, "closed"), " ")
			}
			if e = strings.TrimPrefix(e, "event: "); e != "data: {}" {
				out = append(out, e)
			}
		default:
			return strings.Join(out, " ")
		}
	}
}

func (p *phone) expect(when, want string) {
	p.w.t.Helper()
	if got := p.heard(); got != want {
		p.w.t.Errorf("%s: heard %q, want %q", when, got, want)
	}
}

// change renames a unit, which moves the heads of its scope, as another process would: nobody tells the hub.
func (w *world) change(unit syncproto.ID) {
	w.t.Helper()
	w.must(w.people.RenameUnit(w.t.Context(), unit, "Đơn vị "+string(syncproto.NewID())))
}

func TestPokesGoToThoseWhoFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Hour, Heartbeat: 24 * time.Hour})
		a, b := w.phone(w.communes[0].ID), w.phone(w.communes[1].ID)
		a.expect("on opening", "head poke")
		b.expect("on opening", "head poke")

		w.change(w.communes[0].ID)
		a.expect("before anybody said so", "")
		w.hub.Changed([]syncproto.Scope{syncproto.UnitScope(w.communes[0].ID)}, "")
		a.expect("its commune changed", "poke")
		b.expect("another commune changed", "")

		w.change(w.province.ID)
		w.hub.Changed([]syncproto.Scope{syncproto.UnitScope(w.province.ID)}, "")
		a.expect("the province changed", "poke")
		b.expect("the province changed", "poke")

		w.hub.Changed([]syncproto.Scope{syncproto.UnitScope(w.province.ID)}, "")
		a.expect("nothing changed", "")
	})
}

func TestADeviceIsNotPokedForItsOwnChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Hour, Heartbeat: 24 * time.Hour})
		a, b := w.phone(w.communes[0].ID), w.phone(w.communes[0].ID)
		a.heard()
		b.heard()
		scopes := []syncproto.Scope{syncproto.UnitScope(w.communes[0].ID)}

		w.change(w.communes[0].ID)
		w.hub.Changed(scopes, a.id)
		a.expect("its own change", "")
		b.expect("the change of another", "poke")

		// A change by b may have come under the head that was read for a's: when b's word arrives, a is owed a poke.
		w.hub.Changed(scopes, b.id)
		a.expect("a change under the same head", "poke")
		b.expect("its own change", "")
	})
}

func TestTheSlowLookFindsWhatNobodyTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Second, Heartbeat: 24 * time.Hour})
		a := w.phone(w.communes[0].ID)
		a.heard()
		w.change(w.communes[0].ID)
		time.Sleep(1100 * time.Millisecond) // of the virtual clock
		a.expect("another process changed its commune", "poke")
		time.Sleep(5 * time.Second)
		a.expect("nothing more", "")
	})
}

func TestGrantsAndRevocationsReachOpenStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Second, Heartbeat: 24 * time.Hour})
		a, b := w.phone(w.communes[0].ID), w.phone(w.communes[0].ID)
		time.Sleep(3 * time.Second)
		a.heard()
		b.heard()

		_, err := w.people.AddGrant(t.Context(), syncproto.Grant{Person: a.person, Unit: w.communes[1].ID, Role: syncproto.RoleEditor})
		w.must(err)
		time.Sleep(2 * time.Second)
		if got := a.heard(); !strings.HasPrefix(got, "poke") {
			t.Errorf("a new grant: heard %q", got)
		}
		w.change(w.communes[1].ID)
		w.hub.Changed([]syncproto.Scope{syncproto.UnitScope(w.communes[1].ID)}, "")
		a.expect("the newly granted commune changed", "poke")
		b.expect("not its commune", "")

		w.must(w.people.RevokeDevice(t.Context(), a.id))
		time.Sleep(2 * time.Second)
		a.expect("its token was revoked", "closed")
		if _, err := w.hub.Join(t.Context(), a.id); syncproto.CodeOf(err) != syncproto.CodeTokenRevoked {
			t.Errorf("a revoked device joins: %v", err)
		}
		if n := w.hub.Count(); n != 1 {
			t.Errorf("%d phones are connected, want 1", n)
		}
	})
}

func TestAVanishedPhoneIsNoticedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Hour, Heartbeat: 24 * time.Hour})
		a := w.phone(w.communes[0].ID)
		a.heard()
		a.conn.Close()
		synctest.Wait()
		if n := w.hub.Count(); n != 0 {
			t.Errorf("%d phones are connected, want none", n)
		}
	})
}

func TestAPhoneThatTakesNothingIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Hour, Heartbeat: 10 * time.Second, WriteTimeout: time.Second})
		a := w.phone(w.communes[0].ID)
		a.heard()
		stuck, _ := net.Pipe() // nobody reads its other end
		joined, err := w.hub.Join(t.Context(), a.id)
		w.must(err)
		a.expect("the device came again", "closed")
		go joined.Serve(stuck, []byte("head\n"))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := w.hub.Count(); n != 0 {
			t.Errorf("%d phones are connected, want none", n)
		}
	})
}

func TestHeartbeatsFillTheSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Hour, Heartbeat: 25 * time.Second})
		a := w.phone(w.communes[0].ID)
		a.expect("on opening", "head poke")
		time.Sleep(80 * time.Second)
		if got := a.heard(); got != ": : :" {
			t.Errorf("heard %q in 80 s, want 3 heartbeats", got)
		}
	})
}

func TestAFullOrClosedHubRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Hour, Heartbeat: time.Hour, MaxPhones: 1})
		a := w.phone(w.communes[0].ID)
		a.expect("on opening", "head poke")
		b := syncproto.NewID()
		w.must(w.store.Update(t.Context(), func(tx storage.Tx) error {
			return tx.PutDevice(&storage.Device{ID: b, Person: a.person, Unit: w.communes[0].ID, TokenHash: [32]byte([]byte(b))})
		}))
		if _, err := w.hub.Join(t.Context(), b); syncproto.CodeOf(err) != syncproto.CodeRateLimited {
			t.Errorf("a full hub answers %v", err)
		}
		w.hub.Close()
		a.expect("the hub closed", "closed")
		if _, err := w.hub.Join(t.Context(), a.id); syncproto.CodeOf(err) != syncproto.CodeUnavailable {
			t.Errorf("a closed hub answers %v", err)
		}
		if _, err := w.hub.Join(t.Context(), syncproto.NewID()); syncproto.KindOf(err) != syncproto.Unauthenticated {
			t.Errorf("an unknown device gets %v", err)
		}
	})
}

// TestNobodyWatchesWithAllConnections opens more windows than anybody has: phones still get in, and a window that was closed
// makes room.
func TestNobodyWatchesWithAllConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, live.Config{Poll: time.Hour})
		a := w.phone(w.communes[0].ID)
		var windows []*live.Phone
		for range live.MaxWindows {
			p, err := w.hub.Watch(t.Context(), a.id)
			w.must(err)
			windows = append(windows, p)
		}
		if _, err := w.hub.Watch(t.Context(), a.id); syncproto.CodeOf(err) != syncproto.CodeRateLimited {
			t.Errorf("one more: %v", err)
		}
		w.phone(w.communes[0].ID)
		windows[0].Leave()
		p, err := w.hub.Watch(t.Context(), a.id)
		w.must(err)
		for _, p := range append(windows[1:], p) {
			p.Leave()
		}
	})
}
