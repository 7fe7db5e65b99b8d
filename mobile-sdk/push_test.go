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

func TestTheServerIsToldWhereAPhoneIsRung(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	l.must(p.SetPush(ctx, target("1")))
	if v := p.push(); v.Service != "fcm" || v.Told != 0 {
		t.Fatalf("before a network %+v", v)
	}
	b.set(func(b *bell) { b.deaf = true })
	p.sync() // a sync does not fail over it
	b.set(func(b *bell) { b.deaf, b.lose = false, 1 })
	p.sync()
	if v := p.push(); v.Told != 0 || v.Code != "" {
		t.Fatalf("the answer was lost: %+v", v)
	}
	p.sync()
	p.sync()
	if got, v := b.requests(), p.push(); got != "PUT PUT" || v.Told != l.now {
		t.Fatalf("asked %q, %+v", got, v)
	}
	l.must(p.SetPush(ctx, target("1"))) // at every start
	p.sync()
	l.now += 29 * 24 * hourMillis
	p.sync()
	if got := b.requests(); got != "PUT PUT" {
		t.Fatalf("what is known is told again: %q", got)
	}
	l.now += 2 * 24 * hourMillis
	p.sync()
	p.sync()
	if got := b.requests(); got != "PUT PUT PUT" {
		t.Fatalf("once a month: %q", got)
	}
	l.must(p.SetPush(ctx, target("2")))
	p.sync()
	if got := b.ringing(); len(got) != 1 || got[p.status().Device] != target("2").Address {
		t.Fatalf("rung at %v", got)
	}
	for _, body := range b.bodies {
		r, err := syncproto.DecodeRegistrationRequest([]byte(body))
		if l.must(err); r.App != "test 1" || r.Language != "en" {
			t.Fatalf("told %+v", r)
		}
	}
	l.must(p.Close())
	q := b.open(p.path, "", hook.Hooks{})
	q.sync()
	if got := b.requests(); got != "PUT PUT PUT PUT" || q.push().Told == 0 {
		t.Fatalf("after a restart %q, %+v", got, q.push())
	}
}

func TestARefusedRegistration(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	wantCode(t, p.SetPush(ctx, &syncproto.RegistrationRequest{Service: "fcm", Kind: "endpoint", Platform: "android", Address: "x"}), syncproto.CodeTargetInvalid)
	wantCode(t, p.SetPush(ctx, &syncproto.RegistrationRequest{}), syncproto.CodeMissingMember)
	if v := p.push(); v.Service != "" {
		t.Fatalf("kept %+v", v)
	}
	l.must(p.SetPush(ctx, target("1")))
	b.set(func(b *bell) { b.status, b.code = 409, syncproto.CodePushOff })
	p.sync()
	p.sync()
	if v := p.push(); v.Code != syncproto.CodePushOff || v.Sentence == "" || b.attempts != 1 {
		t.Fatalf("after %d attempts %+v", b.attempts, v)
	}
	b.set(func(b *bell) { b.status = 0 })
	l.now += 25 * hourMillis
	p.sync()
	if v := p.push(); v.Code != "" || v.Told == 0 {
		t.Fatalf("a day later %+v", v)
	}
	for _, passing := range []struct {
		status int
		code   syncproto.Code
	}{{503, syncproto.CodeUnavailable}, {429, syncproto.CodeRateLimited}, {404, syncproto.CodeNotFound}, {401, syncproto.CodeTokenUnknown}, {500, syncproto.CodeInternal}} {
		l.must(p.SetPush(ctx, target(string(passing.code))))
		b.set(func(b *bell) { b.status, b.code = passing.status, passing.code })
		p.sync()
		b.set(func(b *bell) { b.status = 0 })
		p.sync()
		if v := p.push(); v.Told == 0 {
			t.Errorf("after %s it is not told: %+v", passing.code, v)
		}
	}
}

