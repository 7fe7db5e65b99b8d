package upload_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"os"
	"syscall"
	"testing"
	"time"

	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestAFileComesInPieces(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		data := noise(t, 300<<10)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		st := w.create(w.lan, record, int64(len(data)))
		if st.Offset != 0 || st.State != syncproto.MediaReceiving || st.Expires <= w.now.UnixMilli() {
			t.Fatalf("got %+v", st)
		}
		offset := int64(0)
		for _, n := range []int64{1, 0, 8191, 8192, 8193, 200 << 10} {
			got, err := w.write(w.lan, st.ID, offset, data[offset:offset+n])
			w.must(err)
			if offset += n; got.Offset != offset || got.State != syncproto.MediaReceiving {
				t.Fatalf("got %+v, want offset %d", got, offset)
			}
			if state := w.arrived(record); state != "" {
				t.Fatalf("the record says %s of an unfinished file", state)
			}
		}
		got, err := w.write(w.lan, st.ID, offset, data[offset:])
		w.must(err)
		if got.Offset != int64(len(data)) || got.State == syncproto.MediaReceiving {
			t.Fatalf("got %+v at the last byte", got)
		}
		w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
		if !bytes.Equal(w.blob(idOf(data)), data) {
			t.Error("the blob holds other bytes")
		}
		if _, err := os.Stat(w.s.SpoolPath(st.ID)); !os.IsNotExist(err) {
			t.Errorf("the spool file is still there: %v", err)
		}
		if w.looks.Load() == 0 || w.told.Load() == 0 {
			t.Errorf("nobody was told: %d looks, %d scopes", w.looks.Load(), w.told.Load())
		}
		look, err := w.s.Look(t.Context(), w.lan, st.ID)
		w.must(err)
		if look.Offset != look.Size || look.State != syncproto.MediaStored {
			t.Errorf("after a lost answer: got %+v", look)
		}
	})
}

func TestEveryByteBeforeACutIsKept(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 10<<20)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	at := int64(0)
	for _, n := range []int64{0, 1, 8191, 8192, 8193, 6 << 20} {
		_, err := w.s.Write(t.Context(), w.lan, st.ID, cut(at, data[at:at+n], int(int64(len(data))-at-n)))
		wantCode(t, err, syncproto.CodeBodyIncomplete)
		at += n
		w.restart()
		got, err := w.s.Look(t.Context(), w.lan, st.ID)
		w.must(err)
		if got.Offset != at {
			t.Fatalf("cut after %d: got offset %d, want %d", n, got.Offset, at)
		}
	}
	got, err := w.write(w.lan, st.ID, at, data[at:])
	w.must(err)
	if got.State != syncproto.MediaStored {
		t.Errorf("got %s, want the receipt with the last byte", got.State)
	}
}

