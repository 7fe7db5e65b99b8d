package storagetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// largeBlob is the size of a blob that every backend writes in several steps: more than two of the 5 MiB parts that
// are the least S3 takes, and no multiple of anything.
const largeBlob = 11<<20 + 7

// TestBlobs holds a blob store to the law. Open returns an empty store; the suite closes it.
func TestBlobs(t *testing.T, open func(t *testing.T) storage.Blobs) {
	run := func(name string, test func(t *testing.T, s storage.Blobs)) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(t, s)
		})
	}
	run("what is put is there", testBlobPut)
	run("what is not there is not found", testBlobAbsent)
	run("a wrong hash leaves nothing", testBlobWrongHash)
	run("a wrong size leaves nothing", testBlobWrongSize)
	run("a reader that fails leaves nothing", testBlobReaderFails)
	run("a cut in the middle leaves nothing", testBlobCut)
	run("a blob that is there is not written again", testBlobPutAgain)
	run("many put the same blob at once", testBlobSameAtOnce)
	run("a part is not seen while a blob is put", testBlobUnseen)
	run("ranges at all edges", testBlobRanges)
	run("a context that has ended does nothing", testBlobContextEnded)
	run("a context that ends in the middle leaves nothing", testBlobContextEndsInside)
	run("a context that ends stops a read", testBlobContextEndsRead)
	run("deleting", testBlobDelete)
	run("lists page by id", testBlobList)
	run("no memory is shared with the caller", testBlobNoSharing)
	run("sweeping leaves blobs and live writes alone", testBlobSweep)
	run("finished files are adopted", testBlobAdopt)
	run("puts, deletes and reads in any order", testBlobRandom)
	run("a closed store is unavailable", testBlobClosed)
}

// content is the bytes of one blob with their name.
type content struct {
	id   storage.BlobID
	data []byte
}

// newContent draws a blob from a seed.
func newContent(seed uint64, size int) content {
	var key [32]byte
	key[0], key[1], key[2] = byte(seed), byte(seed>>8), byte(seed>>16)
	c := content{data: make([]byte, size)}
	_, _ = rand.NewChaCha8(key).Read(c.data)
	c.id = sha256.Sum256(c.data)
	return c
}

func (c content) size() int64 { return int64(len(c.data)) }

// reader gives the bytes in pieces of odd sizes, as a link does, and hides what else a bytes.Reader can.
func (c content) reader() io.Reader { return &drip{rest: c.data} }

type drip struct {
	rest []byte
	n    int
}

