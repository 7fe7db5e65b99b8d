package notify_test

import (
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// BenchmarkPlan plans a call to 10,000 persons with a phone each, on the store that servers have: one transaction for
// 500 of them.
func BenchmarkPlan(b *testing.B) {
	const persons = 10_000
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	w := newWorldOn(b, store)
	var list []syncproto.ID
	for len(list) < persons {
		w.update(func(tx storage.Tx) error {
			list = list[:len(list)-len(list)%1000]
			for range 1000 {
				person, device := syncproto.NewID(), syncproto.NewID()
				list = append(list, person)
				if err := tx.PutPerson(&storage.Person{ID: person, Name: "Mận", Created: 1}); err != nil {
					return err
				}
				if err := tx.PutDevice(&storage.Device{ID: device, Person: person, Unit: w.commune, TokenHash: hashOf(device)}); err != nil {
					return err
				}
				err := tx.PutRegistration(&storage.Registration{
					Device: device, Person: person, Service: "fcm", Kind: "token", Platform: "android", Address: string(device), At: 1,
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		w.call(syncproto.CallUrgent, 500, list...)
		b.StartTimer()
		w.tick()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*persons), "µs/person")
}
