package sqlite_test

import (
	"fmt"

	"lantoa/storage"
	"lantoa/syncproto"
)

// fixtureMedia is what came with the second schema: uploads, media and the audit log.
func fixtureMedia(tx storage.Tx) error {
	photo, person := story(1).ID, benchID(2e9)
	file, served, thumbnail := storage.BlobID{1}, storage.BlobID{2}, storage.BlobID{3}
	for _, err := range []error{
		tx.PutUpload(&storage.Upload{
			ID: benchID(6), Person: person, Device: benchID(1e9), Record: photo, Lane: syncproto.LaneOriginal, Blob: file,
			Size: 900, Offset: 700, Hash: []byte("state"), State: storage.UploadReceiving, Restarts: 1,
			Parts: []syncproto.ID{benchID(7), benchID(8)}, Metadata: "lane b3JpZ2luYWw", Remote: "part.1", Created: 1, Changed: 2, Expires: 3,
		}),
		tx.PutUpload(&storage.Upload{
			ID: benchID(7), Person: person, Size: -1, Offset: 30, State: storage.UploadWhole, Partial: true, Created: 1,
		}),
		tx.PutUpload(&storage.Upload{ID: benchID(9), Size: 5, State: storage.UploadRefused, Code: syncproto.CodeHashMismatch}),
		tx.PutMedia(&storage.Media{
			ID: file, Person: person, Size: 900, State: storage.MediaReady, Type: "image/jpeg", Width: 4000, Height: 3000,
			Duration: 7, Served: served, Thumbnail: thumbnail, Display: served, Thumbhash: "abc", Created: 5, Attempts: 2,
		}),
		tx.PutMedia(&storage.Media{ID: served, Size: 1, State: storage.MediaWaiting, Code: syncproto.CodeTimeout, Due: 8}),
		tx.PutMediaLink(&storage.MediaLink{Blob: file, Record: photo, Lane: syncproto.LaneOriginal, Person: person, At: 6}),
		tx.PutMediaFacts(&storage.MediaFacts{Blob: file, Taken: 11, Zoned: true, HasPosition: true, Lat: 12.6667, Lon: -108.05}),
		tx.AddAudit(&storage.Audit{
			At: 9, Act: "media.read", Person: person, Device: benchID(1e9), Grant: benchID(5), Unit: benchID(3e9), Record: photo,
			Detail: "original",
		}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func fixtureMediaText(r storage.Reader) string {
	uploads, uploadsErr := r.Uploads("", -1)
	count, bytes, all, openErr := r.UploadsOpen(benchID(2e9))
	media, mediaErr := r.MediaList(storage.BlobID{}, -1)
	due, dueErr := r.MediaDue(8, -1)
	used, usedErr := r.MediaUsed(benchID(2e9))
	made, madeErr := r.MediaMade(storage.BlobID{3})
	links, linksErr := r.RecordMedia(story(1).ID)
	facts, factsErr := r.MediaFacts(storage.BlobID{1})
	audits, auditsErr := r.Audits(story(1).ID, 0, -1)
	return fmt.Sprintln(uploads, uploadsErr, count, bytes, all, openErr, media, mediaErr, due, dueErr, used, usedErr, made, madeErr,
		links, linksErr, facts, factsErr, audits, auditsErr)
}
