package storagetest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// wantRows compares a list with what is expected.
func wantRows[T any](t *testing.T, got []T, err error, want ...T) {
	t.Helper()
	if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

// wantRow compares one row with what is expected.
func wantRow[T any](t *testing.T, got *T, err error, want T) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

// wantMissing is what a question about something that is not there is answered with.
func wantMissing[T any](t *testing.T, got *T, err error) {
	t.Helper()
	if got != nil {
		t.Errorf("got %+v", got)
	}
	wantCode(t, err, syncproto.CodeNotFound)
}

// ids returns n ids in order.
func (w *world) ids(n int) []syncproto.ID {
	list := make([]syncproto.ID, n)
	for i := range list {
		list[i] = w.id()
	}
	slices.Sort(list)
	return list
}

func versions(t *testing.T, s storage.Store) (out []storage.UnitVersion) {
	t.Helper()
	view(t, s, func(r storage.Reader) (err error) {
		out, err = r.UnitVersions()
		return err
	})
	return out
}

func testUnitVersions(t *testing.T, s storage.Store) {
	w := newWorld(t, 100)
	u := w.ids(3)
	version := func(unit syncproto.ID, since int64, name string) storage.UnitVersion {
		return storage.UnitVersion{Unit: unit, Since: since, Name: name, Level: "Xã", Parent: w.unit}
	}
	put := func(v storage.UnitVersion) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error { return tx.PutUnitVersion(&v) })
	}
	if got := versions(t, s); len(got) != 0 {
		t.Errorf("got %v of an empty store", got)
	}
	for _, v := range []storage.UnitVersion{
		version(u[1], 500, "later"), version(u[0], 7, "other"), version(u[1], -3, "before 1970"), version(u[1], 20, "wrong"),
		version(u[1], 20, "right"), version(u[2], 1, "last"),
	} {
		put(v)
	}
	root := storage.UnitVersion{Unit: u[2], Since: 0, Name: "Trung ương"}
	put(root)
	wantRows(t, versions(t, s), nil, version(u[0], 7, "other"), version(u[1], -3, "before 1970"), version(u[1], 20, "right"),
		version(u[1], 500, "later"), root, version(u[2], 1, "last"))
	update(t, s, func(tx storage.Tx) error { return tx.DropUnitVersion(u[1], 20) })
	wantRows(t, versions(t, s), nil, version(u[0], 7, "other"), version(u[1], -3, "before 1970"), version(u[1], 500, "later"),
		root, version(u[2], 1, "last"))
	update(t, s, func(tx storage.Tx) error {
		wantCode(t, tx.DropUnitVersion(u[1], 20), syncproto.CodeNotFound)
		wantCode(t, tx.DropUnitVersion(w.id(), 7), syncproto.CodeNotFound)
		wantCode(t, tx.DropUnitVersion("", 0), syncproto.CodeNotFound)
		wantCode(t, tx.PutUnitVersion(&storage.UnitVersion{Name: "of no unit"}), syncproto.CodeInvalidID)
		return tx.DropUnitVersion(u[1], 500)
	})
	if got := versions(t, s); len(got) != 4 {
		t.Errorf("got %v", got)
	}
}

// testFirstVersion: whoever makes a unit need not know of versions, and nothing that PutUnit does changes one.
func testFirstVersion(t *testing.T, s storage.Store) {
	w := newWorld(t, 101)
	u := syncproto.Unit{ID: w.unit, Name: "Xã Ea Kao", Level: "Xã", Parent: w.id(), From: 5}
	first := storage.UnitVersion{Unit: u.ID, Since: 5, Name: u.Name, Level: u.Level, Parent: u.Parent}
	putUnit := func() {
		t.Helper()
		update(t, s, func(tx storage.Tx) error { return tx.PutUnit(&u) })
	}
	putUnit()
	wantRows(t, versions(t, s), nil, first)
	u.Name, u.From, u.Until = "Phường Ea Kao", 6, 100
	putUnit()
	wantRows(t, versions(t, s), nil, first)

	update(t, s, func(tx storage.Tx) error { return tx.DropUnitVersion(u.ID, 5) })
	if got := versions(t, s); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	planned := storage.UnitVersion{Unit: u.ID, Since: 50, Name: "planned"}
	update(t, s, func(tx storage.Tx) error { return tx.PutUnitVersion(&planned) })
	putUnit()
	wantRows(t, versions(t, s), nil, planned)

	update(t, s, func(tx storage.Tx) error { return tx.DropUnitVersion(u.ID, 50) })
	putUnit()
	wantRows(t, versions(t, s), nil, storage.UnitVersion{Unit: u.ID, Since: 6, Name: u.Name, Level: u.Level, Parent: u.Parent})
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.PutUnit(&syncproto.Unit{ID: w.id(), Name: strings.Repeat("x", 99)})
			return errWanted
		})
		return nil
	})
	if got := versions(t, s); len(got) != 1 {
		t.Errorf("a version survived its savepoint: %v", got)
	}
}

func testUnitSettings(t *testing.T, s storage.Store) {
	w := newWorld(t, 102)
	u := w.ids(3)
	update(t, s, func(tx storage.Tx) error {
		got, err := tx.UnitSettings()
		wantRows(t, got, err)
		for _, v := range []storage.UnitSetting{
			{Unit: u[2], OwnAllowed: true}, {Unit: u[0], OwnAllowed: true, AlarmAfter: 5}, {Unit: u[1], AlarmAfter: 3_600_000}, {Unit: u[2]},
		} {
			if err := tx.PutUnitSetting(&v); err != nil {
				return err
			}
		}
		wantCode(t, tx.PutUnitSetting(&storage.UnitSetting{OwnAllowed: true}), syncproto.CodeInvalidID)
		return nil
	})
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		_ = tx.PutUnitSetting(&storage.UnitSetting{Unit: w.id()})
		_ = tx.PutUnitSetting(&storage.UnitSetting{Unit: u[0]})
		return errWanted
	})
	view(t, s, func(r storage.Reader) error {
		got, err := r.UnitSettings()
		wantRows(t, got, err, storage.UnitSetting{Unit: u[0], OwnAllowed: true, AlarmAfter: 5},
			storage.UnitSetting{Unit: u[1], AlarmAfter: 3_600_000}, storage.UnitSetting{Unit: u[2]})
		return nil
	})
}
