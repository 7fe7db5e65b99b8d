package overview_test

import (
	"path/filepath"
	"testing"
	"time"

	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// world is a province of two districts with two communes each, people, a desk, and a clock that stands.
type world struct {
	t        *testing.T
	store    storage.Store
	people   *people.Service
	rounds   *syncer.Service
	figures  *overview.Service
	folder   *overview.Folder
	now      int64
	province syncproto.ID
	north    syncproto.ID // districts
	south    syncproto.ID
	river    syncproto.ID // communes of the north
	hill     syncproto.ID
	lake     syncproto.ID // communes of the south
	field    syncproto.ID
	boss     syncer.Actor // admin of the province
	writers  map[syncproto.ID][]syncer.Actor
}

// day is the beginning of a day in UTC+7.
func day(y int, m time.Month, d int) int64 {
	return time.Date(y, m, d, 0, 0, 0, 0, overview.Zone).UnixMilli()
}

const (
	minute = int64(60_000)
	hour   = 60 * minute
)

// onBoth runs a test over both kinds of store.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { test(t, newWorld(t, memory.New())) })
	t.Run("sqlite", func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, newWorld(t, store))
	})
}

func newWorld(t *testing.T, store storage.Store) *world {
	w := &world{t: t, store: store, now: day(2025, 1, 1) + 8*hour, writers: map[syncproto.ID][]syncer.Actor{}}
	clock := func() time.Time { return time.UnixMilli(w.now) }
	w.people = people.New(w.store).WithClock(clock)
	w.rounds = syncer.New(w.store, syncer.Options{Now: clock, Reviewer: review.New(review.Options{}), Hold: time.Minute})
	w.figures = overview.New(w.store, overview.Options{Now: clock})
	w.folder = overview.NewFolder(w.store, overview.FolderOptions{Now: clock, Batch: 7})
	w.province = w.unit("Thanh Hóa", "")
	w.north, w.south = w.unit("Huyện Bắc", w.province), w.unit("Huyện Nam", w.province)
	w.river, w.hill = w.unit("Xã Sông", w.north), w.unit("Xã Đồi", w.north)
	w.lake, w.field = w.unit("Xã Hồ", w.south), w.unit("Xã Đồng", w.south)
	w.boss = w.join("Nguyễn Văn Nam", w.province, syncproto.RoleAdmin)
	for _, unit := range []syncproto.ID{w.river, w.hill, w.lake, w.field} {
		for range 2 {
			w.writers[unit] = append(w.writers[unit], w.join("Lê Thị Lan", unit, syncproto.RoleVolunteer))
		}
	}
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
	w.update(func(tx storage.Tx) error { return tx.PutDevice(device) })
	return by
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// try takes a step, which may be refused.
func (w *world) try(by syncer.Actor, m syncproto.Mutation) bool {
	w.t.Helper()
	m.ID = syncproto.NewID()
	outcome, err := w.rounds.Act(w.t.Context(), by, &m)
	if err != nil {
		w.t.Fatal(err)
	}
	return outcome.Result != syncproto.Rejected && outcome.Result != syncproto.Conflicts
}

// story makes a story of a type and submits it.
func (w *world) story(unit syncproto.ID, kind string) syncproto.ID {
	w.t.Helper()
	id := syncproto.NewID()
	set := syncproto.Fields{"title": syncproto.Text("Mang gạo đến thôn Hạ"), "body": syncproto.Text("Sáng nay.")}
	if kind != "" {
		set["type"] = syncproto.Text(kind)
	}
	m := syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Unit: unit, Set: set}
	if !w.try(w.writers[unit][0], m) || !w.command(w.writers[unit][0], id, syncproto.CommandSubmit) {
		w.t.Fatal("not submitted")
	}
	return id
}

// command takes a step with a story as it is now.
func (w *world) command(by syncer.Actor, id syncproto.ID, command syncproto.Command) bool {
	w.t.Helper()
	m := syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Command: command, BaseRevision: w.record(id).Revision}
	switch command {
	case syncproto.CommandReturn, syncproto.CommandDecline, syncproto.CommandTakeDown, syncproto.CommandCorrect, syncproto.CommandReinstate:
		m.Reason = "Cần thêm ảnh"
	}
	return w.try(by, m)
}

// must is command that goes through.
func (w *world) must(by syncer.Actor, id syncproto.ID, commands ...syncproto.Command) {
	w.t.Helper()
	for _, command := range commands {
		if !w.command(by, id, command) {
			w.t.Fatalf("%s was refused", command)
		}
	}
}

func (w *world) record(id syncproto.ID) (out *syncproto.Record) {
	w.t.Helper()
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

func actor(by syncer.Actor) people.Actor { return people.Actor{Person: by.Person, Device: by.Device} }

func (w *world) report(by syncer.Actor, a overview.Ask) *overview.Report {
	w.t.Helper()
	out, err := w.figures.Report(w.t.Context(), actor(by), a)
	if err != nil {
		w.t.Fatalf("%+v: %v", a, err)
	}
	return out
}

func (w *world) fold() {
	w.t.Helper()
	if err := w.folder.Fold(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// rows returns what came in by the name of the row.
func rows(r *overview.Report) map[string]int64 {
	out := map[string]int64{}
	for _, row := range r.Rows {
		if row.Sums.Came != 0 {
			out[row.Name] = row.Sums.Came
		}
	}
	return out
}
