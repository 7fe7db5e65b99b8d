package mobilesdk_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// bell is the part of a server that keeps registrations and facts, before a lab's link.
type bell struct {
	mobilesdk.Transport
	l *lab

	mu       sync.Mutex
	rings    map[syncproto.ID]*syncproto.RegistrationRequest // by device
	facts    map[string]string
	log      []string       // "PUT", "DELETE" in the order in which they came
	status   int            // answers with it and code instead, if set
	code     syncproto.Code //
	deaf     bool           // requests do not arrive
	lose     int            // answers of what was done that are lost
	during   func()         // called while a request is on its way
	bodies   []string
	attempts int
	ended    string // why nobody is rung any more
}

func (b *bell) set(change func(*bell)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

func (b *bell) requests() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.log, " ")
}

func (b *bell) Do(ctx context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	if !strings.HasPrefix(r.Path, "/v1/push") && !strings.HasPrefix(r.Path, "/v1/me/") {
		return b.Transport.Do(ctx, r)
	}
	b.mu.Lock()
	during := b.during
	b.mu.Unlock()
	if during != nil {
		during()
	}
	b.l.mu.Lock()
	device := b.l.server.State().Tokens[r.Token]
	b.l.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attempts++
	if b.deaf {
		return nil, errDown
	}
	if b.status != 0 {
		body, _ := json.Marshal(map[string]any{"code": b.code})
		return &mobilesdk.Response{Status: b.status, Body: body}, nil
	}
	if device == "" {
		return &mobilesdk.Response{Status: 401, Body: []byte(`{"code":"token_unknown"}`)}, nil
	}
	answer := b.serve(device, r)
	if b.lose > 0 {
		b.lose--
		return nil, errDown
	}
	return answer, nil
}

func (b *bell) serve(device syncproto.ID, r *mobilesdk.Request) *mobilesdk.Response {
	if r.Method == http.MethodGet && r.Path == "/v1/push" {
		info := &syncproto.PushInfo{Services: []string{"fcm"}, VAPIDKey: "key", Registered: b.rings[device] != nil, Code: b.ended}
		return &mobilesdk.Response{Status: 200, Body: syncproto.AppendPushInfo(nil, info)}
	}
	b.log = append(b.log, r.Method)
	b.bodies = append(b.bodies, string(r.Body))
	if strings.HasPrefix(r.Path, "/v1/me/") {
		return b.serveFacts(r)
	}
	if r.Method == http.MethodDelete {
		delete(b.rings, device)
		return &mobilesdk.Response{Status: 204}
	}
	ask, err := syncproto.DecodeRegistrationRequest(r.Body)
	if err != nil {
		return &mobilesdk.Response{Status: 400, Body: []byte(`{"code":"push_target_invalid"}`)}
	}
	for other, ring := range b.rings {
		if ring.Address == ask.Address {
			delete(b.rings, other)
		}
	}
	b.rings[device] = ask
	return &mobilesdk.Response{Status: 204}
}

func (b *bell) serveFacts(r *mobilesdk.Request) *mobilesdk.Response {
	name := strings.TrimPrefix(strings.TrimPrefix(r.Path, "/v1/me/facts"), "/")
	switch r.Method {
	case http.MethodPut:
		var in struct {
			Value   string
			Consent bool
		}
		if json.Unmarshal(r.Body, &in) != nil || !in.Consent {
			return &mobilesdk.Response{Status: 409, Body: []byte(`{"code":"fact_consent"}`)}
		}
		b.facts[name] = in.Value
	case http.MethodDelete:
		if delete(b.facts, name); name == "" {
			clear(b.facts)
		}
	default:
		list := []mobilesdk.Fact{}
		for name, value := range b.facts {
			list = append(list, mobilesdk.Fact{Name: name, Value: value, How: "app", Agreed: 1})
		}
		body, _ := json.Marshal(map[string]any{"facts": list})
		return &mobilesdk.Response{Status: 200, Body: body}
	}
	return &mobilesdk.Response{Status: 204}
}

// ringing returns where the server rings somebody's devices.
func (b *bell) ringing() map[syncproto.ID]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[syncproto.ID]string{}
	for device, r := range b.rings {
		out[device] = r.Address
	}
	return out
}

