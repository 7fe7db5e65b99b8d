package walk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/rig"
	"lantoa/server/internal/reach"
	"lantoa/storage"
	"lantoa/syncproto"
)

// ward is a world for calls: four communes that are called and one that is not.
type ward struct {
	*rig.World
	t        testing.TB
	communes []syncproto.ID
	away     syncproto.ID
}

func newWard(t testing.TB, change ...func(*app.Config)) *ward {
	t.Helper()
	rig.Need(t)
	w := &ward{World: rig.Start(t, change...), t: t}
	w.communes = []syncproto.ID{w.Commune, w.Other, w.Unit("Xã Viên An", "Xã", w.Province), w.Unit("Xã Rạch Gốc", "Xã", w.Province)}
	w.away = w.Unit("Xã Khánh Hội", "Xã", w.Province)
	return w
}

// donor is a phone whose person told their blood group, and how many days ago they gave; -1 for never.
func (w *ward) donor(name string, unit syncproto.ID, group string, days int) *rig.Phone {
	w.t.Helper()
	p := w.Phone(name, unit)
	last := audience.Never
	if days >= 0 {
		last = w.Now().AddDate(0, 0, -days).In(time.FixedZone("UTC+7", 7*3600)).Format("2006-01-02")
	}
	for fact, value := range map[string]string{audience.BloodGroup: group, audience.LastWholeBlood: last} {
		if err := p.TellFact(context.Background(), fact, value, true); err != nil {
			w.t.Fatal(err)
		}
	}
	return p
}

// calls returns the calls of the officer, the newest first.
func (w *ward) calls() []campaign.Row {
	w.t.Helper()
	var page campaign.Page
	w.Officer.Ask("GET", "/v1/calls", nil, &page)
	return page.Calls
}

func (w *ward) call(id syncproto.ID) *campaign.Call {
	w.t.Helper()
	c := &campaign.Call{}
	w.Officer.Ask("GET", "/v1/calls/"+string(id), nil, c)
	return c
}

// gets waits until a phone has a call.
func (w *ward) gets(p *rig.Phone, id syncproto.ID) {
	w.t.Helper()
	w.Until("a call to come to the phone of "+p.Name, func() bool {
		p.Send()
		_, err := p.Call(context.Background(), id)
		return err == nil
	})
}

// stands is where the answer of a phone stands.
func (w *ward) stands(p *rig.Phone, call syncproto.ID) syncproto.State {
	w.t.Helper()
	p.Send()
	c, err := p.Call(context.Background(), call)
	if err != nil {
		w.t.Fatal(err)
	}
	if c.Answer == nil {
		return ""
	}
	return c.Answer.Standing
}

// tick ticks a box by its name and value, wherever it is folded away.
func tick(tab *rig.Tab, name, value string) {
	tab.Run(fmt.Sprintf(`(() => {
  const box = document.querySelector('[name=%q][value=%q]');
  for (let e = box; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
})()`, name, value))
	tab.Click(fmt.Sprintf(`[name=%q][value=%q]`, name, value))
}

// typed is a moment as a field of date and time takes it.
func typed(at time.Time) string {
	return at.In(time.FixedZone("UTC+7", 7*3600)).Format("2006-01-02T15:04")
}

// set puts a value into a field of date and time, as its picker does.
func set(tab *rig.Tab, name, value string) {
	tab.Run(fmt.Sprintf(`(() => { const f = document.getElementById('f-%s'); f.value = %q; f.dispatchEvent(new Event('input', { bubbles: true })); })()`, name, value))
}

