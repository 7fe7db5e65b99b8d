package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/push/standin"
	"lantoa/storage"
	"lantoa/syncproto"
)

// tells is a call of a kind to everybody, sent by its officers.
func (c *callTown) tells(kind syncproto.CallKind, title string, officers ...*seat) *campaign.Call {
	c.t.Helper()
	d := campaign.Draft{
		Units: []syncproto.ID{c.s.Root().ID}, Kind: kind, Title: title, Body: "Mời bà con đọc trong ứng dụng.",
		Audience: json.RawMessage(fmt.Sprintf(`{"unit":%q}`, c.s.Root().ID)), Ends: c.now().Add(48 * time.Hour).UnixMilli(),
	}
	if kind != syncproto.CallInformation {
		d.Choices = []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}}
	}
	call := officers[0].compose(d)
	if len(officers) > 1 {
		officers[0].callStep(call.ID, "propose")
	}
	return officers[len(officers)-1].callStep(call.ID, "send")
}

// rung waits until a target was rung so often, and fails if it is more.
func (c *callTown) hears(token string, times int, what string) {
	c.t.Helper()
	until(c.t, time.Minute, what, func() bool { return c.bells()[token] >= times })
	if got := c.bells()[token]; got != times {
		c.t.Errorf("%s: rung %d times, want %d", what, got, times)
	}
}

// registration is what the server keeps of a device's.
func (c *callTown) registration(device syncproto.ID) (reg *storage.Registration) {
	c.t.Helper()
	c.view(func(r storage.Reader) (err error) {
		reg, err = r.Registration(device)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound && err != nil {
			reg, err = nil, nil
		}
		return err
	})
	return reg
}

// TestDeadAndDoubledTargets is AS-12: a reinstall, a logout and a second phone.
func TestDeadAndDoubledTargets(t *testing.T) {
	c := newCallTown(t, 1)
	officer := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer)
	first := c.phone("Lan", c.communes[0], syncproto.RoleVolunteer)
	c.rings(first, "lan-old:0123456789abcdef")
	issued, err := c.s.Enroll().Issue(background, enroll.Invitation{Unit: c.communes[0], Role: syncproto.RoleVolunteer, Person: first.person()})
	if err != nil {
		t.Fatal(err)
	}
	second := c.phoneWith(issued.Code)
	c.rings(second, "lan-second:0123456789abcdef")
	out := c.phone("Minh", c.communes[0], syncproto.RoleVolunteer)
	c.rings(out, "minh:0123456789abcdef")
	if err := out.ClearPush(background); err != nil {
		t.Fatal(err)
	}
	out.sync()
	c.fcm.Behave("lan-old:0123456789abcdef", standin.Unregistered)

	call := c.tells(syncproto.CallOrdinary, "Dọn bãi biển", officer)
	officer.sent(call.ID)
	c.hears("lan-second:0123456789abcdef", 1, "the second phone")
	if reg := c.registration(first.status().Device); reg == nil || reg.Retired == 0 || reg.Code == "" {
		t.Errorf("the target that ended is kept as %+v", reg)
	}
	if got := c.bells()["minh:0123456789abcdef"]; got != 0 {
		t.Errorf("who logged out was rung %d times", got)
	}

	// One notice for both phones.
	first.sync()
	second.sync()
	if v := first.inbox(call.ID); v == nil || v.Opened {
		t.Fatalf("the first phone shows %+v", v)
	}
	if err := second.Opened(background, call.ID); err != nil {
		t.Fatal(err)
	}
	second.sync()
	first.sync()
	if v := first.inbox(call.ID); !v.Opened {
		t.Error("what was opened on one phone is unread on the other")
	}

	// In the next run the dead one is left alone; registered anew it rings again.
	tried := c.fcm.Stats().Requests
	next := c.tells(syncproto.CallInformation, "Kết quả", officer)
	officer.sent(next.ID)
	c.hears("lan-second:0123456789abcdef", 2, "the second phone")
	if got := c.fcm.Stats().Requests - tried; got != 1 {
		t.Errorf("%d requests for one live target", got)
	}
	c.rings(first, "lan-new:0123456789abcdef")
	again := c.tells(syncproto.CallInformation, "Thông báo", officer)
	officer.sent(again.ID)
	c.hears("lan-new:0123456789abcdef", 1, "the phone that was installed anew")
	c.noFaults()
}

