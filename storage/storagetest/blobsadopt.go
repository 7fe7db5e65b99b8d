package storagetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testBlobAdopt holds a store that adopts files to the law of storage.BlobAdopter, and passes over one that does not.
func testBlobAdopt(t *testing.T, s storage.Blobs) {
	a, ok := s.(storage.BlobAdopter)
	if !ok {
		return
	}
	run := func(name string, law func(*testing.T, storage.Blobs, storage.BlobAdopter)) {
		t.Run(name, func(t *testing.T) {
			law(t, s, a)
			for _, id := range blobIDs(t, s, 100) {
				if err := s.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	run("a file becomes a blob", testAdoptFile)
	run("a blob that is there is left alone", testAdoptThere)
	run("an answer that got lost", testAdoptAgain)
	run("what is refused is left", testAdoptRefused)
	run("many at once", testAdoptAtOnce)
	run("a context that has ended", testAdoptEnded)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c := newContent(1, 10)
	_, err := a.Adopt(t.Context(), c.id, c.size(), spool(t, c))
	wantCode(t, err, syncproto.CodeUnavailable)
}

// spool writes a file that is a day old and that others may read, as an upload of another making may be.
func spool(t *testing.T, c content) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "spool")
	if err := os.WriteFile(path, c.data, 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantFile(t *testing.T, path string, there bool) {
	t.Helper()
	if _, err := os.Lstat(path); (err == nil) != there {
		t.Errorf("the file is there: %t, want %t (%v)", err == nil, there, err)
	}
}

func testAdoptFile(t *testing.T, s storage.Blobs, a storage.BlobAdopter) {
	for i, size := range []int{0, 1, 64<<10 + 1, largeBlob} {
		c := newContent(uint64(i), size)
		path := spool(t, c)
		if fresh, err := a.Adopt(t.Context(), c.id, c.size(), path); !fresh || err != nil {
			t.Errorf("%d bytes: fresh %t, %v", size, fresh, err)
		}
		wantFile(t, path, false)
		wantBlob(t, s, c)
		info, err := s.Stat(t.Context(), c.id)
		if age := time.Since(time.UnixMilli(info.Stored)); err != nil || age > time.Hour {
			t.Errorf("stored %v ago, %v: the age of a blob begins when it is adopted", age, err)
		}
		if putBlob(t, s, c) {
			t.Error("fresh once more when put")
		}
	}
	if n, err := s.Sweep(t.Context(), 1<<50); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
}

func testAdoptThere(t *testing.T, s storage.Blobs, a storage.BlobAdopter) {
	c := newContent(1, 5000)
	putBlob(t, s, c)
	before, err := s.Stat(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	path := spool(t, c)
	if fresh, err := a.Adopt(t.Context(), c.id, c.size(), path); fresh || err != nil {
		t.Errorf("fresh %t, %v", fresh, err)
	}
	wantFile(t, path, false)
	wantBlob(t, s, c)
	if after, err := s.Stat(t.Context(), c.id); err != nil || after != before {
		t.Errorf("got %+v, %v; want %+v", after, err, before)
	}
}

func testAdoptAgain(t *testing.T, s storage.Blobs, a storage.BlobAdopter) {
	c := newContent(1, 5000)
	path := spool(t, c)
	for i := range 3 {
		if fresh, err := a.Adopt(t.Context(), c.id, c.size(), path); fresh != (i == 0) || err != nil {
			t.Errorf("call %d: fresh %t, %v", i, fresh, err)
		}
		wantBlob(t, s, c)
	}
	if err := s.Delete(t.Context(), c.id); err != nil {
		t.Fatal(err)
	}
	_, err := a.Adopt(t.Context(), c.id, c.size(), path)
	wantCode(t, err, syncproto.CodeNotFound)
	wantNoBlob(t, s, c.id)
}

func testAdoptRefused(t *testing.T, s storage.Blobs, a storage.BlobAdopter) {
	c := newContent(1, 5000)
	path := spool(t, c)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		link = filepath.Dir(path) // no links here
	}
	for _, again := range []bool{false, true} {
		for _, size := range []int64{0, c.size() - 1, c.size() + 1} {
			_, err := a.Adopt(t.Context(), c.id, size, path)
			wantCode(t, err, syncproto.CodeSizeMismatch)
		}
		_, err := a.Adopt(t.Context(), c.id, -1, path)
		wantCode(t, err, syncproto.CodeInvalidValue)
		for _, other := range []string{link, filepath.Dir(path)} {
			_, err = a.Adopt(t.Context(), c.id, c.size(), other)
			wantCode(t, err, syncproto.CodeInvalidValue)
			wantFile(t, other, true)
		}
		wantFile(t, path, true)
		if again {
			wantBlob(t, s, c)
		} else {
			wantNoBlob(t, s, c.id)
			putBlob(t, s, c)
		}
	}
}

// testAdoptAtOnce lets files of the same photo, two callers each, and puts of it meet.
func testAdoptAtOnce(t *testing.T, s storage.Blobs, a storage.BlobAdopter) {
	c := newContent(1, 200_000)
	paths := []string{spool(t, c), spool(t, c), spool(t, c)}
	var wait sync.WaitGroup
	var mu sync.Mutex
	told := 0
	for i := range 9 {
		wait.Go(func() {
			var fresh bool
			var err error
			if i < 6 {
				fresh, err = a.Adopt(t.Context(), c.id, c.size(), paths[i%3])
			} else {
				fresh, err = s.Put(t.Context(), c.id, c.size(), c.reader())
			}
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if fresh {
				told++
			}
		})
	}
	wait.Wait()
	if told < 1 {
		t.Error("nobody was told that the blob is fresh")
	}
	for _, path := range paths {
		wantFile(t, path, false)
	}
	wantBlob(t, s, c)
}

func testAdoptEnded(t *testing.T, s storage.Blobs, a storage.BlobAdopter) {
	c := newContent(1, 5000)
	path := spool(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.Adopt(ctx, c.id, c.size(), path)
	wantCode(t, err, syncproto.CodeUnavailable)
	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	_, err = a.Adopt(ctx, c.id, c.size(), path)
	wantCode(t, err, syncproto.CodeTimeout)
	wantFile(t, path, true)
	wantNoBlob(t, s, c.id)
}
