package office_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/server/internal/console/rig"
	"lantoa/storage"
	"lantoa/syncproto"
)

// answer is what a page answered.
type answer struct {
	code int
	to   string
	body string
}

func (a answer) has(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%d: no %q in the page", a.code, text)
		}
	}
}

// ask opens a page, or sends a form if there is one, as somebody's browser without scripts does.
func ask(t *testing.T, w *rig.World, who *rig.Person, path string, form url.Values) answer {
	t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "vi")
	req.Header.Set("Origin", w.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.AddCookie(&http.Cookie{Name: "lantoa_session", Value: who.Token()})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), string(data)}
}

// TestRequestsWithoutScripts goes through a request by forms alone, with what can go wrong.
func TestRequestsWithoutScripts(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	for name, form := range map[string]url.Values{
		"nobody":             {"kind": {"access"}, "unit": {string(w.Commune)}},
		"no kind":            {"kind": {"else"}, "who": {"Bà Sáu"}, "unit": {string(w.Commune)}},
		"no unit":            {"kind": {"access"}, "who": {"Bà Sáu"}},
		"an id that is none": {"kind": {"access"}, "person": {"x"}, "unit": {string(w.Commune)}},
		"too long a name":    {"kind": {"access"}, "who": {strings.Repeat("ă", 300)}, "unit": {string(w.Commune)}},
	} {
		got := ask(t, w, w.Admin, "/console/cases/new", form)
		if got.code != http.StatusOK && got.code != http.StatusBadRequest || !strings.Contains(got.body, `class="problem"`) {
			t.Errorf("%s: %d to %q", name, got.code, got.to)
		}
	}
	made := ask(t, w, w.Admin, "/console/cases/new", url.Values{
		"kind": {"correction"}, "person": {string(lan.Person)}, "unit": {string(w.Commune)}, "note": {"<script>x</script>"}, "third": {"yes"},
	})
	if made.code != http.StatusSeeOther {
		t.Fatalf("got %d", made.code)
	}
	at := made.to
	ask(t, w, w.Admin, at, nil).has(t, "Nguyễn Thị Lan", "còn 2 ngày", "còn 20 ngày", "&lt;script&gt;x")
	if got := ask(t, w, w.Editor, at, nil); got.code != http.StatusNotFound {
		t.Errorf("an editor sees it: %d", got.code)
	}
	if got := ask(t, w, w.Admin, at+"/correct", url.Values{"phone": {"không phải số"}}); !strings.Contains(got.body, `value="không phải số"`) {
		t.Errorf("a number that is none: %d, and what was typed is gone", got.code)
	}
	if got := ask(t, w, w.Admin, at+"/correct", url.Values{"name": {"Nguyễn Thị Lành"}}); got.code != http.StatusSeeOther {
		t.Errorf("got %d", got.code)
	}
	if got := ask(t, w, w.Admin, at+"/extend", url.Values{"until": {"2199-01-01"}, "note": {"lâu"}}); !strings.Contains(got.body, `class="problem"`) {
		t.Errorf("far too long: %d", got.code)
	}
	if got := ask(t, w, w.Admin, at+"/extend", url.Values{"until": {w.Now().AddDate(0, 0, 25).Format(time.DateOnly)}}); !strings.Contains(got.body, `class="problem"`) {
		t.Errorf("without a reason: %d", got.code)
	}
	if got := ask(t, w, w.Admin, at+"/erase", nil); got.code != http.StatusConflict {
		t.Errorf("a plan of a correction: %d", got.code)
	}
	if got := ask(t, w, w.Admin, at+"/close", url.Values{"result": {"done"}, "note": {"Đã sửa tên"}, "kept": {"<script>x</script>"}}); got.code != http.StatusSeeOther {
		t.Errorf("got %d", got.code)
	}
	closed := ask(t, w, w.Admin, at, nil)
	closed.has(t, "đã xong", "Nguyễn Thị Lành", "Đã sửa tên", "&lt;script&gt;x")
	if strings.Contains(closed.body, at+"/close") {
		t.Error("what is closed can be closed")
	}
	ask(t, w, w.Admin, "/console/cases", nil).has(t, "Không có yêu cầu nào")
	ask(t, w, w.Admin, "/console/cases?all=yes", nil).has(t, "Nguyễn Thị Lành")
	ask(t, w, w.Editor, "/console/cases", nil).has(t, "Bạn ghi nhận được yêu cầu")
	if got := ask(t, w, w.Officer, "/console/cases", nil); got.code != http.StatusForbidden {
		t.Errorf("an officer: %d", got.code)
	}
	twice := url.Values{"id": {string(syncproto.NewID())}, "kind": {"access"}, "who": {"Bà Sáu"}, "unit": {string(w.Commune)}}
	if a, b := ask(t, w, w.Admin, "/console/cases/new", twice), ask(t, w, w.Admin, "/console/cases/new", twice); a.code != http.StatusSeeOther || a.to != b.to {
		t.Errorf("sent twice it is two requests: %d %q, %d %q", a.code, a.to, b.code, b.to)
	}
}

