package mobilesdk_test

import (
	"context"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

func TestCaptureShowsAtOnceAndSyncs(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	id := p.story("Hiến máu", "Sáng nay ở trạm xá")
	item := p.show(id)
	if item.Sending != mobilesdk.SendingWaiting || item.Fields["title"] != syncproto.Text("Hiến máu") || item.State != syncproto.StateDraft {
		t.Fatalf("before sync: %+v", item)
	}
	l.must(p.Command(context.Background(), id, syncproto.CommandSubmit, ""))
	s := p.sync()
	if s.Sent != 2 || s.Applied != 2 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	item = p.show(id)
	if item.Sending != mobilesdk.SendingSent || item.Revision != 2 || item.State != syncproto.StateSubmitted || len(item.History) != 2 {
		t.Fatalf("after sync: %+v", item)
	}
	if st := p.status(); st.Unsent != 0 || !st.CaughtUp || st.LastSync == 0 {
		t.Fatalf("status %+v", st)
	}
}

func TestLostReplyIsHeardAgain(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	id := p.story("a", "b")
	p.link.set(func(k *link) { k.dropReply = 1 })
	_, err := p.Sync(context.Background())
	wantCode(t, err, syncproto.CodeOffline)
	if s := p.sync(); s.Applied != 1 {
		t.Fatalf("summary %+v", s)
	}
	if r := l.server.State().Records[id].Record.Revision; r != 1 {
		t.Fatalf("revision %d, want 1", r)
	}
}

func TestTwoPhonesMergeAndConflict(t *testing.T) {
	l := newLab(t)
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	id := a.story("Tiêu đề", "một hai ba bốn năm")
	a.sync()
	b.sync()
	l.must(a.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("Tên của a")}}))
	l.must(b.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("Tên của b")}}))
	l.must(b.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"body": syncproto.Text("một hai ba bốn năm sáu")}}))
	a.sync()
	s := b.sync()
	if s.Conflicts != 1 || s.Merged != 1 {
		t.Fatalf("summary %+v", s)
	}
	list, err := b.Conflicts(ctx)
	l.must(err)
	if len(list) != 1 || list[0].Lost != syncproto.Text("Tên của b") || list[0].Stays != syncproto.Text("Tên của a") || list[0].Title == "" {
		t.Fatalf("conflicts %+v", list)
	}
	l.must(b.RestoreConflict(ctx, list[0].ID))
	if got := b.show(id).Fields["title"]; got != syncproto.Text("Tên của b") {
		t.Fatalf("restored title shows %s", got)
	}
	b.sync()
	a.sync()
	if got := a.show(id).Fields["title"]; got != syncproto.Text("Tên của b") {
		t.Fatalf("a shows %s", got)
	}
	if list, _ := a.Conflicts(ctx); len(list) != 0 {
		t.Fatalf("conflicts left %+v", list)
	}
}

func TestOverlayFollowsTheServer(t *testing.T) {
	l := newLab(t)
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	id := a.story("Tiêu đề", "thân")
	a.sync()
	b.sync()
	l.must(b.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"place": `{"text":"Huế"}`}, Add: map[string][]syncproto.Value{"tags": {`"máu"`}}}))
	b.sync()
	l.must(a.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("Mới")}}))
	a.link.set(func(k *link) { k.dropReply = 1 })
	_, _ = a.Sync(ctx)
	l.must(a.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("Mới hơn")}}))
	if s := a.sync(); s.Conflicts != 0 {
		t.Fatalf("a phone conflicts with itself: %+v", s)
	}
	f := a.show(id).Fields
	if f["title"] != syncproto.Text("Mới hơn") || f["place"] == "" || !f["tags"].Has(`"máu"`) {
		t.Fatalf("fields %v", f)
	}
}

func TestRejectedGoesToTrayAndRestGoesOn(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Biên", syncproto.RoleEditor)
	id := a.story("a", "b")
	l.must(a.Command(ctx, id, syncproto.CommandSubmit, ""))
	a.sync()
	b.sync()
	l.must(b.Command(ctx, id, syncproto.CommandClaim, ""))
	b.sync()
	l.must(a.Command(ctx, id, syncproto.CommandWithdraw, ""))
	l.must(b.Command(ctx, id, syncproto.CommandApprove, ""))
	a.sync() // withdrawn first
	after := b.story("c", "d")
	s := b.sync()
	if s.Rejected != 1 || s.Applied != 1 {
		t.Fatalf("summary %+v", s)
	}
	tray, err := b.Tray(ctx)
	l.must(err)
	if len(tray) != 1 || tray[0].Code == "" || tray[0].Sentence == "" || tray[0].Act != "approve" {
		t.Fatalf("tray %+v", tray)
	}
	if b.show(after).Sending != mobilesdk.SendingSent || b.show(id).Sending != mobilesdk.SendingRejected {
		t.Fatal("sending states")
	}
	text, err := b.ExportTray(ctx, tray[0].Number)
	l.must(err)
	if _, err := syncproto.DecodeMutation(text); err != nil {
		t.Fatal(err)
	}
	l.must(b.DismissTray(ctx, tray[0].Number))
	if tray, _ := b.Tray(ctx); len(tray) != 0 {
		t.Fatal("tray is not empty")
	}
	wantCode(t, b.DismissTray(ctx, 99), syncproto.CodeNotThere)
}

