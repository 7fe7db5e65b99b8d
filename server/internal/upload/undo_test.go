package upload_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/syncproto"
)

// balky is a store that does not write for a while.
type balky struct {
	storage.Store
	left atomic.Int64 // writes that fail
}

func (b *balky) Update(ctx context.Context, fn func(tx storage.Tx) error) error {
	if b.left.Add(-1) >= 0 {
		return syncproto.E(syncproto.CodeStoreFull, "update", errors.New("no room"))
	}
	return b.Store.Update(ctx, fn)
}

// wrongChunk is a chunk with a wrong checksum, so long that some of it is durable when its end comes; then a function
// is called.
func (w *world) wrongChunk(id syncproto.ID, offset int64, b []byte, then func()) *upload.Chunk {
	w.t.Helper()
	sum, err := upload.NewChecksum("sha1", make([]byte, 20))
	w.must(err)
	saved := func() {
		for w.row(id).Offset == offset {
			<-time.After(time.Millisecond) // nothing in the store tells
		}
		then()
	}
	return &upload.Chunk{Offset: offset, Length: int64(len(b)), Size: -1, Sum: sum, Body: &body{r: after(bytes.NewReader(b), saved)}}
}

// TestACrashWhileBytesAreTakenBack loses nothing of what came before the chunk with the wrong checksum.
func TestACrashWhileBytesAreTakenBack(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 4<<20)
	st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), int64(len(data)))
	_, err := w.write(w.lan, st.ID, 0, data[:1000])
	w.must(err)
	healthy := w.store
	full := &balky{Store: healthy}
	w.store = full
	w.restart()
	_, err = w.s.Write(t.Context(), w.lan, st.ID, w.wrongChunk(st.ID, 1000, data[1000:len(data)-1], func() { full.left.Store(math.MaxInt32) }))
	wantCode(t, err, syncproto.CodeStoreFull)
	w.store = healthy
	w.restart()
	got, err := w.s.Look(t.Context(), w.lan, st.ID)
	w.must(err)
	if got.Offset < 1000 {
		t.Fatalf("acknowledged bytes are gone: offset %d", got.Offset)
	}
	got, err = w.write(w.lan, st.ID, got.Offset, data[got.Offset:])
	w.must(err)
	if got.State != syncproto.MediaStored {
		t.Errorf("got %+v", got)
	}
}

// TestPartsOfBytesThatWereTakenBack has bytes with a wrong checksum in the blob store already when they are taken back,
// and the store fails just then.
func TestPartsOfBytesThatWereTakenBack(t *testing.T) {
	w := partsWorld(t)
	data := noise(t, 4<<20)
	st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), int64(len(data)))
	_, err := w.write(w.lan, st.ID, 0, data[:1000])
	w.must(err)
	healthy := w.store
	full := &balky{Store: healthy}
	w.store = full
	w.restart()
	wrong := noise(t, len(data)-2000)
	_, err = w.s.Write(t.Context(), w.lan, st.ID, w.wrongChunk(st.ID, 1000, wrong, func() {
		w.must(w.s.Tend(t.Context(), st.ID))
		full.left.Store(1)
	}))
	if err == nil || w.row(st.ID).Offset != 1000 {
		t.Fatalf("got %v, %+v", err, w.row(st.ID))
	}
	_, err = w.write(w.lan, st.ID, 1000, data[1000:])
	w.must(err)
	w.must(w.s.Tend(t.Context(), st.ID))
	if !bytes.Equal(w.blob(idOf(data)), data) {
		t.Error("the blob holds bytes that were taken back")
	}
}
