package media_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lantoa/server/internal/media"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// world is a service over stores of its own, with a province, a commune below it and people in both.
type world struct {
	t      testing.TB
	store  storage.Store
	blobs  storage.Blobs
	media  *media.Service
	opt    media.Options
	now    int64
	told   []syncproto.Scope
	people *people.Service

	province, commune, other syncproto.ID
	author                   syncproto.ID
}

const day = int64(24 * 60 * 60 * 1000)

// newWorld has everything in memory.
func newWorld(t testing.TB) *world { return worldOn(t, memory.New(), memory.NewBlobs()) }

// diskWorld has a database file and a directory of blobs.
func diskWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := dirblob.Open(t.Context(), filepath.Join(dir, "media"), dirblob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return worldOn(t, store, blobs)
}

// both runs a test on each.
func both(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { test(t, newWorld(t)) })
	t.Run("disk", func(t *testing.T) { test(t, diskWorld(t)) })
}

func worldOn(t testing.TB, store storage.Store, blobs storage.Blobs) *world {
	t.Helper()
	w := &world{t: t, store: store, blobs: blobs, now: time.Now().UnixMilli()}
	w.people = people.New(store).WithClock(w.clock)
	w.opt = media.Options{
		Now: w.clock, Work: filepath.Join(t.TempDir(), "work"),
		Changed: func(scopes []syncproto.Scope) { w.told = append(w.told, scopes...) },
	}
	w.restart()
	t.Cleanup(func() {
		store.Close()
		blobs.Close()
	})
	unit := func(name string, parent syncproto.ID) syncproto.ID {
		u, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: name, Parent: parent})
		w.must(err)
		return u.ID
	}
	w.province = unit("Thanh Hóa", "")
	w.commune = unit("Hoằng Lộc", w.province)
	w.other = unit("Nghệ An", "")
	w.author = w.person("Lan", w.commune, syncproto.RoleVolunteer)
	return w
}

func (w *world) clock() time.Time { return time.UnixMilli(w.now) }

// restart is what happens after the process ended: a new one over the same stores.
func (w *world) restart() { w.media = media.New(w.store, w.blobs, w.opt) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) person(name string, unit syncproto.ID, role syncproto.Role) syncproto.ID {
	w.t.Helper()
	p, _, err := w.people.CreatePerson(w.t.Context(), name, unit, role)
	w.must(err)
	return p.ID
}

// device is one of a person's.
func (w *world) device(person syncproto.ID) *storage.Device {
	w.t.Helper()
	d := &storage.Device{ID: syncproto.NewID(), Person: person, Unit: w.commune, Created: w.now}
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

// files are what a photo announces.
type files map[syncproto.Lane][]byte

func idOf(b []byte) storage.BlobID { return sha256.Sum256(b) }

func fileOf(b []byte) syncproto.MediaFile {
	return syncproto.MediaFile{SHA256: idOf(b).String(), Size: int64(len(b))}
}

// photo puts a published photo of the author that announces files. The original must be among them.
func (w *world) photo(announced files) syncproto.ID {
	w.t.Helper()
	return w.photoIn(syncproto.StatePublished, announced)
}

func (w *world) photoIn(state syncproto.State, announced files) syncproto.ID {
	w.t.Helper()
	m := syncproto.Media{MediaFile: fileOf(announced[syncproto.LaneOriginal]), Type: "image/jpeg"}
	if b, ok := announced[syncproto.LaneThumbnail]; ok {
		m.Thumbnail = fileOf(b)
	}
	if b, ok := announced[syncproto.LaneDisplay]; ok {
		m.Display = fileOf(b)
	}
	r := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.commune, Author: w.author, Revision: 1, State: state,
		Fields: syncproto.Fields{syncproto.MediaField: m.Value()}, Received: w.now, Changed: w.now,
	}
	w.update(func(tx storage.Tx) error { return tx.PutRecord(r, syncproto.Placement(r, nil)) })
	return r.ID
}

// move gives a record another state.
func (w *world) move(id syncproto.ID, state syncproto.State) {
	w.t.Helper()
	w.change(id, func(r *syncproto.Record) { r.State = state })
}

// remove deletes a record.
func (w *world) remove(id syncproto.ID) {
	w.t.Helper()
	w.change(id, func(r *syncproto.Record) { r.Deleted = true })
}

func (w *world) change(id syncproto.ID, how func(*syncproto.Record)) {
	w.t.Helper()
	w.update(func(tx storage.Tx) error {
		stored, err := tx.Record(id)
		if err != nil {
			return err
		}
		next := stored.Record.Clone()
		next.Revision++
		next.Changed = w.now
		how(next)
		return tx.PutRecord(next, syncproto.Placement(next, nil))
	})
}

