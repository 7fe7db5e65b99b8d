//go:build linux || darwin

package dirblob

import (
	"context"
	"syscall"

	"lantoa/storage"
)

var _ storage.BlobSpace = (*Store)(nil)

// Space implements storage.BlobSpace. What is kept for the super-user does not count as free.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	const op = "ask for free space"
	if err := s.ready(ctx, op); err != nil {
		return 0, 0, err
	}
	d, err := s.root.Open(".")
	if err != nil {
		return 0, 0, classify(op, err)
	}
	defer d.Close()
	var stat syscall.Statfs_t
	if err := syscall.Fstatfs(int(d.Fd()), &stat); err != nil {
		return 0, 0, classify(op, err)
	}
	unit := int64(stat.Bsize)
	return int64(stat.Bavail) * unit, int64(stat.Blocks) * unit, nil
}
