package upload_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// TestACrashBetweenAnyTwoSteps leaves what each step of doc.go leaves, starts again, and lets the phone go on.
func TestACrashBetweenAnyTwoSteps(t *testing.T) {
	data := noise(t, 200<<10)
	half := data[:100<<10]
	for _, c := range []struct {
		name  string
		leave func(t *testing.T, w *world, id syncproto.ID)
		want  int64 // the offset that the phone is told
	}{
		{"the row is there and no file", func(*testing.T, *world, syncproto.ID) {}, 0},
		{"bytes that the row does not know", func(t *testing.T, w *world, id syncproto.ID) {
			w.must(os.WriteFile(w.s.SpoolPath(id), bytes.Repeat([]byte{7}, len(half)), 0o600))
		}, 0},
		{"bytes behind those that the row knows", func(t *testing.T, w *world, id syncproto.ID) {
			_, err := w.write(w.lan, id, 0, half)
			w.must(err)
			f, err := os.OpenFile(w.s.SpoolPath(id), os.O_WRONLY|os.O_APPEND, 0)
			w.must(err)
			_, err = f.Write(bytes.Repeat([]byte{7}, 50<<10))
			w.must(err)
			w.must(f.Close())
		}, 100 << 10},
		{"the file is gone", func(t *testing.T, w *world, id syncproto.ID) {
			_, err := w.write(w.lan, id, 0, half)
			w.must(err)
			w.must(os.Remove(w.s.SpoolPath(id)))
		}, 0},
		{"the file is torn", func(t *testing.T, w *world, id syncproto.ID) {
			_, err := w.write(w.lan, id, 0, half)
			w.must(err)
			w.must(os.Truncate(w.s.SpoolPath(id), 5000))
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world) {
				record := w.photo(w.lan, syncproto.StateDraft, data)
				st := w.create(w.lan, record, int64(len(data)))
				c.leave(t, w, st.ID)
				w.restart()
				w.must(w.s.Sweep(t.Context()))
				at, err := w.s.Look(t.Context(), w.lan, st.ID)
				w.must(err)
				if at.Offset != c.want {
					t.Fatalf("got offset %d, want %d", at.Offset, c.want)
				}
				_, err = w.write(w.lan, st.ID, at.Offset, data[at.Offset:])
				w.must(err)
				w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
				if !bytes.Equal(w.blob(idOf(data)), data) {
					t.Error("the blob holds other bytes")
				}
			})
		})
	}
}

// wholeWorld has an upload in the state whole whose bytes the blob store does not have yet: it was down.
func wholeWorld(t *testing.T, data []byte) (w *world, record, id syncproto.ID) {
	down := &flaky{Blobs: memory.NewBlobs()}
	down.down.Store(true)
	w = worldOn(t, down)
	record = w.photo(w.lan, syncproto.StateDraft, data)
	id = w.create(w.lan, record, int64(len(data))).ID
	_, err := w.write(w.lan, id, 0, data)
	w.must(err)
	if err := w.s.Tend(t.Context(), id); syncproto.CodeOf(err) != syncproto.CodeUnavailable {
		t.Fatalf("got %v", err)
	}
	if u := w.row(id); u.State != storage.UploadWhole || w.arrived(record) != syncproto.ArrivalChecking {
		t.Fatalf("got %+v, the record says %q", u, w.arrived(record))
	}
	return w, record, id
}

// TestACrashOnTheWayIntoTheBlobStore goes on after each step behind the last byte.
func TestACrashOnTheWayIntoTheBlobStore(t *testing.T) {
	for _, size := range []int{0, 1000, 200 << 10} { // put whole, and in parts
		data := noise(t, size)
		for name, leave := range map[string]func(w *world, id syncproto.ID){
			"nothing was brought": func(*world, syncproto.ID) {},
			"the blob is there and no receipt": func(w *world, id syncproto.ID) {
				_, err := w.blobs.(*flaky).Put(t.Context(), idOf(data), int64(size), bytes.NewReader(data))
				w.must(err)
			},
			"the blob is there and the spool file gone": func(w *world, id syncproto.ID) {
				_, err := w.blobs.(*flaky).Put(t.Context(), idOf(data), int64(size), bytes.NewReader(data))
				w.must(err)
				w.must(os.Remove(w.s.SpoolPath(id)))
			},
			"the blob store forgot the parts": func(w *world, id syncproto.ID) {
				u := w.row(id)
				u.Remote = "unknown"
				w.update(func(tx storage.Tx) error { return tx.PutUpload(u) })
			},
		} {
			t.Run(name, func(t *testing.T) {
				w, record, id := wholeWorld(t, data)
				w.t = t
				w.blobs.(*flaky).down.Store(false)
				leave(w, id)
				w.restart()
				w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
				if !bytes.Equal(w.blob(idOf(data)), data) {
					t.Error("the blob holds other bytes")
				}
				w.must(w.s.Sweep(t.Context()))
				if _, err := os.Stat(w.s.SpoolPath(id)); !os.IsNotExist(err) {
					t.Errorf("the spool file is still there: %v", err)
				}
			})
		}
	}
}

