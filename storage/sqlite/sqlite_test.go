package sqlite_test

import (
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/storage/storagetest"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storagetest.TestStore(t, func(t *testing.T) storage.Store { return open(t, filepath.Join(t.TempDir(), "lantoa.db")) })
}

func TestPersistence(t *testing.T) {
	storagetest.TestPersistence(t, func(t *testing.T, path string) storage.Store { return open(t, path) })
}
