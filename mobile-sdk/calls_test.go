package mobilesdk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

const hourMillis = 60 * 60 * 1000

// call sends a call to people and returns its id. Fields replace or add to those of an ordinary one; null leaves one out.
func (l *lab) call(fields syncproto.Fields, to ...string) syncproto.ID {
	l.t.Helper()
	r := &syncproto.Record{
		ID: l.id(), Kind: syncproto.KindCall, Unit: l.unit, State: syncproto.StateOpen, Revision: 1, Received: l.now, Changed: l.now,
		Fields: syncproto.Fields{
			"kind": syncproto.Text("call"), "title": syncproto.Text("Hiến máu Tết"), "body": syncproto.Text("Cần máu nhóm O."),
			"starts": syncproto.Int(l.now + 48*hourMillis), "ends": syncproto.Int(l.now + 52*hourMillis), "deadline": syncproto.Int(l.now + 24*hourMillis),
			"choices": syncproto.Value(`[{"name":"yes","takes":true},{"name":"no"},{"en":"Later","name":"later","vi":"Để sau"}]`),
		},
	}
	for name, value := range fields {
		if r.Fields[name] = value; value.IsNull() {
			delete(r.Fields, name)
		}
	}
	l.send(r, to...)
	return r.ID
}

// send writes a revision of a call, to people who have joined.
func (l *lab) send(r *syncproto.Record, to ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make([]syncproto.ID, len(to))
	for i, name := range to {
		if ids[i] = l.people[name]; ids[i] == "" {
			l.t.Fatalf("%s has not joined", name)
		}
	}
	l.server.Call(r, ids...)
}

// turn writes the next revision of a call.
func (l *lab) turn(call syncproto.ID, change func(*syncproto.Record)) {
	next := l.record(call).Clone()
	next.Revision++
	next.Changed = l.now
	change(next)
	l.send(next)
}

// record is a record as the server has it.
func (l *lab) record(id syncproto.ID) *syncproto.Record {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.server.State().Records[id]
	if e == nil {
		l.t.Fatalf("the server has no record %s", id)
	}
	return e.Record
}

func (p *phone) person() syncproto.ID { return p.status().Person }

func (p *phone) inbox() *mobilesdk.Inbox {
	p.l.t.Helper()
	inbox, err := p.Inbox(context.Background(), 0, "")
	p.l.must(err)
	return inbox
}

func (p *phone) view(call syncproto.ID) *mobilesdk.CallView {
	p.l.t.Helper()
	v, err := p.Call(context.Background(), call)
	p.l.must(err)
	return v
}

func (p *phone) says(call syncproto.ID, choice string) {
	p.l.t.Helper()
	p.l.must(p.Answer(context.Background(), call, mobilesdk.CallAnswer{Choice: choice}))
}

func TestInboxOfTwoDevices(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	other := l.phone("Minh", syncproto.RoleVolunteer)
	first := l.call(nil, "Lan")
	l.now += 1000
	second := l.call(syncproto.Fields{"title": syncproto.Text("Dọn bãi biển"), "kind": syncproto.Text("urgent")}, "Lan", "Minh")
	a.sync()
	b.sync()
	other.sync()
	in := a.inbox()
	if len(in.Calls) != 2 || in.Calls[0].ID != second || in.Unread != 2 || in.Calls[0].Kind != syncproto.CallUrgent {
		t.Fatalf("inbox %+v", in)
	}
	if got := other.inbox(); len(got.Calls) != 1 {
		t.Fatalf("somebody else sees %+v", got)
	}
	l.must(a.Opened(ctx, first))
	l.must(a.Opened(ctx, first))
	l.must(a.Shown(ctx, second))
	if in = a.inbox(); in.Unread != 1 || !in.Calls[1].Opened || !in.Calls[0].Shown || in.Calls[0].Opened {
		t.Fatalf("after opening %+v", in)
	}
	if n := a.status().Unsent; n != 2 {
		t.Fatalf("%d wait: what was noted before is noted again", n)
	}
	a.sync()
	b.sync()
	if in = b.inbox(); in.Unread != 1 || !in.Calls[1].Opened || !in.Calls[0].Shown {
		t.Fatalf("on the other phone %+v", in)
	}
	l.must(b.Opened(ctx, first))
	if n := b.status().Unsent; n != 0 {
		t.Fatalf("the other phone says again what is known: %d wait", n)
	}
	wantCode(t, a.Opened(ctx, l.id()), syncproto.CodeNotThere)
	part, err := a.Inbox(ctx, 1, "")
	l.must(err)
	rest, err := a.Inbox(ctx, 1, part.Next)
	l.must(err)
	if len(part.Calls) != 1 || len(rest.Calls) != 1 || rest.Calls[0].ID != first {
		t.Fatalf("parts %+v, %+v", part, rest)
	}
}

