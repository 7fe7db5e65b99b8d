package media_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// looked brings a photo and lets it be looked at.
func (w *world) looked(b []byte) (syncproto.ID, *storage.Media) {
	w.t.Helper()
	id := w.photo(files{syncproto.LaneOriginal: b})
	blob := w.bring(id, syncproto.LaneOriginal, b)
	w.work()
	return id, w.row(blob)
}

var errDisk = errors.New("the disk fails")

func (w *world) collect() media.Collected {
	w.t.Helper()
	got, err := w.media.CollectOnce(w.t.Context())
	w.must(err)
	return got
}

func TestAFileGoesAfterTheGrace(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		kept, m1 := w.looked(sample.JPEG(sample.Options{Seed: 1, Lat: 1, Lon: 2}))
		gone, m2 := w.looked(sample.JPEG(sample.Options{Seed: 2, Lat: 1, Lon: 2}))
		w.now += 50 * day
		w.remove(gone)
		if got := w.collect(); got != (media.Collected{}) {
			t.Errorf("at once: %+v", got)
		}
		w.now += 29 * day
		if got := w.collect(); got != (media.Collected{}) {
			t.Errorf("within the grace: %+v", got)
		}
		if _, _, err := w.read(w.author, kept, syncproto.LaneOriginal); err != nil {
			t.Error(err)
		}
		w.now += 2 * day
		if got := w.collect(); got.Files != 4 || got.Orphans != 0 {
			t.Errorf("got %+v", got)
		}
		for _, id := range []storage.BlobID{m2.ID, m2.Served, m2.Thumbnail, m2.Display} {
			if id != (storage.BlobID{}) && !w.gone(id) {
				t.Errorf("%s is left", id)
			}
		}
		if _, err := w.blobs.Stat(t.Context(), m1.ID); err != nil || w.row(m1.ID).State != storage.MediaReady {
			t.Error("the other went, too")
		}
		w.view(func(r storage.Reader) error {
			if _, err := r.MediaFacts(m2.ID); syncproto.CodeOf(err) != syncproto.CodeNotFound {
				t.Errorf("its place is still known: %v", err)
			}
			return nil
		})
		if got := w.collect(); got != (media.Collected{}) {
			t.Errorf("again: %+v", got)
		}
	})
}

// TestACrashWhileAFileIsRemoved ends the process after each step; the next collection finishes.
func TestACrashWhileAFileIsRemoved(t *testing.T) {
	for steps := range 4 {
		both(t, func(t *testing.T, w *world) {
			id, m := w.looked(sample.JPEG(secret))
			w.remove(id)
			w.now += 40 * day
			before := w.now - 30*day
			if steps > 0 {
				doomed, err := w.media.Mark(t.Context(), m.ID, before)
				w.must(err)
				if len(doomed) < 2 {
					t.Fatalf("got %v", doomed)
				}
				if steps > 1 {
					w.must(w.media.Drop(t.Context(), doomed[1]))
					w.must(w.media.Drop(t.Context(), doomed[0]))
				}
				if steps > 2 {
					w.must(w.media.Forget(t.Context(), doomed[0]))
				}
			}
			w.restart()
			w.collect()
			w.now += 31 * day // a removal that another process began has the grace again
			w.collect()
			w.collect()
			for _, blob := range []storage.BlobID{m.ID, m.Served, m.Thumbnail, m.Display} {
				if blob != (storage.BlobID{}) && !w.gone(blob) {
					t.Errorf("after %d steps %s is left", steps, blob)
				}
			}
		})
	}
}

func TestANewReferenceWinsOrWaits(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		b := sample.JPEG(secret)
		id, m := w.looked(b)
		w.remove(id)
		w.now += 40 * day
		before := w.now - 30*day

		// A record refers to the file after it was listed and before it is marked: it stays.
		again := w.photo(files{syncproto.LaneOriginal: b})
		w.update(func(tx storage.Tx) error {
			return tx.PutMediaLink(&storage.MediaLink{Blob: m.ID, Record: again, Lane: syncproto.LaneOriginal, Person: w.author, At: w.now})
		})
		doomed, err := w.media.Mark(t.Context(), m.ID, before)
		w.must(err)
		if len(doomed) != 0 || w.row(m.ID).State != storage.MediaReady {
			t.Fatalf("got %v", doomed)
		}

		// One that comes after the mark finds the row in the state removing and must wait for it to go.
		w.remove(again)
		w.now += 40 * day
		doomed, err = w.media.Mark(t.Context(), m.ID, w.now-30*day)
		w.must(err)
		for _, blob := range doomed {
			if w.row(blob).State != storage.MediaRemoving {
				t.Errorf("%+v", w.row(blob))
			}
		}
		w.collect()
		third, back := w.looked(b)
		if back.State != storage.MediaReady || !w.shows(third, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
			t.Errorf("it does not come again: %+v", back)
		}
		w.onlyNeeded()
	})
}

