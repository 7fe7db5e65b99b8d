package mobilesdk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

func (l *lab) directory(dir string) (*mobilesdk.Directory, *link) {
	l.t.Helper()
	k := &link{l: l}
	d, err := mobilesdk.OpenDirectoryWith(dir, mobilesdk.Config{Transport: k, Language: "en"})
	l.must(err)
	return d, k
}

func TestProfilesAreApart(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	dir := t.TempDir()
	d, _ := l.directory(dir)
	l.must(d.Create(ctx, "Lan", "2468"))
	l.must(d.Create(ctx, "Hoa", ""))
	wantCode(t, d.Create(ctx, " Lan ", ""), syncproto.CodeProfileExists)
	wantCode(t, d.Create(ctx, " ", ""), syncproto.CodeUsage)

	lan, err := d.Open(ctx, "Lan", "2468")
	l.must(err)
	_, err = d.Open(ctx, "Lan", "2468")
	wantCode(t, err, syncproto.CodeStoreBusy)
	_, err = lan.Sync(ctx)
	wantCode(t, err, syncproto.CodeNotEnrolled)
	l.must(lan.Enroll(ctx, "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
	id, err := lan.Create(ctx, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text("bí mật của Lan")})
	l.must(err)
	if s, err := lan.Sync(ctx); err != nil || s.Applied != 1 {
		t.Fatalf("sealed sync %+v %v", s, err)
	}
	l.must(lan.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("bí mật mới")}}))
	wantCode(t, d.Remove(ctx, "Lan", false), syncproto.CodeStoreBusy)
	l.must(lan.Close())
	wantCode(t, d.Remove(ctx, "Lan", false), syncproto.CodeUnsentKept)

	hoa, err := d.Open(ctx, "Hoa", "")
	l.must(err)
	_, err = hoa.Show(ctx, id)
	wantCode(t, err, syncproto.CodeNotThere)
	l.must(hoa.Close())
	l.must(d.Remove(ctx, "Hoa", false))
	for _, pin := range []string{"", "0000"} {
		_, err = d.Open(ctx, "Lan", pin)
		wantCode(t, err, syncproto.CodePinWrong)
	}
	files, err := filepath.Glob(filepath.Join(dir, "profiles", "*", "*"))
	l.must(err)
	for _, path := range files {
		data, err := os.ReadFile(path)
		l.must(err)
		if bytes.Contains(data, []byte("bí mật")) {
			t.Fatalf("%s holds what was sealed", path)
		}
	}
	list, err := d.List(ctx)
	if l.must(err); len(list) != 1 || !list[0].Pin || list[0].Unsent != 1 {
		t.Fatalf("list %+v", list)
	}
	lan, err = d.Open(ctx, "Lan", "2468")
	l.must(err)
	if item, err := lan.Show(ctx, id); err != nil || item.Fields["title"] != syncproto.Text("bí mật mới") {
		t.Fatalf("item %+v %v", item, err)
	}
	_, err = lan.Export(ctx, filepath.Join(dir, "out"))
	l.must(err)
	l.must(lan.Close())
	l.must(d.Remove(ctx, "Lan", false)) // it is in a file
	_, err = d.Open(ctx, "Lan", "2468")
	wantCode(t, err, syncproto.CodeNoProfile)
}

func TestStoresThatCannotBeOpened(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.db")
	if err := os.WriteFile(broken, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := mobilesdk.Open(ctx, mobilesdk.Config{Path: broken})
	wantCode(t, err, syncproto.CodeStoreBroken)
	_, err = mobilesdk.Open(ctx, mobilesdk.Config{Path: filepath.Join(dir, "none", "phone.db")})
	wantCode(t, err, syncproto.CodeStoreMissing)
	_, err = mobilesdk.OpenPhone("/proc/none")
	if err == nil {
		t.Fatal("a phone in /proc")
	}
}

func TestAppSurface(t *testing.T) {
	l := newLab(t)
	dir := t.TempDir()
	p, err := mobilesdk.OpenPhone(dir)
	l.must(err)
	p.SetApp("test 1", "en")
	l.must(p.CreateProfile("Lan", ""))
	profile, err := p.OpenProfile("Lan", "")
	l.must(err)
	for name, call := range map[string]func() error{
		"usage: ":               func() error { return (&mobilesdk.Profile{}).Delete("x") },
		"not_enrolled: ":        func() error { _, err := profile.Sync(1000); return err },
		"wrong_type: ":          func() error { _, err := profile.Create("story", "", []byte(`[]`)); return err },
		"no_such_profile: ":     func() error { _, err := p.OpenProfile("Hoa", ""); return err },
		"no_such_record: ":      func() error { return profile.Answer(string(l.id()), "yes", 1, "") },
		"push_target_invalid: ": func() error { return profile.SetPushToken("token", "toaster", "x") },
		"fact_consent: ":        func() error { return profile.TellFact("blood_group", "O+", false) },
		"enrollment_code_typo: ": func() error {
			return profile.Enroll("http://localhost", "AAAA-BBBB-CCCC")
		},
	} {
		err := call()
		if err == nil || len(err.Error()) < len(name)+5 || err.Error()[:len(name)] != name {
			t.Errorf("got %v, want %s…", err, name)
		}
	}
	text, err := profile.Status()
	l.must(err)
	var status mobilesdk.Status
	if l.must(json.Unmarshal(text, &status)); status.Profile != "Lan" || status.Enrolled {
		t.Fatalf("status %s", text)
	}
	for kind, want := range map[string]string{"urgent": `"Urgent call for help"`, "flood": `"Your inbox"`} {
		if text, err := p.RingText(kind); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s rings with %s, %v", kind, text, err)
		}
	}
	for _, c := range []struct {
		want string
		read func() ([]byte, error)
	}{
		{`{"calls":[],"unread":0}`, func() ([]byte, error) { return profile.Inbox(0, "") }},
		{`{"muted":[],"may_phone":false}`, profile.Preferences},
		{`"title":"A new call"`, func() ([]byte, error) { return profile.Ring("n", "call", "") }},
		{`{}`, profile.Push},
		{`"service":"fcm","kind":"token",`, func() ([]byte, error) { l.must(profile.SetPushToken("token", "ios", "x")); return profile.Push() }},
	} {
		if text, err := c.read(); err != nil || !strings.Contains(string(text), c.want) {
			t.Errorf("got %s, %v; want %s", text, err, c.want)
		}
	}
	l.must(profile.StopWatching())
	l.must(profile.Close())
	l.must((*mobilesdk.Profile)(nil).Close())
	if _, err := (*mobilesdk.Phone)(nil).Profiles(); err == nil {
		t.Fatal("a nil phone has profiles")
	}
	_, err = profile.Status()
	if err == nil {
		t.Fatal("a closed profile has a status")
	}
}
