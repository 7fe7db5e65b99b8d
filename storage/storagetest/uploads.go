package storagetest

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// upload returns an upload with every member set.
func (w *world) upload() *storage.Upload {
	return &storage.Upload{
		ID: w.id(), Person: w.person, Device: w.device, Record: w.id(), Lane: syncproto.LaneOriginal, Blob: w.blob(), Size: 900,
		Offset: 700, Hash: []byte("a running hash"), State: storage.UploadReceiving, Code: syncproto.CodeHashMismatch, Restarts: 2,
		Partial: true, Parts: []syncproto.ID{w.id(), w.id()}, Metadata: "record x,lane b3JpZ2luYWw", Remote: "part.7",
		Created: 1000, Changed: 2000, Expires: 3000,
	}
}

func (w *world) blob() (id storage.BlobID) {
	for i := range id {
		id[i] = byte(w.Uint32())
	}
	return id
}

func putUpload(t *testing.T, s storage.Store, u *storage.Upload) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error { return tx.PutUpload(u) })
}

func testUploads(t *testing.T, s storage.Store) {
	w := newWorld(t, 70)
	full, bare, changed := w.upload(), &storage.Upload{ID: w.id()}, w.upload()
	for _, u := range []*storage.Upload{full, bare, changed} {
		putUpload(t, s, u)
	}
	fresh := w.upload() // replaces everything, the empty members too
	fresh.ID, fresh.Person, fresh.Lane, fresh.Size, fresh.Offset, fresh.State = changed.ID, w.id(), "later", -1, 1<<40, storage.UploadStored
	fresh.Blob, fresh.Hash, fresh.Parts, fresh.Code, fresh.Remote = storage.BlobID{}, nil, nil, "", ""
	fresh.Partial, fresh.Device, fresh.Created, fresh.Changed, fresh.Expires = false, "", 1, 2, 3
	putUpload(t, s, fresh)
	all := []*storage.Upload{full, bare, fresh}
	slices.SortFunc(all, func(a, b *storage.Upload) int { return cmp.Compare(a.ID, b.ID) })
	view(t, s, func(r storage.Reader) error {
		for _, want := range all {
			if got, err := r.Upload(want.ID); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
		for _, id := range []syncproto.ID{w.id(), ""} {
			_, err := r.Upload(id)
			wantCode(t, err, syncproto.CodeNotFound)
		}
		first, err := r.Uploads("", 2)
		if err != nil || len(first) != 2 || first[0].ID != all[0].ID || !reflect.DeepEqual(&first[1], all[1]) {
			t.Errorf("got %+v, %v", first, err)
		}
		rest, err := r.Uploads(all[1].ID, 10)
		if err != nil || len(rest) != 1 || rest[0].ID != all[2].ID {
			t.Errorf("got %+v, %v", rest, err)
		}
		none, err := r.Uploads("", 0)
		if err != nil || len(none) != 0 {
			t.Errorf("got %+v, %v with a limit of 0", none, err)
		}
		return nil
	})
	update(t, s, func(tx storage.Tx) error {
		for range 2 { // one that is not there is not an error
			if err := tx.DeleteUpload(full.ID); err != nil {
				return err
			}
		}
		_, err := tx.Upload(full.ID)
		wantCode(t, err, syncproto.CodeNotFound)
		return tx.DeleteUpload(w.id())
	})
	err := s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutUpload(&storage.Upload{ID: "x"}) })
	wantCode(t, err, syncproto.CodeInvalidID)
	testUploadsShareNothing(t, s, fresh.ID)
}

func testUploadsShareNothing(t *testing.T, s storage.Store, id syncproto.ID) {
	t.Helper()
	u := &storage.Upload{ID: id, Hash: []byte("mine"), Parts: []syncproto.ID{id}}
	putUpload(t, s, u)
	for range 2 {
		u.Hash[0], u.Parts[0] = 'X', ""
		update(t, s, func(tx storage.Tx) (err error) {
			u, err = tx.Upload(id)
			if err == nil && (string(u.Hash) != "mine" || u.Parts[0] != id) {
				t.Errorf("got %+v, which somebody else changed", u)
			}
			return err
		})
	}
}

