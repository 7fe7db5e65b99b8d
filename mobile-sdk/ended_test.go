package mobilesdk_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// end takes a phone's access away on the lab's server, or gives it back.
func (p *phone) end(ended bool) {
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	p.l.server.End(p.status().Device, ended)
}

// TestEndedPhoneSendsEverythingAndEmptiesItself is AS-17 on the phone: records, then files, then nothing is left.
func TestEndedPhoneSendsEverythingAndEmptiesItself(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	ctx := context.Background()
	p := d.phone("Lan", syncproto.RoleVolunteer)
	l.must(p.SetNetwork(mobilesdk.NetworkMobile))
	old := p.story("cũ", "x")
	picture := p.attach(old, mobilesdk.File{Path: l.picture(300)})
	p.sync()
	p.carry() // the original waits for Wi-Fi
	fresh := p.story("mới", "x")
	l.must(p.Submit(ctx, fresh))
	late := p.attach(fresh, mobilesdk.File{Path: l.picture(200)})
	unwanted := p.attach(old, mobilesdk.File{Path: l.picture(100)})
	l.must(p.Delete(ctx, unwanted))
	p.end(true)

	s := p.sync()
	if !s.Ended || s.Removed || s.Rejected != 0 {
		t.Fatalf("summary %+v", s)
	}
	st := p.status()
	if !st.Ended || st.Removed || st.Left == 0 || st.Unsent != 0 || !strings.Contains(st.EndedSentence, "access") || st.Left != st.FilesUnsent {
		t.Fatalf("status %+v", st)
	}
	if _, err := p.Export(ctx, filepath.Join(t.TempDir(), "out.lantoa")); err != nil {
		t.Fatalf("export: %v", err)
	}
	p.wantFile(picture, syncproto.LaneOriginal, mobilesdk.FileWifi, "")
	p.carry() // thumbnails and display copies; originals still wait
	if st = p.status(); st.Left != 2 || p.sync().Removed {
		t.Fatalf("two originals are left, status %+v", st)
	}
	l.must(p.Close()) // a restart forgets nothing of it
	q := d.open(p.path, "", hook.Hooks{})
	if st = q.status(); !st.Ended || st.Left != 2 {
		t.Fatalf("after a restart %+v", st)
	}
	l.must(q.SetNetwork(mobilesdk.NetworkWifi))
	if _, err := q.SyncMedia(ctx); err != nil {
		t.Fatal(err)
	}
	for _, id := range []syncproto.ID{picture, late} {
		if !d.has(id, syncproto.LaneOriginal) {
			t.Errorf("the server lacks the original of %s", id)
		}
	}
	st = q.status()
	if !st.Removed || st.Ended || st.Enrolled || st.Records != 0 || st.Unsent != 0 || st.Device != "" || st.EndedSentence == "" {
		t.Fatalf("at the end %+v", st)
	}
	if n := q.vaultBytes(); n != 0 {
		t.Fatalf("%d bytes of files are left", n)
	}
	l.must(q.Close())
	if data, err := os.ReadFile(p.path); err != nil || strings.Contains(string(data), "mới") {
		t.Fatalf("the store still holds the story, %v", err)
	}
}

func TestEndedPhoneKeepsWhatIsNotReceived(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.sync()
	p.end(true)
	id := p.story("chưa gửi", "x")
	p.link.set(func(k *link) { k.dropReply = 1 }) // the server has it, the phone does not know
	if _, err := p.Sync(ctx); err == nil {
		t.Fatal("the reply was not lost")
	}
	if st := p.status(); st.Ended || st.Unsent != 1 {
		t.Fatalf("nothing is known yet: %+v", st)
	}
	if it := p.show(id); it.Fields["title"] != syncproto.Text("chưa gửi") {
		t.Fatalf("shows %+v", it)
	}
	p.link.set(func(k *link) { k.status, k.body = 401, `{"code":"token_revoked"}` }) // the thirty days are over
	_, err := p.Sync(ctx)
	wantCode(t, err, syncproto.CodeTokenRevoked)
	st := p.status()
	if !st.Revoked || st.Unsent != 1 || st.Removed {
		t.Fatalf("after thirty days %+v", st)
	}
	out, err := p.Export(ctx, filepath.Join(t.TempDir(), "out.lantoa"))
	if err != nil || out.Count != 1 {
		t.Fatalf("export %+v, %v", out, err)
	}
}

