package sqlite_test

import (
	"context"
	"encoding/binary"
	"path/filepath"
	"sync"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

func benchBlob(n uint64) (id storage.BlobID) {
	for i := range 4 {
		binary.BigEndian.PutUint64(id[8*i:], (n+1)*0x9e3779b97f4a7c15*uint64(2*i+1))
	}
	return id
}

func benchUpload(n uint64) *storage.Upload {
	return &storage.Upload{
		ID: benchID(n), Person: benchID(2e9 + n%64), Device: benchID(1e9), Record: benchID(5e9 + n), Lane: syncproto.LaneOriginal,
		Blob: benchBlob(n), Size: 1 << 30, Hash: make([]byte, 108), State: storage.UploadReceiving,
		Metadata: "record MDE5NjhjNWUtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDIw,lane b3JpZ2luYWw", Created: int64(n),
	}
}

// fill runs puts in updates of 1,000.
func fill(b *testing.B, s *sqlite.Store, total uint64, put func(tx storage.Tx, n uint64) error) {
	b.Helper()
	for first := uint64(0); first < total; first += 1000 {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			for n := first; n < min(first+1000, total); n++ {
				if err := put(tx, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUploadProgress is what 64 uploads write of themselves after each 8 MiB, while 10,000 are open.
func BenchmarkUploadProgress(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	fill(b, s, 10_000, func(tx storage.Tx, n uint64) error { return tx.PutUpload(benchUpload(n)) })
	b.ResetTimer()
	used := cpu()
	var wg sync.WaitGroup
	for phone := range uint64(64) {
		wg.Go(func() {
			u := benchUpload(phone * 150)
			for n := phone; n < uint64(b.N); n += 64 {
				u.Offset += 8 << 20
				u.Changed++
				u.Expires++
				if err := s.Update(context.Background(), func(tx storage.Tx) error { return tx.PutUpload(u) }); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/put")
}

// BenchmarkLinkAndAnnounce is what one file costs the database from its last byte to its being shown: media and link
// before the bytes, the upload's end, and twice a new revision of its photo.
func BenchmarkLinkAndAnnounce(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	scopes := []syncproto.Scope{syncproto.DeskScope(benchID(3e9)), syncproto.PersonScope(benchID(2e9))}
	fill(b, s, uint64(b.N), func(tx storage.Tx, n uint64) error {
		r := benchRecord(n, benchID(1e9), benchID(2e9), benchID(3e9))
		r.Kind = syncproto.KindPhoto
		return tx.PutRecord(r, scopes)
	})
	announce := func(tx storage.Tx, n uint64, state syncproto.Arrival) error {
		k, err := tx.Record(benchID(n))
		if err != nil {
			return err
		}
		a := syncproto.Arrived{Of: benchBlob(n).String(), Lanes: map[syncproto.Lane]syncproto.Arrival{syncproto.LaneOriginal: state}}
		r := k.Record
		r.Revision++
		r.Fields[syncproto.ArrivedField] = a.Value()
		r.Marks = map[string]int64{syncproto.ArrivedField: r.Revision}
		r.Writers[syncproto.ArrivedField] = syncproto.Writer{}
		return tx.PutRecord(r, k.Scopes)
	}
	b.ResetTimer()
	used := cpu()
	for n := range uint64(b.N) {
		u, m := benchUpload(n), storage.Media{ID: benchBlob(n), Person: benchID(2e9), Size: 1 << 30, State: storage.MediaArriving, Due: 5}
		link := storage.MediaLink{Blob: m.ID, Record: benchID(n), Lane: syncproto.LaneOriginal, Person: m.Person, At: 1}
		for _, step := range []func(tx storage.Tx) error{
			func(tx storage.Tx) error {
				u.State = storage.UploadWhole
				return first(tx.PutMedia(&m), tx.PutMediaLink(&link), tx.PutUpload(u))
			},
			func(tx storage.Tx) error {
				m.State, u.State = storage.MediaWaiting, storage.UploadStored
				return first(tx.PutMedia(&m), tx.PutUpload(u), announce(tx, n, syncproto.ArrivalChecking))
			},
			func(tx storage.Tx) error {
				m.State, m.Due, m.Served, m.Thumbnail = storage.MediaReady, 0, benchBlob(n+1e6), benchBlob(n+2e6)
				return first(tx.PutMedia(&m), announce(tx, n, syncproto.ArrivalStored))
			},
		} {
			if err := s.Update(b.Context(), step); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/file")
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkRoom is what a creation asks: what is open (of 10,000 uploads) and what a person has (of 10,000 files).
func BenchmarkRoom(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	fill(b, s, 10_000, func(tx storage.Tx, n uint64) error {
		m := storage.Media{ID: benchBlob(n), Person: benchID(2e9), Size: 1, State: storage.MediaReady}
		return first(tx.PutUpload(benchUpload(n)), tx.PutMedia(&m))
	})
	for b.Loop() {
		err := s.View(b.Context(), func(r storage.Reader) error {
			_, _, _, err := r.UploadsOpen(benchID(2e9))
			_, usedErr := r.MediaUsed(benchID(2e9))
			return first(err, usedErr)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNeeded asks once after each of 20,000 files, all of which are needed.
func BenchmarkNeeded(b *testing.B) {
	const total = 20_000
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	fill(b, s, total, func(tx storage.Tx, n uint64) error {
		r := benchRecord(n, benchID(1e9), benchID(2e9), benchID(3e9))
		m := storage.Media{ID: benchBlob(n), Person: benchID(2e9), Size: 1, State: storage.MediaReady}
		return first(tx.PutRecord(r, nil), tx.PutMedia(&m), tx.PutMediaLink(&storage.MediaLink{Blob: m.ID, Record: r.ID, Lane: syncproto.LaneOriginal}))
	})
	for b.Loop() {
		err := s.View(b.Context(), func(r storage.Reader) error {
			for n := range uint64(total) {
				if _, err := r.MediaNeeded(benchBlob(n), 1<<40); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/total, "ns/file")
}