// belled is a lab with a bell, and a phone of it.
func belled(t *testing.T) (*lab, *bell) {
	l := newLab(t)
	return l, &bell{Transport: &link{l: l}, l: l, rings: map[syncproto.ID]*syncproto.RegistrationRequest{}, facts: map[string]string{}}
}

func (b *bell) open(path, pin string, hooks hook.Hooks) *phone {
	b.l.t.Helper()
	p := &phone{l: b.l, clock: &fixedClock{l: b.l, boot: "boot-1", up: time.Hour}, path: path}
	e, err := mobilesdk.OpenWithHooks(context.Background(), mobilesdk.Config{
		Path: path, PIN: pin, Clock: p.clock, Random: b.l.random, Transport: b, Language: "en", App: "test 1",
	}, hooks)
	b.l.must(err)
	p.Engine = e
	b.l.t.Cleanup(func() { e.Close() })
	return p
}

func (b *bell) phone(person string) *phone {
	b.l.t.Helper()
	p := b.open(filepath.Join(b.l.t.TempDir(), "phone.db"), "", hook.Hooks{})
	b.l.must(p.Enroll(context.Background(), "http://lab", b.l.code(person, syncproto.RoleVolunteer)))
	return p
}

func target(n string) *syncproto.RegistrationRequest {
	return &syncproto.RegistrationRequest{
		Service: "fcm", Kind: "token", Platform: "android", Address: "secret-token-of-20-chars-and-more-" + n,
	}
}

func (p *phone) push() *mobilesdk.PushView {
	p.l.t.Helper()
	v, err := p.Push(context.Background())
	p.l.must(err)
	return v
}

func TestTheServerIsToldWhereAPhoneIsRung(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	l.must(p.SetPush(ctx, target("1")))
	if v := p.push(); v.Service != "fcm" || v.Told != 0 {
		t.Fatalf("before a network %+v", v)
	}
	b.set(func(b *bell) { b.deaf = true })
	p.sync() // a sync does not fail over it
	b.set(func(b *bell) { b.deaf, b.lose = false, 1 })
	p.sync()
	if v := p.push(); v.Told != 0 || v.Code != "" {
		t.Fatalf("the answer was lost: %+v", v)
	}
	p.sync()
	p.sync()
	if got, v := b.requests(), p.push(); got != "PUT PUT" || v.Told != l.now {
		t.Fatalf("asked %q, %+v", got, v)
	}
	l.must(p.SetPush(ctx, target("1"))) // at every start
	p.sync()
	l.now += 29 * 24 * hourMillis
	p.sync()
	if got := b.requests(); got != "PUT PUT" {
		t.Fatalf("what is known is told again: %q", got)
	}
	l.now += 2 * 24 * hourMillis
	p.sync()
	p.sync()
	if got := b.requests(); got != "PUT PUT PUT" {
		t.Fatalf("once a month: %q", got)
	}
	l.must(p.SetPush(ctx, target("2")))
	p.sync()
	if got := b.ringing(); len(got) != 1 || got[p.status().Device] != target("2").Address {
		t.Fatalf("rung at %v", got)
	}
	for _, body := range b.bodies {
		r, err := syncproto.DecodeRegistrationRequest([]byte(body))
		if l.must(err); r.App != "test 1" || r.Language != "en" {
			t.Fatalf("told %+v", r)
		}
	}
	l.must(p.Close())
	q := b.open(p.path, "", hook.Hooks{})
	q.sync()
	if got := b.requests(); got != "PUT PUT PUT PUT" || q.push().Told == 0 {
		t.Fatalf("after a restart %q, %+v", got, q.push())
	}
}