// TestWhatWasCompletedIsNotCarriedAgain crashes between the completion of a blob in parts and the receipt.
func TestWhatWasCompletedIsNotCarriedAgain(t *testing.T) {
	data := noise(t, 300<<10)
	blobs := &flaky{Blobs: memory.NewBlobs()}
	w := worldOn(t, blobs)
	healthy := w.store
	full := &balky{Store: healthy}
	w.store = full
	w.restart()
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	_, err := w.write(w.lan, st.ID, 0, data)
	w.must(err)
	blobs.completed = func() { full.left.Store(math.MaxInt32) }
	if err := w.s.Tend(t.Context(), st.ID); syncproto.CodeOf(err) != syncproto.CodeStoreFull {
		t.Fatal(err)
	}
	w.store, blobs.completed = healthy, nil
	blobs.put.Store(0)
	w.restart()
	w.must(w.s.Tend(t.Context(), st.ID))
	if n := blobs.put.Load(); n != 0 || w.arrived(record) != syncproto.ArrivalStored {
		t.Errorf("%d parts went again, the record says %q", n, w.arrived(record))
	}
}

// TestAWholeFileThatIsNowhereIsAskedForAgain exchanges the disk of the spool while the blob store is down.
func TestAWholeFileThatIsNowhereIsAskedForAgain(t *testing.T) {
	for _, size := range []int{1000, 200 << 10} {
		data := noise(t, size)
		w, record, id := wholeWorld(t, data)
		w.must(os.Remove(w.s.SpoolPath(id)))
		w.blobs.(*flaky).down.Store(false)
		w.restart()
		w.run(func() bool { return w.ask(w.lan, record).State == syncproto.MediaReceiving })
		if got := w.ask(w.lan, record); got.Upload != id || got.Offset != 0 {
			t.Errorf("got %+v", got)
		}
		_, err := w.write(w.lan, id, 0, data)
		w.must(err)
		w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
	}
}

// TestTheBlobStoreIsDownForAWhile accepts files meanwhile, says that it has them, and gives no receipt.
func TestTheBlobStoreIsDownForAWhile(t *testing.T) {
	blobs := &flaky{Blobs: memory.NewBlobs()}
	w := worldOn(t, blobs)
	blobs.down.Store(true)
	var records []syncproto.ID
	for i := range 5 {
		data := noise(t, 1000+i*60<<10)
		records = append(records, w.photo(w.lan, syncproto.StateDraft, data))
		st := w.create(w.lan, records[i], int64(len(data)))
		got, err := w.write(w.lan, st.ID, 0, data)
		w.must(err)
		if got.State != syncproto.MediaChecking {
			t.Fatalf("got %+v", got)
		}
	}
	refused := 0
	w.run(func() bool {
		if refused++; blobs.asked.Load() > 5 { // all were tried
			blobs.down.Store(false)
		}
		for _, record := range records {
			if w.arrived(record) != syncproto.ArrivalStored {
				return false
			}
		}
		return true
	})
}

// TestABlobStoreThatIsDownIsNobodysQuota has what waits for it count twice, and tells nobody of a quota meanwhile.
func TestABlobStoreThatIsDownIsNobodysQuota(t *testing.T) {
	w, record, _ := wholeWorld(t, noise(t, 6000))
	blobs := w.blobs.(*flaky)
	w.opt.Quota = 10000
	w.restart()
	w.run(func() bool { return blobs.asked.Load() > 3 })
	next := w.photo(w.lan, syncproto.StateDraft, noise(t, 3000))
	_, err := w.tryCreate(w.lan, next, 3000)
	wantCode(t, err, syncproto.CodeUnavailable)
	if got := w.ask(w.lan, next); got.State != syncproto.MediaNeed {
		t.Errorf("got %+v", got)
	}
	blobs.down.Store(false)
	w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
	w.create(w.lan, next, 3000)
	_, err = w.tryCreate(w.lan, w.photo(w.lan, syncproto.StateDraft, noise(t, 3000)), 3000)
	wantCode(t, err, syncproto.CodeQuota)
}

