package mobilesdk_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

func TestFilesFollowTheirRecordsInLanes(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	story := p.story("Có ảnh", "x")
	var photos []syncproto.ID
	for range 3 {
		photos = append(photos, p.attach(story, mobilesdk.File{Path: l.picture(900)}))
	}
	if s := p.carry(); s.Arrived != 0 || s.Asked != 0 {
		t.Fatalf("files were sent before their records: %+v", s)
	}
	p.sync()
	p.wantFile(photos[0], syncproto.LaneThumbnail, mobilesdk.FileReady, "")
	s := p.carry()
	if s.Arrived != 9 || s.Waiting != 0 {
		t.Fatalf("sent %+v", s)
	}
	var lanes []string
	for _, order := range d.orders() {
		if _, lane, _ := strings.Cut(order, " "); !strings.HasPrefix(order, "ask") {
			lanes = append(lanes, lane)
		}
	}
	rank := map[string]int{"thumbnail": 0, "display": 1, "original": 2}
	if !slices.IsSortedFunc(lanes, func(a, b string) int { return rank[a] - rank[b] }) {
		t.Fatalf("order %v", lanes)
	}
	for _, id := range photos {
		for _, lane := range syncproto.Lanes() {
			if !d.has(id, lane) {
				t.Fatalf("%s of %s did not arrive", lane, id)
			}
			p.wantFile(id, lane, mobilesdk.FileReceived, "")
		}
	}
	if d.asks != 1 {
		t.Fatalf("%d questions", d.asks)
	}
	item := p.show(photos[0])
	media, _ := syncproto.MediaOf(&syncproto.Record{Kind: syncproto.KindPhoto, Fields: item.Fields})
	if media.Width != 675 || media.Height != 900 || media.Thumbhash == "" || item.Fields["taken_at"] != "" {
		t.Fatalf("announced %+v, fields %v", media, item.Fields)
	}
}

func TestTheFirstAnnouncementNamesTheCopies(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	taken := time.Date(2026, 11, 22, 7, 30, 0, 0, time.FixedZone("", 7*3600))
	file := filepath.Join(t.TempDir(), "a.jpg")
	l.must(os.WriteFile(file, sample.JPEG(sample.Options{Width: 1200, Height: 900, Taken: taken}), 0o600))
	id := p.attach("", mobilesdk.File{Path: file})
	p.sync()
	entry := l.server.State().Records[id]
	media, ok := syncproto.MediaOf(entry.Record)
	if !ok || media.Thumbnail.SHA256 == "" || media.Display.SHA256 == "" || entry.Record.Revision != 1 {
		t.Fatalf("at revision %d the record announces %+v", entry.Record.Revision, media)
	}
	if got, want := entry.Record.Fields["taken_at"], syncproto.Int(taken.UnixMilli()); got != want {
		t.Fatalf("taken at %s, want %s", got, want)
	}
}

func TestPolicy(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	id, other := p.attach("", mobilesdk.File{Path: l.picture(2600)}), p.attach("", mobilesdk.File{Path: l.picture(2600)})
	p.sync()
	l.must(p.SetNetwork(mobilesdk.NetworkNone))
	p.carry()
	p.wantFile(id, syncproto.LaneThumbnail, mobilesdk.FileNetwork, "")
	l.must(p.SetNetwork(mobilesdk.NetworkMobile))
	p.carry()
	p.wantFile(id, syncproto.LaneDisplay, mobilesdk.FileReceived, "")
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileWifi, "")
	l.must(p.SendAnyway(ctx, id, ""))
	p.carry()
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	p.wantFile(other, syncproto.LaneOriginal, mobilesdk.FileWifi, "")
	l.must(p.PauseMedia(ctx, ""))
	l.must(p.SetNetwork(mobilesdk.NetworkWifi))
	p.carry()
	p.wantFile(other, syncproto.LaneOriginal, mobilesdk.FilePaused, "")
	l.must(p.ResumeMedia(ctx, ""))
	policy, err := p.MediaPolicy(ctx)
	l.must(err)
	policy.Original = mobilesdk.WhenAsk
	l.must(p.SetMediaPolicy(ctx, policy))
	p.carry()
	p.wantFile(other, syncproto.LaneOriginal, mobilesdk.FileYes, "")
	policy.Original, policy.Chunk = mobilesdk.WhenAny, 64<<10
	l.must(p.SetMediaPolicy(ctx, policy))
	d.orders()
	p.carry()
	p.wantFile(other, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	if patches := len(d.orders()); patches < 5 {
		t.Fatalf("%d requests in chunks of 64 KiB", patches)
	}
	wantCode(t, p.SetMediaPolicy(ctx, mobilesdk.MediaPolicy{}), syncproto.CodeUsage)
	meter, err := p.MediaMeter(ctx, 1)
	l.must(err)
	networks := map[string]int64{}
	for _, m := range meter {
		networks[m.Network] += m.Up
	}
	size := p.file(other, syncproto.LaneOriginal).Size
	if networks["mobile"] < size || networks["wifi"] < size || networks["wifi"] > size*11/10 {
		t.Fatalf("the meter shows %v for originals of %d", networks, size)
	}
}

