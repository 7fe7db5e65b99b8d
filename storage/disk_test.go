package storage_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func TestDiskFailure(t *testing.T) {
	if err := storage.DiskFailure("write", nil); err != nil {
		t.Errorf("nil became %v", err)
	}
	coded := syncproto.E(syncproto.CodeHashMismatch, "read", nil)
	for code, causes := range map[syncproto.Code][]error{
		syncproto.CodeStoreFull:     {syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG},
		syncproto.CodeStoreReadOnly: {syscall.EROFS, syscall.EACCES, fs.ErrPermission},
		syncproto.CodeUnavailable:   {syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, fs.ErrClosed, context.Canceled},
		syncproto.CodeTimeout:       {context.DeadlineExceeded},
		syncproto.CodeStoreBroken:   {syscall.EIO},
		syncproto.CodeInternal:      {errors.New("something else")},
		syncproto.CodeHashMismatch:  {coded},
	} {
		for _, cause := range causes {
			err := storage.DiskFailure("write", &os.PathError{Op: "write", Path: "p", Err: cause})
			if got := syncproto.CodeOf(err); got != code || !errors.Is(err, cause) {
				t.Errorf("%v: %s, want %s", cause, got, code)
			}
		}
	}
}
