package app

import (
	"errors"
	"os"
	"syscall"

	"lantoa/syncproto"
)

// sharingViolation is what Windows answers when somebody holds a file that is not shared.
const sharingViolation = syscall.Errno(32)

// lockFile takes the lock of a data directory: store_busy if another server holds it. The file is opened unshared, so
// the system lets go of it when the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharingViolation) {
		return nil, syncproto.E(syncproto.CodeStoreBusy, "lock data directory", nil)
	}
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}