func TestRefusalsOfCreation(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 1000)
	mine := w.photo(w.lan, syncproto.StatePublished, data)
	editor := w.person("Hoa", syncproto.RoleEditor)
	story := &syncproto.Record{ID: syncproto.NewID(), Kind: syncproto.KindStory, Unit: w.unit, Author: w.lan.Person, Revision: 1, Fields: syncproto.Fields{}}
	gone := &syncproto.Record{ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.unit, Author: w.lan.Person, Revision: 1, Deleted: true}
	bare := &syncproto.Record{ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.unit, Author: w.lan.Person, Revision: 1, Fields: syncproto.Fields{}}
	for _, r := range []*syncproto.Record{story, gone, bare} {
		w.update(func(tx storage.Tx) error { return tx.PutRecord(r, syncproto.Placement(r, nil)) })
	}
	of := func(record syncproto.ID) upload.Creation { return original(record, 1000) }
	with := func(change func(*upload.Creation)) upload.Creation {
		c := of(mine)
		change(&c)
		return c
	}
	for _, c := range []struct {
		name string
		by   *storage.Device
		c    upload.Creation
		code syncproto.Code
	}{
		{"the author", w.lan, of(mine), ""},
		{"an editor", editor, of(mine), ""},
		{"somebody else", w.minh, of(mine), syncproto.CodeForbidden},
		{"an unknown record", w.lan, of(syncproto.NewID()), syncproto.CodeRecordMissing},
		{"a deleted one", w.lan, of(gone.ID), syncproto.CodeRecordMissing},
		{"a story", w.lan, of(story.ID), syncproto.CodeMediaMismatch},
		{"nothing announced", w.lan, of(bare.ID), syncproto.CodeMediaMismatch},
		{"a lane that is not announced", w.lan, with(func(c *upload.Creation) { c.Lane = syncproto.LaneDisplay }), syncproto.CodeMediaMismatch},
		{"another length", w.lan, with(func(c *upload.Creation) { c.Size = 999 }), syncproto.CodeMediaMismatch},
		{"no record", w.lan, with(func(c *upload.Creation) { c.Record = "" }), syncproto.CodeInvalidValue},
		{"no lane", w.lan, with(func(c *upload.Creation) { c.Lane = "huge" }), syncproto.CodeInvalidValue},
		{"too long", w.lan, with(func(c *upload.Creation) { c.Size = syncproto.MaxMediaBytes + 1 }), syncproto.CodeTooLarge},
		{"too much metadata", w.lan, with(func(c *upload.Creation) { c.Metadata = string(make([]byte, 5000)) }), syncproto.CodeTooLarge},
		{"a part without a length", w.lan, upload.Creation{Partial: true, Size: -1}, syncproto.CodeInvalidValue},
		{"a final of unknown parts", w.lan, with(func(c *upload.Creation) { c.Parts = []syncproto.ID{syncproto.NewID()} }), syncproto.CodeUploadMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.s.Create(t.Context(), c.by, c.c, nil)
			if c.code == "" && err != nil || c.code != "" && syncproto.CodeOf(err) != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
		})
	}
}

func TestRefusalsOfBytes(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 1000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, 1000)
	_, err := w.write(w.lan, st.ID, 0, data[:400])
	w.must(err)
	chunked := chunk(400, append(bytes.Clone(data[400:]), 'x'))
	chunked.Length = -1
	otherLength := chunk(400, data[400:])
	otherLength.Size = 1001
	for _, c := range []struct {
		name  string
		by    *storage.Device
		id    syncproto.ID
		chunk *upload.Chunk
		code  syncproto.Code
	}{
		{"an unknown upload", w.lan, syncproto.NewID(), chunk(0, data), syncproto.CodeUploadMissing},
		{"another person's", w.minh, st.ID, chunk(400, data[400:]), syncproto.CodeUploadMissing},
		{"an offset before", w.lan, st.ID, chunk(0, data), syncproto.CodeOffsetMismatch},
		{"an offset behind", w.lan, st.ID, chunk(401, data[401:]), syncproto.CodeOffsetMismatch},
		{"an offset beyond the end", w.lan, st.ID, chunk(1001, nil), syncproto.CodeOffsetMismatch},
		{"a length beyond the end", w.lan, st.ID, chunk(400, append(bytes.Clone(data[400:]), 'x')), syncproto.CodeSizeMismatch},
		{"another total", w.lan, st.ID, otherLength, syncproto.CodeMediaMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.s.Write(t.Context(), c.by, c.id, c.chunk)
			wantCode(t, err, c.code)
			if got := w.row(st.ID); got.Offset != 400 || got.State != storage.UploadReceiving {
				t.Errorf("it changed the upload: %+v", got)
			}
		})
	}
	_, err = w.s.Write(t.Context(), w.lan, st.ID, chunked)
	wantCode(t, err, syncproto.CodeSizeMismatch)
	if got := w.row(st.ID); got.Offset != 1000 || got.State != storage.UploadStored {
		t.Errorf("of a body without a length what belongs to the file counts: got %+v", got)
	}
	if _, err = w.write(w.lan, st.ID, 1000, nil); err != nil {
		t.Errorf("an empty request at the end: %v", err)
	}
	_, err = w.write(w.lan, st.ID, 400, data[400:])
	wantCode(t, err, syncproto.CodeOffsetMismatch)
}

