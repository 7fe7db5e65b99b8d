package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// What lies in a data directory.
const (
	databaseFile = "lantoa.db"
	lockName     = "server.lock"
	addressFile  = "server.url" // where the running server can be reached, for the other commands
	backupsDir   = "backups"
)

// openData opens the database of a data directory, making both if they are not there.
func openData(ctx context.Context, dir string, now func() time.Time) (*sqlite.Store, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	if err := finishRestore(dir); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, filepath.Join(dir, databaseFile), sqlite.Options{Now: func() int64 { return now().UnixMilli() }})
}

// makeDir makes the directory, closed to other users: it holds what volunteers wrote about people.
func makeDir(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if errors.Is(err, os.ErrPermission) {
		return syncproto.E(syncproto.CodeStoreReadOnly, "make data directory", err)
	}
	return err
}

// ensureRoot makes the organisation's root unit in an empty database and returns the unit to name as an example.
func ensureRoot(ctx context.Context, store storage.Store, name string, now time.Time) (root syncproto.Unit, err error) {
	err = store.Update(ctx, func(tx storage.Tx) error {
		units, err := tx.Units()
		if err != nil {
			return err
		}
		for _, u := range units {
			if u.Parent == "" && u.Until == 0 {
				root = u
				return nil
			}
		}
		root = syncproto.Unit{ID: syncproto.NewID(), Name: name, Level: "Tỉnh", From: now.UnixMilli()}
		return people.CreateUnit(tx, root, root.From)
	})
	return root, err
}

// probeDir writes and removes a small file, so that a full or read-only disk shows before a phone meets it.
func probeDir(dir string) error {
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 32<<10)) // what SQLite needs beside its log
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
