package s3blob

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	// tries bounds how often one request is sent. Longer outages are for the caller's queue, which survives a restart.
	tries = 4
	// firstPause bounds the wait after the first try; it doubles. minio-go itself waits up to 0.2 s after a failure.
	firstPause = 200 * time.Millisecond
)

// try sends a request until it does not fail in a way that may pass. minio-go's own retries are off: they rewind a
// body that net/http may still be reading, when a server answers before it has read everything. So each try makes a
// body of its own.
func try(ctx context.Context, request func() error) (err error) {
	for n := range tries {
		if err = request(); err == nil || !passing(err) || n == tries-1 {
			break
		}
		pause := time.NewTimer(rand.N(firstPause << n))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
	return err
}

// passing reports whether the same request may work in a moment.
func passing(err error) bool {
	answer := minio.ToErrorResponse(err)
	if damaged(answer.Code) {
		return true
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case 0: // no answer
		_, foreign := errors.AsType[x509.UnknownAuthorityError](err)
		return answer.Code == "" && !foreign && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	return false
}

// damaged reports whether a body did not arrive as it was sent.
func damaged(code string) bool {
	switch code {
	case "BadDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch", "IncompleteBody":
		return true
	}
	return false
}

// body returns bytes as the body of one try. It hides Seek, so minio-go sends it once.
func body(data []byte) io.Reader { return struct{ io.Reader }{bytes.NewReader(data)} }
