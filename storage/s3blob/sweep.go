package s3blob

import (
	"context"
	"time"

	"github.com/minio/minio-go/v7"

	"lantoa/syncproto"
)

// timeGrain is how much earlier than it was a server may say that a part came: some tell whole seconds.
const timeGrain = time.Second

// Sweep implements storage.BlobWriter: it aborts uploads that began, and whose last part came, before. It compares the
// server's clock with the caller's, so before should lie days back.
func (s *Store) Sweep(ctx context.Context, before int64) (removed int, err error) {
	const op = "sweep the bucket"
	if err := s.ready(ctx, op); err != nil {
		return 0, err
	}
	for keyMarker, uploadMarker := "", ""; ; {
		var page minio.ListMultipartUploadsResult
		err := try(ctx, func() (err error) {
			page, err = s.core.ListMultipartUploads(ctx, s.bucket, s.prefix, keyMarker, uploadMarker, "", 1000)
			return err
		})
		if err != nil {
			return removed, classify(ctx, op, err)
		}
		for _, u := range page.Uploads {
			gone, err := s.sweep(ctx, u, time.UnixMilli(before))
			if err = ofUpload(ctx, op, err); err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
				return removed, err
			}
			if gone {
				removed++
			}
		}
		if !page.IsTruncated {
			return removed, nil
		}
		keyMarker, uploadMarker = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

// sweep aborts an upload that rests since before.
func (s *Store) sweep(ctx context.Context, u minio.ObjectMultipartInfo, before time.Time) (gone bool, err error) {
	if !u.Initiated.Before(before) || s.held(u.Key) {
		return false, nil
	}
	last := u.Initiated
	err = s.eachPart(ctx, u.Key, u.UploadID, func(p minio.ObjectPart) {
		if came := p.LastModified.Add(timeGrain); came.After(last) {
			last = came
		}
	})
	if err != nil || !last.Before(before) {
		return false, err
	}
	err = try(ctx, func() error { return s.core.AbortMultipartUpload(ctx, s.bucket, u.Key, u.UploadID) })
	return err == nil, err
}
