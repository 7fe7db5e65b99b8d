package mobilesdk_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/simtest/model"
	"lantoa/syncproto"
)

var lives = flag.Uint64("lives", 4, "seeded lives of a phone with files")

// life is a phone that takes photos for some days, while the network, the server and the person do what they do.
type life struct {
	*lab
	d      *depot
	p      *phone
	pin    string
	r      *rand.Rand
	photos []syncproto.ID
	lost   map[syncproto.ID]bool // the person deleted it, changed it or its file
	freed  map[syncproto.ID]bool
	backup *model.State
	shelf  map[syncproto.MediaItem]*held // what the depot held then
	steps  []string
}

// TestLivesWithFiles plays seeded lives and holds them to what must be true at every moment: a photo that the server
// knows from this phone has its file's row here, and nothing is freed that the server does not hold. In the end,
// when the network is good, every file is on the server or says why not.
func TestLivesWithFiles(t *testing.T) {
	for n := range *lives {
		t.Run(fmt.Sprint("seed ", *seed+n), func(t *testing.T) {
			l := newLab(t)
			v := &life{
				lab: l, d: newDepot(t, l), r: rand.New(rand.NewPCG(*seed+n, 9)), lost: map[syncproto.ID]bool{}, freed: map[syncproto.ID]bool{},
			}
			if n%2 == 1 {
				v.pin = "2468"
			}
			v.p = v.d.phoneAt(filepath.Join(t.TempDir(), "phone.db"), "Lan", syncproto.RoleVolunteer, v.pin, hook.Hooks{})
			defer func() {
				if t.Failed() {
					t.Log(v.steps)
				}
			}()
			for range 60 {
				v.step()
				v.check()
			}
			v.calm()
		})
	}
}

func (v *life) step() {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	what := "attach"
	switch n := v.r.IntN(20); {
	case n < 6:
		v.take()
	case n < 10:
		what = "sync"
		_, _ = v.p.Sync(context.Background())
	case n < 14:
		what = "send"
		_, _ = v.p.SyncMedia(ctx)
	case n < 15:
		what = "network"
		v.must(v.p.SetNetwork([]mobilesdk.Network{mobilesdk.NetworkWifi, mobilesdk.NetworkMobile, mobilesdk.NetworkNone}[v.r.IntN(3)]))
	case n < 16:
		what = "link"
		bad, every := v.r.IntN(2) == 0, v.r.IntN(40_000)+2000
		v.d.set(func(d *depot) {
			d.cut = nil
			if bad {
				d.cut = func(syncproto.MediaItem, int64) int64 { return int64(every) }
			}
		})
	case n < 17:
		what = "restart"
		v.must(v.p.Close())
		v.p = v.d.open(v.p.path, v.pin, hook.Hooks{})
	case n < 18:
		what = "free"
		v.free()
	case n < 19:
		what = "backup or restore"
		v.backupOrRestore()
	default:
		what = "delete"
		if len(v.photos) > 0 {
			id := v.photos[v.r.IntN(len(v.photos))]
			v.lost[id] = true
			_ = v.p.Delete(context.Background(), id)
		}
	}
	v.steps = append(v.steps, what)
}

func (v *life) take() {
	f := mobilesdk.File{Path: v.picture(80 + v.r.IntN(300))}
	if v.r.IntN(4) == 0 {
		f.Path = v.bulk(20_000 + v.r.IntN(200_000))
	}
	if v.r.IntN(3) == 0 {
		f.Keep = mobilesdk.KeepReference
	}
	id := v.p.attach("", f)
	v.photos = append(v.photos, id)
	if f.Keep == mobilesdk.KeepReference && v.r.IntN(3) == 0 {
		v.lost[id] = true
		v.must(os.Remove(f.Path))
	}
}

// free frees, and sees to it that the depot holds what was freed.
func (v *life) free() {
	freed, err := v.p.FreeSpace(context.Background(), false)
	if err != nil {
		return
	}
	for _, item := range freed.Items {
		if !v.d.has(item.Record, syncproto.LaneOriginal) {
			v.t.Fatalf("%s was freed and is not on the server", item.Record)
		}
		v.freed[item.Record] = true
	}
}

// backupOrRestore copies the server with its files, or goes back to the copy. What was freed since is lost then, which
// the phone must say.
func (v *life) backupOrRestore() {
	v.d.mu.Lock()
	defer v.d.mu.Unlock()
	if v.backup == nil {
		v.backup, v.shelf = v.server.Backup(), map[syncproto.MediaItem]*held{}
		for item, h := range v.d.holds {
			copied := *h
			copied.bytes = append([]byte(nil), h.bytes...)
			v.shelf[item] = &copied
		}
		return
	}
	v.server.Restore(v.backup, true)
	v.d.holds, v.backup = v.shelf, nil
}

// check holds the phone to what must be true at every moment.
func (v *life) check() {
	v.t.Helper()
	list, err := v.p.Media(context.Background(), 0, 500)
	v.must(err)
	rows := map[syncproto.ID]bool{}
	for _, m := range list.Items {
		rows[m.Record] = rows[m.Record] || m.Lane == syncproto.LaneOriginal
		if m.State == mobilesdk.FileParked && m.Code == "" {
			v.t.Fatalf("%s of %s is parked without a reason", m.Lane, m.Record)
		}
		if m.State == mobilesdk.FileFreed && !v.freed[m.Record] {
			v.t.Fatalf("%s went without having been freed", m.Record)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, entry := range v.server.State().Records {
		if entry.Record.Kind == syncproto.KindPhoto && !entry.Record.Deleted && !rows[id] {
			v.t.Fatalf("the server knows %s and the phone has no file of it", id)
		}
	}
}

// calm ends the trouble and waits for what must come of it.
func (v *life) calm() {
	v.d.set(func(d *depot) { d.cut = nil })
	v.must(v.p.SetNetwork(mobilesdk.NetworkWifi))
	v.p.sync()
	v.must(v.p.RetryMedia(context.Background(), ""))
	v.p.carry()
	v.p.sync()
	arrived := 0
	for _, id := range v.photos {
		m := v.p.file(id, syncproto.LaneOriginal)
		switch {
		case v.d.has(id, syncproto.LaneOriginal):
			arrived++
		case v.lost[id] || v.freed[id]:
			if m.State != mobilesdk.FileUnwanted && m.State != mobilesdk.FileParked {
				v.t.Errorf("%s is %s", id, m.State)
			}
		default:
			v.t.Errorf("%s did not arrive: %s %s", id, m.State, m.Code)
		}
	}
	v.t.Logf("%d of %d arrived", arrived, len(v.photos))
}
