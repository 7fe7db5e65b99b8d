package media_test

import (
	"context"
	"io"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// arriving puts a file whose bytes are said to be on their way, with an upload in a state.
func (w *world) arriving(record syncproto.ID, b []byte, state storage.UploadState) storage.BlobID {
	w.t.Helper()
	id := idOf(b)
	w.update(func(tx storage.Tx) error {
		if err := tx.PutMedia(&storage.Media{
			ID: id, Person: w.author, Size: int64(len(b)), State: storage.MediaArriving, Created: w.now, Due: w.now,
		}); err != nil {
			return err
		}
		link := storage.MediaLink{Blob: id, Record: record, Lane: syncproto.LaneOriginal, Person: w.author, At: w.now}
		if err := tx.PutMediaLink(&link); err != nil || state == "" {
			return err
		}
		return tx.PutUpload(&storage.Upload{
			ID: syncproto.NewID(), Person: w.author, Record: record, Lane: syncproto.LaneOriginal, Blob: id, Size: int64(len(b)),
			Offset: int64(len(b)), State: state, Created: w.now, Changed: w.now, Expires: w.now + day,
		})
	})
	return id
}

func TestAFileThatShouldHaveArrived(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		b := func(seed uint64) []byte { return sample.JPEG(sample.Options{Seed: seed, Width: 200, Height: 100}) }
		photo := func(b []byte) syncproto.ID { return w.photo(files{syncproto.LaneOriginal: b}) }

		coming, there, lost := photo(b(1)), photo(b(2)), photo(b(3))
		one, two, three := w.arriving(coming, b(1), storage.UploadWhole), w.arriving(there, b(2), ""), w.arriving(lost, b(3), "")
		w.putBlob(two, b(2))
		w.work()
		if m := w.row(one); m.State != storage.MediaArriving || m.Due <= w.now {
			t.Errorf("on its way: %+v", m)
		}
		if m := w.row(two); m.State != storage.MediaReady || !w.shows(there, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
			t.Errorf("there: %+v", m)
		}
		if !w.gone(three) || len(w.arrived(lost).Lanes) != 0 {
			t.Errorf("lost: %+v", w.arrived(lost))
		}
	})
}

func TestSmallFilesGoFirstForAWhile(t *testing.T) {
	w := newWorld(t)
	film := sample.MP4(secret)
	film = append(film, make([]byte, 1<<20)...) // bytes behind the last box
	slow := w.bring(w.photo(files{syncproto.LaneOriginal: film}), syncproto.LaneOriginal, film)
	next := func(seed uint64) storage.BlobID {
		b := sample.JPEG(sample.Options{Seed: seed, Width: 100, Height: 50})
		return w.bring(w.photo(files{syncproto.LaneOriginal: b}), syncproto.LaneOriginal, b)
	}
	step := func() {
		if worked, err := w.media.Step(t.Context()); err != nil || !worked {
			t.Fatalf("got %v, %v", worked, err)
		}
	}
	w.now += 1000
	quick := next(1)
	step()
	if w.row(quick).State == storage.MediaWaiting || w.row(slow).State != storage.MediaWaiting {
		t.Errorf("the photo waits for the film: %+v", w.row(quick))
	}
	w.now += 60_000
	late := next(2)
	step()
	if w.row(slow).State == storage.MediaWaiting || w.row(late).State != storage.MediaWaiting {
		t.Errorf("the film waits for ever: %+v", w.row(slow))
	}
}

func TestRunLooksAtFilesAsTheyCome(t *testing.T) {
	w := newWorld(t)
	w.opt.Workers = 2
	done := make(chan struct{}, 100)
	w.opt.Changed = func([]syncproto.Scope) { done <- struct{}{} }
	w.restart()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- w.media.Run(ctx) }()
	var blobs []storage.BlobID
	for seed := range uint64(6) {
		b := sample.JPEG(sample.Options{Seed: seed, Width: 200, Height: 100})
		blobs = append(blobs, w.bring(w.photo(files{syncproto.LaneOriginal: b}), syncproto.LaneOriginal, b))
		w.media.Wake()
	}
	for range blobs {
		select {
		case <-done:
		case <-ctx.Done():
			t.Fatal("files were not looked at")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for _, id := range blobs {
		if m := w.row(id); m.State != storage.MediaReady {
			t.Errorf("got %+v", m)
		}
	}
}

func TestAnnouncingChangesNothingTwice(t *testing.T) {
	w := newWorld(t)
	id, m := w.looked(sample.JPEG(secret))
	before := w.record(id)
	w.bring(id, syncproto.LaneOriginal, w.bytes(m.ID))
	w.work()
	after := w.record(id)
	if before.Record.Revision != after.Record.Revision {
		t.Errorf("revision %d became %d", before.Record.Revision, after.Record.Revision)
	}
	if r := after.Record; r.Mark(syncproto.ArrivedField) != r.Revision || r.Writer(syncproto.ArrivedField).Device != "" || r.Changed != w.now {
		t.Errorf("got %+v", r)
	}
	w.remove(id)
	deleted := w.record(id).Record.Revision
	w.bring(id, syncproto.LaneOriginal, w.bytes(m.ID))
	if got := w.record(id).Record; got.Revision != deleted {
		t.Errorf("a tombstone was written: %+v", got)
	}
}

// slow holds every reader of one blob until it may go on.
type slow struct {
	storage.Blobs
	id    storage.BlobID
	begun chan struct{}
	on    chan struct{}
}

func (b *slow) Get(ctx context.Context, id storage.BlobID, offset, length int64) (io.ReadCloser, error) {
	if id == b.id {
		select {
		case b.begun <- struct{}{}:
		default:
		}
		<-b.on
	}
	return b.Blobs.Get(ctx, id, offset, length)
}

// TestAThumbnailDoesNotWaitForAFilm has the one worker busy with a film for as long as it takes, and more films behind it.
func TestAThumbnailDoesNotWaitForAFilm(t *testing.T) {
	w := newWorld(t)
	film := append(sample.MP4(secret), make([]byte, 5<<20)...)
	blobs := &slow{Blobs: w.blobs, id: idOf(film), begun: make(chan struct{}, 1), on: make(chan struct{})}
	w.blobs, w.opt.Workers = blobs, 1
	seen := make(chan struct{}, 100)
	w.opt.Changed = func([]syncproto.Scope) { seen <- struct{}{} }
	w.restart()
	w.bring(w.photo(files{syncproto.LaneOriginal: film}), syncproto.LaneOriginal, film)
	for i := range 3 {
		more := append(sample.MP4(sample.Options{Seed: uint64(i)}), make([]byte, 5<<20)...)
		w.bring(w.photo(files{syncproto.LaneOriginal: more}), syncproto.LaneOriginal, more)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- w.media.Run(ctx) }()
	for done := false; !done; { // another film may be the first, and ends
		select {
		case <-blobs.begun:
			done = true
		case <-seen:
		case <-ctx.Done():
			t.Fatal("no film was looked at")
		}
	}
	b := sample.JPEG(sample.Options{Seed: 9, Width: 200, Height: 100})
	id := w.bring(w.photo(files{syncproto.LaneOriginal: b}), syncproto.LaneOriginal, b)
	w.media.Wake()
	for w.row(id).State != storage.MediaReady {
		select {
		case <-seen:
		case <-ctx.Done():
			t.Fatal("the photo waits for the film")
		}
	}
	close(blobs.on)
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
