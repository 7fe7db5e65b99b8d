package sqlite_test

import (
	"context"
	"encoding/binary"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

const (
	benchPhones = 64
	benchBatch  = 20
	benchUnits  = 100
)

var benchBody = syncproto.Text(strings.Repeat("Sáng nay đoàn viên xã giúp bà con dọn đường sau bão. ", 12))

func benchID(n uint64) syncproto.ID {
	var random [10]byte
	binary.BigEndian.PutUint64(random[1:], n*0x9e3779b97f4a7c15)
	return syncproto.MakeID(1_700_000_000_000+int64(n/100), random)
}

func benchRecord(n uint64, device, person, unit syncproto.ID) *syncproto.Record {
	return &syncproto.Record{
		ID: benchID(n), Kind: syncproto.KindStory, Unit: unit, Author: person, Revision: 1, State: syncproto.StateSubmitted,
		Fields: syncproto.Fields{
			"title": `"Dọn đường sau bão"`, "body": benchBody, "type": `"cuu_tro"`, "happened_at": "1700000000000",
			"tags": `["bão số 9","cứu trợ"]`,
		},
		Received: 1_700_000_000_000, Changed: 1_700_000_000_000,
		Captured: &syncproto.Captured{Device: 1_700_000_000_000, Estimate: 1_700_000_000_000, Uncertainty: 30000},
		Writers:  map[string]syncproto.Writer{"": {Device: device}},
	}
}

// measured is what a workload of phones came to.
type measured struct{ rate, cpu float64 }

func (m measured) report(b *testing.B) {
	b.ReportMetric(m.rate, "records/s")
	b.ReportMetric(m.cpu, "cpu-µs/record")
}

// phones runs one goroutine per phone until all have written their share of n records.
func phones(b *testing.B, n int, request func(phone int, first uint64) error) measured {
	var next atomic.Uint64
	var wg sync.WaitGroup
	start, used := time.Now(), cpu()
	for phone := range benchPhones {
		wg.Go(func() {
			for {
				first := next.Add(benchBatch) - benchBatch
				if first >= uint64(n) {
					return
				}
				if err := request(phone, first); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	written := float64((n + benchBatch - 1) / benchBatch * benchBatch)
	return measured{written / time.Since(start).Seconds(), float64((cpu() - used).Nanoseconds()) / 1000 / written}
}

// BenchmarkPush is what the server does with 64 phones that push 20 new stories a request: look for the device and
// the record, put it into two scopes within a savepoint, keep the outcomes.
func BenchmarkPush(b *testing.B) { push(b, b.N).report(b) }

func push(b *testing.B, n int) measured {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	devices := make([]storage.Device, benchPhones)
	for i := range devices {
		devices[i] = storage.Device{
			ID: benchID(uint64(1e9 + i)), Person: benchID(uint64(2e9 + i)), Unit: benchID(uint64(3e9 + i%benchUnits)),
		}
		if err := s.Update(b.Context(), func(tx storage.Tx) error { return tx.PutDevice(&devices[i]) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	return phones(b, n, func(phone int, first uint64) error { return pushOnce(s, devices[phone], first) })
}

func pushOnce(s *sqlite.Store, d storage.Device, first uint64) error {
	scopes := []syncproto.Scope{syncproto.DeskScope(d.Unit), syncproto.PersonScope(d.Person)}
	return s.Update(context.Background(), func(tx storage.Tx) error {
		dev, err := tx.Device(d.ID)
		if err != nil {
			return err
		}
		judged := make([]storage.Judged, benchBatch)
		for i := range judged {
			r := benchRecord(first+uint64(i), d.ID, d.Person, d.Unit)
			err := tx.Savepoint(func() error {
				if _, err := tx.Record(r.ID); syncproto.CodeOf(err) != syncproto.CodeNotFound {
					return err
				}
				return tx.PutRecord(r, scopes)
			})
			if err != nil {
				return err
			}
			judged[i].Outcome = syncproto.Outcome{Number: dev.Accepted + 1 + int64(i), Result: syncproto.Applied, Revision: 1}
		}
		return tx.AddJudged(d.ID, dev.Accepted+1, judged)
	})
}

// BenchmarkBare is the bound that BenchmarkPush is held against: the same rows, group-committed by a writer that
// knows them already and asks nothing.
func BenchmarkBare(b *testing.B) { bare(b, b.N).report(b) }

func bare(b *testing.B, n int) measured {
	w := sqlite.NewBare(b, filepath.Join(b.TempDir(), "bare.db"))
	b.ResetTimer()
	return phones(b, n, func(phone int, first uint64) error {
		device, person, unit := benchID(uint64(1e9+phone)), benchID(uint64(2e9+phone)), benchID(uint64(3e9+phone))
		records := make([]*syncproto.Record, benchBatch)
		for i := range records {
			records[i] = benchRecord(first+uint64(i), device, person, unit)
		}
		return w.Insert(device, phone, int64(first), records)
	})
}

// BenchmarkRatio runs both in turns, 20,000 records each, and reports how much of the bare rate the store reaches.
func BenchmarkRatio(b *testing.B) {
	var bound, store measured
	for range b.N {
		one, two := bare(b, 20_000), push(b, 20_000)
		bound.rate, bound.cpu = bound.rate+one.rate, bound.cpu+one.cpu
		store.rate, store.cpu = store.rate+two.rate, store.cpu+two.cpu
	}
	b.ReportMetric(store.rate/bound.rate, "of-bare-rate")
	b.ReportMetric(store.cpu/bound.cpu, "of-bare-cpu")
}

// BenchmarkEdit changes the title of records that are there, 20 a request.
func BenchmarkEdit(b *testing.B) {
	const total = 20_000
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	device, person := benchID(1e9), benchID(2e9)
	scopes := func(n uint64) []syncproto.Scope {
		return []syncproto.Scope{syncproto.DeskScope(benchID(3e9 + n%benchUnits)), syncproto.PersonScope(person)}
	}
	for first := uint64(0); first < total; first += 1000 {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			for n := first; n < first+1000; n++ {
				if err := tx.PutRecord(benchRecord(n, device, person, benchID(3e9)), scopes(n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	phones(b, b.N, func(_ int, first uint64) error {
		return s.Update(context.Background(), func(tx storage.Tx) error {
			for i := range uint64(benchBatch) {
				n := (first + i) * 7919 % total
				k, err := tx.Record(benchID(n))
				if err != nil {
					return err
				}
				r := k.Record
				r.Revision++
				r.Marks = map[string]int64{"title": r.Revision}
				r.Fields["title"] = syncproto.Int(r.Revision)
				if err := tx.Savepoint(func() error { return tx.PutRecord(r, scopes(n)) }); err != nil {
					return err
				}
			}
			return nil
		})
	}).report(b)
}

// BenchmarkPages reads a scope of 20,000 records in pages of 1,000.
func BenchmarkPages(b *testing.B) {
	const total, page = 20_000, 1000
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	device, person, unit := benchID(1e9), benchID(2e9), benchID(3e9)
	for first := uint64(0); first < total; first += page {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			for n := first; n < first+page; n++ {
				if err := tx.PutRecord(benchRecord(n, device, person, unit), []syncproto.Scope{syncproto.ScopePublic}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	start, used, rows, size := time.Now(), cpu(), 0, 0
	for n := range b.N {
		err := s.View(b.Context(), func(r storage.Reader) error {
			return r.Changes(1, uint64(n%(total/page)*page), page, func(_ uint64, c syncproto.Change) bool {
				rows, size = rows+1, size+len(c.Wire)
				return true
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)/time.Since(start).Seconds(), "records/s")
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(rows), "cpu-µs/record")
	b.ReportMetric(float64(size)/float64(rows), "B/record")
}

// BenchmarkNothingNew is what an idle sync asks of the store.
func BenchmarkNothingNew(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	d := storage.Device{ID: benchID(1), TokenHash: [32]byte{1}}
	if err := s.Update(b.Context(), func(tx storage.Tx) error { return tx.PutDevice(&d) }); err != nil {
		b.Fatal(err)
	}
	scopes := []syncproto.Scope{"person:1", "call:1", "call:2", "unit:1", "unit:2", "public"}
	used := cpu()
	for b.Loop() {
		err := s.View(b.Context(), func(r storage.Reader) error {
			if _, err := r.DeviceByToken(d.TokenHash); err != nil {
				return err
			}
			_, err := r.Heads(scopes)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/view")
}