func TestNoCallIsHidden(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	call := l.call(nil, "Lan")
	none := l.call(syncproto.Fields{"starts": syncproto.Null, "ends": syncproto.Null, "deadline": syncproto.Null}, "Lan")
	asks := l.call(syncproto.Fields{"ends": syncproto.Null}, "Lan")
	p.sync()
	status := func(id syncproto.ID) mobilesdk.CallStatus { t.Helper(); return p.view(id).Status }
	if status(call) != mobilesdk.CallOpen || status(none) != mobilesdk.CallOpen || status(asks) != mobilesdk.CallOpen {
		t.Fatalf("inbox %+v", p.inbox())
	}
	l.now += 24 * hourMillis // without any network
	if status(call) != mobilesdk.CallOpen || status(asks) != mobilesdk.CallEnded {
		t.Fatalf("after the deadline %+v", p.inbox())
	}
	p.clock.skew = -30 * 24 * time.Hour // somebody sets the clock back: the phone believes it until it hears of the server
	if status(asks) != mobilesdk.CallOpen {
		t.Fatal("the phone's clock counts")
	}
	p.sync()
	if status(asks) != mobilesdk.CallEnded {
		t.Fatal("the server's time counts")
	}
	l.now += 365 * 24 * hourMillis
	if status(call) != mobilesdk.CallEnded || status(none) != mobilesdk.CallOpen {
		t.Fatalf("a year later %+v", p.inbox())
	}
	l.turn(none, func(r *syncproto.Record) { r.State = syncproto.StateClosed })
	l.turn(call, func(r *syncproto.Record) { r.State = syncproto.StateCancelled })
	p.sync()
	if in := p.inbox(); len(in.Calls) != 3 || status(none) != mobilesdk.CallClosed || status(call) != mobilesdk.CallCancelled || in.Unread != 0 {
		t.Fatalf("inbox %+v", in)
	}
}

// TestMalformedCallsAreShownInPart: what a newer server may write, or a broken one.
func TestMalformedCallsAreShownInPart(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	for _, broken := range []syncproto.Fields{
		{"title": "7", "body": "[]", "kind": syncproto.Text("flood"), "starts": syncproto.Text("mai"), "ends": "{}", "deadline": "true"},
		{"choices": `"yes"`, "place": syncproto.Text("Rạch Giá"), "attachments": "{}", "capacity": syncproto.Text("nhiều"), "check_in": "1"},
		{"choices": `[7,{"name":"yes","takes":"ja"},{"name":3},null,{"vi":"Không tên"}]`, "attachments": `["x",7]`, "units": "0"},
		{"title": syncproto.Null, "body": syncproto.Null, "kind": syncproto.Null, "choices": syncproto.Null},
		{"choices": `{"name":"yes"}`, "place": "[]", "link": "[]", "about": "1", "campaign": "{}", "title_en": "1"},
	} {
		l.call(broken, "Lan")
	}
	good := l.call(nil, "Lan")
	l.turn(good, func(r *syncproto.Record) { r.State = "postponed" })
	p.sync()
	in := p.inbox()
	if len(in.Calls) != 6 {
		t.Fatalf("%d calls are shown", len(in.Calls))
	}
	for i := range in.Calls {
		c := &in.Calls[i]
		if one := p.view(c.ID); one.Status != c.Status || c.Status == "" {
			t.Errorf("alone it is %+v", one)
		}
		if len(c.Choices) == 1 && c.Choices[0].Name != "yes" {
			t.Errorf("choices %+v", c.Choices)
		}
	}
	if v := p.view(good); len(v.Choices) != 3 || v.Choices[2].Text != "Later" || v.Choices[0].Text != "I will come" || !v.Choices[0].Takes {
		t.Fatalf("a state that nobody knows: %+v", v)
	}
	p.says(good, "later")
}