// TestACopyThatIsBeingRemovedIsNotReferredTo is the race between a copy that goes with one file and the same copy that is
// made of another.
func TestACopyThatIsBeingRemovedIsNotReferredTo(t *testing.T) {
	w := newWorld(t)
	o := secret
	one := sample.JPEG(o)
	o.Lat = 20.5
	two := sample.JPEG(o)
	id, m := w.looked(one)
	w.remove(id)
	w.now += 40 * day
	doomed, err := w.media.Mark(t.Context(), m.ID, w.now-30*day)
	w.must(err)
	other := w.photo(files{syncproto.LaneOriginal: two})
	blob := w.bring(other, syncproto.LaneOriginal, two)
	w.work()
	if got := w.row(blob); got.State != storage.MediaWaiting || got.Attempts != 0 {
		t.Fatalf("it refers to what goes: %+v", got)
	}
	for _, id := range doomed {
		w.must(w.media.Drop(t.Context(), id))
		w.must(w.media.Forget(t.Context(), id))
	}
	w.now += 60_000
	w.work()
	if got := w.row(blob); got.State != storage.MediaReady || got.Served != m.Served {
		t.Fatalf("got %+v", got)
	}
	w.onlyNeeded()
}

func TestARecordThatComesBackPromisesNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		original, thumbnail := sample.JPEG(secret), small(5, 320)
		id := w.photo(files{syncproto.LaneOriginal: original, syncproto.LaneThumbnail: thumbnail})
		w.bring(id, syncproto.LaneOriginal, original)
		w.bring(id, syncproto.LaneThumbnail, thumbnail)
		w.work()
		w.remove(id)
		w.now += 40 * day
		w.collect()
		if !w.gone(idOf(original)) || !w.gone(idOf(thumbnail)) {
			t.Error("not all files went at once")
		}
		if !w.record(id).Record.Deleted {
			t.Error("the record came back by itself")
		}
		w.change(id, func(r *syncproto.Record) { r.Deleted = false })
		if a := w.arrived(id); len(a.Lanes) != 0 || len(a.Shows) != 0 {
			t.Errorf("got %+v", a)
		}
		w.bring(id, syncproto.LaneOriginal, original)
		w.work()
		if !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
			t.Errorf("got %+v", w.arrived(id))
		}
	})
}

func TestOrphansGoAfterTheGrace(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		_, m := w.looked(sample.JPEG(secret))
		orphan := []byte("bytes of a restored backup")
		_, err := w.blobs.Put(t.Context(), idOf(orphan), int64(len(orphan)), bytes.NewReader(orphan))
		w.must(err)
		if got := w.collect(); got != (media.Collected{}) {
			t.Fatalf("at once: %+v", got)
		}
		// What an upload is about to bring has a row before it has bytes.
		coming := []byte("bytes that come")
		w.update(func(tx storage.Tx) error {
			return tx.PutMedia(&storage.Media{
				ID: idOf(coming), Person: w.author, Size: int64(len(coming)), State: storage.MediaArriving, Created: w.now + 80*day,
			})
		})
		_, err = w.blobs.Put(t.Context(), idOf(coming), int64(len(coming)), bytes.NewReader(coming))
		w.must(err)
		// They are old when they are found, and have the grace all the same: a backup was restored, and phones come.
		w.now += 40 * day
		if got := w.collect(); got.Orphans != 1 || got.Files != 0 || w.gone(idOf(orphan)) {
			t.Errorf("got %+v", got)
		}
		w.now += 29 * day
		if got := w.collect(); got != (media.Collected{}) {
			t.Errorf("got %+v", got)
		}
		w.now += 2 * day
		if got := w.collect(); got.Files != 1 {
			t.Errorf("got %+v", got)
		}
		if !w.gone(idOf(orphan)) || w.gone(idOf(coming)) || w.gone(m.Served) || w.gone(m.Thumbnail) {
			t.Error("not exactly the orphan went")
		}
	})
}

func TestUnfinishedWritesAreSwept(t *testing.T) {
	w := diskWorld(t)
	dir, ok := w.blobs.(*dirblob.Store)
	if !ok {
		t.Fatal("no directory")
	}
	_, err := dir.Put(t.Context(), idOf([]byte("x")), 1, bytes.NewReader([]byte("y")))
	if syncproto.CodeOf(err) != syncproto.CodeHashMismatch {
		t.Fatal(err)
	}
	w.now += 15 * day
	w.collect()
}