// TestErasingAsksTwice: a stale plan is shown anew, nothing happens without the tick, and an old proof asks again.
func TestErasingAsksTwice(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	lan.Story("Một", "Hai")
	at := ask(t, w, w.Admin, "/console/cases/new", url.Values{"kind": {"erasure"}, "person": {string(lan.Person)}, "unit": {string(w.Commune)}}).to
	token := func() string {
		t.Helper()
		found := regexp.MustCompile(`name="plan" value="([^"]+)"`).FindStringSubmatch(ask(t, w, w.Admin, at+"/erase", nil).body)
		if found == nil {
			t.Fatal("no plan")
		}
		return found[1]
	}
	plan := token()
	if got := ask(t, w, w.Admin, at+"/erase", url.Values{"plan": {plan}}); !strings.Contains(got.body, `class="problem"`) {
		t.Errorf("without the tick: %d", got.code)
	}
	lan.Story("Ba", "Bốn")
	if got := ask(t, w, w.Admin, at+"/erase", url.Values{"plan": {plan}, "sure": {"yes"}}); !strings.Contains(got.body, `class="problem"`) {
		t.Errorf("a plan that is not the same any more: %d", got.code)
	}
	w.Move(20 * time.Minute)
	again := ask(t, w, w.Admin, at+"/erase", url.Values{"plan": {token()}, "sure": {"yes"}})
	if again.code == http.StatusSeeOther {
		t.Error("nobody was asked who they are")
	}
	again.has(t, "password")
	if got := ask(t, w, w.Admin, at+"/export.zip", nil); got.code == http.StatusOK {
		t.Error("a copy without a proof")
	}
	w.View(func(r storage.Reader) error {
		person, err := r.Person(lan.Person)
		if err == nil && person.Name != "Nguyễn Thị Lan" {
			t.Error("the person is gone")
		}
		return err
	})
}

// TestAuditLog pages through the log, newest first, and says acts in words.
func TestAuditLog(t *testing.T) {
	w := rig.Start(t)
	w.Phone("Nguyễn Thị Lan", w.Commune).Stories(60)
	var ids []syncproto.ID
	w.View(func(r storage.Reader) error {
		found, err := r.Find(&storage.Query{Limit: 60})
		for i := range found.Rows {
			ids = append(ids, found.Rows[i].Record)
		}
		return err
	})
	for _, id := range ids {
		w.Editor.Takes(id, "", syncproto.CommandClaim)
	}
	first := ask(t, w, w.Admin, "/console/audit?act=review.claim", nil)
	first.has(t, "Nhận xử lý bài", w.Editor.Name, `rel="next"`)
	next := regexp.MustCompile(`href="(/console/audit[^"]+)" rel="next"`).FindStringSubmatch(first.body)
	if next == nil {
		t.Fatal("no second page")
	}
	second := ask(t, w, w.Admin, strings.ReplaceAll(next[1], "&amp;", "&"), nil)
	second.has(t, "Nhận xử lý bài")
	if n := strings.Count(first.body, "<tr>") + strings.Count(second.body, "<tr>"); n != 60+2 {
		t.Errorf("%d rows on two pages", n)
	}
	for _, wrong := range []string{"?record=x", "?person=<b>", "?from=-1", "?after=hôm qua"} {
		if got := ask(t, w, w.Admin, "/console/audit"+strings.ReplaceAll(wrong, " ", "%20"), nil); got.code != http.StatusConflict && got.code != http.StatusBadRequest {
			t.Errorf("%s: %d", wrong, got.code)
		}
	}
	if got := ask(t, w, w.Editor, "/console/audit", nil); got.code != http.StatusForbidden {
		t.Errorf("an editor: %d", got.code)
	}
	ask(t, w, w.Admin, "/console/audit?act=press.", nil).has(t, "Không có dòng nào")
}

