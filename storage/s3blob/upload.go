package s3blob

import (
	"context"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
	"lantoa/syncproto"
)

// noSuchUpload is what servers say of an upload that was completed or aborted, or never was.
const noSuchUpload = "NoSuchUpload"

// token is what the caller of BeginParts keeps. It has the size of the parts, so a change of that setting is noticed.
type token struct {
	part     int64
	uploadID string
}

const tokenVersion = "1."

func (t token) String() string {
	return tokenVersion + strconv.FormatInt(t.part, 36) + "." + t.uploadID
}

func parseToken(text string) (t token, ok bool) {
	rest, known := strings.CutPrefix(text, tokenVersion)
	part, uploadID, cut := strings.Cut(rest, ".")
	size, err := strconv.ParseInt(part, 36, 64)
	return token{part: size, uploadID: uploadID}, known && cut && err == nil && uploadID != "" && storable(text)
}

// storable reports whether a text is what storage.BlobParts promises of the text that an upload is known by.
func storable(text string) bool {
	return len(text) <= storage.MaxUploadToken && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// token reads the text that an upload is known by.
func (s *Store) token(ctx context.Context, op, text string) (token, error) {
	if err := s.ready(ctx, op); err != nil {
		return token{}, err
	}
	t, ok := parseToken(text)
	if !ok || t.part != s.part {
		return token{}, syncproto.E(syncproto.CodeNotFound, op, nil)
	}
	return t, nil
}

// begin starts an upload at the server.
func (s *Store) begin(ctx context.Context, key string) (uploadID string, err error) {
	err = try(ctx, func() (err error) {
		uploadID, err = s.core.NewMultipartUpload(ctx, s.bucket, key, options(false))
		return err
	})
	return uploadID, err
}

// send sends a part. No try of it reads the section any more when it returns.
func (s *Store) send(ctx context.Context, key, uploadID string, number int, sum string, part section) (done minio.CompletePart, err error) {
	err = try(ctx, func() error {
		body := part.body()
		defer body.stop()
		p, err := s.core.PutObjectPart(ctx, s.bucket, key, uploadID, number, body, part.size, minio.PutObjectPartOptions{
			Sha256Hex:            sum,
			DisableContentSha256: true,
		})
		done = minio.CompletePart{PartNumber: number, ETag: p.ETag}
		return body.failure(err)
	})
	return done, err
}

// eachPart calls a function with every part that the server has of an upload, in the order of their numbers.
func (s *Store) eachPart(ctx context.Context, key, uploadID string, do func(minio.ObjectPart)) error {
	for marker := 0; ; {
		var page minio.ListObjectPartsResult
		err := try(ctx, func() (err error) {
			page, err = s.core.ListObjectParts(ctx, s.bucket, key, uploadID, marker, 1000)
			return err
		})
		if err != nil {
			return err
		}
		for _, part := range page.ObjectParts {
			part.ETag = strings.Trim(part.ETag, `"`)
			do(part)
		}
		if !page.IsTruncated || page.NextPartNumberMarker <= marker {
			return nil
		}
		marker = page.NextPartNumberMarker
	}
}

// ofUpload classifies an error of a request that names an upload.
func ofUpload(ctx context.Context, op string, err error) error {
	if minio.ToErrorResponse(err).Code == noSuchUpload && ctx.Err() == nil {
		return syncproto.E(syncproto.CodeNotFound, op, err)
	}
	return classify(ctx, op, err)
}

// lock lets one caller at a time work on what an upload is known by.
func (s *Store) lock(ctx context.Context, op, upload string) (unlock func(), err error) {
	for {
		s.mu.Lock()
		wait, taken := s.completing[upload]
		if !taken {
			done := make(chan struct{})
			s.completing[upload] = done
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.completing, upload)
				s.mu.Unlock()
				close(done)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ended(op, ctx)
		}
	}
}
