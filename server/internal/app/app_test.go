package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/syncproto"
)

// program runs the whole program in a data directory of its own.
type program struct {
	t    *testing.T
	data string
	env  map[string]string
}

func newProgram(t *testing.T) *program {
	return &program{t: t, data: filepath.Join(t.TempDir(), "data"), env: map[string]string{}}
}

func (p *program) getenv(name string) string {
	if name == "LANTOA_DATA" {
		return p.data
	}
	return p.env[name]
}

// run runs a short command and returns its exit code and what it printed.
func (p *program) run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = app.Run(p.t.Context(), args, p.getenv, &out, &errs)
	return code, out.String(), errs.String()
}

// ok runs a command that must succeed.
func (p *program) ok(args ...string) string {
	p.t.Helper()
	code, out, errs := p.run(args...)
	if code != 0 {
		p.t.Fatalf("%v: exit %d\n%s", args, code, errs)
	}
	return out
}

// fails runs a command that must end with an exit code and a word of help, in both languages.
func (p *program) fails(want int, args ...string) string {
	p.t.Helper()
	code, _, errs := p.run(args...)
	if code != want {
		p.t.Fatalf("%v: exit %d, want %d\n%s", args, code, want, errs)
	}
	if !strings.Contains(errs, "Lỗi: ") || !strings.Contains(errs, "Error: ") {
		p.t.Errorf("%v says only %q", args, errs)
	}
	return errs
}

// served is a running serve command.
type served struct {
	url  string
	stop context.CancelFunc
	exit chan int
	out  *lines
}

// lines collects output and tells when it grew.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var listens = regexp.MustCompile(`Lantoa is running at (http://\S+)`)

// serve starts the server on a free port and returns when it answers.
func (p *program) serve(args ...string) *served {
	p.t.Helper()
	ctx, stop := context.WithCancel(p.t.Context())
	s := &served{stop: stop, exit: make(chan int, 1), out: &lines{more: make(chan struct{}, 1)}}
	go func() {
		s.exit <- app.Run(ctx, append([]string{"serve", "-listen", "127.0.0.1:0"}, args...), p.getenv, s.out, io.Discard)
	}()
	for s.url == "" {
		select {
		case <-s.out.more:
			if m := listens.FindStringSubmatch(s.out.String()); m != nil {
				s.url = m[1]
			}
		case code := <-s.exit:
			p.t.Fatalf("serve ended with %d: %s", code, s.out)
		case <-time.After(time.Minute):
			p.t.Fatalf("serve does not come up: %s", s.out)
		}
	}
	p.t.Cleanup(stop)
	return s
}

// end stops the server and returns its exit code.
func (s *served) end(t *testing.T) int {
	t.Helper()
	s.stop()
	select {
	case code := <-s.exit:
		return code
	case <-time.After(time.Minute):
		t.Fatal("the server does not stop")
		return -1
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func post(t *testing.T, url, token string, body []byte) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
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
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, data
}

// enrolled makes a code by the command line and redeems it over HTTP.
func (p *program) enrolled(url string, args ...string) *syncproto.EnrollResponse {
	p.t.Helper()
	var issued struct{ Code, Server, URI string }
	if err := json.Unmarshal([]byte(p.ok(append([]string{"enroll", "-json"}, args...)...)), &issued); err != nil {
		p.t.Fatal(err)
	}
	if issued.Server != url || !strings.HasPrefix(issued.URI, "lantoa:enroll?server=http%3A%2F%2F") {
		p.t.Errorf("got %+v", issued)
	}
	status, body := post(p.t, url+"/v1/enroll", "", syncproto.AppendEnrollRequest(nil, &syncproto.EnrollRequest{
		Code: issued.Code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 30), Name: "Lê Thị Nở",
	}))
	if status != http.StatusOK {
		p.t.Fatalf("enroll: %d %s", status, body)
	}
	resp, err := syncproto.DecodeEnrollResponse(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp
}

func TestAFreshMachineServesAtOnce(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	for _, want := range []string{"enroll", "-role operator", "'Hội Chữ thập đỏ' -role volunteer", "mobile-sdk/cmd/phone", s.url} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("the greeting does not say %q", want)
		}
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/": "Lan tỏa", "/metrics": "lantoa_live_connections 0"} {
		if status, body := get(t, s.url+path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %q", path, status, body)
		}
	}
	info, err := os.Stat(p.data)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory has mode %v, %v", info.Mode(), err)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	if _, err := os.Stat(filepath.Join(p.data, "server.url")); !os.IsNotExist(err) {
		t.Errorf("the address is still there: %v", err)
	}
}