func TestChecksums(t *testing.T) {
	sums := map[string]func([]byte) []byte{
		"sha256": func(b []byte) []byte { s := sha256.Sum256(b); return s[:] },
		"sha1":   func(b []byte) []byte { s := sha1.Sum(b); return s[:] },
		"md5":    func(b []byte) []byte { s := md5.Sum(b); return s[:] },
	}
	for name, sum := range sums {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world) {
				data := noise(t, 9<<20) // more than is saved in between
				record := w.photo(w.lan, syncproto.StateDraft, data)
				st := w.create(w.lan, record, int64(len(data)))
				_, err := w.write(w.lan, st.ID, 0, data[:100])
				w.must(err)
				with := func(c *upload.Chunk, of []byte) *upload.Chunk {
					c.Sum, err = upload.NewChecksum(name, sum(of))
					w.must(err)
					return c
				}
				_, err = w.s.Write(t.Context(), w.lan, st.ID, with(chunk(100, bytes.Repeat([]byte{1}, len(data)-100)), data[100:]))
				wantCode(t, err, syncproto.CodeHashMismatch)
				if got := w.row(st.ID); got.Offset != 100 || got.Remote != "" {
					t.Fatalf("wrong bytes were kept: %+v", got)
				}
				_, err = w.s.Write(t.Context(), w.lan, st.ID, with(cut(100, data[100:5<<20], 1000), data[100:5<<20+1000]))
				wantCode(t, err, syncproto.CodeBodyIncomplete)
				if got := w.row(st.ID); got.Offset != 5<<20 {
					t.Fatalf("bytes before a cut were lost: %+v", got)
				}
				_, err = w.s.Write(t.Context(), w.lan, st.ID, with(chunk(5<<20, data[5<<20:]), data[5<<20:]))
				w.must(err)
				w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
			})
		})
	}
	for _, algorithm := range []string{"crc32", "", "SHA256"} {
		if _, err := upload.NewChecksum(algorithm, make([]byte, 32)); err == nil {
			t.Errorf("took %q", algorithm)
		}
	}
	if _, err := upload.NewChecksum("sha256", make([]byte, 20)); err == nil {
		t.Error("took a sum of another length")
	}
}

func TestAFileWithAnotherHashStartsOverThreeTimes(t *testing.T) {
	w := partsWorld(t)
	data := noise(t, 200<<10)
	wrong := bytes.Clone(data)
	wrong[7]++
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	for try := range 3 {
		_, err := w.write(w.lan, st.ID, 0, wrong)
		wantCode(t, err, syncproto.CodeHashMismatch)
		got, err := w.s.Look(t.Context(), w.lan, st.ID)
		w.must(err)
		if got.Offset != 0 || (got.State == syncproto.MediaRefused) != (try == 2) {
			t.Fatalf("after try %d: got %+v", try+1, got)
		}
	}
	_, err := w.write(w.lan, st.ID, 0, data)
	wantCode(t, err, syncproto.CodeHashMismatch)
	_, err = w.tryCreate(w.lan, record, int64(len(data)))
	wantCode(t, err, syncproto.CodeHashMismatch)
	w.pass(25 * time.Hour)
	w.must(w.s.Sweep(t.Context()))
	again := w.create(w.lan, record, int64(len(data)))
	_, err = w.write(w.lan, again.ID, 0, data)
	w.must(err)
	w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
	if w.s.Stats().Mismatches != 3 {
		t.Errorf("got %+v", w.s.Stats())
	}
}

func TestALengthThatIsSaidLater(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 5000)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, -1)
	if st.Size != -1 {
		t.Fatalf("got %+v", st)
	}
	got, err := w.write(w.lan, st.ID, 0, data)
	w.must(err)
	if got.State != syncproto.MediaReceiving || got.Offset != 5000 {
		t.Fatalf("got %+v before the length is known", got)
	}
	late := chunk(5000, nil)
	late.Size = 4999
	_, err = w.s.Write(t.Context(), w.lan, st.ID, late)
	wantCode(t, err, syncproto.CodeMediaMismatch)
	late = chunk(5000, nil)
	late.Size = 5000
	got, err = w.s.Write(t.Context(), w.lan, st.ID, late)
	w.must(err)
	if got.State != syncproto.MediaStored || got.Size != 5000 {
		t.Errorf("got %+v", got)
	}
}

func TestAnEmptyFile(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		record := w.photo(w.lan, syncproto.StateDraft, nil)
		st := w.create(w.lan, record, 0)
		if st.State == syncproto.MediaReceiving {
			t.Errorf("got %+v", st)
		}
		w.run(func() bool { return w.arrived(record) == syncproto.ArrivalStored })
	})
}

