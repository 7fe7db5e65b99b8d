package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

func wantCode(t *testing.T, err error, want syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != want {
		t.Errorf("got error %v, want code %s", err, want)
	}
}

func TestSettingsOfEveryConnection(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	check := func(kind string, r storage.Reader) {
		for name, want := range sqlite.Settings()[kind] {
			got, err := sqlite.Ask(r, "PRAGMA "+name)
			if err != nil || fmt.Sprint(got) != want {
				t.Errorf("%s: %s is %v (%v), want %s", kind, name, got, err, want)
			}
		}
	}
	err := s.Update(t.Context(), func(tx storage.Tx) error { check("writer", tx); return nil })
	if err != nil {
		t.Fatal(err)
	}
	// Views inside views hold several connections at once.
	var nest func(depth int) error
	nest = func(depth int) error {
		return s.View(t.Context(), func(r storage.Reader) error {
			check("reader", r)
			if depth == 0 {
				return nil
			}
			return nest(depth - 1)
		})
	}
	if err := nest(5); err != nil {
		t.Fatal(err)
	}
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lantoa.db")
	open(t, path)
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", name, info.Mode(), err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	made := func(name string, statements ...string) string {
		path := filepath.Join(dir, name)
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range statements {
			if err := s.Exec(sql); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name, path string
		want       syncproto.Code
	}{
		{"a missing directory", filepath.Join(dir, "nowhere", "x.db"), syncproto.CodeStoreMissing},
		{"a file where the directory should be", filepath.Join(write("plain", nil), "x.db"), syncproto.CodeStoreMissing},
		{"a directory", dir, syncproto.CodeStoreBroken},
		{"text", write("text.db", []byte(fmt.Sprintf("%05000d", 7))), syncproto.CodeStoreBroken},
		{"a newer schema", made("newer.db", "PRAGMA user_version = 1000"), syncproto.CodeStoreNewer},
		{"another program's file", made("other.db", "PRAGMA application_id = 7"), syncproto.CodeStoreBroken},
		{"a schema that was never ours", made("never.db", "PRAGMA user_version = 0"), syncproto.CodeStoreBroken},
	} {
		s, err := sqlite.Open(t.Context(), c.path, sqlite.Options{})
		if err == nil {
			_ = s.Close()
		}
		t.Run(c.name, func(t *testing.T) { wantCode(t, err, c.want) })
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sqlite.Open(ctx, filepath.Join(dir, "y.db"), sqlite.Options{})
	wantCode(t, err, syncproto.CodeUnavailable)
}

func TestFileSystemErrorsHaveCodes(t *testing.T) {
	for errno, want := range map[syscall.Errno]syncproto.Code{
		syscall.ENOENT: syncproto.CodeStoreMissing, syscall.EACCES: syncproto.CodeStoreReadOnly,
		syscall.EROFS: syncproto.CodeStoreReadOnly, syscall.ENOSPC: syncproto.CodeStoreFull,
		syscall.EIO: syncproto.CodeStoreBroken, syscall.EINVAL: syncproto.CodeInternal,
	} {
		wantCode(t, sqlite.Classify(&os.PathError{Op: "open", Path: "x", Err: errno}), want)
	}
}
