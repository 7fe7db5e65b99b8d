package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/syncproto/catalogue"
)

// terminal is one person at one folder.
type terminal struct {
	t   *testing.T
	dir string
	in  string
	env map[string]string
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	return &terminal{t: t, dir: t.TempDir(), env: map[string]string{}}
}

// run returns the exit code and what was printed.
func (tm *terminal) run(args ...string) (code int, out, errOut string) {
	tm.t.Helper()
	var stdout, stderr bytes.Buffer
	getenv := func(key string) string { return tm.env[key] }
	code = run(context.Background(), append([]string{"-dir", tm.dir}, args...), getenv, strings.NewReader(tm.in), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// ok runs a command that must succeed.
func (tm *terminal) ok(args ...string) string {
	tm.t.Helper()
	code, out, errOut := tm.run(args...)
	if code != 0 {
		tm.t.Fatalf("phone %q: exit %d: %s%s", args, code, out, errOut)
	}
	return out
}

// item runs a command with -json and returns the record that it prints.
func (tm *terminal) item(args ...string) (it struct {
	ID      string
	Kind    string
	State   string
	Sending string
	Deleted bool
	Fields  map[string]json.RawMessage
},
) {
	tm.t.Helper()
	if err := json.Unmarshal([]byte(tm.ok(append(args, "-json")...)), &it); err != nil {
		tm.t.Fatalf("phone %q: %v", args, err)
	}
	return it
}

func TestCaptureWithoutNetwork(t *testing.T) {
	tm := newTerminal(t)
	tm.in = "Đoạn một.\n\nĐoạn hai.\n"
	story := tm.item("story", "-title", "Chị Hoa hiến máu", "-body", "-", "-tag", "hiến máu,Tết", "-happened", "31/12/2026 23:30", "-submit")
	if story.Kind != "story" || story.State != "submitted" || story.Sending != "waiting" {
		t.Fatalf("captured %+v", story)
	}
	if got, want := string(story.Fields["body"]), `"Đoạn một.\n\nĐoạn hai."`; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if got, want := string(story.Fields["happened_at"]), "1798734600000"; got != want { // 16:30Z: UTC+7
		t.Errorf("happened_at %s, want %s", got, want)
	}
	short := story.ID[len(story.ID)-8:]

	edited := tm.item("story", "-record", short, "-title", "Chị Hoa hiến máu lần 30", "-tag", "gương tốt", "-untag", "Tết")
	if got, want := string(edited.Fields["tags"]), `["hiến máu","gương tốt"]`; got != want {
		t.Errorf("tags %s, want %s", got, want)
	}
	if list := tm.ok("list", "-kind", "story"); !strings.Contains(list, "lần 30") || !strings.Contains(list, short) {
		t.Errorf("list does not show the story:\n%s", list)
	}
	if show := tm.ok("show", short); !strings.Contains(show, "Đoạn hai") || !strings.Contains(show, "31/12/2026 23:30") {
		t.Errorf("show:\n%s", show)
	}
	if outbox := tm.ok("outbox"); strings.Count(outbox, "#") < 3 {
		t.Errorf("outbox holds fewer than the three mutations:\n%s", outbox)
	}
	tm.ok("delete", short)
	if it := tm.item("show", story.ID); !it.Deleted {
		t.Errorf("not deleted: %+v", it)
	}
}

func TestEventFigures(t *testing.T) {
	tm := newTerminal(t)
	event := tm.item("event", "-title", "Xuân hồng", "-start", "05/02/2027 07:00", "-blood", "1.250", "-value", "15.000.000", "-place", "Rạch Giá")
	for field, want := range map[string]string{"blood_units": "1250", "value_dong": "15000000", "place": `{"text":"Rạch Giá"}`} {
		if got := string(event.Fields[field]); got != want {
			t.Errorf("%s %s, want %s", field, got, want)
		}
	}
}

// picture makes a picture of 40 by 30.
func (tm *terminal) picture() string {
	tm.t.Helper()
	path := filepath.Join(tm.t.TempDir(), "ảnh.png")
	f, err := os.Create(path)
	if err != nil {
		tm.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		tm.t.Fatal(err)
	}
	return path
}

func TestPhotoDescribesItsFile(t *testing.T) {
	tm := newTerminal(t)
	path := tm.picture()
	story := tm.item("story", "-title", "Có ảnh")
	photo := tm.item("photo", "-story", story.ID, "-file", path, "-caption", "Ở bến đò")
	media := string(photo.Fields["media"])
	for _, want := range []string{`"type":"image/png"`, `"width":40`, `"height":30`, `"sha256":"`} {
		if !strings.Contains(media, want) {
			t.Errorf("media %s lacks %s", media, want)
		}
	}
}

// TestExitCodes holds the contract of doc.go.
func TestExitCodes(t *testing.T) {
	tm := newTerminal(t)
	tm.ok("story", "-title", "Chưa gửi")
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"help is no mistake":             {[]string{"-h"}, 0},
		"no command shows help":          {nil, 0},
		"unknown command":                {[]string{"fly"}, 2},
		"unknown flag":                   {[]string{"list", "-colour"}, 2},
		"missing word":                   {[]string{"show"}, 2},
		"date that is none":              {[]string{"story", "-title", "x", "-happened", "hôm qua"}, 2},
		"nothing to save":                {[]string{"story"}, 2},
		"nothing to change":              {[]string{"story", "-record", "0"}, 2},
		"code with a typo":               {[]string{"enroll", "AAAA-AAAA-AAAA"}, 2},
		"sync before enrollment":         {[]string{"sync", "-timeout", "1s"}, 3},
		"no server there":                {[]string{"enroll", "2222-2222-2222", "-server", "http://127.0.0.1:1"}, 4},
		"no such record":                 {[]string{"show", "ffffffff-ffff"}, 7},
		"no such file":                   {[]string{"photo", "-file", filepath.Join(tm.dir, "none.jpg")}, 7},
		"no such profile":                {[]string{"-profile", "lan", "list"}, 7},
		"folder is a file":               {[]string{"-dir", blocked, "list"}, 6},
		"profile with unsent work stays": {[]string{"profile", "remove", "me"}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			if code, out, errOut := tm.run(c.args...); code != c.want {
				t.Errorf("exit %d, want %d\n%s%s", code, c.want, out, errOut)
			}
		})
	}
}

