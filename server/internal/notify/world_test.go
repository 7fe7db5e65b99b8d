package notify_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// world is a province with a commune, whose people have phones, and a planner.
type world struct {
	t       testing.TB
	store   storage.Store // as the planner sees it
	people  *people.Service
	planner *notify.Planner
	log     *lines
	now     time.Time
	poked   []syncproto.ID
	woken   int

	province, commune, beside syncproto.ID
	secrets                   []string // what may stand nowhere but in the store
}

// newWorld makes a world in memory, or on SQLite below TestOnSQLite. It is 10:00 on a Sunday.
func newWorld(t testing.TB) *world {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestOnSQLite/") {
		return newWorldOn(t, memory.New())
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return newWorldOn(t, store)
}

func newWorldOn(t testing.TB, store storage.Store) *world {
	t.Helper()
	w := &world{t: t, store: store, log: &lines{}, now: at(t, "2026-11-22 10:00:00")}
	w.people = people.New(store).WithClock(w.clock)
	w.planner = w.newPlanner(store)
	w.province = w.unit("Thanh Hóa", "")
	w.commune = w.unit("Hoằng Lộc", w.province)
	w.beside = w.unit("Hoằng Trạch", w.province)
	return w
}

func (w *world) newPlanner(store storage.Store) *notify.Planner {
	return notify.New(notify.Options{
		Store: store, Now: w.clock, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Poke: func(persons []syncproto.ID) { w.poked = append(w.poked, persons...) },
		Wake: func() { w.woken++ },
	})
}

func (w *world) clock() time.Time { return w.now }
func (w *world) millis() int64    { return w.now.UnixMilli() }

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	w.check(w.store.Update(w.t.Context(), fn))
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.t.Helper()
	w.check(w.store.View(w.t.Context(), fn))
}

func (w *world) tick() {
	w.t.Helper()
	w.check(w.planner.Tick(w.t.Context()))
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.ID {
	w.t.Helper()
	u, err := w.people.CreateUnit(w.t.Context(), syncproto.Unit{Name: name, Parent: parent, From: 1})
	w.check(err)
	w.secrets = append(w.secrets, name)
	return u.ID
}

// person adds somebody with a name and a number that may be written nowhere.
func (w *world) person(unit syncproto.ID, role syncproto.Role) syncproto.ID {
	w.t.Helper()
	n := len(w.secrets)
	name, phone := fmt.Sprintf("Lê Thị Mận %d", n), fmt.Sprintf("+8490%07d", n)
	p, _, err := w.people.AddPerson(w.t.Context(), people.Console(), people.NewPerson{Name: name, Phone: phone, Unit: unit, Role: role})
	w.check(err)
	w.secrets = append(w.secrets, name, phone)
	return p.ID
}

// phone gives a person a device that is registered.
func (w *world) phone(person syncproto.ID, language string) syncproto.ID {
	w.t.Helper()
	device := w.device(person)
	address := fmt.Sprintf("APA91b-secret-token-%s", device)
	w.secrets = append(w.secrets, address)
	w.update(func(tx storage.Tx) error {
		return tx.PutRegistration(&storage.Registration{
			Device: device, Person: person, Service: "fcm", Kind: "token", Platform: "android", Address: address,
			Language: language, At: w.millis(),
		})
	})
	return device
}

func (w *world) device(person syncproto.ID) syncproto.ID {
	w.t.Helper()
	device := syncproto.NewID()
	w.update(func(tx storage.Tx) error {
		return tx.PutDevice(&storage.Device{
			ID: device, Person: person, Unit: w.commune, TokenHash: hashOf(device), Created: w.millis(),
		})
	})
	return device
}

// member is a volunteer of the commune with a phone.
func (w *world) member() syncproto.ID {
	w.t.Helper()
	person := w.person(w.commune, syncproto.RoleVolunteer)
	w.phone(person, "")
	return person
}

func (w *world) mute(person syncproto.ID, kinds ...syncproto.CallKind) {
	w.t.Helper()
	w.update(func(tx storage.Tx) error {
		return tx.PutPreference(&storage.Preference{Person: person, Muted: kinds})
	})
}

// call sends a call to persons, in shares of a size, and returns its intent.
func (w *world) call(kind syncproto.CallKind, size int, persons ...syncproto.ID) *storage.Intent {
	w.t.Helper()
	now := w.millis()
	c := &storage.Call{
		ID: syncproto.NewID(), Units: []syncproto.ID{w.commune}, Kind: kind, State: storage.CallSending, Revision: 1,
		Title: "Cần máu O gấp", Body: "Gọi cô Mận", Created: now, Changed: now, Sent: now, Gone: now + 60*24*time.Hour.Milliseconds(),
		Audience: []byte("{}"), Recipient: int64(len(persons)),
	}
	w.secrets = append(w.secrets, c.Title, c.Body)
	i := &storage.Intent{
		Kind: string(kind), Class: notify.ClassOf(kind), Record: c.ID, Revision: 1, Unit: w.commune, At: now, Due: now,
		Until: notify.Until(c, now), State: storage.IntentPlanning, Persons: int64(len(persons)),
	}
	var shares []storage.Share
	for chunk := range slices.Chunk(persons, size) {
		share := storage.Share{Number: len(shares), Persons: chunk}
		for range chunk {
			share.Units = append(share.Units, w.commune)
		}
		shares = append(shares, share)
	}
	w.update(func(tx storage.Tx) error {
		if err := tx.PutCall(c); err != nil {
			return err
		}
		_, err := tx.AddIntent(i, shares)
		return err
	})
	return i
}

// notice adds a notice that is due now.
func (w *world) notice(to syncproto.Scope, kind storage.NoticeKind, record syncproto.ID, revision int64) {
	w.t.Helper()
	w.update(func(tx storage.Tx) error {
		_, err := tx.AddNotice(&storage.Notice{
			To: to, Kind: kind, Record: record, Revision: revision, Unit: w.commune, At: w.millis(), Due: w.millis(),
		})
		return err
	})
}

// story puts a submitted story of an author.
func (w *world) story(author syncproto.ID) syncproto.ID {
	w.t.Helper()
	id := syncproto.NewID()
	r := &syncproto.Record{
		ID: id, Kind: syncproto.KindStory, Unit: w.commune, Author: author, Revision: 1, State: syncproto.StateSubmitted,
		Fields: syncproto.Fields{"title": syncproto.Value(`"Chuyện của cô Mận"`)},
	}
	w.update(func(tx storage.Tx) error {
		return tx.PutRecord(r, []syncproto.Scope{syncproto.PersonScope(author), syncproto.DeskScope(w.commune)})
	})
	return id
}

// outcome says what came of an intent: how many deliveries are in each state.
func (w *world) outcome(intent int64) map[storage.DeliveryState]int64 {
	w.t.Helper()
	var got map[storage.DeliveryState]int64
	w.view(func(r storage.Reader) (err error) {
		got, _, err = r.Tally(intent)
		return err
	})
	return got
}

func (w *world) deliveries(intent int64) (list []storage.Delivery) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		list, err = r.DeliveriesOf(intent, 0, 10_000)
		return err
	})
	return list
}

