package roster_test

import (
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestPeopleAreFound(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	lan := l.person("Lê Thị Lan", l.first, syncproto.RoleVolunteer)
	l.person("Phạm Quốc Bảo", l.third, syncproto.RoleOfficer)
	l.person("Người Tỉnh Khác", l.other, syncproto.RoleVolunteer)
	by.get("/people").is(200).has("Lê Thị Lan", "Phạm Quốc Bảo").lacks("Người Tỉnh Khác")
	by.get("/people?q=le+thi+lan").is(200).has("Lê Thị Lan").lacks("Phạm Quốc Bảo")
	by.get("/people?q=Lan&unit=" + string(l.west)).is(200).has("Không tìm thấy ai")
	by.get("/people?role=officer").is(200).has("Phạm Quốc Bảo").lacks("Lê Thị Lan")
	by.get("/people?state=suspended").is(200).has("Không tìm thấy ai")
	by.get("/people?unit=" + string(l.other)).is(403)
	by.get("/people?from=khong").is(400)
	l.operator().get("/people").is(200).has("Người Tỉnh Khác")
	l.minor().get("/people").is(403)
	l.minor().get("/people/" + string(lan)).is(404)
}

func TestSomebodyIsAdded(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	p := by.post("/people/new", "name", "Lê Thị Lan", "phone", "0912 345 678", "unit", string(l.first), "role", "volunteer").is(303)
	by.get(strings.TrimPrefix(p.to, "/console")).is(200).has("Đã thêm người này", "+84912345678", "Tình nguyện viên", "Nguyễn Thị Hòa giao", "Chưa có điện thoại nào")
	p = by.post("/people/new", "name", "Người Khác", "phone", "+84 912345678", "unit", string(l.first), "role", "volunteer").is(200)
	p.has("Đã có người mang số điện thoại này")
	if p.field("name") != "Người Khác" || !strings.Contains(p.body, `aria-errormessage="e-phone"`) {
		t.Error("the form is not filled in again")
	}
	for _, c := range [][]string{
		{"name", strings.Repeat("Lan ", 2500), "unit", string(l.first), "role", "volunteer"},
		{"name", "", "unit", string(l.first), "role", "volunteer"},
		{"name", "Lan", "unit", "khong", "role", "volunteer"},
		{"name", "Lan", "unit", string(l.first), "role", "vua"},
		{"name", "Lan", "unit", string(l.first), "role", "operator"},
		{"name", "Lan", "unit", string(l.other), "role", "volunteer"},
		{"name", "Lan", "phone", "không có số", "unit", string(l.first), "role", "volunteer"},
	} {
		by.post("/people/new", c...).is(200).has("Họ và tên")
	}
}

// TestAPersonFromBeginToEnd does everything to one person that a card offers.
func TestAPersonFromBeginToEnd(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	lan := l.person("Lê Thị Lan", l.first, syncproto.RoleVolunteer)
	card, do := "/people/"+string(lan), "/people/"+string(lan)+"/do"
	see := func() *shown { return by.get(card).is(200) }

	by.post(do, "act", "edit", "name", "Lê Thị Lan Anh", "phone", "0912345678").is(303)
	see().has("Đã lưu.", "Lê Thị Lan Anh", "+84912345678")
	by.post(do, "act", "edit", "name", "", "phone", "").is(200).has("Hãy ghi tên")
	by.post(do, "act", "give", "role", "editor", "unit", string(l.second), "from", l.day(2), "until", l.day(9)).is(303)
	p := see().has("Đã giao vai trò.", "Biên tập viên", "sắp tới", "Nguyễn Thị Hòa giao")
	by.post(do, "act", "take", "grant", p.field("grant"), "unit", string(l.first), "role", "volunteer").is(303)
	see().has("Vai trò đã kết thúc.", "Vai trò trước đây (1)", "Hoàn tác")
	by.post(do, "act", "give", "role", "volunteer", "unit", string(l.first)).is(303)
	by.post(do, "act", "move", "from", string(l.first), "unit", string(l.third), "at", l.day(0)).is(303)
	see().has("Xã Cam Thành")
	by.post(do, "act", "move", "from", string(l.third), "unit", string(l.first), "at", l.day(-3)).is(200).has("Ngày hiệu lực")
	by.post(do, "act", "tags", "tags", "Hiến máu, Nhóm Zalo", "skills", "lái xe").is(303)
	if p := see(); p.field("tags") != "Hiến máu, Nhóm Zalo" || p.field("skills") != "lái xe" {
		t.Error("the tags are not there")
	}
	by.post(do, "act", "tags", "tags", strings.Repeat("ă", 100)).is(200).has("tên mục")
	by.post(do, "act", "suspend").is(303)
	see().has("Tài khoản tạm nghỉ từ", "Hoàn tác")
	by.post(do, "act", "resume").is(303)
	see().has("Đang dùng")
	by.post(do, "act", "khác").is(200).has("không hợp lệ")
	by.get(card+"/close").is(200).has("Đóng tài khoản của Lê Thị Lan Anh?", "không còn bài chưa gửi")
	by.post(card + "/close").is(303)
	see().has("Tài khoản đã đóng ngày").lacks("Cho tạm nghỉ")
	l.minor().post(do, "act", "resume").is(404)
}

// phone gives somebody a phone that last said what it held.
func (l *land) phone(person syncproto.ID, unsent, failed int64, troubles ...syncproto.Trouble) syncproto.ID {
	l.t.Helper()
	id, now := syncproto.NewID(), l.now.UnixMilli()
	err := l.store.Update(l.t.Context(), func(tx storage.Tx) error {
		d := &storage.Device{ID: id, Person: person, Unit: l.first, Created: now}
		copy(d.TokenHash[:], id)
		if err := tx.PutDevice(d); err != nil {
			return err
		}
		return tx.PutContacts([]storage.Contact{{
			Device: id, At: now, App: "lantoa/1.0", Unsent: unsent, Failed: failed, Oldest: int64(5 * time.Hour / time.Millisecond), Troubles: troubles,
		}})
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return id
}

func TestPhonesAreShutOut(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	lan := l.person("Lê Thị Lan", l.first, syncproto.RoleVolunteer)
	phone := l.phone(lan, 3, 1)
	card := "/people/" + string(lan)
	by.get(card).is(200).has("Máy 1", "3 bài chưa gửi", "1 bài lỗi")
	by.get(card + "/close").is(200).has("Máy còn 3 bài chưa gửi")
	by.get(card+"/revoke?device="+string(phone)).is(200).has("Thu hồi máy 1 của Lê Thị Lan?", "Máy còn 3 bài chưa gửi")
	by.get(card + "/revoke?device=" + string(syncproto.NewID())).is(404)
	by.get(card + "/revoke").is(404)
	by.post(card+"/revoke", "device", string(phone)).is(303)
	by.get(card).is(200).has("Đã thu hồi máy.", "Vẫn được gửi nốt bài đến")
}

func TestWhatAPersonToldIsShownToWhoMayCallThem(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	lan := l.person("Lê Thị Lan", l.first, syncproto.RoleVolunteer)
	path := "/people/" + string(lan) + "/facts"
	by.get(path).is(200).has("Chưa lưu gì.")
	by.post(path, "name", "blood_group", "value", "O+", "how", "written", "agreed", l.day(0)).is(303)
	by.post(path, "name", "last_whole_blood", "value", "30/9/2024", "how", "spoken").is(303)
	by.get(path).is(200).has("Nhóm máu: O+", "30/09/2024", "Đồng ý bằng văn bản", "Đồng ý bằng lời")
	by.post(path, "name", "blood_group", "value", "Z", "how", "written").is(200).has("Nhóm máu viết như")
	by.post(path, "name", "blood_group", "value", "O+").is(200).has("chưa đồng ý")
	by.post(path, "drop", "blood_group").is(303)
	by.get(path).is(200).lacks("Nhóm máu: O+")
	l.minor().get(path).is(404)
}

func TestInvitationsAreShownOnce(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	p := by.post("/invites", "unit", string(l.first), "role", "volunteer", "names", "Lê Thị Lan\n\nNgô Văn Bình", "count", "3", "days", "7").is(200)
	p.has("Lê Thị Lan", "Ngô Văn Bình", "Xã Trung Giang", "Cách tham gia Lan tỏa", "https://lantoa.example.vn")
	if n := strings.Count(p.body, `class="roster-card"`); n != 3 {
		t.Errorf("%d cards", n)
	}
	lan := l.person("Lê Thị Lan", l.first, syncproto.RoleVolunteer)
	by.post("/invites", "person", string(lan)).is(200).has("Mã tham gia", "Lê Thị Lan")
	by.post("/invites", "unit", string(l.first), "role", "volunteer", "names", strings.Repeat("A\n", 501)).is(200).has("quá nhiều")
	by.post("/invites", "unit", string(l.first), "role", "volunteer", "days", "91").is(200).has("từ 1 đến 90 ngày")
	by.post("/invites", "unit", string(l.other), "role", "volunteer", "days", "7").is(200).has("chưa có quyền")
	by.post("/invites", "unit", string(l.first), "role", "volunteer", "names", strings.Repeat("Lan ", 2500)).is(200).has("Hãy ghi tên")
	minor := l.minor()
	minor.get("/invites").is(200).has("Xã Trung Giang").lacks("Quản trị đơn vị", "Xã Gio Hải")
	minor.post("/invites", "unit", string(l.first), "role", "volunteer").is(200).has("Mã tham gia")
	minor.post("/invites", "unit", string(l.first), "role", "admin").is(200).has("chưa có quyền")
}

func TestALinkForTheDesk(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	bao := l.person("Phạm Quốc Bảo", l.third, syncproto.RoleEditor)
	p := by.post("/people/" + string(bao) + "/link").is(200).has("Đường dẫn chỉ hiện một lần này")
	if !strings.Contains(p.body, `value="https://lantoa.example.vn/console/link/`) {
		t.Error("no link")
	}
	by.post("/people/" + string(l.operator().id) + "/link").is(404)
}

func TestTablesOfPeople(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	table := "họ tên,điện thoại,đơn vị,vai trò\nLê Thị Lan,0912345678,Xã Trung Giang,\n=1+1,,Xã Gio Hải,BTV\n"
	p := by.upload("/people/import", table, "step", "try").is(200).has("thêm mới: 2", "Lê Thị Lan", "=1+1")
	by.post("/people/import", "tried", p.field("tried"), "step", "apply").is(200).has("Đã nhập danh sách", "Tạo phiếu mời cho 2 người")
	by.get("/people").is(200).has("Lê Thị Lan", "=1+1")
	by.upload("/people/import", table, "step", "try").is(200).has("đã có: 2")
	p = by.upload("/people/import", "họ tên,điện thoại,đơn vị\nA,0912,Xã Gio Hải\nB,,Xã Không Có\n,,Xã Gio Hải\n", "step", "try").is(200)
	p.has("Dòng 2", "Dòng 3", "Dòng 4", "chưa dòng nào được nhập")
}

func TestTheBoardSaysWhatToDo(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	by.get("/board").is(200).has("Không có máy nào kẹt")
	lan := l.person("Lê Thị Lan", l.first, syncproto.RoleVolunteer)
	binh := l.person("Ngô Văn Bình", l.third, syncproto.RoleVolunteer)
	l.phone(lan, 2, 1, syncproto.Trouble{Code: syncproto.CodeQuota, Age: 1000})
	l.phone(binh, 4, 0)
	l.phone(l.person("Người Xong", l.third, syncproto.RoleVolunteer), 0, 0)
	p := by.get("/board").is(200).has("Lê Thị Lan", "Người này đã dùng hết dung lượng", "Ngô Văn Bình", "Bài sẽ tự về khi máy có mạng", "2 máy còn giữ bài", "6 bài chưa gửi").lacks("Người Xong")
	if strings.Index(p.body, "Lê Thị Lan") > strings.Index(p.body, "Ngô Văn Bình") {
		t.Error("what fails does not stand first")
	}
	by.get("/board?show=failing").is(200).has("Lê Thị Lan").lacks("Ngô Văn Bình")
	by.get("/board?show=all").is(200).has("Người Xong", "Đã gửi hết")
	by.get("/board?unit=" + string(l.west)).is(200).has("Ngô Văn Bình").lacks("Lê Thị Lan")
	by.get("/board?age=day").is(200).has("Không có máy nào kẹt")
	l.now = l.now.Add(5 * 24 * time.Hour)
	clear(l.known) // their sessions are over
	by = l.admin()
	by.get("/board?age=day").is(200).has("Lê Thị Lan", "Máy im lặng đã lâu mà còn giữ bài")
	if err := l.people.Close(t.Context(), people.Console(), lan); err != nil {
		t.Fatal(err)
	}
	by.get("/board").is(200)
	l.minor().get("/board").is(403)
}
