package mobilesdk_test

import (
	"context"
	"flag"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"lantoa/syncproto"
)

var bigItems = flag.Int("big", 5000, "items of the large bundle; 1000000 for the full size")

// TestLargeBundle moves a large outbox to another phone in bounded memory, while that phone goes on capturing.
func TestLargeBundle(t *testing.T) {
	if testing.Short() {
		t.Skip("measures memory and one capture after another: not in a short run")
	}
	l := newLab(t)
	ctx := context.Background()
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	path := filepath.Join(t.TempDir(), "out.jsonl")
	l.must(writeLargeBundle(path, a.status().Person, a.status().Device, *bigItems))
	var heap uint64
	var slowest time.Duration
	calls := 0
	progress := func(int64) {
		if calls++; calls%10 != 0 {
			return
		}
		began := time.Now()
		b.story("trong lúc nhập", "x")
		slowest = max(slowest, time.Since(began))
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap = max(heap, m.HeapAlloc)
	}
	began := time.Now()
	s, err := b.Import(ctx, path, progress)
	l.must(err)
	if s.Added != int64(*bigItems) {
		t.Fatalf("summary %+v", s)
	}
	t.Logf("%d items in %v, heap at most %d MiB, slowest capture meanwhile %v", *bigItems, time.Since(began), heap>>20, slowest)
	if heap > 64<<20 {
		t.Errorf("the heap grew to %d MiB", heap>>20)
	}
	out := filepath.Join(t.TempDir(), "again.jsonl")
	if s, err := b.Export(ctx, out); err != nil || s.Count < int64(*bigItems) {
		t.Fatalf("export %+v %v", s, err)
	}
	if _, err := b.Round(ctx); err != nil {
		t.Fatal(err)
	}
}