func (d *drip) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	d.n = d.n%8191 + 1237
	n := copy(p[:min(len(p), d.n*16)], d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func putBlob(t *testing.T, s storage.Blobs, c content) (fresh bool) {
	t.Helper()
	fresh, err := s.Put(t.Context(), c.id, c.size(), c.reader())
	if err != nil {
		t.Fatalf("put %d bytes: %v", c.size(), err)
	}
	return fresh
}

func getBlob(t *testing.T, s storage.BlobReader, id storage.BlobID, offset, length int64) []byte {
	t.Helper()
	r, err := s.Get(t.Context(), id, offset, length)
	if err != nil {
		t.Fatalf("get %d bytes from %d: %v", length, offset, err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %d bytes from %d: %v", length, offset, err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("close a read: %v", err)
	}
	return data
}

// wantBlob checks that a blob is there, whole.
func wantBlob(t *testing.T, s storage.BlobReader, c content) {
	t.Helper()
	info, err := s.Stat(t.Context(), c.id)
	if err != nil {
		t.Fatalf("stat: %v", err)
	}
	if info.ID != c.id || info.Size != c.size() || info.Stored <= 0 {
		t.Errorf("got %+v, want %s with %d bytes", info, c.id, c.size())
	}
	if got := getBlob(t, s, c.id, 0, -1); !bytes.Equal(got, c.data) {
		t.Errorf("got %d bytes that are not those put", len(got))
	}
}

// wantNoBlob checks that a blob is in no way there.
func wantNoBlob(t *testing.T, s storage.BlobReader, id storage.BlobID) {
	t.Helper()
	_, err := s.Stat(t.Context(), id)
	wantCode(t, err, syncproto.CodeNotFound)
	for _, part := range [][2]int64{{0, -1}, {0, 0}, {5, 1}, {1 << 40, 3}} {
		if r, err := s.Get(t.Context(), id, part[0], part[1]); err == nil {
			_ = r.Close()
			t.Errorf("get %v: there is something", part)
		} else {
			wantCode(t, err, syncproto.CodeNotFound)
		}
	}
	if slices.Contains(blobIDs(t, s, 1000), id) {
		t.Error("it is in the list")
	}
}

// blobIDs lists the store page by page.
func blobIDs(t *testing.T, s storage.BlobReader, limit int) (ids []storage.BlobID) {
	t.Helper()
	var after storage.BlobID
	for {
		page, err := s.List(t.Context(), after, limit)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		if len(page) > limit {
			t.Fatalf("got a page of %d, the limit is %d", len(page), limit)
		}
		for _, info := range page {
			ids = append(ids, info.ID)
		}
		if len(page) < limit {
			return ids
		}
		after = page[limit-1].ID
	}
}

func testBlobPut(t *testing.T, s storage.Blobs) {
	for i, size := range []int{0, 1, 511, 64 << 10, 64<<10 + 1, largeBlob} {
		c := newContent(uint64(i), size)
		if !putBlob(t, s, c) {
			t.Errorf("%d bytes: not fresh", size)
		}
		wantBlob(t, s, c)
	}
}

func testBlobAbsent(t *testing.T, s storage.Blobs) {
	wantNoBlob(t, s, newContent(1, 10).id)
	putBlob(t, s, newContent(2, 10))
	wantNoBlob(t, s, newContent(1, 10).id)
}

func testBlobWrongHash(t *testing.T, s storage.Blobs) {
	for _, size := range []int{0, 1000, largeBlob} {
		wanted, sent := newContent(1, size), newContent(2, size)
		if size == 0 {
			wanted = newContent(1, 1)
		}
		fresh, err := s.Put(t.Context(), wanted.id, sent.size(), sent.reader())
		wantCode(t, err, syncproto.CodeHashMismatch)
		if fresh {
			t.Error("fresh")
		}
		wantNoBlob(t, s, wanted.id)
		wantNoBlob(t, s, sent.id)
		putBlob(t, s, wanted)
		wantBlob(t, s, wanted)
	}
}

func testBlobWrongSize(t *testing.T, s storage.Blobs) {
	for _, size := range []int{1, 1000, largeBlob} {
		c := newContent(1, size)
		for _, announced := range []int64{0, c.size() - 1, c.size() + 1, syncproto.MaxMediaBytes} {
			_, err := s.Put(t.Context(), c.id, announced, c.reader())
			wantCode(t, err, syncproto.CodeSizeMismatch)
		}
		_, err := s.Put(t.Context(), c.id, -1, c.reader())
		wantCode(t, err, syncproto.CodeInvalidValue)
		wantNoBlob(t, s, c.id)
		putBlob(t, s, c)
		wantBlob(t, s, c)
		// A blob is not damaged because somebody is wrong about its size.
		_, err = s.Put(t.Context(), c.id, c.size()+1, c.reader())
		wantCode(t, err, syncproto.CodeSizeMismatch)
		wantBlob(t, s, c)
	}
}

// failing gives the bytes that it has and then an error.
func failing(data []byte, err error) io.Reader {
	return io.MultiReader(bytes.NewReader(data), &failed{err})
}

type failed struct{ err error }

func (f *failed) Read([]byte) (int, error) { return 0, f.err }

func testBlobReaderFails(t *testing.T, s storage.Blobs) {
	c := newContent(1, largeBlob)
	for _, at := range []int{0, 1, 6 << 20, largeBlob} {
		_, err := s.Put(t.Context(), c.id, c.size()+int64(at&1), failing(c.data[:at], errWanted))
		if !errors.Is(err, errWanted) {
			t.Errorf("at %d: got %v, want the reader's error", at, err)
		}
		wantCode(t, err, syncproto.CodeBodyIncomplete)
		wantNoBlob(t, s, c.id)
	}
	_, err := s.Put(t.Context(), c.id, c.size(), failing(c.data[:9], syncproto.E(syncproto.CodeTokenRevoked, "read", nil)))
	wantCode(t, err, syncproto.CodeTokenRevoked)
	putBlob(t, s, c)
	wantBlob(t, s, c)
}

// testBlobCut is a connection that ends early without saying so.
func testBlobCut(t *testing.T, s storage.Blobs) {
	c := newContent(1, largeBlob)
	for _, at := range []int{0, 1, 5 << 20, 10 << 20, largeBlob - 1} {
		_, err := s.Put(t.Context(), c.id, c.size(), bytes.NewReader(c.data[:at]))
		wantCode(t, err, syncproto.CodeSizeMismatch)
		wantNoBlob(t, s, c.id)
	}
	putBlob(t, s, c)
	wantBlob(t, s, c)
}

func testBlobPutAgain(t *testing.T, s storage.Blobs) {
	for _, size := range []int{0, 1000, largeBlob} {
		c := newContent(1, size)
		putBlob(t, s, c)
		before, err := s.Stat(t.Context(), c.id)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := s.Put(t.Context(), c.id, c.size(), &failed{errWanted})
		if fresh || err != nil {
			t.Errorf("put again: fresh %t, %v; want that nothing is read", fresh, err)
		}
		after, err := s.Stat(t.Context(), c.id)
		if err != nil || after != before {
			t.Errorf("got %+v, %v; want %+v", after, err, before)
		}
		wantBlob(t, s, c)
	}
}

func testBlobDelete(t *testing.T, s storage.Blobs) {
	c, other := newContent(1, 1000), newContent(2, 1000)
	if err := s.Delete(t.Context(), c.id); err != nil {
		t.Errorf("delete what is not there: %v", err)
	}
	putBlob(t, s, c)
	putBlob(t, s, other)
	for range 2 {
		if err := s.Delete(t.Context(), c.id); err != nil {
			t.Errorf("delete: %v", err)
		}
		wantNoBlob(t, s, c.id)
	}
	wantBlob(t, s, other)
	if !putBlob(t, s, c) {
		t.Error("not fresh after a delete")
	}
	wantBlob(t, s, c)
}

func testBlobNoSharing(t *testing.T, s storage.Blobs) {
	c := newContent(1, 1000)
	sent := slices.Clone(c.data)
	if _, err := s.Put(t.Context(), c.id, c.size(), bytes.NewReader(sent)); err != nil {
		t.Fatal(err)
	}
	clear(sent)
	clear(getBlob(t, s, c.id, 0, -1))
	r, err := s.Get(t.Context(), c.id, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(scribbler{}, r); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	wantBlob(t, s, c)
}

// scribbler writes over what it is shown, which an io.Writer must not do.
type scribbler struct{}

func (scribbler) Write(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func testBlobClosed(t *testing.T, s storage.Blobs) {
	c := newContent(1, 100)
	putBlob(t, s, c)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, err := range everyBlobCall(context.Background(), s, c) {
		if syncproto.CodeOf(err) != syncproto.CodeUnavailable {
			t.Errorf("%s: got %v, want unavailable", name, err)
		}
	}
}

// everyBlobCall calls each method once and returns what went wrong, by name.
func everyBlobCall(ctx context.Context, s storage.Blobs, c content) map[string]error {
	out := map[string]error{}
	_, out["put"] = s.Put(ctx, c.id, c.size(), c.reader())
	_, out["put fresh"] = s.Put(ctx, newContent(77, 5).id, 5, newContent(77, 5).reader())
	_, out["stat"] = s.Stat(ctx, c.id)
	_, out["list"] = s.List(ctx, storage.BlobID{}, 5)
	_, out["sweep"] = s.Sweep(ctx, 1)
	r, err := s.Get(ctx, c.id, 0, -1)
	if err == nil {
		_ = r.Close()
	}
	out["get"], out["delete"] = err, s.Delete(ctx, c.id)
	return out
}
