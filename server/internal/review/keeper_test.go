package review_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

const day = 24 * 60 * 60 * 1000

// TestWhatWaitsTooLongIsTold: once for each time that it waits, to the desk above.
func TestWhatWaitsTooLongIsTold(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	w.update(func(tx storage.Tx) error {
		return tx.PutUnitSetting(&storage.UnitSetting{Unit: w.beside, AlarmAfter: day / 24})
	})
	urgent := w.who("Mai", w.beside, syncproto.RoleVolunteer).sent("khẩn")
	w.now += day / 24
	w.tick()
	same(t, "after an hour", w.notices(urgent), "desk submitted", "desk overdue")
	same(t, "after an hour", w.notices(story), "desk submitted")
	w.now += day - day/24 - 1
	ha.does(story, syncproto.CommandClaim, "") // to have it in hand is not to answer
	w.tick()
	same(t, "a moment before", w.notices(story), "desk submitted")
	w.now += 120_000
	for range 3 {
		w.tick()
		w.now += 120_000
	}
	same(t, "after a day", w.notices(story), "desk submitted", "desk overdue")
	if w.row(story).Flags&storage.FlagAlarmed == 0 {
		t.Error("the queue does not say so")
	}
	w.view(func(r storage.Reader) error {
		above, err := r.Notices(syncproto.DeskScope(w.province), 0, 10)
		if len(above) != 2 {
			t.Errorf("the desk above was told %d times", len(above))
		}
		return err
	})
	ha.does(story, syncproto.CommandReturn, "Thiếu ngày.")
	if w.row(story).Flags&storage.FlagAlarmed != 0 {
		t.Error("what was answered is still said to wait")
	}
	w.now += 2 * day
	w.tick()
	lan.does(story, syncproto.CommandResubmit, "")
	w.now += day
	w.tick()
	same(t, "a second time", w.notices(story), "desk submitted", "desk overdue", "person needs_changes", "desk resubmitted", "desk overdue")
}

// TestRowsOfAnOlderDatabase: submissions from before there were rows get them, once, with the times that their revisions
// tell; their timelines begin with what was.
func TestRowsOfAnOlderDatabase(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	var stories []syncproto.ID
	sent := map[syncproto.ID]int64{}
	older := func() { // what an upgrade finds: records, and nothing that follows from them
		w.update(func(tx storage.Tx) error {
			for _, id := range stories {
				if err := tx.DropSubmission(id); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 130 {
		w.now += 1000
		id := lan.sent("một")
		stories, sent[id] = append(stories, id), w.now
	}
	draft := lan.story("nháp")
	w.now += day
	ha.does(stories[0], syncproto.CommandReturn, "Thiếu ngày.")
	back := w.now
	w.now += day
	older()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.keeper.Rebuild(ctx); err == nil {
		t.Error("a rebuild that was interrupted says that it is done")
	}
	made, err := w.keeper.Rebuild(t.Context())
	w.check(err)
	if made == 0 || w.row(draft) != nil {
		t.Errorf("made %d", made)
	}
	for i, id := range stories {
		row := w.row(id)
		if row == nil || row.Sent != sent[id] || i > 0 && row.Since != sent[id] {
			t.Fatalf("%d: got %+v, sent %d", i, row, sent[id])
		}
	}
	if row := w.row(stories[0]); row.Since != back || row.State != syncproto.StateNeedsChanges {
		t.Errorf("got %+v", row)
	}
	older()
	if made, err := w.keeper.Rebuild(t.Context()); made != 0 || err != nil {
		t.Errorf("it looks again: %d, %v", made, err)
	}
}

// TestTheKeeperRuns ends a hold by itself.
func TestTheKeeperRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOn(t, memory.New())
		lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
		story := lan.sent("một")
		for _, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove} {
			ha.does(story, c, "")
		}
		begin, start := time.UnixMilli(w.now), time.Now()
		w.keeper = w.keeps(func() time.Time { return begin.Add(time.Since(start)) })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error)
		go func() { done <- w.keeper.Run(ctx) }()
		time.Sleep(hold - time.Second)
		if w.record(story).Hold == 0 {
			t.Error("the hold ended too early")
		}
		time.Sleep(time.Minute)
		if w.record(story).Hold != 0 {
			t.Error("the hold never ends")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.view(func(r storage.Reader) error {
			all, err := r.Notices(syncproto.PersonScope(lan.actor.Person), 0, 10)
			if len(all) != 1 || all[0].Kind != review.NoticeApproved {
				t.Errorf("got %+v", all)
			}
			return err
		})
	})
}

// TestARowThatHoldsLongerThanItsRecord does not hold up what comes after it.
func TestARowThatHoldsLongerThanItsRecord(t *testing.T) {
	w := newWorld(t)
	lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
	story := lan.sent("một")
	w.update(func(tx storage.Tx) error {
		row, err := tx.Submission(story)
		if err != nil {
			return err
		}
		return tx.PutSubmission(row, w.now+1)
	})
	w.now += 2
	revision := w.record(story).Revision
	w.tick()
	w.view(func(r storage.Reader) error {
		held, err := r.Held(w.now, 10)
		if len(held) != 0 || w.record(story).Revision != revision {
			t.Errorf("still held: %v", held)
		}
		return err
	})
}

// BenchmarkRebuild is the first start after an update, with a thousand stories.
func BenchmarkRebuild(b *testing.B) {
	for range b.N {
		b.StopTimer()
		store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		w := newWorldOn(b, store)
		w.sync = syncer.New(store, syncer.Options{})
		lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
		for range 20 {
			var batch []syncproto.Mutation
			for range 50 {
				id := w.id()
				batch = append(batch, syncproto.Mutation{ID: w.id(), Record: id, Kind: syncproto.KindStory, Unit: w.commune, Set: syncproto.Fields{"title": syncproto.Text("Bếp ăn 0 đồng")}},
					syncproto.Mutation{ID: w.id(), Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit})
			}
			lan.syncs(batch...)
		}
		b.StartTimer()
		if made, err := w.keeper.Rebuild(b.Context()); err != nil || made != 1000 {
			b.Fatalf("made %d, %v", made, err)
		}
		b.StopTimer()
		store.Close()
	}
}
