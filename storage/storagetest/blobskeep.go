package storagetest

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestBlobPersistence holds a blob store that keeps its bytes to what it must keep. Open opens the store at a place,
// making it if it is not there; a backend that has no paths derives a name of its own from it.
func TestBlobPersistence(t *testing.T, open func(t *testing.T, place string) storage.Blobs) {
	t.Run("every blob is there after reopening", func(t *testing.T) { testBlobReopen(t, open) })
	t.Run("two openings see each other's blobs", func(t *testing.T) { testBlobTwoOpenings(t, open) })
	t.Run("a restart in the middle leaves what can be swept", func(t *testing.T) { testBlobRestart(t, open) })
}

func testBlobReopen(t *testing.T, open func(t *testing.T, place string) storage.Blobs) {
	place := filepath.Join(t.TempDir(), "blobs")
	s := open(t, place)
	kept, large, gone := newContent(1, 1000), newContent(2, largeBlob), newContent(3, 1000)
	for _, c := range []content{kept, large, gone} {
		putBlob(t, s, c)
	}
	if err := s.Delete(t.Context(), gone.id); err != nil {
		t.Fatal(err)
	}
	before, err := s.List(t.Context(), storage.BlobID{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, place)
	defer s.Close()
	wantBlob(t, s, kept)
	wantBlob(t, s, large)
	wantNoBlob(t, s, gone.id)
	if got, err := s.List(t.Context(), storage.BlobID{}, 10); err != nil || !slices.Equal(got, before) {
		t.Errorf("got %v, %v; want %v", got, err, before)
	}
	if putBlob(t, s, kept) {
		t.Error("a blob from before is fresh")
	}
}

// testBlobTwoOpenings is the command line beside a running server.
func testBlobTwoOpenings(t *testing.T, open func(t *testing.T, place string) storage.Blobs) {
	place := filepath.Join(t.TempDir(), "blobs")
	one, two := open(t, place), open(t, place)
	defer one.Close()
	defer two.Close()
	c := newContent(1, 3000)
	putBlob(t, one, c)
	wantBlob(t, two, c)
	if putBlob(t, two, c) {
		t.Error("the other's blob is fresh")
	}
	if err := two.Delete(t.Context(), c.id); err != nil {
		t.Fatal(err)
	}
	wantNoBlob(t, one, c.id)
	if !putBlob(t, one, c) {
		t.Error("not fresh after the other deleted it")
	}
}

// testBlobRestart opens a store where another was writing and is not heard of again. It comes back after all, as a
// process that hung, and must not do harm.
func testBlobRestart(t *testing.T, open func(t *testing.T, place string) storage.Blobs) {
	const past, future = 1, 1 << 50
	place := filepath.Join(t.TempDir(), "blobs")
	c, other := newContent(1, largeBlob), newContent(2, 1000)
	hung := open(t, place)
	defer hung.Close()
	putBlob(t, hung, other)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := hung.Put(t.Context(), c.id, c.size(), r)
		_ = r.CloseWithError(err)
		done <- err
	}()
	// A part or two are on the disk, or with S3, when this write comes back.
	if _, err := w.Write(c.data[:10<<20+1]); err != nil {
		t.Fatal(err)
	}

	s := open(t, place)
	defer s.Close()
	wantNoBlob(t, s, c.id)
	wantBlob(t, s, other)
	if n, err := s.Sweep(t.Context(), past); n != 0 || err != nil {
		t.Errorf("swept %d, %v; want nothing that is young", n, err)
	}
	if n, err := s.Sweep(t.Context(), future); n != 1 || err != nil {
		t.Errorf("swept %d, %v; want 1", n, err)
	}
	if n, err := s.Sweep(t.Context(), future); n != 0 || err != nil {
		t.Errorf("swept %d again, %v", n, err)
	}
	if !putBlob(t, s, c) {
		t.Error("not fresh")
	}
	_, _ = io.Copy(w, bytes.NewReader(c.data[10<<20+1:]))
	_ = w.Close()
	if err := <-done; err != nil && syncproto.CodeOf(err) != syncproto.CodeUnavailable {
		t.Errorf("the hung put: %v", err)
	}
	wantBlob(t, s, c)
	wantBlob(t, s, other)
}
