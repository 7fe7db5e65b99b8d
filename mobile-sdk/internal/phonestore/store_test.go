package phonestore

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"lantoa/syncproto"
)

func open(t *testing.T, path, pin string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, Options{PIN: pin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func add(s *Store, n int64, size int) error {
	return s.Update(context.Background(), "add", func(tx *Tx) error {
		return tx.AddMutation(&Mutation{
			Device: syncproto.NewID(), Number: n, Record: syncproto.NewID(), Kind: "story", Wire: []byte(strings.Repeat("x", size)),
		})
	})
}

func counts(t *testing.T, s *Store) (c Counts) {
	t.Helper()
	err := s.View(context.Background(), func(tx *Tx) (err error) {
		c, err = tx.Counts()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file modes")
	}
	path := filepath.Join(t.TempDir(), "phone.db")
	open(t, path, "")
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want 0600", filepath.Base(file), info.Mode(), err)
		}
	}
}

func TestFullDiskIsSaidAndLosesNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "phone.db"), "")
	if err := add(s, 1, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := s.conn.ExecContext(context.Background(), "PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	err := add(s, 2, 1<<20)
	if syncproto.CodeOf(err) != syncproto.CodeStoreFull {
		t.Fatalf("got %v, want store_full", err)
	}
	if n := counts(t, s).Unsent; n != 1 {
		t.Fatalf("%d waiting, want 1", n)
	}
	if _, err := s.conn.ExecContext(context.Background(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := add(s, 2, 1<<20); err != nil || counts(t, s).Unsent != 2 {
		t.Fatalf("with room again: %v", err)
	}
}

func TestNewerStoreIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "phone.db")
	s := open(t, path, "")
	if _, err := s.conn.ExecContext(context.Background(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err := Open(context.Background(), path, Options{})
	if syncproto.CodeOf(err) != syncproto.CodeStoreNewer {
		t.Fatalf("got %v, want store_newer", err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), filepath.Join(dir, "phone.db"), Options{})
	if syncproto.CodeOf(err) != syncproto.CodeStoreReadOnly {
		t.Fatalf("got %v, want store_read_only", err)
	}
}

func TestPragmasHoldOnEveryConnection(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "phone.db"), "")
	if err := add(s, 1, 1); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2", "PRAGMA temp_store": "2", "PRAGMA busy_timeout": "5000",
	} {
		for name, row := range map[string]interface{ Scan(...any) error }{
			"writer": s.conn.QueryRowContext(context.Background(), query), "reader": s.readers.QueryRow(query),
		} {
			var got string
			if err := row.Scan(&got); err != nil || got != want {
				t.Errorf("%s of the %s is %s, want %s (%v)", query, name, got, want, err)
			}
		}
	}
	if _, err := s.readers.Exec("DELETE FROM mutations"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestCountersFollowEveryMove(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "phone.db"), "")
	ctx := context.Background()
	device, record := syncproto.NewID(), syncproto.NewID()
	var m *Mutation
	step := func(want Counts, fn func(tx *Tx) error) {
		t.Helper()
		if err := s.Update(ctx, "step", fn); err != nil {
			t.Fatal(err)
		}
		if got := counts(t, s); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	step(Counts{Unsent: 1, Unexported: 1}, func(tx *Tx) error {
		m = &Mutation{Device: device, Number: 1, Record: record, Kind: "story", Wire: []byte("x")}
		return tx.AddMutation(m)
	})
	step(Counts{Unsent: 1, Unexported: 1}, func(tx *Tx) error { // a void is nobody's
		return tx.AddMutation(&Mutation{Device: device, Number: 2})
	})
	step(Counts{Unsent: 1, Quarantined: 1, Unexported: 1}, func(tx *Tx) error {
		_, err := tx.Quarantine(record)
		return err
	})
	step(Counts{Unsent: 1, Quarantined: 1}, func(tx *Tx) error { return tx.MarkExported(m.Seq) })
	step(Counts{Rejected: 1}, func(tx *Tx) error {
		m.Judged, m.Tray, m.Settled = true, true, true
		return tx.Judge(m)
	})
	step(Counts{Unsent: 1}, func(tx *Tx) error { return tx.Reopen(m) })
	step(Counts{}, func(tx *Tx) error { return tx.Discard(m) })
}

func TestSealedRowsCannotBeSwapped(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "phone.db"), "1234")
	sealed, err := s.sealed.seal([]byte("bí mật"), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.sealed.open(sealed, "b"); syncproto.CodeOf(err) != syncproto.CodeStoreBroken {
		t.Fatalf("got %v", err)
	}
	if plain, err := s.sealed.open(sealed, "a"); err != nil || string(plain) != "bí mật" {
		t.Fatalf("got %q, %v", plain, err)
	}
}