// TestQuietNight is AS-14: what can wait waits for the morning, a flood does not, and nobody is flooded with notices.
func TestQuietNight(t *testing.T) {
	c := newCallTown(t, 1)
	officer := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer)
	second := c.hire("Hạnh", c.s.Root().ID, syncproto.RoleOfficer)
	minh := c.hire("Minh", c.communes[0], syncproto.RoleEditor)
	lan := c.phone("Lan", c.communes[0], syncproto.RoleVolunteer)
	const bell = "lan:0123456789abcdef"
	c.rings(lan, bell)

	c.moveTo(time.Date(2027, 3, 3, 22, 30, 0, 0, vietnam))
	officer, second = officer.signIn(), second.signIn()
	contest := c.tells(syncproto.CallInformation, "Cuộc thi viết", officer)
	c.tells(syncproto.CallUrgent, "Lũ lên", officer, second)
	c.hears(bell, 1, "the flood") // and not the contest, which was first
	var p campaign.Progress
	officer.get("/v1/calls/"+string(contest.ID)+"/progress", &p)
	if !p.Pace.Quiet || p.Rest == 0 && p.Unplanned == 0 {
		t.Errorf("the contest went out at night: %+v", p)
	}

	c.moveTo(time.Date(2027, 3, 4, 6, 0, 0, 0, vietnam))
	officer, second, minh = officer.signIn(), second.signIn(), minh.signIn()
	c.wakes(officer, contest.ID)
	c.hears(bell, 2, "the contest in the morning")

	// Three more of the day ring; the fifth waits for the digest.
	for i := range 3 {
		c.tells(syncproto.CallOrdinary, fmt.Sprintf("Việc %d", i+2), officer)
		c.hears(bell, 3+i, "what comes in the day")
	}
	fifth := c.tells(syncproto.CallOrdinary, "Việc thứ năm", officer)
	sixth := c.tells(syncproto.CallOrdinary, "Việc thứ sáu", officer)
	for _, call := range []*campaign.Call{fifth, sixth} {
		if got := officer.sent(call.ID).Persons[storage.DeliveryFolded]; got != 1 {
			t.Errorf("of what is too much %d are folded", got)
		}
	}
	lan.sync()
	if lan.inbox(fifth.ID) == nil || lan.inbox(sixth.ID) == nil {
		t.Error("what is folded is not in the inbox")
	}

	// Whoever wants no calls hears of their own story all the same.
	for _, kind := range syncproto.CallKinds() {
		if err := lan.Mute(background, kind, true); err != nil {
			t.Fatal(err)
		}
	}
	story, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text("Bến đò"), "body": syncproto.Text("Sáng nay.")})
	if err != nil {
		t.Fatal(err)
	}
	if err := lan.Submit(background, story); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	muted := c.tells(syncproto.CallUrgent, "Gió lớn", officer, second)
	if got := officer.sent(muted.ID).Persons[storage.DeliveryMuted]; got != 1 {
		t.Errorf("of what is muted %d are", got)
	}
	minh.takes(story, "", syncproto.CommandClaim)
	minh.takes(story, "Thiếu tên", syncproto.CommandReturn)
	c.hears(bell, 6, "her story needs changes")

	c.moveTo(time.Date(2027, 3, 4, 18, 30, 0, 0, vietnam))
	officer = officer.signIn()
	c.wakes(officer, contest.ID)
	c.hears(bell, 7, "one digest for both")
	c.noFaults()
}

// wakes makes the server look at its clock, which was moved: whoever asks for a test is rung, if they have a phone.
func (c *callTown) wakes(by *seat, call syncproto.ID) {
	c.t.Helper()
	by.must(http.MethodPost, "/v1/calls/"+string(call)+"/test", nil, nil)
}

// TestACancelledCall is taken from whoever was not handed it, and shown as cancelled to whoever was away.
func TestACancelledCall(t *testing.T) {
	c := newCallTown(t, 1)
	officer := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer)
	away := c.phone("Lan", c.communes[0], syncproto.RoleVolunteer)
	call := c.tells(syncproto.CallOrdinary, "Hiến máu", officer)
	officer.sent(call.ID)
	away.sync()
	if v := away.inbox(call.ID); v == nil || v.Status != mobilesdk.CallOpen {
		t.Fatalf("the phone shows %+v", v)
	}
	if err := away.Answer(background, call.ID, mobilesdk.CallAnswer{Choice: syncproto.ChoiceYes}); err != nil { // offline
		t.Fatal(err)
	}
	var e campaign.Ended
	officer.post("/v1/calls/"+string(call.ID)+"/cancel", nil, &e)
	if e.Call.State != storage.CallCancelled {
		t.Errorf("%+v", e)
	}
	away.sync()
	v := away.inbox(call.ID)
	if v == nil || v.Status != mobilesdk.CallCancelled || v.Answer == nil || v.Answer.Standing != syncproto.StateLate {
		t.Errorf("the phone shows %+v", v)
	}
	late := c.phone("Minh", c.communes[0], syncproto.RoleVolunteer)
	late.sync()
	if late.inbox(call.ID) != nil {
		t.Error("a call reached somebody who was not on its list")
	}
	c.noFaults()
}
