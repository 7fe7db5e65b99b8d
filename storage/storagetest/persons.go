package storagetest

import (
	"context"
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
	must(dao)
	must(dao)
	must(hai)
	must(storage.Person{ID: ids[2]}) // nobody's number is no number
	wantPhone(t, s, "", nil)
	wantPhone(t, s, one, &dao)
	hai.Phone = one
	refused(hai)
	hai.Suspended = 5
	refused(hai)
	hai.Closed = 6
	must(hai)
	wantPhone(t, s, one, &dao)
	dao.Phone = two
	must(dao)
	wantPhone(t, s, one, nil)
	wantPhone(t, s, two, &dao)
	hai.Closed = 0
	must(hai)
	wantPhone(t, s, one, &hai)
	dao.Phone = one
	refused(dao)
	dao.Closed = 7
	must(dao)
	wantPhone(t, s, two, nil)
	wantPhone(t, s, one, &hai)
	dao.Closed = 0
	refused(dao)
	hai.Phone = ""
	must(hai)
	must(dao)
	wantPhone(t, s, one, &dao)
	testPhoneInside(t, s, w, one)
}

// wantPhone asks who has a number; nil for nobody.
func wantPhone(t *testing.T, s storage.Store, phone string, want *storage.Person) {
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
