package storagetest

import (
	"context"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testAccounts(t *testing.T, s storage.Store) {
	w := newWorld(t, 110)
	dao := storage.Account{
		Person: w.person, Login: "+84905123456", Password: "$argon2id$v=19$x", Created: 1, Changed: 2, Failed: 3, Until: 4,
		Handle: []byte("handle one"), Device: w.device,
	}
	bare := storage.Account{Person: w.id()}
	must := func(a storage.Account) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error { return tx.PutAccount(&a) })
	}
	refused := func(a storage.Account) {
		t.Helper()
		err := s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutAccount(&a) })
		wantCode(t, err, syncproto.CodeRecordExists)
	}
	must(dao)
	must(bare)
	must(storage.Account{Person: w.id()}) // no login and no handle are no collision
	hai := storage.Account{Person: w.id(), Login: dao.Login, Handle: []byte("handle two")}
	refused(hai)
	hai.Login, hai.Handle = "hai", dao.Handle
	refused(hai)
	hai.Handle = []byte("handle two")
	must(hai)
	wantAccounts(t, s, dao, bare, hai)
	hai.Login = dao.Login
	refused(hai)
	old := dao.Login
	dao.Login, dao.Handle, dao.Failed, dao.Device = "dao", []byte("handle three"), 0, ""
	must(dao)
	must(hai)
	wantAccounts(t, s, dao, bare, hai)
	view(t, s, func(r storage.Reader) error {
		for _, login := range []string{"", "hai", "Dao", "nobody"} {
			got, err := r.AccountByLogin(login)
			wantMissing(t, got, err)
		}
		for _, handle := range [][]byte{nil, {}, []byte("handle one")} {
			got, err := r.AccountByHandle(handle)
			wantMissing(t, got, err)
		}
		got, err := r.AccountByLogin(old)
		wantRow(t, got, err, hai)
		got, err = r.Account(w.id())
		wantMissing(t, got, err)
		return nil
	})
	update(t, s, func(tx storage.Tx) error {
		wantCode(t, tx.PutAccount(&storage.Account{Login: "nobody"}), syncproto.CodeInvalidID)
		err := tx.Savepoint(func() error { return tx.PutAccount(&storage.Account{Person: w.id(), Login: "dao"}) })
		wantCode(t, err, syncproto.CodeRecordExists)
		_ = tx.Savepoint(func() error {
			_ = tx.PutAccount(&storage.Account{Person: w.id(), Login: "free"})
			return errWanted
		})
		return tx.PutAccount(&storage.Account{Person: w.id(), Login: "free"})
	})
}

// wantAccounts finds accounts by all that is unique.
func wantAccounts(t *testing.T, s storage.Store, want ...storage.Account) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		for _, a := range want {
			got, err := r.Account(a.Person)
			wantRow(t, got, err, a)
			if a.Login != "" {
				got, err = r.AccountByLogin(a.Login)
				wantRow(t, got, err, a)
			}
			if a.Handle != nil {
				got, err = r.AccountByHandle(a.Handle)
				wantRow(t, got, err, a)
			}
		}
		return nil
	})
}

