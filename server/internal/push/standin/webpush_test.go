package standin_test

import (
	"net/http"
	"strings"
	"testing"

	"lantoa/server/internal/push/standin"
)

// TestPushServiceIsStrict: what a push service refuses by its RFC. What it takes is tested with the real library, in
// package webpush.
func TestPushServiceIsStrict(t *testing.T) {
	srv, client := world(t, standin.Options{})
	b := srv.Subscribe("")
	for _, row := range []struct {
		name, header, value string
		body                int
		want                int
	}{
		{"all but who sends", "", "", 100, http.StatusUnauthorized},
		{"no TTL", "TTL", "", 100, http.StatusBadRequest},
		{"a negative TTL", "TTL", "-1", 100, http.StatusBadRequest},
		{"an encryption that is out of date", "Content-Encoding", "aesgcm", 100, http.StatusBadRequest},
		{"an urgency that is none", "Urgency", "now", 100, http.StatusBadRequest},
		{"a topic that is too long", "Topic", strings.Repeat("t", 33), 100, http.StatusBadRequest},
		{"a topic that is no base64url", "Topic", "a.b", 100, http.StatusBadRequest},
		{"a body that is too large", "", "", 4097, http.StatusRequestEntityTooLarge},
		{"a sender of the old form", "Authorization", "WebPush abc", 100, http.StatusUnauthorized},
		{"a sender without a key", "Authorization", "vapid t=abc", 100, http.StatusUnauthorized},
		{"a sender with a key that is none", "Authorization", "vapid t=a.b.c, k=abc", 100, http.StatusForbidden},
		{"a token that nobody signed", "Authorization", "vapid t=a.b.c, k=" + b.P256DH, 100, http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.Endpoint, strings.NewReader(strings.Repeat("x", row.body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("TTL", "60")
		r.Header.Set("Content-Encoding", "aes128gcm")
		if row.header != "" {
			r.Header.Set(row.header, row.value)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != row.want {
			t.Errorf("%s: %d, want %d", row.name, resp.StatusCode, row.want)
		}
	}
	if srv.Accepted() != 0 {
		t.Error("a message was taken")
	}
	for _, body := range []string{"", "x", strings.Repeat("x", 200), strings.Repeat("\x00", 16) + "\x00\x00\x10\x00A" + strings.Repeat("\x04", 200)} {
		if _, err := b.Open([]byte(body)); err == nil {
			t.Errorf("%q was opened", body)
		}
	}
}
