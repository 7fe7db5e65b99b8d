package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

const (
	pushPersons = 100_000
	pushUntil   = int64(1) << 50
)

// address is as long as those that services give.
func address(n uint64) string { return fmt.Sprintf("%08d:%s", n, strings.Repeat("APA91b", 23)) }

// openPush returns a store in which every person has a phone that can be rung.
func openPush(b *testing.B, persons uint64) *sqlite.Store {
	b.Helper()
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	fill(b, s, persons, func(tx storage.Tx, n uint64) error {
		return tx.PutRegistration(&storage.Registration{
			Device: benchID(spread(n)), Person: benchID(2e9 + n), Service: "fcm", Kind: "token", Platform: "android",
			Address: address(n), Language: "vi", App: "1.0.0", At: int64(n),
		})
	})
	return s
}

// spread mixes numbers, so that devices do not lie in the order of their persons.
func spread(n uint64) uint64 { return n * 0x9e3779b97f4a7c15 >> 20 }

// addPush adds an intent to persons, with its shares.
func addPush(b *testing.B, s *sqlite.Store, revision int64, persons uint64) *storage.Intent {
	b.Helper()
	var shares []storage.Share
	for at := uint64(0); at < persons; at += storage.MaxShare {
		share := storage.Share{}
		for n := at; n < min(at+storage.MaxShare, persons); n++ {
			share.Persons = append(share.Persons, benchID(2e9+n%pushPersons))
			share.Units = append(share.Units, benchID(3e9))
		}
		shares = append(shares, share)
	}
	i := &storage.Intent{Kind: "blood", Class: storage.ClassUrgent, Record: benchID(7e9), Revision: revision, Due: 10, Until: pushUntil}
	if err := s.Update(b.Context(), func(tx storage.Tx) error { _, err := tx.AddIntent(i, shares); return err }); err != nil {
		b.Fatal(err)
	}
	return i
}

// planPush plans the next share of an intent: devices of a person are side by side.
func planPush(tx storage.Tx, i *storage.Intent, share *storage.Share, devices int) error {
	deliveries := make([]storage.Delivery, 0, devices*len(share.Persons))
	for n, person := range share.Persons {
		for d := range devices {
			number := (uint64(share.Number*storage.MaxShare+n) + uint64(d)*977) % pushPersons
			deliveries = append(deliveries, storage.Delivery{
				Person: person, Device: benchID(spread(number)), State: storage.DeliveryDue, Due: i.Due, Until: i.Until,
			})
		}
	}
	_, err := tx.Plan(share, deliveries)
	return err
}