// TestAnUrgentCall is AS-10 from the officers' side: blood for one place at once.
func TestAnUrgentCall(t *testing.T) {
	w := newWard(t)
	var fit []*rig.Phone
	for i := range 12 {
		fit = append(fit, w.donor(fmt.Sprintf("Người hiến %02d", i), w.communes[i%4], "O+", 84+i))
	}
	recent := w.donor("Vừa hiến", w.Commune, "O+", 83)
	other := w.donor("Nhóm khác", w.Commune, "A+", 200)
	far := w.donor("Nơi khác", w.away, "O+", 200)

	tab := w.Tab(w.Officer)
	id := w.composeBlood(tab)
	tab.Follow(`.calls-acts a[href$="/send"]`)
	tab.Axe()
	tab.Follow("main form button")
	tab.WaitText("h1", "Cần gấp 40 người nhóm máu O")
	if c := w.call(id); c.State != storage.CallProposed || c.Sent != 0 {
		t.Fatalf("the call is %s", c.State)
	}

	second := w.Tab(w.Deputy)
	second.Open("/console/calls")
	second.WaitText(".calls-mine", "Phạm Quốc Bảo")
	second.Screenshot("calls/urgent-waits")
	second.Follow(".calls-mine a")
	second.Follow(".calls-asked a.main")
	second.WaitText(".calls-big", "người")
	second.WaitText("main form button", "Gửi cho mọi người hợp điều kiện")
	second.Screenshot("calls/urgent-agree")
	second.Follow("main form button")
	second.WaitText("#progress", "12")
	if c := w.call(id); c.Recipients != 12 || c.Second == nil || c.Second.ID != w.Deputy.ID || c.Proposed.ID != w.Officer.ID {
		t.Fatalf("%d recipients, second %+v", c.Recipients, c.Second)
	}

	w.answerBlood(id, fit)
	for _, p := range []*rig.Phone{recent, other, far} {
		p.Send()
		if _, err := p.Call(context.Background(), id); err == nil {
			t.Errorf("%s got the call", p.Name)
		}
	}
	w.funnelOnPage(tab, id)
	w.resultOf(tab, id, fit)
}

// composeBlood writes the call as an officer does, with the pointer and the keys.
func (w *ward) composeBlood(tab *rig.Tab) syncproto.ID {
	t := w.t
	tab.Open("/console/calls/new")
	tick(tab, "kind", "urgent")
	tab.Fill("#f-title", "Cần gấp 40 người nhóm máu O")
	tab.Fill("#f-body", "Bệnh viện tỉnh cần máu cho ca mổ trưa nay. Mời cô chú, anh chị đến ngay.")
	tab.Fill("#f-place", "Bệnh viện Đa khoa tỉnh")
	set(tab, "starts", typed(w.Now().Add(time.Hour)))
	set(tab, "ends", typed(w.Now().Add(8*time.Hour)))
	set(tab, "deadline", typed(w.Now().Add(6*time.Hour)))
	tab.Fill("#f-capacity", "40")
	tab.Fill("#f-code", "MAU-2026")
	for _, unit := range w.communes {
		tick(tab, "unit_in", string(unit))
	}
	tab.WaitText("#size .calls-total b", "14") // four communes: who fits, who gave a short while ago, and who has another group
	tick(tab, "blood", "O+")
	tick(tab, "blood", "O-")
	tab.Fill("#f-whole", "84")
	tab.WaitText("#size", "Thông tư 26/2013")
	tab.WaitText("#size", "được làm tròn")
	if got := tab.Texts(`[data-push="title"]`); len(got) != 2 || got[0] != "Cần giúp khẩn cấp" {
		t.Errorf("the phones show %q", got)
	}
	if got := tab.Texts(`[data-live="title"]`); len(got) != 2 || got[0] != "Cần gấp 40 người nhóm máu O" {
		t.Errorf("the inboxes show %q", got)
	}
	tab.WaitText("#sms", "Can gap 40 nguoi nhom mau O.")
	tab.Axe()
	tab.Screenshot("calls/urgent-compose")
	tab.Follow(".calls-bar button.main")
	calls := w.calls()
	if len(calls) != 1 || calls[0].State != storage.CallDraft || calls[0].Kind != syncproto.CallUrgent {
		t.Fatalf("calls: %+v", calls)
	}
	tab.Screenshot("calls/urgent-draft")
	return calls[0].ID
}

// answerBlood lets ten phones answer for five people each: eight have the forty places, two wait. One says no.
func (w *ward) answerBlood(id syncproto.ID, fit []*rig.Phone) {
	w.t.Helper()
	for i, p := range fit[:11] {
		w.gets(p, id)
		a := mobilesdk.CallAnswer{Choice: syncproto.ChoiceYes, Count: 5, Text: "Tôi đến được"}
		if i == 10 {
			a = mobilesdk.CallAnswer{Choice: syncproto.ChoiceNo}
		}
		if err := p.Answer(context.Background(), id, a); err != nil {
			w.t.Fatal(err)
		}
		p.Send()
		want := map[bool]syncproto.State{true: syncproto.StateRegistered, false: syncproto.StateWaiting}[i < 8]
		if i == 10 {
			want = syncproto.StateNoted
		}
		if got := w.stands(p, id); got != want {
			w.t.Errorf("phone %d stands at %q, want %q", i, got, want)
		}
	}
}

