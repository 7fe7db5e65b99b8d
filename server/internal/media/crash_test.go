package media_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// TestACrashBetweenAnyTwoSteps ends the process after each step and lets the next one finish the work.
func TestACrashBetweenAnyTwoSteps(t *testing.T) {
	for steps := range 4 {
		both(t, func(t *testing.T, w *world) {
			b := sample.JPEG(secret)
			id := w.photo(files{syncproto.LaneOriginal: b})
			blob := w.bring(id, syncproto.LaneOriginal, b)
			job, err := w.media.Begin(t.Context(), blob)
			w.must(err)
			for _, step := range job.Steps()[:steps] {
				w.must(step(t.Context()))
			}
			job.Crash()
			w.restart()
			w.work()
			if m := w.row(blob); m.State != storage.MediaWaiting || m.Attempts != 1 {
				t.Fatalf("it is looked at again without a pause: %+v", m)
			}
			w.now += 10_000
			w.work()
			if m := w.row(blob); m.State != storage.MediaReady || m.Attempts != 0 || !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
				t.Fatalf("after %d steps: %+v", steps, m)
			}
			w.noTraces()
			w.onlyNeeded()
		})
	}
}

// onlyNeeded fails for rows and blobs that nothing names once the grace is over.
func (w *world) onlyNeeded() {
	w.t.Helper()
	for range 3 {
		w.now += 40 * day
		_, err := w.media.CollectOnce(w.t.Context())
		w.must(err)
	}
	needed := map[storage.BlobID]bool{}
	w.view(func(r storage.Reader) error {
		rows, err := r.MediaList(storage.BlobID{}, 1000)
		for _, m := range rows {
			if m.State != storage.MediaReady && m.State != storage.MediaRefused {
				w.t.Errorf("left behind: %+v", m)
			}
			needed[m.ID], needed[m.Served], needed[m.Thumbnail], needed[m.Display] = true, true, true, true
		}
		return err
	})
	delete(needed, storage.BlobID{})
	w.every(func(id storage.BlobID, _ []byte) {
		if !needed[id] {
			w.t.Errorf("blob %s is left behind", id)
		}
		delete(needed, id)
	})
	for id := range needed {
		w.t.Errorf("blob %s is missing", id)
	}
}

func TestAFileThatEndsTheProcessIsGivenUp(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(secret)
	id := w.photo(files{syncproto.LaneOriginal: b})
	blob := w.bring(id, syncproto.LaneOriginal, b)
	var waited int64
	for attempt := 1; ; attempt++ {
		job, err := w.media.Begin(t.Context(), blob)
		w.must(err)
		if job == nil {
			break
		}
		if attempt > media.MaxAttempts {
			t.Fatalf("looked at %d times", attempt)
		}
		waited += w.row(blob).Due - w.now
		w.now = w.row(blob).Due
		w.restart()
	}
	if m := w.row(blob); m.State != storage.MediaRefused || m.Code != syncproto.CodeMediaBroken || m.Due != 0 {
		t.Fatalf("got %+v", m)
	}
	if a := w.arrived(id); a.Lanes[syncproto.LaneOriginal] != syncproto.ArrivalRefused || a.Code != syncproto.CodeMediaBroken {
		t.Errorf("got %+v", a)
	}
	if waited < int64(30*time.Minute/time.Millisecond) {
		t.Errorf("given up after %d ms: a machine that loses its power a few times would do that", waited)
	}
}

func TestAServerThatClosesCountsNoAttempt(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(secret)
	id := w.photo(files{syncproto.LaneOriginal: b})
	blob := w.bring(id, syncproto.LaneOriginal, b)
	ctx, cancel := context.WithCancel(t.Context())
	w.blobs = &stopping{Blobs: w.blobs, cancel: cancel}
	w.restart()
	_, _ = w.media.Step(ctx)
	if m := w.row(blob); m.Attempts != 0 || m.Due > w.now || m.State != storage.MediaWaiting {
		t.Errorf("got %+v", m)
	}
}

