package mobilesdk_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// clone copies a phone, identity and all, and opens both.
func (l *lab) clone(a *phone) (*phone, *phone) {
	l.t.Helper()
	l.must(a.Close())
	path := filepath.Join(l.t.TempDir(), "clone.db")
	data, err := os.ReadFile(a.path)
	l.must(err)
	l.must(os.WriteFile(path, data, 0o600))
	return l.bare(a.path, "", hook.Hooks{}), l.bare(path, "", hook.Hooks{})
}

func TestPhoneThatJoinedAfterTheBackupJoinsAgain(t *testing.T) {
	l := newLab(t)
	code := l.code("Lan", syncproto.RoleVolunteer)
	backup := l.server.Backup()
	p := l.bare(filepath.Join(t.TempDir(), "phone.db"), "2468", hook.Hooks{})
	l.must(p.Enroll(context.Background(), "http://lab", code))
	device := p.status().Device
	sent := p.story("đã gửi", "x")
	p.sync()
	unsent := p.story("chưa gửi", "x")
	l.server.Restore(backup, true)
	s := p.sync()
	if !s.Rejoined || s.Reoffered != 1 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	for _, id := range []syncproto.ID{sent, unsent} {
		if l.server.State().Records[id] == nil || p.show(id).Sending != mobilesdk.SendingSent {
			t.Fatalf("%+v", p.show(id))
		}
	}
	if st := p.status(); st.Revoked || st.LastError != "" || st.Device != device {
		t.Fatalf("status %+v", st)
	}
}

func TestForkAfterTheBackupIsRepeated(t *testing.T) {
	for _, early := range []bool{true, false} { // whether the backup knows the phone that was copied
		l := newLab(t)
		code := l.code("Lan", syncproto.RoleVolunteer)
		backup := l.server.Backup()
		a := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
		l.must(a.Enroll(context.Background(), "http://lab", code))
		first := a.story("trước khi chép", "x")
		a.sync()
		if early {
			backup = l.server.Backup()
		}
		a, b := l.clone(a)
		one, two := a.story("của a", "x"), b.story("của b", "x")
		a.sync()
		if s := b.sync(); !s.Forked {
			t.Fatalf("summary %+v", s)
		}
		three := b.story("sau khi tách", "x")
		b.sync()
		l.server.Restore(backup, true)
		if s := b.sync(); !s.Rejoined || s.Unsent != 0 {
			t.Fatalf("summary %+v", s)
		}
		a.sync()
		for _, id := range []syncproto.ID{first, one, two, three} {
			if l.server.State().Records[id] == nil {
				t.Fatalf("early %v: %s is lost", early, id)
			}
		}
	}
}

func TestForkThatWasUnderWayAtTheRestore(t *testing.T) {
	l := newLab(t)
	code := l.code("Lan", syncproto.RoleVolunteer)
	backup := l.server.Backup()
	a := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
	l.must(a.Enroll(context.Background(), "http://lab", code))
	a, b := l.clone(a)
	a.story("của a", "x")
	id := b.story("của b", "x")
	a.sync()
	if _, err := b.Round(context.Background()); err != nil { // device_forked; the fork itself comes next
		t.Fatal(err)
	}
	l.server.Restore(backup, true)
	if s := b.sync(); !s.Rejoined || !s.Forked || s.Unsent != 0 || l.server.State().Records[id] == nil {
		t.Fatalf("summary %+v", s)
	}
}

