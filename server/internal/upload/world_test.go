package upload_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is an upload service over stores of its own, with a unit, a volunteer and a second one.
type world struct {
	t      testing.TB
	store  storage.Store
	blobs  storage.Blobs
	opt    upload.Options
	s      *upload.Service
	people *people.Service
	unit   syncproto.ID
	lan    *storage.Device
	minh   *storage.Device

	mu    sync.Mutex
	now   time.Time
	told  atomic.Int64
	looks atomic.Int64
}

// newWorld keeps blobs in a directory, which adopts finished files.
func newWorld(t testing.TB) *world {
	t.Helper()
	blobs, err := dirblob.Open(t.Context(), filepath.Join(t.TempDir(), "media"), dirblob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return worldOn(t, blobs)
}

// partsWorld keeps blobs in memory, where they come in parts of 64 KiB.
func partsWorld(t testing.TB) *world { return worldOn(t, memory.NewBlobs()) }

// both runs a test on each.
func both(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("adopted", func(t *testing.T) { test(t, newWorld(t)) })
	t.Run("in parts", func(t *testing.T) { test(t, partsWorld(t)) })
}

func worldOn(t testing.TB, blobs storage.Blobs) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), blobs: blobs, now: time.Now()}
	w.people = people.New(w.store).WithClock(w.clock)
	w.opt = upload.Options{
		Spool: filepath.Join(t.TempDir(), "spool"), MinFree: -1, Now: w.clock,
		Changed: func(scopes []syncproto.Scope) { w.told.Add(int64(len(scopes))) }, Stored: func() { w.looks.Add(1) },
	}
	w.restart()
	t.Cleanup(func() {
		w.store.Close()
		blobs.Close()
	})
	unit, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc"})
	w.must(err)
	w.unit = unit.ID
	w.lan, w.minh = w.person("Lan", syncproto.RoleVolunteer), w.person("Minh", syncproto.RoleVolunteer)
	return w
}

// move begins anew over another store.
func (w *world) move(store storage.Store) {
	w.t.Helper()
	w.store, w.people = store, people.New(store).WithClock(w.clock)
	w.opt.Quota = 1 << 40
	w.restart()
	unit, err := w.people.CreateUnit(w.t.Context(), syncproto.Unit{Name: "Hoằng Lộc"})
	w.must(err)
	w.unit = unit.ID
	w.lan = w.person("Lan", syncproto.RoleVolunteer)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// restart is what happens after the process ended: a new one over what is on the disk.
func (w *world) restart() {
	w.t.Helper()
	s, err := upload.New(w.store, w.blobs, w.opt)
	w.must(err)
	w.s = s
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// person is somebody with a phone.
func (w *world) person(name string, role syncproto.Role) *storage.Device {
	w.t.Helper()
	p, _, err := w.people.CreatePerson(w.t.Context(), name, w.unit, role)
	w.must(err)
	d := &storage.Device{ID: syncproto.NewID(), Person: p.ID, Unit: w.unit, Created: w.now.UnixMilli()}
	d.TokenHash = sha256.Sum256([]byte(d.ID))
	w.update(func(tx storage.Tx) error { return tx.PutDevice(d) })
	return d
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	w.must(w.store.Update(w.t.Context(), fn))
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), fn))
}

func idOf(b []byte) storage.BlobID { return sha256.Sum256(b) }

func fileOf(b []byte) syncproto.MediaFile {
	return syncproto.MediaFile{SHA256: idOf(b).String(), Size: int64(len(b))}
}

// photo puts a photo of somebody that announces an original.
func (w *world) photo(of *storage.Device, state syncproto.State, original []byte) syncproto.ID {
	w.t.Helper()
	m := syncproto.Media{MediaFile: fileOf(original), Type: "image/jpeg"}
	r := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.unit, Author: of.Person, Revision: 1, State: state,
		Fields: syncproto.Fields{syncproto.MediaField: m.Value()}, Received: w.now.UnixMilli(), Changed: w.now.UnixMilli(),
	}
	w.update(func(tx storage.Tx) error { return tx.PutRecord(r, syncproto.Placement(r, nil)) })
	return r.ID
}

