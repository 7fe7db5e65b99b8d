package upload_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lantoa/storage/dirblob"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// BenchmarkWrite takes a long file from memory, over the database file of a server, in turns with a plain write of the
// same bytes. Both are durable when they end.
func BenchmarkWrite(b *testing.B) {
	const size = 200 << 20
	blobs, err := dirblob.Open(b.Context(), filepath.Join(b.TempDir(), "media"), dirblob.Options{})
	if err != nil {
		b.Fatal(err)
	}
	w := worldOn(b, blobs)
	memory := w.store
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"), sqlite.Options{})
	w.must(err)
	defer store.Close()
	w.move(store)
	defer memory.Close()
	data := noiseOf(uint64(time.Now().UnixNano()), size)
	plain := filepath.Join(b.TempDir(), "plain")
	var ours, theirs time.Duration
	b.SetBytes(size)
	for b.Loop() {
		b.StopTimer()
		data[0], data[1], data[2] = data[0]+1, data[1]+3, data[2]+7
		st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), size)
		start := time.Now()
		f, err := os.Create(plain)
		w.must(err)
		_, err = io.CopyBuffer(struct{ io.Writer }{f}, struct{ io.Reader }{bytes.NewReader(data)}, make([]byte, 128<<10))
		w.must(err)
		w.must(f.Sync())
		w.must(f.Close())
		theirs += time.Since(start)
		w.must(os.Remove(plain))
		b.StartTimer()
		start = time.Now()
		got, err := w.write(w.lan, st.ID, 0, data)
		ours += time.Since(start)
		w.must(err)
		if got.State != syncproto.MediaStored {
			b.Fatalf("got %+v", got)
		}
	}
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
}
