package storagetest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// media returns a file with every member set.
func (w *world) media() *storage.Media {
	return &storage.Media{
		ID: w.blob(), Person: w.person, Size: 4_000_000, State: storage.MediaReady, Code: syncproto.CodeTimeout, Type: "image/jpeg",
		Width: 4000, Height: 3000, Duration: 1500, Served: w.blob(), Thumbnail: w.blob(), Display: w.blob(),
		Thumbhash: "1QcSHQRnh493V4dIh4eXh1h4kJUI", Created: 500, Attempts: 3, Due: 800,
	}
}

func (w *world) link(id storage.BlobID, record syncproto.ID) *storage.MediaLink {
	return &storage.MediaLink{Blob: id, Record: record, Lane: syncproto.LaneOriginal, Person: w.person, At: 700}
}

func putMedia(t *testing.T, s storage.Store, list ...*storage.Media) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error {
		for _, m := range list {
			if err := tx.PutMedia(m); err != nil {
				return err
			}
		}
		return nil
	})
}

func byBlob(a, b *storage.Media) int { return bytes.Compare(a.ID[:], b.ID[:]) }

func testMedia(t *testing.T, s storage.Store) {
	w := newWorld(t, 90)
	full, bare, changed := w.media(), &storage.Media{ID: w.blob()}, w.media()
	putMedia(t, s, full, bare, changed)
	fresh := &storage.Media{ID: changed.ID, Person: w.id(), Size: 1 << 40, State: storage.MediaRemoving, Display: w.blob(), Created: 9}
	putMedia(t, s, fresh)
	all := []*storage.Media{full, bare, fresh}
	slices.SortFunc(all, byBlob)
	view(t, s, func(r storage.Reader) error {
		for _, want := range all {
			if got, err := r.Media(want.ID); err != nil || *got != *want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
		for _, id := range []storage.BlobID{w.blob(), {}} {
			_, err := r.Media(id)
			wantCode(t, err, syncproto.CodeNotFound)
		}
		first, err := r.MediaList(storage.BlobID{}, 2)
		if err != nil || len(first) != 2 || first[0] != *all[0] || first[1] != *all[1] {
			t.Errorf("got %+v, %v", first, err)
		}
		rest, err := r.MediaList(all[1].ID, 10)
		if err != nil || len(rest) != 1 || rest[0] != *all[2] {
			t.Errorf("got %+v, %v", rest, err)
		}
		return nil
	})
	for name, change := range map[string]func(tx storage.Tx) error{
		"a file":      func(tx storage.Tx) error { return tx.PutMedia(&storage.Media{}) },
		"a link":      func(tx storage.Tx) error { return tx.PutMediaLink(w.link(storage.BlobID{}, w.id())) },
		"its record":  func(tx storage.Tx) error { return tx.PutMediaLink(w.link(w.blob(), "x")) },
		"those facts": func(tx storage.Tx) error { return tx.PutMediaFacts(&storage.MediaFacts{}) },
	} {
		if err := s.Update(context.Background(), change); syncproto.CodeOf(err) != syncproto.CodeInvalidID {
			t.Errorf("%s without an id: got %v", name, err)
		}
	}
}

func testMediaDue(t *testing.T, s storage.Store) {
	w := newWorld(t, 91)
	file := func(state storage.MediaState, due int64) *storage.Media {
		m := w.media()
		m.State, m.Due = state, due
		putMedia(t, s, m)
		return m
	}
	late, early := file(storage.MediaWaiting, 300), file(storage.MediaArriving, 100)
	twins := []*storage.Media{file(storage.MediaWaiting, 200), file(storage.MediaArriving, 200)}
	slices.SortFunc(twins, byBlob)
	file(storage.MediaWaiting, 0)
	for _, state := range []storage.MediaState{storage.MediaReady, storage.MediaRefused, storage.MediaRemoving} {
		file(state, 100)
	}
	want := func(now int64, limit int, want ...*storage.Media) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.MediaDue(now, limit)
			if err != nil || len(got) != len(want) {
				t.Fatalf("got %d files, %v, want %d", len(got), err, len(want))
			}
			for i := range got {
				if got[i] != *want[i] {
					t.Errorf("file %d: got %+v, want %+v", i, got[i], *want[i])
				}
			}
			return nil
		})
	}
	want(99, 10)
	want(100, 10, early)
	want(299, 10, early, twins[0], twins[1])
	want(300, 10, early, twins[0], twins[1], late)
	want(300, 2, early, twins[0])
	want(300, 0)
	early.State = storage.MediaReady
	late.Due = 150
	putMedia(t, s, early, late)
	want(1000, 10, late, twins[0], twins[1])
}

