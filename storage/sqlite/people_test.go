package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestUnitsOfOldSchemasGetTheirFirstVersion: what a unit is when the schema comes is what it was from its beginning.
func TestUnitsOfOldSchemasGetTheirFirstVersion(t *testing.T) {
	data, err := os.ReadFile("testdata/v2.db")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "lantoa.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	above, _ := benchID(20).Bytes()
	below, _ := benchID(21).Bytes()
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = old.Exec(`INSERT INTO units (id, parent, since, until, name, level, successors) VALUES
		(?1, NULL, 77, 0, 'Tỉnh Đắk Lắk', 'Tỉnh', 'null'), (?2, ?1, -5, 99, 'Xã Hoà Thắng', '', 'null')`, above[:], below[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	err = s.View(t.Context(), func(r storage.Reader) error {
		versions, err := r.UnitVersions()
		if err != nil {
			return err
		}
		got := map[syncproto.ID]storage.UnitVersion{}
		for _, v := range versions {
			got[v.Unit] = v
		}
		want := map[syncproto.ID]storage.UnitVersion{
			benchID(20): {Unit: benchID(20), Since: 77, Name: "Tỉnh Đắk Lắk", Level: "Tỉnh"},
			benchID(21): {Unit: benchID(21), Since: -5, Name: "Xã Hoà Thắng", Parent: benchID(20)},
		}
		for unit, v := range want {
			if got[unit] != v {
				t.Errorf("got %+v, want %+v", got[unit], v)
			}
		}
		if len(versions) != 3 {
			t.Errorf("got %d versions of 3 units", len(versions))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTroublesThatCannotBeReadAreABrokenStore and not a contact without troubles.
func TestTroublesThatCannotBeReadAreABrokenStore(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	device := benchID(1)
	err := s.Update(t.Context(), func(tx storage.Tx) error {
		if err := tx.PutDevice(&storage.Device{ID: device}); err != nil {
			return err
		}
		return tx.PutContacts([]storage.Contact{{Device: device, Troubles: []syncproto.Trouble{{Code: syncproto.CodeQuota}}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec("UPDATE contacts SET troubles = 'torn'"); err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), func(r storage.Reader) error {
		_, err := r.Contact(device)
		return err
	})
	if syncproto.CodeOf(err) != syncproto.CodeStoreBroken {
		t.Errorf("got %v", err)
	}
}
