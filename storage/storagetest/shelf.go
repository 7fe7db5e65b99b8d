package storagetest

import (
	"maps"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// shelf is what a store should know of a few files, as plain maps.
type shelf struct {
	media  map[storage.BlobID]storage.Media
	links  map[storage.MediaLink]int64 // At is the value, and zero in the key
	photos map[syncproto.ID]*syncproto.Record
}

func (s *shelf) clone() *shelf {
	return &shelf{maps.Clone(s.media), maps.Clone(s.links), maps.Clone(s.photos)}
}

// stock is what random steps choose from.
type stock struct {
	*world
	files           []storage.BlobID
	records, people []syncproto.ID
}

// testMediaRandom compares what is asked with what plain maps say, after random steps of which some are undone.
func testMediaRandom(t *testing.T, s storage.Store) {
	w := stock{world: newWorld(t, 98)}
	for range 8 {
		w.files = append(w.files, w.blob())
	}
	for range 4 {
		w.records, w.people = append(w.records, w.id()), append(w.people, w.id())
	}
	want := &shelf{map[storage.BlobID]storage.Media{}, map[storage.MediaLink]int64{}, map[syncproto.ID]*syncproto.Record{}}
	for range 150 {
		update(t, s, func(tx storage.Tx) error {
			for range 1 + w.IntN(4) {
				next, keep := want.clone(), w.IntN(4) > 0
				err := tx.Savepoint(func() error {
					if err := w.step(tx, next); err != nil || keep {
						return err
					}
					return errWanted
				})
				if keep && err == nil {
					want = next
				} else if err != errWanted {
					return err
				}
			}
			want.compare(t, tx, w.people[0])
			return nil
		})
	}
	view(t, s, func(r storage.Reader) error {
		want.compare(t, r, w.people[1])
		return nil
	})
}

// step changes one thing in the store and on the shelf.
func (w *stock) step(tx storage.Tx, s *shelf) error {
	file, id := pick(w, w.files), pick(w, w.records)
	switch w.IntN(5) {
	case 0, 1:
		states := []storage.MediaState{storage.MediaArriving, storage.MediaWaiting, storage.MediaReady, storage.MediaRemoving}
		m := w.media()
		m.ID, m.Person, m.State, m.Size = file, pick(w, w.people[:2]), pick(w, states), w.Int64N(100)
		m.Due, m.Created = w.Int64N(4), unlinkedBefore-2+w.Int64N(3)
		m.Served, m.Thumbnail, m.Display = pick(w, w.files), storage.BlobID{}, pick(w, w.files)
		s.media[file] = *m
		return tx.PutMedia(m)
	case 2:
		l := storage.MediaLink{Blob: file, Record: id, Lane: syncproto.LaneOriginal}
		s.links[l] = unlinkedBefore - 1 + w.Int64N(2)
		l.At = s.links[l]
		return tx.PutMediaLink(&l)
	case 3:
		r := s.photos[id]
		if r == nil {
			r = w.story("photo")
			r.ID = id
		} else {
			r = after(r, "next")
			r.Deleted = w.IntN(2) == 0
		}
		r.Changed = unlinkedBefore - 1 + w.Int64N(2)
		s.photos[id] = r
		return tx.PutRecord(r, []syncproto.Scope{scopeA})
	}
	delete(s.media, file)
	maps.DeleteFunc(s.links, func(l storage.MediaLink, _ int64) bool { return l.Blob == file })
	return tx.DeleteMedia(file)
}

func pick[T any](w *stock, list []T) T { return list[w.IntN(len(list))] }

// sums works out what a store is asked for.
func (s *shelf) sums(person syncproto.ID) (used int64, due int, made, unlinked map[storage.BlobID]bool) {
	made, unlinked = map[storage.BlobID]bool{}, map[storage.BlobID]bool{}
	for id, m := range s.media {
		if m.Person == person {
			used += m.Size
		}
		if (m.State == storage.MediaArriving || m.State == storage.MediaWaiting) && m.Due > 0 && m.Due <= 2 {
			due++
		}
		made[m.Served], made[m.Display] = true, true
		if m.Created < unlinkedBefore {
			unlinked[id] = true
		}
	}
	for l, at := range s.links {
		p := s.photos[l.Record]
		if p == nil && at >= unlinkedBefore || p != nil && (!p.Deleted || p.Changed >= unlinkedBefore) {
			delete(unlinked, l.Blob)
		}
	}
	return used, due, made, unlinked
}

func (s *shelf) compare(t *testing.T, r storage.Reader, person syncproto.ID) {
	t.Helper()
	used, due, made, unlinked := s.sums(person)
	gotUsed, usedErr := r.MediaUsed(person)
	gotDue, dueErr := r.MediaDue(2, -1)
	list, listErr := unneeded(r, unlinkedBefore)
	if gotUsed != used || len(gotDue) != due || len(list) != len(unlinked) || usedErr != nil || dueErr != nil || listErr != nil {
		t.Fatalf("got %d bytes, %d due, %d unlinked (%v, %v, %v), want %d, %d, %d",
			gotUsed, len(gotDue), len(list), usedErr, dueErr, listErr, used, due, len(unlinked))
	}
	for _, id := range list {
		if !unlinked[id] {
			t.Errorf("%s is needed", id)
		}
	}
	for id, m := range s.media {
		if got, err := r.Media(id); err != nil || *got != m {
			t.Errorf("got %+v, %v, want %+v", got, err, m)
		}
		if got, err := r.MediaMade(id); err != nil || got != made[id] {
			t.Errorf("made: got %v, %v, want %v", got, err, made[id])
		}
	}
}