// TestServerPage: an old backup, none, and who may look.
func TestServerPage(t *testing.T) {
	var data string
	w := rig.Start(t, func(c *app.Config) { data = c.Data })
	ask(t, w, w.Operator, "/console/server", nil).has(t, "Sẵn sàng", "chưa có bản sao lưu nào", "Chưa bật dịch vụ nào", "có khóa")
	folder := filepath.Join(data, "backups")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "lantoa-20260101-000000.db")
	if err := os.WriteFile(file, make([]byte, 2_000_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(-72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	got := ask(t, w, w.Operator, "/console/server", nil)
	got.has(t, "3 ngày trước", "2,0 MB", "lantoa-20260101-000000.db", "badge warn")
	for _, who := range []*rig.Person{w.Admin, w.Editor, w.Officer} {
		if got := ask(t, w, who, "/console/server", nil); got.code != http.StatusForbidden {
			t.Errorf("%s: %d", who.Name, got.code)
		}
	}
	if got := ask(t, w, w.Operator, "/console/server/resume", url.Values{"intent": {"99"}}); got.code != http.StatusNotFound {
		t.Errorf("an intent that is not there: %d", got.code)
	}
	if got := ask(t, w, w.Admin, "/console/server/resume", url.Values{"intent": {"1"}}); got.code != http.StatusForbidden {
		t.Errorf("an admin resumes: %d", got.code)
	}
}

// TestHaltedPushes: a service without its other end and a halted call are told with what to do, and the call goes on.
func TestHaltedPushes(t *testing.T) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	w := rig.Start(t, func(c *app.Config) {
		c.VAPIDPrivate, c.VAPIDPublic, c.PushContact = encode(key.Bytes()), encode(key.PublicKey().Bytes()), "mailto:hoi@hoi.example"
	})
	call, now := syncproto.NewID(), w.Now().UnixMilli()
	intent := &storage.Intent{
		Kind: string(syncproto.CallUrgent), Class: storage.ClassUrgent, Record: call, Revision: 1, Unit: w.Province, At: now, Due: now,
		Until: now + time.Hour.Milliseconds(), State: storage.IntentOpen, Persons: 1,
	}
	err = w.Server.Store().Update(t.Context(), func(tx storage.Tx) error {
		if _, err := tx.AddIntent(intent, []storage.Share{{Persons: []syncproto.ID{w.Editor.ID}}}); err != nil {
			return err
		}
		intent.State = storage.IntentPaused
		return tx.PutIntent(intent)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got answer
	w.Until("the halted call to be told", func() bool {
		got = ask(t, w, w.Operator, "/console/server", nil)
		return strings.Contains(got.body, "/console/calls/"+string(call))
	})
	got.has(t, "Thông báo bị dừng", "Trình duyệt (Web Push)", "hoạt động", `name="intent" value="1"`)
	if done := ask(t, w, w.Operator, "/console/server/resume", url.Values{"intent": {"1"}}); done.code != http.StatusSeeOther {
		t.Errorf("got %d", done.code)
	}
	w.Until("the call to go on", func() bool {
		return !strings.Contains(ask(t, w, w.Operator, "/console/server", nil).body, "Thông báo bị dừng")
	})
	ask(t, w, w.Operator, "/console/audit", nil).has(t, "Cho gửi tiếp thông báo")
}