func testUploadFor(t *testing.T, s storage.Store) {
	w := newWorld(t, 71)
	record := w.id()
	make := func(created int64, change func(u *storage.Upload)) *storage.Upload {
		u := w.upload()
		u.Record, u.Created = record, created
		if change != nil {
			change(u)
		}
		putUpload(t, s, u)
		return u
	}
	want := func(person, record syncproto.ID, lane syncproto.Lane, id syncproto.ID) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.UploadFor(person, record, lane)
			if id == "" {
				wantCode(t, err, syncproto.CodeNotFound)
			} else if err != nil || got.ID != id {
				t.Errorf("got %+v, %v, want %s", got, err, id)
			}
			return nil
		})
	}
	want(w.person, record, syncproto.LaneOriginal, "")
	newest := make(5000, func(u *storage.Upload) { u.State = storage.UploadRefused })
	make(4999, nil)
	other := make(9000, func(u *storage.Upload) { u.Person = w.id() })
	small := make(9000, func(u *storage.Upload) { u.Lane = syncproto.LaneThumbnail })
	elsewhere := make(9000, func(u *storage.Upload) { u.Record = w.id() })
	make(9000, func(u *storage.Upload) { u.Record, u.Lane = "", "" })
	want(w.person, record, syncproto.LaneOriginal, newest.ID)
	want(other.Person, record, syncproto.LaneOriginal, other.ID)
	want(w.person, record, syncproto.LaneThumbnail, small.ID)
	want(w.person, elsewhere.Record, syncproto.LaneOriginal, elsewhere.ID)
	want(w.person, record, syncproto.LaneDisplay, "")
	want(w.id(), record, syncproto.LaneOriginal, "")
	want(w.person, "", "", "")
	twin := make(5000, nil) // of the same moment: the id decides
	want(w.person, record, syncproto.LaneOriginal, max(newest.ID, twin.ID))
	update(t, s, func(tx storage.Tx) error { return tx.DeleteUpload(max(newest.ID, twin.ID)) })
	want(w.person, record, syncproto.LaneOriginal, min(newest.ID, twin.ID))
}

func testUploadsOpen(t *testing.T, s storage.Store) {
	w := newWorld(t, 72)
	other := w.id()
	want := func(person syncproto.ID, count int, bytes, all int64) {
		t.Helper()
		check := func(r storage.Reader) error {
			gotCount, gotBytes, gotAll, err := r.UploadsOpen(person)
			if err == nil && (gotCount != count || gotBytes != bytes || gotAll != all) {
				t.Errorf("got %d uploads of %d bytes, %d in all; want %d of %d, %d", gotCount, gotBytes, gotAll, count, bytes, all)
			}
			return err
		}
		view(t, s, check)
		update(t, s, func(tx storage.Tx) error { return check(tx) })
	}
	want(w.person, 0, 0, 0)
	u := w.upload()
	step := func(state storage.UploadState, size, offset int64, person syncproto.ID) {
		u.State, u.Size, u.Offset, u.Person = state, size, offset, person
		putUpload(t, s, u)
	}
	step(storage.UploadReceiving, 900, 10, w.person)
	want(w.person, 1, 900, 900)
	step(storage.UploadReceiving, -1, 30, w.person) // the length is deferred
	want(w.person, 1, 30, 30)
	step(storage.UploadReceiving, -1, 0, w.person)
	want(w.person, 1, 0, 0)
	step(storage.UploadReceiving, 0, 0, w.person)
	want(w.person, 1, 0, 0)
	step(storage.UploadWhole, 900, 900, w.person)
	want(w.person, 1, 900, 900)
	u = w.upload()
	step(storage.UploadReceiving, 50, 0, other)
	want(other, 1, 50, 950)
	want(w.person, 1, 900, 950)
	want(w.id(), 0, 0, 950)
	step(storage.UploadStored, 50, 50, other)
	want(other, 0, 0, 900)
	step(storage.UploadRefused, 50, 50, other)
	want(other, 0, 0, 900)
	step(storage.UploadWhole, 50, 50, w.person)
	want(w.person, 2, 950, 950)
	update(t, s, func(tx storage.Tx) error { return tx.DeleteUpload(u.ID) })
	want(w.person, 1, 900, 900)
}

