package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto/catalogue"
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

// TestFetchingNamesALane takes the lane as a word or a flag, and nothing that could be meant in two ways.
func TestFetchingNamesALane(t *testing.T) {
	tm := newTerminal(t)
	id := tm.item("photo", "-file", camera(t)).ID
	into := filepath.Join(t.TempDir(), "bản sao.jpg")
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"original"}, {"-lane", "original"}, {"original", "-lane", "original"}, {"original", into}, {into, "-lane", "original"}} {
		path := strings.TrimSpace(tm.ok(append([]string{"media", "fetch", id}, args...)...))
		if body, err := os.ReadFile(path); err != nil || len(body) == 0 {
			t.Errorf("fetch %q: %q, %v", args, path, err)
		}
	}
	for _, args := range [][]string{{"thumbnail", "-lane", "original"}, {"-lane", "huge"}, {"a", "b"}, {"original", "a", "b"}} {
		if code, out, errOut := tm.run(append([]string{"media", "fetch", id}, args...)...); code != 2 {
			t.Errorf("fetch %q: exit %d, want 2\n%s%s", args, code, out, errOut)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("left %v (%v)", entries, err)
	}
}

// TestASealedCopyHasToGoSomewhere: the path that an app gets is gone when the command ends.
func TestASealedCopyHasToGoSomewhere(t *testing.T) {
	tm := newTerminal(t)
	tm.env["LANTOA_PIN"] = "2468"
	id := tm.item("photo", "-file", camera(t)).ID
	if code, out, errOut := tm.run("media", "fetch", id, "original"); code != 2 || out != "" {
		t.Errorf("exit %d: %s%s", code, out, errOut)
	}
	into := filepath.Join(t.TempDir(), "a.jpg")
	tm.ok("media", "fetch", id, "original", into)
	if body, err := os.ReadFile(into); err != nil || !strings.HasPrefix(string(body), "\xff\xd8") {
		t.Errorf("no plain copy: %v", err)
	}
}

func TestHelpOnOneCommand(t *testing.T) {
	tm := newTerminal(t)
	for _, lang := range []string{"vi", "en"} {
		for _, args := range [][]string{{"media", "-h"}, {"media", "fetch", "-h"}, {"help", "media"}, {"profile", "-h"}, {"story", "-h"}} {
			out := tm.ok(append([]string{"-lang", lang}, args...)...)
			command := args[0]
			if command == "help" {
				command = args[1]
			}
			if !strings.Contains(out, "phone "+command) || strings.Contains(out, "phone.help") || command == "media" && !strings.Contains(out, "fetch ID") {
				t.Errorf("%s %q:\n%s", lang, args, out)
			}
		}
	}
	for _, args := range [][]string{{"media", "free", "x"}, {"media", "retry", "a", "b"}, {"profile", "fly"}} {
		if code, _, errOut := tm.run(args...); code != 2 {
			t.Errorf("%q: exit %d, %s", args, code, errOut)
		}
	}
}

// TestProgressShowsTotals hears of files as the engine tells of them.
func TestProgressShowsTotals(t *testing.T) {
	var screen bytes.Buffer
	s := &session{lang: catalogue.English}
	line, sum := &mover{w: &screen}, &transfers{files: map[int64]*mobilesdk.MediaItem{}}
	hear := func(n int64, state mobilesdk.FileState, sent int64) string {
		sum.hear(mobilesdk.MediaItem{Number: n, State: state, Size: 1_000_000, Sent: sent})
		text := sum.line(s)
		line.show(text)
		return text
	}
	hear(1, mobilesdk.FileReady, 0)
	hear(2, mobilesdk.FileReady, 0)
	hear(3, mobilesdk.FileReceived, 1_000_000) // was there before
	if got := hear(1, mobilesdk.FileSending, 500_000); got != "Files: 0 of 2 · 500 kB of 2.0 MB · 25 %" {
		t.Errorf("got %q", got)
	}
	if got := hear(1, mobilesdk.FileReceived, 1_000_000); got != "Files: 1 of 2 · 1.0 MB of 2.0 MB · 50 %" {
		t.Errorf("got %q", got)
	}
	line.clear()
	if out := screen.String(); strings.Contains(out, "\n") || !strings.HasSuffix(out, " \r") {
		t.Errorf("written %q", out)
	}
}
