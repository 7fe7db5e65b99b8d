package s3blob

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"

	"lantoa/storage"
	"lantoa/syncproto"
)

// source reads what a Put is given, in pieces, and knows at the end whether it was right.
type source struct {
	ctx  context.Context
	op   string
	r    io.Reader
	rest int64
	sum  hash.Hash
}

func newSource(ctx context.Context, op string, r io.Reader, size int64) *source {
	return &source{ctx: ctx, op: op, r: r, rest: size, sum: sha256.New()}
}

// fill reads the whole buffer, which must not be longer than what is left.
func (s *source) fill(buffer []byte) error {
	for n := 0; n < len(buffer); {
		m, err := s.read(buffer[n:])
		n += m
		if err == io.EOF && n < len(buffer) {
			return syncproto.E(syncproto.CodeSizeMismatch, s.op, nil)
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
	s.rest -= int64(len(buffer))
	s.sum.Write(buffer)
	return nil
}

// end looks for bytes that were not announced and compares the hash.
func (s *source) end(id storage.BlobID) error {
	n, err := s.read(make([]byte, 1))
	switch {
	case n > 0:
		return syncproto.E(syncproto.CodeSizeMismatch, s.op, nil)
	case err != io.EOF:
		return err
	case storage.BlobID(s.sum.Sum(nil)) != id:
		return syncproto.E(syncproto.CodeHashMismatch, s.op, nil)
	}
	return nil
}

// read returns bytes or an error, never neither.
func (s *source) read(p []byte) (int, error) {
	for range 100 {
		if s.ctx.Err() != nil {
			return 0, ended(s.op, s.ctx)
		}
		n, err := s.r.Read(p)
		if err != nil && err != io.EOF {
			return n, storage.BlobFailure(s.op, err)
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, storage.BlobFailure(s.op, io.ErrNoProgress)
}
