package dirblob_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"lantoa/storage/dirblob"
	"lantoa/syncproto"
)

func spool(t testing.TB, data []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "spool")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func adopt(t testing.TB, s *dirblob.Store, data []byte, path string) (bool, error) {
	t.Helper()
	return s.Adopt(t.Context(), idOf(data), int64(len(data)), path)
}

func wantGone(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); err == nil {
		t.Error("the file is still there")
	}
}

// TestAdoptMoves: the file itself becomes the blob, with the mode of one.
func TestAdoptMoves(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	data := []byte("photo")
	path := spool(t, data)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if fresh, err := adopt(t, s, data, path); !fresh || err != nil {
		t.Fatalf("fresh %t, %v", fresh, err)
	}
	after, err := os.Stat(pathOf(dir, idOf(data)))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("it was copied: %v", err)
	}
	if after.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v", after.Mode())
	}
}

// TestAdoptDiskFails lets each step fail: the bytes are always in one place or the other, and the next try works.
func TestAdoptDiskFails(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, point := range []string{"sync", "publish", "sync blobs", "sync source"} {
		data := []byte("photo at " + point)
		path := spool(t, data)
		dirblob.FailAt(s, func(at string) error {
			if at == point {
				return syscall.EIO
			}
			return nil
		})
		for range 2 {
			_, err := adopt(t, s, data, path)
			wantCode(t, err, syncproto.CodeStoreBroken)
			kept, _ := os.ReadFile(path)
			blob, _ := os.ReadFile(pathOf(dir, idOf(data)))
			if bytes.Equal(kept, data) == bytes.Equal(blob, data) {
				t.Errorf("%s: the file holds %q and the blob %q", point, kept, blob)
			}
		}
		dirblob.FailAt(s, nil)
		if _, err := adopt(t, s, data, path); err != nil {
			t.Errorf("%s: the next try: %v", point, err)
		}
		wantGone(t, path)
		if got := read(t, s, idOf(data)); !bytes.Equal(got, data) {
			t.Errorf("%s: got %q", point, got)
		}
		if left := staged(t, dir); len(left) != 0 {
			t.Errorf("%s: left %v", point, left)
		}
	}
}

// TestAdoptCopies: what cannot be renamed is put, and then its hash is checked after all.
func TestAdoptCopies(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	elsewhere := func() {
		asked := false
		dirblob.FailAt(s, func(at string) error {
			if at == "publish" && !asked {
				asked = true
				return syscall.EXDEV
			}
			return nil
		})
	}
	data := bytes.Repeat([]byte("photo"), 30_000)
	path := spool(t, data)
	elsewhere()
	if fresh, err := adopt(t, s, data, path); !fresh || err != nil {
		t.Errorf("fresh %t, %v", fresh, err)
	}
	wantGone(t, path)
	if got := read(t, s, idOf(data)); !bytes.Equal(got, data) {
		t.Error("other bytes")
	}
	path = spool(t, []byte("wrong"))
	elsewhere()
	_, err := adopt(t, s, []byte("right"), path)
	wantCode(t, err, syncproto.CodeHashMismatch)
	if got, err := os.ReadFile(path); string(got) != "wrong" {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

// TestAdoptStaysInside: neither a link, nor a directory that moved, nor the place of the blob itself leads astray.
func TestAdoptStaysInside(t *testing.T) {
	dir, outside := filepath.Join(t.TempDir(), "media"), t.TempDir()
	s := open(t, dir)
	data := []byte("photo")
	if _, err := put(s, t, data); err != nil {
		t.Fatal(err)
	}
	_, err := adopt(t, s, data, pathOf(dir, idOf(data)))
	wantCode(t, err, syncproto.CodeInvalidValue)
	read(t, s, idOf(data))

	linked := []byte("linked")
	shard := filepath.Dir(pathOf(dir, idOf(linked)))
	if err := os.Remove(shard); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, shard); err != nil {
		t.Fatal(err)
	}
	path := spool(t, linked)
	if _, err := adopt(t, s, linked, path); err == nil {
		t.Error("adopted through a link")
	}
	if got, err := os.ReadFile(path); !bytes.Equal(got, linked) {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if entries, err := os.ReadDir(outside); len(entries) != 0 || err != nil {
		t.Errorf("got %v, %v outside", entries, err)
	}

	if runtime.GOOS == "windows" {
		return // an open directory does not move there
	}
	if err := os.Rename(dir, dir+"-moved"); err != nil {
		t.Fatal(err)
	}
	moved := []byte("moved")
	if fresh, err := adopt(t, s, moved, spool(t, moved)); !fresh || err != nil {
		t.Errorf("fresh %t, %v", fresh, err)
	}
	if got := read(t, s, idOf(moved)); !bytes.Equal(got, moved) {
		t.Errorf("got %q", got)
	}
}
