package storagetest

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// PartsStore is a blob store that takes blobs in parts.
type PartsStore interface {
	storage.Blobs
	storage.BlobParts
}

// TestBlobParts holds a blob store to the law of storage.BlobParts. Open opens the store at a place, making it if it is
// not there; a backend that has no paths derives a name of its own from it, and one that keeps nothing gives the same
// value for the same place. The suite closes what it opened, also twice.
func TestBlobParts(t *testing.T, open func(t *testing.T, place string) PartsStore) {
	run := func(name string, test func(t *testing.T, s PartsStore, open func() PartsStore)) {
		t.Run(name, func(t *testing.T) {
			place := filepath.Join(t.TempDir(), "blobs")
			reopen := func() PartsStore {
				s := open(t, place)
				t.Cleanup(func() {
					if err := s.Close(); err != nil {
						t.Errorf("close: %v", err)
					}
				})
				return s
			}
			test(t, reopen(), reopen)
		})
	}
	run("parts become a blob", testPartsWhole)
	run("parts come in any order, and again", testPartsOrder)
	run("nothing is published with a part amiss", testPartsAmiss)
	run("what no part can be is refused", testPartsRefused)
	run("a part that cannot be read", testPartsReaderFails)
	run("another process goes on", testPartsRestart)
	run("an upload that is not known", testPartsUnknown)
	run("a blob that is there is left alone", testPartsThere)
	run("an answer that got lost", testPartsAgain)
	run("many complete the same blob at once", testPartsCompleteAtOnce)
	run("parts at once", testPartsAtOnce)
	run("a context that ends in the middle", testPartsContextEndsInside)
	run("a context that has ended, a store that is closed", testPartsEnded)
	run("uploads that rest are swept", testPartsSweep)
	run("any order of everything", testPartsRandom)
}

// sizesOfParts returns sizes of blobs at all edges.
func sizesOfParts(s storage.BlobParts) []int {
	part := int(s.PartSize())
	return []int{0, 1, part - 1, part, part + 1, 2 * part, 2*part + 7}
}

func beginParts(t *testing.T, s storage.BlobParts, id storage.BlobID) (upload string) {
	t.Helper()
	upload, err := s.BeginParts(t.Context(), id)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	outside := func(r rune) bool { return r <= ' ' || r > '~' }
	if upload == "" || len(upload) > storage.MaxUploadToken || strings.ContainsFunc(upload, outside) {
		t.Errorf("got the text %q", upload)
	}
	return upload
}

// slice returns the bytes of a part.
func (c content) slice(s storage.BlobParts, number int) []byte {
	from := int64(number-1) * s.PartSize()
	return c.data[from:min(from+s.PartSize(), c.size())]
}

// parts returns how many parts a blob has.
func (c content) parts(s storage.BlobParts) int {
	return int((c.size() + s.PartSize() - 1) / s.PartSize())
}

func putPart(t *testing.T, s storage.BlobParts, c content, upload string, number int) {
	t.Helper()
	putBytes(t, s, c.id, upload, number, c.slice(s, number))
}

func putBytes(t *testing.T, s storage.BlobParts, id storage.BlobID, upload string, number int, data []byte) {
	t.Helper()
	if err := s.PutPart(t.Context(), id, upload, number, bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatalf("part %d of %d bytes: %v", number, len(data), err)
	}
}

func putAllParts(t *testing.T, s storage.BlobParts, c content) (upload string) {
	t.Helper()
	upload = beginParts(t, s, c.id)
	for number := range c.parts(s) {
		putPart(t, s, c, upload, number+1)
	}
	return upload
}

func completeParts(t *testing.T, s storage.BlobParts, c content, upload string) (fresh bool) {
	t.Helper()
	fresh, err := s.CompleteParts(t.Context(), c.id, upload, c.size())
	if err != nil {
		t.Fatalf("complete %d bytes: %v", c.size(), err)
	}
	return fresh
}

