package s3blob

import (
	"context"
	"io"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
	"lantoa/syncproto"
)

var _ storage.BlobParts = (*Store)(nil)

// PartSize implements storage.BlobParts.
func (s *Store) PartSize() int64 { return s.part }

// BeginParts implements storage.BlobParts.
func (s *Store) BeginParts(ctx context.Context, id storage.BlobID) (string, error) {
	const op = "begin a blob in parts"
	if err := s.ready(ctx, op); err != nil {
		return "", err
	}
	uploadID, err := s.begin(ctx, s.key(id))
	if err != nil {
		return "", classify(ctx, op, err)
	}
	text := token{part: s.part, uploadID: uploadID}.String()
	if _, ok := parseToken(text); !ok {
		s.abort(ctx, s.key(id), uploadID)
		return "", &syncproto.Error{Code: syncproto.CodeInternal, Op: op, Detail: "the server's upload id"}
	}
	return text, nil
}

// PutPart implements storage.BlobParts. Beyond the buffer that r is hashed with it needs what net/http takes for a
// request.
func (s *Store) PutPart(ctx context.Context, id storage.BlobID, upload string, number int, r io.ReaderAt, size int64) error {
	const op = "put a part"
	if number < 1 || number > maxParts || size < 1 || size > s.part {
		return syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	t, err := s.token(ctx, op, upload)
	if err != nil {
		return err
	}
	part := section{op, r, size}
	sum, err := part.hash(ctx)
	if err != nil {
		return err
	}
	_, err = s.send(ctx, s.key(id), t.uploadID, number, sum, part)
	return ofUpload(ctx, op, err)
}

// ListParts implements storage.BlobParts.
func (s *Store) ListParts(ctx context.Context, id storage.BlobID, upload string) ([]storage.BlobPart, error) {
	const op = "list parts"
	t, err := s.token(ctx, op, upload)
	if err != nil {
		return nil, err
	}
	var list []storage.BlobPart
	err = s.eachPart(ctx, s.key(id), t.uploadID, func(p minio.ObjectPart) {
		list = append(list, storage.BlobPart{Number: p.PartNumber, Size: p.Size})
	})
	return list, ofUpload(ctx, op, err)
}

// CompleteParts implements storage.BlobParts.
func (s *Store) CompleteParts(ctx context.Context, id storage.BlobID, upload string, size int64) (fresh bool, err error) {
	const op = "complete a blob"
	if size < 0 {
		return false, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	// Some servers answer a second completion with success while the first is still at work, so one waits here.
	unlock, err := s.lock(ctx, op, upload)
	if err != nil {
		return false, err
	}
	defer unlock()
	info, err := s.Stat(ctx, id)
	there := err == nil
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return false, err
	}
	if there && info.Size == size {
		if t, ok := parseToken(upload); ok {
			s.abort(ctx, s.key(id), t.uploadID)
		}
		return false, nil
	}
	t, err := s.token(ctx, op, upload)
	if err != nil {
		return false, err
	}
	p := publishing{Store: s, id: id, size: size, replace: there}
	fresh, err = p.complete(ctx, op, t.uploadID)
	if err == nil && (!fresh || size == 0) {
		s.abort(ctx, s.key(id), t.uploadID)
	}
	return fresh, err
}

// AbortParts implements storage.BlobParts.
func (s *Store) AbortParts(ctx context.Context, id storage.BlobID, upload string) error {
	const op = "abort a blob in parts"
	if err := s.ready(ctx, op); err != nil {
		return err
	}
	t, ok := parseToken(upload)
	if !ok {
		return nil
	}
	err := try(ctx, func() error { return s.core.AbortMultipartUpload(ctx, s.bucket, s.key(id), t.uploadID) })
	if err := ofUpload(ctx, op, err); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return err
	}
	return nil
}

// complete publishes the parts that the server has, if they are right.
func (p publishing) complete(ctx context.Context, op, uploadID string) (fresh bool, err error) {
	for range 2 {
		var parts []minio.ObjectPart
		err = p.eachPart(ctx, p.key(p.id), uploadID, func(part minio.ObjectPart) { parts = append(parts, part) })
		if err != nil {
			return false, ofUpload(ctx, op, err)
		}
		done, ok := p.exact(parts)
		if !ok {
			return false, syncproto.E(syncproto.CodeSizeMismatch, op, nil)
		}
		if p.size == 0 {
			return p.putWhole(ctx, op, nil)
		}
		fresh, err = p.publishParts(ctx, op, uploadID, done)
		if !replacedPart(err) {
			break // else a part was sent once more since the list was made
		}
	}
	return fresh, err
}

// exact says whether the parts are all and only those of the blob, and returns them as S3 wants them.
func (p publishing) exact(parts []minio.ObjectPart) (done []minio.CompletePart, ok bool) {
	rest := p.size
	for i, part := range parts {
		if rest == 0 || part.PartNumber != i+1 || part.Size != min(p.part, rest) {
			return nil, false
		}
		rest -= part.Size
		done = append(done, minio.CompletePart{PartNumber: part.PartNumber, ETag: part.ETag})
	}
	return done, rest == 0
}
