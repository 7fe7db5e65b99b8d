package desk_test

import (
	"path/filepath"
	"testing"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// world is a desk over a store in memory: a province with two communes, people in them, and a clock that stands.
type world struct {
	t        *testing.T
	store    storage.Store
	people   *people.Service
	rounds   *syncer.Service
	desk     *desk.Service
	now      int64
	province syncproto.ID
	commune  syncproto.ID
	other    syncproto.ID
	lan      syncer.Actor // a volunteer of the commune
	hoa      syncer.Actor // its editor
	nam      syncer.Actor // the province's admin
	tuan     syncer.Actor // editor of the other commune
}

func newWorld(t *testing.T) *world { return newWorldOn(t, memory.New()) }

// onBoth runs a test over both kinds of store.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { test(t, newWorld(t)) })
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
		test(t, newWorldOn(t, store))
	})
}

func newWorldOn(t *testing.T, store storage.Store) *world {
	w := &world{t: t, store: store, now: 1_760_000_000_000}
	clock := func() time.Time { return time.UnixMilli(w.now) }
	w.people = people.New(w.store).WithClock(clock)
	w.rounds = syncer.New(w.store, syncer.Options{Now: clock, Reviewer: review.New(review.Options{}), Hold: time.Minute})
	w.desk = desk.New(w.store, desk.Options{Actor: w.rounds, Now: clock})
	w.province = w.unit("Thanh Hóa", "")
	w.commune, w.other = w.unit("Hoằng Lộc", w.province), w.unit("Đông Sơn", w.province)
	w.lan = w.join("Lê Thị Lan", w.commune, syncproto.RoleVolunteer)
	w.hoa = w.join("Trần Thị Hoà", w.commune, syncproto.RoleEditor)
	w.nam = w.join("Nguyễn Văn Nam", w.province, syncproto.RoleAdmin)
	w.tuan = w.join("Đỗ Anh Tuấn", w.other, syncproto.RoleEditor)
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

// join makes a person with a device.
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

// do takes a step that must go through, as a phone or a desk does, and returns the record's revision.
func (w *world) do(by syncer.Actor, m syncproto.Mutation) int64 {
	w.t.Helper()
	w.now += 1000
	m.ID = syncproto.NewID()
	outcome, err := w.rounds.Act(w.t.Context(), by, &m)
	if err != nil || outcome.Result == syncproto.Rejected || outcome.Result == syncproto.Conflicts {
		w.t.Fatalf("%s %v: got %+v, %v", m.Command, m.Set, outcome, err)
	}
	return outcome.Revision
}

// story makes a draft with fields besides its title and returns its id.
func (w *world) story(by syncer.Actor, unit syncproto.ID, title string, more syncproto.Fields) syncproto.ID {
	w.t.Helper()
	id, set := syncproto.NewID(), syncproto.Fields{"title": syncproto.Text(title)}
	for name, value := range more {
		set[name] = value
	}
	w.do(by, syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Unit: unit, Set: set})
	return id
}

// submitted makes a story that its author has submitted.
func (w *world) submitted(by syncer.Actor, unit syncproto.ID, title string, more syncproto.Fields) syncproto.ID {
	w.t.Helper()
	id := w.story(by, unit, title, more)
	w.command(by, id, syncproto.CommandSubmit)
	return id
}

func (w *world) command(by syncer.Actor, id syncproto.ID, command syncproto.Command) int64 {
	w.t.Helper()
	return w.do(by, syncproto.Mutation{
		Record: id, Kind: syncproto.KindStory, Command: command, BaseRevision: w.record(id).Revision, Reason: reasonFor(command),
	})
}

func reasonFor(command syncproto.Command) string {
	switch command {
	case syncproto.CommandReturn, syncproto.CommandDecline, syncproto.CommandTakeDown, syncproto.CommandCorrect:
		return "Cần thêm ảnh"
	}
	return ""
}

// edit changes fields of a record as it is now.
func (w *world) edit(by syncer.Actor, id syncproto.ID, set syncproto.Fields) int64 {
	w.t.Helper()
	r := w.record(id)
	return w.do(by, syncproto.Mutation{Record: id, Kind: r.Kind, BaseRevision: r.Revision, Set: set})
}

// photo hangs a photo under a story.
func (w *world) photo(by syncer.Actor, story syncproto.ID, position int64, caption string) syncproto.ID {
	w.t.Helper()
	id := syncproto.NewID()
	w.do(by, syncproto.Mutation{Record: id, Kind: syncproto.KindPhoto, Unit: w.commune, Set: syncproto.Fields{
		"parent": syncproto.Text(string(story)), "position": syncproto.Int(position), "caption": syncproto.Text(caption),
		syncproto.ShowsField: syncproto.Text(syncproto.ShowsNobody),
	}})
	return id
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

// titles returns the titles of a view.
func (w *world) titles(by syncer.Actor, ask desk.Ask) (titles []string) {
	w.t.Helper()
	page, err := w.desk.Queue(w.t.Context(), by, &ask)
	if err != nil {
		w.t.Fatalf("%+v: %v", ask, err)
	}
	for _, row := range page.Rows {
		titles = append(titles, row.Title)
	}
	return titles
}

// act takes one act at the desk.
func (w *world) act(by syncer.Actor, a desk.Act) desk.Done {
	w.t.Helper()
	if a.ID == "" {
		a.ID = syncproto.NewID()
	}
	out, err := w.desk.Act(w.t.Context(), by, []desk.Act{a})
	if err != nil || len(out) != 1 {
		w.t.Fatalf("%+v: %v", a, err)
	}
	return out[0]
}
