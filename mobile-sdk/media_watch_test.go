package mobilesdk_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// ear is an app's listener.
type ear struct {
	mu     sync.Mutex
	inside bool // a call is running
	twice  bool // two calls ran at once
	synced int
	media  []mobilesdk.MediaItem
	got    chan struct{}
}

func (e *ear) call(note func()) {
	e.mu.Lock()
	e.twice = e.twice || e.inside
	e.inside = true
	e.mu.Unlock()
	defer func() { // also when the app panics: the last thing that is heard must wake the test
		e.mu.Lock()
		e.inside = false
		e.mu.Unlock()
		select {
		case e.got <- struct{}{}:
		default:
		}
	}()
	note()
}

func (e *ear) OnSync([]byte)    { e.call(func() { e.mu.Lock(); e.synced++; e.mu.Unlock() }) }
func (e *ear) OnProblem(string) { e.call(func() {}) }
func (e *ear) OnMedia(item []byte) {
	e.call(func() {
		var m mobilesdk.MediaItem
		_ = json.Unmarshal(item, &m)
		e.mu.Lock()
		e.media = append(e.media, m)
		e.mu.Unlock()
		panic("an app's mistake")
	})
}

func (e *ear) heard(record syncproto.ID, lane syncproto.Lane, state mobilesdk.FileState) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range e.media {
		if m.Record == record && m.Lane == lane && m.State == state {
			return true
		}
	}
	return false
}

// TestWatchingSendsFiles watches as an app does: what is captured goes by itself, record and files, and the listener
// hears of it from one thread, whatever it does with what it hears.
func TestWatchingSendsFiles(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	phone, err := mobilesdk.OpenPhone(t.TempDir())
	l.must(err)
	l.must(phone.CreateProfile("Lan", ""))
	p, err := phone.OpenProfile("Lan", "")
	l.must(err)
	defer p.Close()
	l.must(p.Enroll(d.url, l.code("Lan", syncproto.RoleVolunteer)))
	l.must(p.SetNetwork("wifi"))
	listener := &ear{got: make(chan struct{}, 1)}
	l.must(p.StartWatching(listener))
	id, err := p.AttachFile("", "", []byte(`{"caption":"Ở bến đò"}`), l.picture(900), false, "")
	l.must(err)
	limit := time.After(time.Minute)
	// On a busy machine the record may go before its copies, which then follow the original.
	for _, lane := range syncproto.Lanes() {
		for !listener.heard(syncproto.ID(id), lane, mobilesdk.FileReceived) {
			select {
			case <-listener.got:
			case <-limit:
				listener.mu.Lock()
				defer listener.mu.Unlock()
				t.Fatalf("%s not received; heard %+v", lane, listener.media)
			}
		}
	}
	l.must(p.StopWatching())
	for _, lane := range syncproto.Lanes() {
		if !d.has(syncproto.ID(id), lane) {
			t.Errorf("%s did not arrive", lane)
		}
	}
	listener.mu.Lock()
	if listener.twice {
		t.Error("two calls at once")
	}
	if listener.synced == 0 {
		t.Error("no sync was heard of")
	}
	listener.mu.Unlock()

	l.must(p.SetMediaPolicy([]byte(`{"original":"ask"}`)))
	wantCode(t, p.SetMediaPolicy([]byte(`{"original":"never"}`)), syncproto.CodeUsage)
	wantCode(t, p.SetNetwork("wired"), syncproto.CodeUsage)
	wantCode(t, p.RetryMedia("x"), syncproto.CodeNotThere)
	for _, call := range []func() error{
		func() error { return p.PauseMedia("") }, func() error { return p.ResumeMedia("") }, func() error { return p.SendAnyway(id, "") },
		func() error { return second(p.MediaMeter(7)) }, func() error { return second(p.Media(0, 10)) },
		func() error { return second(p.FreeSpace(true)) }, func() error { return second(p.SyncMedia(5000)) },
		func() error { return second(p.FetchMedia(id, "thumbnail", 1000)) },
	} {
		l.must(call())
	}
	var none *mobilesdk.Profile
	if _, err := none.Media(0, 0); syncproto.CodeOf(err) != syncproto.CodeUsage {
		t.Errorf("a profile that is none: %v", err)
	}
}

// TestAClosedContextTakesNothingIn ends a capture before it began.
func TestAClosedContextTakesNothingIn(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := p.AttachFile(ctx, "", nil, mobilesdk.File{Path: l.picture(300)})
	wantCode(t, err, syncproto.CodeTimeout)
	if left, _ := filepath.Glob(p.path + ".media/*"); len(left) != 0 || p.status().Unsent != 0 {
		t.Fatalf("left %v", left)
	}
}

// TestCopiesThatTakeTooLongHoldUpNothing has a photo of which the copies are not ready when the phone syncs. What was
// captured before it goes at once, the photo and what comes behind it after the bound, and the copies as an edit.
func TestCopiesThatTakeTooLongHoldUpNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the bound of 15 s")
	}
	t.Parallel()
	l := newLab(t)
	d := newDepot(t, l)
	gate := make(chan struct{})
	hooks := hook.Hooks{Crash: func(point string) {
		if point == "drawing" {
			<-gate
		}
	}}
	p := d.phoneAt(filepath.Join(t.TempDir(), "phone.db"), "Lan", syncproto.RoleVolunteer, "", hooks)
	before := p.story("trước", "x")
	photo := p.attach(before, mobilesdk.File{Path: l.picture(300)})
	after := p.story("sau", "x")
	has := func(id syncproto.ID) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.server.State().Records[id] != nil
	}
	s, err := p.Round(context.Background())
	l.must(err)
	if !has(before) || has(photo) || s.Sent != 1 {
		t.Fatalf("the first round sent %d", s.Sent)
	}
	p.sync()
	if !has(photo) || !has(after) {
		t.Fatal("the photo holds up what is behind it")
	}
	close(gate)
	limit := time.After(10 * time.Second)
	for p.status().Unsent == 0 {
		select {
		case <-p.Captured():
		case <-limit:
			t.Fatal("no edit names the copies")
		}
	}
	p.sync()
	p.carry()
	for _, lane := range syncproto.Lanes() {
		if !d.has(photo, lane) {
			t.Errorf("%s did not arrive", lane)
		}
	}
}
