package walk_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// localhost is the server under the name that browsers keep passkeys for.
func localhost(t testing.TB, w *rig.World) string {
	t.Helper()
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	return "http://localhost:" + u.Port()
}

// hand types what somebody types, and counts what they do.
type hand struct {
	*rig.Tab
	typed, pressed int
}

func (h *hand) types(css, text string) {
	h.typed++
	h.Click(css)
	h.Press("Control+a")
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			h.Press("Enter")
		}
		h.Type(line)
	}
}

func (h *hand) follows(css string) {
	h.pressed++
	h.Follow(css)
}

const (
	newPassword = "bờ kênh có cầu khỉ"
	loginForm   = `form[action="/console/sign-in"] `
)

func TestSigningIn(t *testing.T) {
	w := rig.Start(t)
	w.Editor.Token()
	h := &hand{Tab: w.Stranger()}
	h.Expect("answer 401")
	h.Open("/console/account")
	h.types("#f-login", w.Editor.Login)
	h.types("#f-password", "không phải cái này")
	h.follows(loginForm + ".main")
	h.WaitText(".problem", "Không đăng nhập được")
	if got := h.Value("#f-login"); got != w.Editor.Login {
		t.Errorf("the login is gone: %q", got)
	}
	h.Click(".entry-shown button")
	h.types("#f-password", rig.Password)
	if got := rig.Eval[string](h.Tab, `document.querySelector('#f-password').type`); got != "text" {
		t.Errorf("the password is not shown: %s", got)
	}
	h.Leave(func() { h.Press("Enter") })
	if got := h.Path(); got != "/console/account" {
		t.Errorf("it leads to %s", got)
	}
	h.Follow(`form[action="/console/sign-out"] button`)
	h.WaitText(".told", "Bạn đã đăng xuất")
	h.Open("/console/account")
	if got := h.Path(); !strings.HasPrefix(got, "/console/sign-in") {
		t.Errorf("signed out, and still at %s", got)
	}
}

func TestSigningInWithoutScripts(t *testing.T) {
	w := rig.Start(t)
	w.Editor.Token()
	tab := w.Stranger()
	tab.NoScript()
	tab.Open("/console/sign-in?to=/console/account")
	tab.Fill("#f-login", w.Editor.Login)
	tab.Fill("#f-password", rig.Password)
	tab.Press("Enter")
	tab.Wait(`location.pathname === '/console/account'`)
	w.Move(13 * time.Hour) // the night goes by
	tab.Expect("answer 401")
	tab.Click(`form[action="/console/look"] button[value="dark"]`) // nobody has to be there for that
	tab.Wait(`document.documentElement.dataset.theme === 'dark'`)
	if got := tab.Path(); !strings.HasPrefix(got, "/console/sign-in") {
		t.Errorf("after the night at %s", got)
	}
}

// authenticator is a finger on a sensor, which says yes to everything.
func authenticator(t *testing.T, tab *rig.Tab) (touches func(bool)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.Context(), time.Minute)
	t.Cleanup(cancel)
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return func(yes bool) {
		_, err := chromedp.Call(ctx, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: made.AuthenticatorID, Enabled: yes})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestPasskeys(t *testing.T) {
	w := rig.Start(t)
	tab := rig.NewTab(t, localhost(t, w))
	tab.SignIn(w.Operator)
	authenticator(t, tab)
	w.Move(time.Hour) // the proof is old: the page asks in a dialog and goes on
	tab.Expect("answer 403")
	tab.Open("/console/account")
	tab.Fill("#f-keyname", "máy cơ quan")
	tab.Click("[data-entry-add] button")
	tab.Wait(`document.querySelector('dialog[open]')`)
	tab.Screenshot("entry/dialog-1366")
	tab.Axe()
	tab.Fill("#again-password", rig.Password)
	tab.Leave(func() { tab.Click("dialog button.main") })
	tab.WaitText(".entry-rows", "máy cơ quan")

	// A browser that has a key offers it by itself, and the finger is on the sensor already.
	tab.Leave(func() { tab.Click(`form[action="/console/sign-out"] button`) })
	tab.Wait(`location.pathname !== '/console/sign-in'`)
	tab.Open("/console/account")
	tab.Expect("answer 401")

	// The session ends while somebody fills in a form: the key says who is there, and the form is done at once.
	tab.Open("/console/welcome?step=units")
	tab.Fill("#f-units", "Xã Viên An\nXã Khánh Bình Tây")
	w.Move(13 * time.Hour)
	tab.Click(`form[action="/console/welcome/units"] button`)
	tab.Wait(`location.search === '?step=desk'`)
	sees(t, w, "Xã Viên An", "Xã Khánh Bình Tây")

	// A page that still stands there for somebody else makes no key for whoever is signed in now.
	tab.Open("/console/account")
	tab.SignIn(w.Editor)
	tab.Fill("#f-keyname", "khóa của ai")
	tab.Click("[data-entry-add] button")
	tab.WaitText("dialog[open]", w.Editor.Name)
	tab.Fill("#again-login", w.Editor.Login)
	tab.Fill("#again-password", rig.Password)
	tab.Click("dialog button.main")
	tab.WaitText("dialog[open] .problem", "tài khoản của người khác")
	tab.Click("dialog [data-close]")
	tab.Wait(`!document.querySelector('dialog')`)
	tab.Open("/console/account")
	if tab.Count(`a[href*="/passkeys/"]`) != 0 {
		t.Error("a key was made for somebody else")
	}

	tab.SetCookie("lantoa_session", w.Operator.SignIn())
	tab.Open("/console/account")
	tab.Follow(`a[href*="/passkeys/"]`)
	tab.Follow("form.acts .danger")
	tab.WaitText(".told", "Đã bỏ khóa")
}

