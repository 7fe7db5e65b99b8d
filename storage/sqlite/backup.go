package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Backup implements storage.Backuper.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	const op = "back up"
	if _, err := os.Lstat(path); err == nil {
		return &syncproto.Error{Code: syncproto.CodeUsage, Op: op, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return classify(op, err)
	}
	// The marks are read before the copy's snapshot is taken, so the copy holds at least these.
	marks, err := s.marks(ctx)
	if err != nil {
		return err
	}
	// A backup that a power cut ends in the middle must not have the name of a whole one.
	part := path + ".part"
	_ = os.Remove(part)
	defer os.Remove(part)
	if err := s.copyTo(part); err != nil {
		return classify(op, err)
	}
	if err := errors.Join(os.Rename(part, path), flushName(path)); err != nil {
		return classify(op, err)
	}
	return s.Update(ctx, func(t storage.Tx) error {
		for _, d := range marks {
			_, err := t.(*tx).exec(op, "UPDATE devices SET durable = ? WHERE id = ? AND durable < ?",
				d.Accepted, id16(d.ID), d.Accepted)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) marks(ctx context.Context) (marks []storage.Device, err error) {
	err = s.View(ctx, func(r storage.Reader) error {
		marks, err = r.Devices("", -1)
		return err
	})
	return marks, err
}

// copyTo writes a whole copy on a connection of its own and makes it durable.
func (s *Store) copyTo(path string) error {
	c, err := dial(s.path, commonPragmas)
	if err != nil {
		return err
	}
	_, err = c.exec("VACUUM INTO ?", path)
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	return flush(path)
}

// flushFile makes a file and its name durable.
func flushFile(path string) error { return errors.Join(flush(path), flushName(path)) }

// flushName makes a file's name durable, which is its directory's content.
func flushName(path string) error { return flush(filepath.Dir(path)) }

func flush(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
