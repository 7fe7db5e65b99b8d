package storagetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// unlinkedBefore is the time that the cases of MediaUnlinked are built around.
const unlinkedBefore = 10_000

// leads are the records that a link can lead to, and whether each needs its file.
var leads = []struct {
	name  string
	needs bool
	make  func(w *world, tx storage.Tx, l *storage.MediaLink) error
}{
	{"live", true, func(w *world, tx storage.Tx, l *storage.MediaLink) error { return lead(w, tx, l) }},
	{"deleted long ago", false, func(w *world, tx storage.Tx, l *storage.MediaLink) error {
		return lead(w, tx, l, unlinkedBefore-1)
	}},
	{"deleted just then", true, func(w *world, tx storage.Tx, l *storage.MediaLink) error {
		return lead(w, tx, l, unlinkedBefore)
	}},
	{"deleted later", true, func(w *world, tx storage.Tx, l *storage.MediaLink) error {
		return lead(w, tx, l, unlinkedBefore+1)
	}},
	{"deleted and restored", true, func(w *world, tx storage.Tx, l *storage.MediaLink) error {
		return lead(w, tx, l, unlinkedBefore-9, -(unlinkedBefore - 8))
	}},
	{"restored and deleted again", false, func(w *world, tx storage.Tx, l *storage.MediaLink) error {
		return lead(w, tx, l, unlinkedBefore-9, -(unlinkedBefore - 8), unlinkedBefore-7)
	}},
	{"unknown for long", false, func(_ *world, _ storage.Tx, l *storage.MediaLink) error { l.At = unlinkedBefore - 1; return nil }},
	{"unknown since then", true, func(_ *world, _ storage.Tx, l *storage.MediaLink) error { l.At = unlinkedBefore; return nil }},
	{"unknown and new", true, func(_ *world, _ storage.Tx, l *storage.MediaLink) error { l.At = unlinkedBefore + 5; return nil }},
	{"live and linked later", true, func(w *world, tx storage.Tx, l *storage.MediaLink) error {
		err := lead(w, tx, l)
		l.At = unlinkedBefore + 5
		return err
	}},
	{"deleted long ago, but linked later", false, func(w *world, tx storage.Tx, l *storage.MediaLink) error {
		err := lead(w, tx, l, unlinkedBefore-1)
		l.At = unlinkedBefore + 5
		return err
	}},
}

// lead puts the record that a link leads to, with one revision at each time: a tombstone, or live again where the time
// is negative.
func lead(w *world, tx storage.Tx, l *storage.MediaLink, times ...int64) error {
	r := w.story("photo")
	r.ID, r.Kind = l.Record, syncproto.KindPhoto
	for i := -1; i < len(times); i++ {
		if i >= 0 {
			r = r.Clone()
			r.Revision++
			r.Deleted, r.Changed = times[i] > 0, max(times[i], -times[i])
		}
		if err := tx.PutRecord(r, []syncproto.Scope{scopeA}); err != nil {
			return err
		}
	}
	return nil
}

// testMediaUnlinked tries no link, every sort of link alone and every pair of them.
func testMediaUnlinked(t *testing.T, s storage.Store) {
	w := newWorld(t, 96)
	names, needed := map[storage.BlobID]string{}, map[storage.BlobID]bool{}
	add := func(tx storage.Tx, created int64, which ...int) error {
		m := w.media()
		m.Created, m.State = created, []storage.MediaState{storage.MediaReady, storage.MediaRemoving, storage.MediaArriving}[w.IntN(3)]
		needed[m.ID] = created >= unlinkedBefore
		names[m.ID] = fmt.Sprint("created at ", created)
		for _, n := range which {
			l := w.link(m.ID, w.id())
			l.At = unlinkedBefore - 100
			if err := leads[n].make(w, tx, l); err != nil {
				return err
			}
			if err := tx.PutMediaLink(l); err != nil {
				return err
			}
			names[m.ID] += ", " + leads[n].name
			needed[m.ID] = needed[m.ID] || leads[n].needs
		}
		return tx.PutMedia(m)
	}
	for n := range leads {
		update(t, s, func(tx storage.Tx) error { return add(tx, 1, n) })
	}
	update(t, s, func(tx storage.Tx) error {
		for _, created := range []int64{unlinkedBefore - 1, unlinkedBefore, unlinkedBefore + 1} {
			if err := add(tx, created); err != nil {
				return err
			}
		}
		for a := range leads {
			for b := range leads {
				if err := add(tx, 1, a, b); err != nil {
					return err
				}
			}
		}
		wantUnlinked(t, tx, names, needed)
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		wantUnlinked(t, r, names, needed)
		return nil
	})
}

