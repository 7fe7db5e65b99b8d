package storagetest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func putPerson(s storage.Store, p storage.Person) error {
	return s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutPerson(&p) })
}

func testPersons(t *testing.T, s storage.Store) {
	w := newWorld(t, 103)
	var all []storage.Person
	for i, id := range w.ids(5) {
		all = append(all, storage.Person{ID: id, Name: "Nguyễn Thị Đào", Created: int64(i)})
	}
	all[1].Suspended, all[1].Phone = 8, "+84905123456"
	all[3].Closed, all[3].Phone = 9, "+84905123456"
	for _, i := range w.Perm(len(all)) {
		if err := putPerson(s, all[i]); err != nil {
			t.Fatal(err)
		}
	}
	view(t, s, func(r storage.Reader) error {
		page := func(after syncproto.ID, limit int, want ...storage.Person) {
			t.Helper()
			got, err := r.Persons(after, limit)
			wantRows(t, got, err, want...)
		}
		page("", -1, all...)
		page("", 2, all[:2]...)
		page("", 0)
		page(all[1].ID, 2, all[2:4]...)
		page(all[3].ID, 10, all[4])
		page(all[4].ID, 10)
		got, err := r.Person(all[1].ID)
		wantRow(t, got, err, all[1])
		return nil
	})
	update(t, s, func(tx storage.Tx) error {
		wantCode(t, tx.PutPerson(&storage.Person{Name: "without an id"}), syncproto.CodeInvalidID)
		return nil
	})
}

// testPhones: a number is one person's among those who are not closed, and a refusal breaks nothing.
func testPhones(t *testing.T, s storage.Store) {
	w := newWorld(t, 104)
	const one, two = "+84905123456", "+84905123457"
	ids := w.ids(3)
	dao := storage.Person{ID: ids[0], Name: "Đào", Phone: one}
	hai := storage.Person{ID: ids[1], Name: "Hải"}
	must := func(p storage.Person) {
		t.Helper()
		if err := putPerson(s, p); err != nil {
			t.Error(err)
		}
	}
	refused := func(p storage.Person) {
		t.Helper()
		before := access(t, s)
		wantCode(t, putPerson(s, p), syncproto.CodeRecordExists)
		if access(t, s) != before {
			t.Error("what was refused raised access")
		}
	}
	wantPhone := func(phone string, want *storage.Person) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			if got, err := r.PersonByPhone(phone); want == nil {
				wantMissing(t, got, err)
			} else {
				wantRow(t, got, err, *want)
			}
			return nil
		})
	}
	must(dao)
	must(dao)
	must(hai)
	must(storage.Person{ID: ids[2]}) // nobody's number is no number
	wantPhone("", nil)
	wantPhone(one, &dao)
	hai.Phone = one
	refused(hai)
	hai.Suspended = 5
	refused(hai)
	hai.Closed = 6
	must(hai)
	wantPhone(one, &dao)
	dao.Phone = two
	must(dao)
	wantPhone(one, nil)
	wantPhone(two, &dao)
	hai.Closed = 0
	must(hai)
	wantPhone(one, &hai)
	dao.Phone = one
	refused(dao)
	dao.Closed = 7
	must(dao)
	wantPhone(two, nil)
	wantPhone(one, &hai)
	dao.Closed = 0
	refused(dao)
	hai.Phone = ""
	must(hai)
	must(dao)
	wantPhone(one, &dao)
	testPhoneInside(t, s, w, one)
}

// testPhoneInside: what is refused in a savepoint, and what a savepoint gave back.
func testPhoneInside(t *testing.T, s storage.Store, w *world, taken string) {
	t.Helper()
	const fresh = "+84905999999"
	first, second := w.id(), w.id()
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.PutPerson(&storage.Person{ID: first, Phone: fresh})
			return errWanted
		})
		err := tx.Savepoint(func() error { return tx.PutPerson(&storage.Person{ID: first, Phone: taken}) })
		wantCode(t, err, syncproto.CodeRecordExists)
		return tx.PutPerson(&storage.Person{ID: second, Phone: fresh})
	})
	view(t, s, func(r storage.Reader) error {
		got, err := r.PersonByPhone(fresh)
		wantRow(t, got, err, storage.Person{ID: second, Phone: fresh})
		got, err = r.Person(first)
		wantMissing(t, got, err)
		return nil
	})
}

// testClaims: of many that want one number or one login at once, one gets it, and the others fail alone.
func testClaims(t *testing.T, s storage.Store) {
	w := newWorld(t, 105)
	ids := w.ids(12)
	var wg sync.WaitGroup
	phones, logins := make([]error, len(ids)), make([]error, len(ids))
	for i, id := range ids {
		wg.Go(func() { phones[i] = putPerson(s, storage.Person{ID: id, Phone: "+84905123456"}) })
		wg.Go(func() {
			logins[i] = s.Update(context.Background(), func(tx storage.Tx) error {
				return tx.PutAccount(&storage.Account{Person: id, Login: "dao"})
			})
		})
	}
	wg.Wait()
	for _, all := range [][]error{phones, logins} {
		won := 0
		for _, err := range all {
			if err == nil {
				won++
			} else {
				wantCode(t, err, syncproto.CodeRecordExists)
			}
		}
		if won != 1 {
			t.Errorf("%d got it, want 1", won)
		}
	}
	view(t, s, func(r storage.Reader) error {
		if all, err := r.Persons("", -1); err != nil || len(all) != 1 {
			t.Errorf("got %v, %v", all, err)
		}
		return nil
	})
}