// stopping ends a context when a blob is read.
type stopping struct {
	storage.Blobs
	cancel context.CancelFunc
}

func (s *stopping) Get(ctx context.Context, id storage.BlobID, offset, length int64) (io.ReadCloser, error) {
	s.cancel()
	return s.Blobs.Get(ctx, id, offset, length)
}

// TestAPanicIsTheFiles lets a decoder's fault of any kind count against the file and not end the process.
func TestAPanicIsTheFiles(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(secret)
	id := w.photo(files{syncproto.LaneOriginal: b})
	blob := w.bring(id, syncproto.LaneOriginal, b)
	w.blobs = &panicking{Blobs: w.blobs}
	w.restart()
	for range 2 * media.MaxAttempts {
		w.work()
		w.now = max(w.now, w.row(blob).Due)
	}
	if m := w.row(blob); m.State != storage.MediaRefused || m.Code != syncproto.CodeMediaBroken {
		t.Errorf("got %+v", m)
	}
}

// panicking ends whoever reads.
type panicking struct{ storage.Blobs }

func (p *panicking) Get(context.Context, storage.BlobID, int64, int64) (io.ReadCloser, error) {
	panic("a slice is out of bounds")
}

// TestAFullDiskIsNoBusyLoop lets the database take no writes: then a step is an error, after which a worker waits.
func TestAFullDiskIsNoBusyLoop(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(secret)
	w.bring(w.photo(files{syncproto.LaneOriginal: b}), syncproto.LaneOriginal, b)
	w.store = readOnly{w.store}
	w.restart()
	if _, err := w.media.Step(t.Context()); syncproto.CodeOf(err) != syncproto.CodeStoreFull {
		t.Errorf("got %v", err)
	}
}

// readOnly is a store whose disk is full.
type readOnly struct{ storage.Store }

func (readOnly) Update(context.Context, func(storage.Tx) error) error {
	return syncproto.E(syncproto.CodeStoreFull, "write", nil)
}

// faulty is a blob store of which some calls fail, drawn from a seed. With cut some readers break in the middle.
type faulty struct {
	storage.Blobs
	mu    sync.Mutex
	draw  *rand.Rand
	rate  float64
	calls int
}

func (f *faulty) fail() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.draw.Float64() >= f.rate {
		return nil
	}
	codes := []syncproto.Code{syncproto.CodeUnavailable, syncproto.CodeTimeout, syncproto.CodeStoreFull, syncproto.CodeInternal, syncproto.CodeStoreBroken}
	return syncproto.E(codes[f.draw.IntN(len(codes))], "storm", errors.New("503"))
}

func (f *faulty) Stat(ctx context.Context, id storage.BlobID) (storage.BlobInfo, error) {
	if err := f.fail(); err != nil {
		return storage.BlobInfo{}, err
	}
	return f.Blobs.Stat(ctx, id)
}

func (f *faulty) Get(ctx context.Context, id storage.BlobID, offset, length int64) (io.ReadCloser, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	body, err := f.Blobs.Get(ctx, id, offset, length)
	if err == nil && f.fail() != nil {
		body = &broken{ReadCloser: body, left: 1000}
	}
	return body, err
}

func (f *faulty) Put(ctx context.Context, id storage.BlobID, size int64, r io.Reader) (bool, error) {
	if err := f.fail(); err != nil {
		return false, err
	}
	fresh, err := f.Blobs.Put(ctx, id, size, r)
	if err == nil {
		err = f.fail() // the answer is lost
	}
	return fresh, err
}

func (f *faulty) Delete(ctx context.Context, id storage.BlobID) error {
	if err := f.fail(); err != nil {
		return err
	}
	if err := f.Blobs.Delete(ctx, id); err != nil {
		return err
	}
	return f.fail()
}

func (f *faulty) List(ctx context.Context, after storage.BlobID, limit int) ([]storage.BlobInfo, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.Blobs.List(ctx, after, limit)
}

// broken is a body that ends in an error.
type broken struct {
	io.ReadCloser
	left int
}

