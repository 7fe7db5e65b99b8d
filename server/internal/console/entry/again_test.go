package entry_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/syncproto"
)

const typed = "Bà con xóm Cồn\nđã nhận đủ gạo 🌾 <b>&\"'"

// sign is the field by which a form says for whom it was drawn.
const sign = "_person"

func TestNothingTypedIsLostWhenASessionEnds(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	w.now = w.now.Add(13 * time.Hour)
	asked := b.post("/console/act?filter=mine", sign, string(minh), "text", typed, "tag", "a", "tag", "b", "empty", "", "to", "/console/queue?x=1")
	asked.says(http.StatusUnauthorized, typed)
	if len(w.done) != 0 {
		t.Fatal("it was done without anybody there")
	}
	refused := b.again(asked, "login", "minh", "password", "sai rồi, sai rồi")
	refused.says(http.StatusUnauthorized, typed)
	b.again(refused, "login", "minh", "password", password).leads("/console/paper")
	want := url.Values{"text": {typed}, "tag": {"a", "b"}, "empty": {""}, "to": {"/console/queue?x=1"}, "filter": {"mine"}}
	if len(w.done) != 1 || w.done[0].by != minh || !equal(w.done[0].fields, want) {
		t.Errorf("done: %v", w.done)
	}
	b.get("/console/paper").says(http.StatusNoContent) // and the browser has the new session
}

