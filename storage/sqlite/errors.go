package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"lantoa/syncproto"
)

// classify gives an error of the driver or of the file system its code, by result code and never by text. Errors
// that have a code already pass.
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
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return codeOfResult(e.Code())
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return syncproto.CodeStoreMissing
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return syncproto.CodeStoreReadOnly
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return syncproto.CodeStoreFull
	case errors.Is(err, syscall.EIO), errors.Is(err, syscall.EISDIR):
		return syncproto.CodeStoreBroken
	}
	return syncproto.CodeInternal
}

// codeOfResult maps SQLite's extended result codes. A disk that is full shows as FULL where SQLite meets it while
// writing; an i/o error is left for the operator, since a disk that fails once fails again.
func codeOfResult(result int) syncproto.Code {
	switch result {
	case lib.SQLITE_IOERR_NOMEM:
		return syncproto.CodeUnavailable
	case lib.SQLITE_IOERR_SHMSIZE: // no room for the index of the log, which every opening makes
		return syncproto.CodeStoreFull
	}
	switch result & 0xff {
	case lib.SQLITE_FULL:
		return syncproto.CodeStoreFull
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return syncproto.CodeStoreReadOnly
	case lib.SQLITE_CANTOPEN:
		return syncproto.CodeStoreMissing
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT, lib.SQLITE_IOERR:
		return syncproto.CodeStoreBroken
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_INTERRUPT, lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL:
		return syncproto.CodeUnavailable
	}
	return syncproto.CodeInternal
}

func missing(op string) error { return syncproto.E(syncproto.CodeNotFound, op, nil) }

func closed(op string) error {
	return syncproto.E(syncproto.CodeUnavailable, op, errors.New("the store is closed"))
}

func ended(op string, ctx context.Context) error {
	code := syncproto.CodeUnavailable
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = syncproto.CodeTimeout
	}
	return syncproto.E(code, op, context.Cause(ctx))
}

// recovered turns a panic of a closure into an error: one bad request must not take the others down.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = syncproto.E(syncproto.CodeInternal, "run a transaction", fmt.Errorf("panic: %v", p))
	}
}
