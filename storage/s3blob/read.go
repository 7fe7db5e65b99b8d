package s3blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Stat implements storage.BlobReader.
func (s *Store) Stat(ctx context.Context, id storage.BlobID) (storage.BlobInfo, error) {
	const op = "look for a blob"
	if err := s.ready(ctx, op); err != nil {
		return storage.BlobInfo{}, err
	}
	var info minio.ObjectInfo
	err := try(ctx, func() (err error) {
		info, err = s.core.StatObject(ctx, s.bucket, s.key(id), minio.StatObjectOptions{})
		return err
	})
	if err != nil {
		return storage.BlobInfo{}, classify(ctx, op, err)
	}
	return storage.BlobInfo{ID: id, Size: info.Size, Stored: info.LastModified.UnixMilli()}, nil
}

// Get implements storage.BlobReader.
func (s *Store) Get(ctx context.Context, id storage.BlobID, offset, length int64) (io.ReadCloser, error) {
	const op = "read a blob"
	if offset < 0 {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if length == 0 { // HTTP cannot ask for no bytes
		_, err := s.Stat(ctx, id)
		return io.NopCloser(bytes.NewReader(nil)), err
	}
	if err := s.ready(ctx, op); err != nil {
		return nil, err
	}
	var o minio.GetObjectOptions
	switch {
	case length > 0 && length-1 <= math.MaxInt64-offset:
		o.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))
	case offset > 0:
		o.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	var body io.ReadCloser
	var header http.Header
	err := try(ctx, func() (err error) {
		body, _, header, err = s.core.GetObject(ctx, s.bucket, s.key(id), o)
		return err
	})
	if answer := minio.ToErrorResponse(err); answer.StatusCode == http.StatusRequestedRangeNotSatisfiable || answer.Code == minio.InvalidRange {
		return io.NopCloser(bytes.NewReader(nil)), nil // it is there and ends before
	}
	if err != nil {
		return nil, classify(ctx, op, err)
	}
	r := &reading{ctx: ctx, op: op, body: body, part: body}
	if header.Get("Content-Range") == "" {
		// The whole object was sent, which a server may do.
		if _, err := io.CopyN(io.Discard, body, offset); err != nil && err != io.EOF {
			_ = body.Close()
			return nil, classify(ctx, op, err)
		}
		if length > 0 {
			r.part = io.LimitReader(body, length)
		}
	}
	return r, nil
}

// reading is one read of a blob.
type reading struct {
	ctx  context.Context
	op   string
	body io.ReadCloser
	part io.Reader
}

func (r *reading) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, ended(r.op, r.ctx)
	}
	n, err := r.part.Read(p)
	if err != nil && err != io.EOF {
		err = classify(r.ctx, r.op, err)
	}
	return n, err
}

// Close leaves the rest unread; that costs the connection, which is cheaper than the rest of a video.
func (r *reading) Close() error {
	_ = r.body.Close()
	return nil
}

// List implements storage.BlobReader.
func (s *Store) List(ctx context.Context, after storage.BlobID, limit int) (page []storage.BlobInfo, err error) {
	const op = "list blobs"
	if err := s.ready(ctx, op); err != nil || limit <= 0 {
		return nil, err
	}
	o := minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true, MaxKeys: min(limit, 1000)}
	if after != (storage.BlobID{}) {
		o.StartAfter = s.key(after)
	}
	err = try(ctx, func() (err error) {
		page, err = s.page(ctx, o, limit)
		return err
	})
	if err != nil {
		return nil, classify(ctx, op, err)
	}
	if ctx.Err() != nil {
		return nil, ended(op, ctx)
	}
	return page, nil
}

func (s *Store) page(ctx context.Context, o minio.ListObjectsOptions, limit int) (page []storage.BlobInfo, err error) {
	for object := range s.core.ListObjectsIter(ctx, s.bucket, o) {
		if object.Err != nil {
			return nil, object.Err
		}
		id, err := storage.ParseBlobID(strings.TrimPrefix(object.Key, s.prefix))
		if err != nil {
			continue // an object of others
		}
		page = append(page, storage.BlobInfo{ID: id, Size: object.Size, Stored: object.LastModified.UnixMilli()})
		if len(page) == limit {
			break
		}
	}
	return page, nil
}

// Delete implements storage.BlobWriter.
func (s *Store) Delete(ctx context.Context, id storage.BlobID) error {
	const op = "delete a blob"
	if err := s.ready(ctx, op); err != nil {
		return err
	}
	err := try(ctx, func() error {
		return s.core.RemoveObject(ctx, s.bucket, s.key(id), minio.RemoveObjectOptions{})
	})
	if err := classify(ctx, op, err); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return err
	}
	return nil
}