func testAccountsCounted(t *testing.T, s storage.Store) {
	w := newWorld(t, 111)
	persons := w.ids(4)
	count := func(want int) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			if got, err := r.Accounts(); err != nil || got != want {
				t.Errorf("got %d, %v, want %d", got, err, want)
			}
			return nil
		})
	}
	count(0)
	for i, id := range persons {
		if err := putPerson(s, storage.Person{ID: id, Suspended: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	count(0)
	update(t, s, func(tx storage.Tx) error {
		for _, id := range persons[:3] {
			if err := tx.PutAccount(&storage.Account{Person: id}); err != nil {
				return err
			}
		}
		return tx.PutAccount(&storage.Account{Person: w.id()}) // of somebody who is not known
	})
	count(3)
	if err := putPerson(s, storage.Person{ID: persons[0], Closed: 5}); err != nil {
		t.Fatal(err)
	}
	count(2)
	update(t, s, func(tx storage.Tx) error { return tx.DropAccount(persons[1]) })
	count(1)
}

func testPasskeys(t *testing.T, s storage.Store) {
	w := newWorld(t, 112)
	other := w.id()
	all := []storage.Passkey{ // of one person, oldest first
		{ID: []byte{9}, Person: w.person, Name: "điện thoại", Created: 1, Used: 5, Data: []byte("{}")},
		{ID: []byte{2, 0}, Person: w.person, Created: 2, Data: []byte("x")},
		{ID: []byte{2, 1}, Person: w.person, Created: 2},
		{ID: []byte{1}, Person: w.person, Created: 3},
	}
	foreign := storage.Passkey{ID: []byte{3}, Person: other, Created: 1}
	update(t, s, func(tx storage.Tx) error {
		for _, i := range w.Perm(len(all)) {
			if err := tx.PutPasskey(&all[i]); err != nil {
				return err
			}
		}
		return tx.PutPasskey(&foreign)
	})
	all[1].Used, all[1].Name, all[1].Data = 77, "khoá", []byte("counter")
	update(t, s, func(tx storage.Tx) error {
		stolen := all[0]
		stolen.Person = other
		wantCode(t, tx.PutPasskey(&stolen), syncproto.CodeRecordExists)
		wantCode(t, tx.PutPasskey(&storage.Passkey{Person: other}), syncproto.CodeInvalidID)
		wantCode(t, tx.PutPasskey(&storage.Passkey{ID: []byte{7}}), syncproto.CodeInvalidID)
		for _, err := range []error{tx.PutPasskey(&all[1]), tx.DropPasskey(other, all[0].ID), tx.DropPasskey(other, nil)} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		got, err := r.Passkeys(w.person)
		wantRows(t, got, err, all...)
		got, err = r.Passkeys(other)
		wantRows(t, got, err, foreign)
		got, err = r.Passkeys("")
		wantRows(t, got, err)
		one, err := r.Passkey([]byte{2, 0})
		wantRow(t, one, err, all[1])
		for _, id := range [][]byte{nil, {}, {2}, {8}} {
			one, err = r.Passkey(id)
			wantMissing(t, one, err)
		}
		return nil
	})
	update(t, s, func(tx storage.Tx) error { return tx.DropPasskey(w.person, all[1].ID) })
	view(t, s, func(r storage.Reader) error {
		got, err := r.Passkeys(w.person)
		wantRows(t, got, err, all[0], all[2], all[3])
		one, err := r.Passkey(all[1].ID)
		wantMissing(t, one, err)
		return nil
	})
}

// signsIn gives a person one of everything by which somebody signs in.
func signsIn(tx storage.Tx, person syncproto.ID, n byte) error {
	for _, err := range []error{
		tx.PutAccount(&storage.Account{Person: person, Login: string('a' + rune(n)), Handle: []byte{n}}),
		tx.PutPasskey(&storage.Passkey{ID: []byte{n}, Person: person}),
		tx.PutSession(&storage.Session{Hash: [32]byte{n}, ID: person, Person: person}),
		tx.PutSignInLink(&storage.SignInLink{Hash: [32]byte{n}, Person: person}),
		tx.PutRecoveryCodes(person, []storage.RecoveryCode{{Hash: [32]byte{n}}}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// signInsLeft returns what is left of it.
func signInsLeft(r storage.Reader, person syncproto.ID, n byte) (left []string) {
	_, account := r.Account(person)
	_, login := r.AccountByLogin(string('a' + rune(n)))
	_, handle := r.AccountByHandle([]byte{n})
	_, passkey := r.Passkey([]byte{n})
	_, session := r.Session([32]byte{n})
	_, link := r.SignInLink([32]byte{n})
	for name, err := range map[string]error{
		"account": account, "login": login, "handle": handle, "passkey": passkey, "session": session, "link": link,
	} {
		if err == nil {
			left = append(left, name)
		}
	}
	if codes, err := r.RecoveryCodes(person); err != nil || len(codes) > 0 {
		left = append(left, "codes")
	}
	return left
}

// testDropAccount: nothing by which somebody could sign in outlives the account, and nobody else's goes with it.
func testDropAccount(t *testing.T, s storage.Store) {
	w := newWorld(t, 113)
	gone, stays := w.person, w.id()
	update(t, s, func(tx storage.Tx) error {
		for i, person := range []syncproto.ID{gone, stays} {
			if err := signsIn(tx, person, byte(i+1)); err != nil {
				return err
			}
		}
		return tx.PutSignInLink(&storage.SignInLink{Hash: [32]byte{9}}) // the first operator's
	})
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.DropAccount(stays)
			return errWanted
		})
		if err := tx.DropAccount(gone); err != nil {
			return err
		}
		if got := signInsLeft(tx, gone, 1); len(got) != 0 {
			t.Errorf("%v outlived the account", got)
		}
		return tx.DropAccount("")
	})
	view(t, s, func(r storage.Reader) error {
		if got := signInsLeft(r, gone, 1); len(got) != 0 {
			t.Errorf("%v outlived the account", got)
		}
		if got := signInsLeft(r, stays, 2); len(got) != 7 {
			t.Errorf("of somebody else's only %v is left", got)
		}
		link, err := r.SignInLink([32]byte{9})
		wantRow(t, link, err, storage.SignInLink{Hash: [32]byte{9}})
		return nil
	})
	update(t, s, func(tx storage.Tx) error {
		if err := tx.DropAccount(gone); err != nil {
			return err
		}
		return signsIn(tx, gone, 1)
	})
}
