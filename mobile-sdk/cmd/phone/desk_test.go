package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// made runs a command with -json that makes or names something, and returns its id.
func (tm *terminal) made(args ...string) string {
	tm.t.Helper()
	var out struct{ ID string }
	if err := json.Unmarshal([]byte(tm.ok(append(args, "-json")...)), &out); err != nil || out.ID == "" {
		tm.t.Fatalf("phone %q: %v", args, err)
	}
	return out.ID
}

func (tm *terminal) wants(text string, wanted ...string) {
	tm.t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			tm.t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

func TestTheWayOfASubmission(t *testing.T) {
	tm := newTerminal(t)
	story := tm.made("story", "-title", "Bến đò", "-body", "Chiều nay")
	photo := tm.made("photo", "-story", story, "-caption", "Bà Sáu", "-shows", "people")
	tm.wants(tm.ok("timeline", story), "chưa được gửi")
	tm.wants(tm.ok("submit", story), "Đã gửi cho biên tập viên", "Để đăng được, còn cần", "Bà Sáu")
	tm.wants(tm.ok("timeline", photo), "↑", "Đã gửi", "tác giả", "chờ gửi trên máy này")
	tm.wants(tm.ok("-lang", "en", "timeline", story), "Submitted", "the author", "waits on this phone")
	tm.wants(tm.ok("withdraw", story, "-reason", "nhầm ngày"), "Đã rút lại")
	tm.wants(tm.ok("show", story), "Đã rút lại", "nhầm ngày")
	if code, _, errOut := tm.run("resubmit", story); code != 8 || !strings.Contains(errOut, "Đã rút lại") {
		t.Errorf("resubmit of what was withdrawn: exit %d, %s", code, errOut)
	}
	if code, _, _ := tm.run("submit", "00000000-0000-7000-8000-000000000000"); code != 7 {
		t.Errorf("submit of nothing: exit %d", code)
	}
	if code, _, _ := tm.run("submit"); code != 2 {
		t.Errorf("submit without a word: exit %d", code)
	}
}

func TestNotesStandWhereTheyArePinned(t *testing.T) {
	tm := newTerminal(t)
	story := tm.made("story", "-title", "Bến đò", "-body", "Chiều nay")
	photo := tm.made("photo", "-story", story, "-caption", "Bà Sáu")
	tm.wants(tm.ok("notes", story), "Chưa có ghi chú")
	onBody := tm.made("notes", story, "-on", "body", "-add", "Chiều nào?")
	tm.ok("notes", photo, "-add", "Ai đây?")
	shown := tm.ok("show", story)
	body, note, there := strings.Index(shown, "Chiều nay"), strings.Index(shown, "Chiều nào?"), strings.Index(shown, "Ai đây?")
	if body < 0 || note < body || there < note || !strings.Contains(shown, "Ảnh 1 “Bà Sáu”") {
		t.Errorf("show prints:\n%s", shown)
	}
	tm.wants(tm.ok("fix", story), "Chiều nào?", "Ai đây?")
	tm.wants(tm.ok("fix", story, "-body", "Chiều thứ Bảy", "-done", onBody[len(onBody)-8:]), "Đã sửa")
	listed := tm.ok("notes", story)
	if strings.Index(listed, "Ai đây?") > strings.Index(listed, "Chiều nào?") || strings.Count(listed, "●") != 1 {
		t.Errorf("open threads come first:\n%s", listed)
	}
	tm.wants(tm.ok("notes", story, "-resolve", "all"), "1 ghi chú")
	tm.ok("notes", story, "-reopen", onBody)
	tm.wants(tm.ok("notes", story), "○", "●")
	for _, bad := range [][]string{{"notes", story, "-on", "body"}, {"fix", story, "-happened", "hôm qua"}, {"notes"}} {
		if code, _, _ := tm.run(bad...); code != 2 {
			t.Errorf("phone %q: exit %d", bad, code)
		}
	}
	if code, _, _ := tm.run("fix", story, "-resubmit"); code != 8 {
		t.Error("a draft was resubmitted")
	}
}

func TestConsentInTheTerminal(t *testing.T) {
	tm := newTerminal(t)
	story := tm.made("story", "-title", "Trung thu", "-body", "x")
	photo := tm.made("photo", "-story", story, "-caption", "bé An")
	tm.wants(tm.ok("consent", "lacks", story), "trong ảnh có ai")
	tm.wants(tm.ok("consent", "shows", photo, "people", "1"), "sự đồng ý của từng người")
	form := tm.picture()
	consent := tm.made("consent", "add", photo, "-who", "bé An", "-age", "from_seven", "-by", "self,representative",
		"-representative", "mẹ", "-how", "written", "-file", form)
	tm.wants(tm.ok("consent", "lacks", story), "Đã đủ để đăng")
	tm.wants(tm.ok("consent", "list", story), "bé An", "bằng chứng: 1 tệp")
	if code, _, _ := tm.run("consent", "withdraw", consent[len(consent)-8:]); code != 2 {
		t.Errorf("withdrawn without a reason: exit %d", code)
	}
	tm.wants(tm.ok("consent", "withdraw", consent[len(consent)-8:], "-reason", "đổi ý"), "được rút")
	tm.wants(tm.ok("consent", "list", photo), "Đã rút lại")
	if code, _, errOut := tm.run("consent", "add", photo, "-who", "An", "-age", "old", "-by", "self", "-how", "spoken"); code != 2 ||
		!strings.Contains(errOut, "age") {
		t.Errorf("a wrong age: exit %d, %s", code, errOut)
	}
	for _, bad := range [][]string{{"consent"}, {"consent", "give", photo}, {"consent", "shows", photo, "people", "ba"}, {"consent", "add", photo, "-expires", "mai"}} {
		if code, _, _ := tm.run(bad...); code != 2 {
			t.Errorf("phone %q: exit %d", bad, code)
		}
	}
	tm.wants(tm.ok("consent", "-h"), "consent add ID", "consent withdraw CONSENT")
}