// funnelOnPage compares every figure on the page with the service's.
func (w *ward) funnelOnPage(tab *rig.Tab, id syncproto.ID) {
	t := w.t
	t.Helper()
	var f reach.Funnel
	w.Officer.Ask("GET", "/v1/calls/"+string(id)+"/reach", nil, &f)
	tab.Open("/console/calls/" + string(id) + "/reach")
	var want []string
	for i := range f.Units {
		u := &f.Units[i]
		want = append(want, u.Name)
		for _, n := range []fmt.Stringer{
			u.Eligible, u.Registered, u.Accepted, u.Arrived, u.Opened, u.Answered, u.Places, u.Waiting, u.Late, u.Came, u.CamePeople, u.Choices["yes"], u.Choices["no"],
		} {
			want = append(want, n.String())
		}
	}
	if got := tab.Texts("#t-units ~ tbody th, #t-units ~ tbody td"); !slices.Equal(got, want) {
		t.Errorf("by unit:\n%v\nwant\n%v", got, want)
	}
	head := &f.Total
	for i, n := range []fmt.Stringer{head.Eligible, head.Registered, head.Accepted, head.Arrived, head.Opened, head.Answered} {
		if got := tab.Text(fmt.Sprintf("#t-total ~ tbody tr:nth-child(%d) td", i+1)); got != n.String() {
			t.Errorf("figure %d is %q, want %s", i, got, n)
		}
	}
	if got := tab.Text("#t-total ~ tbody tr:nth-child(1) td"); got != "12" {
		t.Errorf("%s people on the list", got)
	}
	tab.Axe()
	tab.Screenshot("calls/urgent-reach")
}

// resultOf checks somebody in, closes the call and tells what came of it to all who answered.
func (w *ward) resultOf(tab *rig.Tab, id syncproto.ID, fit []*rig.Phone) {
	t := w.t
	tab.Open("/console/calls/" + string(id) + "/answers?name=nguoi+hien+00")
	tab.Follow(".calls-answers li form button")
	tab.WaitText(".told", "Người hiến 00")
	if got := w.stands(fit[0], id); got != syncproto.StateCame {
		t.Errorf("who came stands at %q", got)
	}
	tab.Follow(".told form button")
	tab.WaitText(".calls-answers", "có chỗ")
	tab.Open("/console/calls/" + string(id) + "/answers?standing=waiting")
	if n := tab.Count(".calls-answers > li"); n != 2 {
		t.Errorf("%d wait", n)
	}
	tab.Screenshot("calls/urgent-answers")
	tab.Open("/console/calls/" + string(id) + "/close")
	tab.Follow("main form button")
	tab.WaitText(".told", "Đã đóng")
	tab.Follow(`form:has([value="result"]) button`)
	tab.Fill("#f-body", "Đã đủ máu, ca mổ thành công. Hội cảm ơn tất cả.")
	tab.Follow(".calls-bar button.main")
	tab.Follow(`.calls-acts a[href$="/send"]`)
	tab.Follow("main form button")
	result := w.calls()[0]
	w.Until("the result to go out", func() bool { return w.call(result.ID).Sent != 0 })
	if result.Kind != syncproto.CallResult || w.call(result.ID).Recipients != 11 {
		t.Errorf("the %s went to %d", result.Kind, w.call(result.ID).Recipients)
	}
	w.gets(fit[9], result.ID)
	fit[11].Send()
	if _, err := fit[11].Call(context.Background(), result.ID); err == nil {
		t.Error("who did not answer has the result")
	}
}

