package storagetest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testAudit(t *testing.T, s storage.Store) {
	w := newWorld(t, 85)
	record, other := w.id(), w.id()
	var want []storage.Audit
	add := func(tx storage.Tx, number int64, record syncproto.ID) {
		t.Helper()
		a := storage.Audit{
			Number: 77, At: 1000 + number, Act: "media.read", Person: w.person, Device: w.device, Grant: w.id(), Unit: w.unit, Record: record,
			Detail: "original",
		}
		if err := tx.AddAudit(&a); err != nil || a.Number != number {
			t.Errorf("got number %d, %v, want %d", a.Number, err, number)
		}
		want = append(want, a)
	}
	update(t, s, func(tx storage.Tx) error {
		want = nil
		add(tx, 1, record)
		for range 2 {
			_ = tx.Savepoint(func() error {
				add(tx, 2, record)
				_ = tx.Savepoint(func() error { add(tx, 3, record); return nil })
				return errWanted
			})
			want = want[:1]
		}
		add(tx, 2, other)
		return nil
	})
	_ = s.Update(context.Background(), func(tx storage.Tx) error { add(tx, 3, record); return errWanted })
	want = want[:2]
	update(t, s, func(tx storage.Tx) error {
		want = want[:2]
		bare := storage.Audit{Act: "data.backup"}
		err := tx.AddAudit(&bare)
		want = append(want, bare)
		add(tx, 4, record)
		return err
	})
	view(t, s, func(r storage.Reader) error {
		expect := func(record syncproto.ID, above int64, limit int, want ...storage.Audit) {
			t.Helper()
			if got, err := r.Audits(record, above, limit); err != nil || !slices.Equal(got, want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, want)
			}
		}
		expect("", 0, 10, want...)
		expect("", -5, 10, want...)
		expect("", 1, 2, want[1:3]...)
		expect("", 4, 10)
		expect("", 0, 0)
		expect(record, 0, 10, want[0], want[3])
		expect(record, 0, 1, want[0])
		expect(record, 1, 10, want[3])
		expect(other, 0, 10, want[1])
		expect(w.id(), 0, 10)
		expect("not an id", 0, 10)
		return nil
	})
}

// testAuditConcurrent: a third of the updates fail, and the numbers have no holes where they were.
func testAuditConcurrent(t *testing.T, s storage.Store) {
	w := newWorld(t, 86)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var given []int64
	for i := range 60 {
		record := w.id()
		wg.Go(func() {
			var numbers [2]int64
			err := s.Update(context.Background(), func(tx storage.Tx) error {
				for n := range numbers {
					a := storage.Audit{At: int64(n), Act: "x", Record: record}
					if err := tx.AddAudit(&a); err != nil {
						return err
					}
					numbers[n] = a.Number
				}
				if i%3 == 0 {
					return errWanted
				}
				return nil
			})
			if (err != nil) != (i%3 == 0) || numbers[1] != numbers[0]+1 {
				t.Errorf("update %d: got numbers %v, %v", i, numbers, err)
			}
			if err == nil {
				mu.Lock()
				given = append(given, numbers[:]...)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(given)
	for i, n := range given {
		if n != int64(i+1) {
			t.Fatalf("got numbers %v, want them without a gap", given)
		}
	}
	view(t, s, func(r storage.Reader) error {
		list, err := r.Audits("", 0, 1000)
		if err == nil && len(list) != 80 {
			t.Errorf("got %d entries, want 80", len(list))
		}
		return err
	})
}
