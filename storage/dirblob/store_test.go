package dirblob_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/storagetest"
	"lantoa/syncproto"
)

func open(t testing.TB, path string) *dirblob.Store {
	t.Helper()
	s, err := dirblob.Open(t.Context(), path, dirblob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestBlobs(t *testing.T) {
	storagetest.TestBlobs(t, func(t *testing.T) storage.Blobs { return open(t, t.TempDir()) })
}

func TestBlobPersistence(t *testing.T) {
	storagetest.TestBlobPersistence(t, func(t *testing.T, path string) storage.Blobs { return open(t, path) })
}

func idOf(data []byte) storage.BlobID { return sha256.Sum256(data) }

func put(s storage.Blobs, t testing.TB, data []byte) (bool, error) {
	t.Helper()
	return s.Put(t.Context(), idOf(data), int64(len(data)), bytes.NewReader(data))
}

func read(t testing.TB, s storage.Blobs, id storage.BlobID) []byte {
	t.Helper()
	r, err := s.Get(t.Context(), id, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func wantCode(t *testing.T, err error, want syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != want {
		t.Errorf("got error %v, want code %s", err, want)
	}
}

func pathOf(dir string, id storage.BlobID) string {
	return filepath.Join(dir, "blobs", id.String()[:2], id.String())
}

// staged lists what lies in staging.
func staged(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "staging"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestModes: nobody else on the machine reads media past the server.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // modes mean nothing there
	}
	dir := filepath.Join(t.TempDir(), "deep", "media")
	s := open(t, dir)
	data := []byte("photo")
	if _, err := put(s, t, data); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got mode %v, want %v", path, got, want)
		}
		return nil
	})
	if err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
	if got, err := os.ReadFile(pathOf(dir, idOf(data))); err != nil || !bytes.Equal(got, data) {
		t.Errorf("a blob is not where doc.go says: %v", err)
	}
}

// TestNothingEscapes plants symbolic links where folders and blobs are expected.
func TestNothingEscapes(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	s := open(t, dir)
	data, linked := []byte("photo"), []byte("linked")
	shard := filepath.Dir(pathOf(dir, idOf(data)))
	if err := os.Remove(shard); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, shard); err != nil {
		t.Fatal(err)
	}
	if _, err := put(s, t, data); err == nil {
		t.Error("a blob was put through a link")
	}
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, linked, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, pathOf(dir, idOf(linked))); err != nil {
		t.Fatal(err)
	}
	_, err := s.Get(t.Context(), idOf(linked), 0, -1)
	wantCode(t, err, syncproto.CodeStoreBroken)
	_, err = s.Stat(t.Context(), idOf(linked))
	wantCode(t, err, syncproto.CodeStoreBroken)
	if entries, err := os.ReadDir(outside); len(entries) != 1 || err != nil {
		t.Errorf("got %v, %v outside", entries, err)
	}
	if left := staged(t, dir); len(left) != 0 {
		t.Errorf("left in staging: %v", left)
	}
}

// TestDamagedBlob: a file that a broken disk cut short is put right by the next who sends it.
func TestDamagedBlob(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	data := []byte("a photo of some length")
	if _, err := put(s, t, data); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(pathOf(dir, idOf(data)), 5); err != nil {
		t.Fatal(err)
	}
	if fresh, err := put(s, t, data); !fresh || err != nil {
		t.Errorf("fresh %t, %v", fresh, err)
	}
	if got := read(t, s, idOf(data)); !bytes.Equal(got, data) {
		t.Errorf("got %q", got)
	}
}

// TestForeignFiles: what a file manager or an operator left is neither listed nor swept.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	data := []byte("photo")
	if _, err := put(s, t, data); err != nil {
		t.Fatal(err)
	}
	misplaced := idOf([]byte("misplaced"))
	foreign := []string{
		"blobs/.DS_Store", "blobs/00/notes.txt", "staging/notes.txt",
		"blobs/" + idOf(data).String()[:2] + "/" + misplaced.String(),
	}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := s.List(t.Context(), storage.BlobID{}, 10); len(list) != 1 || err != nil {
		t.Errorf("got %v, %v", list, err)
	}
	if n, err := s.Sweep(t.Context(), 1<<50); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	for _, name := range foreign {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := dirblob.Open(t.Context(), file, dirblob.Options{})
	wantCode(t, err, syncproto.CodeStoreMissing)
	_, err = dirblob.Open(t.Context(), filepath.Join(file, "below"), dirblob.Options{})
	wantCode(t, err, syncproto.CodeStoreMissing)
}