// waitPush returns a store in which as many deliveries wait as asked for.
func waitPush(b *testing.B, persons uint64, devices int) (*sqlite.Store, *storage.Intent) {
	b.Helper()
	s := openPush(b, pushPersons)
	i := addPush(b, s, 1, persons)
	for range persons / storage.MaxShare {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			share, err := tx.NextShare(i.Number)
			if err != nil {
				return err
			}
			return planPush(tx, i, share, devices)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s, i
}

// inside measures the processor time of a part of a transaction, without the flush to the disk: what the writer is held on a
// machine that does nothing else.
func inside(total *time.Duration, fn func() error) error {
	start := cpu()
	err := fn()
	*total += cpu() - start
	return err
}

func perRow(b *testing.B, total time.Duration, rows int) {
	b.ReportMetric(float64(total.Nanoseconds())/1000/float64(b.N*rows), "µs/row")
	b.ReportMetric(float64(total.Nanoseconds())/1e6/float64(b.N), "ms/hold")
}

// BenchmarkPlan plans shares of 500 persons.
func BenchmarkPlan(b *testing.B) {
	s := openPush(b, 1)
	var intent *storage.Intent
	var held time.Duration
	for n := range b.N {
		if n%200 == 0 {
			b.StopTimer()
			intent = addPush(b, s, int64(n), pushPersons)
			b.StartTimer()
		}
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			share, err := tx.NextShare(intent.Number)
			if err != nil {
				return err
			}
			return inside(&held, func() error { return planPush(tx, intent, share, 1) })
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, held, storage.MaxShare)
}

// BenchmarkLeaseAndFinish leases and finishes with 100,000 and 500,000 rows that wait.
func BenchmarkLeaseAndFinish(b *testing.B) {
	for _, persons := range []uint64{pushPersons, 5 * pushPersons} {
		b.Run(fmt.Sprint("waiting=", persons), func(b *testing.B) {
			s, _ := waitPush(b, persons, 1)
			b.ResetTimer()
			var leasing, finishing time.Duration
			now := int64(20)
			for range b.N {
				var done []storage.Finished
				for range 2 {
					err := s.Update(b.Context(), func(tx storage.Tx) (err error) {
						var got []storage.Leased
						err = inside(&leasing, func() (err error) { got, err = tx.Lease(storage.ClassUrgent, now, now+60_000, 250); return err })
						for _, l := range got {
							done = append(done, result(l, len(done), now))
						}
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				if len(done) != storage.MaxFinish {
					b.Fatalf("leased %d", len(done))
				}
				err := s.Update(b.Context(), func(tx storage.Tx) error {
					return inside(&finishing, func() error { return tx.Finish(done) })
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(leasing.Nanoseconds())/1000/float64(b.N*500), "µs/leased")
			b.ReportMetric(float64(finishing.Nanoseconds())/1000/float64(b.N*500), "µs/finished")
			b.ReportMetric(float64(finishing.Nanoseconds())/1e6/float64(b.N), "ms/hold")
		})
	}
}

// result is what most attempts write: 19 of 20 are accepted, the others wait for another one.
func result(l storage.Leased, n int, now int64) storage.Finished {
	f := storage.Finished{
		Delivery: l.Delivery.Number, Lease: l.Delivery.Lease, State: storage.DeliveryAccepted, At: now, Counts: true,
		Attempt: storage.Attempt{At: 1_700_000_000_000, Took: 140, Result: "accepted"},
	}
	if n%20 == 0 {
		f.State, f.Due, f.Code, f.Attempt.Result, f.Attempt.Code = storage.DeliveryDue, now, "quota", "later", "quota"
	}
	return f
}

// BenchmarkLeaseSingles leases from many intents of one delivery each: digests, in the morning.
func BenchmarkLeaseSingles(b *testing.B) {
	s := openPush(b, 20_000)
	number := uint64(0)
	fill(b, s, 50_000, func(tx storage.Tx, n uint64) error {
		person := n % 20_000
		i := &storage.Intent{Kind: "digest", Class: storage.ClassRoutine, Revision: int64(n), To: benchID(2e9 + person), Due: 10, Until: pushUntil}
		if _, err := tx.AddIntent(i, []storage.Share{{Persons: []syncproto.ID{i.To}}}); err != nil {
			return err
		}
		number++
		_, err := tx.Plan(&storage.Share{Intent: i.Number}, []storage.Delivery{
			{Person: i.To, Device: benchID(spread(person)), State: storage.DeliveryDue, Due: 10, Until: pushUntil},
		})
		return err
	})
	b.ResetTimer()
	var leasing, finishing time.Duration
	for range b.N {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			var got []storage.Leased
			err := inside(&leasing, func() (err error) { got, err = tx.Lease(storage.ClassRoutine, 20, 30, 200); return err })
			if err != nil {
				return err
			}
			done := make([]storage.Finished, len(got))
			for n, l := range got {
				done[n] = result(l, n, 20)
			}
			return inside(&finishing, func() error { return tx.Finish(done) })
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(leasing.Nanoseconds())/1000/float64(b.N*200), "µs/leased")
	b.ReportMetric(float64(finishing.Nanoseconds())/1000/float64(b.N*200), "µs/finished")
}

// BenchmarkPushReads are the questions of a page about an intent of 100,000 persons, and of the engine between leases.
func BenchmarkPushReads(b *testing.B) {
	for _, devices := range []int{1, 2} {
		s, i := waitPush(b, pushPersons, devices)
		for name, ask := range map[string]func(r storage.Reader) error{
			"tally":   func(r storage.Reader) error { _, _, err := r.Tally(i.Number); return err },
			"waiting": func(r storage.Reader) error { _, _, err := r.Waiting(storage.ClassUrgent, 20); return err },
			"nextdue": func(r storage.Reader) error { _, err := r.NextDue(20); return err },
		} {
			b.Run(fmt.Sprint(name, "/devices=", devices), func(b *testing.B) {
				var took time.Duration
				for range b.N {
					if err := inside(&took, func() error { return s.View(b.Context(), ask) }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(took.Nanoseconds())/1e6/float64(b.N), "cpu-ms")
			})
		}
		b.Run(fmt.Sprint("cancel/devices=", devices), func(b *testing.B) {
			for range b.N {
				_ = s.Update(b.Context(), func(tx storage.Tx) error {
					if n, err := tx.CancelIntent(i.Number, 30); err != nil || n != int64(devices)*pushPersons {
						b.Errorf("cancelled %d, %v", n, err)
					}
					return errUndo
				})
			}
		})
	}
}
