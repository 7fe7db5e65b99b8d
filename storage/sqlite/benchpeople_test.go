package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// BenchmarkContacts is one flush of the board: 500 phones, each with a higher acknowledged number.
func BenchmarkContacts(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	const phones = 500
	contacts := make([]storage.Contact, phones)
	fill(b, s, phones, func(tx storage.Tx, n uint64) error {
		contacts[n] = storage.Contact{Device: benchID(n), App: "lantoa 1.0"}
		return tx.PutDevice(&storage.Device{ID: benchID(n), Person: benchID(2e9 + n), TokenHash: [32]byte{byte(n), byte(n >> 8), 1}})
	})
	for _, troubles := range []int{0, syncproto.MaxTroubles} {
		b.Run(fmt.Sprint("troubles=", troubles), func(b *testing.B) {
			for i := range contacts {
				contacts[i].Troubles = nil
				for n := range uint64(troubles) {
					one := syncproto.Trouble{Record: benchID(n), Lane: syncproto.LaneOriginal, Code: syncproto.CodeQuota, Age: 86_400_000}
					contacts[i].Troubles = append(contacts[i].Troubles, one)
				}
			}
			b.ResetTimer()
			for i := range int64(b.N) {
				err := s.Update(b.Context(), func(tx storage.Tx) error { return flushContacts(tx, contacts, i+1) })
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func flushContacts(tx storage.Tx, contacts []storage.Contact, at int64) error {
	for i := range contacts {
		contacts[i].At = at
	}
	if err := tx.PutContacts(contacts); err != nil {
		return err
	}
	for i := range contacts {
		d, err := tx.Device(contacts[i].Device)
		if err != nil {
			return err
		}
		d.Acknowledged++
		if err := tx.PutDevice(d); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkRegister is what a desk asks where 20,000 people, 60,000 notices and 10,000 cases are known.
func BenchmarkRegister(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	unit := func(n uint64) syncproto.ID { return benchID(3e9 + n%400) }
	fill(b, s, 20_000, func(tx storage.Tx, n uint64) error {
		person := benchID(2e9 + n)
		if err := tx.PutPerson(&storage.Person{ID: person, Name: "Nguyễn Thị Đào", Phone: fmt.Sprint("+84", 900_000_000+n)}); err != nil {
			return err
		}
		if n%2 == 0 {
			c := storage.Case{ID: benchID(6e9 + n), Kind: storage.CaseAccess, Unit: unit(n), DoneBy: int64(n), Closed: 1}
			if err := tx.PutCase(&c); err != nil {
				return err
			}
		}
		for i := range uint64(3) {
			_, err := tx.AddNotice(&storage.Notice{To: syncproto.DeskScope(unit(n)), Record: benchID(3*n + i), Kind: "submitted"})
			if err != nil {
				return err
			}
		}
		return tx.PutGrant(&syncproto.Grant{ID: benchID(4e9 + n), Person: person, Unit: unit(n), Role: syncproto.RoleVolunteer})
	})
	for name, ask := range map[string]func(r storage.Reader) (int, error){
		"persons of a page": func(r storage.Reader) (int, error) { l, err := r.Persons(benchID(2e9+9000), 100); return len(l), err },
		"all grants":        func(r storage.Reader) (int, error) { l, err := r.GrantsOf("", -1); return len(l), err },
		"members of a unit": func(r storage.Reader) (int, error) { l, err := r.Members(unit(7)); return len(l), err },
		"notices of a desk": func(r storage.Reader) (int, error) {
			l, err := r.Notices(syncproto.DeskScope(unit(7)), 0, 50)
			return len(l), err
		},
		"closed cases of a unit": func(r storage.Reader) (int, error) {
			l, err := r.Cases([]syncproto.ID{unit(8)}, false, "", 50)
			return len(l), err
		},
		"open cases of a unit": func(r storage.Reader) (int, error) {
			l, err := r.Cases([]syncproto.ID{unit(8)}, true, "", 50)
			return len(l) + 1, err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				err := s.View(b.Context(), func(r storage.Reader) error {
					n, err := ask(r)
					if n == 0 {
						b.Error("nothing was found")
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