// bring does what an upload does: row, bytes, and then the row says that it waits.
func (w *world) bring(record syncproto.ID, lane syncproto.Lane, b []byte) storage.BlobID {
	w.t.Helper()
	id := idOf(b)
	link := storage.MediaLink{Blob: id, Record: record, Lane: lane, Person: w.author, At: w.now}
	known := false
	w.update(func(tx storage.Tx) error {
		m, err := tx.Media(id)
		known = err == nil && m.State != storage.MediaArriving
		if !known {
			m = &storage.Media{ID: id, Person: w.author, Size: int64(len(b)), State: storage.MediaArriving, Created: w.now, Due: w.now + day}
			if err := tx.PutMedia(m); err != nil {
				return err
			}
		}
		return tx.PutMediaLink(&link)
	})
	if !known {
		w.putBlob(id, b)
	}
	w.update(func(tx storage.Tx) error {
		m, err := tx.Media(id)
		if err != nil {
			return err
		}
		if !known {
			m.State, m.Due = storage.MediaWaiting, w.now
			if err := tx.PutMedia(m); err != nil {
				return err
			}
		}
		_, err = media.Announce(tx, id, w.now)
		return err
	})
	return id
}

// work lets the queue run dry.
func (w *world) work() {
	w.t.Helper()
	for range 100 {
		worked, err := w.media.Step(w.t.Context())
		w.must(err)
		if !worked {
			return
		}
	}
	w.t.Fatal("the queue does not run dry")
}

func (w *world) row(id storage.BlobID) (m *storage.Media) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		m, err = r.Media(id)
		return err
	})
	return m
}

// gone reports whether neither row nor blob is there.
func (w *world) gone(id storage.BlobID) bool {
	w.t.Helper()
	var err error
	w.view(func(r storage.Reader) error {
		_, err = r.Media(id)
		return nil
	})
	_, there := w.blobs.Stat(w.t.Context(), id)
	return syncproto.CodeOf(err) == syncproto.CodeNotFound && err != nil && there != nil && syncproto.CodeOf(there) == syncproto.CodeNotFound
}

func (w *world) record(id syncproto.ID) (s *storage.Stored) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		s, err = r.Record(id)
		return err
	})
	return s
}

// arrived is what a record says of its files.
func (w *world) arrived(id syncproto.ID) syncproto.Arrived {
	w.t.Helper()
	a, _ := syncproto.ArrivedOf(w.record(id).Record)
	return a
}

// shows reports whether a record says that it shows exactly these lanes.
func (w *world) shows(id syncproto.ID, lanes ...syncproto.Lane) bool {
	w.t.Helper()
	return slices.Equal(w.arrived(id).Shows, lanes)
}

// read gives a person a lane.
func (w *world) read(person, record syncproto.ID, lane syncproto.Lane) ([]byte, *media.Reading, error) {
	w.t.Helper()
	r, err := w.media.Open(w.t.Context(), w.device(person), record, lane)
	if err != nil {
		return nil, nil, err
	}
	b, err := w.all(r)
	return b, r, err
}

func (w *world) all(r *media.Reading) ([]byte, error) {
	w.t.Helper()
	body, err := r.Read(w.t.Context(), 0, -1)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

func (w *world) audits() (readings []storage.Audit) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		all, err := r.Audits("", 0, 1000)
		for _, entry := range all {
			if entry.Act == media.ActOriginal { // who was given which role is logged, too
				entry.Number = int64(len(readings)) + 1
				readings = append(readings, entry)
			}
		}
		return err
	})
	return readings
}

// every calls fn for every blob that is there.
func (w *world) every(fn func(id storage.BlobID, b []byte)) {
	w.t.Helper()
	list, err := w.blobs.List(w.t.Context(), storage.BlobID{}, 10000)
	w.must(err)
	for _, info := range list {
		fn(info.ID, w.bytes(info.ID))
	}
}

func (w *world) bytes(id storage.BlobID) []byte {
	w.t.Helper()
	body, err := w.blobs.Get(context.Background(), id, 0, -1)
	w.must(err)
	defer body.Close()
	b, err := io.ReadAll(body)
	w.must(err)
	return b
}

func (w *world) putBlob(id storage.BlobID, b []byte) {
	w.t.Helper()
	_, err := w.blobs.Put(w.t.Context(), id, int64(len(b)), bytes.NewReader(b))
	w.must(err)
}
