package s3blob_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"lantoa/storage"
	"lantoa/storage/s3blob"
	"lantoa/syncproto"
)

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

// TestPartsStrangeToken: what a server calls an upload must fit into what callers keep.
func TestPartsStrangeToken(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("u", storage.MaxUploadToken), "a b", "ü"} {
		aborted := false
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if aborted = r.Method == http.MethodDelete; !aborted {
				_, _ = fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", name)
			}
		}))
		upload, err := alone(t, front.URL).BeginParts(t.Context(), storage.BlobID{})
		front.Close()
		wantCode(t, err, syncproto.CodeInternal)
		if upload != "" || !aborted && name != "" {
			t.Errorf("%q: got %q, aborted: %t", name, upload, aborted)
		}
	}
}
