package s3blob

import (
	"bytes"
	"context"
	"io"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
	"lantoa/syncproto"
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
	return p.putWhole(ctx, op, data)
}

func (p publishing) putWhole(ctx context.Context, op string, data []byte) (fresh bool, err error) {
	whole := section{op, bytes.NewReader(data), p.size}
	return p.publish(ctx, op, func(o minio.PutObjectOptions) error {
		body := whole.body()
		defer body.stop()
		_, err := p.core.PutObject(ctx, p.bucket, p.key(p.id), body, p.size, "", p.id.String(), o)
		return err
	})
}

// publishParts makes the object from parts that are there.
func (p publishing) publishParts(ctx context.Context, op, uploadID string, done []minio.CompletePart) (fresh bool, err error) {
	fresh, err = p.publish(ctx, op, func(o minio.PutObjectOptions) error {
		_, err := p.assembling.CompleteMultipartUpload(ctx, p.bucket, p.key(p.id), uploadID, done, o)
		return err
	})
	if err == nil {
		err = p.confirm(ctx, op)
	}
	return fresh && err == nil, err
}

// confirm looks for the object that a server says it made of parts. When an answer was lost and the request is sent
// again, versitygw says so while it is still at work on the first one, and may yet fail.
func (p publishing) confirm(ctx context.Context, op string) error {
	var info minio.ObjectInfo
	absent := func(err error) bool { return passing(err) || minio.ToErrorResponse(err).Code == minio.NoSuchKey }
	err := tryIf(ctx, absent, func() (err error) {
		info, err = p.core.StatObject(ctx, p.bucket, p.key(p.id), minio.StatObjectOptions{})
		return err
	})
	switch err := classify(ctx, op, err); {
	case syncproto.CodeOf(err) == syncproto.CodeNotFound:
		return syncproto.E(syncproto.CodeUnavailable, op, err)
	case err != nil:
		return err
	case info.Size != p.size:
		_ = p.Delete(ctx, p.id)
		return &syncproto.Error{Code: syncproto.CodeStoreBroken, Op: op, Detail: "the object is not the sum of its parts"}
	}
	return nil
}

// publish makes the object, if it is not there, and finds out what happened when the answer does not tell.
func (p publishing) publish(ctx context.Context, op string, request func(minio.PutObjectOptions) error) (fresh bool, err error) {
	conditional := !p.replace && !p.plain.Load()
	err = try(ctx, func() error { return request(options(conditional)) })
	if err != nil && conditional && refusedCondition(err) {
		p.plain.Store(true)
		err = try(ctx, func() error { return request(options(false)) })
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

func options(conditional bool) minio.PutObjectOptions {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableContentSha256: true}
	if conditional {
		o.SetMatchETagExcept("*")
	}
	return o
}