// wantParts checks what a store has of an upload: the parts with these numbers, of the sizes that the blob gives them.
func wantParts(t *testing.T, s storage.BlobParts, c content, upload string, numbers ...int) {
	t.Helper()
	got, err := s.ListParts(t.Context(), c.id, upload)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	var want []storage.BlobPart
	for _, number := range numbers {
		want = append(want, storage.BlobPart{Number: number, Size: int64(len(c.slice(s, number)))})
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the parts %v, want %v", got, want)
	}
}

// wantNoUpload checks that a store knows nothing of an upload.
func wantNoUpload(t *testing.T, s storage.BlobParts, id storage.BlobID, upload string) {
	t.Helper()
	_, err := s.ListParts(t.Context(), id, upload)
	wantCode(t, err, syncproto.CodeNotFound)
	err = s.PutPart(t.Context(), id, upload, 1, strings.NewReader("photo"), 5)
	wantCode(t, err, syncproto.CodeNotFound)
	if err := s.AbortParts(t.Context(), id, upload); err != nil {
		t.Errorf("abort what is not there: %v", err)
	}
}

func testPartsWhole(t *testing.T, s PartsStore, _ func() PartsStore) {
	for i, size := range sizesOfParts(s) {
		c := newContent(uint64(i), size)
		upload := putAllParts(t, s, c)
		wantNoBlob(t, s, c.id)
		if !completeParts(t, s, c, upload) {
			t.Errorf("%d bytes: not fresh", size)
		}
		wantBlob(t, s, c)
		wantNoUpload(t, s, c.id, upload)
		if putBlob(t, s, c) {
			t.Errorf("%d bytes: fresh once more when put", size)
		}
	}
	if n, err := s.Sweep(t.Context(), 1<<50); n != 0 || err != nil {
		t.Errorf("swept %d, %v: something was left", n, err)
	}
}

func testPartsOrder(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, int(2*s.PartSize()+100))
	upload := beginParts(t, s, c.id)
	wantParts(t, s, c, upload)
	putPart(t, s, c, upload, 3)
	putBytes(t, s, c.id, upload, 1, make([]byte, s.PartSize())) // other bytes, which the next call replaces
	putPart(t, s, c, upload, 1)
	putBytes(t, s, c.id, upload, 2, []byte("short"))
	wantNoBlob(t, s, c.id)
	putPart(t, s, c, upload, 2)
	putPart(t, s, c, upload, 3)
	wantParts(t, s, c, upload, 1, 2, 3)
	completeParts(t, s, c, upload)
	wantBlob(t, s, c)
}

func testPartsAmiss(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, int(2*s.PartSize()+100))
	upload := beginParts(t, s, c.id)
	amiss := func(what string, size int64) {
		t.Helper()
		fresh, err := s.CompleteParts(t.Context(), c.id, upload, size)
		if fresh || syncproto.CodeOf(err) != syncproto.CodeSizeMismatch {
			t.Errorf("%s: fresh %t, %v; want size_mismatch", what, fresh, err)
		}
		wantNoBlob(t, s, c.id)
	}
	amiss("no part", c.size())
	putPart(t, s, c, upload, 1)
	putPart(t, s, c, upload, 3)
	amiss("none in the middle", c.size())
	putBytes(t, s, c.id, upload, 2, c.slice(s, 2)[1:])
	amiss("one in the middle short", c.size())
	putBytes(t, s, c.id, upload, 3, make([]byte, 101))
	amiss("one short and one long", c.size())
	putPart(t, s, c, upload, 2)
	putBytes(t, s, c.id, upload, 3, c.slice(s, 3)[1:])
	amiss("the last one short", c.size())
	putBytes(t, s, c.id, upload, 3, make([]byte, 101))
	amiss("the last one long", c.size())
	putPart(t, s, c, upload, 3)
	for _, size := range []int64{0, 1, s.PartSize(), 2 * s.PartSize(), c.size() - 1, c.size() + 1, 3 * s.PartSize(), 1 << 50} {
		amiss("another size", size)
	}
	_, err := s.CompleteParts(t.Context(), c.id, upload, -1)
	wantCode(t, err, syncproto.CodeInvalidValue)
	wantParts(t, s, c, upload, 1, 2, 3)
	if !completeParts(t, s, c, upload) {
		t.Error("not fresh")
	}
	wantBlob(t, s, c)

	small := newContent(2, 10)
	upload = beginParts(t, s, small.id)
	putBytes(t, s, small.id, upload, 2, small.data)
	_, err = s.CompleteParts(t.Context(), small.id, upload, small.size())
	wantCode(t, err, syncproto.CodeSizeMismatch)
	putPart(t, s, small, upload, 1)
	_, err = s.CompleteParts(t.Context(), small.id, upload, small.size())
	wantCode(t, err, syncproto.CodeSizeMismatch) // a part behind the end
	wantNoBlob(t, s, small.id)
}