// TestPartsTravelWhileTheRestComes has most of a long file in the blob store before its last byte is here.
func TestPartsTravelWhileTheRestComes(t *testing.T) {
	w := partsWorld(t)
	data := noise(t, 10*64<<10+5)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	_, err := w.write(w.lan, st.ID, 0, data[:9*64<<10+7])
	w.must(err)
	w.must(w.s.Tend(t.Context(), st.ID))
	u := w.row(st.ID)
	parts, err := w.blobs.(storage.BlobParts).ListParts(t.Context(), u.Blob, u.Remote)
	w.must(err)
	if len(parts) != 9 {
		t.Fatalf("got %d parts, want 9", len(parts))
	}
	w.restart() // what a new process knows it asks for
	_, err = w.write(w.lan, st.ID, u.Offset, data[u.Offset:])
	w.must(err)
	w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
	if !bytes.Equal(w.blob(idOf(data)), data) {
		t.Error("the blob holds other bytes")
	}

	gone := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, noise(t, len(data))), int64(len(data)))
	_, err = w.write(w.lan, gone.ID, 0, data[:100<<10])
	w.must(err)
	w.must(w.s.Tend(t.Context(), gone.ID))
	u = w.row(gone.ID)
	w.must(w.s.Terminate(t.Context(), w.lan, gone.ID))
	if _, err := w.blobs.(storage.BlobParts).ListParts(t.Context(), u.Blob, u.Remote); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("parts of an ended upload are still there: %v", err)
	}
}

// TestStraySpoolFiles removes what no row knows, when it is old.
func TestStraySpoolFiles(t *testing.T) {
	w := newWorld(t)
	w.must(os.MkdirAll(w.opt.Spool, 0o700))
	young, old := syncproto.NewID(), syncproto.NewID()
	for _, id := range []syncproto.ID{young, old} {
		w.must(os.WriteFile(w.s.SpoolPath(id), []byte("x"), 0o600))
	}
	before := time.Now().Add(-25 * time.Hour)
	w.must(os.Chtimes(w.s.SpoolPath(old), before, before))
	w.must(os.WriteFile(w.s.SpoolPath("notes"), []byte("x"), 0o600))
	w.must(w.s.Sweep(t.Context()))
	for id, want := range map[syncproto.ID]bool{young: true, old: false, "notes": true} {
		if _, err := os.Stat(w.s.SpoolPath(id)); (err == nil) != want {
			t.Errorf("%s: got %v, want it there: %v", id, err, want)
		}
	}
}

// flaky is a blob store that takes parts and can be down.
type flaky struct {
	*memory.Blobs
	down      atomic.Bool
	asked     atomic.Int64
	put       atomic.Int64 // parts
	completed func()
}

func (f *flaky) PutPart(ctx context.Context, id storage.BlobID, remote string, number int, r io.ReaderAt, size int64) error {
	f.put.Add(1)
	return f.Blobs.PutPart(ctx, id, remote, number, r, size)
}

func (f *flaky) CompleteParts(ctx context.Context, id storage.BlobID, remote string, size int64) (bool, error) {
	fresh, err := f.Blobs.CompleteParts(ctx, id, remote, size)
	if f.completed != nil {
		f.completed()
	}
	return fresh, err
}

var errDown = syncproto.E(syncproto.CodeUnavailable, "reach the blob store", nil)

func (f *flaky) fault() error {
	if f.down.Load() {
		f.asked.Add(1)
		return errDown
	}
	return nil
}

func (f *flaky) Put(ctx context.Context, id storage.BlobID, size int64, r io.Reader) (bool, error) {
	if err := f.fault(); err != nil {
		return false, err
	}
	return f.Blobs.Put(ctx, id, size, r)
}

func (f *flaky) Stat(ctx context.Context, id storage.BlobID) (storage.BlobInfo, error) {
	if err := f.fault(); err != nil {
		return storage.BlobInfo{}, err
	}
	return f.Blobs.Stat(ctx, id)
}

func (f *flaky) BeginParts(ctx context.Context, id storage.BlobID) (string, error) {
	if err := f.fault(); err != nil {
		return "", err
	}
	return f.Blobs.BeginParts(ctx, id)
}
