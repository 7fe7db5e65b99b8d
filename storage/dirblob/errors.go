package dirblob

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"lantoa/storage"
	"lantoa/syncproto"
)

// classify gives an error of the file system its code: storage.DiskFailure's, but for what says that the folder itself is
// not there or not what it should be. Errors that have a code pass.
func classify(op string, err error) error {
	if _, ok := errors.AsType[*syncproto.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return syncproto.E(syncproto.CodeStoreMissing, op, err)
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ELOOP):
		return syncproto.E(syncproto.CodeStoreBroken, op, err)
	}
	return storage.DiskFailure(op, err)
}

// absentOr tells a blob that is not there from a directory that is not.
func absentOr(op string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return syncproto.E(syncproto.CodeNotFound, op, nil)
	}
	return classify(op, err)
}

func ended(op string, ctx context.Context) error {
	code := syncproto.CodeUnavailable
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = syncproto.CodeTimeout
	}
	return syncproto.E(code, op, context.Cause(ctx))
}