// TestRecoveringByAKey comes in by a recovery code and makes a key instead of a password.
func TestRecoveringByAKey(t *testing.T) {
	w := rig.Start(t)
	tab := rig.NewTab(t, localhost(t, w))
	tab.SignIn(w.Editor)
	tab.Open("/console/account/codes")
	tab.Follow(`form[action="/console/account/codes"] .main`)
	code := tab.Texts(".entry-codes code")[9]
	tab.Follow(`form[action="/console/sign-out"] button`)
	tab.Open("/console/sign-in/recovery?to=/console/account")
	tab.Fill("#f-login", w.Editor.Login)
	tab.Fill("#f-code", code)
	tab.Follow("form .main")
	authenticator(t, tab)
	tab.Open("/console/queue") // nothing else before that
	tab.WaitText("h1", "Đặt lại cách đăng nhập")
	tab.Leave(func() { tab.Click("[data-entry-add] button") })
	tab.WaitText("h1", "Mã khôi phục")
	tab.Open("/console/queue")
	tab.WaitText("h1", "Bài chờ")
}

// sees fails the test unless there are units of these names.
func sees(t *testing.T, w *rig.World, names ...string) {
	t.Helper()
	units, err := w.Server.People().Units(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !slices.ContainsFunc(units, func(u syncproto.Unit) bool { return u.Name == name }) {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestASessionEndsInMidForm(t *testing.T) {
	w := rig.Start(t)
	for _, scripts := range []bool{true, false} {
		name := map[bool]string{true: "Xã Tam Giang", false: "Xã Hố Gùi"}[scripts]
		tab := w.Tab(w.Operator)
		tab.Expect("answer 401")
		if !scripts {
			tab.NoScript()
		}
		tab.Open("/console/welcome?step=units")
		text := name + "\n" + strings.Repeat("Xã có tên rất dài ", 8)
		tab.Fill("#f-units", text)
		w.Move(13 * time.Hour)
		tab.Click(`form[action="/console/welcome/units"] button`)
		tab.WaitText("h1", "Phiên làm việc đã kết thúc")
		if got := tab.Value("#typed-0"); !strings.Contains(got, name) {
			t.Errorf("what was typed is not shown: %q", got)
		}
		if scripts {
			tab.Screenshot("entry/again-1366")
			tab.Axe()
			tab.Phone()
			tab.Screenshot("entry/again-360")
			tab.NoHorizontalScroll()
			tab.Size(1366, 768)
		}
		tab.Fill("#f-login", w.Operator.Login)
		tab.Fill("#f-password", "sai mất rồi bạn ơi")
		tab.Click("form[data-entry-again] button.main")
		tab.WaitText(".problem", "Không đăng nhập được")
		tab.Fill("#f-password", rig.Password)
		tab.Click("form[data-entry-again] button.main")
		tab.Wait(`location.search === '?step=desk'`)
		sees(t, w, name)
		w.Operator.EndSessions()
	}
}

// TestNobodySendsForSomebodyElse leaves a form open, signs somebody else in in a second window, and sends the form.
func TestNobodySendsForSomebodyElse(t *testing.T) {
	w := rig.Start(t)
	tab := w.Tab(w.Operator)
	tab.Expect("answer 4")
	tab.Open("/console/welcome?step=units")
	tab.Fill("#f-units", "Xã của người khác")
	tab.SignIn(w.Admin)
	tab.Click(`form[action="/console/welcome/units"] button`)
	tab.WaitText("h1", "Phiên làm việc đã kết thúc")
	tab.WaitText("main", w.Admin.Name)
	tab.Fill("#f-login", w.Admin.Login)
	tab.Fill("#f-password", rig.Password)
	tab.Click("form[data-entry-again] button.main")
	tab.WaitText("h1", "Chưa gửi")
	units, err := w.Server.People().Units(t.Context())
	if err != nil || slices.ContainsFunc(units, func(u syncproto.Unit) bool { return u.Name == "Xã của người khác" }) {
		t.Errorf("it was sent for somebody else (%v)", err)
	}
}

func TestRecoveringAnAccount(t *testing.T) {
	w := rig.Start(t)
	tab := w.Tab(w.Editor)
	tab.Open("/console/account/codes")
	tab.Follow(`form[action="/console/account/codes"] .main`)
	codes := tab.Texts(".entry-codes code")
	if len(codes) != 10 {
		t.Fatalf("codes: %v", codes)
	}
	tab.Axe()
	tab.Screenshot("entry/codes-shown-1366")
	tab.Follow(`form[action="/console/sign-out"] button`)
	h := &hand{Tab: tab}
	h.Open("/console/sign-in?to=/console/account")
	h.follows(`a[href^="/console/sign-in/recovery"]`)
	h.types("#f-login", w.Editor.Login)
	h.types("#f-code", strings.ToLower(codes[4]))
	h.follows("form .main")
	h.WaitText("h1", "Đặt lại cách đăng nhập")
	h.types("#f-password", "matkhau2026")
	h.WaitText(".entry-strength", "nhiều người dùng")
	h.types("#f-password", newPassword)
	h.WaitText(".entry-strength", "Dùng được")
	h.Screenshot("entry/renew-strength-1366")
	h.follows("form .main")
	h.WaitText("h1", "Mã khôi phục")
	h.follows(`form[action="/console/account/codes"] .main`)
	if fresh := h.Texts(".entry-codes code"); len(fresh) != 10 || fresh[0] == codes[0] {
		t.Errorf("codes: %v", fresh)
	}
	h.follows("a.main")
	if got := h.Path(); got != "/console/account" {
		t.Errorf("it leads to %s", got)
	}
	if h.typed != 4 {
		t.Errorf("%d fields", h.typed)
	}
}

// TestFirstRun goes from the printed link of an empty server to a unit that works, with scripts and without, by typing; a
// volunteer's phone joins by a code of the sheet, and what it sends is in the queue.
func TestFirstRun(t *testing.T) {
	w := rig.Empty(t)
	link, err := w.Staff.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h := &hand{Tab: w.Stranger()}
	h.Open("/console/link/" + link.Link)
	h.Screenshot("entry/first-1366")
	h.types("#f-name", "Đỗ Văn Tám")
	h.types("#f-login", "tam")
	h.types("#f-password", newPassword)
	h.follows("form .main")
	h.WaitText("h1", "Dựng đơn vị")
	h.types("#f-name", "Hội Chữ thập đỏ tỉnh Cà Mau")
	h.follows(`form[action="/console/welcome/name"] .main`)
	h.types("#f-units", "Xã Tân Ân\nXã Đất Mũi")
	h.Screenshot("entry/welcome-units-1366")
	h.follows(`form[action="/console/welcome/units"] .main`)
	h.follows(`form[action="/console/welcome/me"] .main`)
	h.WaitText(".told", "Bạn đã là biên tập viên")
	h.types("#f-names", "Lê Thu Hà")
	h.follows(`form[action="/console/welcome/desk"] button`)
	invited := h.Value(".entry-link")
	h.Screenshot("entry/welcome-links-1366")
	h.Axe()
	h.follows(".entry-next")
	codes := h.codes(t)
	h.follows(".entry-next")
	h.follows(`form[action="/console/account/codes"] button`)
	h.follows("a.main")
	h.WaitText(".open h2", "Sẵn sàng")
	h.Screenshot("entry/welcome-ready-1366")
	took := time.Since(began)
	// Somebody types four letters a second and takes two seconds for each button.
	letters := len([]rune("Đỗ Văn Tám" + "tam" + newPassword + "Hội Chữ thập đỏ tỉnh Cà Mau" + "Xã Tân Ân\nXã Đất Mũi" + "Lê Thu Hà"))
	human := time.Duration(letters)*time.Second/4 + time.Duration(h.pressed+h.typed)*2*time.Second
	t.Logf("%d fields, %d buttons, %d letters: a person takes about %v, the machine %v", h.typed, h.pressed, letters, human, took.Round(time.Millisecond))
	if human > 2*time.Minute {
		t.Errorf("it takes somebody %v", human)
	}

	phone := w.PhoneWith("Lan", codes[0])
	story := phone.Story("Bài đầu tiên", "Bà con đã nhận đủ gạo.")
	h.follows(`a[href="/console/queue"]`)
	h.WaitText("main", "Bài đầu tiên")
	if w.Record(story).State != syncproto.StateSubmitted {
		t.Errorf("the story is %s", w.Record(story).State)
	}

	editor := w.Stranger()
	editor.NoScript()
	editor.Open(strings.TrimPrefix(invited, w.URL))
	editor.Fill("#f-login", "thuha")
	editor.Fill("#f-password", newPassword)
	editor.Click("form .main")
	editor.Wait(`location.pathname.startsWith('/console/queue')`)
	editor.WaitText("main", "Bài đầu tiên")
}

// codes makes codes for volunteers in a second window and reads them off the sheet.
func (h *hand) codes(t *testing.T) []string {
	t.Helper()
	h.Run(`document.querySelector('form[action="/console/invites"]').removeAttribute('target')`) // a window beside is no tab of the rig
	h.follows(`form[action="/console/invites"] .main`)
	codes := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{3,4}){2,}`).FindAllString(h.Text("main"), -1)
	if len(codes) < 10 {
		t.Fatalf("codes on the sheet: %v in %s", codes, h.Text("main"))
	}
	h.Open("/console/welcome?step=volunteers")
	return codes
}