func wantUnlinked(t *testing.T, r storage.Reader, names map[storage.BlobID]string, needed map[storage.BlobID]bool) {
	t.Helper()
	var want []storage.BlobID
	for id, is := range needed {
		if !is {
			want = append(want, id)
		}
	}
	slices.SortFunc(want, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
	got, err := r.MediaUnlinked(unlinkedBefore, storage.BlobID{}, -1)
	if err != nil {
		t.Fatal(err)
	}
	for id := range needed {
		if slices.Contains(got, id) == needed[id] {
			t.Errorf("%s: needed is %v", names[id], needed[id])
		}
		if alone, err := r.MediaNeeded(id, unlinkedBefore); err != nil || alone != needed[id] {
			t.Errorf("%s: asked alone: %v, %v", names[id], alone, err)
		}
	}
	_, err = r.MediaNeeded(storage.BlobID{1}, unlinkedBefore)
	wantCode(t, err, syncproto.CodeNotFound)
	if !slices.Equal(got, want) {
		t.Error("the files come not in id order")
	}
	wantPages(t, r, want)
}

func wantPages(t *testing.T, r storage.Reader, want []storage.BlobID) {
	t.Helper()
	for _, size := range []int{1, 3} {
		var got []storage.BlobID
		var last storage.BlobID
		for {
			page, err := r.MediaUnlinked(unlinkedBefore, last, size)
			if err != nil || len(page) > size {
				t.Fatalf("got %d files, %v, want at most %d", len(page), err, size)
			}
			if len(page) == 0 {
				break
			}
			got, last = append(got, page...), page[len(page)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: got %d files, want %d", size, len(got), len(want))
		}
	}
	if none, err := r.MediaUnlinked(unlinkedBefore, storage.BlobID{}, 0); err != nil || len(none) != 0 {
		t.Errorf("got %d files, %v with a limit of 0", len(none), err)
	}
}

// testMediaNeededAgain follows one file through what may happen to it.
func testMediaNeededAgain(t *testing.T, s storage.Store) {
	w := newWorld(t, 97)
	m := w.media()
	l := w.link(m.ID, w.id())
	want := func(when string, unlinked bool) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.MediaUnlinked(unlinkedBefore, storage.BlobID{}, 10)
			if err != nil || slices.Contains(got, m.ID) != unlinked {
				t.Errorf("%s: got %d files, %v, want unlinked to be %v", when, len(got), err, unlinked)
			}
			return nil
		})
	}
	want("not there", false)
	putMedia(t, s, m)
	want("without a link", true)
	update(t, s, func(tx storage.Tx) error { return tx.PutMediaLink(l) })
	want("linked to a record that did not come", true)
	photo := w.story("photo")
	photo.ID = l.Record
	put(t, s, photo, scopeA)
	want("the record came", false)
	gone := deleted(photo)
	put(t, s, gone)
	want("the record is deleted", true)
	back := after(gone, "back")
	put(t, s, back, scopeA)
	want("the record is restored", false)
	put(t, s, deleted(back))
	want("the record is deleted again", true)
	put(t, s, w.story("another"), scopeA)
	other := w.story("live")
	put(t, s, other, scopeB)
	update(t, s, func(tx storage.Tx) error { return tx.PutMediaLink(w.link(m.ID, other.ID)) })
	want("another record refers to it", false)
	update(t, s, func(tx storage.Tx) error { return tx.DeleteMedia(m.ID) })
	want("forgotten", false)
	putMedia(t, s, m)
	want("there again, without its links", true)
}
