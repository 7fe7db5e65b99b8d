package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/httpapi"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// refusal is a request that must get one code and change nothing.
type refusal struct {
	name   string
	method string // "" for POST
	path   string // "" for /v1/sync
	token  string // "" for the volunteer's, "-" for none
	header map[string]string
	body   []byte
	status int
	code   syncproto.Code
}

func refusals(w *world) []refusal {
	gz := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(b)
		z.Close()
		return out.Bytes()
	}
	encoded := func(name string) map[string]string { return map[string]string{"Content-Encoding": name} }
	story := func(n int) string {
		return fmt.Sprintf(`{"id":"%s","kind":"story","n":%d,"record":"%s","set":{"title":"Áo ấm"},"unit":"%s"}`,
			syncproto.NewID(), n, syncproto.NewID(), w.root.ID)
	}
	revoked, revokedToken := w.join(syncproto.RoleVolunteer)
	w.gone(revoked)
	other, _ := w.join(syncproto.RoleVolunteer)
	foreign := (&syncproto.Cursor{Accepted: 3}).Seal(bytes.Repeat([]byte{1}, 32), other)
	return []refusal{
		{name: "no token", token: "-", body: syncBody(), status: 401, code: syncproto.CodeTokenMissing},
		{name: "another scheme", token: "-", header: map[string]string{"Authorization": "Basic abc"}, body: syncBody(), status: 401, code: syncproto.CodeTokenMissing},
		{name: "unknown token", token: strings.Repeat("A", 27), body: syncBody(), status: 401, code: syncproto.CodeTokenUnknown},
		{name: "absurd token", token: strings.Repeat("A", 3000), body: syncBody(), status: 401, code: syncproto.CodeTokenUnknown},
		{name: "revoked token", token: revokedToken, body: syncBody(), status: 401, code: syncproto.CodeTokenRevoked},
		{name: "empty body", body: nil, status: 400, code: syncproto.CodeMalformed},
		{name: "half an object", body: []byte(`{"protocol":1`), status: 400, code: syncproto.CodeMalformed},
		{name: "two objects", body: append(syncBody(), syncBody()...), status: 400, code: syncproto.CodeMalformed},
		{name: "an array", body: []byte(`[]`), status: 400, code: syncproto.CodeWrongType},
		{name: "a number for a text", body: []byte(`{"app":7,"protocol":1}`), status: 400, code: syncproto.CodeWrongType},
		{name: "a duplicate key", body: []byte(`{"protocol":1,"protocol":1}`), status: 400, code: syncproto.CodeDuplicateKey},
		{name: "not UTF-8", body: []byte("{\"app\":\"\xff\",\"protocol\":1}"), status: 400, code: syncproto.CodeNotUTF8},
		{name: "too deep", body: []byte(`{"future":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `,"protocol":1}`), status: 413, code: syncproto.CodeTooDeep},
		{name: "deep enough for a stack", body: []byte(strings.Repeat(`{"a":`, 200_000)), status: 413, code: syncproto.CodeTooDeep},
		{name: "an integer beyond 2^53", body: []byte(`{"acknowledged":9007199254740993,"protocol":1}`), status: 400, code: syncproto.CodeIntegerRange},
		{name: "another protocol", body: []byte(`{"protocol":99}`), status: 400, code: syncproto.CodeBadProtocol},
		{name: "a forged cursor", body: []byte(`{"cursor":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","protocol":1}`), status: 400, code: syncproto.CodeCursorForged},
		{name: "a cursor of another key", body: []byte(`{"cursor":"` + foreign + `","protocol":1}`), status: 400, code: syncproto.CodeCursorForged},
		{name: "a cursor of nonsense", body: []byte(`{"cursor":"%%%","protocol":1}`), status: 400, code: syncproto.CodeCursorForged},
		{name: "numbers out of order", body: syncBody(story(2), story(1)), status: 409, code: syncproto.CodeOutOfOrder},
		{name: "a gap in the numbers", body: syncBody(story(1), story(3)), status: 409, code: syncproto.CodeOutOfOrder},
		{name: "a mutation without a number", body: syncBody(`{"id":"x"}`), status: 400, code: syncproto.CodeMissingMember},
		{name: "501 mutations", body: syncBody(strings.Split(strings.Repeat(`{"n":1,"void":true};`, 501), ";")[:501]...), status: 413, code: syncproto.CodeTooMany},
		{name: "over 1 MiB", body: []byte(`{"app":"` + strings.Repeat("a", syncproto.MaxRequestBytes) + `"}`), status: 413, code: syncproto.CodeTooLarge},
		{name: "over 1 MiB unpacked", header: encoded("gzip"), body: gz([]byte(`{"app":"` + strings.Repeat("a", syncproto.MaxRequestBytes) + `"}`)), status: 413, code: syncproto.CodeTooLarge},
		{name: "unknown encoding", header: encoded("br"), body: syncBody(), status: 415, code: syncproto.CodeBadEncoding},
		{name: "two encodings", header: encoded("gzip, gzip"), body: gz(gz(syncBody())), status: 415, code: syncproto.CodeBadEncoding},
		{name: "not gzip", header: encoded("gzip"), body: syncBody(), status: 415, code: syncproto.CodeBadEncoding},
		{name: "half of a gzip", header: encoded("gzip"), body: gz(syncBody())[:20], status: 400, code: syncproto.CodeBodyIncomplete},
		{name: "metrics through a proxy", method: "GET", path: "/metrics", token: "-", header: map[string]string{"X-Forwarded-For": "203.0.113.9"}, status: 404, code: syncproto.CodeNotFound},
		{name: "not zstd", header: encoded("zstd"), body: syncBody(), status: 415, code: syncproto.CodeBadEncoding},
		{name: "a form", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: syncBody(), status: 415, code: syncproto.CodeBadEncoding},
		{name: "multipart", header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, body: []byte("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n"), status: 415, code: syncproto.CodeBadEncoding},
		{name: "no content type", header: map[string]string{"Content-Type": ""}, body: syncBody(), status: 415, code: syncproto.CodeBadEncoding},
		{name: "wrong method", method: "GET", status: 405, code: syncproto.CodeMethod},
		{name: "wrong method with a body", method: "PUT", body: syncBody(), status: 405, code: syncproto.CodeMethod},
		{name: "invented method", method: "BREW", body: syncBody(), status: 405, code: syncproto.CodeMethod},
		{name: "HEAD of a stream", method: "HEAD", path: "/v1/live", status: 405},
		{name: "wrong path", path: "/v1/nothing", body: syncBody(), status: 404, code: syncproto.CodeNotFound},
		{name: "another case", path: "/v1/Sync", body: syncBody(), status: 404, code: syncproto.CodeNotFound},
		{name: "a path upwards", path: "/v1/%2e%2e/%2e%2e/etc/passwd", body: syncBody(), status: 404, code: syncproto.CodeNotFound},
		{name: "live without a token", method: "GET", path: "/v1/live", token: "-", status: 401, code: syncproto.CodeTokenMissing},
		{name: "enroll with nothing", path: "/v1/enroll", token: "-", body: []byte(`{}`), status: 400, code: syncproto.CodeMissingMember},
		{name: "enroll with a typing error", path: "/v1/enroll", token: "-", body: enrollBody("ABCD-EFGH-JKMN"), status: 400, code: syncproto.CodeEnrollTypo},
		{name: "enroll with an unknown code", path: "/v1/enroll", token: "-", body: enrollBody(syncproto.NewEnrollCode()), status: 404, code: syncproto.CodeEnrollUnknown},
		{name: "enroll with 5 KiB", path: "/v1/enroll", token: "-", body: enrollBody(strings.Repeat("A", 5000)), status: 413, code: syncproto.CodeTooLarge},
		{name: "fork without a token", path: "/v1/fork", token: "-", body: []byte(`{}`), status: 401, code: syncproto.CodeTokenMissing},
		{name: "fork into a known device", path: "/v1/fork", body: forkBody(other), status: 409, code: syncproto.CodeRecordExists},
	}
}

func enrollBody(code string) []byte {
	return syncproto.AppendEnrollRequest(nil, &syncproto.EnrollRequest{
		Code: code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22),
	})
}

func forkBody(device syncproto.ID) []byte {
	return syncproto.AppendForkRequest(nil, &syncproto.ForkRequest{Device: device, Nonce: strings.Repeat("n", 22)})
}

func TestBadRequestsGetACodeAndChangeNothing(t *testing.T) {
	w := newWorld(t)
	for _, c := range refusals(w) {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			before := w.trace()
			token := c.token
			switch token {
			case "":
				token = w.token
			case "-":
				token = ""
			}
			method, path := c.method, c.path
			if method == "" {
				method = http.MethodPost
			}
			if path == "" {
				path = "/v1/sync"
			}
			for _, lang := range catalogue.Languages() {
				header := map[string]string{"Accept-Language": string(lang)}
				for k, v := range c.header {
					header[k] = v
				}
				status, body, got := w.do(method, path, token, c.body, header)
				if status != c.status {
					t.Fatalf("got status %d %s, want %d", status, body, c.status)
				}
				if c.code != "" {
					checkProblem(t, body, got, c, lang)
				}
			}
			if after := w.trace(); after != before {
				t.Errorf("the store changed: %q, was %q", after, before)
			}
		})
	}
}

