package campaign_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// BenchmarkSend sends a call to very many people, on disk: the time until the officer is answered, and what of it others
// wait for, the transaction.
func BenchmarkSend(b *testing.B) {
	for _, people := range []int{1000, 20_000, 100_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			clock := &timed{Store: store}
			w := newWorldOn(b, clock, func(o *campaign.Options) { o.Large = 1_000_000 })
			w.crowd(people)
			var before, after runtime.MemStats
			clock.longest = 0
			runtime.ReadMemStats(&before)
			for b.Loop() {
				c := w.sends(w.dong, nil)
				if c.Recipients != int64(people)+4 {
					b.Fatalf("%d recipients", c.Recipients)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(clock.longest.Microseconds())/1000, "ms-transaction")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/float64(people), "B/person")
		})
	}
}

// timed knows how long the longest update took.
type timed struct {
	storage.Store
	longest time.Duration
}

func (s *timed) Update(ctx context.Context, fn func(tx storage.Tx) error) error {
	return s.Store.Update(ctx, func(tx storage.Tx) error {
		begin := time.Now()
		err := fn(tx)
		s.longest = max(s.longest, time.Since(begin))
		return err
	})
}

// crowd makes many volunteers of here.
func (w *world) crowd(n int) {
	w.t.Helper()
	for from := 0; from < n; from += 1000 {
		w.update(func(tx storage.Tx) error {
			for range min(1000, n-from) {
				p := &storage.Person{ID: syncproto.NewID(), Name: "Người", Created: w.now}
				if err := tx.PutPerson(p); err != nil {
					return err
				}
				g := &syncproto.Grant{ID: syncproto.NewID(), Person: p.ID, Unit: w.here, Role: syncproto.RoleVolunteer, From: w.now}
				if err := tx.PutGrant(g); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