func testPartsRefused(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, int(s.PartSize()+1))
	upload := beginParts(t, s, c.id)
	for _, part := range []struct {
		number int
		size   int64
	}{{0, 10}, {-1, 10}, {1 << 30, 10}, {1, 0}, {1, -1}, {1, c.size()}} {
		err := s.PutPart(t.Context(), c.id, upload, part.number, bytes.NewReader(c.data), part.size)
		if syncproto.CodeOf(err) != syncproto.CodeInvalidValue {
			t.Errorf("part %d of %d bytes: got %v, want invalid_value", part.number, part.size, err)
		}
	}
	wantParts(t, s, c, upload)
}

func testPartsUnknown(t *testing.T, s PartsStore, _ func() PartsStore) {
	c, other := newContent(1, 1000), newContent(2, 1000)
	mine, others := putAllParts(t, s, c), putAllParts(t, s, other)
	for _, upload := range []string{"", "x", ".", "1.", "1..", mine[:len(mine)-1], mine + "x", others, strings.Repeat("1.", 5000), "\x00\n"} {
		wantNoUpload(t, s, c.id, upload)
		_, err := s.CompleteParts(t.Context(), c.id, upload, c.size())
		wantCode(t, err, syncproto.CodeNotFound)
	}
	wantParts(t, s, other, others, 1)
	wantParts(t, s, c, mine, 1)
	for range 2 {
		if err := s.AbortParts(t.Context(), c.id, mine); err != nil {
			t.Errorf("abort: %v", err)
		}
		wantNoUpload(t, s, c.id, mine)
		_, err := s.CompleteParts(t.Context(), c.id, mine, c.size())
		wantCode(t, err, syncproto.CodeNotFound)
	}
	wantNoBlob(t, s, c.id)
	completeParts(t, s, other, others)
	wantBlob(t, s, other)
}

func testPartsThere(t *testing.T, s PartsStore, _ func() PartsStore) {
	for i, size := range []int{0, 1000, int(s.PartSize() + 1)} {
		c := newContent(uint64(i), size)
		upload := putAllParts(t, s, c)
		putBlob(t, s, c)
		before, err := s.Stat(t.Context(), c.id)
		if err != nil {
			t.Fatal(err)
		}
		if completeParts(t, s, c, upload) {
			t.Error("fresh")
		}
		if after, err := s.Stat(t.Context(), c.id); err != nil || after != before {
			t.Errorf("got %+v, %v; want %+v", after, err, before)
		}
		wantNoUpload(t, s, c.id, upload)
	}
}

func testPartsAgain(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, 1000)
	upload := putAllParts(t, s, c)
	for i := range 3 {
		if fresh := completeParts(t, s, c, upload); fresh != (i == 0) {
			t.Errorf("call %d: fresh %t", i, fresh)
		}
		wantBlob(t, s, c)
	}
	if err := s.Delete(t.Context(), c.id); err != nil {
		t.Fatal(err)
	}
	_, err := s.CompleteParts(t.Context(), c.id, upload, c.size())
	wantCode(t, err, syncproto.CodeNotFound)
	wantNoBlob(t, s, c.id)
}
