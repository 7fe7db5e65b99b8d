package s3blob_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/storage/s3blob"
	"lantoa/syncproto"
)

const part = 5 << 20

// cut ends a connection without an answer.
func cut() { panic(http.ErrAbortHandler) }

// uploading is a caller that keeps its place and tries again, as one with a spool file does.
type uploading struct {
	data   []byte
	upload string
}

// run makes one round and says whether the blob is there.
func (u *uploading) run(ctx context.Context, s *s3blob.Store) (err error) {
	id := idOf(u.data)
	size := int64(len(u.data))
	if u.upload == "" {
		if u.upload, err = s.BeginParts(ctx, id); err != nil {
			return err
		}
	}
	have, err := s.ListParts(ctx, id, u.upload)
	if err == nil {
		there := map[int]bool{}
		for _, p := range have {
			there[p.Number] = true
		}
		for number, at := 1, int64(0); at < size && err == nil; number, at = number+1, at+part {
			if !there[number] {
				err = s.PutPart(ctx, id, u.upload, number, io.NewSectionReader(bytes.NewReader(u.data), at, part), min(part, size-at))
			}
		}
	}
	if err == nil || syncproto.CodeOf(err) == syncproto.CodeNotFound {
		_, err = s.CompleteParts(ctx, id, u.upload, size)
	}
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		u.upload = ""
	}
	return err
}

// TestPartsOnABadLink goes through a link that fails in many ways, until it is through.
func TestPartsOnABadLink(t *testing.T) {
	const seed = 19
	t.Logf("seed %d", seed)
	var mu sync.Mutex
	draw := rand.New(rand.NewPCG(seed, 1))
	faults := map[string]int{}
	fault := func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		what, at := draw.IntN(16), draw.Int64N(part)
		name := []string{"error", "cut", "lost", "half", "flip"}
		if what < len(name) {
			faults[name[what]]++
		}
		mu.Unlock()
		switch what {
		case 0:
			refuse(w, http.StatusServiceUnavailable, "SlowDown")
			return true
		case 1:
			cut()
		case 2:
			forward(t, r)
			cut()
		case 3:
			_, _ = io.CopyN(io.Discard, r.Body, at)
			cut()
		case 4:
			if r.Method == http.MethodPut {
				r.Body = flip{r.Body}
			}
		}
		return false
	}
	bad := between(t, fault)
	good := open(t, "badlink")
	for i, size := range []int{1000, part + 1000, 2 * part, 3*part - 1} {
		u := uploading{data: photo(byte(60+i), size)}
		// Each round is another process.
		for round := 0; ; round++ {
			err := u.run(t.Context(), open(t, "badlink", bad))
			if err == nil {
				break
			}
			if code := syncproto.CodeOf(err); code != syncproto.CodeUnavailable && code != syncproto.CodeNotFound || round == 60 {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		wantBytes(t, good, u.data)
	}
	t.Logf("faults: %v", faults)
	if len(faults) < 5 {
		t.Error("not every fault came: the test shows less than it says")
	}
	if _, err := good.Sweep(t.Context(), 1<<50); err != nil { // what was begun and its answer lost
		t.Error(err)
	}
	if n, err := good.Sweep(t.Context(), 1<<50); n != 0 || err != nil {
		t.Errorf("swept %d again, %v", n, err)
	}
}

// TestPartsDamaged: a part that was damaged on the way is not taken.
func TestPartsDamaged(t *testing.T) {
	var damage atomic.Bool
	var bodies atomic.Int32
	s := open(t, "damaged", between(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			bodies.Add(1)
			if damage.Load() {
				r.Body = flip{r.Body}
			}
		}
		return false
	}))
	u := uploading{data: photo(70, part+1)}
	damage.Store(true)
	wantCode(t, u.run(t.Context(), s), syncproto.CodeUnavailable)
	if n := bodies.Load(); n != 4 {
		t.Errorf("%d tries, want 4", n)
	}
	if list, err := s.ListParts(t.Context(), idOf(u.data), u.upload); len(list) != 0 || err != nil {
		t.Errorf("the server has %v, %v", list, err)
	}
	damage.Store(false)
	if err := u.run(t.Context(), s); err != nil {
		t.Error(err)
	}
	wantBytes(t, s, u.data)
}