func TestUnitsCodesAndDevicesBesideARunningServer(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	p.ok("unit", "add", "-name", "Xã Hải Lăng", "-level", "Xã")
	p.ok("unit", "rename", "-unit", "xã hải lăng", "-name", "Phường Hải Lăng")
	if out := p.ok("unit", "list"); !strings.Contains(out, "  Phường Hải Lăng (Xã)") {
		t.Errorf("got %s", out)
	}
	phone := p.enrolled(s.url, "-unit", "Phường Hải Lăng", "-role", "editor")
	if phone.UnitName != "Phường Hải Lăng" || phone.Role != syncproto.RoleEditor {
		t.Errorf("got %+v", phone)
	}
	if status, body := post(t, s.url+"/v1/sync", phone.Token, []byte(`{"protocol":1}`)); status != http.StatusOK {
		t.Errorf("sync: %d %s", status, body)
	}
	if out := p.ok("device", "list"); !strings.Contains(out, string(phone.Device)) || !strings.Contains(out, "Lê Thị Nở") {
		t.Errorf("got %s", out)
	}
	p.ok("device", "revoke", string(phone.Device))
	// What it still holds is taken from it, and nothing is given to it (S-188).
	if status, body := post(t, s.url+"/v1/sync", phone.Token, []byte(`{"protocol":1}`)); status != http.StatusOK ||
		!strings.Contains(string(body), `"ended":true`) || strings.Contains(string(body), `"pages"`) {
		t.Errorf("sync after the revocation: %d %s", status, body)
	}
	out := p.ok("enroll", "-role", "operator")
	if !regexp.MustCompile(`[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}`).MatchString(out) || !strings.Contains(out, "█") {
		t.Errorf("no code or picture in %s", out)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestBackupAndRestore(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	phone := p.enrolled(s.url)
	backup := filepath.Join(t.TempDir(), "copy.db")
	p.ok("backup", backup)
	p.fails(10, "backup", backup)
	later := p.enrolled(s.url)
	p.fails(4, "restore", backup)
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	if out := p.ok("restore", backup); !strings.Contains(out, "replaced-") {
		t.Errorf("got %s", out)
	}
	s = p.serve()
	status, body := post(t, s.url+"/v1/sync", phone.Token, []byte(`{"protocol":1}`))
	if status != http.StatusOK {
		t.Fatalf("sync: %d %s", status, body)
	}
	resp, err := syncproto.DecodeSyncResponse(body)
	if err != nil || resp.Epoch == phone.Epoch {
		t.Errorf("the epoch is still %s, %v", phone.Epoch, err)
	}
	if status, _ := post(t, s.url+"/v1/sync", later.Token, []byte(`{"protocol":1}`)); status != http.StatusUnauthorized {
		t.Errorf("a device that the backup does not know gets %d", status)
	}
	kept, err := filepath.Glob(filepath.Join(p.data, "replaced-*.db"))
	if err != nil || len(kept) != 1 {
		t.Errorf("the replaced database: %v, %v", kept, err)
	}
	s.end(t)
}

func TestARestoreThatWasCutIsFinished(t *testing.T) {
	p := newProgram(t)
	p.serve().end(t)
	p.ok("unit", "add", "-name", "Xã Một")
	database := filepath.Join(p.data, "lantoa.db")
	if err := os.Rename(database, filepath.Join(p.data, "restored.db")); err != nil {
		t.Fatal(err)
	}
	if out := p.ok("unit", "list"); !strings.Contains(out, "Xã Một") {
		t.Errorf("got %s", out)
	}
}

func TestFailuresAreToldPlainly(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	p.fails(4, "serve", "-listen", "127.0.0.1:0")
	address := strings.TrimPrefix(s.url, "http://")
	if errs := newProgram(t).fails(5, "serve", "-listen", address); !strings.Contains(errs, address) {
		t.Errorf("the address is not named: %s", errs)
	}
	newProgram(t).fails(5, "serve", "-listen", "127.0.0.1:notaport")
	newProgram(t).fails(5, "serve", "-listen", "192.0.2.1:8080")
	p.fails(2, "serve", "-bogus")
	p.fails(2, "dance")
	p.fails(2, "serve", "extra")
	p.fails(2, "serve", "-trusted-proxies", "somewhere")
	p.fails(2, "serve", "-log", "loud")
	p.fails(2, "enroll", "-role", "king")
	p.fails(2, "unit", "dance")
	p.fails(2, "unit", "add")
	p.fails(2, "device", "revoke", "x")
	p.fails(2, "restore")
	p.fails(3, "restore", filepath.Join(p.data, "nothing.db"), "-data", p.data+"2")
	p.fails(9, "enroll", "-unit", "Xã Không Có")
	p.fails(9, "device", "revoke", string(syncproto.NewID()))
	for _, args := range [][]string{{"backup"}, {"enroll"}, {"unit", "list"}, {"device", "list"}} {
		mistyped := newProgram(t)
		mistyped.fails(3, args...)
		if _, err := os.Stat(mistyped.data); !os.IsNotExist(err) {
			t.Errorf("%v made the directory: %v", args, err)
		}
	}
	if errs := p.fails(3, "backup", filepath.Join(p.data, "nowhere", "b.db")); !strings.Contains(errs, "nowhere") {
		t.Errorf("the path is not named: %s", errs)
	}
	s.end(t)
}

func TestDirectoriesThatCannotBeUsed(t *testing.T) {
	p := newProgram(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.data = filepath.Join(file, "data")
	p.fails(3, "serve")

	p = newProgram(t)
	if err := os.MkdirAll(p.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.data, "lantoa.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	p.fails(8, "serve", "-listen", "127.0.0.1:0")

	if os.Getuid() == 0 {
		return // root writes everywhere
	}
	p = newProgram(t)
	if err := os.MkdirAll(p.data, 0o500); err != nil {
		t.Fatal(err)
	}
	p.fails(3, "serve", "-listen", "127.0.0.1:0")
}

func TestHelpNamesFlagsAndEnvironment(t *testing.T) {
	p := newProgram(t)
	for _, args := range [][]string{{"-h"}, {"serve", "-h"}, {"enroll", "-h"}, {"unit", "-h"}, {"unit", "add", "-h"}, {"device", "-h"}, {"backup", "-h"}, {"restore", "-h"}, {"version", "-h"}, {"help"}} {
		if out := p.ok(args...); !strings.Contains(out, "go run ./server") && !strings.Contains(out, os.Args[0]) {
			t.Errorf("%v prints %q", args, out)
		}
	}
	if out := p.ok("serve", "-h"); !strings.Contains(out, "LANTOA_LISTEN") || !strings.Contains(out, "127.0.0.1:8080") {
		t.Errorf("got %s", out)
	}
	if out := p.ok("version"); !strings.HasPrefix(out, "lantoa ") {
		t.Errorf("got %q", out)
	}
	p.env["LANTOA_GRACE"] = "soon"
	p.fails(2, "serve")
}