// TestWhatIsBeingRemovedIsRemoved cuts a removal short. What happens then must not keep the file between being there and
// being gone, for it could not come again.
func TestWhatIsBeingRemovedIsRemoved(t *testing.T) {
	for name, then := range map[string]func(w *world, id syncproto.ID){
		"the record comes back":  func(w *world, id syncproto.ID) { w.change(id, func(r *syncproto.Record) { r.Deleted = false }) },
		"the clock is set back":  func(w *world, _ syncproto.ID) { w.now -= 35 * day },
		"the grace becomes long": func(w *world, _ syncproto.ID) { w.opt.Grace = 300 * 24 * time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world) {
				id, m := w.looked(sample.JPEG(secret))
				w.remove(id)
				w.now += 40 * day
				doomed, err := w.media.Mark(t.Context(), m.ID, w.now-30*day)
				w.must(err)
				then(w, id)
				w.restart()
				w.collect()
				if back := w.row(m.ID); !media.Unowned(back) { // so that it can come again at once
					t.Errorf("got %+v", back)
				}
				w.now += 301 * day
				w.collect()
				for _, blob := range doomed {
					if !w.gone(blob) {
						t.Errorf("%s is left", blob)
					}
				}
			})
		})
	}
}

// TestARestoredRemovalTakesNothing restores a database from a backup that was taken while a file was being removed. Since
// then the file came again, and its phone was told that it is kept.
func TestARestoredRemovalTakesNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		b := sample.JPEG(secret)
		id, m := w.looked(b)
		w.remove(id)
		w.now += 40 * day
		doomed, err := w.media.Mark(t.Context(), m.ID, w.now-30*day)
		w.must(err)
		w.restart()
		for range 2 {
			w.collect()
			w.now += 29 * day / 2
		}
		for _, blob := range doomed {
			if _, err := w.blobs.Stat(t.Context(), blob); err != nil {
				t.Errorf("%s: %v", blob, err)
			}
		}
	})
}

// TestALapComesEverywhere counts how often each id is met.
func TestALapComesEverywhere(t *testing.T) {
	for _, count := range []int{0, 1, media.LapPage - 1, media.LapPage, 3*media.LapPage + 7} {
		ids := make([]storage.BlobID, count)
		for i := range ids {
			ids[i] = idOf([]byte{byte(i), byte(i >> 8)})
		}
		slices.SortFunc(ids, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
		for _, most := range []int{1, media.LapPage + 1, 1 << 20} {
			var l media.Lap
			met := map[storage.BlobID]int{}
			failed := false
			for round := 0; round*min(most, media.LapPage) <= 2*count+4*media.LapPage; round++ {
				looked := 0
				err := l.Round(most, func(after storage.BlobID, limit int) (int, storage.BlobID, error) {
					from, found := slices.BinarySearchFunc(ids, after, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
					if found {
						from++
					}
					page := ids[from:min(from+limit, len(ids))]
					if failed = !failed; failed && round == 1 {
						return 0, after, errDisk
					}
					for _, id := range page {
						met[id]++
					}
					looked += len(page)
					if len(page) == 0 {
						return 0, storage.BlobID{}, nil
					}
					return len(page), page[len(page)-1], nil
				})
				if err != nil && round != 1 {
					t.Fatal(err)
				}
				if looked > most+count+media.LapPage || most == 1<<20 && err == nil && looked < count {
					t.Errorf("%d of %d: one round met %d", most, count, looked)
				}
			}
			if len(met) != count {
				t.Errorf("%d of %d: met %d", most, count, len(met))
			}
		}
	}
}

// BenchmarkARoundOfTheCollection is what a server with 20,000 files or more spends every ten minutes.
func BenchmarkARoundOfTheCollection(b *testing.B) {
	w := diskWorld(b)
	original := sample.JPEG(sample.Options{Seed: 1, Width: 100, Height: 50})
	w.now -= 50 * day
	record := w.photo(files{syncproto.LaneOriginal: original})
	w.update(func(tx storage.Tx) error {
		for i := range 20_000 {
			id := idOf([]byte{byte(i), byte(i >> 8)})
			if err := tx.PutMedia(&storage.Media{ID: id, Size: 1, State: storage.MediaReady, Served: id, Created: w.now}); err != nil {
				return err
			}
			if err := tx.PutMediaLink(&storage.MediaLink{Blob: id, Record: record, Lane: syncproto.LaneOriginal, Person: w.author, At: w.now}); err != nil {
				return err
			}
		}
		return nil
	})
	w.now += 50 * day
	for b.Loop() {
		if got := w.collect(); got != (media.Collected{}) {
			b.Fatalf("got %+v", got)
		}
	}
}
