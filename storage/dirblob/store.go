package dirblob

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"lantoa/storage"
)

const (
	blobsDir   = "blobs"
	stagingDir = "staging"
	stagePlan  = "put-" // begins the names in staging that Sweep may remove
)

// Options are what may be left out.
type Options struct {
	// KeepFree is how many bytes of the disk must stay free: a Put that would take more is refused with store_full
	// before it reads anything. 0 lets the disk fill up, which the database beside it would feel. Systems that do
	// not tell what is free keep nothing.
	KeepFree int64
}

// Store is a directory of blobs. Make one with Open.
type Store struct {
	root    *os.Root
	path    string // of the root, absolute; only Adopt needs it
	options Options
	closed  atomic.Bool
	shards  [256]sync.Mutex // held where a folder's entries change and are made durable

	mu     sync.Mutex
	active map[string]bool // names in staging that this process writes

	fail func(point string) error // set by tests: an error where the disk would give one
}

var _ storage.Blobs = (*Store)(nil)

// Open opens the directory at path and makes what is missing. A directory that is complete and cannot be written to
// opens: its blobs can be read.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	const op = "open the blob directory"
	if ctx.Err() != nil {
		return nil, ended(op, ctx)
	}
	_, err := os.Stat(path)
	made := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, classify(op, err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, classify(op, err)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		_ = root.Close()
		return nil, classify(op, err)
	}
	s := &Store{root: root, path: absolute, options: options, active: map[string]bool{}}
	if err := s.layOut(); err != nil {
		_ = root.Close()
		return nil, classify(op, err)
	}
	if made {
		if err := syncAt(filepath.Dir(path)); err != nil {
			_ = root.Close()
			return nil, classify(op, err)
		}
	}
	return s, nil
}

// layOut makes the folders and makes them durable.
func (s *Store) layOut() error {
	for _, dir := range []string{blobsDir, stagingDir} {
		if err := s.mkdir(dir); err != nil {
			return err
		}
	}
	for i := range len(s.shards) {
		if err := s.mkdir(shardPath(byte(i))); err != nil {
			return err
		}
	}
	if err := s.syncDir(blobsDir); err != nil {
		return err
	}
	return s.syncDir(".")
}

func (s *Store) mkdir(name string) error {
	// Asked first: on a read-only disk Mkdir says so even if the folder is there.
	if info, err := s.root.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := s.root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Close implements storage.Blobs.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return classify("close the blob directory", s.root.Close())
}

func (s *Store) ready(ctx context.Context, op string) error {
	if s.closed.Load() {
		return classify(op, fs.ErrClosed)
	}
	if ctx.Err() != nil {
		return ended(op, ctx)
	}
	return nil
}

// at is where a test may let the disk fail.
func (s *Store) at(point string) error {
	if s.fail == nil {
		return nil
	}
	return s.fail(point)
}

func (s *Store) syncDir(name string) error {
	if err := s.at("sync " + filepath.Dir(name)); err != nil {
		return err
	}
	d, err := s.root.Open(name)
	if err != nil {
		return err
	}
	return syncFolder(d)
}

func syncAt(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return syncFolder(d)
}

// syncFolder makes the entries of a folder durable and closes it. Windows has no such call; its file systems log
// their entries.
func syncFolder(d *os.File) error {
	defer d.Close()
	if runtime.GOOS == "windows" {
		return nil
	}
	return d.Sync()
}

func shardPath(shard byte) string { return blobsDir + "/" + hex.EncodeToString([]byte{shard}) }

func blobPath(id storage.BlobID) string { return shardPath(id[0]) + "/" + id.String() }
