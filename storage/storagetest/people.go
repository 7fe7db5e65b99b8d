package storagetest

import (
	"reflect"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testPeople(t *testing.T, s storage.Store) {
	w := newWorld(t, 40)
	province := syncproto.Unit{ID: w.id(), Name: "Tỉnh Đắk Lắk", Level: "Tỉnh", From: 5}
	commune := syncproto.Unit{
		ID: w.id(), Name: "Xã Ea Kao", Level: "Xã", Parent: province.ID, From: 5, Until: 9,
		Successors: []syncproto.ID{w.id(), w.id()},
	}
	person := storage.Person{ID: w.person, Name: "Nguyễn Thị Đào", Created: 3, Closed: 4}
	grants := []syncproto.Grant{
		{ID: w.id(), Person: w.person, Unit: commune.ID, Role: syncproto.RoleVolunteer, From: 1},
		{ID: w.id(), Person: w.person, Unit: province.ID, Role: syncproto.RoleEditor, From: 1, Until: 2},
	}
	slices.SortFunc(grants, func(a, b syncproto.Grant) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	code := storage.EnrollCode{
		Hash: [32]byte{1}, Unit: commune.ID, Role: syncproto.RoleVolunteer, Person: w.person, Name: "Đào", Created: 1,
		Expires: 2, Used: 3, Device: w.device, Nonce: [32]byte{4},
	}
	update(t, s, func(tx storage.Tx) error {
		early := grants[0]
		early.Until = 100
		unused := code
		unused.Used, unused.Device, unused.Person, unused.Nonce = 0, "", "", [32]byte{}
		for _, err := range []error{
			tx.PutUnit(&syncproto.Unit{ID: commune.ID, Name: "old"}), tx.PutUnit(&province), tx.PutUnit(&commune),
			tx.PutPerson(&storage.Person{ID: w.person}), tx.PutPerson(&person), tx.PutGrant(&early), tx.PutGrant(&grants[1]),
			tx.PutGrant(&grants[0]), tx.PutGrant(&syncproto.Grant{ID: w.id(), Person: w.id(), Unit: w.unit}),
			tx.PutEnrollCode(&unused), tx.PutEnrollCode(&code),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		units, err := r.Units()
		want := []syncproto.Unit{province, commune}
		if commune.ID < province.ID {
			want = []syncproto.Unit{commune, province}
		}
		if err != nil || !reflect.DeepEqual(units, want) {
			t.Errorf("got %+v, %v, want %+v", units, err, want)
		}
		if got, err := r.Person(w.person); err != nil || *got != person {
			t.Errorf("got %+v, %v", got, err)
		}
		if got, err := r.Grants(w.person); err != nil || !slices.Equal(got, grants) {
			t.Errorf("got %+v, %v, want %+v", got, err, grants)
		}
		if got, err := r.EnrollCode(code.Hash); err != nil || *got != code {
			t.Errorf("got %+v, %v", got, err)
		}
		_, err = r.Person(w.id())
		wantCode(t, err, syncproto.CodeNotFound)
		_, err = r.EnrollCode([32]byte{9})
		wantCode(t, err, syncproto.CodeNotFound)
		return nil
	})
}

func access(t *testing.T, s storage.Store) (n uint64) {
	t.Helper()
	view(t, s, func(r storage.Reader) (err error) {
		n, err = r.Access()
		return err
	})
	return n
}

func testAccess(t *testing.T, s storage.Store) {
	w := newWorld(t, 41)
	d := w.newDevice(1)
	for _, step := range []struct {
		name  string
		rises bool
		do    func(storage.Tx) error
	}{
		{"a unit", true, func(tx storage.Tx) error { return tx.PutUnit(&syncproto.Unit{ID: w.unit}) }},
		{"a grant", true, func(tx storage.Tx) error {
			return tx.PutGrant(&syncproto.Grant{ID: w.id(), Person: w.person, Unit: w.unit})
		}},
		{"a person", true, func(tx storage.Tx) error { return tx.PutPerson(&storage.Person{ID: w.person}) }},
		{"a person's phone", true, func(tx storage.Tx) error {
			return tx.PutPerson(&storage.Person{ID: w.person, Phone: "+84905123456"})
		}},
		{"a suspension", true, func(tx storage.Tx) error { return tx.PutPerson(&storage.Person{ID: w.person, Suspended: 5}) }},
		{"a closing", true, func(tx storage.Tx) error { return tx.PutPerson(&storage.Person{ID: w.person, Closed: 6}) }},
		{"a version", true, func(tx storage.Tx) error {
			return tx.PutUnitVersion(&storage.UnitVersion{Unit: w.unit, Since: 5})
		}},
		{"a version that is dropped", true, func(tx storage.Tx) error { return tx.DropUnitVersion(w.unit, 5) }},
		{"a setting", true, func(tx storage.Tx) error { return tx.PutUnitSetting(&storage.UnitSetting{Unit: w.unit}) }},
		{"an account", false, func(tx storage.Tx) error { return tx.PutAccount(&storage.Account{Person: w.person}) }},
		{"a session", false, func(tx storage.Tx) error { return tx.PutSession(&storage.Session{Person: w.person}) }},
		{"a notice", false, func(tx storage.Tx) error {
			_, err := tx.AddNotice(&storage.Notice{Record: w.unit})
			return err
		}},
		{"a case", false, func(tx storage.Tx) error { return tx.PutCase(&storage.Case{ID: w.unit}) }},
		{"a device", true, func(tx storage.Tx) error { return tx.PutDevice(d) }},
		{"a counter", false, func(tx storage.Tx) error { d.Acknowledged++; return tx.PutDevice(d) }},
		{"outcomes", false, func(tx storage.Tx) error {
			return tx.AddJudged(d.ID, 1, []storage.Judged{outcome(1, syncproto.Applied)})
		}},
		{"a contact", false, func(tx storage.Tx) error { return tx.PutContacts([]storage.Contact{{Device: d.ID}}) }},
		{"a record", false, func(tx storage.Tx) error { return tx.PutRecord(w.story("x"), []syncproto.Scope{scopeA}) }},
		{"a revocation", true, func(tx storage.Tx) error { d.Accepted, d.Revoked = 1, 5; return tx.PutDevice(d) }},
	} {
		before := access(t, s)
		var inside uint64
		update(t, s, func(tx storage.Tx) error {
			if _, err := tx.Access(); err != nil {
				return err
			}
			if err := step.do(tx); err != nil {
				return err
			}
			var err error
			inside, err = tx.Access()
			return err
		})
		after := access(t, s)
		if (after > before) != step.rises || after < before || inside != after {
			t.Errorf("%s: from %d to %d (%d inside the transaction)", step.name, before, after, inside)
		}
	}
}

func testMeta(t *testing.T, s storage.Store) {
	var key, again []byte
	var first, drawn, last syncproto.Epoch
	view(t, s, func(r storage.Reader) (err error) {
		if first, err = r.Epoch(); err == nil {
			key, err = r.Key()
		}
		return err
	})
	update(t, s, func(tx storage.Tx) (err error) {
		_ = tx.Savepoint(func() error { _, _ = tx.NewEpoch(); return errWanted })
		if same, _ := tx.Epoch(); same != first {
			t.Error("an epoch survived its savepoint")
		}
		if drawn, err = tx.NewEpoch(); err != nil {
			return err
		}
		inside, err := tx.Epoch()
		if inside != drawn {
			t.Errorf("got %v inside, want %v", inside, drawn)
		}
		return err
	})
	view(t, s, func(r storage.Reader) (err error) {
		if last, err = r.Epoch(); err == nil {
			again, err = r.Key()
		}
		return err
	})
	if first == (syncproto.Epoch{}) || drawn == first || last != drawn {
		t.Errorf("epochs: first %v, drawn %v, last %v", first, drawn, last)
	}
	if len(key) != 32 || !slices.Equal(key, again) || slices.Equal(key, make([]byte, 32)) {
		t.Error("the key must be 32 random bytes that stay")
	}
}
