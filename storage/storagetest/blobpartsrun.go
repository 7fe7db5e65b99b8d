package storagetest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// sectionReader is an io.ReaderAt that does something before each read, and must not be read once it is over.
type sectionReader struct {
	t      *testing.T
	data   []byte
	before func(at int64) error
	over   atomic.Bool
}

func (r *sectionReader) ReadAt(p []byte, at int64) (int, error) {
	if r.over.Load() {
		r.t.Error("read after the call came back")
	}
	if err := r.before(at); err != nil {
		return 0, err
	}
	return bytes.NewReader(r.data).ReadAt(p, at)
}

func testPartsReaderFails(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, int(s.PartSize()+10))
	upload := beginParts(t, s, c.id)
	err := s.PutPart(t.Context(), c.id, upload, 2, bytes.NewReader(c.data[:99]), 100)
	wantCode(t, err, syncproto.CodeSizeMismatch)
	own := syncproto.E(syncproto.CodeTokenRevoked, "read", nil)
	// The bytes may be read more than once. The failure comes in the first pass, or later.
	for passes := range 3 {
		for _, wanted := range []error{errWanted, own} {
			starts := 0
			r := &sectionReader{t: t, data: c.slice(s, 1), before: func(at int64) error {
				if at == 0 {
					starts++
				}
				if at > 0 && starts > passes {
					return wanted
				}
				return nil
			}}
			err := s.PutPart(t.Context(), c.id, upload, 1, r, s.PartSize())
			r.over.Store(true)
			if starts <= passes {
				if err != nil {
					t.Errorf("pass %d: %v", passes, err)
				}
				continue
			}
			if !errors.Is(err, wanted) {
				t.Errorf("pass %d: got %v, want the reader's error", passes, err)
			}
			if wanted == own {
				wantCode(t, err, syncproto.CodeTokenRevoked)
			} else {
				wantCode(t, err, syncproto.CodeBodyIncomplete)
			}
		}
	}
	putPart(t, s, c, upload, 1)
	putPart(t, s, c, upload, 2)
	completeParts(t, s, c, upload)
	wantBlob(t, s, c)
}

// testPartsRestart lets a process begin, die, and others go on with what it left.
func testPartsRestart(t *testing.T, s PartsStore, open func() PartsStore) {
	c := newContent(1, int(2*s.PartSize()+100))
	upload := beginParts(t, s, c.id)
	putPart(t, s, c, upload, 1)
	putPart(t, s, c, upload, 3)
	second := open()
	wantParts(t, second, c, upload, 1, 3)
	putPart(t, second, c, upload, 2)
	wantNoBlob(t, second, c.id)
	third := open()
	wantParts(t, third, c, upload, 1, 2, 3)
	if !completeParts(t, third, c, upload) {
		t.Error("not fresh")
	}
	wantBlob(t, third, c)
	wantBlob(t, s, c)
	if completeParts(t, second, c, upload) {
		t.Error("fresh once more")
	}
	wantNoUpload(t, s, c.id, upload)
}

// testPartsCompleteAtOnce is one photo from several phones, whose uploads end at once; each is completed by two.
func testPartsCompleteAtOnce(t *testing.T, s PartsStore, open func() PartsStore) {
	other := open()
	for round, size := range []int{0, 1000, int(s.PartSize() + 1000)} {
		c := newContent(uint64(round), size)
		var uploads []string
		for range 3 {
			uploads = append(uploads, putAllParts(t, s, c))
		}
		var wait sync.WaitGroup
		var told atomic.Int32
		for i := range 6 {
			wait.Go(func() {
				from := s
				if i%3 == 1 {
					from = other
				}
				fresh, err := from.CompleteParts(t.Context(), c.id, uploads[i%3], c.size())
				if err != nil {
					t.Errorf("call %d: %v", i, err)
				}
				if fresh {
					told.Add(1)
				}
			})
		}
		wait.Wait()
		if told.Load() < 1 {
			t.Error("nobody was told that the blob is fresh")
		}
		wantBlob(t, s, c)
		for _, upload := range uploads {
			wantNoUpload(t, s, c.id, upload)
		}
	}
}

func testPartsAtOnce(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, int(3*s.PartSize()+5))
	upload := beginParts(t, s, c.id)
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			number := i%4 + 1
			data := c.slice(s, number)
			if err := s.PutPart(t.Context(), c.id, upload, number, bytes.NewReader(data), int64(len(data))); err != nil {
				t.Errorf("part %d: %v", number, err)
			}
		})
	}
	wait.Wait()
	wantParts(t, s, c, upload, 1, 2, 3, 4)
	completeParts(t, s, c, upload)
	wantBlob(t, s, c)
}

func testPartsContextEndsInside(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, int(s.PartSize()+5))
	upload := beginParts(t, s, c.id)
	putPart(t, s, c, upload, 2)
	// In the first pass over the bytes, and in the second if there is one.
	for passes := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		starts := 0
		r := &sectionReader{t: t, data: c.slice(s, 1), before: func(at int64) error {
			if at == 0 {
				starts++
			}
			if starts > passes {
				cancel()
			}
			return nil
		}}
		err := s.PutPart(ctx, c.id, upload, 1, r, s.PartSize())
		r.over.Store(true)
		if starts > passes && s.PartSize() > 1<<20 || err != nil { // a small part may be read at once
			wantCode(t, err, syncproto.CodeUnavailable)
		}
		cancel()
		wantNoBlob(t, s, c.id)
	}
	putPart(t, s, c, upload, 1)
	completeParts(t, s, c, upload)
	wantBlob(t, s, c)
}

