package app_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// factsAt asks as a phone, or as anybody.
func factsAt(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestALostKeyOfFacts: a server whose key is gone starts, says so, and makes no other in its place.
func TestALostKeyOfFacts(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	token := p.enrolled(s.url).Token
	if status, text := factsAt(t, http.MethodPut, s.url+"/v1/me/facts/blood_group", token, `{"value":"AB-","consent":true}`); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, text)
	}
	s.end(t)
	file := filepath.Join(p.data, "fact.key")
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}

	s = p.serve()
	if _, text := factsAt(t, http.MethodGet, s.url+"/v1/me/facts", token, ""); !strings.Contains(text, `"locked":true`) || strings.Contains(text, "AB-") {
		t.Errorf("got %s", text)
	}
	if status, text := factsAt(t, http.MethodGet, s.url+"/readyz", "", ""); status != http.StatusOK || !strings.Contains(text, "facts: 1 cannot be opened") {
		t.Errorf("got %d %s", status, text)
	}
	if status, _ := factsAt(t, http.MethodPut, s.url+"/v1/me/facts/blood_group", token, `{"value":"O+","consent":true}`); status != http.StatusServiceUnavailable {
		t.Errorf("a fact was taken without a key: %d", status)
	}
	s.end(t)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("another key was made: %v", err)
	}

	lines := strings.Split(strings.TrimSpace(string(key)), "\n")
	p.env["LANTOA_FACT_KEYS"] = lines[len(lines)-1]
	s = p.serve()
	if _, text := factsAt(t, http.MethodGet, s.url+"/v1/me/facts", token, ""); !strings.Contains(text, `"value":"AB-"`) {
		t.Errorf("with the key from the environment: got %s", text)
	}
	s.end(t)
	p.env["LANTOA_FACT_KEYS"] = "no key"
	p.fails(2, "serve", "-listen", "127.0.0.1:0")
}
