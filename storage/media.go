package storage

import "lantoa/syncproto"

// MediaState is what is known of a file that a photo names.
type MediaState string

// The states of a media file. The row comes before the bytes and goes after them, so that a crash leaves a row without
// a blob, which is mended, and never a reference into nothing.
const (
	MediaArriving MediaState = "arriving" // referred to; its bytes are on their way into the blob store
	MediaWaiting  MediaState = "waiting"  // a blob; to be looked at
	MediaReady    MediaState = "ready"    // looked at; Served and what else could be made are there
	MediaRefused  MediaState = "refused"  // a blob that is not shown; Code says why
	MediaRemoving MediaState = "removing" // nothing refers to it; its blobs are being deleted
)

// Media is one file that phones sent, whatever the lane, with what was made of it.
type Media struct {
	ID       BlobID       // of the file as it came
	Person   syncproto.ID // who sent it first: it counts in their quota
	Size     int64
	State    MediaState
	Code     syncproto.Code
	Type     string // media type by content; "" until looked at
	Width    int    // as seen, orientation applied; 0 if not known
	Height   int
	Duration int64 // ms

	// Blobs made of it; zero where there is none. Served is the file without metadata and may be ID itself.
	Served    BlobID
	Thumbnail BlobID
	Display   BlobID
	Thumbhash string // base64, as in syncproto.Media

	Created  int64 // server time, Unix ms
	Attempts int   // at looking at it
	Due      int64 // Unix ms from which to try (again); 0 when there is nothing to do
}

// MediaLink says that a photo refers to a file in a lane, and who brought it there.
type MediaLink struct {
	Blob   BlobID
	Record syncproto.ID
	Lane   syncproto.Lane
	Person syncproto.ID // who sent the bytes under this record, or was allowed to refer to them
	At     int64
}

// MediaFacts is what a file told of its taking: sealed, for named roles only. It never travels with a record.
type MediaFacts struct {
	Blob        BlobID
	Taken       int64 // Unix ms; 0 if the file does not say
	Zoned       bool  // Taken is exact; otherwise the file told a local time, which is kept as if it were UTC
	HasPosition bool
	Lat, Lon    float64
}

// MediaReader reads what is known of files.
type MediaReader interface {
	// Media returns a file; not_found if there is none.
	Media(id BlobID) (*Media, error)
	// MediaList lists files in id order after a given one, at most limit.
	MediaList(after BlobID, limit int) ([]Media, error)
	// MediaDue lists files in the states arriving and waiting whose Due is above 0 and not after now, earliest first, at
	// most limit.
	MediaDue(now int64, limit int) ([]Media, error)
	// MediaUsed returns the bytes of the files that a person sent first, in whatever state.
	MediaUsed(person syncproto.ID) (int64, error)
	// MediaLinks returns the links of a file, in the order of records and of the lanes' names.
	MediaLinks(id BlobID) ([]MediaLink, error)
	// RecordMedia returns the links of a record, in the order of the lanes' names and of files: of a photo whose file was
	// exchanged, several for a lane.
	RecordMedia(record syncproto.ID) ([]MediaLink, error)
	// MediaMade reports whether any file has a blob among those made of it (Served, Thumbnail, Display); one that is
	// served as it came is made of itself.
	MediaMade(blob BlobID) (bool, error)
	// MediaNeeded reports whether a file was created at or after before (Unix ms), or a record needs it: one of its
	// links leads to a record that is live, that was deleted at or after before, or that is not known while the link
	// itself is from before or later. not_found if there is no such file.
	MediaNeeded(id BlobID, before int64) (bool, error)
	// MediaFacts returns the sealed facts of a file; not_found if there are none.
	MediaFacts(id BlobID) (*MediaFacts, error)
}

// MediaWriter changes what is known of files.
type MediaWriter interface {
	// PutMedia stores a file, in the place of one with its id. Errors: invalid_id for the zero id.
	PutMedia(m *Media) error
	// PutMediaLink stores a link. One for the same blob, record and lane is replaced. Neither the file nor the record has to
	// be there. Errors: invalid_id for the zero id of a blob and for what is no id of a record.
	PutMediaLink(l *MediaLink) error
	// PutMediaFacts stores the facts of a file, in the place of those it had. Errors: invalid_id for the zero id.
	PutMediaFacts(f *MediaFacts) error
	// DeleteMedia forgets a file, its links and its facts. One that is not there is not an error.
	DeleteMedia(id BlobID) error
}
