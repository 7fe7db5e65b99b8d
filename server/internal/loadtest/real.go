package loadtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"lantoa/server/internal/review"
	"lantoa/storage/sqlite"
)

// BuildServer builds the real server into a directory and returns the program's path.
func BuildServer(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "lantoa-server")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "lantoa/server").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build server: %w\n%s", err, out)
	}
	return program, nil
}

// PrepareDirectory makes a data directory for the real server, with the fleet of the config enrolled in it.
func PrepareDirectory(ctx context.Context, dir string, cfg Config) (err error) {
	cfg = cfg.withDefaults()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, filepath.Join(dir, databaseName), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := Prepare(ctx, store, cfg, NewFleet(cfg)); err != nil {
		return err
	}
	// A server that finds submissions without rows makes them once, beside the phones. These have them, like those of any
	// server that did not just come from an older version.
	_, err = review.NewKeeper(store, nil, review.KeeperOptions{}).Rebuild(ctx)
	return err
}

// databaseName is the file that the server opens in its data directory.
const databaseName = "lantoa.db"

// RealServer returns how to start the real server on a prepared directory.
func RealServer(program, dir string) *Server {
	return &Server{Command: []string{program, "-data", dir, "-listen", "{addr}"}}
}