// arrived is what a record says of its original.
func (w *world) arrived(record syncproto.ID) (state syncproto.Arrival) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		stored, err := r.Record(record)
		if err != nil {
			return err
		}
		if a, ok := syncproto.ArrivedOf(stored.Record); ok {
			state = a.Lanes[syncproto.LaneOriginal]
		}
		return nil
	})
	return state
}

func (w *world) row(id syncproto.ID) (u *storage.Upload) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		u, err = r.Upload(id)
		return err
	})
	return u
}

// create makes an upload of a photo's original.
func (w *world) create(by *storage.Device, record syncproto.ID, size int64) *upload.Status {
	w.t.Helper()
	st, err := w.tryCreate(by, record, size)
	w.must(err)
	return st
}

func (w *world) tryCreate(by *storage.Device, record syncproto.ID, size int64) (*upload.Status, error) {
	return w.s.Create(w.t.Context(), by, original(record, size), nil)
}

func original(record syncproto.ID, size int64) upload.Creation {
	return upload.Creation{Record: record, Lane: syncproto.LaneOriginal, Size: size}
}

// write brings bytes at an offset in a body that ends well.
func (w *world) write(by *storage.Device, id syncproto.ID, offset int64, b []byte) (*upload.Status, error) {
	return w.s.Write(w.t.Context(), by, id, chunk(offset, b))
}

// chunk is a request whose body is all there.
func chunk(offset int64, b []byte) *upload.Chunk {
	return &upload.Chunk{Offset: offset, Length: int64(len(b)), Size: -1, Body: &body{r: bytes.NewReader(b)}}
}

// cut is a request that announces more than comes.
func cut(offset int64, b []byte, more int) *upload.Chunk {
	c := chunk(offset, b)
	c.Length += int64(more)
	return c
}

// body is a reader that Cut ends.
type body struct{ r io.Reader }

func (b *body) Read(p []byte) (int, error) { return b.r.Read(p) }

func (b *body) Cut(time.Time) {
	if c, ok := b.r.(*io.PipeReader); ok {
		c.CloseWithError(os.ErrDeadlineExceeded)
	}
}

// hanging is a request that has brought some bytes and waits for more that never come. It is ended by another, or by end.
func (w *world) hanging(by *storage.Device, id syncproto.ID, offset int64, b []byte, size int) (result chan error, end func()) {
	w.t.Helper()
	r, out := io.Pipe()
	result = make(chan error, 1)
	go func() {
		c := &upload.Chunk{Offset: offset, Length: int64(size), Size: -1, Body: &body{r: r}}
		_, err := w.s.Write(w.t.Context(), by, id, c)
		result <- err
	}()
	for _, piece := range [][]byte{b, nil} { // the empty one returns when its reader has come back for more
		_, err := out.Write(piece)
		w.must(err)
	}
	return result, func() { out.CloseWithError(io.EOF) }
}

// run lets the background work until the photo says what is wanted.
func (w *world) run(until func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.s.Run(ctx)
	}()
	for !until() {
		select {
		case <-time.After(2 * time.Millisecond): // nothing in the store tells
		case <-w.t.Context().Done():
		}
	}
	cancel()
	<-done
}

// blob reads a blob.
func (w *world) blob(id storage.BlobID) []byte {
	w.t.Helper()
	r, err := w.blobs.Get(w.t.Context(), id, 0, -1)
	w.must(err)
	defer r.Close()
	b, err := io.ReadAll(r)
	w.must(err)
	return b
}

// noise is bytes that no two tests share.
func noise(t testing.TB, n int) []byte {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return noiseOf(seed, n)
}

func noiseOf(seed uint64, n int) []byte {
	b := make([]byte, n)
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	rand.NewChaCha8(key).Read(b)
	return b
}

func wantCode(t testing.TB, err error, code syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

var errDisk = errors.New("the disk fails")
