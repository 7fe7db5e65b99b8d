package httpapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestEveryFailureAtTheDoor is the table of what is refused: with its code, its status, and no session.
func TestEveryFailureAtTheDoor(t *testing.T) {
	o := newOffice(t)
	first, err := o.staff.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, err := o.staff.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.browser("192.168.1.2").must("POST", "/v1/staff/link", object{"link": ended.Link, "login": "vanhanh", "password": goodPassword})
	person, _, err := o.people.CreatePerson(t.Context(), "Phạm Thị Sen", o.root.ID, syncproto.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	open, err := o.staff.LinkFor(t.Context(), person.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, owner := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	owner.signIn("thino")
	codes := owner.must("POST", "/v1/staff/recovery-codes", nil)["codes"].([]any)
	o.browser("192.168.1.3").must("POST", "/v1/staff/recover", object{"login": "thino", "code": codes[0]})
	resting, _ := o.hire("Trần Văn Bưởi", "vanbuoi", syncproto.RoleEditor)
	o.suspend(resting)
	long := strings.Repeat("a", 5000)
	for i, c := range []struct {
		name   string
		path   string
		body   any
		status int
		code   syncproto.Code
		header []string
	}{
		{"unknown account", "sign-in", object{"login": "khongco", "password": goodPassword}, 401, syncproto.CodeSignInFailed, nil},
		{"wrong password", "sign-in", object{"login": "thino", "password": "sai hết cả rồi"}, 401, syncproto.CodeSignInFailed, nil},
		{"no password", "sign-in", object{"login": "thino"}, 401, syncproto.CodeSignInFailed, nil},
		{"nothing", "sign-in", object{}, 401, syncproto.CodeSignInFailed, nil},
		{"suspended", "sign-in", object{"login": "vanbuoi", "password": goodPassword}, 401, syncproto.CodeSignInFailed, nil},
		{"a foreign site", "sign-in", object{"login": "thino", "password": goodPassword}, 403, syncproto.CodeForeignOrigin, []string{"Sec-Fetch-Site", "cross-site"}},
		{"a foreign origin", "sign-in", object{"login": "thino", "password": goodPassword}, 403, syncproto.CodeForeignOrigin, []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}},
		{"oversized", "sign-in", object{"login": "thino", "password": long}, 413, syncproto.CodeTooLarge, nil},
		{"a member more", "sign-in", object{"login": "thino", "password": goodPassword, "admin": true}, 400, syncproto.CodeUnknownMember, nil},
		{"another case", "sign-in", object{"login": "thino", "Password": goodPassword}, 400, syncproto.CodeUnknownMember, nil},
		{"twice", "sign-in", []byte(`{"login":"a","login":"thino","password":"x"}`), 400, syncproto.CodeDuplicateKey, nil},
		{"a form", "sign-in", []byte(`login=thino`), 415, syncproto.CodeBadEncoding, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"plain text", "sign-in", []byte(`{"login":"thino"}`), 415, syncproto.CodeBadEncoding, []string{"Content-Type", "text/plain"}},
		{"used code", "recover", object{"login": "thino", "code": codes[0]}, 401, syncproto.CodeSignInFailed, nil},
		{"a code of nobody", "recover", object{"login": "khongco", "code": codes[1]}, 401, syncproto.CodeSignInFailed, nil},
		{"an unknown code", "recover", object{"login": "thino", "code": syncproto.NewEnrollCode()}, 401, syncproto.CodeSignInFailed, nil},
		{"a typing error", "recover", object{"login": "thino", "code": "ABCD"}, 400, syncproto.CodeEnrollTypo, nil},
		{"a foreign code", "recover", object{"login": "thino", "code": codes[1]}, 403, syncproto.CodeForeignOrigin, []string{"Sec-Fetch-Site", "same-site"}},
		{"a used link", "link", object{"link": ended.Link, "login": "khac", "password": goodPassword}, 410, syncproto.CodeLinkUsed, nil},
		{"an older link", "link", object{"link": first.Link, "login": "khac", "password": goodPassword}, 410, syncproto.CodeLinkUsed, nil},
		{"an unknown link", "link", object{"link": strings.Repeat("A", 43), "login": "khac", "password": goodPassword}, 410, syncproto.CodeLinkUsed, nil},
		{"no link", "link", object{"login": "khac", "password": goodPassword}, 410, syncproto.CodeLinkUsed, nil},
		{"a weak password", "link", object{"link": open.Link, "login": "thisen", "password": "matkhau123"}, 400, syncproto.CodeWeakPassword, nil},
		{"a login that is taken", "link", object{"link": open.Link, "login": "thino", "password": goodPassword}, 400, syncproto.CodeInvalidValue, nil},
		{"an unknown challenge", "passkey/finish", object{"ceremony": "x", "credential": object{}}, 401, syncproto.CodeSignInFailed, nil},
		{"no credential", "passkey/finish", object{"ceremony": "x"}, 401, syncproto.CodeSignInFailed, nil},
		{"a key of 70 KiB", "passkey/finish", object{"ceremony": strings.Repeat("a", 70<<10)}, 413, syncproto.CodeTooLarge, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := o.browser(fmt.Sprintf("203.0.113.%d", i))
			r := b.refused(c.code, "POST", "/v1/staff/"+c.path, c.body, c.header...)
			if r.status != c.status || len(b.cookies) != 0 {
				t.Errorf("got %d with cookies %v: %s", r.status, b.cookies, r.body)
			}
		})
	}
}

