//go:build linux || darwin

package media

import (
	"errors"
	"io/fs"
	"syscall"

	"lantoa/storage"
)

// diskRoom asks the disk under a folder for the bytes that can still be written. One that is not there is made later.
func diskRoom(dir string) (free int64, known bool, err error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return 0, false, nil
		}
		return 0, false, storage.DiskFailure("ask a disk for its room", err)
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true, nil
}
