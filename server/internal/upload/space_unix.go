//go:build linux || darwin

package upload

import "syscall"

// diskRoom asks the disk under a folder. What is kept for the super-user does not count as free.
func diskRoom(dir string) (free, total int64, known bool, err error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, 0, false, err
	}
	unit := int64(stat.Bsize)
	return int64(stat.Bavail) * unit, int64(stat.Blocks) * unit, true, nil
}
