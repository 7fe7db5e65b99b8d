package phonestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"

	"lantoa/syncproto"
)

// Result codes of SQLite, by their low byte.
const (
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteReadOnly = 8
	sqliteIOErr    = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteNotADB   = 26
)

// classify gives every fault of the store a code that a person can act on. It decides by result code: the text of
// SQLite's errors is no interface.
func (s *Store) classify(op string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return syncproto.E(syncproto.CodeTimeout, op, err)
	}
	fault, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return syncproto.E(syncproto.CodeInternal, op, err)
	}
	switch fault.Code() & 0xff {
	case sqliteBusy, sqliteLocked:
		return syncproto.E(syncproto.CodeStoreBusy, op, err)
	case sqliteFull:
		return syncproto.E(syncproto.CodeStoreFull, op, err)
	case sqliteReadOnly:
		return syncproto.E(s.unreachable(syncproto.CodeStoreReadOnly), op, err)
	case sqliteCorrupt, sqliteNotADB:
		return syncproto.E(syncproto.CodeStoreBroken, op, err)
	case sqliteCantOpen, sqliteIOErr:
		return syncproto.E(s.unreachable(syncproto.CodeStoreBroken), op, err)
	}
	return syncproto.E(syncproto.CodeInternal, op, err)
}

// unreachable looks at the disk: a folder that is gone and one that may not be written need another hint than a
// broken file.
func (s *Store) unreachable(otherwise syncproto.Code) syncproto.Code {
	if _, err := os.Stat(filepath.Dir(s.path)); errors.Is(err, fs.ErrNotExist) {
		return syncproto.CodeStoreMissing
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err == nil {
		f.Close()
		if diskFull(filepath.Dir(s.path)) {
			return syncproto.CodeStoreFull
		}
		return otherwise
	}
	if errors.Is(err, fs.ErrPermission) {
		return syncproto.CodeStoreReadOnly
	}
	if errors.Is(err, fs.ErrNotExist) {
		return syncproto.CodeStoreReadOnly // the folder is there, the file cannot be made
	}
	return otherwise
}

// diskFull tries what SQLite needs to open a file: room for the index of its log, 32 KiB. Without that room SQLite
// speaks of an I/O error, and a person would be told that the file is broken.
func diskFull(folder string) bool {
	f, err := os.CreateTemp(folder, "room-*")
	if err == nil {
		_, err = f.Write(make([]byte, 32<<10))
		f.Close()
		os.Remove(f.Name())
	}
	return diskIsFull(err)
}

func diskIsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
