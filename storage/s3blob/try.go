package s3blob

import (
	"context"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"lantoa/syncproto"
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
func try(ctx context.Context, request func() error) error { return tryIf(ctx, passing, request) }

// tryIf is try with another idea of what may pass.
func tryIf(ctx context.Context, again func(error) bool, request func() error) (err error) {
	for n := range tries {
		if err = request(); err == nil || !again(err) || n == tries-1 {
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
	if damaged(answer.Code) || troubled(answer.Code) {
		return true
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case 0: // no answer
		_, ours := errors.AsType[*syncproto.Error](err)
		_, foreign := errors.AsType[x509.UnknownAuthorityError](err)
		return answer.Code == "" && !ours && !foreign && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	return false
}

// troubled reports whether a server says that it is at fault. A completion may say so after its status, which is 200.
func troubled(code string) bool {
	switch code {
	case "InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "OperationAborted":
		return true
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
