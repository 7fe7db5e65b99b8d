package storagetest

import (
	"context"
	"fmt"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// scribbleFiles writes a row of every sort that the bringing of files needs.
func scribbleFiles(w *world, tx storage.Tx, record syncproto.ID) error {
	m, u := w.media(), w.upload()
	u.Record, u.Blob = record, m.ID
	for _, err := range []error{
		tx.PutUpload(u), tx.PutMedia(m), tx.PutMediaLink(w.link(m.ID, record)),
		tx.PutMediaFacts(&storage.MediaFacts{Blob: m.ID, Taken: 5, HasPosition: true, Lat: -12.5, Lon: 108.125}),
		tx.AddAudit(&storage.Audit{At: 6, Act: "media.read", Person: w.person, Record: record}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// filesText returns all that can be seen of files.
func filesText(r storage.Reader) string {
	uploads, uploadsErr := r.Uploads("", -1)
	media, mediaErr := r.MediaList(storage.BlobID{}, -1)
	out := fmt.Sprint(uploads, uploadsErr, media, mediaErr)
	for i := range uploads {
		out += fmt.Sprint(r.UploadsOpen(uploads[i].Person))
	}
	for _, m := range media {
		used, usedErr := r.MediaUsed(m.Person)
		made, madeErr := r.MediaMade(m.Thumbnail)
		out += fmt.Sprint(used, usedErr, made, madeErr)
		links, linksErr := r.MediaLinks(m.ID)
		facts, factsErr := r.MediaFacts(m.ID)
		out += fmt.Sprint(links, linksErr, facts, syncproto.CodeOf(factsErr))
		for _, l := range links {
			of, ofErr := r.RecordMedia(l.Record)
			out += fmt.Sprint(of, ofErr)
		}
	}
	audits, auditsErr := r.Audits("", 0, -1)
	return out + fmt.Sprint(audits, auditsErr)
}

// seenFiles is filesText of what is committed.
func seenFiles(t *testing.T, s storage.Store) (out string) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		out = filesText(r)
		return nil
	})
	return out
}

// spoilFiles adds rows and changes those that are there.
func spoilFiles(w *world, tx storage.Tx, record syncproto.ID) error {
	uploads, err := tx.Uploads("", 1)
	if err != nil {
		return err
	}
	media, err := tx.MediaList(storage.BlobID{}, 1)
	if err != nil {
		return err
	}
	uploads[0].Offset, media[0].Due = 99, 99
	link := w.link(media[0].ID, record)
	link.At = 99
	for _, err := range []error{
		scribbleFiles(w, tx, record), tx.PutUpload(&uploads[0]), tx.PutMedia(&media[0]), tx.PutMediaLink(link),
		tx.PutMediaFacts(&storage.MediaFacts{Blob: media[0].ID}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func removeFiles(tx storage.Tx) error {
	uploads, _ := tx.Uploads("", 1)
	media, _ := tx.MediaList(storage.BlobID{}, 1)
	if err := tx.DeleteUpload(uploads[0].ID); err != nil {
		return err
	}
	return tx.DeleteMedia(media[0].ID)
}

func testFilesUndone(t *testing.T, s storage.Store) {
	w := newWorld(t, 80)
	record := w.id()
	update(t, s, func(tx storage.Tx) error { return scribbleFiles(w, tx, record) })
	before := seenFiles(t, s)
	for name, change := range map[string]func(storage.Tx) error{
		"changed": func(tx storage.Tx) error { return spoilFiles(w, tx, record) }, "removed": removeFiles,
	} {
		update(t, s, func(tx storage.Tx) error {
			err := tx.Savepoint(func() error {
				if err := change(tx); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if filesText(tx) == before {
					t.Errorf("%s: the transaction does not see its own writes", name)
				}
				return errWanted
			})
			if err != errWanted {
				t.Errorf("%s: got %v, want the savepoint's own error", name, err)
			}
			if got := filesText(tx); got != before {
				t.Errorf("%s and undone: got %s\nwant %s", name, got, before)
			}
			return nil
		})
		err := s.Update(context.Background(), func(tx storage.Tx) error {
			if err := change(tx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return errWanted
		})
		if got := seenFiles(t, s); err != errWanted || got != before {
			t.Errorf("%s by an update that failed: got %v, %s\nwant %s", name, err, got, before)
		}
	}
}

func testFilesSeen(t *testing.T, s storage.Store) {
	w := newWorld(t, 81)
	record := w.id()
	empty := seenFiles(t, s)
	var during string
	update(t, s, func(tx storage.Tx) error {
		if err := scribbleFiles(w, tx, record); err != nil {
			return err
		}
		during = seenFiles(t, s)
		return nil
	})
	if during != empty {
		t.Errorf("got %s before the commit", during)
	}
	full := seenFiles(t, s)
	view(t, s, func(r storage.Reader) error {
		// The snapshot stands before fn asks anything.
		update(t, s, func(tx storage.Tx) error { return scribbleFiles(w, tx, record) })
		if got := filesText(r); got != full {
			t.Errorf("got %s\nwant the state before: %s", got, full)
		}
		return nil
	})
	if full == empty || seenFiles(t, s) == full {
		t.Error("what was committed is not seen")
	}
}

// testFilesCompact: what brought a file, and who read it, is not part of any feed.
func testFilesCompact(t *testing.T, s storage.Store) {
	w := newWorld(t, 82)
	r := w.story("x")
	put(t, s, r, scopeA)
	update(t, s, func(tx storage.Tx) error { return scribbleFiles(w, tx, r.ID) })
	put(t, s, deleted(r))
	before := seenFiles(t, s)
	update(t, s, func(tx storage.Tx) error { return tx.Compact(distant) })
	if got := seenFiles(t, s); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
	view(t, s, func(reader storage.Reader) error {
		// When the record was deleted is known for good, and so is until when its file is needed.
		for before, want := range map[int64]int{deleted(r).Changed: 0, deleted(r).Changed + 1: 1} {
			got, err := unneeded(reader, before)
			if err != nil || len(got) != want {
				t.Errorf("at %d: got %d files that no record needs, %v, want %d", before, len(got), err, want)
			}
		}
		return nil
	})
}
