package fcm_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

const origin = "https://lantoa.example"

// TestWire holds what is sent to each platform to a file that people read.
func TestWire(t *testing.T) {
	wake := &push.Message{
		Target: push.Target{Kind: push.Token, Address: "phone"},
		ID:     "wake", Kind: "sync", Collapse: "sync", TTL: 24 * time.Hour, Urgent: true,
	}
	quiet := call("phone")
	quiet.Urgent, quiet.Kind, quiet.Record, quiet.TTL, quiet.Link = false, "returned", "", -time.Minute, "/desk/stories"
	fid := call("fid-of-an-installation")
	fid.Target.Kind, fid.DryRun = push.FID, true
	for name, m := range map[string]*push.Message{"urgent": call("phone"), "quiet": quiet, "wake": wake, "fid": fid} {
		for _, platform := range []push.Platform{push.Android, push.IOS, push.Web, ""} {
			m.Target.Platform = platform
			got, verdict := fcm.Render(m, origin, noon)
			if verdict.Result != "" {
				t.Fatalf("%s: %+v", name, verdict)
			}
			var value any
			if err := json.Unmarshal(got, &value); err != nil {
				t.Fatalf("%s: %v in %s", name, err, got)
			}
			pretty, err := json.MarshalIndent(value, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			pretty = append(pretty, '\n')
			path := filepath.Join("testdata", fmt.Sprintf("%s-%s.json", name, max(platform, "all")))
			if *update {
				if err := os.WriteFile(path, pretty, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(pretty) != string(want) {
				t.Errorf("%s differs:\n%s", path, pretty)
			}
		}
	}
}

// TestWireIsWhatTheSDKSays compares the spliced body with what the SDK makes of the same message, so that an SDK that
// learns to say something differently is noticed.
func TestWireIsWhatTheSDKSays(t *testing.T) {
	srv, sender := world(t, standin.Options{Keep: 1}, fcm.Options{Origin: origin})
	bare, err := fcm.NewBare(t.Context(), fcm.Options{Credentials: srv.Credentials(), Endpoint: srv.Endpoint(), Roots: srv.Roots(), Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	for _, platform := range []push.Platform{push.Android, push.IOS, push.Web, ""} {
		m := call("phone")
		m.Target.Platform, m.Link, m.Collapse = platform, "/calls/1", "calls"
		if got := sender.Send(t.Context(), m); got.Result != push.Accepted {
			t.Fatalf("%s: %+v", platform, got)
		}
		ours := read(t, srv.Bodies()[0])
		if err := bare.Send(t.Context(), m); err != nil {
			t.Fatalf("%s: %v", platform, err)
		}
		theirs := read(t, srv.Bodies()[0])
		if !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s: ours\n%v\ntheirs\n%v", platform, ours, theirs)
		}
	}
}

// read flattens a body into paths and values. Enumerations are compared in lower case, since the service takes both.
func read(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		if fields, ok := v.(map[string]any); ok {
			for key, field := range fields {
				walk(path+"/"+key, field)
			}
			return
		}
		out[path] = fmt.Sprint(v)
		if strings.HasSuffix(path, "/priority") || strings.HasSuffix(path, "/visibility") {
			out[path] = strings.ToLower(out[path])
		}
		if strings.HasSuffix(path, "/apns-expiration") {
			out[path] = "a time" // the two were sent one after the other
		}
	}
	walk("", value)
	return out
}

// largest is the largest message that the catalogue may make: texts of 200 and 500 Vietnamese letters in their longest
// form, for a target without a known platform.
func largest() *push.Message {
	m := call(strings.Repeat("t", 256))
	m.Target.Platform = ""
	m.ID = strings.Repeat("i", 32)
	m.Kind, m.Collapse = strings.Repeat("k", 32), strings.Repeat("c", 32)
	m.Title, m.Body = strings.Repeat("ệ", 200), strings.Repeat("ử", 500)
	m.Link = "/" + strings.Repeat("l", 99)
	m.TTL = 365 * 24 * time.Hour
	return m
}

func TestLargestMessageFits(t *testing.T) {
	body, verdict := fcm.Render(largest(), origin, noon)
	if verdict.Result != "" || len(body) > 3800 {
		t.Fatalf("%d bytes, %+v", len(body), verdict)
	}
	srv, sender := world(t, standin.Options{}, fcm.Options{Origin: origin})
	if got := sender.Send(t.Context(), largest()); got.Result != push.Accepted {
		t.Errorf("got %+v", got)
	}
	larger := largest()
	larger.Body += strings.Repeat("ử", 500)
	if got, want := sender.Send(t.Context(), larger), (push.Verdict{Result: push.Refused, Code: "too_large"}); got != want {
		t.Errorf("a larger one: %+v, want %+v", got, want)
	}
	if n := srv.Stats().Requests; n != 1 {
		t.Errorf("the service saw %d requests, want 1", n)
	}
}

func TestWrongMessagesAreNotSent(t *testing.T) {
	bad := push.Verdict{Result: push.Bad, Code: "bad_target"}
	refused := push.Verdict{Result: push.Refused, Code: "bad_message"}
	srv, sender := world(t, standin.Options{}, fcm.Options{})
	for name, row := range map[string]struct {
		change func(m *push.Message)
		want   push.Verdict
	}{
		"no target":            {func(m *push.Message) { m.Target.Address = "" }, bad},
		"a target of Web Push": {func(m *push.Message) { m.Target.Kind = push.Endpoint }, bad},
		"a target too long":    {func(m *push.Message) { m.Target.Address = strings.Repeat("t", 1025) }, bad},
		"a target of no text":  {func(m *push.Message) { m.Target.Address = "\xff" }, bad},
		"no id":                {func(m *push.Message) { m.ID = "" }, refused},
		"an id too long":       {func(m *push.Message) { m.ID = strings.Repeat("i", 33) }, refused},
		"an id with a quote":   {func(m *push.Message) { m.ID = `a"b` }, refused},
		"no kind":              {func(m *push.Message) { m.Kind = "" }, refused},
		"a kind with a space":  {func(m *push.Message) { m.Kind = "a b" }, refused},
		"a wrong record":       {func(m *push.Message) { m.Record = "x" }, refused},
		"a link elsewhere":     {func(m *push.Message) { m.Link = "https://elsewhere.example/" }, refused},
		"a link to a host":     {func(m *push.Message) { m.Link = "//elsewhere.example/" }, refused},
	} {
		m := call("phone")
		row.change(m)
		if got := sender.Send(t.Context(), m); got != row.want {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
	if stats := srv.Stats(); stats.Requests+stats.Tokens != 0 {
		t.Errorf("somebody was asked: %+v", stats)
	}
}

func TestLinksNeedHTTPS(t *testing.T) {
	for from, want := range map[string]bool{
		"https://lantoa.example": true, "https://lantoa.example/": true, "http://lantoa.example": false, "": false, "lantoa.example": false,
	} {
		srv, sender := world(t, standin.Options{Keep: 1}, fcm.Options{Origin: from})
		m := call("browser")
		m.Target.Platform, m.Link = push.Web, "/calls/1"
		sender.Send(t.Context(), m)
		if got := strings.Contains(string(srv.Bodies()[0]), `"link":"https://lantoa.example/calls/1"`); got != want {
			t.Errorf("%q: a link %v, want %v", from, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, text := range []string{"", "Có việc gấp", "\x00\"\\\n\u2028", "\xff\xc3", "😀"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw := fcm.AppendText(nil, text)
		var got string
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		var want []rune // each byte that is no text becomes one U+FFFD, as in encoding/json
		for i := 0; i < len(text); {
			r, size := utf8.DecodeRuneInString(text[i:])
			want, i = append(want, r), i+size
		}
		if got != string(want) {
			t.Errorf("got %q, want %q", got, string(want))
		}
	})
}
