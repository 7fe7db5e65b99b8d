package s3blob_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
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

// TestPartsAnswers is a server that answers the completion in ways that are no completion, or hide one.
func TestPartsAnswers(t *testing.T) {
	const done = `<CompleteMultipartUploadResult><Bucket>media</Bucket><Key>k</Key><ETag>"0-1"</ETag></CompleteMultipartUploadResult>`
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, n int32) bool // to the completion
		size   func() (faked string)                                      // of the object, after it
		want   syncproto.Code
	}{
		"success while another is at work": {
			answer: func(w http.ResponseWriter, _ *http.Request, _ int32) bool { _, _ = w.Write([]byte(done)); return true },
			want:   syncproto.CodeUnavailable,
		},
		"a part was replaced": {
			answer: func(w http.ResponseWriter, _ *http.Request, n int32) bool {
				if n == 1 {
					refuse(w, http.StatusBadRequest, "InvalidPart")
				}
				return n == 1
			},
		},
		"a part is replaced all the time": {
			answer: func(w http.ResponseWriter, _ *http.Request, _ int32) bool {
				refuse(w, http.StatusBadRequest, "InvalidPart")
				return true
			},
			want: syncproto.CodeUnavailable,
		},
		"an error after success began": {
			answer: func(w http.ResponseWriter, _ *http.Request, n int32) bool {
				if n == 1 {
					_, _ = w.Write([]byte(`<Error><Code>InternalError</Code><Message>no</Message></Error>`))
				}
				return n == 1
			},
		},
		"every answer is lost": {
			answer: func(w http.ResponseWriter, r *http.Request, _ int32) bool { forward(t, r); cut(); return true },
		},
		"the sum is wrong": {
			answer: func(http.ResponseWriter, *http.Request, int32) bool { return false },
			size:   func() string { return "7" },
			want:   syncproto.CodeStoreBroken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var completions atomic.Int32
			prefix := place(name)
			s := open(t, prefix, between(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
					return c.answer(w, r, completions.Add(1))
				}
				if r.Method == http.MethodHead && c.size != nil && completions.Load() > 0 {
					w.Header().Set("Content-Length", c.size())
					w.Header().Set("ETag", `"0"`)
					w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 06:00:00 GMT")
					return true
				}
				return false
			}))
			u := uploading{data: photo(72, part+9)}
			err := u.run(t.Context(), s)
			honest := open(t, prefix)
			if c.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				wantBytes(t, honest, u.data)
				return
			}
			wantCode(t, err, c.want)
			_, err = honest.Stat(t.Context(), idOf(u.data))
			wantCode(t, err, syncproto.CodeNotFound)
			for range 2 { // the upload may have gone
				err = u.run(t.Context(), honest)
			}
			if err != nil {
				t.Errorf("afterwards: %v", err)
			}
			wantBytes(t, honest, u.data)
		})
	}
}

