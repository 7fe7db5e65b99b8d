package media_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// TestEverythingAtOnce brings, deletes, brings again, reads and collects the same few pictures while two workers look at
// them and nothing has any grace. At the end exactly what live records need is there.
func TestEverythingAtOnce(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.opt.Now, w.opt.Grace, w.opt.Workers = time.Now, time.Nanosecond, 2
		w.opt.Changed = func([]syncproto.Scope) {}
		w.restart()
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = w.media.Run(ctx) })
		running.Go(func() {
			for ctx.Err() == nil {
				if _, err := w.media.CollectOnce(ctx); err != nil && ctx.Err() == nil {
					t.Errorf("collect: %v", err)
				}
			}
		})
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		draw := rand.New(rand.NewPCG(seed, 0))
		var pictures [][]byte // pairs that are served by the same copy
		for i := range 6 {
			o := sample.Options{Seed: uint64(i / 2), Width: 160, Height: 120, Lat: float64(i + 1), Lon: 105.9}
			pictures = append(pictures, sample.JPEG(o))
		}
		live := map[syncproto.ID][]byte{}
		for range 120 {
			w.now = time.Now().UnixMilli()
			b := pictures[draw.IntN(len(pictures))]
			switch draw.IntN(4) {
			case 0, 1:
				id := w.photo(files{syncproto.LaneOriginal: b})
				if w.bringUnless(id, b) {
					live[id] = b
				}
			case 2:
				for id := range live {
					w.remove(id)
					delete(live, id)
					break
				}
			case 3:
				for id := range live {
					if _, _, err := w.read(w.author, id, syncproto.LaneDisplay); err != nil && syncproto.CodeOf(err) != syncproto.CodeMediaWaiting {
						t.Errorf("read: %v", err)
					}
					break
				}
			}
		}
		cancel()
		running.Wait()
		w.restart()
		w.now = time.Now().UnixMilli() + day
		w.opt.Now = w.clock
		w.restart()
		w.work()
		for id, b := range live {
			if !w.shows(id, syncproto.LaneThumbnail, syncproto.LaneDisplay) {
				t.Errorf("%+v of %+v", w.arrived(id), w.row(idOf(b)))
			}
			got, _, err := w.read(w.author, id, syncproto.LaneOriginal)
			if err != nil || idOf(got) != idOf(b) {
				t.Errorf("an original is gone: %v", err)
			}
			if _, _, err := w.read(w.author, id, syncproto.LaneDisplay); err != nil {
				t.Errorf("a copy is gone: %v", err)
			}
		}
		w.onlyNeeded()
		if r, err := w.media.Verify(t.Context(), media.VerifyOptions{All: true}); err != nil || r.Bad() {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

// bringUnless is bring as the upload service does it: what is being removed is not referred to, and the row and the
// link come before the bytes.
func (w *world) bringUnless(record syncproto.ID, b []byte) (brought bool) {
	w.t.Helper()
	id := idOf(b)
	w.update(func(tx storage.Tx) error {
		brought = false
		m, err := tx.Media(id)
		switch {
		case err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound:
			return err
		case err == nil && m.State == storage.MediaRemoving:
			return nil
		case err != nil || media.Unowned(m):
			err := tx.PutMedia(&storage.Media{ID: id, Person: w.author, Size: int64(len(b)), State: storage.MediaArriving, Created: w.now, Due: w.now + day})
			if err != nil {
				return err
			}
		}
		brought = true
		return tx.PutMediaLink(&storage.MediaLink{Blob: id, Record: record, Lane: syncproto.LaneOriginal, Person: w.author, At: w.now})
	})
	if !brought {
		w.remove(record)
		return false
	}
	w.putBlob(id, b)
	w.update(func(tx storage.Tx) error {
		m, err := tx.Media(id)
		if err != nil {
			return err
		}
		if m.State == storage.MediaArriving {
			m.State, m.Due = storage.MediaWaiting, w.now
			if err := tx.PutMedia(m); err != nil {
				return err
			}
		}
		_, err = media.Announce(tx, id, w.now)
		return err
	})
	w.media.Wake()
	return true
}
