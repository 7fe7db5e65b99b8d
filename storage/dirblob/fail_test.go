package dirblob_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/syncproto"
)

// TestDiskFails lets each step of a put fail in each way: the code says what an operator must do, nothing is left
// behind, and the next try works.
func TestDiskFails(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for errno, want := range map[error]syncproto.Code{
		syscall.ENOSPC: syncproto.CodeStoreFull, syscall.EDQUOT: syncproto.CodeStoreFull,
		syscall.EROFS: syncproto.CodeStoreReadOnly, syscall.EACCES: syncproto.CodeStoreReadOnly,
		syscall.EIO: syncproto.CodeStoreBroken, syscall.EMFILE: syncproto.CodeUnavailable,
		errors.New("unheard of"): syncproto.CodeInternal,
	} {
		for _, point := range []string{"create", "write", "sync", "publish", "sync blobs"} {
			data := bytes.Repeat([]byte(point+errno.Error()), 10_000)
			dirblob.FailAt(s, func(at string) error {
				if at == point {
					return errno
				}
				return nil
			})
			fresh, err := put(s, t, data)
			if syncproto.CodeOf(err) != want {
				t.Errorf("%v at %s: fresh %t, %v; want code %s", errno, point, fresh, err, want)
			}
			// After the rename the blob is there, and it is not said to be kept as long as its folder is not.
			if _, err := s.Stat(t.Context(), idOf(data)); (err == nil) != (point == "sync blobs") {
				t.Errorf("%v at %s: stat %v", errno, point, err)
			}
			if point == "sync blobs" {
				if _, err := put(s, t, data); syncproto.CodeOf(err) != want {
					t.Errorf("put again while the folder cannot be made durable: %v", err)
				}
			}
			if left := staged(t, dir); len(left) != 0 {
				t.Errorf("%v at %s: left %v", errno, point, left)
			}
			dirblob.FailAt(s, nil)
			if _, err := put(s, t, data); err != nil {
				t.Errorf("%v at %s: the next try: %v", errno, point, err)
			}
		}
	}
}

// TestSweepByAge: what a crash left is removed when it is old enough, and not before.
func TestSweepByAge(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	dirblob.FailAt(s, func(point string) error {
		if point == "publish" || point == "drop" {
			return syscall.EIO
		}
		return nil
	})
	for _, text := range []string{"one", "two"} {
		if _, err := put(s, t, []byte(text)); err == nil {
			t.Fatal("put in spite of the crash")
		}
	}
	left := staged(t, dir)
	if len(left) != 2 {
		t.Fatalf("left %v: the test shows nothing", left)
	}
	day := time.UnixMilli(1_700_000_000_000)
	for i, name := range left {
		at := day.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, "staging", name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		before time.Time
		want   int
	}{{day, 0}, {day.Add(time.Minute), 1}, {day.Add(time.Hour), 0}, {day.Add(2 * time.Hour), 1}} {
		if n, err := s.Sweep(t.Context(), c.before.UnixMilli()); n != c.want || err != nil {
			t.Errorf("before %v: swept %d, %v; want %d", c.before, n, err, c.want)
		}
	}
}

// TestKeepFree: the disk of the database is not filled with photos.
func TestKeepFree(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		return // the system does not tell what is free
	}
	dir := t.TempDir()
	space, ok := any(open(t, dir)).(storage.BlobSpace)
	if !ok {
		t.Fatal("a directory knows its disk")
	}
	free, total, err := space.Space(t.Context())
	if err != nil || free <= 0 || total < free {
		t.Fatalf("free %d of %d, %v", free, total, err)
	}
	s, err := dirblob.Open(t.Context(), dir, dirblob.Options{KeepFree: total})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = put(s, t, []byte("photo"))
	wantCode(t, err, syncproto.CodeStoreFull)
}

// TestDiskFull fills a real disk.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	if why := mountSmall(disk); why != nil {
		t.Skipf("a small disk cannot be mounted here: %v", why)
	}
	t.Cleanup(func() { unmount(disk) })
	dir := filepath.Join(disk, "media")
	s := open(t, dir)
	photo := func(size int) []byte {
		data := make([]byte, size)
		rand.Read(data)
		return data
	}
	kept, large := photo(700<<10), photo(1<<20)
	if _, err := put(s, t, kept); err != nil {
		t.Fatal(err)
	}
	_, err := put(s, t, large)
	wantCode(t, err, syncproto.CodeStoreFull)
	path := spool(t, large) // on another disk, so adopting it is a copy
	_, err = adopt(t, s, large, path)
	wantCode(t, err, syncproto.CodeStoreFull)
	if left := staged(t, dir); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	if got := read(t, s, idOf(kept)); !bytes.Equal(got, kept) {
		t.Error("what was kept is not the same")
	}
	if err := s.Delete(t.Context(), idOf(kept)); err != nil {
		t.Fatal(err)
	}
	if fresh, err := adopt(t, s, large, path); !fresh || err != nil {
		t.Errorf("adopt when there is room again: fresh %t, %v", fresh, err)
	}
	wantGone(t, path)
	if err := s.Delete(t.Context(), idOf(large)); err != nil {
		t.Fatal(err)
	}
	if _, err := put(s, t, large); err != nil {
		t.Errorf("put when there is room again: %v", err)
	}
	_ = s.Close()
}
