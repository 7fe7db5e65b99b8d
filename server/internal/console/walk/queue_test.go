package walk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/console/rig"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// takes takes a step at the desk as somebody does by another way than the page.
func takes(t testing.TB, w *rig.World, by *rig.Person, id syncproto.ID, command syncproto.Command, reason string) {
	t.Helper()
	r := w.Record(id)
	body, err := json.Marshal(map[string]any{"acts": []any{map[string]any{
		"id": syncproto.NewID(), "record": id, "kind": r.Kind, "base_revision": r.Revision, "command": command, "reason": reason,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/v1/desk/acts", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+by.Token())
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var out struct {
		Outcomes []desk.Done `json:"outcomes"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil || len(out.Outcomes) != 1 || !out.Outcomes[0].OK() {
		t.Fatalf("%s: %d, %+v, %v", command, answer.StatusCode, out, err)
	}
}

// TestQueueLooks shows the queue as it is on a busy day, on every kind of screen.
func TestQueueLooks(t *testing.T) {
	w := rig.Start(t)
	lan, hung := w.Phone("Lê Thị Lan", w.Commune), w.Phone("Nguyễn Văn Hùng", w.Other)
	titles := []string{
		"Chị Lan góp 20 suất cơm cho bà con vùng lũ ở ấp Tân Tiến, xã Tân Ân, huyện Ngọc Hiển sau ba ngày nước lên", "Đội xung kích dọn trường sau bão",
		"مساعدة الأطفال بعد الفيضانات", "<b>Bài có thẻ</b> & ký tự lạ 🚑🩸", "Hiến máu đợt 3: 120 đơn vị", "Bếp ăn không đồng",
	}
	for i, title := range titles {
		phone := lan
		if i%2 == 1 {
			phone = hung
		}
		id := phone.Text(title, strings.Repeat("Sáng nay cả đội có mặt từ 5 giờ. Bà con đã nhận đủ nước, gạo và thuốc. ", 6))
		if i%3 == 0 {
			photo := phone.Photo(id, "Bà con nhận quà")
			phone.Agree(photo, "Bà Năm")
		}
		phone.Hand(id)
	}
	lan.SendAll()
	hung.SendAll()
	w.Move(3 * time.Hour)
	rows := idsOf(t, w)
	takes(t, w, w.Second, rows[1], syncproto.CommandClaim, "")
	w.Move(4 * time.Minute)
	tab := w.Tab(w.Editor)
	tab.Open("/console/queue")
	tab.Wait(`document.querySelectorAll("#queue-rows > li").length === 5`)
	tab.Axe()
	tab.Screenshot("queue/list")
	tab.Press("j")
	tab.Wait(`document.querySelector("#queue-pane .item")`)
	tab.Axe()
	tab.Screenshot("queue/item")
	tab.Dark(true)
	tab.Axe()
	tab.Screenshot("queue/item-dark")
	tab.Dark(false)
	tab.Press("?")
	tab.Axe()
	tab.Screenshot("queue/keys")
	tab.Press("Escape")
	tab.Language("en")
	tab.Open("/console/queue?view=open&filters=1&q=com")
	tab.Axe()
	tab.Screenshot("queue/filter-en")
	tab.Language("vi")
	tab.Phone()
	tab.Open("/console/queue")
	tab.NoHorizontalScroll()
	tab.Axe()
	tab.Screenshot("queue/phone-list")
	tab.Click(".queue-link")
	tab.Wait(`document.querySelector("#queue-pane .item")`)
	tab.NoHorizontalScroll()
	tab.Screenshot("queue/phone-item")
}

// idsOf lists what waits for the editor.
func idsOf(t testing.TB, w *rig.World) (ids []syncproto.ID) {
	t.Helper()
	d := desk.New(w.Server.Store(), desk.Options{Now: w.Now})
	page, err := d.Queue(t.Context(), w.Editor.Desk(), &desk.Ask{Limit: desk.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for i := range page.Rows {
		ids = append(ids, page.Rows[i].Record)
	}
	return ids
}

// queueOf is a world with n stories of an author who is known, waiting in a queue.
func queueOf(t *testing.T, n int) (*rig.World, *rig.Phone, []syncproto.ID) {
	t.Helper()
	w := rig.Start(t, func(c *app.Config) { c.Hold = 2 * time.Minute })
	lan := w.Phone("Lê Thị Lan", w.Commune)
	known := lan.Stories(1)
	lan.Stories(n)
	takes(t, w, w.Second, known[0], syncproto.CommandDecline, "Bài thử")
	w.Move(2 * time.Hour)
	ids := idsOf(t, w)
	if len(ids) != n {
		t.Fatalf("%d stories wait, want %d", len(ids), n)
	}
	return w, lan, ids
}

const rowsThere = `document.querySelectorAll("#queue-rows > .queue-row").length`

func current(tab *rig.Tab) string {
	return rig.Eval[string](tab, `document.querySelector(".queue-link[aria-current]")?.closest(".queue-row").dataset.id ?? ""`)
}

// showsSheet waits until a submission is beside the list.
func showsSheet(tab *rig.Tab, id syncproto.ID) {
	tab.Wait(fmt.Sprintf(`document.querySelector("#queue-pane [data-sheet]")?.dataset.sheet === %q`, id))
}

func TestQueueKeys(t *testing.T) {
	w, _, ids := queueOf(t, 4)
	tab := w.Tab(w.Editor)
	tab.Open("/console/queue")
	tab.Press("j")
	showsSheet(tab, ids[0])
	tab.Press("j")
	tab.Press("j")
	tab.Press("k")
	showsSheet(tab, ids[1])
	if got := tab.Path(); !strings.HasPrefix(got, "/console/queue/"+string(ids[1])) || current(tab) != string(ids[1]) {
		t.Errorf("the address is %s, the row %s", got, current(tab))
	}
	if !rig.Eval[bool](tab, `document.activeElement.id === "queue-pane"`) || !strings.Contains(tab.Text("#queue-say"), "2") {
		t.Error("the focus did not follow, or nothing was said")
	}
	tab.Press("x")
	tab.Press("j")
	tab.Press("j")
	tab.Press("Shift+x")
	if n := tab.Count("input[name=pick]:checked"); n != 3 {
		t.Errorf("%d are ticked, want 3", n)
	}
	tab.Press("/")
	tab.Wait(`document.activeElement.id === "queue-q"`)
	tab.Fill("#queue-q", "")
	tab.Type("jjkxa")
	if got := tab.Value("#queue-q"); got != "jjkxa" || current(tab) != string(ids[3]) {
		t.Errorf("typed %q, at %s", got, current(tab))
	}
	tab.Fill("#queue-q", "")
	tab.Compose("xã")
	if tab.Value("#queue-q") != "xã" || current(tab) != string(ids[3]) || tab.Count("input[name=pick]:checked") != 3 {
		t.Error("composing Vietnamese pressed keys")
	}
	rig.Eval[bool](tab, `(document.activeElement.blur(), document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "k", isComposing: true, bubbles: true})), true)`)
	if current(tab) != string(ids[3]) {
		t.Error("a key of a composition acted")
	}
	tab.Press("?")
	tab.Wait(`document.getElementById("queue-keys").open`)
	tab.Press("k")
	tab.Press("Escape")
	tab.Wait(`!document.getElementById("queue-keys").open`)
	if current(tab) != string(ids[3]) {
		t.Error("a key acted behind a dialog")
	}
	rig.Eval[bool](tab, `(document.documentElement.dataset.keys = "off", true)`)
	tab.Press("k")
	rig.Eval[bool](tab, `(document.documentElement.dataset.keys = "on", true)`)
	if current(tab) != string(ids[3]) {
		t.Error("a key that is switched off acted")
	}
	tab.Back()
	tab.Wait(`location.pathname === "/console/queue" && !document.querySelector("#queue-pane [data-sheet]")`)
}

func TestQueueActsWithoutLeaving(t *testing.T) {
	w, lan, ids := queueOf(t, 3)
	tab := w.Tab(w.Editor)
	tab.Open("/console/queue/" + string(ids[0]))
	tab.Press("a")
	showsSheet(tab, ids[1])
	tab.Wait(`document.querySelector("#told form[data-undo]")`)
	if state := w.Record(ids[0]).State; state != syncproto.StateApproved {
		t.Fatalf("the first is %s", state)
	}
	tab.Leave(func() { tab.Press("z") })
	if state := w.Record(ids[0]).State; state != syncproto.StateInReview {
		t.Errorf("taken back, the first is %s", state)
	}
	tab.Open("/console/queue/" + string(ids[1]))
	tab.Press("c")
	tab.Wait(`document.querySelector("dialog[open] textarea[name=reason]")`)
	tab.Fill("dialog[open] textarea[name=reason]", "Cần ảnh rõ hơn")
	tab.Click("dialog[open] form[data-act] button:not([type=button])")
	showsSheet(tab, ids[2])
	w.Until("the story to go back", func() bool { return w.Record(ids[1]).State == syncproto.StateNeedsChanges })
	tab.Wait(rowsThere + ` === 2`)

	// A phone sends a newer version while the page is open: the approval of the older one is refused, and shows why.
	before := w.Record(ids[2]).Revision
	patch := mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("Tựa mới")}}
	if err := lan.Edit(t.Context(), ids[2], patch); err != nil {
		t.Fatal(err)
	}
	lan.Send()
	w.Until("the edit to arrive", func() bool { return w.Record(ids[2]).Revision > before })
	tab.Expect("answer 409")
	tab.Leave(func() { tab.Press("a") })
	tab.WaitText("main", "Tựa mới")
	if state := w.Record(ids[2]).State; state == syncproto.StateApproved {
		t.Error("a version was approved that nobody had seen")
	}
}

func TestQueueBulk(t *testing.T) {
	w, lan, ids := queueOf(t, 5)
	bare := lan.Text("Ảnh chưa có đồng ý", "Một người trong ảnh")
	photo := lan.Photo(bare, "Bà con")
	if err := lan.SetShows(t.Context(), photo, syncproto.ShowsPeople, 1); err != nil {
		t.Fatal(err)
	}
	lan.Hand(bare)
	lan.SendAll()
	takes(t, w, w.Second, ids[4], syncproto.CommandClaim, "")
	tab := w.Tab(w.Editor)
	tab.Open("/console/queue?view=open")
	tab.Wait(rowsThere + ` === 6`)
	tab.Click("#queue-all")
	tab.Fill("#queue-command", "approve")
	tab.Follow(".queue-bar button:not([name])")
	tab.Axe()
	tab.Screenshot("queue/bulk")
	if got := tab.Text(".queue-skips"); !strings.Contains(got, "Lê Thu Hà") || !strings.Contains(got, "đồng ý") {
		t.Errorf("left out: %s", got)
	}
	tab.Follow("form[action='/console/queue/bulk/do'] button.main")
	tab.Axe()
	tab.Screenshot("queue/done")
	for _, id := range ids[:4] {
		if state := w.Record(id).State; state != syncproto.StateApproved {
			t.Errorf("got %s", state)
		}
	}
	if w.Record(bare).State == syncproto.StateApproved || w.Record(bare).Claim != nil || w.Record(ids[4]).State != syncproto.StateInReview {
		t.Error("what was left out was touched")
	}
	tab.Leave(func() { tab.Press("z") })
	for _, id := range ids[:4] {
		if state := w.Record(id).State; state != syncproto.StateInReview {
			t.Errorf("taken back, got %s", state)
		}
	}
	plain := w.Tab(w.Editor)
	plain.NoScript()
	plain.Open("/console/queue?state=in_review")
	plain.Click("input[name=pick]")
	plain.Fill("#queue-command", "release")
	plain.Follow(".queue-bar button:not([name])")
	plain.Follow("form[action='/console/queue/bulk/do'] button.main")
	plain.Screenshot("queue/done-noscript")
}

func TestQueueIsLive(t *testing.T) {
	w, lan, ids := queueOf(t, 4)
	tab := w.Tab(w.Editor)
	tab.Open("/console/queue/" + string(ids[1]))
	tab.Click("#queue-rows > li:nth-child(3) input")
	tab.Fill("#queue-q", "chữ đang gõ")
	takes(t, w, w.Second, ids[3], syncproto.CommandClaim, "")
	tab.Wait(rowsThere + ` === 3`)
	lan.Stories(1)
	tab.Wait(rowsThere + ` === 4`)
	if got := tab.Value("#queue-q"); got != "chữ đang gõ" || current(tab) != string(ids[1]) || tab.Count("input[name=pick]:checked") != 1 {
		t.Errorf("typed %q, at %s", got, current(tab))
	}
	takes(t, w, w.Second, ids[1], syncproto.CommandReturn, "Thiếu ngày")
	tab.Wait(`!document.querySelector(".queue-news").hidden`)
	if current(tab) != string(ids[1]) || !strings.Contains(tab.Text(".queue-news"), "vừa thay đổi") {
		t.Errorf("got %q", tab.Text(".queue-news"))
	}
	tab.Axe()
	tab.Screenshot("queue/changed")
	tab.Click(".queue-news button")
	tab.WaitText("#queue-pane", "Thiếu ngày")
}

func TestQueueFilters(t *testing.T) {
	w, _, ids := queueOf(t, 3)
	tab := w.Tab(w.Editor)
	tab.Open("/console/queue?view=open")
	tab.Fill("#queue-q", "số 2")
	tab.Leave(func() { tab.Press("Enter") })
	if !strings.Contains(tab.Path(), "q=") || tab.Count("#queue-rows > li") != 1 {
		t.Errorf("%s has %d rows", tab.Path(), tab.Count("#queue-rows > li"))
	}
	tab.Click(".queue-link")
	tab.Wait(`document.querySelector("#queue-pane [data-sheet]")`)
	if !strings.Contains(tab.Path(), "q=") {
		t.Errorf("the filter is gone: %s", tab.Path())
	}
	tab.Back()
	tab.Wait(`!document.querySelector("#queue-pane [data-sheet]")`)
	tab.Follow(".queue-chip.on")
	if tab.Count("#queue-rows > li") != len(ids) || strings.Contains(tab.Path(), "q=") {
		t.Errorf("%s has %d rows", tab.Path(), tab.Count("#queue-rows > li"))
	}
	tab.Open("/console/queue?view=open&state=approved")
	if !strings.Contains(tab.Text("#queue-list"), "Không tìm thấy") {
		t.Errorf("got %q", tab.Text("#queue-list"))
	}
	tab.Screenshot("queue/empty-found")
	tab.Open("/console/queue?view=inbox")
	tab.Axe()
	tab.Screenshot("queue/empty-inbox")
	tab.Open("/console/queue/conflicts")
	tab.Axe()
	tab.Screenshot("queue/conflicts-empty")
}

// TestQueueAsksWhoIsThere: a session that ends while somebody works costs a password in a dialog, and nothing that was on
// the page.
func TestQueueAsksWhoIsThere(t *testing.T) {
	w, _, ids := queueOf(t, 2)
	tab := w.Tab(w.Editor)
	tab.Open("/console/queue/" + string(ids[0]))
	tab.Fill("#queue-q", "chữ đang gõ")
	tab.Run(`document.activeElement.blur()`)
	w.Editor.EndSessions()
	tab.Expect("answer 401")
	tab.Press("a")
	tab.Wait(`document.querySelector("dialog.entry-again[open]")`)
	if tab.Value("#queue-q") != "chữ đang gõ" {
		t.Error("what was typed is gone")
	}
	tab.Fill("dialog.entry-again input[name=login]", w.Editor.Login)
	tab.Fill("dialog.entry-again input[type=password]", rig.Password)
	tab.Press("Enter")
	showsSheet(tab, ids[1])
	if state := w.Record(ids[0]).State; state != syncproto.StateApproved {
		t.Errorf("the story is %s", state)
	}
}
