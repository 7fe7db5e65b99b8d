package dirblob

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"lantoa/storage"
)

// Delete implements storage.BlobWriter.
func (s *Store) Delete(ctx context.Context, id storage.BlobID) error {
	const op = "delete a blob"
	if err := s.ready(ctx, op); err != nil {
		return err
	}
	s.shards[id[0]].Lock()
	defer s.shards[id[0]].Unlock()
	if err := s.at("delete"); err != nil {
		return classify(op, err)
	}
	// The folder is made durable also if the blob is gone: the delete before may have been cut short of it.
	if err := s.root.Remove(blobPath(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return classify(op, err)
	}
	return classify(op, s.syncDir(shardPath(id[0])))
}

// Sweep implements storage.BlobWriter. What this process writes is known; of another's, the time of the last write
// tells, so before should lie an hour back or more.
func (s *Store) Sweep(ctx context.Context, before int64) (removed int, err error) {
	const op = "sweep the blob directory"
	if err := s.ready(ctx, op); err != nil {
		return 0, err
	}
	names, err := s.names(stagingDir)
	if err != nil {
		return 0, classify(op, err)
	}
	for _, name := range names {
		if err := s.ready(ctx, op); err != nil {
			return removed, err
		}
		gone, err := s.sweepOne(name, before)
		if err != nil {
			return removed, classify(op, err)
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

func (s *Store) sweepOne(name string, before int64) (gone bool, err error) {
	s.mu.Lock()
	held := s.active[name]
	s.mu.Unlock()
	if held || !strings.HasPrefix(name, stagePlan) {
		return false, nil
	}
	info, err := s.root.Lstat(stagingDir + "/" + name)
	if err == nil && info.ModTime().UnixMilli() < before {
		err = s.root.Remove(stagingDir + "/" + name)
		gone = err == nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // it became a blob, or another process swept it
	}
	return gone, err
}