// TestPartsReplaceDamaged: an object of another size is no blob, and is replaced.
func TestPartsReplaceDamaged(t *testing.T) {
	s := open(t, "replace")
	for i, size := range []int{0, 1000, part + 1000} {
		u := uploading{data: photo(byte(75+i), size)}
		_, err := client(t).PutObject(t.Context(), bucket, "replace/sha256/"+idOf(u.data).String(), strings.NewReader("torn"), 4, minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := u.run(t.Context(), s); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		wantBytes(t, s, u.data)
	}
}

// TestSweepLive: an upload that began long ago and goes on is left alone; one that rests is not.
func TestSweepLive(t *testing.T) {
	initiated := regexp.MustCompile(`<Initiated>[^<]*</Initiated>`)
	prefix := place(t.Name())
	old := open(t, prefix, between(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !r.URL.Query().Has("uploads") {
			return false
		}
		through := forward(t, r)
		_, _ = w.Write(initiated.ReplaceAll(through.Body.Bytes(), []byte("<Initiated>2020-01-01T00:00:00.000Z</Initiated>")))
		return true
	}))
	live, rests := uploading{data: photo(80, part+1)}, uploading{data: photo(81, 10)}
	for _, u := range []*uploading{&live, &rests} {
		var err error
		if u.upload, err = old.BeginParts(t.Context(), idOf(u.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.PutPart(t.Context(), idOf(live.data), live.upload, 1, bytes.NewReader(live.data), part); err != nil {
		t.Fatal(err)
	}
	hourAgo := time.Now().Add(-time.Hour).UnixMilli()
	if n, err := old.Sweep(t.Context(), hourAgo); n != 1 || err != nil {
		t.Errorf("swept %d, %v; want the one that rests", n, err)
	}
	_, err := old.ListParts(t.Context(), idOf(rests.data), rests.upload)
	wantCode(t, err, syncproto.CodeNotFound)
	if err := live.run(t.Context(), old); err != nil {
		t.Error(err)
	}
	wantBytes(t, old, live.data)
}

// TestPartsChangedSize: parts that were cut otherwise are of no use, and can be removed.
func TestPartsChangedSize(t *testing.T) {
	u := uploading{data: photo(82, part+1)}
	before, after := open(t, "cutting"), open(t, "cutting", func(o *s3blob.Options) { o.PartSize = 6 << 20 })
	var err error
	if u.upload, err = before.BeginParts(t.Context(), idOf(u.data)); err != nil {
		t.Fatal(err)
	}
	_, err = after.ListParts(t.Context(), idOf(u.data), u.upload)
	wantCode(t, err, syncproto.CodeNotFound)
	_, err = after.CompleteParts(t.Context(), idOf(u.data), u.upload, part+1)
	wantCode(t, err, syncproto.CodeNotFound)
	if err := after.AbortParts(t.Context(), idOf(u.data), u.upload); err != nil {
		t.Error(err)
	}
	_, err = before.ListParts(t.Context(), idOf(u.data), u.upload)
	wantCode(t, err, syncproto.CodeNotFound)
}

// TestPartsPages: a server lists a thousand parts at most at a time, and one that counts wrong is not asked for ever.
func TestPartsPages(t *testing.T) {
	for _, stuck := range []bool{false, true} {
		asked := 0
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			var after int
			_, _ = fmt.Sscan(r.URL.Query().Get("part-number-marker"), &after)
			last := min(after+1000, 2500)
			_, _ = fmt.Fprintf(w, "<ListPartsResult><IsTruncated>%t</IsTruncated>", last < 2500 || stuck)
			if !stuck {
				_, _ = fmt.Fprintf(w, "<NextPartNumberMarker>%d</NextPartNumberMarker>", last)
			}
			for n := after + 1; n <= last; n++ {
				_, _ = fmt.Fprintf(w, "<Part><PartNumber>%d</PartNumber><Size>%d</Size></Part>", n, n)
			}
			_, _ = io.WriteString(w, "</ListPartsResult>")
		}))
		defer front.Close()
		upload := "1." + "4zsow" + ".x" // parts of 8 MiB
		list, err := alone(t, front.URL).ListParts(t.Context(), storage.BlobID{}, upload)
		want := 2500
		if stuck {
			want = 1000
		}
		if err != nil || len(list) != want || asked != (want+999)/1000 {
			t.Fatalf("got %d parts in %d pages, %v", len(list), asked, err)
		}
		if last := list[want-1]; last.Number != want || last.Size != int64(want) {
			t.Errorf("got %+v at the end", last)
		}
	}
}

// TestPartsMemory: a part of a file is sent without a buffer of its size.
func TestPartsMemory(t *testing.T) {
	s := open(t, "memory", func(o *s3blob.Options) { o.PartSize = 8 << 20 })
	path := filepath.Join(t.TempDir(), "spool")
	if err := os.WriteFile(path, photo(83, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	upload, err := s.BeginParts(t.Context(), idOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	send := func() {
		if err := s.PutPart(t.Context(), idOf(nil), upload, 1, file, 8<<20); err != nil {
			t.Fatal(err)
		}
	}
	send()
	const rounds = 4
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		send()
	}
	runtime.ReadMemStats(&after)
	per := (after.TotalAlloc - before.TotalAlloc) / rounds
	t.Logf("%d KiB a part", per>>10)
	if per > 512<<10 {
		t.Errorf("%d KiB were allocated a part", per>>10)
	}
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
