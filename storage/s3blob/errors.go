package s3blob

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"

	"github.com/minio/minio-go/v7"

	"lantoa/syncproto"
)

// classify gives an error of minio-go its code. It must be given the error as minio-go returned it.
func classify(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*syncproto.Error](err); ok {
		return err
	}
	if ctx.Err() != nil {
		return ended(op, ctx)
	}
	return syncproto.E(codeOf(err), op, err)
}

func codeOf(err error) syncproto.Code {
	answer := minio.ToErrorResponse(err)
	switch answer.Code {
	case minio.NoSuchKey:
		return syncproto.CodeNotFound
	case minio.NoSuchBucket:
		return syncproto.CodeStoreMissing
	case noSuchUpload, minio.InvalidPart, minio.InvalidPartOrder, "RequestTimeTooSkewed":
		return syncproto.CodeUnavailable // swept by another process, or meanwhile changed: it may be put again
	case "QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity", "XMinioAdminBucketQuotaExceeded":
		return syncproto.CodeStoreFull
	}
	switch status := answer.StatusCode; {
	case damaged(answer.Code) || troubled(answer.Code):
		return syncproto.CodeUnavailable
	case status == http.StatusNotFound:
		return syncproto.CodeNotFound
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return syncproto.CodeStoreReadOnly
	case status == http.StatusInsufficientStorage:
		return syncproto.CodeStoreFull
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status == http.StatusConflict || status >= 500:
		return syncproto.CodeUnavailable
	case status != 0 || answer.Code != "":
		return syncproto.CodeInternal // it did not like the request
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return syncproto.CodeStoreMissing
	}
	// No answer: the connection was refused, cut, or silent.
	return syncproto.CodeUnavailable
}

// refusedCondition reports whether a server does not know If-None-Match on this request.
func refusedCondition(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode == http.StatusNotImplemented || answer.Code == "NotImplemented"
}

func precondition(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode == http.StatusPreconditionFailed || answer.Code == minio.PreconditionFailed
}

// replacedPart reports whether a server misses a part as it was listed a moment ago.
func replacedPart(err error) bool {
	e, ok := errors.AsType[minio.ErrorResponse](err)
	return ok && (e.Code == minio.InvalidPart || e.Code == minio.InvalidPartOrder)
}

func ended(op string, ctx context.Context) error {
	code := syncproto.CodeUnavailable
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = syncproto.CodeTimeout
	}
	return syncproto.E(code, op, context.Cause(ctx))
}
