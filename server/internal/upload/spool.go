package upload

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// spool is the folder in which files grow, one for each upload and with its id for a name. The rows say how much of a
// file counts.
type spool struct {
	dir  string
	fail func(point string) error // set by tests: an error where the disk would give one
	// room asks the disk; set by tests. known is false where the system does not tell.
	room func(dir string) (free, total int64, known bool, err error)
}

func openSpool(dir string) (*spool, error) {
	const op = "open the spool folder"
	if dir == "" {
		return nil, syncproto.E(syncproto.CodeInternal, op, errors.New("no folder was named"))
	}
	_, err := os.Stat(dir)
	fresh := errors.Is(err, fs.ErrNotExist)
	err = os.MkdirAll(dir, 0o700)
	if err == nil && fresh { // it is durable in its own folder before anything in it is acknowledged
		err = syncFolder(filepath.Dir(dir))
	}
	if err != nil {
		return nil, fault(op, err)
	}
	return &spool{dir: dir, room: diskRoom}, nil
}

func (s *spool) path(id syncproto.ID) string { return filepath.Join(s.dir, string(id)) }

// open opens the file of an upload for writing behind its durable bytes. What lies beyond them may be left from a page
// cache that a crash tore, and is cut off. A file that is new is made durable in its folder before anything counts.
func (s *spool) open(id syncproto.ID, offset int64) (*os.File, error) {
	const op = "open a spool file"
	if err := s.at("open"); err != nil {
		return nil, fault(op, err)
	}
	file, err := os.OpenFile(s.path(id), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault(op, err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() < offset {
		err = fs.ErrNotExist // mended before it is opened: now it is a fault
	}
	if err == nil && info.Size() > offset {
		err = file.Truncate(offset)
	}
	if err == nil && offset == 0 {
		err = syncFolder(s.dir)
	}
	if err != nil {
		_ = file.Close()
		return nil, fault(op, err)
	}
	return file, nil
}

// holds reports whether at least size bytes of an upload are there.
func (s *spool) holds(id syncproto.ID, size int64) (bool, error) {
	if size == 0 {
		return true, nil
	}
	info, err := os.Stat(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fault("look at a spool file", err)
	}
	return info.Mode().IsRegular() && info.Size() >= size, nil
}

// sound reports whether the file of an upload holds what it should, by reading all of it.
func (s *spool) sound(id syncproto.ID, blob storage.BlobID) (bool, error) {
	const op = "read a spool file"
	file, err := os.Open(s.path(id))
	if err != nil {
		return false, fault(op, err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return false, fault(op, err)
	}
	return storage.BlobID(sum.Sum(nil)) == blob, nil
}

// remove removes the file of an upload. One that cannot be removed is left to the sweep.
func (s *spool) remove(id syncproto.ID) { _ = os.Remove(s.path(id)) }

// files calls yield for what lies in the folder: the ids, sizes and the times of the last byte. Names that are no ids
// are somebody else's, and are left alone.
func (s *spool) files(yield func(id syncproto.ID, size int64, last time.Time)) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fault("read the spool folder", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if id := syncproto.ID(entry.Name()); err == nil && id.Valid() && info.Mode().IsRegular() {
			yield(id, info.Size(), info.ModTime())
		}
	}
	return nil
}

// free returns the bytes that can still be written, and those that the whole disk has.
func (s *spool) free(ctx context.Context, blobs storage.Blobs) (free, total int64, known bool, err error) {
	free, total, known, err = s.room(s.dir)
	if err != nil {
		return 0, 0, false, fault("ask for free space", err)
	}
	if space, ok := blobs.(storage.BlobSpace); ok {
		there, all, err := space.Space(ctx)
		if err != nil {
			return 0, 0, false, err
		}
		if !known || there < free {
			return there, all, true, nil
		}
	}
	return free, total, known, nil
}

// at is where a test may let the disk fail.
func (s *spool) at(point string) error {
	if s.fail == nil {
		return nil
	}
	return s.fail(point)
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // has no such call; its file systems log their entries
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// fault gives an error of the spool its code. A file that is not there was taken away: whoever asks again finds the
// upload mended.
func fault(op string, err error) error {
	if _, coded := errors.AsType[*syncproto.Error](err); !coded && errors.Is(err, fs.ErrNotExist) {
		return syncproto.E(syncproto.CodeUnavailable, op, err)
	}
	return storage.DiskFailure(op, err)
}
