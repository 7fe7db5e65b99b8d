//go:build !windows

package app

import (
	"errors"
	"os"
	"syscall"

	"lantoa/syncproto"
)

// lockFile takes the lock of a data directory: store_busy if another server holds it. The system lets go of it when
// the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, syncproto.E(syncproto.CodeStoreBusy, "lock data directory", nil)
		}
		return nil, err
	}
	return f, nil
}