func TestARefusedRegistration(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	wantCode(t, p.SetPush(ctx, &syncproto.RegistrationRequest{Service: "fcm", Kind: "endpoint", Platform: "android", Address: "x"}), syncproto.CodeTargetInvalid)
	wantCode(t, p.SetPush(ctx, &syncproto.RegistrationRequest{}), syncproto.CodeMissingMember)
	if v := p.push(); v.Service != "" {
		t.Fatalf("kept %+v", v)
	}
	l.must(p.SetPush(ctx, target("1")))
	b.set(func(b *bell) { b.status, b.code = 409, syncproto.CodePushOff })
	p.sync()
	p.sync()
	if v := p.push(); v.Code != syncproto.CodePushOff || v.Sentence == "" || b.attempts != 1 {
		t.Fatalf("after %d attempts %+v", b.attempts, v)
	}
	b.set(func(b *bell) { b.status = 0 })
	l.now += 25 * hourMillis
	p.sync()
	if v := p.push(); v.Code != "" || v.Told == 0 {
		t.Fatalf("a day later %+v", v)
	}
	for _, passing := range []struct {
		status int
		code   syncproto.Code
	}{{503, syncproto.CodeUnavailable}, {429, syncproto.CodeRateLimited}, {404, syncproto.CodeNotFound}, {401, syncproto.CodeTokenUnknown}, {500, syncproto.CodeInternal}} {
		l.must(p.SetPush(ctx, target(string(passing.code))))
		b.set(func(b *bell) { b.status, b.code = passing.status, passing.code })
		p.sync()
		b.set(func(b *bell) { b.status = 0 })
		p.sync()
		if v := p.push(); v.Told == 0 {
			t.Errorf("after %s it is not told: %+v", passing.code, v)
		}
	}
}

func TestClearedRegistration(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	l.must(p.ClearPush(ctx)) // nothing to clear
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	b.set(func(b *bell) { b.deaf = true })
	l.must(p.ClearPush(ctx))
	p.sync()
	if v := p.push(); v.Service != "" || len(b.ringing()) != 1 {
		t.Fatalf("without a network %+v", v)
	}
	b.set(func(b *bell) { b.deaf = false })
	p.sync()
	p.sync()
	if got := b.requests(); got != "PUT DELETE" || len(b.ringing()) != 0 {
		t.Fatalf("asked %q", got)
	}
	// Cleared and set again before any contact: it is set.
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	l.must(p.ClearPush(ctx))
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	if got := b.ringing(); len(got) != 1 || p.push().Told == 0 {
		t.Fatalf("rung at %v", got)
	}
	// The app says something else while the server is being told.
	l.must(p.SetPush(ctx, target("2")))
	b.set(func(b *bell) {
		b.during = func() {
			b.set(func(b *bell) { b.during = nil })
			l.must(p.SetPush(ctx, target("3")))
		}
	})
	p.sync()
	if v := p.push(); v.Told != 0 {
		t.Fatalf("what nobody was told counts as told: %+v", v)
	}
	p.sync()
	if got := b.ringing(); got[p.status().Device] != target("3").Address {
		t.Fatalf("rung at %v", got)
	}
}