func testMembers(t *testing.T, s storage.Store) {
	w := newWorld(t, 106)
	persons, units := w.ids(4), w.ids(2)
	var all []syncproto.Grant // by person and id
	for i, person := range persons {
		for j, id := range w.ids(i) {
			all = append(all, syncproto.Grant{ID: id, Person: person, Unit: units[j%2], Role: syncproto.RoleEditor, From: 1, Until: int64(j)})
		}
	}
	putGrants := func(list ...syncproto.Grant) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error {
			for _, i := range w.Perm(len(list)) {
				if err := tx.PutGrant(&list[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	wantMembers := func() {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			for _, unit := range units {
				want := slices.DeleteFunc(slices.Clone(all), func(g syncproto.Grant) bool { return g.Unit != unit })
				got, err := r.Members(unit)
				wantRows(t, got, err, want...)
			}
			for _, unit := range []syncproto.ID{"", w.id(), "not an id"} {
				got, err := r.Members(unit)
				wantRows(t, got, err)
			}
			return nil
		})
	}
	putGrants(all...)
	wantMembers()
	for i := range all { // everybody moves
		all[i].Unit, all[i].Until = units[(i+1)%2], 77
	}
	putGrants(all...)
	wantMembers()
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		moved := all[0]
		moved.Unit = w.id()
		_ = tx.PutGrant(&moved)
		return errWanted
	})
	wantMembers()
	view(t, s, func(r storage.Reader) error {
		page := func(after syncproto.ID, limit int, want ...syncproto.Grant) {
			t.Helper()
			got, err := r.GrantsOf(after, limit)
			wantRows(t, got, err, want...)
		}
		// The persons have none, one, two and three.
		page("", -1, all...)
		page("", 0)
		page("", 1, all[0])
		page("", 2, all[:3]...)
		page("", 3, all[:3]...)
		page("", 4, all...)
		page(persons[0], 1, all[0])
		page(persons[1], 1, all[1:3]...)
		page(persons[2], 2, all[3:]...)
		page(persons[3], 2)
		return nil
	})
}

func testDevicesOf(t *testing.T, s storage.Store) {
	w := newWorld(t, 107)
	other := w.id()
	var all []storage.Device
	for i, id := range w.ids(4) {
		d := w.newDevice(byte(i + 1))
		d.ID = id
		all = append(all, *d)
	}
	all[1].Person, all[2].Revoked = other, 5
	nobodys := w.newDevice(9)
	nobodys.Person = ""
	for i := range all {
		putDevice(t, s, &all[len(all)-1-i])
	}
	putDevice(t, s, nobodys)
	wantDevices := func(person syncproto.ID, want ...storage.Device) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.DevicesOf(person)
			wantRows(t, got, err, want...)
			return nil
		})
	}
	wantDevices(w.person, all[0], all[2], all[3])
	wantDevices(other, all[1])
	wantDevices("")
	wantDevices(w.id())
	all[0].Person, all[2].Acknowledged = other, 50
	putDevice(t, s, &all[0])
	putDevice(t, s, &all[2])
	update(t, s, func(tx storage.Tx) error {
		return tx.AddJudged(all[3].ID, 1, []storage.Judged{outcome(1, syncproto.Applied)})
	})
	all[3].Accepted = 1
	wantDevices(w.person, all[2], all[3])
	wantDevices(other, all[0], all[1])
}

func testAuditsBy(t *testing.T, s storage.Store) {
	w := newWorld(t, 108)
	other := w.id()
	var all []storage.Audit
	update(t, s, func(tx storage.Tx) error {
		all = nil
		for i, person := range []syncproto.ID{w.person, other, w.person, "", w.person} {
			a := storage.Audit{At: int64(i), Act: "record.read", Person: person, Record: w.unit}
			if err := tx.AddAudit(&a); err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		list := func(person syncproto.ID, above int64, limit int, want ...storage.Audit) {
			t.Helper()
			got, err := r.AuditsBy(person, above, limit)
			wantRows(t, got, err, want...)
		}
		list(w.person, 0, 10, all[0], all[2], all[4])
		list(w.person, -1, 2, all[0], all[2])
		list(w.person, 1, 10, all[2], all[4])
		list(w.person, 5, 10)
		list(other, 0, 10, all[1])
		list("", 0, 10)
		list(w.id(), 0, 10)
		return nil
	})
}
