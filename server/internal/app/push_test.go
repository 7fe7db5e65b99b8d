package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/server/internal/push/standin"
	"lantoa/storage"
	"lantoa/syncproto"
)

// withFCM gives a program the credentials of a stand-in of Firebase.
func withFCM(t *testing.T, p *program, o standin.Options) *standin.Server {
	t.Helper()
	srv, err := standin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	key, roots := filepath.Join(t.TempDir(), "key.json"), filepath.Join(t.TempDir(), "roots.pem")
	keep(t, key, srv.Credentials())
	keep(t, roots, srv.PEM())
	p.env["LANTOA_FCM_CREDENTIALS"], p.env["LANTOA_FCM_ENDPOINT"], p.env["LANTOA_FCM_ROOTS"] = key, srv.Endpoint(), roots
	return srv
}

func keep(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPushCheck tries the way with the real SDK, and says for each fault what it is and what to do.
func TestPushCheck(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*testing.T, *program, *standin.Server)
		code  string
		exit  int
		says  string
	}{
		"all is well": {func(*testing.T, *program, *standin.Server) {}, "", 0, "gửi được"},
		"a key that Google refuses": {func(_ *testing.T, _ *program, s *standin.Server) {
			s.TokenBehave(standin.Unauthenticated)
		}, "credentials", 10, "Hãy tạo khóa mới"},
		"another project": {func(_ *testing.T, p *program, _ *standin.Server) {
			p.env["LANTOA_FCM_PROJECT"] = "somebody-elses"
		}, "forbidden", 10, "mã dự án"},
		"an account that may not": {func(_ *testing.T, _ *program, s *standin.Server) {
			s.BehaveAll(standin.Forbidden)
		}, "forbidden", 10, "vai trò"},
		"a service that is off": {func(_ *testing.T, _ *program, s *standin.Server) {
			s.BehaveAll(standin.APIDisabled)
		}, "api_disabled", 10, "Hãy bật"},
		"a clock that is wrong": {func(_ *testing.T, _ *program, s *standin.Server) {
			s.SetSkew(3 * time.Hour)
		}, "clock", 10, "Đồng hồ"},
		"a token that is refused": {func(_ *testing.T, _ *program, s *standin.Server) {
			s.BehaveAll(standin.Unauthenticated)
		}, "auth", 10, "khóa"},
		"a quota": {func(_ *testing.T, _ *program, s *standin.Server) {
			s.BehaveAll(standin.QuotaExceeded)
		}, "quota", 11, "hạn mức"},
		"a fault of the service": {func(_ *testing.T, _ *program, s *standin.Server) {
			s.BehaveAll(standin.Unavailable)
		}, "unavailable", 11, "Hãy chờ"},
		"no network": {func(_ *testing.T, _ *program, s *standin.Server) {
			_ = s.Close()
		}, "token_unreachable", 11, "tường lửa"},
		"a certificate that nobody vouches for": {func(_ *testing.T, p *program, _ *standin.Server) {
			delete(p.env, "LANTOA_FCM_ROOTS")
		}, "tls", 10, "Chứng chỉ"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			c.spoil(t, p, withFCM(t, p, standin.Options{Project: "lantoa-thu"}))
			code, out, errs := p.run("push", "check")
			if code != c.exit || !strings.Contains(out, c.says) || !strings.Contains(out, "standin") && !strings.Contains(out, "lantoa-thu") && name != "another project" {
				t.Errorf("exit %d, want %d and %q:\n%s%s", code, c.exit, c.says, out, errs)
			}
			var found []struct{ Code, Project, Account string }
			code, out, _ = p.run("push", "check", "-json")
			if err := json.Unmarshal([]byte(out), &found); err != nil || len(found) != 1 {
				t.Fatalf("%v: %s", err, out)
			}
			if code != c.exit || found[0].Code != c.code || found[0].Account == "" {
				t.Errorf("exit %d, %+v; want %q", code, found[0], c.code)
			}
			if strings.Contains(out, "PRIVATE KEY") {
				t.Error("the key is shown")
			}
		})
	}
}

func TestPushCheckOfNothing(t *testing.T) {
	p := newProgram(t)
	code, out, _ := p.run("push", "check")
	if code != 9 || !strings.Contains(out, "LANTOA_FCM_CREDENTIALS") || !strings.Contains(out, "hộp thư") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// TestWrongPushSettings: each stops a start at once, with what to do; none quotes a secret.
func TestWrongPushSettings(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.json")
	keep(t, broken, []byte(`{"type":"service_account","private_key":"geheim"`))
	for name, set := range map[string]func(*program){
		"no file":         func(p *program) { p.env["LANTOA_FCM_CREDENTIALS"] = filepath.Join(p.data, "none.json") },
		"no JSON":         func(p *program) { p.env["LANTOA_FCM_CREDENTIALS"] = broken },
		"half a pair":     func(p *program) { p.env["LANTOA_VAPID_PRIVATE"] = "geheim" },
		"keys of nobody":  func(p *program) { p.env["LANTOA_VAPID_PRIVATE"], p.env["LANTOA_VAPID_PUBLIC"] = "geheim", "geheim" },
		"too fast":        func(p *program) { p.env["LANTOA_PUSH_RATE"] = "20000" },
		"a plain address": func(p *program) { p.env["LANTOA_FCM_ENDPOINT"] = "http://127.0.0.1:1" },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			set(p)
			if errs := p.fails(2, "serve", "-listen", "127.0.0.1:0"); strings.Contains(errs, "geheim") {
				t.Errorf("it quotes a secret: %s", errs)
			}
		})
	}
}

