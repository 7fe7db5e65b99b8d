package upload_test

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/upload"
	"lantoa/syncproto"
)

// TestASlowDiskIsAskedLessOften takes bytes on while a save is under way, never runs more than 8 MiB ahead of the row
// (S-166), and makes durable at once what came meanwhile.
func TestASlowDiskIsAskedLessOften(t *testing.T) {
	w := newWorld(t)
	data := noise(t, 20<<20)
	st := w.create(w.lan, w.photo(w.lan, syncproto.StateDraft, data), int64(len(data)))
	var syncs, came atomic.Int64
	release, far := make(chan struct{}), make(chan struct{})
	w.s.SetFail(func(point string) error {
		if point == "sync" && syncs.Add(1) == 1 {
			<-release
		}
		return nil
	})
	r := &counted{r: bytes.NewReader(data), each: func(n int) {
		if sum := came.Add(int64(n)); sum >= 7<<20 && sum-int64(n) < 7<<20 {
			close(far)
		}
	}}
	done := make(chan error, 1)
	go func() {
		_, err := w.s.Write(t.Context(), w.lan, st.ID, &upload.Chunk{Length: int64(len(data)), Size: -1, Body: &body{r: r}})
		done <- err
	}()
	<-far
	<-time.After(20 * time.Millisecond) // for it to run too far
	if n := came.Load(); n > 8<<20 {
		t.Errorf("%d bytes came while the row stood at 0", n)
	}
	if n := syncs.Load(); n != 1 {
		t.Errorf("%d syncs at once", n)
	}
	close(release)
	w.must(<-done)
	if n := syncs.Load(); n > 8 { // with two under way at once it would be ten
		t.Errorf("%d syncs", n)
	}
}

// counted is a reader that tells how much it gave.
type counted struct {
	r    *bytes.Reader
	each func(n int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.each(n)
	return n, err
}