func testMediaUsedAndMade(t *testing.T, s storage.Store) {
	w := newWorld(t, 92)
	a, b, c := w.media(), w.media(), w.media()
	a.Size, b.Size, c.Size, c.Person = 10, 20, 40, w.id()
	b.State = storage.MediaRemoving
	a.Served, b.Thumbnail, b.Display = a.ID, a.Thumbnail, storage.BlobID{}
	used := func(person syncproto.ID, want int64) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.MediaUsed(person)
			if err == nil && got != want {
				t.Errorf("got %d bytes, want %d", got, want)
			}
			return err
		})
	}
	made := func(id storage.BlobID, want bool) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.MediaMade(id)
			if err == nil && got != want {
				t.Errorf("%s: got %v, want %v", id, got, want)
			}
			return err
		})
	}
	used(w.person, 0)
	made(a.ID, false)
	putMedia(t, s, a, b, c)
	used(w.person, 30)
	used(c.Person, 40)
	used(w.id(), 0)
	for _, id := range []storage.BlobID{a.ID, a.Thumbnail, a.Display, b.Served, c.Served, c.Thumbnail, c.Display} {
		made(id, true)
	}
	for _, id := range []storage.BlobID{b.ID, c.ID, w.blob(), {}} {
		made(id, false)
	}
	update(t, s, func(tx storage.Tx) error { return tx.DeleteMedia(a.ID) })
	used(w.person, 20)
	made(a.ID, false)
	made(a.Thumbnail, true) // made of the other file too
	b.Thumbnail, b.Size, b.Person = storage.BlobID{}, 5, c.Person
	putMedia(t, s, b)
	made(a.Thumbnail, false)
	used(w.person, 0)
	used(c.Person, 45)
}

func testMediaLinks(t *testing.T, s storage.Store) {
	w := newWorld(t, 93)
	files, records := []storage.BlobID{w.blob(), w.blob()}, []syncproto.ID{w.id(), w.id()}
	slices.SortFunc(files, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
	slices.Sort(records)
	var all []storage.MediaLink // neither the files nor the records are there
	for _, lane := range []syncproto.Lane{"original", "display", "a later lane", "displayed"} {
		for _, record := range records {
			for _, file := range files {
				all = append(all, storage.MediaLink{Blob: file, Record: record, Lane: lane, Person: w.id(), At: w.Int64N(1000)})
			}
		}
	}
	update(t, s, func(tx storage.Tx) error {
		for _, l := range all {
			old := l
			old.Person, old.At = "", -1
			if err := tx.PutMediaLink(&old); err != nil {
				return err
			}
			if err := tx.PutMediaLink(&l); err != nil {
				return err
			}
		}
		return nil
	})
	pick := func(wanted func(l storage.MediaLink) bool, order func(a, b storage.MediaLink) int) (out []storage.MediaLink) {
		for _, l := range all {
			if wanted(l) {
				out = append(out, l)
			}
		}
		slices.SortFunc(out, order)
		return out
	}
	view(t, s, func(r storage.Reader) error {
		for i := range 2 {
			want := pick(func(l storage.MediaLink) bool { return l.Blob == files[i] }, func(a, b storage.MediaLink) int {
				return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Lane, b.Lane))
			})
			if got, err := r.MediaLinks(files[i]); err != nil || !slices.Equal(got, want) {
				t.Errorf("links of a file: got %+v, %v\nwant %+v", got, err, want)
			}
			want = pick(func(l storage.MediaLink) bool { return l.Record == records[i] }, func(a, b storage.MediaLink) int {
				return cmp.Or(cmp.Compare(a.Lane, b.Lane), bytes.Compare(a.Blob[:], b.Blob[:]))
			})
			if got, err := r.RecordMedia(records[i]); err != nil || !slices.Equal(got, want) {
				t.Errorf("links of a record: got %+v, %v\nwant %+v", got, err, want)
			}
		}
		for _, id := range []syncproto.ID{w.id(), ""} {
			if got, err := r.RecordMedia(id); err != nil || len(got) != 0 {
				t.Errorf("links of %q: got %+v, %v", id, got, err)
			}
		}
		got, err := r.MediaLinks(w.blob())
		if len(got) != 0 {
			t.Errorf("links of an unknown file: got %+v", got)
		}
		return err
	})
}

