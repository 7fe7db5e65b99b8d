package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/storage"
	"lantoa/syncproto"
)

// ballast takes the room of a disk but for some bytes, and returns how to give it back.
func ballast(t *testing.T, disk string, leave int64) (free func()) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(disk, &st); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(disk, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for left := int64(st.Bavail)*st.Bsize - leave; left > 0; {
		n, err := f.Write(make([]byte, min(left, 64<<10)))
		left -= int64(n)
		if err != nil {
			break
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

// TestDiskFullOfFiles takes the room of the disk in two steps. Where it falls below what must stay free, no new file is
// let in, while one that was let in is taken to its end and records go on. Where somebody else takes that room too, the
// bytes that came are kept, and the file ends when there is room again.
func TestDiskFullOfFiles(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	const least, size, half = 16 << 20, 12 << 20, 5 << 20
	y := newYard(t, func(c *app.Config) { c.Data, c.MinFree = filepath.Join(disk, "data"), least })
	network := newCutter(t, y.s.Addr().String(), chaosStall)
	lan := y.phone(network.url(), syncproto.RoleVolunteer, "Lan")
	minh := y.phone("http://"+y.s.Addr().String(), syncproto.RoleVolunteer, "Minh")
	interrupted := func(seed uint64) storage.BlobID {
		t.Helper()
		_, blob := lan.recording(seed, size)
		lan.sync()
		network.die(half)
		if _, err := lan.SendMedia(background); err == nil {
			t.Fatal("the file went through a dead network")
		}
		network.arm(0, 0)
		return blob
	}

	admitted := interrupted(1)
	free := ballast(t, disk, least+size/4) // less than what the file still needs
	_, late := minh.recording(2, size/2)
	minh.sync()
	if _, err := minh.SendMedia(background); err != nil {
		t.Fatal(err)
	}
	minh.wantCode(syncproto.CodeNoRoom)
	lan.carry(time.Minute)
	y.stored(time.Minute, admitted)
	story := lan.text("Vẫn gửi được bài")
	lan.sync()
	if item, err := lan.Show(background, story); err != nil || item.Unsent != 0 {
		t.Errorf("a text beside a disk without room for files: %v", err)
	}
	free()
	minh.carry(time.Minute)
	y.stored(time.Minute, late)

	pinched := interrupted(3)
	free = ballast(t, disk, 0)
	if _, err := lan.SendMedia(background); err != nil {
		t.Logf("on a disk without any room: %v", err)
	}
	if n := lan.unsent(); n != 1 {
		t.Fatalf("%d files are on their way, want one", n)
	}
	free()
	lan.carry(time.Minute)
	y.stored(time.Minute, pinched)
	for blob, n := range map[storage.BlobID]int64{admitted: size, late: size / 2, pinched: size} {
		wantBlob(t, y.directory(), blob, n)
	}
	if n := int64(y.figures()["lantoa_upload_bytes_total"]); n > 2*size+size/2+64<<10 {
		t.Errorf("%d bytes of files came, for files of %d", n, 2*size+size/2)
	}
	y.nothingLeft()
}