func TestRegistrationEndsWithTheAccess(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	early := b.open(filepath.Join(t.TempDir(), "early.db"), "", hook.Hooks{})
	l.must(early.SetPush(ctx, target("early"))) // before the enrollment
	l.must(early.Enroll(ctx, "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
	early.sync()
	if early.push().Told == 0 {
		t.Fatal("said before the enrollment, told after it")
	}
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	p.end(true)
	asked := b.requests()
	p.story("còn lại", "x")
	if s := p.sync(); !s.Removed {
		t.Fatalf("summary %+v", s)
	}
	if v := p.push(); v.Service != "" || b.requests() != asked {
		t.Fatalf("an emptied profile: %+v, asked %q", v, b.requests())
	}
	r, err := p.Ring(ctx, "n1", "call", "")
	if l.must(err); !r.Fresh {
		t.Fatal("whoever comes next has seen nothing")
	}
	// A server that was put back is told again.
	backup := l.server.Backup()
	l.server.Restore(backup, true)
	told := strings.Count(b.requests(), "PUT")
	early.sync()
	early.sync()
	if n := strings.Count(b.requests(), "PUT"); n != told+1 {
		t.Fatalf("told %d times, then %d", told, n)
	}
}

// shared is a phone with a profile each for two people.
func (b *bell) shared(t *testing.T, profiles ...string) (dir string, d *mobilesdk.Directory) {
	t.Helper()
	dir = t.TempDir()
	d, err := mobilesdk.OpenDirectoryWith(dir, mobilesdk.Config{
		Transport: b, Clock: &fixedClock{l: b.l, boot: "boot-1", up: time.Hour}, Random: b.l.random, App: "test 1", Language: "en",
	})
	b.l.must(err)
	for _, name := range profiles {
		b.l.must(d.Create(context.Background(), name, ""))
	}
	return dir, d
}

// in opens a profile, acts and closes it.
func (b *bell) in(d *mobilesdk.Directory, profile, pin string, act func(*phone)) {
	b.l.t.Helper()
	e, err := d.Open(context.Background(), profile, pin)
	b.l.must(err)
	defer e.Close()
	act(&phone{Engine: e, l: b.l})
}

func TestTwoProfilesOfOnePhone(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	dir, d := b.shared(t, "Lan", "Minh")
	devices := map[string]syncproto.ID{}
	start := func(name string) {
		t.Helper()
		b.in(d, name, "", func(p *phone) {
			if devices[name] == "" {
				l.must(p.Enroll(ctx, "http://lab", l.code(name, syncproto.RoleVolunteer)))
				devices[name] = p.status().Device
			}
			l.must(p.SetPush(ctx, target("of the app")))
			p.sync()
		})
	}
	rung := func(name string) {
		t.Helper()
		if got := b.ringing(); len(got) != 1 || got[devices[name]] == "" {
			t.Fatalf("rung are %v, not %s", got, devices[name])
		}
	}
	start("Lan")
	rung("Lan")
	start("Minh")
	rung("Minh")
	asked := b.requests()
	l.now += 40 * 24 * hourMillis
	b.in(d, "Lan", "", func(p *phone) { // a sync alone takes nothing away, a month later neither
		p.sync()
		if v := p.push(); !v.Elsewhere || v.Service != "fcm" {
			t.Fatalf("Lan sees %+v", v)
		}
	})
	if got := b.requests(); got != asked {
		t.Fatalf("asked %q", got)
	}
	start("Lan")
	rung("Lan")
	start("Lan")
	if got := strings.Count(b.requests(), "PUT"); got != 3 {
		t.Fatalf("told %d times", got)
	}
	l.must(d.Remove(ctx, "Minh", true)) // it was not rung any more
	rung("Lan")
	l.must(d.Remove(ctx, "Lan", true))
	if got := b.ringing(); len(got) != 0 {
		t.Fatalf("a removed profile is rung at %v", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "profiles", "*"))
	l.must(err)
	for _, path := range files {
		if text, err := os.ReadFile(path); err == nil && (strings.Contains(string(text), "secret") || strings.Contains(string(text), "Lan")) {
			t.Fatalf("%s holds %s", path, text)
		}
	}
}

func TestAProfileIsRemovedWithoutANetwork(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	_, d := b.shared(t, "Lan")
	l.must(d.Create(ctx, "Hoa", "2468"))
	for name, pin := range map[string]string{"Lan": "", "Hoa": "2468"} {
		b.in(d, name, pin, func(p *phone) {
			l.must(p.Enroll(ctx, "http://lab", l.code(name, syncproto.RoleVolunteer)))
			l.must(p.SetPush(ctx, target(name)))
			p.sync()
		})
	}
	b.set(func(b *bell) { b.deaf = true })
	l.must(d.Remove(ctx, "Lan", false))
	b.set(func(b *bell) { b.deaf = false })
	attempts := b.attempts
	l.must(d.Remove(ctx, "Hoa", false)) // nobody opens it without its PIN
	if b.attempts != attempts {
		t.Fatal("a sealed profile was opened")
	}
	if list, err := d.List(ctx); err != nil || len(list) != 0 {
		t.Fatalf("left are %+v, %v", list, err)
	}
}

// TestTheAddressIsSealed: a profile with a PIN keeps it to itself.
func TestTheAddressIsSealed(t *testing.T) {
	l, b := belled(t)
	path := filepath.Join(t.TempDir(), "phone.db")
	p := b.open(path, "2468", hook.Hooks{})
	l.must(p.SetPush(context.Background(), target("sealed")))
	l.must(p.Close())
	files, err := filepath.Glob(path + "*")
	l.must(err)
	for _, name := range files {
		if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "secret-token") {
			t.Fatalf("%s holds it, %v", name, err)
		}
	}
}

// TestACopiedPhoneIsNotRungForTheOther: of two copies of a store one gets a device of its own, and takes no address along.
func TestACopiedPhoneIsNotRungForTheOther(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	l.must(p.Close())
	data, err := os.ReadFile(p.path)
	l.must(err)
	copied := filepath.Join(t.TempDir(), "phone.db")
	l.must(os.WriteFile(copied, data, 0o600))
	p = b.open(p.path, "", hook.Hooks{})
	q := b.open(copied, "", hook.Hooks{})
	p.story("một", "x")
	q.story("hai", "x")
	p.sync()
	if s := q.sync(); !s.Forked {
		t.Fatalf("summary %+v", s)
	}
	if got := b.ringing(); len(got) != 1 || got[p.status().Device] == "" {
		t.Fatalf("rung are %v", got)
	}
}

func TestWhatTheServerSaysOfPushes(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	info := func(registered bool) {
		t.Helper()
		i, err := p.PushInfo(ctx)
		if l.must(err); len(i.Services) != 1 || i.VAPIDKey != "key" || i.Registered != registered {
			t.Fatalf("info %+v", i)
		}
	}
	info(false)
	l.must(p.SetPush(ctx, target("1")))
	p.sync()
	info(true)
	b.set(func(b *bell) { clear(b.rings) }) // the server lost it
	info(false)
	p.sync()
	info(true)
	b.set(func(b *bell) { clear(b.rings); b.ended = "unregistered" })
	info(false)
	p.sync()
	if v := p.push(); v.Code != syncproto.CodeTargetInvalid || v.Sentence == "" || len(b.ringing()) != 0 {
		t.Fatalf("a dead address is told again: %+v", v)
	}
	l.must(p.SetPush(ctx, target("2")))
	p.sync()
	info(true)
	b.set(func(b *bell) { b.deaf = true })
	_, err := p.PushInfo(ctx)
	wantCode(t, err, syncproto.CodeNeedsNetwork)
}

func TestRing(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	call := l.call(nil, "Lan")
	ring := func(identity, kind string, record syncproto.ID) *mobilesdk.Ringing {
		t.Helper()
		r, err := p.Ring(ctx, identity, kind, record)
		l.must(err)
		return r
	}
	r := ring("n-1", "call", call)
	if !r.Fresh || r.Here || r.Record != call || r.Title != "A new call" || r.Text == "" {
		t.Fatalf("before the sync %+v", r)
	}
	p.sync()
	if r = ring("n-1", "call", call); r.Fresh || !r.Here {
		t.Fatalf("a second way %+v", r)
	}
	if !p.view(call).Shown || p.view(call).Opened {
		t.Fatal("a ring shows a call and opens none")
	}
	l.must(p.Close())
	p = b.open(p.path, "", hook.Hooks{})
	if ring("n-1", "call", call).Fresh || !ring("n-2", "call", call).Fresh {
		t.Fatal("a restart forgets or invents")
	}
	for i, strange := range []string{"flood", "", "../call", "call_text", strings.Repeat("x", 100)} {
		if r = ring("s-"+string(rune('a'+i)), strange, call); r.Title != "Your inbox" || r.Record != "" || !r.Fresh {
			t.Errorf("%q: %+v", strange, r)
		}
	}
	story := p.story("a", "b")
	if r = ring("n-3", "needs_changes", story); !r.Here || r.Record != story {
		t.Fatalf("a story %+v", r)
	}
	if r = ring("n-4", "digest", "not an id"); r.Record != "" {
		t.Fatalf("a record that is none %+v", r)
	}
	for _, n := range []string{"", strings.Repeat("n", 65)} {
		_, err := p.Ring(ctx, n, "call", "")
		wantCode(t, err, syncproto.CodeUsage)
	}
	for i := range 600 {
		ring("many-"+string(rune('a'+i%26))+strings.Repeat("z", i/26), "call", "")
	}
	if !ring("n-1", "call", "").Fresh || ring("n-1", "call", "").Fresh {
		t.Fatal("five hundred are remembered, and no more")
	}
}

// TestAPhoneThatCannotWriteIsRungAllTheSame: another process has the store, as a full disk would.
func TestAPhoneThatCannotWriteIsRungAllTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the store for five seconds")
	}
	_, b := belled(t)
	p := b.phone("Lan")
	other, err := sql.Open("sqlite", p.path)
	b.l.must(err)
	defer other.Close()
	conn, err := other.Conn(t.Context())
	b.l.must(err)
	defer conn.Close()
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	b.l.must(err)
	r, err := p.Ring(t.Context(), "n-1", "urgent", b.l.id())
	if b.l.must(err); !r.Fresh || r.Record == "" || r.Title != "Urgent call for help" {
		t.Fatalf("got %+v", r)
	}
}

