package people_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// TestRunWritesWhatIsDue keeps units and profiles current by the clock alone: a change that was decided ahead, one whose
// date came while nobody ran, and one that another process made.
func TestRunWritesWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		s := people.New(store)
		unit := must[syncproto.Unit](t)
		root := unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Bắc"}))
		lake, hill := unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hồ", Parent: root.ID})), unit(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Đồi", Parent: root.ID}))
		lan, _, err := s.CreatePerson(t.Context(), "Lan", lake.ID, syncproto.RoleVolunteer)
		if err != nil {
			t.Fatal(err)
		}
		rename := func(s *people.Service, name string, after time.Duration) {
			t.Helper()
			change := people.UnitChange{Act: people.ActRename, Unit: hill.ID, Name: name, At: time.Now().Add(after).UnixMilli()}
			if _, err := s.Reorganise(t.Context(), people.Console(), []people.UnitChange{change}, false); err != nil {
				t.Fatal(err)
			}
		}
		shows := func(id syncproto.ID, field, want string) {
			t.Helper()
			synctest.Wait()
			if got := record(t, store, id).Record; got.Fields[field] != syncproto.Text(want) {
				t.Errorf("%s is %s, want %q", field, got.Fields[field], want)
			}
		}
		rename(s, "Một", time.Minute)
		time.Sleep(time.Hour) // nobody runs
		shows(hill.ID, "name", "Đồi")
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		shows(hill.ID, "name", "Một")

		merge := people.UnitChange{Act: people.ActMerge, Unit: hill.ID, Units: []syncproto.ID{lake.ID}, At: time.Now().Add(time.Minute + time.Millisecond).UnixMilli()}
		if _, err := s.Reorganise(t.Context(), people.Console(), []people.UnitChange{merge}, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		shows(lan.ID, "unit", string(lake.ID))
		known := accessOf(t, store)
		time.Sleep(time.Millisecond)
		shows(lan.ID, "unit", string(hill.ID))
		if accessOf(t, store) == known {
			t.Error("who remembers what a phone follows does not hear that a date has come")
		}

		rename(people.New(store), "Hai", 0) // by another process
		if got := record(t, store, hill.ID).Record; got.Fields["name"] != syncproto.Text("Hai") {
			t.Errorf("got %v", got.Fields)
		}
		time.Sleep(10 * time.Second)
		revision := record(t, store, lan.ID).Record.Revision
		time.Sleep(time.Hour)
		if again := record(t, store, lan.ID).Record.Revision; again != revision {
			t.Errorf("the profile was written again: %d, %d", revision, again)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func accessOf(t *testing.T, store storage.Store) (revision uint64) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) (err error) { revision, err = r.Access(); return err })
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// failing is a store whose updates fail while it is told to.
type failing struct {
	storage.Store
	fail  atomic.Bool
	asked atomic.Int64
}

func (f *failing) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if f.fail.Load() {
		f.asked.Add(1)
		return syncproto.E(syncproto.CodeUnavailable, "update", errors.New("the disk is full"))
	}
	return f.Store.Update(ctx, fn)
}

func TestWhatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &failing{Store: memory.New()}
		s := people.New(store)
		unit := must[syncproto.Unit](t)(s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hồ"}))
		change := people.UnitChange{Act: people.ActRename, Unit: unit.ID, Name: "Ao", At: time.Now().Add(time.Minute).UnixMilli()}
		if _, err := s.Reorganise(t.Context(), people.Console(), []people.UnitChange{change}, false); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		store.fail.Store(true)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		store.fail.Store(false)
		if asked := store.asked.Load(); asked == 0 || asked > 60 {
			t.Errorf("a full disk was asked %d times in a minute", asked)
		}
		time.Sleep(settleTime)
		synctest.Wait()
		if got := record(t, store, unit.ID).Record; got.Fields["name"] != syncproto.Text("Ao") {
			t.Errorf("got %v", got.Fields)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// settleTime is longer than Run waits between two looks.
const settleTime = 10 * time.Second
