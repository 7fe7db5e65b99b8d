package sqlite_test

import (
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestDroppedPersonLeavesNoTraceInTheFiles looks into the pages and the log for what calls and pushes kept of a few among
// many, and for a fact that its person took back.
func TestDroppedPersonLeavesNoTraceInTheFiles(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	person := func(n uint64) syncproto.ID { return benchID(2e9 + n) }
	secretOf := func(n uint64) string {
		if n%40 == 7 {
			return secrets[n/40%uint64(len(secrets))]
		}
		return "nothing"
	}
	for first := uint64(0); first < 200; first += 20 {
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			for n := first; n < first+20; n++ {
				if err := putSecrets(tx, person(n), secretOf(n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if left := leftIn(t, s); len(left) < len(secrets) {
		t.Fatalf("only %v can be found before", left)
	}
	for n := uint64(7); n < 200; n += 40 {
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			if n == 7 { // takes back one fact, and the rest goes with the others
				if err := tx.DropFact(person(n), "blood_group"); err != nil {
					return err
				}
			}
			return tx.DropPerson(person(n))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if left := leftIn(t, s); len(left) > 0 {
		t.Errorf("%v can still be found", left)
	}
	if verdict := s.Integrity(t); verdict != "ok" {
		t.Error(verdict)
	}
}

// putSecrets writes a word wherever calls and pushes keep one of a person.
func putSecrets(tx storage.Tx, person syncproto.ID, secret string) error {
	for _, err := range []error{
		tx.PutFact(&storage.Fact{Person: person, Name: "blood_group", Sealed: []byte("x" + secret)}),
		tx.PutFact(&storage.Fact{Person: person, Name: "other", Sealed: []byte("x" + secret)}),
		tx.PutTags(person, []storage.Tag{{Name: "a"}, {Name: "x" + secret, Skill: true}}),
		tx.PutPreference(&storage.Preference{Person: person, Language: "x" + secret}),
		tx.AddRecipients([]storage.Recipient{{Call: benchID(1), Person: person, Choice: "x" + secret}}),
		tx.PutRegistration(&storage.Registration{Device: person, Person: person, Service: "fcm", Address: string(person) + secret}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