// TestWhatTheServerNeverReadStays: an item that was set aside on the phone has no copy anywhere.
func TestWhatTheServerNeverReadStays(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	id := p.story("a", "b")
	p.sync()
	p.end(true)
	p.link.set(func(k *link) { k.refuse = `"title":"c"` })
	p.story("c", "d")
	p.sync()
	p.link.set(func(k *link) { k.refuse = "" })
	if st := p.status(); p.sync().Removed || st.Left != 1 || st.Rejected != 1 {
		t.Fatalf("removed what the server never read: %+v", st)
	}
	p.end(false) // access is given again
	p.sync()
	if st := p.status(); st.Ended || st.EndedSentence != "" || p.show(id).Revision == 0 {
		t.Fatalf("with access again %+v", st)
	}
	p.end(true)
	tray, err := p.Tray(ctx)
	l.must(err)
	l.must(p.RetryTray(ctx, tray[0].Number))
	if s := p.sync(); !s.Removed {
		t.Fatalf("summary %+v", s)
	}
}

// TestRemovalSurvivesEveryCrash kills the phone at every commit on the way to the removal.
func TestRemovalSurvivesEveryCrash(t *testing.T) {
	for _, point := range []string{"before:apply", "after:apply", "before:leave", "after:leave", "before:sweep", "after:sweep"} {
		t.Run(point, func(t *testing.T) {
			l := newLab(t)
			path := filepath.Join(t.TempDir(), "phone.db")
			armed := false
			p := l.bare(path, "", hook.Hooks{Crash: func(at string) {
				if armed && at == point {
					panic(died{})
				}
			}})
			l.must(p.Enroll(context.Background(), "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
			p.sync()
			p.end(true)
			id := p.story("một", "x")
			armed = true
			if live(func() { _, _ = p.Sync(context.Background()) }) {
				t.Fatal("it lived on")
			}
			armed = false
			p.Close()
			q := l.bare(path, "", hook.Hooks{})
			for range 2 {
				if st := q.status(); !st.Removed {
					q.sync()
				}
			}
			if st := q.status(); !st.Removed || st.Unsent != 0 {
				t.Fatalf("status %+v", st)
			}
			if l.server.State().Records[id] == nil {
				t.Fatal("the story is lost")
			}
		})
	}
}

// TestWhatAnEndedPhoneHoldsIsNobodyElses: it is handed on before it has sent everything.
func TestWhatAnEndedPhoneHoldsIsNobodyElses(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.sync()
	p.end(true)
	p.link.set(func(k *link) { k.refuse = `"title":"mới"` })
	p.story("mới", "x")
	p.sync()
	p.link.set(func(k *link) { k.refuse = "" })
	code := l.code("Hoa", syncproto.RoleVolunteer)
	wantCode(t, p.Enroll(ctx, "http://lab", code), syncproto.CodeOtherPerson)
	wantCode(t, p.Adopt(ctx, "http://lab", code), syncproto.CodeOtherPerson)
	if st := p.status(); !st.Ended || st.Left != 1 || st.Person != l.people["Lan"] {
		t.Fatalf("status %+v", st)
	}
	l.must(p.Enroll(ctx, "http://lab", l.code("Lan", syncproto.RoleVolunteer))) // she is invited again
	if st := p.status(); st.Ended || st.Person != l.people["Lan"] {
		t.Fatalf("status %+v", st)
	}
}
