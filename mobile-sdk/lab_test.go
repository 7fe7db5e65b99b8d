package mobilesdk_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/simtest/model"
	"lantoa/syncproto"
)

var seed = flag.Uint64("seed", 1, "seed of the tests' randomness")

// lab is a server with one unit, and as many phones as a test wants.
type lab struct {
	t      testing.TB
	mu     sync.Mutex // the model serves one request at a time
	server *model.Server
	random *rand.ChaCha8
	now    int64
	unit   syncproto.ID
	people map[string]syncproto.ID
}

func newLab(t testing.TB) *lab {
	t.Helper()
	t.Logf("seed %d", *seed)
	var key [32]byte
	key[0] = byte(*seed)
	l := &lab{t: t, random: rand.NewChaCha8(key), now: 1_790_000_000_000, people: map[string]syncproto.ID{}}
	l.server = model.New(model.Config{Now: func() int64 { return l.now }, Random: l.random})
	l.unit = l.id()
	l.server.PutUnit(syncproto.Unit{ID: l.unit, Name: "Xã Hòa Bình", Level: "Xã", From: 1})
	return l
}

func (l *lab) id() syncproto.ID {
	var b [10]byte
	l.random.Read(b[:])
	return syncproto.MakeID(l.now, b)
}

// code invites a device of a person, who is granted the role.
func (l *lab) code(person string, role syncproto.Role) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.people[person]
	if id == "" {
		id = l.id()
		l.people[person] = id
		l.server.PutPerson(id, model.Person{Name: person})
		l.server.PutGrant(syncproto.Grant{ID: l.id(), Person: id, Unit: l.unit, Role: role, From: 1})
	}
	code := syncproto.NewEnrollCode()
	bare, err := syncproto.ParseEnrollCode(code)
	if err != nil {
		l.t.Fatal(err)
	}
	l.server.PutCode(bare, model.Code{Unit: l.unit, Person: id, Role: role})
	return code
}

// fixedClock is a phone's clock that a test sets.
type fixedClock struct {
	l    *lab
	skew time.Duration
	boot string
	up   time.Duration
}

func (c *fixedClock) Wall() time.Time       { return time.UnixMilli(c.l.now).Add(c.skew) }
func (c *fixedClock) Boot() string          { return c.boot }
func (c *fixedClock) Uptime() time.Duration { return c.up }

// link carries requests to the lab's server, as badly as a test asks.
type link struct {
	l         *lab
	mu        sync.Mutex
	down      bool
	dropReply int           // this many answers are lost
	hang      chan struct{} // requests wait for it, or for their end
	status    int           // answer with this and body instead
	body      string
	refuse    string // requests that hold this text are malformed to the server
	before    func() // called before a request is served
	requests  []*mobilesdk.Request
}

var errDown = errors.New("no network")

func (k *link) Do(ctx context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	k.mu.Lock()
	k.requests = append(k.requests, r)
	down, hang, status, before := k.down, k.hang, k.status, k.before
	k.mu.Unlock()
	if before != nil {
		before()
	}
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if down {
		return nil, errDown
	}
	if status != 0 {
		return &mobilesdk.Response{Status: status, Body: []byte(k.body)}, nil
	}
	if k.refuse != "" && strings.Contains(string(r.Body), k.refuse) {
		return &mobilesdk.Response{Status: 400, Body: []byte(`{"code":"malformed_json"}`)}, nil
	}
	k.l.mu.Lock()
	code, answer, ok := k.l.server.Serve(r.Path, r.Token, r.Body)
	k.l.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !ok || k.dropReply > 0 {
		k.dropReply--
		return nil, errDown
	}
	return &mobilesdk.Response{Status: code, Body: answer, Sent: int64(len(r.Body)), Received: int64(len(answer))}, nil
}

func (k *link) Live(ctx context.Context, _ *mobilesdk.Request, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// set changes the link while a phone uses it.
func (k *link) set(change func(*link)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(k)
}

// phone is one engine of the lab.
type phone struct {
	*mobilesdk.Engine
	l     *lab
	link  *link
	clock *fixedClock
	path  string
}

func (l *lab) bare(path, pin string, hooks hook.Hooks) *phone {
	l.t.Helper()
	p := &phone{l: l, link: &link{l: l}, clock: &fixedClock{l: l, boot: "boot-1", up: time.Hour}, path: path}
	e, err := mobilesdk.OpenWithHooks(context.Background(), mobilesdk.Config{
		Path: path, PIN: pin, Clock: p.clock, Random: l.random, Transport: p.link, Language: "en",
	}, hooks)
	if err != nil {
		l.t.Fatal(err)
	}
	p.Engine = e
	l.t.Cleanup(func() { e.Close() })
	return p
}

// phone opens a phone and enrols it.
func (l *lab) phone(person string, role syncproto.Role) *phone {
	l.t.Helper()
	p := l.bare(filepath.Join(l.t.TempDir(), "phone.db"), "", hook.Hooks{})
	l.must(p.Enroll(context.Background(), "http://lab", l.code(person, role)))
	return p
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (p *phone) story(title, body string) syncproto.ID {
	p.l.t.Helper()
	id, err := p.Create(context.Background(), syncproto.KindStory, "", syncproto.Fields{
		"title": syncproto.Text(title), "body": syncproto.Text(body),
	})
	p.l.must(err)
	return id
}

func (p *phone) sync() *mobilesdk.Summary {
	p.l.t.Helper()
	s, err := p.Sync(context.Background())
	p.l.must(err)
	return s
}

func (p *phone) show(id syncproto.ID) *mobilesdk.Item {
	p.l.t.Helper()
	item, err := p.Show(context.Background(), id)
	p.l.must(err)
	return item
}

func (p *phone) status() *mobilesdk.Status {
	p.l.t.Helper()
	s, err := p.Status(context.Background())
	p.l.must(err)
	return s
}

func wantCode(t testing.TB, err error, want syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

// died is thrown out of a hook: what follows in the engine does not happen.
type died struct{}

// live runs a life until its end or its death.
func live(life func()) (finished bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(died); !ok {
				panic(r)
			}
			finished = false
		}
	}()
	life()
	return true
}
