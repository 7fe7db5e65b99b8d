package s3blob

import (
	"context"
	"net/url"
	"strings"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

var _ storage.BlobPresigner = (*Store)(nil)

// Presign implements storage.BlobPresigner, if Options.Presign is set.
func (s *Store) Presign(ctx context.Context, id storage.BlobID, validFor time.Duration, contentType, disposition string) (string, error) {
	const op = "sign an address"
	if err := s.ready(ctx, op); err != nil || s.public == nil {
		return "", err
	}
	if validFor < time.Second || validFor > storage.MaxPresigned || !headerValue(contentType) || !headerValue(disposition) {
		return "", syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	answer := url.Values{}
	for name, value := range map[string]string{"response-content-type": contentType, "response-content-disposition": disposition} {
		if value != "" {
			answer.Set(name, value)
		}
	}
	u, err := s.public.PresignedGetObject(ctx, s.bucket, s.key(id), validFor, answer)
	if err != nil {
		return "", classify(ctx, op, err)
	}
	return u.String(), nil
}

// headerValue reports whether a server can send a text as the value of a header.
func headerValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