func equal(a, b url.Values) bool {
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestNobodyPostsAsSomebodyElse(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	ha := w.hire("Lê Thu Hà", "thuha", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	w.now = w.now.Add(13 * time.Hour)
	asked := b.post("/console/act", sign, string(minh), "text", typed)
	b.again(asked, "login", "thuha", "password", password).says(http.StatusConflict, typed)
	if len(w.done) != 0 {
		t.Fatal("what one typed was sent as another")
	}
	// Hà is signed in now, and the form of Minh's still stands in another window.
	other := b.post("/console/act", sign, string(minh), "text", typed)
	other.says(http.StatusUnauthorized, "Lê Thu Hà", typed)
	b.again(other, "password", "").says(http.StatusConflict, typed) // a session alone proves Hà
	if len(w.done) != 0 {
		t.Fatal("what one typed was sent as another")
	}
	b.again(other, "login", "minh", "password", password).leads("/console/paper")
	if len(w.done) != 1 || w.done[0].by != minh {
		t.Errorf("done: %v", w.done)
	}
	b.post("/console/act", sign, string(ha), "text", typed).says(http.StatusUnauthorized, "Trần Văn Minh")
	// Whoever forges the fields of the page gets no further than with a form of their own.
	forged := url.Values{"why": {"session_ended"}, "person": {string(minh)}, "path": {"/console/act"}, "was.text": {"x"}, "login": {"thuha"}, "password": {password}}
	b.send(formTo("/console/again", forged)).says(http.StatusConflict)
	forged.Set("person", "")
	b.send(formTo("/console/again", forged)).says(http.StatusConflict)
	if len(w.done) != 1 {
		t.Errorf("done: %v", w.done)
	}
}

func TestAnOldProofIsRenewed(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	w.now = w.now.Add(time.Hour)
	asked := b.post("/console/careful", sign, string(minh), "text", typed)
	asked.says(http.StatusUnauthorized, typed, `value="minh"`)
	// A script that signed in with a key sends the page without a password: the proof is in the session.
	b.again(asked).says(http.StatusUnauthorized, typed) // but here nobody did, and the page asks again
	b.again(asked, "login", "minh", "password", password).leads("/console/paper")
	if len(w.done) != 1 || w.done[0].by != minh {
		t.Errorf("done: %v", w.done)
	}
	w.now = w.now.Add(time.Hour)
	asked = b.post("/console/careful", sign, string(minh), "text", typed)
	b.signIn("minh") // as a script does
	b.again(asked).leads("/console/paper")
	if len(w.done) != 2 {
		t.Errorf("done: %v", w.done)
	}
}

func TestRecoveryOnTheWay(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	code := codesOf(b.post("/console/account/codes"))[3]
	w.now = w.now.Add(13 * time.Hour)
	asked := b.post("/console/act", sign, string(minh), "text", typed)
	must := b.again(asked, "login", "minh", "code", code)
	must.says(http.StatusUnauthorized, `name="fresh"`, typed)
	weak := b.again(must, "fresh", "ngắn")
	weak.says(http.StatusUnprocessableEntity, typed)
	if len(w.done) != 0 {
		t.Fatal("it was done before there was a password")
	}
	b.again(weak, "fresh", "một cánh đồng lúa chín").leads("/console/paper")
	if len(w.done) != 1 || w.done[0].by != minh || w.done[0].fields.Get("text") != typed {
		t.Errorf("done: %v", w.done)
	}
}

func TestNobodySetsThePasswordOfSomebodyElse(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	w.hire("Lê Thu Hà", "thuha", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("thuha")
	// Minh came in by a recovery code and was asked for a new password; before it was typed, Hà signed in in another window.
	form := url.Values{"why": {"credential_required"}, "person": {string(minh)}, "path": {"/console/act"}, "was.text": {"x"}, "fresh": {"măng cụt Lái Thiêu 5"}, sign: {string(minh)}}
	if b.send(formTo("/console/again", form)); len(w.done) != 0 {
		t.Fatal("what one typed was sent as another")
	}
	c := w.browser()
	if got := c.post("/console/sign-in", "login", "thuha", "password", "măng cụt Lái Thiêu 5"); got.Code == http.StatusSeeOther {
		t.Error("the password that one typed opens the account of another")
	}
	c.signIn("thuha")
}

func TestWhatIsNotDoneAgain(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	for _, path := range []string{
		"//evil.example/console/act", "https://evil.example/console/act", "/console/again", "/console/sign-in", "/console/sign-out", "/console/link/x", "/console/../v1/x",
		"/elsewhere", "/console\\evil", "", "/console/sign-in/recovery",
	} {
		form := url.Values{"why": {"session_ended"}, "person": {string(minh)}, "path": {path}, "to": {path}, "was.text": {"x"}, "login": {"minh"}, "password": {password}}
		got := b.send(formTo("/console/again", form))
		if got.Code != http.StatusSeeOther && got.Code != http.StatusNotFound || got.To != "" && !strings.HasPrefix(got.To, "/console") {
			t.Errorf("%q: %d to %q", path, got.Code, got.To)
		}
	}
	if len(w.done) != 0 {
		t.Errorf("done: %v", w.done)
	}
	asked := func() *shown {
		b.token = ""
		return b.post("/console/act", sign, string(minh), "text", typed)
	}()
	b.foreign = true
	b.again(asked, "login", "minh", "password", password).says(http.StatusForbidden)
	if b.token != "" || len(w.done) != 0 {
		t.Error("another site signed somebody in")
	}
}

func TestSecretsAndFilesAreNotKept(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	w.now = w.now.Add(time.Hour)
	secret := "một cánh đồng lúa chín"
	form := formTo("/console/account/password", url.Values{sign: {string(minh)}, "password": {secret}})
	form.Header.Set("Referer", "https://example.com/console/account/password?x=1") // the host of httptest
	asked := b.send(form)
	asked.says(http.StatusUnauthorized)
	if strings.Contains(asked.Body, secret) {
		t.Error("a password stands in the page")
	}
	b.again(asked, "login", "minh", "password", password).leads("/console/account/password?x=1")
	form = formTo("/console/account/password", url.Values{sign: {string(minh)}, "password": {secret}})
	form.Header.Set("Referer", "https://evil.example/console/account/password")
	w.now = w.now.Add(time.Hour)
	b.again(b.send(form), "login", "minh", "password", password).leads("/console/")

	w.now = w.now.Add(13 * time.Hour)
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	_ = parts.WriteField(sign, string(minh))
	_ = parts.WriteField("text", typed)
	part, _ := parts.CreateFormFile("photo", "a.jpg")
	_, _ = part.Write([]byte("bytes of a photo"))
	parts.Close()
	r := httptest.NewRequest(http.MethodPost, "/console/act", &body)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	kept := b.send(r)
	kept.says(http.StatusUnauthorized, typed, "Tệp đính kèm không giữ lại được")
	if strings.Contains(kept.Body, "bytes of a photo") {
		t.Error("a file stands in the page")
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	w.now = w.now.Add(13 * time.Hour)
	long := strings.Repeat("ơ", 50_000) // 300 KB as a form writes it
	asked := b.post("/console/act", sign, string(minh), "text", long)
	b.again(asked, "login", "minh", "password", password).leads("/console/paper")
	if len(w.done) != 1 || w.done[0].fields.Get("text") != long {
		t.Error("a long text was not kept")
	}
	w.now = w.now.Add(13 * time.Hour)
	pairs := []string{sign, string(minh)}
	for i := range 1500 {
		pairs = append(pairs, "id", strconv.Itoa(i))
	}
	b.again(b.post("/console/act", pairs...), "login", "minh", "password", password).leads("/console/paper")
	if len(w.done) != 2 || len(w.done[1].fields["id"]) != 1500 {
		t.Error("many fields were not kept")
	}
	w.now = w.now.Add(13 * time.Hour)
	for len(pairs) < 2*(page.MaxFields-2) {
		pairs = append(pairs, "id", "x")
	}
	lost := b.post("/console/act", append(pairs, "text", typed)...) // as many as a form may have: shown to be copied
	lost.says(http.StatusUnauthorized, typed, "quá dài để giữ lại", `target="_blank"`)
	b.again(lost, "login", "minh", "password", password).leads("/console/") // in a window beside the texts
	w.now = w.now.Add(13 * time.Hour)
	b.post("/console/act", sign, string(minh), "text", strings.Repeat("a", 1<<20)).says(http.StatusRequestEntityTooLarge)
}

func TestPagesLeadToSigningInAndBack(t *testing.T) {
	w := newWorld(t)
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.get("/console/paper?a=1&b=2").leads("/console/sign-in?to=%2Fconsole%2Fpaper%3Fa%3D1%26b%3D2&why=session_ended")
	b.post("/console/sign-in", "login", "minh", "password", password, "to", "/console/paper?a=1&b=2").leads("/console/paper?a=1&b=2")
	for _, to := range []string{"//evil.example", "https://evil.example/console/", "/console\r\nSet-Cookie: a=b", "/v1/me", "javascript:alert(1)", "/consolevil"} {
		b := w.browser()
		b.post("/console/sign-in", "login", "minh", "password", password, "to", to).leads("/console/")
	}
}

func TestScriptsAskInADialog(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	w.hire("Lê Thu Hà", "thuha", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	ask := func(method, path string) *shown {
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("X-Fragment", "dialog")
		r.Header.Set("X-Person", string(minh))
		return b.send(r)
	}
	ask(http.MethodGet, "/console/paper").says(http.StatusNoContent)
	ask(http.MethodGet, "/console/again?why=confirm_identity").says(http.StatusOK, `value="minh"`, "data-entry-dialog")
	b.signIn("thuha")
	other := ask(http.MethodGet, "/console/paper")
	if other.Code != http.StatusUnauthorized || other.Header.Get("X-Code") != "session_ended" {
		t.Errorf("the script of one is answered as another: %d", other.Code)
	}
	ask(http.MethodGet, "/console/again?why=session_ended").says(http.StatusOK, "Lê Thu Hà")
	b.token = ""
	gone := ask(http.MethodGet, "/console/paper")
	if gone.Code != http.StatusUnauthorized || gone.Header.Get("X-Code") != "session_ended" || strings.Contains(gone.Body, "<form") {
		t.Errorf("got %d %s", gone.Code, gone.text())
	}
	if got := ask(http.MethodGet, "/console/again?why=session_ended"); strings.Contains(got.Body, "<html") {
		t.Error("a dialog comes with a whole page")
	}
}