func TestACreationThatBringsBytes(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 30<<10)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	at, err := w.s.Create(t.Context(), w.lan, original(record, int64(len(data))), cut(0, data[:10000], len(data)-10000))
	wantCode(t, err, syncproto.CodeBodyIncomplete)
	if at == nil || at.Offset != 10000 {
		t.Fatalf("got %+v", at)
	}
	// The answer never reached the phone: it comes again with everything, and this time it breaks sooner.
	again, err := w.s.Create(t.Context(), w.lan, original(record, int64(len(data))), cut(0, data[:4000], len(data)-4000))
	wantCode(t, err, syncproto.CodeBodyIncomplete)
	if again.ID != at.ID || again.Offset != 10000 {
		t.Fatalf("what had come was lost: %+v, was %+v", again, at)
	}
	st, err := w.s.Create(t.Context(), w.lan, original(record, int64(len(data))), chunk(0, data))
	w.must(err)
	if st.ID != at.ID || st.State != syncproto.MediaStored || w.arrived(record) != syncproto.ArrivalStored {
		t.Errorf("got %+v", st)
	}
	over, err := w.s.Create(t.Context(), w.lan, original(record, int64(len(data))), chunk(0, data))
	w.must(err)
	if over.Offset != int64(len(data)) || over.State != syncproto.MediaStored {
		t.Errorf("again after all: got %+v", over)
	}
}

func TestAnotherAnnouncementMakesRoom(t *testing.T) {
	w := newWorld(t)
	first, second := noise(t, 1000), noise(t, 1200)
	record := w.photo(w.lan, syncproto.StateDraft, first)
	old := w.create(w.lan, record, 1000)
	_, err := w.write(w.lan, old.ID, 0, first[:500])
	w.must(err)
	w.update(func(tx storage.Tx) error {
		stored, err := tx.Record(record)
		if err != nil {
			return err
		}
		m := syncproto.Media{MediaFile: fileOf(second), Type: "image/jpeg"}
		next := stored.Record.Clone()
		next.Revision++
		next.Fields[syncproto.MediaField] = m.Value()
		return tx.PutRecord(next, stored.Scopes)
	})
	fresh := w.create(w.lan, record, 1200)
	if fresh.ID == old.ID {
		t.Fatal("the upload of the old file was given")
	}
	_, err = w.s.Look(t.Context(), w.lan, old.ID)
	wantCode(t, err, syncproto.CodeUploadMissing)
	if _, err := os.Stat(w.s.SpoolPath(old.ID)); !os.IsNotExist(err) {
		t.Errorf("the old bytes are still there: %v", err)
	}
}

func TestTermination(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		data := noise(t, 200<<10)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		st := w.create(w.lan, record, int64(len(data)))
		_, err := w.write(w.lan, st.ID, 0, data[:150<<10])
		w.must(err)
		wantCode(t, w.s.Terminate(t.Context(), w.minh, st.ID), syncproto.CodeUploadMissing)
		w.must(w.s.Terminate(t.Context(), w.lan, st.ID))
		_, err = w.write(w.lan, st.ID, 150<<10, data[150<<10:])
		wantCode(t, err, syncproto.CodeUploadMissing)
		if _, err := os.Stat(w.s.SpoolPath(st.ID)); !os.IsNotExist(err) {
			t.Errorf("the bytes are still there: %v", err)
		}
		wantCode(t, w.s.Terminate(t.Context(), w.lan, st.ID), syncproto.CodeUploadMissing)
	})
}

func TestExpiry(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		data := noise(t, 200<<10)
		record := w.photo(w.lan, syncproto.StateDraft, data)
		st := w.create(w.lan, record, int64(len(data)))
		_, err := w.write(w.lan, st.ID, 0, data[:150<<10])
		w.must(err)
		w.must(w.s.Tend(t.Context(), st.ID))
		before := w.row(st.ID)
		for range 3 { // each request moves it
			w.pass(6 * 24 * time.Hour)
			w.must(w.s.Sweep(t.Context()))
			_, err := w.s.Look(t.Context(), w.lan, st.ID)
			w.must(err)
		}
		w.pass(7*24*time.Hour + time.Second)
		_, err = w.write(w.lan, st.ID, 150<<10, data[150<<10:])
		wantCode(t, err, syncproto.CodeUploadExpired)
		w.must(w.s.Sweep(t.Context()))
		_, err = w.s.Look(t.Context(), w.lan, st.ID)
		wantCode(t, err, syncproto.CodeUploadExpired)
		if _, err := os.Stat(w.s.SpoolPath(st.ID)); !os.IsNotExist(err) {
			t.Errorf("the bytes are still there: %v", err)
		}
		if parts, ok := w.blobs.(storage.BlobParts); ok {
			if _, err := parts.ListParts(t.Context(), before.Blob, before.Remote); before.Remote == "" || syncproto.CodeOf(err) != syncproto.CodeNotFound {
				t.Errorf("the parts under %q are still there: %v", before.Remote, err)
			}
		}
		w.pass(7*24*time.Hour + time.Second)
		w.must(w.s.Sweep(t.Context()))
		_, err = w.s.Look(t.Context(), w.lan, st.ID)
		wantCode(t, err, syncproto.CodeUploadMissing)
		w.create(w.lan, record, int64(len(data)))
	})
}

