package mobilesdk_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

func sha(t *testing.T, file string) string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// TestAFileThatMayNotGoIsNotTriedAgain: after a failure over Wi-Fi the phone is on a network that costs. Nothing can
// change until that does, so nothing is waited for.
func TestAFileThatMayNotGoIsNotTriedAgain(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	id := p.attach("", mobilesdk.File{Path: l.bulk(300 << 10)})
	p.sync()
	d.set(func(d *depot) {
		d.refuse = func(string, syncproto.MediaItem) (int, syncproto.Code) { return 503, syncproto.CodeUnavailable }
	})
	_, err := p.SendMedia(context.Background())
	l.must(err)
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileRetry, syncproto.CodeUnavailable)
	l.must(p.SetNetwork(mobilesdk.NetworkMobile))
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileWifi, syncproto.CodeUnavailable)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	l.must(second(p.SyncMedia(ctx)))
	if ctx.Err() != nil {
		t.Fatal("it was waited for")
	}
	l.must(p.PauseMedia(context.Background(), id))
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FilePaused, syncproto.CodeUnavailable)
}

// TestASyncEndsTheWaitForARecord: a server that does not know the record waits for a sync, and no longer.
func TestASyncEndsTheWaitForARecord(t *testing.T) {
	for _, code := range []syncproto.Code{syncproto.CodeRecordMissing, syncproto.CodeMediaMismatch} {
		l := newLab(t)
		d := newDepot(t, l)
		p := d.phone("Lan", syncproto.RoleVolunteer)
		id := p.attach("", mobilesdk.File{Path: l.bulk(100 << 10)})
		p.sync()
		d.set(func(d *depot) {
			d.refuse = func(string, syncproto.MediaItem) (int, syncproto.Code) { return 409, code }
		})
		_, err := p.SendMedia(context.Background())
		l.must(err)
		p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileRetry, code)
		d.set(func(d *depot) { d.refuse = nil })
		p.sync() // brings nothing of it
		p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileRetry, code)
		l.must(p.Edit(context.Background(), id, mobilesdk.Patch{Set: syncproto.Fields{"caption": `"x"`}}))
		p.sync()
		p.carry()
		p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	}
}

// TestManyFilesThatAreCheckedHoldUpNone has more files at the server than one question names, and the server is not
// done with any: its store of files is away.
func TestManyFilesThatAreCheckedHoldUpNone(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	for range syncproto.MaxMediaAsk {
		file := t.TempDir() + "/a.m4a"
		l.must(os.WriteFile(file, sample.MP4(sample.Options{Seed: l.random.Uint64()}), 0o600))
		p.attach("", mobilesdk.File{Path: file})
	}
	p.sync()
	d.set(func(d *depot) { d.checking = true })
	p.carry()
	last := p.attach("", mobilesdk.File{Path: l.bulk(100 << 10)})
	p.sync()
	p.carry()
	if !d.has(last, syncproto.LaneOriginal) {
		t.Fatalf("the last file is %s", p.file(last, syncproto.LaneOriginal).State)
	}
}

// TestACutTakesNothingFromWhatIsShown breaks a transfer off and looks at what a person sees before it goes on.
func TestACutTakesNothingFromWhatIsShown(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	id := p.attach("", mobilesdk.File{Path: l.bulk(2 << 20)})
	p.sync()
	cuts := 0
	d.set(func(d *depot) {
		d.cut = func(_ syncproto.MediaItem, at int64) int64 {
			if cuts++; cuts == 2 {
				return 1 << 20
			}
			return -1
		}
		d.entered = func(r *http.Request) {
			if r.Method == http.MethodHead {
				panic(http.ErrAbortHandler)
			}
		}
	})
	_, err := p.SendMedia(context.Background())
	wantCode(t, err, syncproto.CodeOffline)
	if m := p.file(id, syncproto.LaneOriginal); m.State != mobilesdk.FileRetry || m.Sent < 900<<10 || m.Sent > 1700<<10 || m.Percent < 40 {
		t.Fatalf("after the cut it is %s, %d %% (%d)", m.State, m.Percent, m.Sent)
	}
	d.set(func(d *depot) { d.entered = nil })
	p.carry()
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
}

// TestADeletedPhotoNeedsNobody: a file that was set aside is no matter any more when its photo goes.
func TestADeletedPhotoNeedsNobody(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	source := l.bulk(50 << 10)
	id := p.attach("", mobilesdk.File{Path: source, Keep: mobilesdk.KeepReference})
	p.sync()
	l.must(os.Remove(source))
	p.carry()
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileParked, syncproto.CodeNoFile)
	if n := p.status().FilesParked; n != 1 {
		t.Fatalf("%d parked", n)
	}
	l.must(p.Delete(context.Background(), id))
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileUnwanted, syncproto.CodeNoFile)
	for range 2 { // also when the server has heard of it
		if st := p.status(); st.FilesParked != 0 || st.FilesUnsent != 0 {
			t.Fatalf("%+v", st)
		}
		p.sync()
	}
}