func TestAnAnswerIsOneRecord(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	call := l.call(nil, "Lan")
	a.sync()
	b.sync()
	id := syncproto.AnswerID(call, a.person())
	said := func(p *phone, choice string, count int64, text string) {
		t.Helper()
		if v := p.view(call).Answer; v == nil || v.Choice != choice || v.Count != count || v.Text != text {
			t.Fatalf("the answer is %+v", v)
		}
	}
	// Twice before any network: the second goes out as an edit of what the server does not have yet.
	l.must(a.Answer(ctx, call, mobilesdk.CallAnswer{Choice: "yes", Count: 3, Text: "Nhóm O"}))
	said(a, "yes", 3, "Nhóm O")
	if v := a.view(call).Answer; v.Standing != "" || v.Name != "waiting for the server" || v.Sending != mobilesdk.SendingWaiting {
		t.Fatalf("unsent: %+v", v)
	}
	l.must(a.Answer(ctx, call, mobilesdk.CallAnswer{Choice: "yes", Count: 2}))
	said(a, "yes", 2, "")
	b.says(call, "no") // the other device made it too, and knows of nothing
	if s := a.sync(); s.Rejected+s.Conflicts != 0 {
		t.Fatalf("summary %+v", s)
	}
	l.server.Stand(id, syncproto.StateRegistered)
	if s := b.sync(); s.Rejected+s.Conflicts != 0 {
		t.Fatalf("summary %+v", s)
	}
	a.sync()
	said(a, "no", 1, "") // all of it, not the count of the one with the choice of the other
	l.server.Stand(id, syncproto.StateNoted)
	a.sync()
	b.sync()
	if v := a.view(call).Answer; v.Standing != syncproto.StateNoted || v.Name != "noted, thank you" || v.Sending == mobilesdk.SendingWaiting {
		t.Fatalf("stands %+v", v)
	}
	a.says(call, "yes") // over what the other wrote
	if v := a.view(call).Answer; v.Name != "waiting for the server" || v.Standing != syncproto.StateNoted {
		t.Fatalf("thought again: %+v", v)
	}
	a.sync()
	b.sync()
	said(b, "yes", 1, "")
	l.must(b.TakeBack(ctx, call))
	wantCode(t, b.TakeBack(ctx, call), syncproto.CodeNotThere)
	if b.view(call).Answer != nil {
		t.Fatal("it was taken back")
	}
	b.sync()
	a.sync()
	if a.view(call).Answer != nil {
		t.Fatal("it was taken back on the other phone")
	}
	l.must(a.Answer(ctx, call, mobilesdk.CallAnswer{Choice: "yes", Count: 5}))
	if s := a.sync(); s.Rejected+s.Conflicts != 0 {
		t.Fatalf("summary %+v", s)
	}
	b.sync()
	said(a, "yes", 5, "")
	said(b, "yes", 5, "")
	if r := l.record(id); r.Deleted || r.Fields[syncproto.AnswerCallField] != syncproto.Text(string(call)) || r.Author != a.person() {
		t.Fatalf("the server has %+v", r)
	}
	l.oneOfEach()
}

// oneOfEach holds that there is one answer and one receipt a person and call, and no card of a conflict about them.
func (l *lab) oneOfEach() {
	l.t.Helper()
	for id, e := range l.server.State().Records {
		r := e.Record
		call := syncproto.ID(r.Fields[syncproto.AnswerCallField].TextOr(""))
		switch {
		case r.Kind == syncproto.KindConflict:
			l.t.Errorf("a conflict: %+v", r)
		case r.Deleted:
		case r.Kind == syncproto.KindAnswer && id != syncproto.AnswerID(call, r.Author), r.Kind == syncproto.KindReceipt && id != syncproto.ReceiptID(call, r.Author):
			l.t.Errorf("%s of %s has another id", r.Kind, call)
		}
	}
}

