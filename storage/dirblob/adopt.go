package dirblob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

var _ storage.BlobAdopter = (*Store)(nil)

// Adopt implements storage.BlobAdopter. What cannot be renamed, as from another disk, is copied by Put.
func (s *Store) Adopt(ctx context.Context, id storage.BlobID, size int64, path string) (fresh bool, err error) {
	const op = "adopt a file"
	if size < 0 {
		return false, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if err := s.ready(ctx, op); err != nil {
		return false, err
	}
	if err := s.ripen(id, size, path); errors.Is(err, fs.ErrNotExist) {
		return false, s.adopted(op, id, size, path)
	} else if err != nil {
		return false, classify(op, err)
	}
	if ctx.Err() != nil {
		return false, ended(op, ctx)
	}
	fresh, done, err := s.take(id, size, path)
	if !done {
		return s.copyIn(ctx, op, id, size, path)
	}
	if err == nil {
		err = s.syncSource(path)
	}
	return fresh, classify(op, err)
}

// ripen checks a file and makes durable what Put would have made of it: its bytes, its mode, and the time, which is
// the one it is stored at and not that of its last byte, for its age is counted from there.
func (s *Store) ripen(id storage.BlobID, size int64, path string) error {
	const op = "look at the file"
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	// A blob is not adopted from its own place: it would be removed as a second copy of itself.
	shard, err := s.root.Stat(shardPath(id[0]))
	if !info.Mode().IsRegular() || err == nil && os.SameFile(folder, shard) {
		return syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if info.Size() != size {
		return syncproto.E(syncproto.CodeSizeMismatch, op, nil)
	}
	now := time.Now()
	if err := errors.Join(os.Chmod(path, 0o600), os.Chtimes(path, now, now)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0) // Windows syncs only what may be written
	if err != nil {
		return err
	}
	defer file.Close()
	if err := s.at("sync"); err != nil {
		return err
	}
	return file.Sync()
}

// take gives a durable file the name of its blob, or removes it if the blob is there. Not done means that
// nothing has changed, and that Put will do or will say better why not.
func (s *Store) take(id storage.BlobID, size int64, path string) (fresh, done bool, err error) {
	s.shards[id[0]].Lock()
	defer s.shards[id[0]].Unlock()
	info, err := s.root.Lstat(blobPath(id))
	if err == nil && info.Mode().IsRegular() && info.Size() == size {
		// The blob is durable before what it replaces goes.
		if err := s.syncDir(shardPath(id[0])); err != nil {
			return false, true, err
		}
		return false, true, remove(path)
	}
	if err := s.at("publish"); err != nil {
		return false, false, err
	}
	// No os.Root renames from outside itself. So the full name is used where it leads to the folder that the root
	// has: not if the directory was moved meanwhile, or if the folder is a link.
	shard, err := s.root.Lstat(shardPath(id[0]))
	if err != nil {
		return false, false, err
	}
	target := filepath.Join(s.path, filepath.FromSlash(blobPath(id)))
	if folder, err := os.Lstat(filepath.Dir(target)); err != nil || !folder.IsDir() || !os.SameFile(folder, shard) {
		return false, false, err
	}
	if err := os.Rename(path, target); err != nil {
		return false, false, err
	}
	return true, true, s.syncDir(shardPath(id[0]))
}

// adopted answers for a file that is not there: an earlier call may have adopted it and its answer got lost.
func (s *Store) adopted(op string, id storage.BlobID, size int64, path string) error {
	there, err := s.settled(id, size)
	if err == nil && !there {
		return syncproto.E(syncproto.CodeNotFound, op, nil)
	}
	if err == nil {
		err = s.syncSource(path)
	}
	return classify(op, err)
}

func (s *Store) copyIn(ctx context.Context, op string, id storage.BlobID, size int64, path string) (fresh bool, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, s.adopted(op, id, size, path)
	}
	if err != nil {
		return false, classify(op, err)
	}
	fresh, err = s.Put(ctx, id, size, file)
	_ = file.Close()
	if err != nil {
		return false, err
	}
	return fresh, classify(op, remove(path))
}

// syncSource makes durable that a file has left its folder. Where a power cut could bring its name back, whoever
// found it there would write into the blob.
func (s *Store) syncSource(path string) error {
	if err := s.at("sync source"); err != nil {
		return err
	}
	err := syncAt(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went with its folder
	}
	return err
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