// TestAnswersToStrangersAreEqual compares whole answers, headers too: what exists, what does not, and what is locked.
func TestAnswersToStrangersAreEqual(t *testing.T) {
	o := newOffice(t)
	o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	there, absent := o.browser("203.0.113.7"), o.browser("203.0.113.8")
	for range 8 {
		a := there.send("POST", "/v1/staff/sign-in", object{"login": "thino", "password": "sai hết cả rồi"})
		b := absent.send("POST", "/v1/staff/sign-in", object{"login": "khongco", "password": "sai hết cả rồi"})
		pa, pb := a.problem(t), b.problem(t)
		pa.Request, pb.Request = "", ""
		for _, h := range []http.Header{a.header, b.header} {
			h.Del("Date")
		}
		if pa != pb || a.status != b.status || fmt.Sprint(a.header) != fmt.Sprint(b.header) {
			t.Errorf("%d %+v %v of one that exists, %d %+v %v of one that does not", a.status, pa, a.header, b.status, pb, b.header)
		}
		if a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") == "" {
			t.Error("locked, and not told how long")
		}
	}
	if r := there.send("POST", "/v1/staff/sign-in", object{"login": "thino", "password": goodPassword}); r.status != http.StatusTooManyRequests {
		t.Errorf("after eight failures: %d", r.status)
	}
}

func TestSessionsOverHTTP(t *testing.T) {
	o := newOffice(t)
	person, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	got := b.signIn("thino")
	if got["person"] != string(person) || got["method"] != "password" || got["token"] != nil {
		t.Errorf("got %v", got)
	}
	me := b.must("GET", "/v1/staff/me", nil)
	if me["name"] != "Lê Thị Nở" || me["login"] != "thino" || len(me["grants"].([]any)) != 1 {
		t.Errorf("got %v", me)
	}
	// A terminal has a token and no cookie, and needs no origin.
	term := o.browser("192.168.1.30")
	term.header["Sec-Fetch-Site"] = ""
	token := term.must("POST", "/v1/staff/sign-in", object{"login": "thino", "password": goodPassword, "terminal": true})["token"].(string)
	if len(term.cookies) != 0 {
		t.Errorf("a terminal got cookies: %v", term.cookies)
	}
	term.header["Authorization"] = "Bearer " + token
	list := term.must("GET", "/v1/staff/sessions", nil)["items"].([]any)
	if len(list) != 2 {
		t.Fatalf("got %v", list)
	}
	var here, there string
	for _, one := range list {
		s := one.(map[string]any)
		if s["current"] == true {
			here = s["id"].(string)
		} else {
			there = s["id"].(string)
		}
	}
	term.must("DELETE", "/v1/staff/sessions/"+there, nil, "Sec-Fetch-Site", "cross-site") // nobody makes a terminal send
	b.refused(syncproto.CodeSessionEnded, "GET", "/v1/staff/me", nil)
	term.refused(syncproto.CodeNotFound, "DELETE", "/v1/staff/sessions/"+there, nil)
	term.refused(syncproto.CodeNotFound, "DELETE", "/v1/staff/sessions/x", nil)
	changed := term.must("PUT", "/v1/staff/password", object{"password": "một mật mã khác hẳn"})["token"].(string)
	term.refused(syncproto.CodeSessionEnded, "GET", "/v1/staff/me", nil)
	term.header["Authorization"] = "Bearer " + changed
	term.refused(syncproto.CodeNotFound, "DELETE", "/v1/staff/sessions/"+here, nil)
	term.refused(syncproto.CodeWeakPassword, "PUT", "/v1/staff/password", object{"password": "thino 12345"})
	o.wait(15 * time.Minute)
	term.refused(syncproto.CodeConfirm, "PUT", "/v1/staff/password", object{"password": goodPassword})
	o.wait(12 * time.Hour)
	term.refused(syncproto.CodeSessionEnded, "GET", "/v1/staff/me", nil)
}