func TestAnswersThatCannotBe(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	call := l.call(nil, "Lan")
	p.sync()
	for _, wrong := range []mobilesdk.CallAnswer{{Choice: "maybe"}, {}} {
		wantCode(t, p.Answer(ctx, call, wrong), syncproto.CodeChoiceUnknown)
	}
	for _, n := range []int64{-1, syncproto.MaxAnswerCount + 1} {
		wantCode(t, p.Answer(ctx, call, mobilesdk.CallAnswer{Choice: "yes", Count: n}), syncproto.CodeInvalidField)
	}
	wantCode(t, p.Answer(ctx, call, mobilesdk.CallAnswer{Choice: "yes", Text: strings.Repeat("x", 70_000)}), syncproto.CodeTooLarge)
	wantCode(t, p.Answer(ctx, l.id(), mobilesdk.CallAnswer{Choice: "yes"}), syncproto.CodeNotThere)
	wantCode(t, p.Answer(ctx, p.story("a", "b"), mobilesdk.CallAnswer{Choice: "yes"}), syncproto.CodeNotThere)
	wantCode(t, p.TakeBack(ctx, call), syncproto.CodeNotThere)
	wantCode(t, p.CheckIn(ctx, call, "HM 2026"), syncproto.CodeCheckInCode) // it takes none
	l.turn(call, func(r *syncproto.Record) { r.Fields[syncproto.CallCheckInField] = "true" })
	p.sync()
	wantCode(t, p.CheckIn(ctx, call, ""), syncproto.CodeCheckInCode)
	l.must(p.CheckIn(ctx, call, "HM 2026")) // without an answer before
	p.sync()
	if r := l.record(syncproto.AnswerID(call, p.person())); r.Fields[syncproto.AnswerCodeField] != syncproto.Text("HM 2026") {
		t.Fatalf("the server has %+v", r)
	}
}

// refuseOnce answers the next sync that holds a text by rejecting what holds it, as the server's rules would.
func (p *phone) refuseOnce(text string, code syncproto.Code) {
	p.l.server.Refuse(func(m *syncproto.Mutation) syncproto.Code {
		if strings.Contains(string(syncproto.Object(m.Set)), text) {
			return code
		}
		return ""
	})
}

func TestAfterARefusal(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p := l.phone("Lan", syncproto.RoleVolunteer)
	call := l.call(nil, "Lan")
	p.sync()
	p.refuseOnce(`"yes"`, syncproto.CodeChoiceUnknown) // the call offers something else by now
	p.says(call, "yes")
	if s := p.sync(); s.Rejected != 1 {
		t.Fatalf("summary %+v", s)
	}
	if v := p.view(call).Answer; v == nil || v.Choice != "yes" || v.Code != syncproto.CodeChoiceUnknown || v.Sentence == "" || v.Name != "not taken" {
		t.Fatalf("the person sees %+v", v)
	}
	p.says(call, "no")
	if v := p.view(call).Answer; v.Choice != "no" || v.Code != "" || v.Sending != mobilesdk.SendingWaiting || p.status().Rejected != 0 {
		t.Fatalf("after another answer %+v", v)
	}
	if s := p.sync(); s.Rejected != 0 {
		t.Fatalf("summary %+v", s)
	}
	// Two wait, the first of them is refused: the second is whole without it.
	second := l.call(nil, "Lan")
	p.sync()
	p.says(second, "yes")
	p.says(second, "no")
	if s := p.sync(); s.Rejected != 1 || s.Sent != 2 {
		t.Fatalf("summary %+v", s)
	}
	if r := l.record(syncproto.AnswerID(second, p.person())); r.Fields[syncproto.AnswerCallField] == "" || r.Fields["choice"] != syncproto.Text("no") {
		t.Fatalf("the server has %+v", r)
	}
	// A change is refused and the answer before it stands.
	p.refuseOnce("50", syncproto.CodePlacesTaken)
	l.must(p.Answer(ctx, second, mobilesdk.CallAnswer{Choice: "no", Count: 50}))
	p.sync()
	if v := p.view(second).Answer; v.Count != 1 || v.Code != syncproto.CodePlacesTaken || v.Sending != mobilesdk.SendingRejected {
		t.Fatalf("what stands %+v", v)
	}
}

