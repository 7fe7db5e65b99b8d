package storagetest

import (
	"fmt"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// unlinkedBefore is the time that the cases of MediaNeeded are built around.
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

// testMediaNeeded tries no link, every sort of link alone and every pair of them.
func testMediaNeeded(t *testing.T, s storage.Store) {
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
		wantNeeded(t, tx, names, needed)
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		wantNeeded(t, r, names, needed)
		return nil
	})
}

func wantNeeded(t *testing.T, r storage.Reader, names map[storage.BlobID]string, needed map[storage.BlobID]bool) {
	t.Helper()
	for id := range needed {
		if got, err := r.MediaNeeded(id, unlinkedBefore); err != nil || got != needed[id] {
			t.Errorf("%s: needed is %v: %v, %v", names[id], needed[id], got, err)
		}
	}
	_, err := r.MediaNeeded(storage.BlobID{1}, unlinkedBefore)
	wantCode(t, err, syncproto.CodeNotFound)
}

// unneeded lists the files that no record needs.
func unneeded(r storage.Reader, before int64) (out []storage.BlobID, err error) {
	files, err := r.MediaList(storage.BlobID{}, -1)
	for i := 0; i < len(files) && err == nil; i++ {
		needed := false
		if needed, err = r.MediaNeeded(files[i].ID, before); !needed {
			out = append(out, files[i].ID)
		}
	}
	return out, err
}

// testMediaNeededAgain follows one file through what may happen to it.
func testMediaNeededAgain(t *testing.T, s storage.Store) {
	w := newWorld(t, 97)
	m := w.media()
	l := w.link(m.ID, w.id())
	want := func(when string, unlinked bool) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := unneeded(r, unlinkedBefore)
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
