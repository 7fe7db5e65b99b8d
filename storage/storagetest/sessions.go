package storagetest

import (
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testSessions(t *testing.T, s storage.Store) {
	w := newWorld(t, 115)
	other, ids := w.id(), w.ids(4)
	session := func(n int, created, expires int64) storage.Session {
		return storage.Session{
			Hash: [32]byte{byte(n + 1)}, ID: ids[n], Person: w.person, Created: created, Proved: created + 1, Seen: created + 2,
			Expires: expires, Agent: "Trình duyệt", Method: "passkey",
		}
	}
	all := []storage.Session{session(0, 30, 100), session(2, 20, 99), session(1, 20, 100), session(3, 10, 101)} // newest first
	foreign := storage.Session{Hash: [32]byte{99}, ID: w.id(), Person: other, Expires: 50}
	update(t, s, func(tx storage.Tx) error {
		for _, i := range w.Perm(len(all)) {
			if err := tx.PutSession(&all[i]); err != nil {
				return err
			}
		}
		wantCode(t, tx.PutSession(&storage.Session{Hash: [32]byte{55}}), syncproto.CodeInvalidID)
		return tx.PutSession(&foreign)
	})
	wantSessions(t, s, w.person, all...)
	wantSessions(t, s, other, foreign)
	wantSessions(t, s, "")
	all[0].Seen, all[0].Proved, all[0].Expires = 70, 71, 102
	update(t, s, func(tx storage.Tx) error { return tx.PutSession(&all[0]) })
	wantSessions(t, s, w.person, all...)

	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.DropSessions(1000)
			return errWanted
		})
		return tx.DropSessions(100)
	})
	wantSessions(t, s, w.person, all[0], all[2], all[3])
	wantSessions(t, s, other)
	update(t, s, func(tx storage.Tx) error {
		if err := tx.DropSession(all[2].Hash); err != nil {
			return err
		}
		return tx.DropSession([32]byte{77})
	})
	wantSessions(t, s, w.person, all[0], all[3])
	view(t, s, func(r storage.Reader) error {
		for _, hash := range [][32]byte{all[1].Hash, all[2].Hash, {}} {
			got, err := r.Session(hash)
			wantMissing(t, got, err)
		}
		return nil
	})
}

func wantSessions(t *testing.T, s storage.Store, person syncproto.ID, want ...storage.Session) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		got, err := r.Sessions(person)
		wantRows(t, got, err, want...)
		for _, one := range want {
			got, err := r.Session(one.Hash)
			wantRow(t, got, err, one)
		}
		return nil
	})
}

func testSignInLinks(t *testing.T, s storage.Store) {
	w := newWorld(t, 116)
	links := []storage.SignInLink{
		{Hash: [32]byte{1}, Person: w.person, Created: 1, Expires: 2},
		{Hash: [32]byte{2}, Person: w.person, Created: 3, Expires: 4},
		{Hash: [32]byte{3}, Created: 5, Expires: 6}, // of the first operator
	}
	update(t, s, func(tx storage.Tx) error {
		for i := range links {
			if err := tx.PutSignInLink(&links[i]); err != nil {
				return err
			}
		}
		return nil
	})
	links[0].Used, links[2].Used, links[2].Person = 9, 10, w.id()
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			used := links[1]
			used.Used = 11
			_ = tx.PutSignInLink(&used)
			return errWanted
		})
		if err := tx.PutSignInLink(&links[0]); err != nil {
			return err
		}
		return tx.PutSignInLink(&links[2])
	})
	view(t, s, func(r storage.Reader) error {
		for _, want := range links {
			got, err := r.SignInLink(want.Hash)
			wantRow(t, got, err, want)
		}
		got, err := r.SignInLink([32]byte{4})
		wantMissing(t, got, err)
		return nil
	})
}

func testRecoveryCodes(t *testing.T, s storage.Store) {
	w := newWorld(t, 117)
	other := w.id()
	code := func(person syncproto.ID, n byte, used int64) storage.RecoveryCode {
		return storage.RecoveryCode{Person: person, Hash: [32]byte{n}, Used: used}
	}
	wantCodes := func(person syncproto.ID, want ...storage.RecoveryCode) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.RecoveryCodes(person)
			wantRows(t, got, err, want...)
			return nil
		})
	}
	update(t, s, func(tx storage.Tx) error {
		for _, err := range []error{
			tx.PutRecoveryCodes(w.person, []storage.RecoveryCode{code(w.person, 2, 0), code(w.person, 1, 0), code(other, 3, 4)}),
			tx.PutRecoveryCodes(other, []storage.RecoveryCode{code(other, 2, 0)}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	wantCodes(w.person, code(w.person, 1, 0), code(w.person, 2, 0), code(w.person, 3, 4))
	used := code(w.person, 2, 50)
	update(t, s, func(tx storage.Tx) error {
		_ = tx.Savepoint(func() error {
			_ = tx.PutRecoveryCodes(other, nil)
			return errWanted
		})
		wantCode(t, tx.PutRecoveryCode(&storage.RecoveryCode{Hash: [32]byte{8}}), syncproto.CodeInvalidID)
		return tx.PutRecoveryCode(&used)
	})
	wantCodes(w.person, code(w.person, 1, 0), used, code(w.person, 3, 4))
	wantCodes(other, code(other, 2, 0))
	update(t, s, func(tx storage.Tx) error {
		return tx.PutRecoveryCodes(w.person, []storage.RecoveryCode{code(w.person, 9, 0)})
	})
	wantCodes(w.person, code(w.person, 9, 0))
	update(t, s, func(tx storage.Tx) error { return tx.PutRecoveryCodes(w.person, nil) })
	wantCodes(w.person)
	wantCodes(other, code(other, 2, 0))
	wantCodes("")
}
