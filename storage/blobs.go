package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"lantoa/syncproto"
)

// BlobID names a blob: it is the SHA-256 of its bytes. The zero id names nothing.
type BlobID [sha256.Size]byte

// String returns the id in lower-case hexadecimal, the form that records and addresses use.
func (id BlobID) String() string { return hex.EncodeToString(id[:]) }

// ParseBlobID reads the form that String gives, and no other: one blob has one name.
func ParseBlobID(text string) (id BlobID, err error) {
	if len(text) != hex.EncodedLen(len(id)) {
		return id, syncproto.E(syncproto.CodeInvalidID, "read a blob id", nil)
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil || id.String() != text {
		return BlobID{}, syncproto.E(syncproto.CodeInvalidID, "read a blob id", err)
	}
	return id, nil
}

// BlobInfo is what a store knows of one blob.
type BlobInfo struct {
	ID     BlobID
	Size   int64
	Stored int64 // the store's time, Unix ms
}

// Blobs keeps the bytes of media, each blob under the SHA-256 of its bytes. It is safe for concurrent use, also by
// several processes on the same directory or bucket. Blobs never change: there is put, read and delete.
//
// Every method ends when its context does, with timeout for a deadline and unavailable otherwise. Codes that all
// methods may return: unavailable for what may pass (a server that is down, a store that was closed), store_missing,
// store_read_only, store_full and store_broken for what an operator must see to, internal for the rest.
//
// What a store may be able to do besides is an interface of its own, found by assertion: BlobSpace, BlobAdopter,
// BlobParts, BlobPresigner.
type Blobs interface {
	BlobReader
	BlobWriter
	// Close frees what the store holds. Calls that run may fail; later ones fail with unavailable.
	Close() error
}

// BlobReader reads blobs. Nobody is asked for rights here: that is for those who serve media.
type BlobReader interface {
	// Stat returns what is known of a blob without reading it; not_found if it is not there.
	Stat(ctx context.Context, id BlobID) (BlobInfo, error)
	// Get reads length bytes from offset on, or all to the end if length is negative. What lies behind the end is
	// not an error: the reader ends where the blob does, at once if offset is at or behind it. A negative offset is
	// invalid_value. The caller closes the reader, which belongs to one goroutine; when ctx ends, Read fails. The
	// bytes are not hashed again on this way.
	Get(ctx context.Context, id BlobID, offset, length int64) (io.ReadCloser, error)
	// List returns the blobs that follow an id, in the order of ids, at most limit; from the zero id on, all. A page
	// shorter than limit is the last. A blob that comes or goes meanwhile may or may not be seen; none is seen twice.
	List(ctx context.Context, after BlobID, limit int) ([]BlobInfo, error)
}

// BlobWriter adds and removes blobs.
type BlobWriter interface {
	// Put stores the size bytes that r gives, durably, if their SHA-256 is id. Size and hash are checked before the
	// blob can be seen by anybody: no reader ever finds a part of one, and after an error the blob is there whole or
	// not at all.
	//
	// A blob that is there already with this size is left alone and r is not read; fresh is then false. So success
	// proves nothing about r, and whoever must know that a sender has the bytes hashes them. Of several that put the
	// same blob at once, at least one is told fresh, unless a server's answer is lost on its way. A stored blob of
	// another size is damaged, and is replaced.
	//
	// Errors besides those of every method: size_mismatch if r gives fewer or more bytes, hash_mismatch if the hash
	// is another, invalid_value for a negative size, too_large for more than the store can hold in one blob (never
	// below syncproto.MaxMediaBytes). An error of r comes back wrapped, with its own code, or as
	// body_incomplete if it has none. Put reads r on the caller's goroutine, does not close it and keeps nothing of
	// it. Between two reads it looks at ctx; a Read that blocks is ended by whoever owns r.
	Put(ctx context.Context, id BlobID, size int64, r io.Reader) (fresh bool, err error)
	// Delete removes a blob, durably. One that is not there is not an error. A read that has begun ends well or with
	// an error, never with other bytes.
	Delete(ctx context.Context, id BlobID) error
	// Sweep removes what writes left behind that never finished (a crash, a cut) and that nothing was added to since
	// before (Unix ms). It returns how many it removed. Blobs are never swept.
	Sweep(ctx context.Context, before int64) (removed int, err error)
}

// BlobSpace is a store that knows how much room is left.
type BlobSpace interface {
	// Space returns the bytes that can still be written, and those that the whole disk has.
	Space(ctx context.Context) (free, total int64, err error)
}

// BlobAdopter is a store that can make a finished file on its machine a blob without copying it.
type BlobAdopter interface {
	// Adopt stores the file at path, of size bytes, as the blob id, durably, and takes the file away. The caller
	// vouches that its SHA-256 is id, having hashed what it wrote, and that nobody writes to it any more: only the
	// size is checked. The file lies in no folder of the store itself. On the store's own disk it is renamed;
	// otherwise it may have to be copied, and its hash is then checked as by Put.
	//
	// A blob that is there already with this size is left alone, fresh is false, and the file is removed. If the file
	// is not there and the blob is, that is success too: a call whose answer was lost may be made again. After an
	// error the bytes are in the file or in the blob.
	//
	// Errors besides those of every method: not_found if there is neither file nor blob, size_mismatch if the file
	// has another size, invalid_value for a negative size and for what is not a plain file, hash_mismatch where it
	// had to be copied.
	Adopt(ctx context.Context, id BlobID, size int64, path string) (fresh bool, err error)
}

// BlobFailure gives an error of a Put's reader its code: its own, or body_incomplete. It is for those who implement
// Blobs.
func BlobFailure(op string, err error) error {
	if _, ok := errors.AsType[*syncproto.Error](err); ok {
		return err
	}
	return syncproto.E(syncproto.CodeBodyIncomplete, op, err)
}