func TestFactsAreNeverKept(t *testing.T) {
	l, b := belled(t)
	ctx := context.Background()
	p := b.phone("Lan")
	_, err := b.open(filepath.Join(t.TempDir(), "x.db"), "", hook.Hooks{}).MyFacts(ctx)
	wantCode(t, err, syncproto.CodeNotEnrolled)
	wantCode(t, p.TellFact(ctx, "blood_group", "AB-", false), syncproto.CodeFactConsent)
	if b.attempts != 0 {
		t.Fatal("what nobody agreed to left the phone")
	}
	wantCode(t, p.TellFact(ctx, "", "AB-", true), syncproto.CodeFactUnknown)
	l.must(p.TellFact(ctx, "blood_group", "AB-", true))
	l.must(p.TellFact(ctx, "last_whole_blood", "never", true))
	list, err := p.MyFacts(ctx)
	if l.must(err); len(list) != 2 {
		t.Fatalf("facts %+v", list)
	}
	l.must(p.ForgetFact(ctx, "last_whole_blood"))
	b.set(func(b *bell) { b.deaf = true })
	_, err = p.MyFacts(ctx)
	wantCode(t, err, syncproto.CodeNeedsNetwork)
	wantCode(t, p.TellFact(ctx, "blood_group", "O+", true), syncproto.CodeNeedsNetwork)
	wantCode(t, p.ForgetFact(ctx, ""), syncproto.CodeNeedsNetwork)
	b.set(func(b *bell) { b.deaf = false })
	p.sync()
	if b.facts["blood_group"] != "AB-" || p.status().Unsent != 0 {
		t.Fatalf("something was done later: %v", b.facts)
	}
	l.must(p.ForgetFact(ctx, ""))
	if list, err = p.MyFacts(ctx); err != nil || len(list) != 0 || list == nil {
		t.Fatalf("facts %+v, %v", list, err)
	}
	l.must(p.Close())
	files, err := filepath.Glob(p.path + "*")
	l.must(err)
	for _, name := range files {
		if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "AB-") || strings.Contains(string(text), "blood_group") {
			t.Fatalf("%s holds it, %v", name, err)
		}
	}
}

