package storagetest

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testBlobRanges(t *testing.T, s storage.Blobs) {
	small, empty, large := newContent(1, 70_001), newContent(2, 0), newContent(3, largeBlob)
	n := small.size()
	checkRanges(t, s, small, []int64{0, 1, 65535, 65536, n - 1, n, n + 1, 1 << 40}, []int64{-1, 0, 1, 2, n - 1, n, n + 1, 1 << 40, 1<<63 - 1})
	checkRanges(t, s, empty, []int64{0, 1}, []int64{-1, 0, 1})
	checkRanges(t, s, large, []int64{5<<20 - 1, 5 << 20, 10<<20 - 2, largeBlob - 1}, []int64{-1, 1, 3})
	_, err := s.Get(t.Context(), small.id, -1, 5)
	wantCode(t, err, syncproto.CodeInvalidValue)
}

func checkRanges(t *testing.T, s storage.Blobs, c content, offsets, lengths []int64) {
	t.Helper()
	putBlob(t, s, c)
	for _, offset := range offsets {
		for _, length := range lengths {
			want := c.data[min(offset, c.size()):]
			if length >= 0 {
				want = want[:min(length, int64(len(want)))]
			}
			if got := getBlob(t, s, c.id, offset, length); !bytes.Equal(got, want) {
				t.Errorf("%d bytes from %d of %d: got %d that differ from the %d wanted", length, offset, c.size(), len(got), len(want))
			}
		}
	}
	// A reader that is left in the middle holds nothing up.
	r, err := s.Get(t.Context(), c.id, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadFull(r, make([]byte, 10))
	if err := r.Close(); err != nil {
		t.Errorf("close in the middle: %v", err)
	}
}

func testBlobList(t *testing.T, s storage.Blobs) {
	if ids := blobIDs(t, s, 10); len(ids) != 0 {
		t.Errorf("an empty store lists %v", ids)
	}
	var want []storage.BlobID
	sizes := map[storage.BlobID]int64{}
	for i := range 24 {
		c := newContent(uint64(100+i), 10+i)
		putBlob(t, s, c)
		want = append(want, c.id)
		sizes[c.id] = c.size()
	}
	sortIDs(want)
	for _, limit := range []int{1, 5, 24, 25, 5000} {
		if got := blobIDs(t, s, limit); !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %v\nwant %v", limit, got, want)
		}
	}
	checkListFrom(t, s, want)
	all, err := s.List(t.Context(), storage.BlobID{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range all {
		if info.Size != sizes[info.ID] || info.Stored <= 0 {
			t.Errorf("got %+v, want %d bytes", info, sizes[info.ID])
		}
	}
	if page, err := s.List(t.Context(), storage.BlobID{}, 0); len(page) != 0 || err != nil {
		t.Errorf("a limit of 0: got %v, %v", page, err)
	}
}

// checkListFrom starts a list at ids that are not there, and at the ends.
func checkListFrom(t *testing.T, s storage.Blobs, ids []storage.BlobID) {
	t.Helper()
	between := ids[7]
	between[31]++
	last := storage.BlobID(bytes.Repeat([]byte{0xff}, 32))
	for _, c := range []struct {
		after storage.BlobID
		want  []storage.BlobID
	}{{between, ids[8:10]}, {ids[7], ids[8:10]}, {ids[22], ids[23:]}, {ids[23], nil}, {last, nil}} {
		page, err := s.List(t.Context(), c.after, 2)
		if err != nil {
			t.Fatal(err)
		}
		var got []storage.BlobID
		for _, info := range page {
			got = append(got, info.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("after %s: got %v, want %v", c.after, got, c.want)
		}
	}
}
