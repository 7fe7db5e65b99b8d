//go:build unix

package mobilesdk_test

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// attachAndSend is the life of a phone that is killed: it attaches photos, syncs and sends until that. It says on its
// standard output what it was told is saved.
func attachAndSend(path, folder string) {
	ctx := context.Background()
	e, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: path, PIN: os.Getenv("LANTOA_KILL_PIN"), Stall: time.Second})
	if err != nil {
		panic(err)
	}
	_ = e.SetNetwork(mobilesdk.NetworkWifi)
	go func() {
		for {
			_, _ = e.Sync(ctx)
			_, _ = e.SendMedia(ctx)
		}
	}()
	names, _ := filepath.Glob(filepath.Join(folder, "*"))
	for i := 0; ; i++ {
		id, err := e.AttachFile(ctx, "", nil, mobilesdk.File{Path: names[i%len(names)]})
		if err != nil {
			panic(err)
		}
		os.Stdout.WriteString(string(id) + "\n")
		time.Sleep(30 * time.Millisecond) // the pace of a quick finger; nothing here waits for it
	}
}

// TestAKilledPhoneKeepsItsPhotos kills a phone at random while it takes photos and sends them, again and again. What it
// was told is saved is a record with its file, whatever happened between; in the end all of them are on the server, whole.
func TestAKilledPhoneKeepsItsPhotos(t *testing.T) {
	for _, pin := range []string{"", "2468"} {
		t.Run("pin "+pin, func(t *testing.T) {
			l := newLab(t)
			d := newDepot(t, l)
			p := d.phoneAt(filepath.Join(t.TempDir(), "phone.db"), "Lan", syncproto.RoleVolunteer, pin, hook.Hooks{})
			l.must(p.Close())
			folder := t.TempDir()
			for _, side := range []int{300, 1200} {
				l.must(os.Rename(l.picture(side), filepath.Join(folder, string(l.id())+".jpg")))
			}
			l.must(os.Rename(l.bulk(500<<10), filepath.Join(folder, "film.mp4")))
			random := rand.New(rand.NewPCG(*seed, 5))
			var said []syncproto.ID
			for range 5 {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), "LANTOA_ATTACH_PATH="+p.path, "LANTOA_ATTACH_FROM="+folder, "LANTOA_KILL_PIN="+pin)
				out, err := cmd.StdoutPipe()
				l.must(err)
				l.must(cmd.Start())
				after := time.Duration(random.IntN(400)) * time.Millisecond
				said = append(said, readIDs(out, func() {
					time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
				})...)
				_ = cmd.Wait()
			}
			p = d.open(p.path, pin, hook.Hooks{})
			has := map[syncproto.ID]bool{}
			for before := int64(0); ; {
				list, err := p.Media(context.Background(), before, 500)
				l.must(err)
				for _, m := range list.Items {
					has[m.Record] = has[m.Record] || m.Lane == syncproto.LaneOriginal
				}
				if before = list.Next; before == 0 {
					break
				}
			}
			for _, id := range said {
				if !has[id] {
					t.Fatalf("%s was said to be saved and has no file", id)
				}
			}
			p.sync()
			p.carry()
			photos := 0
			for id, entry := range l.server.State().Records {
				if entry.Record.Kind != syncproto.KindPhoto {
					continue
				}
				photos++
				media, _ := syncproto.MediaOf(entry.Record)
				if !d.has(id, syncproto.LaneOriginal) || !d.has(id, syncproto.LaneThumbnail) && media.Thumbnail.Size > 0 {
					t.Errorf("%s is on the server without its file", id)
				}
			}
			if photos < len(said) || len(said) == 0 {
				t.Fatalf("%d of %d photos arrived", photos, len(said))
			}
			t.Logf("%d photos", photos)
		})
	}
}

// readIDs reads what a phone says is saved until it is silent. It calls first when the first one came.
func readIDs(r io.Reader, first func()) (ids []syncproto.ID) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if id := syncproto.ID(lines.Text()); id.Valid() {
			if ids = append(ids, id); len(ids) == 1 {
				first()
			}
		}
	}
	return ids
}
