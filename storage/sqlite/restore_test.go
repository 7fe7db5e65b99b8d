package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

func epochOf(t *testing.T, s *sqlite.Store) (e syncproto.Epoch) {
	t.Helper()
	err := s.View(t.Context(), func(r storage.Reader) (err error) {
		e, err = r.Epoch()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRestoreIsANewLife(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "lantoa.db"))
	if err := s.Update(t.Context(), fixtureData); err != nil {
		t.Fatal(err)
	}
	backup, target := filepath.Join(dir, "backup.db"), filepath.Join(dir, "restored.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Restore(t.Context(), backup, target); err != nil {
		t.Fatal(err)
	}
	restored := open(t, target)
	if epochOf(t, restored) == epochOf(t, s) {
		t.Error("the restored database has the old epoch")
	}
	want := fixtureText(t, open(t, backup))
	if got := fixtureText(t, restored); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	wantCode(t, sqlite.Restore(t.Context(), backup, target), syncproto.CodeUsage)
	after, err := os.ReadFile(backup)
	if err != nil || len(after) != len(before) {
		t.Errorf("the backup changed: %d to %d bytes, %v", len(before), len(after), err)
	}
}

func TestRestoreRefusesWhatIsDamaged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "lantoa.db"))
	for n := range uint64(200) {
		if err := putStory(s, story(n)); err != nil {
			t.Fatal(err)
		}
	}
	backup := filepath.Join(dir, "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	scratched := append([]byte(nil), whole...)
	for i := len(scratched) / 2; i < len(scratched)/2+9000; i++ {
		scratched[i] ^= 0x5a
	}
	for name, content := range map[string][]byte{
		"cut short": whole[:len(whole)/2/4096*4096], "scratched": scratched, "empty": nil, "text": []byte("not a database at all"),
	} {
		bad, target := filepath.Join(dir, name), filepath.Join(dir, name+".db")
		if err := os.WriteFile(bad, content, 0o600); err != nil {
			t.Fatal(err)
		}
		wantCode(t, sqlite.Restore(t.Context(), bad, target), syncproto.CodeStoreBroken)
		left, err := filepath.Glob(target + "*")
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left behind %v, %v", name, left, err)
		}
	}
	wantCode(t, sqlite.Restore(t.Context(), filepath.Join(dir, "nowhere"), filepath.Join(dir, "x.db")), syncproto.CodeStoreMissing)
}

func TestRestoreReadsTheWALBesideACopy(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "lantoa.db"))
	for n := range uint64(30) {
		if err := putStory(s, story(n)); err != nil {
			t.Fatal(err)
		}
	}
	copied, target := filepath.Join(dir, "copy.db"), filepath.Join(dir, "restored.db")
	if err := copyPair(s.Path(), copied); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Restore(t.Context(), copied, target); err != nil {
		t.Fatal(err)
	}
	if n := count(t, open(t, target)); n != 30 {
		t.Errorf("got %d records, want 30", n)
	}
}

func TestBackupRefusesWhereItCannotWrite(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "lantoa.db"))
	wantCode(t, s.Backup(t.Context(), filepath.Join(dir, "nowhere", "x.db")), syncproto.CodeStoreMissing)
	wantCode(t, s.Backup(t.Context(), s.Path()), syncproto.CodeUsage)
	if err := s.Backup(t.Context(), filepath.Join(dir, "x.db")); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.part*")); err != nil || len(left) > 0 {
		t.Errorf("left behind %v, %v", left, err)
	}
}

// TestRestoreOfEverySchema: a backup of an older build is brought up to date, and what it says of uploads whose bytes
// are gone is there to be read.
func TestRestoreOfEverySchema(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/v*.db")
	if err != nil || len(fixtures) < 2 {
		t.Fatalf("fixtures: %v, %v", fixtures, err)
	}
	for i, fixture := range fixtures {
		target := filepath.Join(t.TempDir(), "restored.db")
		if err := sqlite.Restore(t.Context(), fixture, target); err != nil {
			t.Fatalf("%s: %v", fixture, err)
		}
		s := open(t, target)
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			uploads, err := tx.Uploads("", 10)
			if err != nil {
				return err
			}
			if (len(uploads) > 0) != (i > 0) {
				t.Errorf("%s: got %d uploads", fixture, len(uploads))
			}
			for i := range uploads {
				if err := tx.DeleteUpload(uploads[i].ID); err != nil {
					return err
				}
			}
			count, bytes, all, err := tx.UploadsOpen(benchID(2e9))
			if count != 0 || bytes != 0 || all != 0 {
				t.Errorf("%s: %d uploads hold %d bytes, %d in all, after the last has gone", fixture, count, bytes, all)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", fixture, err)
		}
	}
}
