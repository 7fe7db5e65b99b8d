package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestS3Down takes the bucket away for ten minutes: files go into the spool and are told to be checked, texts go on, the
// server may even be restarted, and when the bucket is back everything gets there.
func TestS3Down(t *testing.T) {
	t.Parallel()
	s3 := newGateway(t)
	var passed atomic.Int64 // of the server's clock
	y := newYard(t, func(c *app.Config) {
		s3.use(c, "")
		c.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	})
	url := "http://" + y.s.Addr().String()
	lan := y.phone(url, syncproto.RoleVolunteer, "Lan")
	minh := y.phone(url, syncproto.RoleEditor, "Minh")

	s3.stop()
	sizes := []int64{40 << 10, 1 << 20, 20 << 20} // one request, one object, several parts
	var records []syncproto.ID
	var blobs []storage.BlobID
	for i, size := range sizes {
		record, blob := lan.recording(uint64(i), size)
		records, blobs = append(records, record), append(blobs, blob)
	}
	lan.sync()
	lan.carry(time.Minute)
	lan.sync()
	for i, record := range records {
		if got := arrival(t, lan, record); got != syncproto.ArrivalChecking {
			t.Errorf("while the bucket is down, file %d is %q", i, got)
		}
		if state := y.state(blobs[i]); state != storage.MediaArriving {
			t.Errorf("file %d is %s", i, state)
		}
	}
	story := lan.text("Bài viết vẫn đi")
	lan.sync()
	minh.sync()
	if _, err := minh.Show(background, story); err != nil {
		t.Errorf("a text while the bucket is down: %v", err)
	}
	passed.Add(int64(10 * time.Minute))
	y.noFaults()
	y.stop() // and the power fails besides
	y.start()
	if free, err := lan.FreeSpace(background, false); err != nil || len(free.Items) != 0 {
		t.Errorf("the phone would free %+v (%v) of what no store has", free, err)
	}

	s3.start()
	y.kept(time.Minute, blobs...)
	lan.sync()
	for i, record := range records {
		if got := arrival(t, lan, record); got != syncproto.ArrivalStored {
			t.Errorf("after it, file %d is %q", i, got)
		}
		wantBlob(t, s3.blobs(), blobs[i], sizes[i])
	}
	y.noFaults()
	y.nothingLeft()
	if n := s3.unfinished(); n > 0 {
		t.Errorf("%d uploads in parts are left", n)
	}
}

// arrival is what a photo's record says on a phone of its original.
func arrival(t *testing.T, phone *handset, record syncproto.ID) syncproto.Arrival {
	t.Helper()
	item, err := phone.Show(background, record)
	if err != nil {
		t.Fatal(err)
	}
	arrived, _ := syncproto.ArrivedOf(&syncproto.Record{Kind: syncproto.KindPhoto, Fields: item.Fields})
	return arrived.Lanes[syncproto.LaneOriginal]
}

// TestS3Unsteady has the bucket fail one request in three: before it did what was asked, after that, and by going away
// in the middle. Nothing that was accepted is lost, and phones notice nothing.
func TestS3Unsteady(t *testing.T) {
	t.Parallel()
	s3 := newGateway(t)
	const seed = 7
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 0))
	faults := map[int]int{}
	var well atomic.Bool
	through := s3.front(func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		mu.Lock()
		n := rng.IntN(12)
		if n < 4 && !well.Load() {
			faults[n]++
		}
		mu.Unlock()
		switch {
		case well.Load():
			return false
		case n == 0:
			s3Error(w, http.StatusInternalServerError, "InternalError")
		case n == 1:
			s3Error(w, http.StatusServiceUnavailable, "SlowDown")
		case n == 2: // done, and nobody hears of it
			pass.ServeHTTP(httptest.NewRecorder(), r)
			s3Error(w, http.StatusInternalServerError, "InternalError")
		case n == 3:
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	})
	y := newYard(t, func(c *app.Config) { s3.use(c, through) })
	lan := y.phone("http://"+y.s.Addr().String(), syncproto.RoleVolunteer, "Lan")
	var sizes []int64
	var blobs []storage.BlobID
	for i, size := range []int64{9 << 20, 30 << 10, 17 << 20, 1 << 20, 100 << 10, 3 << 20, 60 << 10, 8 << 20} {
		_, blob := lan.recording(uint64(i), size)
		sizes, blobs = append(sizes, size), append(blobs, blob)
	}
	lan.sync()
	lan.carry(time.Minute)
	y.kept(90*time.Second, blobs...)
	y.noFaults()
	mu.Lock()
	t.Logf("seed %d: the bucket failed %v", seed, fmt.Sprint(faults))
	mu.Unlock()
	well.Store(true)
	for i, blob := range blobs {
		wantBlob(t, s3.blobs(), blob, sizes[i])
	}
	y.nothingLeft()
}

func s3Error(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>no</Message></Error>`))
}
