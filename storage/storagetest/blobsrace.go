package storagetest

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testBlobSameAtOnce is one photo from many phones at once, some of which send something else under its name.
func testBlobSameAtOnce(t *testing.T, s storage.Blobs) {
	for _, size := range []int{5000, largeBlob} {
		c, other := newContent(1, size), newContent(2, size)
		var wait sync.WaitGroup
		var mu sync.Mutex
		told := 0
		for i := range 6 {
			wait.Go(func() {
				sent := c
				if i%3 == 2 {
					sent = other
				}
				fresh, err := s.Put(t.Context(), c.id, c.size(), sent.reader())
				mu.Lock()
				defer mu.Unlock()
				if fresh {
					told++
				}
				// The wrong one may come when the right one is there, and is then not read.
				if wrong := i%3 == 2; err != nil && !(wrong && syncproto.CodeOf(err) == syncproto.CodeHashMismatch) || wrong && fresh {
					t.Errorf("put %d: fresh %t, %v", i, fresh, err)
				}
			})
		}
		wait.Wait()
		if told < 1 {
			t.Error("nobody was told that the blob is fresh")
		}
		wantBlob(t, s, c)
		wantNoBlob(t, s, other.id)
	}
}

// testBlobUnseen looks at every piece that is put whether a part can be seen.
func testBlobUnseen(t *testing.T, s storage.Blobs) {
	c := newContent(1, largeBlob)
	looks := 0
	look := func(int) {
		if looks++; looks%40 == 1 {
			_, err := s.Stat(t.Context(), c.id)
			wantCode(t, err, syncproto.CodeNotFound)
			if ids := blobIDs(t, s, 10); len(ids) != 0 {
				t.Errorf("the list has %v", ids)
			}
		}
	}
	if _, err := s.Put(t.Context(), c.id, c.size(), &watched{c.reader(), look}); err != nil {
		t.Fatal(err)
	}
	if looks < 80 {
		t.Fatalf("only %d reads: the test shows nothing", looks)
	}
	wantBlob(t, s, c)
}

// watched calls a function before each read.
type watched struct {
	io.Reader
	before func(room int)
}

func (w *watched) Read(p []byte) (int, error) {
	w.before(len(p))
	return w.Reader.Read(p[:min(len(p), 64<<10)])
}

func testBlobContextEnded(t *testing.T, s storage.Blobs) {
	c := newContent(1, 100)
	putBlob(t, s, c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range everyBlobCall(ctx, s, c) {
		if syncproto.CodeOf(err) != syncproto.CodeUnavailable {
			t.Errorf("%s: got %v, want unavailable", name, err)
		}
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	for name, err := range everyBlobCall(ctx, s, c) {
		if syncproto.CodeOf(err) != syncproto.CodeTimeout {
			t.Errorf("%s: got %v, want timeout", name, err)
		}
	}
	wantBlob(t, s, c)
	if ids := blobIDs(t, s, 10); len(ids) != 1 {
		t.Errorf("the list has %v", ids)
	}
}

func testBlobContextEndsInside(t *testing.T, s storage.Blobs) {
	c := newContent(1, largeBlob)
	for _, at := range []int{1, 20, 100} {
		ctx, cancel := context.WithCancel(t.Context())
		reads := 0
		_, err := s.Put(ctx, c.id, c.size(), &watched{c.reader(), func(int) {
			if reads++; reads == at {
				cancel()
			}
		}})
		cancel()
		wantCode(t, err, syncproto.CodeUnavailable)
		wantNoBlob(t, s, c.id)
	}
	putBlob(t, s, c)
	wantBlob(t, s, c)
}

func testBlobContextEndsRead(t *testing.T, s storage.Blobs) {
	c := newContent(1, largeBlob)
	putBlob(t, s, c)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := s.Get(ctx, c.id, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = io.Copy(io.Discard, r)
	wantCode(t, err, syncproto.CodeUnavailable)
}

// testBlobSweep sweeps everything that is older than the far future, in the middle of a write.
func testBlobSweep(t *testing.T, s storage.Blobs) {
	const future = 1 << 50
	kept, c := newContent(1, 1000), newContent(2, largeBlob)
	putBlob(t, s, kept)
	reads := 0
	_, err := s.Put(t.Context(), c.id, c.size(), &watched{c.reader(), func(int) {
		if reads++; reads == 120 {
			if n, err := s.Sweep(t.Context(), future); n != 0 || err != nil {
				t.Errorf("swept %d, %v; want nothing while this process writes it", n, err)
			}
		}
	}})
	if err != nil {
		t.Errorf("put: %v", err)
	}
	_, _ = s.Put(t.Context(), newContent(3, 1).id, c.size(), failing(c.data[:8<<20], errWanted))
	if n, err := s.Sweep(t.Context(), future); n != 0 || err != nil {
		t.Errorf("swept %d, %v; a write that failed cleans up itself", n, err)
	}
	wantBlob(t, s, kept)
	wantBlob(t, s, c)
}

// testBlobRandom compares the store with a map after each of many steps.
func testBlobRandom(t *testing.T, s storage.Blobs) {
	const seed = 71
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 1))
	model := map[storage.BlobID]content{}
	for range 120 {
		c := newContent(uint64(draw.IntN(12)), 1)
		c = newContent(uint64(c.data[0]), int(c.data[0])*7)
		_, there := model[c.id]
		switch draw.IntN(4) {
		case 0, 1:
			if fresh := putBlob(t, s, c); fresh == there {
				t.Fatalf("fresh %t, and it was there: %t", fresh, there)
			}
			model[c.id] = c
		case 2:
			if err := s.Delete(t.Context(), c.id); err != nil {
				t.Fatal(err)
			}
			delete(model, c.id)
		default:
			if !there {
				_, err := s.Stat(t.Context(), c.id)
				wantCode(t, err, syncproto.CodeNotFound)
			} else {
				wantBlob(t, s, c)
			}
		}
	}
	var want []storage.BlobID
	for id := range model {
		want = append(want, id)
	}
	sortIDs(want)
	if got := blobIDs(t, s, 3); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func sortIDs(ids []storage.BlobID) {
	slices.SortFunc(ids, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
}
