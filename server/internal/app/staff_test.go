package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/staff"
)

var printedLink = regexp.MustCompile(`staff use (\S{43}) LOGIN`)

// linkOf returns the last link in what was printed, "" if there is none.
func linkOf(text string) string {
	all := printedLink.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1][1]
}

// waitFor returns when the server has printed a text.
func (s *served) waitFor(t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(s.out.String(), text) {
		select {
		case <-s.out.more:
		case <-time.After(time.Minute):
			t.Fatalf("the server does not say %q: %s", text, s.out)
		}
	}
}

// answer types a line where a command asks for one.
func answer(t *testing.T, line string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	before := os.Stdin
	os.Stdin = r
	t.Cleanup(func() { os.Stdin = before; r.Close() })
}

func TestTheFirstOperatorOfAServer(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	s.waitFor(t, "staff use")
	older := linkOf(s.out.String())
	if code := s.end(t); code != 0 {
		t.Fatalf("exit %d", code)
	}
	s = p.serve()
	s.waitFor(t, "staff use")
	link := linkOf(s.out.String())
	if older == "" || link == older {
		t.Fatalf("links %q and %q", older, link)
	}
	page := "http://localhost" + s.url[strings.LastIndexByte(s.url, ':'):] + "/console/link/" + link
	if !strings.Contains(s.out.String(), page) {
		t.Errorf("no link for a browser: %s", s.out)
	}
	for token, want := range map[string]int{link: http.StatusOK, older: http.StatusGone} {
		if status, _ := get(t, s.url+"/console/link/"+token); status != want {
			t.Errorf("the page of a link: %d, not %d", status, want)
		}
	}
	use := func(link string) (int, []byte) {
		body, err := json.Marshal(map[string]any{"link": link, "login": "vanhanh", "password": "bưởi Năm Roi 77", "name": "Lê Thị Nở", "terminal": true})
		if err != nil {
			t.Fatal(err)
		}
		return post(t, s.url+"/v1/staff/link", "", body)
	}
	if status, body := use(older); status != http.StatusGone {
		t.Errorf("the older link: %d %s", status, body)
	}
	status, body := use(link)
	var in struct{ Token string }
	if err := json.Unmarshal(body, &in); err != nil || status != http.StatusOK || in.Token == "" {
		t.Fatalf("%d %s %v", status, body, err)
	}
	var all []staff.Listed
	if err := json.Unmarshal([]byte(p.ok("staff", "list", "-json")), &all); err != nil || len(all) != 1 || all[0].Login != "vanhanh" || all[0].Sessions != 1 {
		t.Errorf("listed %+v %v", all, err)
	}
	if list := p.ok("staff", "list"); !strings.Contains(list, "vanhanh") || !strings.Contains(list, "Lê Thị Nở") {
		t.Errorf("got %q", list)
	}
	p.fails(10, "staff", "link") // there is one now
	s.end(t)
	s = p.serve()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/staff/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+in.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("after a restart the session gets %d", resp.StatusCode)
	}
	s.end(t)
	if linkOf(s.out.String()) != "" {
		t.Error("a link is printed although an operator is there")
	}
}

func TestSignInAtTheMachine(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	s.waitFor(t, "staff use")
	link := linkOf(s.out.String())
	answer(t, "matkhau123")
	p.fails(10, "staff", "use", link, "vanhanh")
	answer(t, "bưởi Năm Roi 77")
	p.ok("staff", "use", link, "vanhanh", "-name", "Lê Thị Nở")
	answer(t, "bưởi Năm Roi 77")
	p.fails(10, "staff", "use", link, "vanhanh")
	again := linkOf(p.ok("staff", "reset", "vanhanh"))
	answer(t, "một mật mã khác hẳn")
	p.ok("staff", "use", again, "vanhanh")
	status, body := post(t, s.url+"/v1/staff/sign-in", "", []byte(`{"login":"vanhanh","password":"một mật mã khác hẳn","terminal":true}`))
	if status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	editor := p.enrolled(s.url, "-role", "editor")
	if linkOf(p.ok("staff", "link", "-person", string(editor.Person))) == "" {
		t.Error("no link for somebody who has joined")
	}
	for want, args := range map[int][]string{9: {"reset", "khongco"}, 2: {"use", "x"}} {
		p.fails(want, append([]string{"staff"}, args...)...)
	}
	p.fails(2, "staff", "link", "-person", "x")
	p.fails(9, "staff", "link", "-person", "01890000-0000-7000-8000-000000000000")
}

// TestAnOriginThatIsNone is told before anything is served.
func TestAnOriginThatIsNone(t *testing.T) {
	for _, origin := range []string{"lantoa.example.vn", "http://lantoa.example.vn", "https://lantoa.example.vn/desk", "https://"} {
		newProgram(t).fails(10, "serve", "-listen", "127.0.0.1:0", "-origin", origin)
	}
}
