package reach_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"lantoa/server/internal/reach"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// benchRows is a province of which nobody was reached.
const benchRows = 50_000

// meter throws bytes away and notes how large the heap was.
type meter struct{ bytes, peak uint64 }

func (m *meter) Write(p []byte) (int, error) {
	if m.bytes>>20 != (m.bytes+uint64(len(p)))>>20 || m.bytes == 0 {
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		m.peak = max(m.peak, s.HeapAlloc)
	}
	m.bytes += uint64(len(p))
	return len(p), nil
}

func benchID(n uint64) syncproto.ID {
	var b [10]byte
	binary.BigEndian.PutUint64(b[2:], n)
	return syncproto.MakeID(1_700_000_000_000+int64(n), b)
}

func BenchmarkExport(b *testing.B) {
	store, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	w := newWorldOn(b, store)
	for from := uint64(0); from < benchRows; from += 2500 {
		w.update(func(tx storage.Tx) error {
			list := make([]storage.Recipient, 0, 2500)
			for n := from; n < from+2500; n++ {
				id := benchID(n)
				if err := tx.PutPerson(&storage.Person{ID: id, Name: "Nguyễn Thị Đào", Phone: fmt.Sprint("+84", 900_000_000+n), Created: 1}); err != nil {
					return err
				}
				if err := tx.PutPreference(&storage.Preference{Person: id, MayPhone: true}); err != nil {
					return err
				}
				list = append(list, storage.Recipient{Call: w.call.ID, Person: id, Unit: w.north, Gone: 5})
			}
			return tx.AddRecipients(list)
		})
	}
	for _, format := range []reach.Format{reach.CSV, reach.XLSX} {
		b.Run(string(format), func(b *testing.B) {
			var m meter
			for b.Loop() {
				e, err := w.svc.Unreached(b.Context(), w.officer, w.call.ID, format)
				if err != nil {
					b.Fatal(err)
				}
				m = meter{}
				if err := e.WriteTo(b.Context(), &m); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(m.peak)/(1<<20), "heap-MiB")
			b.ReportMetric(float64(m.bytes)/(1<<20), "file-MiB")
		})
	}
	b.Run("funnel", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.svc.Funnel(b.Context(), w.officer, w.call.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}