func TestCodeThatTheBackupDoesNotKnow(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	backup := l.server.Backup()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	id := p.story("đã gửi", "x")
	p.sync()
	late := p.story("chưa gửi", "x")
	l.must(p.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("sửa sau")}}))
	l.server.Restore(backup, true)
	_, err := p.Sync(ctx)
	wantCode(t, err, syncproto.CodeTokenUnknown)
	st := p.status()
	if st.LastError != syncproto.CodeTokenUnknown || !strings.Contains(st.LastSentence, "new enrollment code") || st.Unsent != 2 {
		t.Fatalf("status %+v", st)
	}
	asked := len(p.link.requests)
	_, err = p.Sync(ctx)
	wantCode(t, err, syncproto.CodeTokenUnknown)
	if again := len(p.link.requests) - asked; again != 1 {
		t.Fatalf("%d requests at once after a refusal, want the sync alone", again)
	}
	p.clock.up += time.Hour
	_, err = p.Sync(ctx)
	wantCode(t, err, syncproto.CodeTokenUnknown)
	if again := len(p.link.requests) - asked; again != 3 {
		t.Fatalf("%d requests in all, want an attempt to join after an hour", again)
	}

	l.people = map[string]syncproto.ID{} // the backup knows no Lan: the editor invites somebody new
	code := l.code("Lan", syncproto.RoleVolunteer)
	wantCode(t, p.Enroll(ctx, "http://lab", code), syncproto.CodeOtherPerson)
	if st := p.status(); st.Unsent != 2 {
		t.Fatalf("status %+v", st)
	}
	l.must(p.Adopt(ctx, "http://lab", code))
	s := p.sync()
	if s.Unsent != 0 || s.Rejected != 0 {
		t.Fatalf("summary %+v", s)
	}
	for _, record := range []syncproto.ID{id, late} {
		item := p.show(record)
		if stored := l.server.State().Records[record]; stored == nil || !item.Mine || item.Author != l.people["Lan"] {
			t.Fatalf("%+v", item)
		}
	}
	if title := l.server.State().Records[id].Record.Fields["title"]; title != syncproto.Text("sửa sau") {
		t.Fatalf("the order of captures is lost: title %s", title)
	}
}

// TestAdoptingOnAServerThatLostNothing holds that a needless adoption doubles nothing and loses nothing.
func TestAdoptingOnAServerThatLostNothing(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	old := p.story("đã gửi", "x")
	p.sync()
	fresh := p.story("chưa gửi", "x")
	l.must(p.Adopt(ctx, "http://lab", l.code("Lan mới", syncproto.RoleVolunteer)))
	s := p.sync()
	if s.Duplicate != 1 || s.Applied != 1 || s.Unsent != 0 || s.Rejected != 0 {
		t.Fatalf("summary %+v", s)
	}
	records := l.server.State().Records
	if records[old].Record.Revision != 1 || records[old].Record.Author != l.people["Lan"] {
		t.Fatalf("%+v", records[old].Record)
	}
	if records[fresh].Record.Author != l.people["Lan mới"] {
		t.Fatalf("%+v", records[fresh].Record)
	}
	if st := p.status(); st.Person != l.people["Lan mới"] || st.Name != "Lan mới" {
		t.Fatalf("%+v", st)
	}
}

func TestRevokedPhoneDoesNotJoinAgain(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.link.set(func(k *link) { k.status, k.body = 401, `{"code":"token_revoked"}` })
	before := len(p.link.requests)
	_, err := p.Sync(context.Background())
	wantCode(t, err, syncproto.CodeTokenRevoked)
	if n := len(p.link.requests) - before; n != 1 || !p.status().Revoked {
		t.Fatalf("%d requests, %+v", n, p.status())
	}
}

func TestRejoiningOnABadLink(t *testing.T) {
	l := newLab(t)
	code := l.code("Lan", syncproto.RoleVolunteer)
	backup := l.server.Backup()
	p := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
	l.must(p.Enroll(context.Background(), "http://lab", code))
	id := p.story("chưa gửi", "x")
	l.server.Restore(backup, true)
	p.link.set(func(k *link) { // the answer to joining is lost
		k.before = func() {
			if len(k.requests) > 0 && k.requests[len(k.requests)-1].Path == "/v1/enroll" {
				k.dropReply, k.before = 1, nil
			}
		}
	})
	_, err := p.Sync(context.Background())
	wantCode(t, err, syncproto.CodeOffline)
	if s := p.sync(); s.Unsent != 0 || l.server.State().Records[id] == nil {
		t.Fatalf("summary %+v", s)
	}
}

// TestForkAndRestoreKeepTheOrder holds that what was captured last stands last, although the server has lost both the
// phone's first identity's work and its second's.
func TestForkAndRestoreKeepTheOrder(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	code := l.code("Lan", syncproto.RoleVolunteer)
	backup := l.server.Backup()
	a := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
	l.must(a.Enroll(ctx, "http://lab", code))
	id := a.story("một", "x")
	a.sync()
	a, b := l.clone(a)
	a.story("của a", "x")
	b.story("của b", "x")
	a.sync()
	b.sync()
	l.must(b.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("hai")}}))
	b.sync()
	l.server.Restore(backup, true)
	b.sync()
	b.sync()
	if got := l.server.State().Records[id].Record.Fields["title"]; got != syncproto.Text("hai") {
		t.Fatalf("title %s", got)
	}
}
