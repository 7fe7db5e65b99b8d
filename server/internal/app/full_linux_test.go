package app_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lantoa/syncproto"
)

// fill takes the room that is left on a disk and returns how to give it back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 64 << 10; size > 0; {
		if n, err := f.Write(make([]byte, size)); err != nil && n == 0 {
			size /= 2
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	p := newProgram(t)
	p.data = filepath.Join(disk, "data")
	s := p.serve()
	phone := p.enrolled(s.url)
	p.synced(s.url, phone.Token, story(1))

	free := fill(t, disk)
	// What still fits into the room that the log has is taken; what does not is left with the phone.
	next := int64(2)
	for ; ; next++ {
		if next > 500 {
			t.Fatal("the disk does not get full")
		}
		got := p.synced(s.url, phone.Token, story(next))
		if got.Accepted == next {
			continue
		}
		if got.Accepted != next-1 || got.PushCode != syncproto.CodeUnavailable {
			t.Fatalf("number %d: accepted %d, %s", next, got.Accepted, got.PushCode)
		}
		break
	}
	resp, err := http.Get(s.url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusInsufficientStorage || !strings.Contains(string(body), `"code":"store_full"`) {
		t.Errorf("readiness: %d %s", resp.StatusCode, body)
	}
	p.fails(7, "enroll")

	free()
	if got := p.synced(s.url, phone.Token, story(next)); got.Accepted != next {
		t.Errorf("after there is room again: accepted %d, want %d", got.Accepted, next)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}

	free = fill(t, disk)
	p.fails(7, "serve", "-listen", "127.0.0.1:0")
	free()
	s = p.serve()
	if got := p.synced(s.url, phone.Token, []byte(`{"protocol":1}`)); got.Accepted != next {
		t.Errorf("after the restart: accepted %d, want %d", got.Accepted, next)
	}
	s.end(t)
}
