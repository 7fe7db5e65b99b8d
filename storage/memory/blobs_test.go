package memory_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/storagetest"
)

func TestBlobs(t *testing.T) {
	storagetest.TestBlobs(t, func(*testing.T) storage.Blobs { return memory.NewBlobs() })
}

func TestBlobParts(t *testing.T) {
	places := map[string]*memory.Blobs{}
	storagetest.TestBlobParts(t, func(_ *testing.T, place string) storagetest.PartsStore {
		if places[place] == nil {
			places[place] = memory.NewBlobs()
		}
		return places[place]
	})
}

// TestSweepLive: an upload that goes on slowly is not swept, however long ago it began.
func TestSweepLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memory.NewBlobs()
		var id storage.BlobID
		upload, err := s.BeginParts(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for number := range 5 {
			time.Sleep(time.Hour)
			if err := s.PutPart(t.Context(), id, upload, number+1, bytes.NewReader([]byte("x")), 1); err != nil {
				t.Fatal(err)
			}
			if n, err := s.Sweep(t.Context(), time.Now().UnixMilli()); n != 0 || err != nil {
				t.Errorf("swept %d, %v", n, err)
			}
		}
		time.Sleep(time.Millisecond)
		if n, err := s.Sweep(t.Context(), time.Now().UnixMilli()); n != 1 || err != nil {
			t.Errorf("swept %d, %v; want 1", n, err)
		}
	})
}
