package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/syncproto/mediafile/sample"
)

// camera writes a photo and returns its path.
func camera(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ảnh.jpg")
	if err := os.WriteFile(path, sample.JPEG(sample.Options{Width: 400, Height: 300}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPhotosWithFiles(t *testing.T) {
	tm := newTerminal(t)
	story := tm.item("story", "-title", "Có ảnh").ID
	copied := tm.item("photo", "-story", story, "-file", camera(t), "-caption", "Ở bến đò").ID
	film := filepath.Join(t.TempDir(), "phim.mp4")
	if err := os.WriteFile(film, sample.MP4(sample.Options{}), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := tm.item("photo", "-story", story, "-file", film, "-reference", "-poster", camera(t), "-caption", "Phim").ID

	var list struct {
		Items []struct {
			Record, Lane, State, Type string
			Outside                   bool
		}
		Unsent int
		Policy struct{ Original string }
	}
	if err := json.Unmarshal([]byte(tm.ok("media", "-json")), &list); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, m := range list.Items {
		if m.State != "waiting_record" {
			t.Errorf("%s of %s is %s before any sync", m.Lane, m.Record, m.State)
		}
		if m.Lane == "original" {
			found[m.Record] = m.Outside
		}
	}
	if len(found) != 2 || found[copied] || !found[kept] || list.Policy.Original != "wifi" {
		t.Fatalf("media list %+v", list)
	}
	for _, lang := range []string{"vi", "en"} {
		if out := tm.ok("-lang", lang, "media"); !strings.Contains(out, "Ở bến đò") || strings.Contains(out, "media.") {
			t.Errorf("%s list:\n%s", lang, out)
		}
	}
	if out := tm.ok("export", filepath.Join(t.TempDir(), "x")); !strings.Contains(out, "1 ảnh hoặc video") {
		t.Errorf("the export does not say what it lacks: %s", out)
	}
	path := strings.TrimSpace(tm.ok("media", "fetch", copied, "-lane", "original"))
	if body, err := os.ReadFile(path); err != nil || len(body) == 0 {
		t.Errorf("fetched %q: %v", path, err)
	}
}

func TestSteeringFiles(t *testing.T) {
	tm := newTerminal(t)
	id := tm.item("photo", "-file", camera(t)).ID
	tm.ok("media", "policy", "-original", "any", "-chunk", "1048576")
	if out := tm.ok("media", "policy", "-json"); !strings.Contains(out, `"original":"any"`) || !strings.Contains(out, `"chunk":1048576`) {
		t.Errorf("policy %s", out)
	}
	tm.ok("media", "network", "mobile")
	if out := tm.ok("media", "network", "-json"); !strings.Contains(out, `"mobile"`) {
		t.Errorf("network %s", out)
	}
	for _, args := range [][]string{{"media", "pause"}, {"media", "resume"}, {"media", "pause", id}, {"media", "resume", id}, {"media", "retry"}, {"media", "free", "-dry"}} {
		tm.ok(args...)
	}
	for _, c := range []struct {
		want int
		args []string
	}{
		{2, []string{"media", "fly"}},
		{2, []string{"media", "network", "wired"}},
		{2, []string{"media", "policy", "-original", "never"}},
		{2, []string{"media", "fetch"}},
		{2, []string{"media", "send", id, "-lane", "huge"}},
		{7, []string{"media", "retry", "ffffffff-ffff"}},
		{3, []string{"media", "free"}},
		{3, []string{"media", "send", id}},
		{2, []string{"photo", "-file", os.Args[0]}},
		{7, []string{"photo", "-file", id}},
	} {
		if code, out, errOut := tm.run(c.args...); code != c.want {
			t.Errorf("phone %q: exit %d, want %d\n%s%s", c.args, code, c.want, out, errOut)
		}
	}
}
