package s3blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync"

	"lantoa/storage"
	"lantoa/syncproto"
)

// section is the bytes that one request sends. It is read from its start by every try.
type section struct {
	op   string
	r    io.ReaderAt
	size int64
}

// body returns the section as the body of one try.
func (s section) body() *body { return &body{section: s} }

// body is a section that is sent once. It has no Seek, so minio-go does not send it again by itself.
type body struct {
	section
	mu      sync.Mutex
	at      int64
	err     error // of the section
	stopped bool
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped || b.at >= b.size {
		return 0, io.EOF
	}
	n, err := readAt(b.section, p, b.at)
	b.at += int64(n)
	if err != nil {
		b.err = err
	}
	return n, err
}

// stop ends the body: net/http may go on reading one that a server answered before it had read everything.
func (b *body) stop() {
	b.mu.Lock()
	b.stopped = true
	b.mu.Unlock()
}

// failure returns the error of a request, or that of the section, if it is the cause.
func (b *body) failure(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && b.err != nil {
		return b.err
	}
	return err
}

// readAt reads a piece of a section. It returns bytes or an error that has its code.
func readAt(s section, p []byte, at int64) (int, error) {
	n, err := s.r.ReadAt(p[:min(int64(len(p)), s.size-at)], at)
	switch {
	case n > 0:
		return n, nil // an error comes again, if there is more to read
	case err == io.EOF:
		return 0, syncproto.E(syncproto.CodeSizeMismatch, s.op, io.ErrUnexpectedEOF)
	case err == nil:
		err = io.ErrNoProgress
	}
	return 0, storage.BlobFailure(s.op, err)
}

// hashBuffer is what a section is read by when it is hashed.
const hashBuffer = 128 << 10

var hashBuffers = sync.Pool{New: func() any { return new([hashBuffer]byte) }}

// hash returns the SHA-256 of a section as a signature wants it.
func (s section) hash(ctx context.Context) (string, error) {
	buffer := hashBuffers.Get().(*[hashBuffer]byte)
	defer hashBuffers.Put(buffer)
	sum := sha256.New()
	for at := int64(0); at < s.size; {
		if ctx.Err() != nil {
			return "", ended(s.op, ctx)
		}
		n, err := readAt(s, buffer[:], at)
		if err != nil {
			return "", err
		}
		sum.Write(buffer[:n])
		at += int64(n)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
