package storage

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"lantoa/syncproto"
)

// DiskFailure gives an error of a file system its code, by number and never by text; one that has a code keeps it, and
// nil stays nil. It is for those who keep files. That something is not there means another thing to each of them: they
// look for it first.
//
// Codes: store_full, store_read_only, store_broken for what an operator must see to, unavailable for what may pass
// (too many open files, a closed file, a context that was cancelled), timeout for a deadline, internal for the rest.
func DiskFailure(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*syncproto.Error](err); ok {
		return err
	}
	return syncproto.E(diskCode(err), op, err)
}

func diskCode(err error) syncproto.Code {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return syncproto.CodeStoreFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return syncproto.CodeStoreReadOnly
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM),
		errors.Is(err, fs.ErrClosed), errors.Is(err, context.Canceled):
		return syncproto.CodeUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return syncproto.CodeTimeout
	case errors.Is(err, syscall.EIO):
		return syncproto.CodeStoreBroken
	}
	return syncproto.CodeInternal
}
