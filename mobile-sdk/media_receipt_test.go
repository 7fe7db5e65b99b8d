package mobilesdk_test

import (
	"context"
	"net/http"
	"os"
	"sync/atomic"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// exchange has a phone give a photo another file, and send it.
func (d *depot) exchange(q *phone, record syncproto.ID) {
	d.t.Helper()
	q.sync()
	d.l.must(q.ReplaceFile(context.Background(), record, mobilesdk.Patch{}, mobilesdk.File{Path: d.l.picture(500)}))
	q.sync()
	q.carry()
}

// TestAReceiptForAnotherFileFreesNothing has the person's other phone exchange the file of a photo between the sync and the question.
// The server's answer is about the new file, and the phone's own is nowhere else any more.
func TestAReceiptForAnotherFileFreesNothing(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p, q := d.phone("Lan", syncproto.RoleVolunteer), d.phone("Lan", syncproto.RoleVolunteer)
	id, other := p.attach("", mobilesdk.File{Path: l.picture(400)}), p.attach("", mobilesdk.File{Path: l.bulk(50 << 10)})
	p.sync()
	p.carry()
	p.sync()
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
	var done atomic.Bool
	d.set(func(d *depot) {
		d.entered = func(r *http.Request) {
			if r.URL.Path == "/v1/media/ask" && !done.Swap(true) {
				d.exchange(q, id)
			}
		}
	})
	freed, err := p.FreeSpace(context.Background(), false)
	l.must(err)
	if len(freed.Items) != 1 || freed.Items[0].Record != other {
		t.Fatalf("freed %+v", freed)
	}
	if freed.Kept != 1 {
		t.Fatalf("%d kept", freed.Kept)
	}
}

// TestAReceiptForAnotherFileIsNone has the same happen before this phone's file was ever sent.
func TestAReceiptForAnotherFileIsNone(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p, q := d.phone("Lan", syncproto.RoleVolunteer), d.phone("Lan", syncproto.RoleVolunteer)
	id := p.attach("", mobilesdk.File{Path: l.bulk(50 << 10)})
	p.sync()
	d.exchange(q, id)
	_, err := p.SendMedia(context.Background())
	l.must(err)
	if m := p.file(id, syncproto.LaneOriginal); m.State == mobilesdk.FileReceived || p.status().FilesOnly != 1 {
		t.Fatalf("%s; %d originals on this phone alone", m.State, p.status().FilesOnly)
	}
	p.sync()
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileUnwanted, "")
}

// TestVoidReceiptsKeepTheProfile: what a restored server has not confirmed anew may be nowhere else.
func TestVoidReceiptsKeepTheProfile(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	p.attach("", mobilesdk.File{Path: l.bulk(50 << 10)})
	p.sync()
	backup := l.server.Backup()
	p.carry()
	p.sync()
	if n := p.status().FilesOnly; n != 0 {
		t.Fatalf("%d originals on this phone alone after the receipt", n)
	}
	l.server.Restore(backup, true)
	p.sync()
	if n := p.status().FilesOnly; n != 1 {
		t.Fatalf("%d originals on this phone alone after the restore", n)
	}
}

// TestAFreedOriginalIsClaimedBack restores the server to before it had an original that the phone freed since. Its
// bytes still lie in the server's store, which at first does not answer.
func TestAFreedOriginalIsClaimedBack(t *testing.T) {
	for _, there := range []bool{true, false} {
		l := newLab(t)
		d := newDepot(t, l)
		p := d.phone("Lan", syncproto.RoleVolunteer)
		source := l.bulk(300 << 10)
		id := p.attach("", mobilesdk.File{Path: source})
		p.sync()
		backup := l.server.Backup()
		p.carry() // no sync after it: the receipt came with the last bytes
		for _, dry := range []bool{true, false} {
			freed, err := p.FreeSpace(context.Background(), dry)
			l.must(err)
			if len(freed.Items) != 1 {
				t.Fatalf("freed %+v", freed)
			}
		}
		l.server.Restore(backup, true)
		hash := sha(t, source)
		d.set(func(d *depot) {
			d.holds, d.silent, d.orphans = map[syncproto.MediaItem]*held{}, true, map[string][]byte{}
			if there {
				body, err := os.ReadFile(source)
				l.must(err)
				d.orphans[hash] = body
			}
		})
		p.sync()
		_, err := p.SendMedia(context.Background())
		l.must(err)
		if m := p.file(id, syncproto.LaneOriginal); m.State == mobilesdk.FileParked {
			t.Fatal("given up because the server's store did not answer")
		}
		d.set(func(d *depot) { d.silent = false })
		p.carry() // which waits until its time has come
		p.sync()
		p.carry()
		if there {
			p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileFreed, "")
		} else {
			p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileParked, syncproto.CodeNoFile)
		}
		if d.has(id, syncproto.LaneOriginal) != there {
			t.Fatalf("there %t, on the server %t", there, !there)
		}
	}
}