func TestPushKeys(t *testing.T) {
	p := newProgram(t)
	p.fails(2, "push", "keys")
	p.fails(2, "push", "keys", "-push-contact", "no address")
	first := p.ok("push", "keys", "-push-contact", "ban@example.vn", "-json")
	again := p.ok("push", "keys", "-push-contact", "khac@example.vn", "-json")
	var a, b struct {
		Public, Contact string
		Made            bool
	}
	if json.Unmarshal([]byte(first), &a) != nil || json.Unmarshal([]byte(again), &b) != nil || a.Public == "" ||
		a.Public != b.Public || !a.Made || b.Made {
		t.Errorf("got %s and %s", first, again)
	}
	info, err := os.Stat(filepath.Join(p.data, "vapid.json"))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the keys: %v, %v", info, err)
	}
	kept, err := os.ReadFile(filepath.Join(p.data, "vapid.json"))
	if err != nil || strings.Contains(first+again, privateOf(t, kept)) {
		t.Errorf("the private key is shown: %v", err)
	}
	s := p.serve()
	if !strings.Contains(s.out.String(), "webpush") {
		t.Errorf("the server does not say that browsers are rung: %s", s.out)
	}
	s.end(t)
}

func privateOf(t *testing.T, data []byte) string {
	t.Helper()
	var keys struct{ Private string }
	if err := json.Unmarshal(data, &keys); err != nil || keys.Private == "" {
		t.Fatalf("%v: no key in the file", err)
	}
	return keys.Private
}

// TestPushStatus: beside the running server, and without it.
func TestPushStatus(t *testing.T) {
	p := newProgram(t)
	srv := withFCM(t, p, standin.Options{})
	srv.TokenBehave(standin.Unauthenticated)
	s := p.serve()
	phone := p.enrolled(s.url, "-unit", "Hội Chữ thập đỏ")
	put(t, s.url, phone.Token, "token-of-a-phone-0123456789")
	var out struct {
		Registrations map[string]int64
		Running       bool
	}
	if err := json.Unmarshal([]byte(p.ok("push", "status", "-json")), &out); err != nil || out.Registrations["fcm/android"] != 1 || !out.Running {
		t.Errorf("%+v, %v", out, err)
	}
	if text := p.ok("push", "status"); !strings.Contains(text, "fcm/android") || strings.Contains(text, "token-of-a-phone") {
		t.Errorf("%s", text)
	}
	s.end(t)
	if text := p.ok("push", "status"); !strings.Contains(text, "Máy chủ không chạy") {
		t.Errorf("%s", text)
	}
}

func put(t *testing.T, url, token, address string) {
	t.Helper()
	body := syncproto.AppendRegistrationRequest(nil, &syncproto.RegistrationRequest{
		Service: "fcm", Kind: "token", Platform: "android", Address: address, Language: "vi", App: "1",
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/v1/push/registration", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("register: %d", resp.StatusCode)
	}
}

// TestAPhoneIsRung goes the whole way: a call in the database, planner, engine, the Firebase SDK, and a message that
// holds nothing of anybody's.
func TestAPhoneIsRung(t *testing.T) {
	p := newProgram(t)
	bodies := make(chan []byte, 16)
	srv := withFCM(t, p, standin.Options{Inspect: func(body []byte) { bodies <- append([]byte(nil), body...) }})
	const target = "token-of-a-phone-0123456789"
	srv.Forbid("Lê Thị Nở", "Cần máu")
	s, err := app.Start(t.Context(), app.Config{
		Data: p.data, Listen: "127.0.0.1:0", FCMCredentials: p.env["LANTOA_FCM_CREDENTIALS"], FCMEndpoint: srv.Endpoint(),
		FCMRoots: srv.Roots(), PushRamp: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	phone := p.enrolled(s.URL(), "-unit", s.Root().Name)
	put(t, s.URL(), phone.Token, target)
	now := time.Now().UnixMilli()
	call := &storage.Call{
		ID: syncproto.NewID(), Units: []syncproto.ID{s.Root().ID}, Kind: syncproto.CallUrgent, State: storage.CallSending, Revision: 1,
		Title: "Cần máu O", Body: "Gọi Lê Thị Nở", Created: now, Changed: now, Sent: now, Gone: now + 86400000, Audience: []byte("{}"),
	}
	intent := &storage.Intent{
		Kind: "urgent", Class: storage.ClassUrgent, Record: call.ID, Revision: 1, At: now, Due: now, Until: now + 3600000, Persons: 1,
	}
	err = s.Store().Update(t.Context(), func(tx storage.Tx) error {
		if err := tx.PutCall(call); err != nil {
			return err
		}
		_, err := tx.AddIntent(intent, []storage.Share{{Persons: []syncproto.ID{phone.Person}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case body := <-bodies:
		for _, want := range []string{string(call.ID), "Cần giúp khẩn cấp", target} {
			if !strings.Contains(string(body), want) {
				t.Errorf("no %q in %s", want, body)
			}
		}
	case <-time.After(time.Minute):
		t.Fatal("no message came")
	}
	if leaks := srv.Leaks(); len(leaks) != 0 {
		t.Errorf("the message tells %v", leaks)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(bodies); got != 0 {
		t.Errorf("%d more messages", got)
	}
}