func checkProblem(t *testing.T, body []byte, header http.Header, c refusal, lang catalogue.Language) {
	t.Helper()
	if got := header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("got content type %q", got)
	}
	if got := header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("caches are told %q", got)
	}
	var p httpapi.Problem
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	if p.Code != c.code || p.Status != c.status || p.Kind != syncproto.KindOfCode(c.code) || p.Request == "" {
		t.Errorf("got %+v, want code %s", p, c.code)
	}
	if p.Title != catalogue.Sentence(lang, c.code) {
		t.Errorf("got sentence %q in %s", p.Title, lang)
	}
	if c.status == http.StatusMethodNotAllowed && c.method != "BREW" && header.Get("Allow") == "" {
		t.Error("no Allow header")
	}
	if c.status == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate header")
	}
}

func TestABombIsStoppedAtTheLimit(t *testing.T) {
	w := newWorld(t)
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 400 {
		z.Write(zeros)
	}
	z.Close()
	if bomb.Len() > syncproto.MaxRequestBytes/2 {
		t.Fatalf("the bomb has %d bytes and would be refused unopened", bomb.Len())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	status, body, _ := w.post("/v1/sync", w.token, bomb.Bytes(), map[string]string{"Content-Encoding": "gzip"})
	runtime.ReadMemStats(&after)
	if status != http.StatusRequestEntityTooLarge {
		t.Fatalf("got %d %s", status, body)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 24<<20 {
		t.Errorf("%d MiB were allocated for a bomb of %d KiB", grown>>20, bomb.Len()>>10)
	}
}

func TestFutureDatedAndReplayedMutations(t *testing.T) {
	w := newWorld(t)
	record := syncproto.NewID()
	future := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	body := syncBody(fmt.Sprintf(`{"captured":{"device":%d},"id":"%s","kind":"story","n":1,"record":"%s","set":{"title":"Áo ấm"},"unit":"%s"}`,
		future, syncproto.NewID(), record, w.root.ID))
	first := w.round(body)
	if len(first.Outcomes) != 1 || first.Outcomes[0].Result != syncproto.Applied {
		t.Fatalf("got %+v", first.Outcomes)
	}
	for _, p := range first.Pages {
		for _, change := range p.Changes {
			r, err := syncproto.DecodeRecord(change.Wire)
			if err != nil {
				t.Fatal(err)
			}
			if r.ID == record && r.Captured.Estimate > first.ServerTime {
				t.Errorf("captured at %d, after the arrival at %d", r.Captured.Estimate, first.ServerTime)
			}
		}
	}
	before := w.trace()
	again := w.round(body)
	if len(again.Outcomes) != 1 || again.Outcomes[0] != first.Outcomes[0] {
		t.Errorf("the replay got %+v, the first %+v", again.Outcomes, first.Outcomes)
	}
	if after := w.trace(); after != before {
		t.Errorf("the replay changed the store: %q, was %q", after, before)
	}
}

// round is a sync that must succeed.
func (w *world) round(body []byte) *syncproto.SyncResponse {
	w.t.Helper()
	status, data, _ := w.post("/v1/sync", w.token, body, nil)
	if status != http.StatusOK {
		w.t.Fatalf("got %d %s", status, data)
	}
	resp, err := syncproto.DecodeSyncResponse(data)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

// TestARevokedPhoneHearsThatFirst sends what a server would refuse for its own sake with a token that was good in the
// request before.
func TestARevokedPhoneHearsThatFirst(t *testing.T) {
	for _, body := range [][]byte{syncBody(), []byte("{"), nil} {
		w := newWorld(t)
		if status, answer, _ := w.post("/v1/sync", w.token, syncBody(), nil); status != http.StatusOK {
			t.Fatalf("before: %d %s", status, answer)
		}
		w.gone(w.device)
		for range 2 {
			status, answer, _ := w.post("/v1/sync", w.token, body, nil)
			if status != http.StatusUnauthorized || !bytes.Contains(answer, []byte(syncproto.CodeTokenRevoked)) {
				t.Errorf("%s: %d %s", body, status, answer)
			}
		}
	}
}

// TestARevokedPhoneBringsWhatItHolds: for a while it is heard, given nothing, and let in nowhere else (S-188).
func TestARevokedPhoneBringsWhatItHolds(t *testing.T) {
	w := newWorld(t)
	if err := w.people.RevokeDevice(t.Context(), w.device); err != nil {
		t.Fatal(err)
	}
	record := syncproto.NewID()
	resp := w.round(syncBody(fmt.Sprintf(`{"id":"%s","kind":"story","n":1,"record":"%s","set":{"title":"Áo ấm"},"unit":"%s"}`,
		syncproto.NewID(), record, w.root.ID)))
	if !resp.Ended || resp.Accepted != 1 || len(resp.Pages) != 0 || resp.Cursor != "" {
		t.Errorf("got %+v", resp)
	}
	ask := fmt.Appendf(nil, `{"items":[{"record":"%s","lane":"original"}]}`, record)
	for _, c := range []struct {
		method, path string
		body         []byte
		status       int
	}{
		{"POST", "/v1/media/ask", ask, 200},
		{"GET", "/v1/live", nil, 401},
		{"POST", "/v1/fork", forkBody(syncproto.NewID()), 200},
	} {
		status, answer, _ := w.do(c.method, c.path, w.token, c.body, nil)
		if status != c.status {
			t.Errorf("%s %s: got %d %s, want %d", c.method, c.path, status, answer, c.status)
		}
	}
}