// TestCutsCostNothing cuts the connection again and again, at places drawn from the seed.
func TestCutsCostNothing(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	id := p.attach("", mobilesdk.File{Path: l.bulk(3 << 20)})
	p.sync()
	cuts, random := 0, rand.New(rand.NewPCG(*seed, 3))
	d.set(func(d *depot) {
		d.cut = func(syncproto.MediaItem, int64) int64 {
			if cuts++; cuts > 20 {
				return -1
			}
			return 20_000 + random.Int64N(200_000)
		}
	})
	p.carry()
	if !d.has(id, syncproto.LaneOriginal) {
		t.Fatal("the file did not arrive")
	}
	if d.received != 3<<20 {
		t.Fatalf("%d bytes arrived for a file of %d", d.received, 3<<20)
	}
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
}

// TestABadFileHoldsUpNoOther has one of each kind of file that cannot be sent before a good one.
func TestABadFileHoldsUpNoOther(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	changed, vanished, refused := l.picture(400), l.picture(400), l.picture(400)
	bad := map[syncproto.ID]syncproto.Code{
		p.attach("", mobilesdk.File{Path: changed, Keep: mobilesdk.KeepReference}):  syncproto.CodeMediaMismatch,
		p.attach("", mobilesdk.File{Path: vanished, Keep: mobilesdk.KeepReference}): syncproto.CodeNoFile,
	}
	worthless := p.attach("", mobilesdk.File{Path: refused})
	bad[worthless] = syncproto.CodeMediaUnsupported
	p.sync()
	good := p.attach("", mobilesdk.File{Path: l.picture(400), Keep: mobilesdk.KeepReference})
	p.sync()
	body, err := os.ReadFile(changed)
	l.must(err)
	body[len(body)/2] ^= 1
	l.must(os.WriteFile(changed, body, 0o600))
	l.must(os.Remove(vanished))
	d.set(func(d *depot) {
		d.refuse = func(_ string, item syncproto.MediaItem) (int, syncproto.Code) {
			if item.Record == worthless && item.Lane == syncproto.LaneOriginal {
				return 415, syncproto.CodeMediaUnsupported
			}
			return 0, ""
		}
	})
	p.carry()
	p.wantFile(good, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	for id, code := range bad {
		p.wantFile(id, syncproto.LaneThumbnail, mobilesdk.FileReceived, "")
		p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileParked, code)
	}
	if s := p.file(worthless, syncproto.LaneOriginal).Sentence; s == "" {
		t.Fatal("no sentence says why")
	}
	d.set(func(d *depot) { d.refuse = nil })
	l.must(p.RetryMedia(ctx, worthless))
	p.carry()
	p.wantFile(worthless, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
}

func TestServerAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		code   syncproto.Code
		want   mobilesdk.FileState
		shown  syncproto.Code
		times  int // how often it is answered
	}{
		"quota waits":                 {413, syncproto.CodeQuota, mobilesdk.FileRetry, syncproto.CodeQuota, 99},
		"a full server waits":         {507, syncproto.CodeNoRoom, mobilesdk.FileRetry, syncproto.CodeNoRoom, 99},
		"forbidden parks":             {403, syncproto.CodeForbidden, mobilesdk.FileParked, syncproto.CodeForbidden, 99},
		"a lost upload is made again": {404, syncproto.CodeUploadMissing, mobilesdk.FileReceived, "", 1},
		"an expired one too":          {410, syncproto.CodeUploadExpired, mobilesdk.FileReceived, "", 1},
		"a wrong offset is asked for": {409, syncproto.CodeOffsetMismatch, mobilesdk.FileReceived, "", 1},
		"a wrong hash starts over":    {460, syncproto.CodeHashMismatch, mobilesdk.FileReceived, "", 1},
		"a broken server is retried":  {503, syncproto.CodeUnavailable, mobilesdk.FileReceived, "", 1},
		"a proxy's 413 makes parts":   {413, "", mobilesdk.FileReceived, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			d := newDepot(t, l)
			p := d.phone("Lan", syncproto.RoleVolunteer)
			id := p.attach("", mobilesdk.File{Path: l.bulk(1200 << 10)})
			p.sync()
			answered := 0
			d.set(func(d *depot) {
				d.refuse = func(method string, _ syncproto.MediaItem) (int, syncproto.Code) {
					if method != http.MethodPatch || answered >= c.times {
						return 0, ""
					}
					answered++
					return c.status, c.code
				}
			})
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			_, err := p.SyncMedia(ctx)
			l.must(err)
			p.wantFile(id, syncproto.LaneOriginal, c.want, c.shown)
			if answered == 0 {
				t.Fatal("nothing was refused")
			}
		})
	}
}

