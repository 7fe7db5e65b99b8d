package upload

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
	"io"
	"time"
)

// Body is what a request brings. Read ends with io.EOF where the body does, or where the connection does; the Chunk's
// Length tells the two apart.
type Body interface {
	io.Reader
	// Cut ends reading at a moment: bytes that have reached the machine by then are still read, later ones not. It is
	// called from other goroutines, and only while the request is under way.
	Cut(at time.Time)
}

// Chunk is a request that brings bytes.
type Chunk struct {
	Offset int64     // where its sender believes them to begin
	Length int64     // of the body; -1 if it is not known before the end
	Size   int64     // the upload's length, where it was deferred and is said now; -1 if not
	Sum    *Checksum // of the body; nil for none
	Body   Body

	anew bool // it begins at 0 whatever is there: a creation that is repeated with its bytes
}

// nothing is the body of a request that has none.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

// Cut implements Body.
func (nothing) Cut(time.Time) {}

// Checksum is what an Upload-Checksum announces of a body.
type Checksum struct {
	fresh func() hash.Hash
	want  []byte
}

// Algorithms names what NewChecksum takes, as Tus-Checksum-Algorithm lists it.
const Algorithms = "sha256,sha1,md5"

// NewChecksum makes a checksum of one of the Algorithms. They guard against accidents on the way; who sent what is known
// by the SHA-256 of the whole.
func NewChecksum(algorithm string, sum []byte) (*Checksum, error) {
	c := &Checksum{want: sum}
	switch algorithm {
	case "sha256":
		c.fresh = sha256.New
	case "sha1":
		c.fresh = sha1.New
	case "md5":
		c.fresh = md5.New
	default:
		return nil, invalid("read checksum", "upload-checksum")
	}
	if len(sum) != c.fresh().Size() {
		return nil, invalid("read checksum", "upload-checksum")
	}
	return c, nil
}

// begin returns what adds up a body; nil if nothing was announced.
func (c *Checksum) begin() hash.Hash {
	if c == nil {
		return nil
	}
	return c.fresh()
}

// holds reports whether a body has the sum that was announced.
func (c *Checksum) holds(sum hash.Hash) bool {
	return c == nil || subtle.ConstantTimeCompare(sum.Sum(nil), c.want) == 1
}