func TestProblemsAreJSONToo(t *testing.T) {
	tm := newTerminal(t)
	_, out, _ := tm.run("show", "ffffffff-ffff", "-json")
	var problem struct {
		Error struct{ Code, Sentence string }
	}
	if err := json.Unmarshal([]byte(out), &problem); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if problem.Error.Code != "no_such_record" || problem.Error.Sentence == "" {
		t.Errorf("problem %+v", problem)
	}
}

func TestProfilesWithPIN(t *testing.T) {
	tm := newTerminal(t)
	tm.ok("profile", "add", "lan", "-pin", "2468")
	tm.ok("-profile", "lan", "-pin", "2468", "story", "-title", "Của Lan")
	if code, _, _ := tm.run("-profile", "lan", "-pin", "1111", "list"); code != 6 {
		t.Errorf("wrong PIN: exit %d, want 6", code)
	}
	if list := tm.ok("list"); strings.Contains(list, "Của Lan") {
		t.Errorf("another profile sees Lan's story:\n%s", list)
	}
}

func TestExportAndImport(t *testing.T) {
	tm := newTerminal(t)
	tm.ok("story", "-title", "Chưa gửi")
	file := filepath.Join(t.TempDir(), "chua-gui.lantoa")
	if out := tm.ok("export", file); !strings.Contains(out, "1") {
		t.Errorf("export says %q", out)
	}
	tm.ok("import", file)
	if outbox := tm.ok("outbox"); strings.Count(outbox, "#") != 1 {
		t.Errorf("importing one's own export doubled it:\n%s", outbox)
	}
	if code, _, _ := tm.run("import", filepath.Join(tm.dir, "none")); code != 7 {
		t.Errorf("import of no file: exit %d, want 7", code)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	tm := newTerminal(t)
	for _, lang := range []string{"vi", "en"} {
		out := tm.ok("-lang", lang, "-h")
		for _, c := range commands() {
			if !strings.Contains(out, c.name) || !catalogue.Has("phone.help_"+c.name) {
				t.Errorf("%s help does not explain %s", lang, c.name)
			}
		}
	}
}

// TestATextCannotPlayWithTheTerminal holds for what strangers wrote, too.
func TestATextCannotPlayWithTheTerminal(t *testing.T) {
	tm := newTerminal(t)
	const evil = "a\x1b]0;owned\x07\x1b[2Jb\u009b\u202ec"
	id := tm.item("story", "-title", evil, "-body", "một\nhai").ID
	for _, args := range [][]string{{"list"}, {"show", id}, {"outbox"}, {"delete", id}} {
		if out := tm.ok(args...); strings.ContainsAny(out, "\x1b\x07\u009b\u202e") {
			t.Errorf("%v prints %q", args, out)
		}
	}
}