// open returns the intents of a kind that are not over.
func (w *world) open(kind string) (list []storage.Intent) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		list = nil
		all, err := r.Intents()
		for _, i := range all {
			if i.Kind == kind {
				list = append(list, i)
			}
		}
		return err
	})
	return list
}

// stateOf returns what came of an intent for a person: the state of the first delivery.
func (w *world) stateOf(intent int64, person syncproto.ID) (state storage.DeliveryState, code string) {
	w.t.Helper()
	for _, d := range w.deliveries(intent) {
		if d.Person == person {
			return d.State, d.Code
		}
	}
	return "", ""
}

// lease takes everything of a class that is due.
func (w *world) lease(class storage.Class) (list []storage.Leased) {
	w.t.Helper()
	w.update(func(tx storage.Tx) (err error) {
		list, err = tx.Lease(class, w.millis(), w.millis()+60_000, 1000)
		return err
	})
	return list
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

// keeps fails if a text holds anything that is somebody's.
func (w *world) keeps(where, text string) {
	w.t.Helper()
	for _, secret := range w.secrets {
		if strings.Contains(text, secret) {
			w.t.Errorf("%s holds %q: %s", where, secret, text)
		}
	}
}

var errKilled = errors.New("the process was killed")

// frail is a store under which a process ends: at one of its transactions, before or after the commit. Each closure is run
// twice, first without keeping what it did, as a store may.
type frail struct {
	storage.Store
	left  int  // transactions until the end; 0 for none
	after bool // the one that ends it is committed
	dead  bool
}

func (f *frail) Update(ctx context.Context, fn func(tx storage.Tx) error) error {
	f.dead = f.dead || f.left == 1
	f.left--
	if f.dead && (!f.after || f.left < 0) {
		return errKilled
	}
	again := errors.New("run again")
	err := f.Store.Update(ctx, func(tx storage.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return again
	})
	if !errors.Is(err, again) {
		return err
	}
	if err := f.Store.Update(ctx, fn); err != nil {
		return err
	}
	if f.dead {
		panic(errKilled)
	}
	return nil
}

func hashOf(device syncproto.ID) [32]byte { return sha256.Sum256([]byte(device)) }