// everyPartsCall calls each method once and returns what went wrong, by name.
func everyPartsCall(ctx context.Context, s storage.BlobParts, c content, upload string) map[string]error {
	out := map[string]error{}
	_, out["begin"] = s.BeginParts(ctx, c.id)
	out["put"] = s.PutPart(ctx, c.id, upload, 1, bytes.NewReader(c.data), c.size())
	_, out["list"] = s.ListParts(ctx, c.id, upload)
	_, out["complete"] = s.CompleteParts(ctx, c.id, upload, c.size())
	out["abort"] = s.AbortParts(ctx, c.id, upload)
	return out
}

func testPartsEnded(t *testing.T, s PartsStore, _ func() PartsStore) {
	c := newContent(1, 100)
	upload := putAllParts(t, s, c)
	check := func(ctx context.Context, want syncproto.Code) {
		t.Helper()
		for name, err := range everyPartsCall(ctx, s, c, upload) {
			if syncproto.CodeOf(err) != want {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	check(ctx, syncproto.CodeUnavailable)
	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	check(ctx, syncproto.CodeTimeout)
	wantNoBlob(t, s, c.id)
	wantParts(t, s, c, upload, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(t.Context(), syncproto.CodeUnavailable)
}

func testPartsSweep(t *testing.T, s PartsStore, open func() PartsStore) {
	const past, future = 1, 1 << 50
	c, empty := newContent(1, 1000), newContent(2, 1000)
	upload, begun := putAllParts(t, s, c), beginParts(t, s, empty.id)
	kept := newContent(3, 1000)
	putBlob(t, s, kept)
	other := open() // whoever began is not heard of again
	hourAgo := time.Now().Add(-time.Hour).UnixMilli()
	for _, before := range []int64{past, hourAgo} {
		if n, err := other.Sweep(t.Context(), before); n != 0 || err != nil {
			t.Errorf("swept %d, %v; want nothing that is young", n, err)
		}
	}
	wantParts(t, s, c, upload, 1)
	if n, err := other.Sweep(t.Context(), future); n != 2 || err != nil {
		t.Errorf("swept %d, %v; want 2", n, err)
	}
	if n, err := s.Sweep(t.Context(), future); n != 0 || err != nil {
		t.Errorf("swept %d again, %v", n, err)
	}
	for id, upload := range map[storage.BlobID]string{c.id: upload, empty.id: begun} {
		wantNoUpload(t, s, id, upload)
		_, err := s.CompleteParts(t.Context(), id, upload, 1000)
		wantCode(t, err, syncproto.CodeNotFound)
	}
	wantBlob(t, s, kept)
	completeParts(t, s, c, putAllParts(t, s, c))
	wantBlob(t, s, c)
}

// testPartsRandom compares the store with a model of its uploads and blobs after each of many steps.
func testPartsRandom(t *testing.T, s PartsStore, open func() PartsStore) {
	const seed = 83
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 1))
	contents := []content{newContent(1, 10), newContent(2, int(s.PartSize())), newContent(3, int(s.PartSize()+10))}
	type upload struct {
		of    content
		parts map[int]bool
	}
	uploads := map[string]*upload{}
	stored := map[storage.BlobID]bool{}
	for range 90 {
		tokens := slices.Sorted(maps.Keys(uploads))
		if len(tokens) == 0 || draw.IntN(6) == 0 {
			c := contents[draw.IntN(len(contents))]
			uploads[beginParts(t, s, c.id)] = &upload{of: c, parts: map[int]bool{}}
			continue
		}
		token := tokens[draw.IntN(len(tokens))]
		u := uploads[token]
		switch draw.IntN(10) {
		case 0:
			if err := s.AbortParts(t.Context(), u.of.id, token); err != nil {
				t.Fatal(err)
			}
			delete(uploads, token)
			wantNoUpload(t, s, u.of.id, token)
		case 1:
			s = open()
			wantParts(t, s, u.of, token, slices.Sorted(maps.Keys(u.parts))...)
		case 2:
			if err := s.Delete(t.Context(), u.of.id); err != nil {
				t.Fatal(err)
			}
			stored[u.of.id] = false
		case 3, 4, 5:
			fresh, err := s.CompleteParts(t.Context(), u.of.id, token, u.of.size())
			if len(u.parts) < u.of.parts(s) && !stored[u.of.id] {
				wantCode(t, err, syncproto.CodeSizeMismatch)
				continue
			}
			if err != nil || fresh == stored[u.of.id] {
				t.Fatalf("complete: fresh %t, %v; was there: %t", fresh, err, stored[u.of.id])
			}
			stored[u.of.id] = true
			delete(uploads, token)
			wantBlob(t, s, u.of)
		default:
			number := draw.IntN(u.of.parts(s)) + 1
			putPart(t, s, u.of, token, number)
			u.parts[number] = true
		}
		for _, c := range contents {
			if _, err := s.Stat(t.Context(), c.id); (err == nil) != stored[c.id] {
				t.Fatalf("%d bytes: %v; want it there: %t", c.size(), err, stored[c.id])
			}
		}
	}
}
