package walk_test

import (
	"archive/zip"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// TestConsentWithdrawn is AS-08 from the office's side: a mother phones, the editor withdraws, and the request shows both
// clocks, who had a kit, and what proves the erasure.
func TestConsentWithdrawn(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	story := lan.Text("Ngày hội trăng rằm", "Các em rước đèn quanh xóm.")
	photo := lan.Photo(story, "Rước đèn")
	consent := lan.Agree(photo, "Mẹ bé Bông")
	lan.Hand(story)
	lan.SendAll()
	w.Editor.Takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish)
	w.Move(time.Minute)
	lan.Reads(story, func(i *mobilesdk.Item) bool { return i.State == syncproto.StatePublished })

	tab := w.Tab(w.Editor)
	folder := downloads(t, tab)
	tab.Open("/console/items/" + string(story) + "/press")
	tab.Click("#press-get")
	downloaded(w, folder)
	w.Editor.Takes(consent, "Mẹ em gọi điện, không muốn đăng nữa", syncproto.CommandWithdraw)

	office := w.Tab(w.Admin)
	office.Open("/console/cases?all=yes")
	office.WaitText(".rows", "Rút lại sự đồng ý")
	w.Until("the server to erase", func() bool {
		office.Reload()
		return strings.Contains(office.Text(".rows"), "đã xong")
	})
	looks(office, "office/cases")
	office.Follow(".office-link")
	if got := office.Count(".office-times .badge.good"); got != 2 {
		t.Errorf("%d clocks were met", got)
	}
	office.WaitText(".office-handed", "Báo chí")
	office.WaitText(".office-proof", "kiểm lại, không còn gì")
	office.WaitText("main", "các điện thoại xóa bản của mình")
	looks(office, "office/withdrawn")
	tab.Open("/console/items/" + string(story) + "/press")
	if got := tab.Count(".press-photos li"); got != 0 {
		t.Errorf("%d photos are still offered", got)
	}
	w.Until("the phone to drop its copy", func() bool {
		lan.Send()
		item, err := lan.Show(t.Context(), photo)
		return err != nil || item.Deleted
	})

	office.Open("/console/audit?act=privacy.")
	office.WaitText(".office-log", "Xóa xong")
	office.Open("/console/audit?act=press.")
	office.WaitText(".office-log", "Xuất bộ tài liệu")
	if got := office.Text(".office-log"); !strings.Contains(got, w.Editor.Name) {
		t.Errorf("the log names nobody: %s", got)
	}
	looks(office, "office/audit")
}

// TestRequests takes requests down and carries them out: an answer, a longer deadline, a correction, a copy of the data and an
// erasure, each after a fresh proof where one is needed.
func TestRequests(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	lan.Story("Chuyện của Lan", "Sáng nay bà con dọn kênh.")
	w.Phone("Nguyễn Văn Lân", w.Commune).Story("Bác Tư Hiền cho mượn ghe", "Bác Nguyễn Thị Lan cũng có mặt.")

	editor := w.Tab(w.Editor)
	editor.Open("/console/cases")
	editor.WaitText("main", "Bạn ghi nhận được")
	editor.Follow("a.main")
	editor.Fill("#f-who", "Bà Sáu ở xóm Chợ")
	editor.Click(`input[value="access"]`)
	editor.Follow("form.stack button.main")
	editor.WaitText(".told", "Cần trả lời trước")

	tab := w.Tab(w.Admin)
	tab.Open("/console/cases/new")
	looks(tab, "office/new")
	tab.Fill("#f-q", "nguyen thi lan")
	tab.Follow(".office-search button")
	tab.Screenshot("office/new-found")
	tab.Follow(".office-found a")
	tab.Click(`input[value="erasure"]`)
	tab.Fill("#f-note", "Chị Lan đến văn phòng, gọi lại <b>chiều nay</b>")
	tab.Follow("form.stack button.main")
	tab.WaitText("h1", "Xin xóa dữ liệu")
	tab.WaitText(".office-kept", "Nguyễn Thị Lan")
	address := tab.Path()
	looks(tab, "office/erasure")

	tab.Click(".office-candidate input[type=checkbox]")
	tab.Follow(`form[action$="/answer"] button.main`)
	tab.WaitText(".told", "Đã ghi nhận trả lời")
	if got := tab.Count(".office-times .badge.good"); got != 1 {
		t.Errorf("%d clocks were met", got)
	}
	tab.Click("details.card summary")
	tab.Fill("#f-until", w.Now().AddDate(0, 0, 20).Format("2006-01-02"))
	tab.Fill("#f-extend", "Chờ báo gỡ ảnh")
	tab.Follow(`form[action$="/extend"] button`)
	tab.WaitText(".told", "Đã gia hạn")

	w.Move(20 * time.Minute)
	folder := downloads(t, tab)
	tab.Follow("#office-export")
	tab.Fill("#f-login", w.Admin.Login)
	tab.Fill("#f-password", rig.Password)
	tab.Follow("main form.stack button.main")
	tab.WaitText("h1", "Bản sao dữ liệu của Nguyễn Thị Lan")
	looks(tab, "office/export")
	tab.Click("#office-get")
	archive, err := zip.OpenReader(downloaded(w, folder))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) < 5 {
		t.Errorf("%d files", len(archive.File))
	}
	archive.Close()

	tab.Open(address)
	w.Move(20 * time.Minute)
	tab.Follow("a.danger")
	tab.WaitText(".office-goes", "Họ tên và số điện thoại")
	looks(tab, "office/erase")
	tab.Expect("answer 401")
	tab.Click("input[name=sure]")
	tab.Follow("button.danger")
	tab.Fill("#f-login", w.Admin.Login)
	tab.Fill("#f-password", rig.Password)
	tab.Follow("form[data-entry-again] button.main")
	w.Until("the erasure to be done", func() bool {
		tab.Open(address)
		return tab.Count(".office-proof") == 1
	})
	tab.Screenshot("office/erased")
	tab.Click(`input[value="partly"]`)
	tab.Follow(`form[action$="/close"] button`)
	tab.WaitText(".problem", "lý do")
	tab.Fill("#f-close", "Bài đã đăng được giữ lại")
	tab.Click(`input[value="partly"]`)
	tab.Follow(`form[action$="/close"] button`)
	tab.WaitText(".badge", "xong một phần")

	w.Move(30 * 24 * time.Hour)
	tab.Open("/console/cases?overdue=yes") // the session ended
	tab.Fill("#f-login", w.Admin.Login)
	tab.Fill("#f-password", rig.Password)
	tab.Follow("main form.stack button.main")
	tab.WaitText(".rows", "quá hạn")
	tab.Screenshot("office/overdue")
}

// TestServerPage shows how the server stands, to its operator alone.
func TestServerPage(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	tab := w.Tab(w.Operator)
	tab.Open("/console/server")
	tab.WaitText("main", "Sẵn sàng")
	tab.WaitText("main", "chưa có bản sao lưu nào")
	looks(tab, "office/server")
	tab.Open("/console/audit")
	tab.WaitText(".office-log", "Tạo tài khoản")
	other := w.Tab(w.Editor)
	other.Expect("answer 403")
	other.Open("/console/server")
	other.WaitText("h1", "Chưa làm được")
}