func TestClearedRegistration(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	l.must(p.ClearPush(ctx)) // nothing to clear
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	b.set(func(b *bell) { b.deaf = true })
	l.must(p.ClearPush(ctx))
	p.sync()
	if v := p.push(); v.Service != "" || len(b.ringing()) != 1 {
		t.Fatalf("without a network %+v", v)
	}
	b.set(func(b *bell) { b.deaf = false })
	p.sync()
	p.sync()
	if got := b.requests(); got != "PUT DELETE" || len(b.ringing()) != 0 {
		t.Fatalf("asked %q", got)
	}
	// Cleared and set again before any contact: it is set.
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	l.must(p.ClearPush(ctx))
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	if got := b.ringing(); len(got) != 1 || p.push().Told == 0 {
		t.Fatalf("rung at %v", got)
	}
	// The app says something else while the server is being told.
	l.must(p.SetPush(ctx, target("2")))
	b.set(func(b *bell) {
		b.during = func() {
			b.set(func(b *bell) { b.during = nil })
			l.must(p.SetPush(ctx, target("3")))
		}
	})
	p.sync()
	if v := p.push(); v.Told != 0 {
		t.Fatalf("what nobody was told counts as told: %+v", v)
	}
	p.sync()
	if got := b.ringing(); got[p.status().Device] != target("3").Address {
		t.Fatalf("rung at %v", got)
	}
}