func (b *broken) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, syncproto.E(syncproto.CodeUnavailable, "storm", errors.New("cut"))
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// TestAStormOfTheBlobStore lets every seventh call fail while files are looked at and removed. No file is refused for
// what its store did, nothing is lost, nothing stays behind.
func TestAStormOfTheBlobStore(t *testing.T) {
	for seed := range uint64(8) {
		w := worldOn(t, memory.New(), memory.NewBlobs())
		calm := w.blobs
		var photos []syncproto.ID
		var blobs []storage.BlobID
		for i := range 6 {
			b := sample.JPEG(sample.Options{Seed: uint64(i), Width: 400, Height: 300, Lat: 19.8, Lon: 105.9, Orientation: i % 9})
			id := w.photo(files{syncproto.LaneOriginal: b})
			photos, blobs = append(photos, id), append(blobs, w.bring(id, syncproto.LaneOriginal, b))
		}
		storm := &faulty{Blobs: calm, draw: rand.New(rand.NewPCG(seed, 1)), rate: 0.15}
		w.blobs = storm
		w.restart()
		for round := range 400 {
			w.work()
			w.now += 60_000
			if round%10 == 9 {
				w.restart()
			}
		}
		for i, id := range photos {
			if m := w.row(blobs[i]); m.State != storage.MediaReady || !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
				t.Fatalf("seed %d: %+v", seed, m)
			}
			if i%2 == 0 {
				w.remove(id)
			}
		}
		w.now += 40 * day
		for range 300 {
			_, _ = w.media.CollectOnce(t.Context())
		}
		w.blobs = calm
		w.restart()
		for i, blob := range blobs {
			if gone := w.gone(blob); gone != (i%2 == 0) {
				t.Fatalf("seed %d: file %d gone is %v after %d calls", seed, i, gone, storm.calls)
			}
		}
		w.noTraces()
		w.onlyNeeded()
	}
}

func TestAFileThatIsMissingIsNoRefusal(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(secret)
	id := w.photo(files{syncproto.LaneOriginal: b})
	blob := w.bring(id, syncproto.LaneOriginal, b)
	w.must(w.blobs.Delete(t.Context(), blob))
	for range 50 {
		w.work()
		w.now += 20 * 60_000
	}
	if m := w.row(blob); m.State != storage.MediaWaiting || m.Attempts != 0 {
		t.Errorf("got %+v", m)
	}
	if _, _, err := w.read(w.author, id, syncproto.LaneDisplay); syncproto.CodeOf(err) != syncproto.CodeMediaWaiting {
		t.Errorf("got %v", err)
	}
}

func TestTwoFilesWithOneServedCopy(t *testing.T) {
	w := newWorld(t)
	o := secret
	o.Tail = false
	one := sample.JPEG(o)
	o.Lat, o.Lon = 20.5, 106.1
	two := sample.JPEG(o)
	a := w.photo(files{syncproto.LaneOriginal: one})
	b := w.photo(files{syncproto.LaneOriginal: two})
	first, second := w.bring(a, syncproto.LaneOriginal, one), w.bring(b, syncproto.LaneOriginal, two)
	w.work()
	if w.row(first).Served != w.row(second).Served {
		t.Fatal("the copies differ")
	}
	// The served copy itself comes as an original, too.
	served := w.bytes(w.row(first).Served)
	c := w.photo(files{syncproto.LaneOriginal: served})
	w.bring(c, syncproto.LaneOriginal, served)
	w.work()
	for _, id := range []syncproto.ID{a, c, b} {
		w.remove(id)
		w.now += 40 * day
		for range 2 {
			_, err := w.media.CollectOnce(t.Context())
			w.must(err)
		}
		for _, other := range []syncproto.ID{a, b, c} {
			if !w.record(other).Record.Deleted {
				if _, _, err := w.read(w.author, other, syncproto.LaneDisplay); err != nil {
					t.Errorf("%v after another went", err)
				}
			}
		}
	}
	w.every(func(id storage.BlobID, _ []byte) { t.Errorf("%s is left", id) })
}
