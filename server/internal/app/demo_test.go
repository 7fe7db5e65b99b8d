package app_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lantoa/server/internal/app"
)

// TestTheDemoKeepsItsPromises runs the whole demo, smaller, as a person does.
func TestTheDemoKeepsItsPromises(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if testing.Short() {
		t.Skip("a week takes minutes under the race detector, which sees the same programs in the end-to-end tests")
	}
	var out, errs bytes.Buffer
	code := app.Run(t.Context(), []string{"demo", "-phones", "8", "-crowd", "400", "-seed", "1", "-lang", "vi"}, os.Getenv, &out, &errs)
	kept(t, code, out.String()+errs.String())
	if errs.Len() > 0 {
		t.Errorf("it complains: %s", errs.String())
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "lantoa-demo-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// kept fails the test unless a demo kept its promises.
func kept(t *testing.T, code int, out string) {
	t.Helper()
	if code != 0 || !strings.Contains(out, "lost = 0") || strings.Contains(out, "✗") {
		t.Errorf("seed 1: exit %d\n%s", code, out)
	}
	if strings.Contains(out, "demo.") {
		t.Errorf("a text is missing in\n%s", out)
	}
}

// TestAKeptDemoLetsPeopleIn opens the links that a demo prints which stays, as its reader does.
func TestAKeptDemoLetsPeopleIn(t *testing.T) {
	if testing.Short() {
		t.Skip("a week takes minutes under the race detector")
	}
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, exit := &lines{more: make(chan struct{}, 1)}, make(chan int, 1)
	go func() {
		exit <- app.Run(ctx, []string{"demo", "-keep", "-phones", "8", "-crowd", "400", "-seed", "1", "-lang", "en"}, os.Getenv, out, os.Stderr)
	}()
	links := regexp.MustCompile(`http://localhost(:\d+/console/enter/\w+)`)
	var found [][]string
	for len(found) < 3 {
		select {
		case <-out.more:
			found = links.FindAllStringSubmatch(out.String(), -1)
		case code := <-exit:
			t.Fatalf("exit %d\n%s", code, out)
		case <-t.Context().Done():
			t.Fatal("the demo does not come to its end")
		}
	}
	for i, begins := range []string{"/console/queue", "/console/calls", "/console/overview"} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Jar: jar}
		for _, at := range []string{found[i][1], strings.TrimSuffix(found[i][1], "/console/enter/"+path.Base(found[i][1])) + "/"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+at, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Accept", "text/html")
			answer, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != begins {
				t.Errorf("%s leads to %s: %d", begins, answer.Request.URL.Path, answer.StatusCode)
			}
		}
	}
	if status, _ := get(t, "http://127.0.0.1"+found[0][1]+"x"); status != http.StatusNotFound {
		t.Errorf("another secret: %d", status)
	}
	stop()
	kept(t, <-exit, out.String())
}
