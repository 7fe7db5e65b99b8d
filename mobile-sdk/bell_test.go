package mobilesdk_test

import (
	"context"
	"encoding/json"
	"net/http"
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