func TestRegistrationEndsWithTheAccess(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	early := b.open(filepath.Join(t.TempDir(), "early.db"), "", hook.Hooks{})
	l.must(early.SetPush(ctx, target("early"))) // before the enrollment
	l.must(early.Enroll(ctx, "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
	early.sync()
	if early.push().Told == 0 {
		t.Fatal("said before the enrollment, told after it")
	}
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	p.end(true)
	asked := b.requests()
	p.story("còn lại", "x")
	if s := p.sync(); !s.Removed {
		t.Fatalf("summary %+v", s)
	}
	if v := p.push(); v.Service != "" || b.requests() != asked {
		t.Fatalf("an emptied profile: %+v, asked %q", v, b.requests())
	}
	r, err := p.Ring(ctx, "n1", "call", "")
	if l.must(err); !r.Fresh {
		t.Fatal("whoever comes next has seen nothing")
	}
	// A server that was put back is told again.
	backup := l.server.Backup()
	l.server.Restore(backup, true)
	told := strings.Count(b.requests(), "PUT")
	early.sync()
	early.sync()
	if n := strings.Count(b.requests(), "PUT"); n != told+1 {
		t.Fatalf("told %d times, then %d", told, n)
	}
}

// shared is a phone with a profile each for two people.
func (b *bell) shared(t *testing.T, profiles ...string) (dir string, d *mobilesdk.Directory) {
	t.Helper()
	dir = t.TempDir()
	d, err := mobilesdk.OpenDirectoryWith(dir, mobilesdk.Config{
		Transport: b, Clock: &fixedClock{l: b.l, boot: "boot-1", up: time.Hour}, Random: b.l.random, App: "test 1", Language: "en",
	})
	b.l.must(err)
	for _, name := range profiles {
		b.l.must(d.Create(context.Background(), name, ""))
	}
	return dir, d
}

// in opens a profile, acts and closes it.
func (b *bell) in(d *mobilesdk.Directory, profile, pin string, act func(*phone)) {
	b.l.t.Helper()
	e, err := d.Open(context.Background(), profile, pin)
	b.l.must(err)
	defer e.Close()
	act(&phone{Engine: e, l: b.l})
}

func TestTwoProfilesOfOnePhone(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	dir, d := b.shared(t, "Lan", "Minh")
	devices := map[string]syncproto.ID{}
	start := func(name string) {
		t.Helper()
		b.in(d, name, "", func(p *phone) {
			if devices[name] == "" {
				l.must(p.Enroll(ctx, "http://lab", l.code(name, syncproto.RoleVolunteer)))
				devices[name] = p.status().Device
			}
			l.must(p.SetPush(ctx, target("of the app")))
			p.sync()
		})
	}
	rung := func(name string) {
		t.Helper()
		if got := b.ringing(); len(got) != 1 || got[devices[name]] == "" {
			t.Fatalf("rung are %v, not %s", got, devices[name])
		}
	}
	start("Lan")
	rung("Lan")
	start("Minh")
	rung("Minh")
	asked := b.requests()
	l.now += 40 * 24 * hourMillis
	b.in(d, "Lan", "", func(p *phone) { // a sync alone takes nothing away, a month later neither
		p.sync()
		if v := p.push(); !v.Elsewhere || v.Service != "fcm" {
			t.Fatalf("Lan sees %+v", v)
		}
	})
	if got := b.requests(); got != asked {
		t.Fatalf("asked %q", got)
	}
	start("Lan")
	rung("Lan")
	start("Lan")
	if got := strings.Count(b.requests(), "PUT"); got != 3 {
		t.Fatalf("told %d times", got)
	}
	l.must(d.Remove(ctx, "Minh", true)) // it was not rung any more
	rung("Lan")
	l.must(d.Remove(ctx, "Lan", true))
	if got := b.ringing(); len(got) != 0 {
		t.Fatalf("a removed profile is rung at %v", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "profiles", "*"))
	l.must(err)
	for _, path := range files {
		if text, err := os.ReadFile(path); err == nil && (strings.Contains(string(text), "secret") || strings.Contains(string(text), "Lan")) {
			t.Fatalf("%s holds %s", path, text)
		}
	}
}

func TestAProfileIsRemovedWithoutANetwork(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	_, d := b.shared(t, "Lan")
	l.must(d.Create(ctx, "Hoa", "2468"))
	for name, pin := range map[string]string{"Lan": "", "Hoa": "2468"} {
		b.in(d, name, pin, func(p *phone) {
			l.must(p.Enroll(ctx, "http://lab", l.code(name, syncproto.RoleVolunteer)))
			l.must(p.SetPush(ctx, target(name)))
			p.sync()
		})
	}
	b.set(func(b *bell) { b.deaf = true })
	l.must(d.Remove(ctx, "Lan", false))
	b.set(func(b *bell) { b.deaf = false })
	attempts := b.attempts
	l.must(d.Remove(ctx, "Hoa", false)) // nobody opens it without its PIN
	if b.attempts != attempts {
		t.Fatal("a sealed profile was opened")
	}
	if list, err := d.List(ctx); err != nil || len(list) != 0 {
		t.Fatalf("left are %+v, %v", list, err)
	}
}

// TestTheAddressIsSealed: a profile with a PIN keeps it to itself.
func TestTheAddressIsSealed(t *testing.T) {
	l, b := belled(t)
	path := filepath.Join(t.TempDir(), "phone.db")
	p := b.open(path, "2468", hook.Hooks{})
	l.must(p.SetPush(context.Background(), target("sealed")))
	l.must(p.Close())
	files, err := filepath.Glob(path + "*")
	l.must(err)
	for _, name := range files {
		if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "secret-token") {
			t.Fatalf("%s holds it, %v", name, err)
		}
	}
}

// TestACopiedPhoneIsNotRungForTheOther: of two copies of a store one gets a device of its own, and takes no address along.
func TestACopiedPhoneIsNotRungForTheOther(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	l.must(p.Close())
	data, err := os.ReadFile(p.path)
	l.must(err)
	copied := filepath.Join(t.TempDir(), "phone.db")
	l.must(os.WriteFile(copied, data, 0o600))
	p = b.open(p.path, "", hook.Hooks{})
	q := b.open(copied, "", hook.Hooks{})
	p.story("một", "x")
	q.story("hai", "x")
	p.sync()
	if s := q.sync(); !s.Forked {
		t.Fatalf("summary %+v", s)
	}
	if got := b.ringing(); len(got) != 1 || got[p.status().Device] == "" {
		t.Fatalf("rung are %v", got)
	}
}

func TestWhatTheServerSaysOfPushes(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	info := func(registered bool) {
		t.Helper()
		i, err := p.PushInfo(ctx)
		if l.must(err); len(i.Services) != 1 || i.VAPIDKey != "key" || i.Registered != registered {
			t.Fatalf("info %+v", i)
		}
	}
	info(false)
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	info(true)
	b.set(func(b *bell) { clear(b.rings) }) // the server lost it
	info(false)
	p.sync()
	info(true)
	b.set(func(b *bell) { clear(b.rings); b.ended = "unregistered" })
	info(false)
	p.sync()
	if v := p.push(); v.Code != syncproto.CodeTargetInvalid || v.Sentence == "" || len(b.ringing()) != 0 {
		t.Fatalf("a dead address is told again: %+v", v)
	}
	l.must(p.SetPush(ctx, target("2")))
	p.sync()
	info(true)
	b.set(func(b *bell) { b.deaf = true })
	_, err := p.PushInfo(ctx)
	wantCode(t, err, syncproto.CodeNeedsNetwork)
}