// TestARecordOvertakesAnOriginal lets a story be written while a film is on its way over a slow link.
func TestARecordOvertakesAnOriginal(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	film := p.attach("", mobilesdk.File{Path: l.bulk(2 << 20)})
	p.sync()
	under := make(chan struct{})
	var once sync.Once
	gate := make(chan struct{})
	d.set(func(d *depot) {
		d.slow = func(n int64) {
			if n > 128<<10 {
				once.Do(func() { close(under) })
				<-gate
			}
		}
	})
	sent := make(chan error, 1)
	go func() {
		_, err := p.SyncMedia(context.Background())
		sent <- err
	}()
	<-under
	if item := p.file(film, syncproto.LaneOriginal); item.State != mobilesdk.FileSending {
		t.Fatalf("the film is %s", item.State)
	}
	d.set(func(d *depot) { d.slow = nil })
	text := p.story("Chen ngang", "x")
	photo := p.attach(text, mobilesdk.File{Path: l.picture(800)})
	p.AwaitCopies(context.Background())
	p.sync()
	if l.server.State().Records[text] == nil {
		t.Fatal("the story did not arrive")
	}
	close(gate)
	l.must(<-sent)
	orders := d.orders()
	last := len(orders) - 1 - slices.Index(reversed(orders), "PATCH original")
	if thumb := slices.Index(orders, "POST thumbnail"); thumb < 0 || thumb > last {
		t.Fatalf("the new thumbnail did not overtake: %v", orders)
	}
	p.wantFile(film, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	p.wantFile(photo, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	if d.received > d.total()+64<<10 {
		t.Fatalf("%d bytes arrived for %d", d.received, d.total())
	}
}

func reversed(s []string) []string {
	out := slices.Clone(s)
	slices.Reverse(out)
	return out
}

// total is the size of all files that the depot holds.
func (d *depot) total() (n int64) {
	for _, h := range d.holds {
		n += h.file.Size
	}
	return n
}

// deadLink has creations of uploads hang until release; hung is closed when the first one does.
func (d *depot) deadLink() (hung chan struct{}, release func()) {
	hung, gate := make(chan struct{}), make(chan struct{})
	var once sync.Once
	d.set(func(d *depot) {
		d.entered = func(r *http.Request) {
			if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/v1/uploads") {
				once.Do(func() { close(hung) })
				<-gate
			}
		}
	})
	return hung, sync.OnceFunc(func() { close(gate) })
}

func TestADeadLinkFreezesNothing(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	d.stall = time.Minute // what waits for the link sees its end
	p := d.phone("Lan", syncproto.RoleVolunteer)
	for range 3 {
		p.attach("", mobilesdk.File{Path: l.picture(64)})
	}
	p.sync()
	hung, release := d.deadLink()
	defer release()
	ended := make(chan error, 1)
	go func() {
		_, err := p.SendMedia(context.Background())
		ended <- err
	}()
	<-hung
	p.story("Viết tiếp", "x")
	p.status()
	p.sync()
	select {
	case err := <-ended:
		t.Fatalf("capture, status and sync waited for the link: %v", err)
	default:
	}
	release()
	l.must(<-ended)
}

func TestADeadLinkIsGivenUp(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	d.stall = 200 * time.Millisecond
	p := d.phone("Lan", syncproto.RoleVolunteer)
	p.attach("", mobilesdk.File{Path: l.picture(64)})
	p.sync()
	_, release := d.deadLink()
	defer release()
	wantCode(t, second(p.SendMedia(context.Background())), syncproto.CodeOffline)
}

func TestFreeSpace(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	outside := l.picture(2600)
	stored := p.attach("", mobilesdk.File{Path: l.picture(2600)})
	gallery := p.attach("", mobilesdk.File{Path: outside, Keep: mobilesdk.KeepReference})
	p.AwaitCopies(ctx)
	p.sync()
	d.set(func(d *depot) { d.checking = true })
	p.carry()
	p.sync()
	if freed, err := p.FreeSpace(ctx, false); err != nil || len(freed.Items) != 0 {
		t.Fatalf("freed without a receipt: %+v %v", freed, err)
	}
	if dry, err := p.FreeSpace(ctx, true); err != nil || len(dry.Items) != 0 {
		t.Fatalf("would free without a receipt: %+v %v", dry, err)
	}
	d.set(func(d *depot) { d.checking = false; d.arrive(stored); d.arrive(gallery) })
	p.sync()
	before := p.vaultBytes()
	dry, err := p.FreeSpace(ctx, true)
	l.must(err)
	if len(dry.Items) != 1 || dry.Items[0].Record != stored || p.vaultBytes() != before {
		t.Fatalf("a dry run says %+v", dry)
	}
	d.set(func(d *depot) { d.deny = true })
	if freed, err := p.FreeSpace(ctx, false); err != nil || len(freed.Items) != 0 || freed.Kept != 1 || p.vaultBytes() != before {
		t.Fatalf("freed what the server does not confirm: %+v %v", freed, err)
	}
	d.set(func(d *depot) { d.deny = false })
	freed, err := p.FreeSpace(ctx, false)
	l.must(err)
	if len(freed.Items) != 1 || freed.Bytes == 0 || p.vaultBytes() != before-freed.Bytes {
		t.Fatalf("freed %+v of %d, %d left", freed, before, p.vaultBytes())
	}
	p.wantFile(stored, syncproto.LaneOriginal, mobilesdk.FileFreed, "")
	p.wantFile(stored, syncproto.LaneDisplay, mobilesdk.FileReceived, "")
	if _, err := os.Stat(outside); err != nil {
		t.Fatalf("a file of the gallery: %v", err)
	}
	d.orders()
	if _, err := p.FetchMedia(ctx, stored, syncproto.LaneDisplay); err != nil || len(d.orders()) != 0 {
		t.Fatalf("the display copy is not on the phone: %v", err)
	}
	// The original comes back from the server when it is asked for.
	path, err := p.FetchMedia(ctx, stored, syncproto.LaneOriginal)
	l.must(err)
	if info, err := os.Stat(path); err != nil || info.Size() != freed.Bytes {
		t.Fatalf("fetched %v %v", info, err)
	}
}

func (p *phone) vaultBytes() (n int64) {
	entries, _ := os.ReadDir(p.path + ".media")
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// TestARestoredServerIsAskedAgain gives the depot and the records back to an older day.
func TestARestoredServerIsAskedAgain(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	kept, lost := p.attach("", mobilesdk.File{Path: l.picture(2600)}), p.attach("", mobilesdk.File{Path: l.picture(2600)})
	p.sync()
	backup := l.server.Backup()
	p.carry()
	p.sync()
	p.wantFile(lost, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	l.server.Restore(backup, true)
	d.set(func(d *depot) {
		for item := range d.holds {
			if item.Record == lost {
				delete(d.holds, item)
			}
		}
	})
	l.must(p.SetNetwork(mobilesdk.NetworkMobile))
	p.sync()
	if freed, err := p.FreeSpace(context.Background(), true); err != nil || len(freed.Items) != 0 {
		t.Fatalf("receipts of the lost server count: %+v %v", freed, err)
	}
	p.carry()
	p.sync()
	p.wantFile(kept, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	p.wantFile(lost, syncproto.LaneThumbnail, mobilesdk.FileReceived, "")
	p.wantFile(lost, syncproto.LaneOriginal, mobilesdk.FileWifi, "")
	l.must(p.SetNetwork(mobilesdk.NetworkWifi))
	p.carry()
	if !d.has(lost, syncproto.LaneOriginal) {
		t.Fatal("the original was not sent again")
	}
}
