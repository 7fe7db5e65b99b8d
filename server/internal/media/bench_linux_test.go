package media_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/storage/dirblob"
	"lantoa/storage/memory"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// childFile names the photo that a child process looks at.
const childFile = "LANTOA_MEDIA_CHILD"

// peakAbove is how much memory looking at one 12-megapixel photo may take above a server that rests: the smallest
// machine has 512 MiB for everything.
const peakAbove = 96 << 20

// memoryOf reads a line of /proc/self/status, in bytes.
func memoryOf(name string) (bytes int64) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), name+":") {
			var kib int64
			_, _ = fmt.Sscanf(lines.Text(), name+": %d", &kib)
			return kib << 10
		}
	}
	return 0
}

// TestMain lets this binary be the child that looks at one photo.
func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		if err := lookAt(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// lookAt brings a photo and prints by how much looking at it raised the memory of the process.
func lookAt(path string) error {
	dir, err := os.MkdirTemp("", "lantoa-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	blobs, err := dirblob.Open(ctx, filepath.Join(dir, "media"), dirblob.Options{})
	if err != nil {
		return err
	}
	defer blobs.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	id := storage.BlobID(sha256.Sum256(b))
	if _, err := blobs.Put(ctx, id, int64(len(b)), bytes.NewReader(b)); err != nil {
		return err
	}
	store := memory.New()
	announced := syncproto.Media{MediaFile: fileOf(b), Type: "image/jpeg"}
	r := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Author: syncproto.NewID(), Revision: 1,
		Fields: syncproto.Fields{syncproto.MediaField: announced.Value()},
	}
	err = store.Update(ctx, func(tx storage.Tx) error {
		if err := tx.PutRecord(r, syncproto.Placement(r, nil)); err != nil {
			return err
		}
		if err := tx.PutMediaLink(&storage.MediaLink{Blob: id, Record: r.ID, Lane: syncproto.LaneOriginal}); err != nil {
			return err
		}
		return tx.PutMedia(&storage.Media{ID: id, Size: int64(len(b)), State: storage.MediaWaiting, Due: 1})
	})
	if err != nil {
		return err
	}
	service := media.New(store, blobs, media.Options{Work: filepath.Join(dir, "work")})
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // the peak begins here
		return err
	}
	idle, start := memoryOf("VmRSS"), time.Now()
	worked, err := service.Step(ctx)
	if err != nil || !worked {
		return fmt.Errorf("not looked at: %v", err)
	}
	took := time.Since(start)
	return store.View(ctx, func(r storage.Reader) error {
		m, err := r.Media(id)
		if err == nil && (m.State != storage.MediaReady || m.Thumbnail == storage.BlobID{} || m.Display == storage.BlobID{}) {
			err = fmt.Errorf("got %+v", m)
		}
		fmt.Println(memoryOf("VmHWM")-idle, took.Milliseconds())
		return err
	})
}

// inChild runs lookAt in a fresh process.
func inChild(t testing.TB, path string) (above, ms int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	if _, err := fmt.Sscan(string(out), &above, &ms); err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	return above, ms
}

func big(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "12mp.jpg")
	b := sample.JPEG(sample.Options{Seed: 1, Width: 4032, Height: 3024, Orientation: 6, Lat: 19.8, Lon: 105.9, Quality: 90})
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheMemoryOfOnePhoto(t *testing.T) {
	above, ms := inChild(t, big(t))
	t.Logf("12 megapixels: %d MiB above idle, %d ms", above>>20, ms)
	if above > peakAbove {
		t.Errorf("%d MiB above idle, at most %d", above>>20, int64(peakAbove)>>20)
	}
}

// BenchmarkLook looks at 12-megapixel photos of which nothing was made yet: one operation is one photo on one core.
func BenchmarkLook(b *testing.B) {
	w := diskWorld(b)
	photo := sample.JPEG(sample.Options{Seed: 1, Width: 4032, Height: 3024, Lat: 19.8, Lon: 105.9, Quality: 90})
	var cpu time.Duration
	b.SetBytes(int64(len(photo)))
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		next := append(bytes.Clone(photo), fmt.Sprint(i)...) // behind the end: another file with the same picture
		id := w.bring(w.photo(files{syncproto.LaneOriginal: next}), syncproto.LaneOriginal, next)
		b.StartTimer()
		before := cpuTime()
		if worked, err := w.media.Step(b.Context()); err != nil || !worked {
			b.Fatal(err)
		}
		cpu += cpuTime() - before
		if m := w.row(id); m.State != storage.MediaReady {
			b.Fatalf("got %+v", m)
		}
	}
	b.ReportMetric(float64(b.N)/cpu.Seconds(), "photos/cpu-s")
}

// cpuTime is what the process has used: the machine that measures has other work.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
