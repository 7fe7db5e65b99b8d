package walk_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

func itemPath(id syncproto.ID, more string) string { return "/console/items/" + string(id) + more }

// TestReturnedAndFixed is AS-04 from the editor's side: a return with a note on the title and one on photo 3, a phone that
// fixes both without a network, and an editor who then reads only the differences.
func TestReturnedAndFixed(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	story := lan.Text("Bến đò", "Bà Sáu chèo đò đưa cả xóm qua sông trong ba ngày nước lớn.")
	var photos []syncproto.ID
	for n := range 4 {
		photo := lan.Photo(story, "Ảnh bến đò "+strconv.Itoa(n+1))
		if err := lan.SetShows(context.Background(), photo, syncproto.ShowsNobody, 0); err != nil {
			t.Fatal(err)
		}
		photos = append(photos, photo)
	}
	lan.Hand(story)
	lan.SendAll()

	tab := w.Tab(w.Editor)
	tab.Open(itemPath(story, ""))
	tab.Press("c")
	tab.Wait(`document.querySelector("dialog.item-ask[open] textarea[name=reason]") === document.activeElement`)
	tab.Axe()
	tab.Screenshot("item/return-dialog")
	tab.Click("dialog .item-quick button")
	tab.Click(`dialog details:has([name="on.title"]) > summary`)
	tab.Fill(`dialog [name="on.title"]`, "Bến đò nào?")
	tab.Click(`dialog details:has([name="on.` + string(photos[2]) + `"]) > summary`)
	tab.Fill(`dialog [name="on.`+string(photos[2])+`"]`, "Ai trong ảnh?")
	tab.Follow("dialog button.main")
	w.UntilState(story, syncproto.StateNeedsChanges)
	tab.WaitText(".item-photo:nth-child(3)", "Ai trong ảnh?")

	lan.Send()
	notes, err := lan.Notes(context.Background(), story)
	if err != nil || len(notes) != 2 {
		t.Fatalf("notes on the phone: %+v %v", notes, err)
	}
	for _, n := range notes { // without a network until the next Send
		field, text := "title", "Bến đò Cồn Én"
		if n.Record == photos[2] {
			field, text = "caption", "Bà Sáu chèo đò"
		}
		patch := mobilesdk.Patch{Set: syncproto.Fields{field: syncproto.Text(text)}}
		if err := lan.Fix(context.Background(), n.Record, patch, []syncproto.ID{n.ID}, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := lan.Resubmit(context.Background(), story); err != nil {
		t.Fatal(err)
	}
	lan.Send()
	w.UntilState(story, syncproto.StateResubmitted)

	tab.Reload()
	tab.WaitText(".item-head", "Đã bổ sung")
	tab.Leave(func() { tab.Press("d") })
	if got := tab.Texts("main ins"); !strings.Contains(strings.Join(got, " "), "Cồn Én") {
		t.Errorf("added: %q", got)
	}
	if n := tab.Count(".item-part"); n != 1 {
		t.Errorf("%d photos differ", n)
	}
	tab.WaitText(".item-part", "chèo đò")
	tab.Axe()
	tab.Screenshot("item/differences")
	tab.Leave(func() { tab.Press("d") })
	tab.Leave(func() { tab.Press("a") })
	w.UntilState(story, syncproto.StateApproved)

	lan.Send()
	steps, err := lan.Timeline(context.Background(), story)
	if err != nil {
		t.Fatal(err)
	}
	shown := tab.Texts(".item-steps li b")
	for i, step := range steps {
		if i >= len(shown) || shown[i] != step.Name {
			t.Errorf("step %d: the phone shows %q, the desk %q", i, step.Name, shown)
		}
	}
}

// TestBothEdited is AS-05: the phone changed date and title without a network, the desk body and title. Date and body merge,
// and the title asks for a choice.
func TestBothEdited(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	story := lan.Story("Bếp ăn 0 đồng", "Sáng nay ca xóm cùng nấu cháo.")
	lan.Send()
	if err := lan.Edit(context.Background(), story, mobilesdk.Patch{Set: syncproto.Fields{
		"title": syncproto.Text("Bếp ăn của chị Lan"), "happened_at": syncproto.Int(1_760_000_000_000),
	}}); err != nil {
		t.Fatal(err)
	}

	tab := w.Tab(w.Editor)
	tab.Open(itemPath(story, ""))
	tab.Leave(func() { tab.Press("e") })
	tab.Fill("[name=title]", "Bếp ăn không đồng")
	tab.Fill("[name=body]", "Sáng nay cả xóm cùng nấu cháo.")
	tab.Axe()
	tab.Follow("main form button.main")
	tab.WaitText(".item-title", "Bếp ăn không đồng")
	lan.Send()

	tab.Reload()
	if r := w.Record(story); r.Fields["body"].TextOr("") != "Sáng nay cả xóm cùng nấu cháo." || r.Fields["happened_at"].IsNull() {
		t.Errorf("what did not collide is not merged: %v", r.Fields)
	}
	tab.Follow(".item-told.warn a")
	tab.WaitText("main", "Bếp ăn của chị Lan")
	tab.WaitText("main", "Bếp ăn 0 đồng")
	tab.Axe()
	tab.Screenshot("item/conflict-card")
	tab.Fill("[name=value]", "Bếp ăn không đồng của chị Lan")
	tab.Follow(`button[value="own"]`)
	tab.WaitText(".item-title", "Bếp ăn không đồng của chị Lan")
	if n := tab.Count(".item-told.warn"); n != 0 {
		t.Errorf("%d warnings stay", n)
	}
	tab.Open(itemPath(story, "/history"))
	tab.WaitText("main", w.Editor.Name)
	lan.Reads(story, func(it *mobilesdk.Item) bool {
		return it.Fields["title"].TextOr("") == "Bếp ăn không đồng của chị Lan"
	})
}

// TestEditSurvives types an edit, loses the server and the page, and goes on the next day: what was typed is there, and it
// is an edit of what was read then, so that it undoes nothing of what came since.
func TestEditSurvives(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	story := lan.Story("Bếp ăn", "Sáng nay ca xóm nấu cháo.")
	tab := w.Tab(w.Editor)
	tab.Open(itemPath(story, "/edit"))
	tab.Fill("[name=body]", "Sáng nay cả xóm nấu cháo.")
	w.Stop()
	w.Run()
	lan.Rewrite(story, "title", "Bếp ăn 0 đồng")
	lan.Send()
	tab.Open(itemPath(story, "/edit"))
	tab.WaitText("main form .notice", "Đã lấy lại chữ")
	if got := tab.Value("[name=body]"); got != "Sáng nay cả xóm nấu cháo." {
		t.Fatalf("kept: %q", got)
	}
	tab.Follow("main form button.main")
	tab.WaitText("main", "được gộp")
	r := w.Record(story)
	if r.Fields["title"].TextOr("") != "Bếp ăn 0 đồng" || r.Fields["body"].TextOr("") != "Sáng nay cả xóm nấu cháo." {
		t.Errorf("merged: %v", r.Fields)
	}
}

// TestChildInThePicture is AS-07 on the page: the refusal says what is missing, and nothing goes around it.
func TestChildInThePicture(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	story := lan.Text("Trung thu ở xóm", "Các cháu rước đèn quanh xóm.")
	photo := lan.Photo(story, "Bé Na, 9 tuổi")
	if err := lan.SetShows(context.Background(), photo, syncproto.ShowsPeople, 1); err != nil {
		t.Fatal(err)
	}
	lan.Hand(story)
	lan.SendAll()
	tab := w.Tab(w.Editor)
	tab.Open(itemPath(story, ""))
	tab.WaitText(".item-barred", "Chưa đủ sự đồng ý")
	tab.Follow(".item-lacks a.button")
	tab.Fill("[name=who]", "Bé Na")
	tab.Click("[name=age][value=from_seven]")
	tab.Click("[name=given_by][value=self]")
	tab.Click("[name=how][value=written]")
	tab.Click("[name=uses][value=publish]")
	tab.Axe()
	tab.Screenshot("item/consent-form")
	tab.Follow("main form button.main")
	tab.WaitText(".item-lacks", "người đại diện")
	tab.Screenshot("item/child")
	if n := tab.Count(`form[data-act="approve"]`); n != 0 {
		t.Error("approving is offered")
	}
	crowd := lan.Photo(story, "Cả xóm xem múa lân")
	if err := lan.SetShows(context.Background(), crowd, syncproto.ShowsCrowd, 0); err != nil {
		t.Fatal(err)
	}
	lan.SendAll()
	tab.Reload()
	tab.Follow(`.item-lacks a[href*="judgement"]`)
	tab.Fill("[name=text]", "Toàn cảnh lễ hội công khai, không ai nổi bật.")
	tab.Follow("main form button.main")
	tab.WaitText(".item-consent", "Nhận định")
	tab.Click(`.item-photo:first-child a[data-photo]`)
	tab.Wait(`document.querySelector("dialog.light[open]")`)
	tab.Click(`dialog.light a[data-ask]`)
	tab.Fill("dialog.item-ask [name=reason]", "Chưa hỏi được người đại diện")
	tab.Follow("dialog.item-ask button.danger, dialog.item-ask button.main")
	tab.WaitText(".item-photo:first-child", "đã ẩn")
	tab.Leave(func() { tab.Press("a") })
	w.UntilState(story, syncproto.StateApproved)
}

// TestEvidenceOnPaper records the consent for a child with a photo of the paper that its mother signed.
func TestEvidenceOnPaper(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	story := lan.Text("Lớp mẫu giáo", "Các cháu đi học lại.")
	photo := lan.Photo(story, "Bé Na, 5 tuổi")
	if err := lan.SetShows(context.Background(), photo, syncproto.ShowsPeople, 1); err != nil {
		t.Fatal(err)
	}
	lan.Hand(story)
	lan.SendAll()
	paper := filepath.Join(t.TempDir(), "phieu.jpg")
	if err := os.WriteFile(paper, sample.JPEG(sample.Options{Width: 800, Height: 600, Seed: 99}), 0o600); err != nil {
		t.Fatal(err)
	}
	tab := w.Tab(w.Editor)
	tab.Open(itemPath(story, "/consents?on="+string(photo)))
	tab.Fill("[name=who]", "Bé Na")
	tab.Click("[name=age][value=under_seven]")
	tab.Click("[name=given_by][value=representative]")
	tab.Fill("[name=representative]", "Chị Mận, mẹ")
	tab.Click("[name=how][value=written]")
	tab.Click("[name=uses][value=publish]")
	tab.Upload("[name=evidence]", paper)
	tab.Follow("main form button.main")
	tab.WaitText(".item-side", "Đủ để đăng")
	w.Until("the paper can be seen", func() bool { tab.Reload(); return tab.Count(".item-evidence img") == 1 })
	tab.Axe()
	tab.Screenshot("item/evidence")
	tab.Follow(".item-evidence a")
	tab.WaitText("h1", "Bằng chứng 1")
	tab.Follow("main nav a")
	tab.Leave(func() { tab.Press("a") })
	w.UntilState(story, syncproto.StateApproved)
}

// TestWithdrawnOnTheSheet is AS-08 on the page: it asks on a page of its own, and what it is about is gone at once.
func TestWithdrawnOnTheSheet(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	story := lan.Text("Hiến máu", "Chị Hạnh hiến máu lần thứ 20.")
	photo := lan.Photo(story, "Chị Hạnh")
	lan.Agree(photo, "Chị Hạnh")
	lan.Hand(story)
	lan.SendAll()
	w.Editor.Takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish)
	tab := w.Tab(w.Editor)
	tab.Open(itemPath(story, ""))
	tab.Follow(".item-consent .item-quiet")
	tab.Axe()
	tab.Screenshot("item/withdraw")
	tab.Fill("[name=reason]", "Chị Hạnh gọi điện sáng nay")
	tab.Follow("main form button.danger")
	w.Until("the photo is erased", func() bool { r := w.Record(photo); return r.Erased || r.Deleted || r.State == syncproto.StateTakenDown })
	tab.Open(itemPath(story, ""))
	tab.Wait(`!document.querySelector('.item-photo:not(.item-hidden)')`)
	lan.Send()
}

// TestLightbox goes through photos by keyboard and by finger.
func TestLightbox(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	story := lan.Text("Bến đò", "Ba ảnh.")
	for n := range 3 {
		lan.Photo(story, "Ảnh bến đò "+strconv.Itoa(n+1))
	}
	lan.Hand(story)
	lan.SendAll()
	tab := w.Tab(w.Editor)
	tab.Open(itemPath(story, ""))
	tab.Press("p")
	at := func(n string) {
		t.Helper()
		tab.WaitText("dialog.light .light-count", "Ảnh "+n+"/3")
		tab.Wait(`(i => i && i.complete && i.naturalWidth > 0)(document.querySelector('dialog.light .light-stage img'))`)
	}
	at("1")
	tab.Press("ArrowRight")
	at("2")
	for _, key := range []string{"Shift++", "r", "i"} {
		tab.Press(strings.Replace(key, "Shift++", "=", 1))
	}
	tab.Wait(`document.querySelector('dialog.light img').style.transform.includes('rotate(90deg)') && !document.querySelector('.light-about').hidden`)
	tab.Axe()
	tab.Screenshot("item/lightbox")
	tab.Press("Escape")
	tab.Wait(`!document.querySelector('dialog.light') && document.activeElement.matches('.item-photo:nth-child(2) a')`)

	tab.Phone()
	tab.Open(itemPath(story, ""))
	tab.Click(".item-photo:first-child a[data-photo]")
	at("1")
	swipe(t, tab, 300, 60)
	at("2")
	swipe(t, tab, 60, 300)
	at("1")
	pinch(t, tab)
	tab.Wait(`(s => s && Number(s[1]) > 1.5)(document.querySelector('dialog.light img').style.transform.match(/scale\(([\d.]+)\)/))`)
	tab.TargetSizes(24)
	tab.Screenshot("item/lightbox-phone")
}

// touch puts fingers down, moves them or lifts them.
func touch(t *testing.T, tab *rig.Tab, kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
	t.Helper()
	if points == nil {
		points = []*input.TouchPoint{}
	}
	step := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
		return err
	})
	if err := chromedp.Do(tab.Context(), step); err != nil {
		t.Fatal(err)
	}
}

func finger(id, x, y float64) *input.TouchPoint { return &input.TouchPoint{X: x, Y: y, ID: &id} }

// swipe draws a finger over the photo.
func swipe(t *testing.T, tab *rig.Tab, from, to float64) {
	t.Helper()
	touch(t, tab, input.DispatchTouchEventTypeTouchStart, finger(1, from, 350))
	for n := range 5 {
		touch(t, tab, input.DispatchTouchEventTypeTouchMove, finger(1, from+(to-from)*float64(n+1)/5, 350))
	}
	touch(t, tab, input.DispatchTouchEventTypeTouchEnd)
}

// pinch moves two fingers apart.
func pinch(t *testing.T, tab *rig.Tab) {
	t.Helper()
	touch(t, tab, input.DispatchTouchEventTypeTouchStart, finger(1, 170, 350), finger(2, 190, 350))
	for n := range 5 {
		away := 10 + 20*float64(n+1)
		touch(t, tab, input.DispatchTouchEventTypeTouchMove, finger(1, 180-away, 350), finger(2, 180+away, 350))
	}
	touch(t, tab, input.DispatchTouchEventTypeTouchEnd)
}
