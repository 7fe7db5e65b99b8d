package storage

import "lantoa/syncproto"

// UploadState is how far an upload is.
type UploadState string

// The states of an upload. It ends as stored or refused and is then kept for a while, so that a phone whose answer was
// lost hears of it.
const (
	UploadReceiving UploadState = "receiving" // bytes are missing
	UploadWhole     UploadState = "whole"     // all bytes are in the spool, their hash is right; not yet in the blob store
	UploadStored    UploadState = "stored"    // the bytes are a blob
	UploadRefused   UploadState = "refused"   // Code says why
)

// Upload is a file on its way. Its bytes lie in a spool file that belongs to one server; the row is what makes them
// count: bytes above Offset are not trusted after a crash.
type Upload struct {
	ID       syncproto.ID
	Person   syncproto.ID
	Device   syncproto.ID
	Record   syncproto.ID   // the photo; "" for a part of a concatenation
	Lane     syncproto.Lane // "" for a part
	Blob     BlobID         // what the bytes must be, as the record announced them; zero for a part
	Size     int64          // bytes announced; -1 while the length is deferred
	Offset   int64          // bytes that are durable
	Hash     []byte         // state of the running SHA-256 at Offset; opaque, at most 128 bytes
	State    UploadState
	Code     syncproto.Code
	Restarts int            // times that the whole hash was wrong
	Partial  bool           // a part of a concatenation
	Parts    []syncproto.ID // of a final upload, in order
	Metadata string         // the Upload-Metadata header as it came, given back as tus asks; at most 4 KiB
	Remote   string         // the blob store's name for an upload in parts (BlobParts); "" for none
	Created  int64          // server time, Unix ms
	Changed  int64
	Expires  int64
}

// UploadReader reads uploads.
type UploadReader interface {
	// Upload returns an upload; not_found if there is none.
	Upload(id syncproto.ID) (*Upload, error)
	// Uploads lists uploads in id order after a given one, at most limit.
	Uploads(after syncproto.ID, limit int) ([]Upload, error)
	// UploadFor returns the newest upload of a person for one lane of a record, by Created and then by id, whatever its
	// state; not_found if there is none. Parts are of no record and are not found.
	UploadFor(person, record syncproto.ID, lane syncproto.Lane) (*Upload, error)
	// UploadsOpen says what uploads in the states receiving and whole hold: how many the person has and the bytes that
	// they announced (offsets where the length is deferred), and those bytes for all persons together.
	UploadsOpen(person syncproto.ID) (count int, bytes, all int64, err error)
}

// UploadWriter changes uploads.
type UploadWriter interface {
	// PutUpload stores an upload, in the place of one with its id. Errors: invalid_id.
	PutUpload(u *Upload) error
	// DeleteUpload forgets an upload. One that is not there is not an error.
	DeleteUpload(id syncproto.ID) error
}