// TestACallIsScheduled sends a call later, in the time of Vietnam, and changes it before.
func TestACallIsScheduled(t *testing.T) {
	w := newWard(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	due := w.Now().Add(2 * time.Hour).Truncate(time.Minute)
	id := w.draft("Tập huấn", rig.Object{"kind": "call"})
	tab := w.Tab(w.Officer)
	tab.Open("/console/calls/" + string(id) + "/edit")
	set(tab, "due", typed(due))
	tab.Follow(".calls-bar button.main")
	tab.Follow(`.calls-acts a[href$="/send"]`)
	at := due.In(time.FixedZone("UTC+7", 7*3600)).Format("15:04 02/01/2006")
	tab.WaitText("main form button", at)
	tab.Follow("main form button")
	tab.WaitText(".told", at)
	if c := w.call(id); c.State != storage.CallScheduled || c.Due != due.UnixMilli() {
		t.Fatalf("%s at %d, want %d", c.State, c.Due, due.UnixMilli())
	}
	tab.Screenshot("calls/scheduled")
	w.Stop() // a server that comes back keeps what was scheduled
	w.Move(2*time.Hour + time.Minute)
	w.Run()
	w.gets(lan, id)
	tab.SignIn(w.Officer)
	tab.Open("/console/calls/" + string(id))
	tab.WaitText("#progress", "1")
}

// TestACallWithoutScripts is a call from the first word to the last answer with forms and links alone.
func TestACallWithoutScripts(t *testing.T) {
	w := newWard(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	tab := w.Tab(w.Officer)
	tab.NoScript()
	tab.Open("/console/calls/new")
	tab.Fill("#f-title", "Dọn kênh")
	tab.Fill("#f-body", "Sáng thứ bảy, mời bà con.")
	tab.Click(`.calls-tree input[name="unit_in"]`)
	tab.Follow(`button[value="preview"]`)
	tab.WaitText("#size", "người sẽ nhận")
	if got := tab.Value("#f-title"); got != "Dọn kênh" {
		t.Errorf("the title is %q", got)
	}
	tab.Follow(".calls-bar button.main")
	tab.Follow(`.calls-acts a[href$="/send"]`)
	tab.Follow("main form button")
	tab.WaitText("#progress", "đã xong phần gửi")
	id := w.calls()[0].ID
	lan.Says(id, syncproto.ChoiceYes)
	tab.Follow(`nav.tabs a[href$="/answers"]`)
	tab.WaitText(".calls-answers", "Nguyễn Thị Lan")
	tab.Follow(`nav.tabs a[href$="/reach"]`)
	tab.WaitText("#t-total", "Tất cả đơn vị")
	tab.Follow(`nav.tabs a[href$="/unreached"]`)
	if got := tab.Value("#f-sms"); got != "Don kenh." {
		t.Errorf("the SMS is %q", got)
	}
}

// TestTwoOfficersEditOneCall: what the slower one typed is not lost, and both versions are seen.
func TestTwoOfficersEditOneCall(t *testing.T) {
	w := newWard(t)
	id := w.draft("Tựa cũ", nil)
	tab := w.Tab(w.Officer)
	tab.Open("/console/calls/" + string(id) + "/edit")
	other := w.Tab(w.Deputy)
	other.Open("/console/calls/" + string(id) + "/edit")
	other.Fill("#f-title", "Tựa của chị Sáu")
	other.Follow(".calls-bar button.main")
	tab.Fill("#f-title", "Tựa của anh Bảo")
	tab.Expect("answer 409")
	tab.Follow(".calls-bar button.main")
	tab.WaitText(".notice", "Tựa của chị Sáu")
	if got := tab.Value("#f-title"); got != "Tựa của anh Bảo" {
		t.Errorf("typed was %q", got)
	}
	tab.Axe()
	tab.Screenshot("calls/stale")
	tab.Follow(".calls-bar button.main")
	if got := w.call(id).Title; got != "Tựa của anh Bảo" {
		t.Errorf("the title is %q", got)
	}
}

// TestCallsTakeAnyText: what is too long is refused beside its field and kept; letters of every kind break nothing.
func TestCallsTakeAnyText(t *testing.T) {
	w := newWard(t)
	tab := w.Tab(w.Officer)
	tab.Open("/console/calls/new")
	long := strings.Repeat("Rấtdài", 1667)
	tab.Run(fmt.Sprintf(`(() => { const f = document.getElementById('f-title'); f.value = %q; f.dispatchEvent(new Event('input', { bubbles: true })); })()`, long))
	tab.Fill("#f-body", wild.html)
	tab.Expect("answer 413")
	tab.Follow(".calls-bar button.main")
	tab.WaitText("#e-title", "Quá dài")
	if got := tab.Value("#f-title"); got != long {
		t.Errorf("%d letters are left of the title", len(got))
	}
	tab.NoHorizontalScroll()
	tab.Axe()
	tab.Screenshot("calls/too-long")
	tab.Run(fmt.Sprintf(`(() => { const f = document.getElementById('f-title'); f.value = %q; f.dispatchEvent(new Event('input', { bubbles: true })); })()`, "\u202e"+wild.emoji+" <b>x</b> שלום"))
	tick(tab, "unit_in", string(w.Commune))
	tab.Follow(".calls-bar button.main")
	tab.Size(320, 640)
	tab.NoHorizontalScroll()
	tab.Size(1366, 768)
	tab.Sound()
	tab.Open("/console/calls")
	tab.NoHorizontalScroll()
	tab.Screenshot("calls/wild")
}