func TestReceiptsWriteThemselves(t *testing.T) {
	l := newLab(t)
	a := l.phone("Lan", syncproto.RoleVolunteer)
	a.sync()
	a.clock.skew = 400 * 24 * time.Hour
	call := l.call(nil, "Lan")
	stale := l.call(syncproto.Fields{"ends": syncproto.Int(l.now - 61*24*hourMillis), "deadline": syncproto.Null, "starts": syncproto.Null}, "Lan")
	l.now += 5000
	s := a.sync()
	if s.Rounds != 2 || s.Sent != 1 || s.Rejected != 0 {
		t.Fatalf("a call comes and its receipt goes in one sync: %+v", s)
	}
	receipt := l.record(syncproto.ReceiptID(call, a.person()))
	if receipt.Fields[syncproto.ReceiptReceivedField] != syncproto.Int(l.now) || len(receipt.Fields) != 2 {
		t.Fatalf("received by the server's clock: %+v, it is %d", receipt.Fields, l.now)
	}
	if l.server.State().Records[syncproto.ReceiptID(stale, a.person())] != nil {
		t.Fatal("a call that ended long ago was acknowledged")
	}
	l.now += hourMillis
	if s = a.sync(); s.Rounds != 1 || s.Sent != 0 || s.Received != 0 {
		t.Fatalf("and that was all: %+v", s)
	}
	l.turn(call, func(r *syncproto.Record) { r.State = syncproto.StateClosed })
	if s = a.sync(); s.Rounds != 1 || s.Sent != 0 {
		t.Fatalf("a change of the call is no new call: %+v", s)
	}
	first := l.now
	b := l.phone("Lan", syncproto.RoleVolunteer)
	if s = b.sync(); s.Sent != 0 {
		t.Fatalf("another device says again what is known: %+v", s)
	}
	l.must(b.Opened(context.Background(), call))
	b.sync()
	l.now += hourMillis
	a.sync()
	l.must(a.Opened(context.Background(), call))
	a.sync()
	if r := l.record(receipt.ID); r.Fields[syncproto.ReceiptOpenedField] != syncproto.Int(first) {
		t.Fatalf("the first time stays: %+v, it was %d", r.Fields, first)
	}
	l.oneOfEach()
}

// TestFirstTimesStay: two devices without a network say both that they received, showed and opened.
func TestFirstTimesStay(t *testing.T) {
	l := newLab(t)
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	call := l.call(nil, "Lan")
	a.sync()
	b.sync()
	for _, p := range []*phone{a, b} {
		l.now += hourMillis
		l.must(p.Opened(context.Background(), call))
	}
	late := l.now
	b.sync() // who was later is heard first
	a.sync()
	b.sync()
	r := l.record(syncproto.ReceiptID(call, a.person()))
	if r.Fields[syncproto.ReceiptOpenedField] != syncproto.Int(late) || a.inbox().Unread+b.inbox().Unread != 0 {
		t.Fatalf("got %+v, first heard was %d", r.Fields, late)
	}
	if st := a.status(); st.Rejected+st.Conflicts != 0 {
		t.Fatalf("status %+v", st)
	}
	l.oneOfEach()
}

// TestARefusedReceiptIsNobodysWork: nobody wrote it, so nobody has to look at it.
func TestARefusedReceiptIsNobodysWork(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	call := l.call(nil, "Lan")
	p.refuseOnce(string(syncproto.ReceiptReceivedField), syncproto.CodeCallUnknown)
	if s := p.sync(); s.Rejected != 1 || p.status().Rejected != 0 || p.status().Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	l.turn(call, func(r *syncproto.Record) { r.Fields["title"] = syncproto.Text("Hiến máu") })
	if s := p.sync(); s.Sent != 0 {
		t.Fatalf("it is said again: %+v", s)
	}
	if v := p.view(call); v.Title != "Hiến máu" || p.inbox().Unread != 1 {
		t.Fatalf("the call %+v", v)
	}
}

func TestACallThatLeavesThePhone(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	call := l.call(nil, "Lan")
	p.sync()
	p.says(call, "yes")
	l.server.Forget(call, p.person())
	p.sync()
	if in := p.inbox(); len(in.Calls) != 0 {
		t.Fatalf("inbox %+v", in)
	}
	wantCode(t, p.Opened(context.Background(), call), syncproto.CodeNotThere)
	if r := l.record(syncproto.AnswerID(call, p.person())); r.Fields["choice"] != syncproto.Text("yes") {
		t.Fatalf("what was said goes out all the same: %+v", r)
	}
}