func TestDeadLinkFreezesNothing(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.story("trước", "b")
	hang := make(chan struct{})
	p.link.set(func(k *link) { k.hang = hang })
	done := make(chan error, 1)
	go func() {
		_, err := p.Sync(context.Background())
		done <- err
	}()
	for { // until the request hangs
		p.link.mu.Lock()
		n := len(p.link.requests)
		p.link.mu.Unlock()
		if n > 1 {
			break
		}
	}
	began := time.Now()
	const captures = 20
	for range captures {
		id := p.story("trong lúc chờ", "b")
		p.show(id)
	}
	took := time.Since(began)
	select {
	case <-done:
		t.Fatal("the sync did not hang")
	default:
	}
	t.Logf("%v a capture with its reading while a sync hangs", took/captures)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Round(ctx); err == nil {
		t.Fatal("a second sync did not wait")
	}
	close(hang)
	l.must(<-done)
	if st := p.status(); st.Unsent != 0 {
		t.Fatalf("unsent %d", st.Unsent)
	}
}

func TestRevokedKeepsEverything(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.story("a", "b")
	p.link.set(func(k *link) { k.status, k.body = 401, `{"code":"token_revoked"}` })
	_, err := p.Sync(context.Background())
	wantCode(t, err, syncproto.CodeTokenRevoked)
	st := p.status()
	if !st.Revoked || st.Unsent != 1 || st.LastError != syncproto.CodeTokenRevoked || st.LastSentence == "" {
		t.Fatalf("status %+v", st)
	}
	p.story("c", "d") // capturing goes on
	if s, err := p.Export(context.Background(), t.TempDir()+"/out.jsonl"); err != nil || s.Count != 2 {
		t.Fatalf("export %+v %v", s, err)
	}
	p.link.set(func(k *link) { k.status = 0 })
	l.must(p.Enroll(context.Background(), "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
	if s := p.sync(); s.Applied != 2 || p.status().Revoked {
		t.Fatalf("after enrolling again: %+v", s)
	}
}

func TestCaptivePortalIsNoRevocation(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	for status, want := range map[int]syncproto.Code{401: "unavailable", 503: "unavailable", 429: "rate_limited", 200: "body_incomplete"} {
		p.link.set(func(k *link) { k.status, k.body = status, "<html>Đăng nhập Wi-Fi</html>" })
		_, err := p.Sync(context.Background())
		wantCode(t, err, want)
	}
	if p.status().Revoked {
		t.Fatal("revoked by a portal")
	}
}

func TestWrongCaptureIsRefusedAtOnce(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	_, err := p.Create(ctx, "story", "", syncproto.Fields{"title": `["x"]`})
	wantCode(t, err, syncproto.CodeInvalidField)
	_, err = p.Create(ctx, syncproto.KindCall, "", syncproto.Fields{"title": `"x"`})
	wantCode(t, err, syncproto.CodeKindReadOnly)
	wantCode(t, p.Delete(ctx, l.id()), syncproto.CodeNotThere)
	id := p.story("a", "b")
	wantCode(t, p.Command(ctx, id, "dance", ""), syncproto.CodeUnknownCommand)
	wantCode(t, p.Edit(ctx, id, mobilesdk.Patch{}), syncproto.CodeInvalidMutation)
	if n := p.status().Unsent; n != 1 {
		t.Fatalf("unsent %d, want 1", n)
	}
}

func TestClockWarning(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	p.clock.skew = 26 * time.Hour
	p.story("a", "b")
	p.clock.boot, p.clock.up = "boot-2", time.Minute // restarted before it had network
	p.story("c", "d")
	p.sync()
	if st := p.status(); !st.ClockWarning || st.ClockOff != (26*time.Hour).Milliseconds() {
		t.Fatalf("status %+v", st)
	}
	p.clock.up += time.Hour
	p.story("e", "f")
	p.clock.boot, p.clock.up = "boot-3", time.Minute
	p.sync()
	r, err := syncproto.DecodeSyncRequest(p.link.requests[len(p.link.requests)-1].Body)
	l.must(err)
	if r.Clock == nil || r.Clock.Boot != "boot-3" || len(r.Clock.Anchors) != 1 || r.Clock.Anchors[0].Boot != "boot-2" {
		t.Fatalf("clock %+v", r.Clock)
	}
	c := syncproto.EstimateCapture(r.Mutations[0].Captured, r.Clock, l.now)
	if c.Device-l.now != (26*time.Hour).Milliseconds() || c.Estimate != l.now {
		t.Fatalf("captured %+v", c)
	}
}

func TestChainOfOwnCommandsHoldsWhileHalfIsAcknowledged(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	editor, author := l.phone("Biên", syncproto.RoleEditor), l.phone("Lan", syncproto.RoleVolunteer)
	id := author.story("x", "y")
	l.must(author.Command(ctx, id, syncproto.CommandSubmit, ""))
	author.sync()
	editor.sync()
	l.must(editor.Command(ctx, id, syncproto.CommandClaim, ""))
	l.must(editor.Edit(ctx, id, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("sửa"), "body": "null"}}))
	started, release := make(chan struct{}), make(chan struct{})
	editor.link.set(func(k *link) { k.before = func() { close(started); <-release } })
	done := make(chan error)
	go func() {
		_, err := editor.Round(ctx)
		done <- err
	}()
	<-started
	l.must(editor.Command(ctx, id, syncproto.CommandApprove, "")) // over the old base, while the rest is under way
	l.must(editor.Command(ctx, id, syncproto.CommandPublish, ""))
	editor.link.set(func(k *link) { k.before = nil })
	close(release)
	l.must(<-done)
	if item := editor.show(id); item.State != syncproto.StatePublished || item.Unsent != 2 {
		t.Fatalf("half sent, it shows %s with %d unsent", item.State, item.Unsent)
	}
	if s := editor.sync(); s.Applied != 2 || l.server.State().Records[id].Record.State != syncproto.StatePublished {
		t.Fatalf("summary %+v", s)
	}
}
