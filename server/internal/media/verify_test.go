package media_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/memory"
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
