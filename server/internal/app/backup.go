package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// stamp names files by the moment they were made, sortable.
const stamp = "20060102-150405"

func runBackup(c *call) error {
	var cfg Config
	f := c.flags("backup")
	dataFlag(f, &cfg)
	if err := c.parse(f, 1); err != nil {
		return err
	}
	path := c.arg(0)
	if path == "" {
		path = filepath.Join(cfg.path(backupsDir), "lantoa-"+time.Now().In(vietnam).Format(stamp)+".db")
	}
	return c.withData(&cfg, func(w *workshop) error {
		if c.arg(0) == "" {
			if err := makeDir(filepath.Dir(path)); err != nil {
				return err
			}
		}
		if err := w.store.Backup(c.ctx, path); err != nil {
			return there(err, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		tell(c.stdout, "", "server.backed_up", words{"path": path, "size": strconv.FormatInt((info.Size()+1023)/1024, 10)})
		return nil
	})
}

func runRestore(c *call) error {
	var cfg Config
	f := c.flags("restore")
	dataFlag(f, &cfg)
	if err := c.parse(f, 1); err != nil {
		return err
	}
	if c.arg(0) == "" {
		return usageError("restore FILE")
	}
	aside, err := Restore(c.ctx, cfg.Data, c.arg(0))
	if syncproto.CodeOf(err) == syncproto.CodeStoreBroken {
		return &fault{exit: exitBroken, key: "server.fault_backup", detail: c.arg(0), err: err}
	}
	if err != nil {
		return named(err, c.arg(0))
	}
	tell(c.stdout, "", "server.restored", words{"path": c.arg(0)})
	if aside != "" {
		tell(c.stdout, "", "server.restored_kept", words{"path": aside})
	}
	tell(c.stdout, "", "server.restored_resend", nil)
	return nil
}

// restoredFile is a complete restored database that has not taken its place yet.
const restoredFile = "restored.db"

// Restore puts a backup in place of the database of a data directory and returns where the replaced one is kept, ""
// if there was none. It fails with store_busy while a server runs. The restored database has a new epoch, by which
// phones know that they may have seen more than it holds.
func Restore(ctx context.Context, dir, backup string) (aside string, err error) {
	if err := makeDir(dir); err != nil {
		return "", err
	}
	lock, err := lockFile(filepath.Join(dir, lockName))
	if err != nil {
		return "", err
	}
	defer lock.Close()
	restored, target := filepath.Join(dir, restoredFile), filepath.Join(dir, databaseFile)
	if err := finishRestore(dir); err != nil {
		return "", err
	}
	// One that is left beside a database was never put in place; its backup is still there.
	if err := os.Remove(restored); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := sqlite.Restore(ctx, backup, restored); err != nil {
		return "", err
	}
	if _, err := os.Lstat(target); err == nil {
		aside = filepath.Join(dir, "replaced-"+time.Now().In(vietnam).Format(stamp+".000")+".db")
		if err := moveAside(target, aside); err != nil {
			return "", err
		}
	}
	return aside, finishRestore(dir)
}

// moveAside renames a database with its log. The log goes first: a database without it is older, one with a foreign
// log is broken.
func moveAside(from, to string) error {
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(from+suffix, to+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// finishRestore puts a restored database in place if there is none. It is called before a database is opened, too: a
// machine that stopped between the two renames must not start with an empty one.
func finishRestore(dir string) error {
	target := filepath.Join(dir, databaseFile)
	if _, err := os.Lstat(target); err == nil {
		return nil
	}
	err := os.Rename(filepath.Join(dir, restoredFile), target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// there says that a file exists already, and otherwise which one the fault is about.
func there(err error, path string) error {
	if !errors.Is(err, fs.ErrExist) {
		return named(err, path)
	}
	return &fault{exit: exitRefused, err: err, detail: path, key: "server.fault_exists"}
}

// named puts the file that was asked for into a fault that names none.
func named(err error, path string) error {
	f := faultOf(err)
	if f.detail == "" && f.exit == exitDirectory {
		f.detail = path
	}
	return f
}
