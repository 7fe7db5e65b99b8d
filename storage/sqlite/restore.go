package sqlite

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Restore makes a new database file at target from a backup: it checks the backup, copies it durably, brings its
// schema up to date and draws a new epoch, so that phones that have seen more than the backup holds offer it again.
// Target must not exist; it appears only when it is complete.
func Restore(ctx context.Context, backup, target string) (err error) {
	const op = "restore"
	for _, name := range []string{target, target + "-wal"} {
		if _, err := os.Lstat(name); err == nil {
			return &syncproto.Error{Code: syncproto.CodeUsage, Op: op, Err: fs.ErrExist}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return classify(op, err)
		}
	}
	part := target + ".part"
	defer func() {
		for _, name := range []string{part, part + "-wal", part + "-shm"} {
			_ = os.Remove(name)
		}
	}()
	if err := copyFile(backup, part); err != nil {
		return classify(op, err)
	}
	// A database that was copied together with its WAL by other means than Backup has its newest data there.
	if err := copyFile(backup+"-wal", part+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return classify(op, err)
	}
	if err := checkFile(part); err != nil {
		return classify(op, err)
	}
	if err := drawEpoch(ctx, part); err != nil {
		return err
	}
	if info, err := os.Stat(part + "-wal"); err == nil && info.Size() > 0 {
		return syncproto.E(syncproto.CodeInternal, op, errors.New("the WAL was not folded into the file"))
	}
	if err := flushFile(part); err != nil {
		return classify(op, err)
	}
	if err := os.Rename(part, target); err != nil {
		return classify(op, err)
	}
	return classify(op, flushFile(target))
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// checkFile refuses what is damaged, empty, newer, or of another program, before anything is changed in it.
func checkFile(path string) error {
	const op = "check backup"
	c, err := dial(path, []pragma{{"busy_timeout", "5000", "5000"}, {"query_only", "1", "1"}})
	if err != nil {
		return err
	}
	defer c.close()
	row, err := c.first("PRAGMA integrity_check(1)")
	if err != nil {
		return err
	}
	if row == nil || text(row[0]) != "ok" {
		return syncproto.E(syncproto.CodeStoreBroken, op, errors.New("integrity check"))
	}
	version, err := schemaVersion(c)
	if err == nil && version == 0 {
		err = syncproto.E(syncproto.CodeStoreBroken, op, errors.New("the file is empty"))
	}
	return err
}

func drawEpoch(ctx context.Context, path string) error {
	s, err := Open(ctx, path, Options{Readers: 1})
	if err != nil {
		return err
	}
	err = s.Update(ctx, func(t storage.Tx) error {
		_, err := t.NewEpoch()
		return err
	})
	return errors.Join(err, s.Close())
}