func TestASuspendedPersonIsOutAtTheNextRequest(t *testing.T) {
	o := newOffice(t)
	person, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	b.signIn("thino")
	o.suspend(person)
	b.refused(syncproto.CodeSessionEnded, "GET", "/v1/staff/me", nil)
}

// TestPhonesAndDesksHaveTokensOfTheirOwn: neither opens the other, and somebody's phone ends from their desk.
func TestPhonesAndDesksHaveTokensOfTheirOwn(t *testing.T) {
	o := newOffice(t)
	person, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	session := b.must("POST", "/v1/staff/sign-in", object{"login": "thino", "password": goodPassword, "terminal": true})["token"].(string)
	if status, body, _ := o.post("/v1/sync", session, syncBody(), nil); status != http.StatusUnauthorized {
		t.Errorf("a desk's token at a phone's door: %d %s", status, body)
	}
	b.refused(syncproto.CodeSessionEnded, "GET", "/v1/staff/me", nil, "Authorization", "Bearer "+o.token)
	issued, err := o.enroll.Issue(t.Context(), enroll.Invitation{Unit: o.root.ID, Role: syncproto.RoleEditor, Person: person})
	if err != nil {
		t.Fatal(err)
	}
	phone, err := o.enroll.Redeem(t.Context(), &syncproto.EnrollRequest{
		Code: issued.Code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.header["Authorization"] = "Bearer " + session
	list := b.must("GET", "/v1/staff/devices", nil)["items"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["id"] != string(phone.Device) {
		t.Fatalf("got %v", list)
	}
	b.must("DELETE", "/v1/staff/devices/"+string(phone.Device), nil)
	b.refused(syncproto.CodeNotFound, "DELETE", "/v1/staff/devices/"+string(o.device), nil)
	if err := o.store.View(t.Context(), func(r storage.Reader) error {
		d, err := r.Device(phone.Device)
		if err == nil && d.Revoked == 0 {
			t.Error("the phone was not revoked")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestRequestsThatAnotherSiteMakesABrowserSend: cookies come along whoever made the browser send.
func TestRequestsThatAnotherSiteMakesABrowserSend(t *testing.T) {
	o := newOffice(t)
	_, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	b.signIn("thino")
	for _, c := range []struct {
		site, origin string
		ok           bool
	}{
		{"same-origin", "", true},
		{"none", "", true},
		{"cross-site", "", false},
		{"same-site", "", false},
		{"odd", "", false},
		{"cross-site", "http://localhost:8080", false},
		{"", "http://localhost:8080", true},
		{"", "http://localhost:8081", false},
		{"", "http://evil.example", false},
		{"", "null", false},
		{"", "http://localhost:8080.evil.example", false},
		{"same-origin", "http://evil.example", true}, // a browser that says the first does not send the second
	} {
		path := "/v1/staff/sessions/" + string(syncproto.NewID())
		want := syncproto.CodeForeignOrigin
		if c.ok {
			want = syncproto.CodeNotFound
		}
		b.refused(want, "DELETE", path, nil, "Sec-Fetch-Site", c.site, "Origin", c.origin)
		b.must("GET", "/v1/staff/me", nil, "Sec-Fetch-Site", c.site, "Origin", c.origin) // reading changes nothing, and the other site cannot see it
	}
	b.refused(syncproto.CodeForeignOrigin, "POST", "/v1/staff/sign-out", nil, "Sec-Fetch-Site", "cross-site")
	b.must("POST", "/v1/staff/sign-out", nil)
	if b.cookies["lantoa_session"] != nil {
		t.Error("the cookie stayed")
	}
}

func TestCookies(t *testing.T) {
	o := newOffice(t)
	_, _ = o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	for _, c := range []struct {
		name, from, proto string
		secure            bool
	}{
		{"a proxy with TLS", "203.0.113.7", "https", true},
		{"two proxies", "203.0.113.7", "http, https", true},
		{"TLS on the local network", "192.168.1.4", "https", true},
		{"plain on the local network", "192.168.1.4", "http", false},
		{"plain on this machine", "127.0.0.1", "http", false},
		{"plain from afar", "203.0.113.7", "http", true},
		{"a proxy that does not say", "192.168.1.4", "", true},
	} {
		b := o.browser(c.from)
		b.header["X-Forwarded-Proto"] = c.proto
		b.signIn("thino")
		s, m := b.cookies["lantoa_session"], b.cookies["lantoa_browser"]
		if s == nil || m == nil {
			t.Fatalf("%s: cookies %v", c.name, b.cookies)
		}
		if !s.HttpOnly || s.SameSite != http.SameSiteLaxMode || s.Path != "/" || s.Secure != c.secure || s.Domain != "" || s.MaxAge != 14*24*3600 {
			t.Errorf("%s: %v", c.name, s)
		}
		if !m.HttpOnly || m.SameSite != http.SameSiteLaxMode || m.Path != "/" || m.Secure != c.secure {
			t.Errorf("%s: %v", c.name, m)
		}
	}
	// Without any proxy, on this machine.
	b := o.browser("")
	b.header["X-Forwarded-Proto"] = ""
	if b.signIn("thino"); b.cookies["lantoa_session"].Secure {
		t.Error("a browser on this machine gets a cookie for TLS only")
	}
}

// TestLogsAndMetricsHoldNothingPersonal greps all that was logged at the finest level and all metrics of a whole run.
func TestLogsAndMetricsHoldNothingPersonal(t *testing.T) {
	o := newOffice(t)
	secrets := []string{goodPassword, "thino", "Thị Nở", "Trần", "sai-cả-rồi", "khongco", "203.0.113.", "192.168.1.", "Firefox"}
	_, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleAdmin)
	other, _ := o.hire("Trần Văn Bưởi", "vanbuoi", syncproto.RoleEditor)
	secrets = append(secrets, "vanbuoi")
	b.header["User-Agent"] = "Firefox/200"
	b.signIn("thino")
	keep := func(r object, name string) {
		secrets = append(secrets, r[name].(string))
	}
	for _, c := range b.cookies {
		secrets = append(secrets, c.Value)
	}
	codes := b.must("POST", "/v1/staff/recovery-codes", nil)["codes"].([]any)
	secrets = append(secrets, codes[0].(string), strings.ReplaceAll(codes[0].(string), "-", ""))
	keep(b.must("POST", "/v1/staff/links", object{"person": other}), "link")
	bad := o.browser("203.0.113.9")
	for range 6 {
		bad.send("POST", "/v1/staff/sign-in", object{"login": "khongco", "password": "sai-cả-rồi"})
		bad.send("POST", "/v1/staff/sign-in", object{"login": "thino", "password": "sai-cả-rồi"})
	}
	bad.send("POST", "/v1/staff/sign-in", []byte(`{"login":"thino","thino":"sai-cả-rồi"}`))
	bad.send("POST", "/v1/staff/recover", object{"login": "thino", "code": codes[0]})
	bad.send("POST", "/v1/staff/link", object{"link": secrets[len(secrets)-1], "login": "thino", "password": "thino"})
	bad.send("POST", "/v1/staff/passkey/finish", object{"ceremony": "thino", "credential": object{"id": "thino"}})
	bad.send("GET", "/v1/staff/passkeys/thino", nil)
	bad.send("DELETE", "/v1/staff/sessions/thino", nil)
	b.send("DELETE", "/v1/staff/passkeys/thino", nil)
	b.send("GET", "/v1/staff/me", nil)
	b.must("PUT", "/v1/staff/password", object{"password": "một mật mã khác hẳn"})
	var gathered bytes.Buffer
	if err := o.metrics.Write(&gathered); err != nil {
		t.Fatal(err)
	}
	log := o.said.String()
	if !strings.Contains(log, "sign_in_failed") || !strings.Contains(gathered.String(), `lantoa_sign_ins_total{method="password",result="refused"}`) {
		t.Error("the log or the metrics are not those of the run")
	}
	for _, secret := range secrets {
		for name, text := range map[string]string{"log": log, "metrics": gathered.String()} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%q stands in the %s: …%s…", secret, name, text[max(0, at-80):min(len(text), at+80)])
			}
		}
	}
}
