package storage

import (
	"context"
	"io"
	"time"
)

// BlobParts is a store that takes a blob in parts while it still arrives. Nobody sees anything of it before
// CompleteParts, which makes it a blob at once and whole.
//
// Parts are numbered from 1. All but the last have PartSize bytes, since there are S3 servers that refuse others; so a
// blob of n bytes has its part k at the offset (k-1)*PartSize, and one of 0 bytes has no parts. Each upload belongs to
// one id and to one file of the caller's: whoever sends other bytes for the same id begins anew.
//
// What BeginParts returns is opaque text of at most MaxUploadToken bytes, of letters, digits and punctuation of ASCII.
// The caller keeps it durably; it is good in other processes and after restarts, until the upload is completed,
// aborted or swept. From then on, and when the settings of the store changed so that the parts fit no more, every
// method but AbortParts answers not_found: the caller begins anew from its own copy of the bytes, which it therefore
// keeps until the blob is there. Calls for one upload may run at once.
//
// Sweep removes uploads that began, and whose last part came, before the time it is given. So whoever calls it keeps
// that time further back than an upload may rest.
type BlobParts interface {
	// PartSize returns the size of all parts but the last, in bytes. It never changes while the store is open.
	PartSize() int64
	// BeginParts begins an upload of the blob id. It does not look whether the blob is there already.
	BeginParts(ctx context.Context, id BlobID) (upload string, err error)
	// PutPart stores the size bytes that r has from its offset 0 on as the part with this number, durably. The bytes
	// carry a checksum that the store verifies, so a part that was damaged on its way is not taken. A part of this
	// number that is there is replaced; a call whose answer was lost may be made again.
	//
	// r is read more than once, in pieces: a part of a file needs no buffer of its own size. A section of a file is
	// io.NewSectionReader(file, offset, size). When PutPart returns r is not read any more, also after an error.
	//
	// Errors besides those of Blobs: not_found if the upload is not known, invalid_value for a number or a size that
	// no part has, size_mismatch if r has fewer bytes. An error of r comes back wrapped, with its own code, or as
	// body_incomplete if it has none.
	PutPart(ctx context.Context, id BlobID, upload string, number int, r io.ReaderAt, size int64) error
	// ListParts returns the parts that the store has, in the order of their numbers. It is the truth after a restart
	// and after errors. Errors besides those of Blobs: not_found if the upload is not known.
	ListParts(ctx context.Context, id BlobID, upload string) ([]BlobPart, error)
	// CompleteParts makes the parts the blob id, of size bytes, durably. The caller vouches that the SHA-256 of all
	// bytes is id, having hashed what it sent. The store asks itself what parts it has, and publishes only if they
	// make up exactly size bytes without a gap.
	//
	// A blob that is there already with this size is left alone: fresh is then false, and the upload is aborted. If
	// the upload is not known and the blob is there with this size, that is success too: a call whose answer was lost
	// may be made again. Of several that complete the same blob at once at least one is told fresh, unless an answer
	// is lost. A stored blob of another size is damaged, and is replaced.
	//
	// Errors besides those of Blobs: not_found if there is neither upload nor blob, size_mismatch if a part is missing,
	// too many, or of the wrong size (nothing is published, the upload stays and can be mended), invalid_value for a
	// negative size.
	CompleteParts(ctx context.Context, id BlobID, upload string, size int64) (fresh bool, err error)
	// AbortParts ends an upload and removes its parts. One that is not known is not an error. A part that is put at
	// the same time may survive, for Sweep.
	AbortParts(ctx context.Context, id BlobID, upload string) error
}

// MaxUploadToken bounds the text that BeginParts returns, in bytes.
const MaxUploadToken = 1024

// BlobPart is a part that a store has of an upload.
type BlobPart struct {
	Number int // from 1
	Size   int64
}

// BlobPresigner is a store that lets others read blobs from it directly, without this process in between.
type BlobPresigner interface {
	// Presign returns an address from which anybody may GET the blob id, and do nothing else, for validFor, at most
	// MaxPresigned. It cannot be taken back, so it is for a reader whose right was just checked. The answer at the
	// address carries contentType and disposition (RFC 6266) as they are given; "" leaves one to the store.
	// Nothing is asked of the server: whether the blob is there turns out at the address.
	//
	// An empty url without an error says that the store was not told to do this: serve the bytes from Get then.
	// Errors besides those of Blobs: invalid_value for a validFor below one second or above MaxPresigned, and for
	// control characters in the two texts.
	Presign(ctx context.Context, id BlobID, validFor time.Duration, contentType, disposition string) (url string, err error)
}

// MaxPresigned bounds how long an address of BlobPresigner is good.
const MaxPresigned = 15 * time.Minute