// testUploadsRandom compares what is asked with what a plain map says, after random steps of which some are undone.
func testUploadsRandom(t *testing.T, s storage.Store) {
	w := newWorld(t, 73)
	persons, records := []syncproto.ID{w.id(), w.id(), w.id()}, []syncproto.ID{w.id(), w.id(), ""}
	states := []storage.UploadState{storage.UploadReceiving, storage.UploadWhole, storage.UploadStored, storage.UploadRefused}
	all := map[syncproto.ID]*storage.Upload{}
	for range 200 {
		keep := w.IntN(4) > 0
		update(t, s, func(tx storage.Tx) error {
			u := w.upload()
			ids := slices.Sorted(maps.Keys(all))
			if len(ids) > 0 && w.IntN(3) > 0 {
				u.ID = ids[w.IntN(len(ids))]
			}
			gone := w.IntN(6) == 0
			u.Person, u.Record, u.Lane = persons[w.IntN(3)], records[w.IntN(3)], syncproto.Lanes()[w.IntN(2)]
			u.State, u.Size, u.Offset, u.Created = states[w.IntN(4)], w.Int64N(100)-1, w.Int64N(100), w.Int64N(5)
			err := tx.Savepoint(func() error {
				err := tx.PutUpload(u)
				if gone && err == nil {
					err = tx.DeleteUpload(u.ID)
				}
				if !keep && err == nil {
					return errWanted
				}
				return err
			})
			switch {
			case !keep:
				if err != errWanted {
					t.Errorf("got %v, want the savepoint's own error", err)
				}
				err = nil
			case gone:
				delete(all, u.ID)
			default:
				all[u.ID] = u
			}
			compareUploads(t, tx, all, persons[w.IntN(3)], records[w.IntN(2)])
			return err
		})
	}
	view(t, s, func(r storage.Reader) error {
		for _, person := range persons {
			compareUploads(t, r, all, person, records[0])
		}
		return nil
	})
}

func compareUploads(t *testing.T, r storage.Reader, all map[syncproto.ID]*storage.Upload, person, record syncproto.ID) {
	t.Helper()
	var count int
	var bytes, total int64
	var newest syncproto.ID
	for id, u := range all {
		if u.Person == person && u.Record == record && u.Lane == syncproto.LaneThumbnail {
			old := all[newest]
			if old == nil || u.Created > old.Created || u.Created == old.Created && id > newest {
				newest = id
			}
		}
		if u.State != storage.UploadReceiving && u.State != storage.UploadWhole {
			continue
		}
		held := u.Size
		if held < 0 {
			held = u.Offset
		}
		total += held
		if u.Person == person {
			count, bytes = count+1, bytes+held
		}
	}
	gotCount, gotBytes, gotAll, err := r.UploadsOpen(person)
	if err != nil || gotCount != count || gotBytes != bytes || gotAll != total {
		t.Errorf("got %d, %d, %d, %v, want %d, %d, %d", gotCount, gotBytes, gotAll, err, count, bytes, total)
	}
	found := syncproto.ID("")
	if u, err := r.UploadFor(person, record, syncproto.LaneThumbnail); err == nil {
		found = u.ID
	}
	if found != newest {
		t.Errorf("got %q as the newest, want %q", found, newest)
	}
	if list, err := r.Uploads("", -1); err != nil || len(list) != len(all) {
		t.Errorf("got %d uploads, %v, want %d", len(list), err, len(all))
	}
}