// TestPartsDown: the server goes away in the middle and comes back.
func TestPartsDown(t *testing.T) {
	var down atomic.Bool
	var parts atomic.Int32
	s := open(t, "down", between(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if down.Load() {
			cut()
		}
		if r.Method == http.MethodPut && parts.Add(1) == 1 {
			forward(t, r)
			down.Store(true)
			cut()
		}
		return false
	}))
	u := uploading{data: photo(71, 2*part+5)}
	wantCode(t, u.run(t.Context(), s), syncproto.CodeUnavailable)
	kept := u.upload
	_, err := s.CompleteParts(t.Context(), idOf(u.data), kept, 1)
	wantCode(t, err, syncproto.CodeUnavailable)
	down.Store(false)
	if err := u.run(t.Context(), s); err != nil || u.upload != kept {
		t.Errorf("%v; want that it goes on with the same upload", err)
	}
	if n := parts.Load(); n != 3 {
		t.Errorf("%d parts were sent, want 3: the one whose answer was lost is there", n)
	}
	wantBytes(t, s, u.data)
}

// TestPartsSilent: a server that takes nothing and says nothing holds nobody longer than the caller's context.
func TestPartsSilent(t *testing.T) {
	arrived, over := make(chan struct{}, 9), make(chan struct{})
	defer close(over)
	s := open(t, "silent", between(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut && r.Method != http.MethodHead {
			return false
		}
		arrived <- struct{}{}
		<-over
		cut()
		return true
	}))
	u := uploading{data: photo(84, part)}
	upload, err := s.BeginParts(t.Context(), idOf(u.data))
	if err != nil {
		t.Fatal(err)
	}
	hang := func(call func(ctx context.Context) error) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error)
		go func() { done <- call(ctx) }()
		<-arrived
		cancel()
		wantCode(t, <-done, syncproto.CodeUnavailable)
	}
	hang(func(ctx context.Context) error {
		return s.PutPart(ctx, idOf(u.data), upload, 1, bytes.NewReader(u.data), part)
	})
	// A second completion waits for the first, and no longer than it wants to.
	complete := func(ctx context.Context) error {
		_, err := s.CompleteParts(ctx, idOf(u.data), upload, part)
		return err
	}
	first, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- complete(first) }()
	<-arrived
	second, end := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer end()
	wantCode(t, complete(second), syncproto.CodeTimeout)
	if len(arrived) != 0 {
		t.Error("the second one did not wait")
	}
	cancel()
	wantCode(t, <-done, syncproto.CodeUnavailable)
}

// TestPartsEarlyAnswer: a server answers before it has read everything. The caller's bytes are left alone from the
// moment that the call comes back, though net/http may still be at them.
func TestPartsEarlyAnswer(t *testing.T) {
	s := open(t, "early", between(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		refuse(w, http.StatusForbidden, "AccessDenied")
		return true
	}))
	id := idOf(nil)
	upload, err := s.BeginParts(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r := &held{data: photo(85, part), resume: make(chan struct{})}
	// The second pass, which sends, hangs in the middle until the answer has long come.
	release := time.AfterFunc(50*time.Millisecond, func() { close(r.resume) })
	defer release.Stop()
	wantCode(t, s.PutPart(t.Context(), id, upload, 1, r, part), syncproto.CodeStoreReadOnly)
	r.over.Store(true)
	<-r.resume
	r.reading.Wait()
	if r.late.Load() {
		t.Error("read after the call came back")
	}
}

// held is an io.ReaderAt whose second pass waits in the middle.
type held struct {
	data       []byte
	starts     atomic.Int32
	resume     chan struct{}
	over, late atomic.Bool
	reading    sync.WaitGroup
}

func (h *held) ReadAt(p []byte, at int64) (int, error) {
	h.reading.Add(1)
	defer h.reading.Done()
	if at == 0 {
		h.starts.Add(1)
	}
	if h.starts.Load() > 1 && at > part/2 {
		<-h.resume
	}
	if h.over.Load() {
		h.late.Store(true)
	}
	return bytes.NewReader(h.data).ReadAt(p, at)
}
