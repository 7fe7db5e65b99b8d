package dirblob

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"lantoa/syncproto"
)

// classify gives an error of the file system its code, by number and never by text. Errors that have a code pass.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*syncproto.Error](err); ok {
		return err
	}
	return syncproto.E(codeOf(err), op, err)
}

func codeOf(err error) syncproto.Code {
	switch {
	case errors.Is(err, fs.ErrClosed):
		return syncproto.CodeUnavailable
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return syncproto.CodeStoreMissing
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return syncproto.CodeStoreReadOnly
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return syncproto.CodeStoreFull
	case errors.Is(err, syscall.EIO), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ELOOP):
		return syncproto.CodeStoreBroken
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM):
		return syncproto.CodeUnavailable
	}
	return syncproto.CodeInternal
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
