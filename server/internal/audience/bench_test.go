//go:build unix

package audience_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// benchPeople is a province: 50,000 persons in 100 communes.
const benchPeople = 50_000

func benchID(n uint64) syncproto.ID {
	var b [10]byte
	binary.BigEndian.PutUint64(b[2:], n)
	return syncproto.MakeID(1_700_000_000_000+int64(n), b)
}

// benchWorld fills a database on disk: six of ten can be rung, three of ten said what they want, every third has tags and two of
// five told two facts.
func benchWorld(b *testing.B) *world {
	store, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	w := &world{t: b, store: store, now: start, keys: newKeys(b, 1)}
	w.build()
	var communes []syncproto.ID
	for i := range 100 {
		communes = append(communes, w.unit(fmt.Sprint("Xã ", i), w.province))
	}
	w.south = communes[0]
	for from := 0; from < benchPeople; from += 5000 {
		w.update(func(tx storage.Tx) error {
			for n := from; n < from+5000; n++ {
				if err := benchPerson(tx, w, uint64(n), communes[n%100]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.svc = w.service(w.keys)
	return w
}

func benchPerson(tx storage.Tx, w *world, n uint64, commune syncproto.ID) error {
	id := benchID(n)
	steps := []func() error{
		func() error {
			return tx.PutPerson(&storage.Person{ID: id, Name: "Nguyễn Thị Đào", Phone: fmt.Sprint("+84", 900_000_000+n)})
		},
		func() error {
			return tx.PutGrant(&syncproto.Grant{ID: benchID(1e6 + n), Person: id, Unit: commune, Role: syncproto.RoleVolunteer})
		},
	}
	if n%10 < 6 {
		steps = append(steps, func() error {
			err := tx.PutDevice(&storage.Device{ID: benchID(2e6 + n), Person: id, Unit: commune, TokenHash: [32]byte{byte(n), byte(n >> 8), byte(n >> 16)}})
			if err != nil {
				return err
			}
			return tx.PutRegistration(&storage.Registration{
				Device: benchID(2e6 + n), Person: id, Service: "fcm", Kind: "token", Platform: "android", Address: fmt.Sprint("address of a usual length ", n),
			})
		})
	}
	if n%10 < 3 {
		steps = append(steps, func() error { return tx.PutPreference(&storage.Preference{Person: id, MayPhone: true}) })
	}
	if n%3 == 0 {
		steps = append(steps, func() error {
			return tx.PutTags(id, []storage.Tag{{Name: "hiến máu"}, {Name: "lái xe", Skill: true}})
		})
	}
	if n%5 < 2 {
		for name, value := range map[string]string{audience.BloodGroup: "O+", audience.LastWholeBlood: "2026-05-01"} {
			sealed, err := w.keys.Seal(id, name, value)
			if err != nil {
				return err
			}
			steps = append(steps, func() error {
				return tx.PutFact(&storage.Fact{Person: id, Name: name, Sealed: sealed, Consent: 1, How: "written", By: id, Changed: 1})
			})
		}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkPreview is what an officer waits for: 300 ms are allowed of 50,000 persons.
func BenchmarkPreview(b *testing.B) {
	w := benchWorld(b)
	facts := fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["O+"]},{"fact":"last_whole_blood","at_least_days":84}]}`, w.province)
	for name, text := range map[string]string{
		"everybody": fmt.Sprintf(`{"unit":%q}`, w.province),
		"commune":   fmt.Sprintf(`{"unit":%q}`, w.south),
		"tagged":    fmt.Sprintf(`{"all":[{"unit":%q},{"tag":"hiến máu"}]}`, w.province),
		"facts":     facts,
	} {
		p := parse(b, text)
		b.Run(name, func(b *testing.B) {
			defer cpuPerOp(b)()
			for b.Loop() {
				if _, err := w.svc.Preview(b.Context(), w.officer, audience.Ask{Predicate: p, Kind: syncproto.CallUrgent}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("resolve", func(b *testing.B) {
		p := parse(b, facts)
		b.ReportAllocs()
		defer cpuPerOp(b)()
		for b.Loop() {
			list, err := w.svc.Resolve(b.Context(), w.officer, audience.Ask{Predicate: p})
			if err != nil || len(list.Persons) != benchPeople*2/5 {
				b.Fatal(err)
			}
		}
	})
}

// cpuPerOp reports what an operation costs this process, whatever else the machine does.
func cpuPerOp(b *testing.B) (end func()) {
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	begun := used()
	return func() { b.ReportMetric(float64(used()-begun)/1e6/float64(b.N), "cpu-ms/op") }
}
