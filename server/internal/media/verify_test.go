package media_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/memory"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	blobs, err := dirblob.Open(t.Context(), dir, dirblob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := worldOn(t, memory.New(), blobs)
	var rows []*storage.Media
	for seed := range uint64(5) {
		_, m := w.looked(sample.JPEG(sample.Options{Seed: seed, Width: 300, Height: 200, Lat: 1, Lon: 2}))
		rows = append(rows, m)
	}
	verify := func() (*media.Report, map[storage.BlobID]media.Finding) {
		found := map[storage.BlobID]media.Finding{}
		progress := int64(-1)
		r, err := w.media.Verify(t.Context(), media.VerifyOptions{
			All: true, Found: func(id storage.BlobID, f media.Finding) { found[id] = f },
			Progress: func(done, _ int64) { progress = done },
		})
		w.must(err)
		if progress != r.Blobs {
			t.Errorf("progress ended at %d of %d", progress, r.Blobs)
		}
		return r, found
	}
	r, found := verify()
	if r.Bad() || len(found) != 0 || r.Files != 5 || r.Hashed != r.Blobs || r.Blobs < 10 || r.Bytes == 0 {
		t.Fatalf("got %+v %v", r, found)
	}
	path := func(id storage.BlobID) string { return filepath.Join(dir, "blobs", id.String()[:2], id.String()) }
	w.must(os.Remove(path(rows[0].ID)))
	w.must(os.Remove(path(rows[1].Served)))
	w.must(os.Truncate(path(rows[2].ID), 100))
	b := w.bytes(rows[3].Thumbnail)
	b[len(b)/2] ^= 1
	w.must(os.WriteFile(path(rows[3].Thumbnail), b, 0o600))
	orphan := []byte("nobody's")
	_, err = blobs.Put(t.Context(), idOf(orphan), int64(len(orphan)), bytes.NewReader(orphan))
	w.must(err)
	// What is on its way or goes is no finding.
	w.update(func(tx storage.Tx) error {
		if err := tx.PutMedia(&storage.Media{ID: storage.BlobID{1}, State: storage.MediaArriving, Size: 1}); err != nil {
			return err
		}
		return tx.PutMedia(&storage.Media{ID: storage.BlobID{2}, State: storage.MediaRemoving, Size: 1})
	})
	r, found = verify()
	want := map[storage.BlobID]media.Finding{
		rows[0].ID: media.FoundMissing, rows[1].Served: media.FoundMissing, rows[3].Thumbnail: media.FoundDamaged,
		rows[2].ID: media.FoundDamaged, idOf(orphan): media.FoundOrphaned,
	}
	if !r.Bad() || r.Found[media.FoundMissing] != 2 || r.Found[media.FoundWrongSize] != 1 || r.Found[media.FoundDamaged] != 2 ||
		r.Found[media.FoundOrphaned] != 1 {
		t.Errorf("got %+v", r)
	}
	for id, f := range want {
		if found[id] != f {
			t.Errorf("%s: got %q, want %q", id, found[id], f)
		}
	}
}

func TestVerifyReadsASample(t *testing.T) {
	w := newWorld(t)
	for seed := range uint64(4) {
		w.looked(sample.JPEG(sample.Options{Seed: seed, Width: 300, Height: 200}))
	}
	for _, n := range []int{0, 3, 1000} {
		r, err := w.media.Verify(t.Context(), media.VerifyOptions{Sample: n})
		if err != nil || r.Hashed != min(int64(n), r.Blobs) || r.Bad() {
			t.Errorf("%d: got %+v, %v", n, r, err)
		}
	}
}

// many is a store of made-up blobs, most of which no row knows.
type many struct {
	storage.Blobs
	ids []storage.BlobID
}

func (b *many) List(_ context.Context, after storage.BlobID, limit int) (page []storage.BlobInfo, err error) {
	from, found := slices.BinarySearchFunc(b.ids, after, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
	if found {
		from++
	}
	for _, id := range b.ids[from:min(from+limit, len(b.ids))] {
		page = append(page, storage.BlobInfo{ID: id, Size: 7})
	}
	return page, nil
}

func (b *many) Stat(_ context.Context, id storage.BlobID) (storage.BlobInfo, error) {
	if _, found := slices.BinarySearchFunc(b.ids, id, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) }); !found {
		return storage.BlobInfo{}, syncproto.E(syncproto.CodeNotFound, "stat", nil)
	}
	return storage.BlobInfo{ID: id, Size: 7}, nil
}

// TestVerifyHoldsLongListsSideBySide compares lists of several pages with what was put into them, in little memory.
func TestVerifyHoldsLongListsSideBySide(t *testing.T) {
	w := newWorld(t)
	const count = 20_000
	blobs, want := &many{}, map[storage.BlobID]media.Finding{}
	w.update(func(tx storage.Tx) error {
		for i := range count {
			id, made := idOf([]byte{byte(i), byte(i >> 8)}), idOf([]byte{byte(i), byte(i >> 8), 1})
			m := &storage.Media{ID: id, Size: 7, State: storage.MediaReady, Served: id, Person: w.author}
			switch i % 100 {
			case 1: // no row
				want[id] = media.FoundOrphaned
				blobs.ids = append(blobs.ids, id)
				continue
			case 2:
				m.Size = 8
				want[id] = media.FoundWrongSize
			case 3:
				want[id] = media.FoundMissing
				id = storage.BlobID{}
			case 4: // what was made of it is missing
				m.Thumbnail = made
				want[made] = media.FoundMissing
			case 5:
				m.Display = made
				blobs.ids = append(blobs.ids, made)
			case 6: // noted as nobody's
				m = &storage.Media{ID: id, Size: 7, State: storage.MediaArriving}
				want[id] = media.FoundOrphaned
			}
			if id != (storage.BlobID{}) {
				blobs.ids = append(blobs.ids, id)
			}
			if err := tx.PutMedia(m); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(blobs.ids, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
	w.blobs = blobs
	w.restart()
	got := map[storage.BlobID]media.Finding{}
	r, err := w.media.Verify(t.Context(), media.VerifyOptions{Found: func(id storage.BlobID, f media.Finding) { got[id] = f }})
	w.must(err)
	if !maps.Equal(got, want) || r.Blobs != int64(len(blobs.ids)) || r.Files != count-2*count/100 || r.Hashed != 0 {
		t.Errorf("%d findings, want %d; %+v", len(got), len(want), r)
	}
}
