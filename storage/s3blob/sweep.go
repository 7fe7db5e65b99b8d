package s3blob

import (
	"context"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
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
	seen, removed, err := s.sweepBelow(ctx, s.prefix, time.UnixMilli(before))
	if err == nil && !seen {
		// MinIO lists the uploads of one key or of the whole bucket, and none for what is only the beginning of keys.
		_, removed, err = s.sweepBelow(ctx, "", time.UnixMilli(before))
	}
	return removed, classify(ctx, op, err)
}

// sweepBelow sweeps the uploads that the server lists for a prefix, and says whether there was any.
func (s *Store) sweepBelow(ctx context.Context, prefix string, before time.Time) (seen bool, removed int, err error) {
	for keyMarker, uploadMarker := "", ""; ; {
		var page minio.ListMultipartUploadsResult
		err := try(ctx, func() (err error) {
			page, err = s.core.ListMultipartUploads(ctx, s.bucket, prefix, keyMarker, uploadMarker, "", 1000)
			return err
		})
		if err != nil {
			return seen, removed, err
		}
		for _, u := range page.Uploads {
			seen = true
			gone, err := s.sweep(ctx, u, before)
			if err != nil && minio.ToErrorResponse(err).Code != noSuchUpload {
				return seen, removed, err
			}
			if gone {
				removed++
			}
		}
		if !page.IsTruncated || page.NextKeyMarker == keyMarker && page.NextUploadIDMarker == uploadMarker {
			return seen, removed, nil
		}
		keyMarker, uploadMarker = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

// sweep aborts an upload that rests since before.
func (s *Store) sweep(ctx context.Context, u minio.ObjectMultipartInfo, before time.Time) (gone bool, err error) {
	if !strings.HasPrefix(u.Key, s.prefix) || !u.Initiated.Before(before) || s.held(u.Key) {
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
