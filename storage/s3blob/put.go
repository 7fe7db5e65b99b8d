package s3blob

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	checksumHeader    = "X-Amz-Checksum-Sha256"
	checksumAlgorithm = "X-Amz-Checksum-Algorithm"
)

// Put implements storage.BlobWriter. It holds at most three parts in memory.
func (s *Store) Put(ctx context.Context, id storage.BlobID, size int64, r io.Reader) (fresh bool, err error) {
	const op = "put a blob"
	if size < 0 {
		return false, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if size > s.part*maxParts {
		return false, syncproto.E(syncproto.CodeTooLarge, op, nil)
	}
	info, err := s.Stat(ctx, id)
	there := err == nil
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return false, err
	}
	if there && info.Size == size {
		return false, nil
	}
	p := publishing{Store: s, id: id, size: size, replace: there}
	from := newSource(ctx, op, r, size)
	if size <= s.part {
		return p.whole(ctx, op, from)
	}
	return p.parts(ctx, op, from)
}

// publishing is one blob on its way to be an object.
type publishing struct {
	*Store
	id      storage.BlobID
	size    int64
	replace bool // a damaged object is there
}

// whole puts a blob with one request.
func (p publishing) whole(ctx context.Context, op string, from *source) (fresh bool, err error) {
	data := make([]byte, p.size)
	if err := from.fill(data); err != nil {
		return false, err
	}
	if err := from.end(p.id); err != nil {
		return false, err
	}
	return p.publish(ctx, op, func(o minio.PutObjectOptions) error {
		o.UserMetadata = map[string]string{checksumHeader: base64.StdEncoding.EncodeToString(p.id[:])}
		_, err := p.core.PutObject(ctx, p.bucket, p.key(p.id), body(data), p.size, "", p.id.String(), o)
		return err
	})
}

// publish makes the object, if it is not there, and finds out what happened when the answer does not tell.
func (p publishing) publish(ctx context.Context, op string, request func(minio.PutObjectOptions) error) (fresh bool, err error) {
	conditional := !p.replace && !p.plain.Load()
	err = try(ctx, func() error { return request(p.options(conditional)) })
	if err != nil && conditional && refusedCondition(err) {
		p.plain.Store(true)
		err = try(ctx, func() error { return request(p.options(false)) })
	}
	if err == nil {
		return true, nil
	}
	// Another was faster, or a try met what the one before had done.
	if ctx.Err() == nil {
		if info, serr := p.Stat(ctx, p.id); serr == nil && info.Size == p.size {
			return !precondition(err), nil
		}
	}
	if precondition(err) {
		return false, syncproto.E(syncproto.CodeUnavailable, op, err) // it was there, and was deleted since
	}
	return false, classify(ctx, op, err)
}

func (p publishing) options(conditional bool) minio.PutObjectOptions {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableContentSha256: true}
	if conditional {
		o.SetMatchETagExcept("*")
	}
	return o
}

// checksum returns the SHA-256 of a part as the header and as the signature want it.
func checksum(data []byte) (header, signature string) {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:]), hex.EncodeToString(sum[:])
}