func TestPreferences(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	early := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
	wantCode(t, early.AllowPhone(ctx, true), syncproto.CodeNotEnrolled)
	wantCode(t, early.Mute(ctx, syncproto.CallInformation, true), syncproto.CodeNotEnrolled)
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	wants := func(p *phone, muted string, phone bool, language string) {
		t.Helper()
		got, err := p.Preferences(ctx)
		l.must(err)
		var kinds []string
		for _, k := range got.Muted {
			kinds = append(kinds, string(k))
		}
		if strings.Join(kinds, " ") != muted || got.MayPhone != phone || got.Language != language {
			t.Fatalf("preferences %+v", got)
		}
	}
	wants(a, "", false, "")
	l.must(a.Mute(ctx, syncproto.CallInformation, false)) // was not muted
	if n := a.status().Unsent; n != 0 {
		t.Fatalf("%d wait", n)
	}
	l.must(a.Mute(ctx, syncproto.CallInformation, true))
	l.must(b.Mute(ctx, syncproto.CallResult, true)) // neither knows of the other
	l.must(b.AllowPhone(ctx, true))
	l.must(a.PreferLanguage(ctx, "en"))
	wants(a, "information", false, "en")
	a.sync()
	b.sync()
	a.sync()
	wants(a, "information result", true, "en")
	wants(b, "information result", true, "en")
	l.must(a.Mute(ctx, syncproto.CallResult, false))
	l.must(a.AllowPhone(ctx, false))
	a.sync()
	b.sync()
	wants(b, "information", false, "en")
	wantCode(t, a.Mute(ctx, "flood", true), syncproto.CodeUsage)
	wantCode(t, a.PreferLanguage(ctx, "fr"), syncproto.CodeUsage)
	if st := a.status(); st.Conflicts+st.Rejected != 0 {
		t.Fatalf("status %+v", st)
	}
	l.oneOfEach()
}
