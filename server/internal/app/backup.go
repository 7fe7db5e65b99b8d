package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lantoa/storage/sqlite"
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
		if err := makeDir(filepath.Dir(path)); err != nil {
			return err
		}
	}
	if err := mustHaveData(&cfg); err != nil {
		return err
	}
	return c.withData(&cfg, func(w *workshop) error {
		if err := w.store.Backup(c.ctx, path); err != nil {
			return there(err, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.stdout, "Đã sao lưu / backed up: %s (%d KiB)\n", path, (info.Size()+1023)/1024)
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
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "Đã khôi phục / restored: %s\n", c.arg(0))
	if aside != "" {
		fmt.Fprintf(c.stdout, "Dữ liệu trước đó được giữ ở / what was there before is kept in: %s\n", aside)
	}
	fmt.Fprint(c.stdout, "Điện thoại sẽ tự gửi lại những gì bản sao lưu chưa có. / Phones will send again what the backup lacks.\n")
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

// mustHaveData keeps a mistyped directory from being backed up as an empty database.
func mustHaveData(cfg *Config) error {
	if _, err := os.Stat(cfg.path(databaseFile)); err != nil {
		return &fault{
			exit: exitDirectory, err: err, detail: cfg.Data,
			vi: "thư mục này không có dữ liệu của Lan tỏa", hintVi: "chỉ đúng thư mục bằng -data",
			en: "there is no Lantoa data in this directory", hintEn: "name the right one with -data",
		}
	}
	return nil
}

// there says that a file exists already.
func there(err error, path string) error {
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	return &fault{
		exit: exitRefused, err: err, detail: path,
		vi: "đã có tập tin này, không ghi đè", hintVi: "chọn tên khác",
		en: "this file exists and is not overwritten", hintEn: "choose another name",
	}
}