func TestQuotaAndRoom(t *testing.T) {
	w := newWorld(t)
	w.opt.Quota, w.opt.MaxOpen, w.opt.MinFree = 10000, 3, 0
	w.restart()
	w.s.SetRoom(1<<40, 1<<40)
	photo := func(n int) (syncproto.ID, []byte) {
		b := noise(t, n)
		return w.photo(w.lan, syncproto.StateDraft, b), b
	}
	first, data := photo(6000)
	st := w.create(w.lan, first, 6000)
	second, _ := photo(5000)
	_, err := w.tryCreate(w.lan, second, 5000)
	wantCode(t, err, syncproto.CodeQuota)
	_, err = w.write(w.lan, st.ID, 0, data)
	w.must(err)
	_, err = w.tryCreate(w.lan, second, 5000)
	wantCode(t, err, syncproto.CodeQuota)
	for range 3 {
		small, _ := photo(10)
		w.create(w.lan, small, 10)
	}
	small, _ := photo(10)
	_, err = w.tryCreate(w.lan, small, 10)
	wantCode(t, err, syncproto.CodeQuota)

	other := noise(t, 4000)
	record := w.photo(w.minh, syncproto.StateDraft, other)
	w.s.SetRoom(2<<30+4000+29, 3<<30) // 30 bytes are promised to the three
	_, err = w.tryCreate(w.minh, record, 4000)
	wantCode(t, err, syncproto.CodeNoRoom)
	w.s.SetRoom(2<<30+4000+30, 3<<30)
	admitted := w.create(w.minh, record, 4000)
	w.s.SetRoom(0, 3<<30)
	if _, err := w.write(w.minh, admitted.ID, 0, other); err != nil {
		t.Errorf("bytes of an admitted upload: %v", err)
	}
	w.s.SetRoom(9<<30, 100<<30) // below a tenth
	_, err = w.tryCreate(w.minh, w.photo(w.minh, syncproto.StateDraft, noise(t, 10)), 10)
	wantCode(t, err, syncproto.CodeNoRoom)
}

func TestADiskThatIsFullKeepsWhatCame(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 100<<10)
	record := w.photo(w.lan, syncproto.StateDraft, data)
	st := w.create(w.lan, record, int64(len(data)))
	writes := 0
	w.s.SetFail(func(point string) error {
		if point == "write" {
			if writes++; writes > 3 {
				return syscall.ENOSPC
			}
		}
		return nil
	})
	_, err := w.write(w.lan, st.ID, 0, data)
	wantCode(t, err, syncproto.CodeStoreFull)
	w.s.SetFail(nil)
	got, err := w.s.Look(t.Context(), w.lan, st.ID)
	w.must(err)
	if got.Offset != 3*8<<10 {
		t.Fatalf("got offset %d", got.Offset)
	}
	w.s.SetFail(func(point string) error {
		if point == "sync" {
			return errDisk
		}
		return nil
	})
	_, err = w.write(w.lan, st.ID, got.Offset, data[got.Offset:])
	wantCode(t, err, syncproto.CodeInternal)
	if now := w.row(st.ID); now.Offset != got.Offset {
		t.Fatalf("bytes that are not durable count: %+v", now)
	}
	w.s.SetFail(nil)
	done, err := w.write(w.lan, st.ID, got.Offset, data[got.Offset:])
	w.must(err)
	if done.State != syncproto.MediaStored {
		t.Errorf("got %+v", done)
	}
}