func testMediaFacts(t *testing.T, s storage.Store) {
	w := newWorld(t, 94)
	a := storage.MediaFacts{Blob: w.blob(), Taken: 1_700_000_000_000, Zoned: true, HasPosition: true, Lat: 12.666_666_666_666_7, Lon: -108.05}
	b := storage.MediaFacts{Blob: w.blob(), Taken: -5}
	old := storage.MediaFacts{Blob: b.Blob, Taken: 9, Zoned: true, HasPosition: true, Lat: 1, Lon: 2}
	update(t, s, func(tx storage.Tx) error {
		for _, f := range []*storage.MediaFacts{&a, &old, &b} {
			if err := tx.PutMediaFacts(f); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		for _, want := range []storage.MediaFacts{a, b} {
			if got, err := r.MediaFacts(want.Blob); err != nil || *got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
		_, err := r.MediaFacts(w.blob())
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
}

func testDeleteMedia(t *testing.T, s storage.Store) {
	w := newWorld(t, 95)
	goes, stays := w.media(), w.media()
	record := w.id()
	facts := func(m *storage.Media) *storage.MediaFacts { return &storage.MediaFacts{Blob: m.ID, Taken: 1} }
	update(t, s, func(tx storage.Tx) error {
		for _, m := range []*storage.Media{goes, stays} {
			small := w.link(m.ID, w.id())
			small.Lane = syncproto.LaneThumbnail
			for _, err := range []error{
				tx.PutMedia(m), tx.PutMediaLink(w.link(m.ID, record)), tx.PutMediaLink(small), tx.PutMediaFacts(facts(m)),
			} {
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	for range 2 { // one that is not there is not an error
		update(t, s, func(tx storage.Tx) error { return tx.DeleteMedia(goes.ID) })
	}
	view(t, s, func(r storage.Reader) error {
		_, err := r.Media(goes.ID)
		wantCode(t, err, syncproto.CodeNotFound)
		_, err = r.MediaFacts(goes.ID)
		wantCode(t, err, syncproto.CodeNotFound)
		gone, err := r.MediaLinks(goes.ID)
		left, leftErr := r.MediaLinks(stays.ID)
		of, ofErr := r.RecordMedia(record)
		if err != nil || leftErr != nil || ofErr != nil || len(gone) != 0 || len(left) != 2 || len(of) != 1 || of[0].Blob != stays.ID {
			t.Errorf("got links %+v, %+v and %+v of the record (%v, %v, %v)", gone, left, of, err, leftErr, ofErr)
		}
		if _, err := r.Media(stays.ID); err != nil {
			return err
		}
		_, err = r.MediaFacts(stays.ID)
		return err
	})
}
