package entry_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/syncproto"
)

func TestSigningInAndOut(t *testing.T) {
	w := newWorld(t)
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.get("/console/sign-in").says(http.StatusOK, "Đăng nhập")
	b.post("/console/sign-in", "login", "minh", "password", "sai").says(http.StatusUnauthorized, `value="minh"`)
	b.post("/console/sign-in", "login", "nobody", "password", "sai").says(http.StatusUnauthorized)
	b.post("/console/sign-in", "login", "minh", "password", password).leads("/console/")
	b.get("/console/paper").says(http.StatusNoContent)
	b.get("/console/sign-in").leads("/console/")
	token := b.token
	b.post("/console/sign-out").leads("/console/sign-in")
	if b.token != "" {
		t.Error("the browser keeps its session")
	}
	b.token = token
	if got := b.get("/console/paper"); got.Code != http.StatusSeeOther {
		t.Errorf("the session lives after signing out: %d", got.Code)
	}
}

func TestAnotherSiteSignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.foreign = true
	for _, path := range []string{"/console/sign-in", "/console/sign-in/recovery", "/console/again", "/console/link/x", "/console/password-hint"} {
		b.post(path, "login", "minh", "password", password).says(http.StatusForbidden)
	}
	if b.token != "" {
		t.Error("it did")
	}
}

func TestWhoeverGuessesWaits(t *testing.T) {
	w := newWorld(t)
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	var got *shown
	for range 8 {
		got = b.post("/console/sign-in", "login", "minh", "password", "sai lần nữa")
	}
	got.says(http.StatusTooManyRequests, "Hãy chờ", "giây")
	if !regexp.MustCompile(`data-entry-wait="[1-9]`).MatchString(got.Body) {
		t.Errorf("no time: %s", got.text())
	}
	w.now = w.now.Add(time.Hour)
	b.signIn("minh")
}

var codePattern = regexp.MustCompile(`<li><code>([^<]+)</code>`)

func codesOf(s *shown) (codes []string) {
	for _, m := range codePattern.FindAllStringSubmatch(s.Body, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

func TestRecovery(t *testing.T) {
	w := newWorld(t)
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	b.get("/console/account/codes").says(http.StatusOK, "Tạo mã khôi phục")
	codes := codesOf(b.post("/console/account/codes"))
	if len(codes) != 10 {
		t.Fatalf("%d codes", len(codes))
	}
	if again := b.get("/console/account/codes"); len(codesOf(again)) != 0 {
		t.Error("codes are shown twice")
	}
	b.post("/console/sign-out")
	b.post("/console/sign-in/recovery", "login", "minh", "code", codes[0][:len(codes[0])-1]+"X").says(http.StatusUnprocessableEntity)
	b.post("/console/sign-in/recovery", "login", "thuha", "code", codes[0]).says(http.StatusUnauthorized, `value="thuha"`)
	b.post("/console/sign-in/recovery", "login", "minh", "code", strings.ToLower(codes[0]), "to", "/console/paper").
		leads("/console/account/renew?to=%2Fconsole%2Fpaper")
	b.get("/console/paper").leads("/console/account/renew?to=%2Fconsole%2Fpaper") // nothing else before that
	b.get("/console/account").leads("/console/account/renew")
	b.get("/console/account/renew?to=%2Fconsole%2Fpaper").says(http.StatusOK, "Đặt lại cách đăng nhập")
	b.post("/console/account/renew", "password", "minh", "to", "/console/paper").says(http.StatusUnprocessableEntity, "ít nhất 10 ký tự")
	b.post("/console/account/renew", "password", "một cánh đồng lúa chín", "to", "/console/paper").leads("/console/account/codes?to=%2Fconsole%2Fpaper")
	b.get("/console/account").says(http.StatusOK, "Một mã khôi phục của bạn đã được dùng")
	got := b.post("/console/account/codes", "to", "/console/paper")
	got.says(http.StatusOK, `href="/console/paper"`)
	if fresh := codesOf(got); len(fresh) != 10 || fresh[1] == codes[1] {
		t.Error("no new codes")
	}
	b.get("/console/paper").says(http.StatusNoContent)
	stranger := w.browser()
	stranger.post("/console/sign-in/recovery", "login", "minh", "code", codes[1]).says(http.StatusUnauthorized)
}

func TestReadyLinks(t *testing.T) {
	w := newWorld(t)
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.get("/console/enter/close-sesame").says(http.StatusNotFound)
	b.get("/console/enter/open-sesame").leads("/console/")
	b.get("/console/paper").says(http.StatusNoContent)
}

func TestWhatAPasswordIsWorth(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for password, want := range map[string]string{
		"": "", "ngắn": "Còn thiếu 6 ký tự", "matkhau2026!": "nhiều người dùng", "tranvanminh9": "gần như là tên", "thuyền thúng 77": "Dùng được",
	} {
		got := b.post("/console/password-hint", "password", password, "name", "Trần Văn Minh", "login", "minh")
		if !strings.Contains(got.text(), want) {
			t.Errorf("%q: %s", password, got.text())
		}
	}
}

func TestOneTimeLinks(t *testing.T) {
	w := newWorld(t)
	p, _, err := w.people.CreatePerson(t.Context(), "Võ Thị Sáu", w.root.ID, syncproto.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	link, err := w.staff.LinkFor(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	b, at := w.browser(), "/console/link/"+link.Link
	for range 3 { // messengers look at links; that uses nothing up
		b.get(at).says(http.StatusOK, "Võ Thị Sáu")
	}
	b.post(at, "login", "sau", "password", "ngắn").says(http.StatusUnprocessableEntity, `value="sau"`, "ít nhất 10 ký tự")
	b.post(at, "login", "minh", "password", password).says(http.StatusUnprocessableEntity, "Tên đăng nhập này không dùng được")
	b.post(at, "login", "sau", "password", password).leads("/console/")
	b.get("/console/paper").says(http.StatusNoContent)
	b.get(at).says(http.StatusGone, "đã dùng hoặc đã hết hạn")
	b.post(at, "login", "sau", "password", password).says(http.StatusGone)
	b.get("/console/link/nonsense").says(http.StatusGone)
	link, err = w.staff.LinkFor(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.get("/console/link/"+link.Link).says(http.StatusOK, `value="sau"`) // the account that begins anew
	w.now = w.now.Add(8 * 24 * time.Hour)
	b.get("/console/link/" + link.Link).says(http.StatusGone)
}

func TestTheFirstLink(t *testing.T) {
	w := newWorld(t)
	link, err := w.staff.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.get("/console/link/"+link.Link).says(http.StatusOK, `name="name"`)
	b.post("/console/link/"+link.Link, "name", "Đỗ Văn Tám", "login", "tam", "password", password).leads("/console/welcome")
	list, err := w.staff.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "Đỗ Văn Tám" {
		t.Errorf("%v %v", list, err)
	}
}
