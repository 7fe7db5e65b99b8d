package roster_test

import (
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// names are the units at a time, by the name of the unit above.
func (l *land) names(at int64) map[string]string {
	l.t.Helper()
	list, err := l.people.UnitsAt(l.t.Context(), at)
	if err != nil {
		l.t.Fatal(err)
	}
	name := map[syncproto.ID]string{}
	for i := range list {
		name[list[i].ID] = list[i].Name
	}
	out := map[string]string{}
	for i := range list {
		if list[i].Until == 0 {
			out[list[i].Name] = name[list[i].Parent]
		}
	}
	return out
}

// TestAReorganisationIsPutTogether walks AS-16 through the forms: communes stand under the province, the districts close,
// and two provinces become one, all on one day ahead.
func TestAReorganisationIsPutTogether(t *testing.T) {
	l := newLand(t)
	by, day := l.operator(), l.day(30)
	by.get("/units/change").is(200).has("Gộp đơn vị", "Kết thúc đơn vị")
	by.get("/units/change?act=re_parent").is(200).has("Chuyển những đơn vị nào?", "Xã Trung Giang")
	p := by.post("/units/change", "step", "how", "act", "re_parent", "unit", string(l.first), "unit", string(l.second), "unit", string(l.third)).is(200)
	p.has("Chuyển về đâu?", "Xã Gio Hải")
	p = by.post("/units/change", "step", "add", "act", "re_parent", "unit", string(l.first), "unit", string(l.second), "unit", string(l.third),
		"parent", string(l.province), "at", day).is(200)
	p.has("Xem trước", "Xã Trung Giang chuyển từ Huyện Gio Linh sang Tỉnh Quảng Trị.")
	plan := p.field("plan")
	p = by.post("/units/change", "plan", plan, "step", "add", "act", "close", "unit", string(l.east), "unit", string(l.west), "heir", string(l.province), "at", day).is(200)
	p.has("Huyện Gio Linh kết thúc; Tỉnh Quảng Trị tiếp nhận.", "Huyện Cam Lộ kết thúc")
	plan = p.field("plan")
	p = by.post("/units/change", "plan", plan, "step", "how", "act", "merge", "unit", string(l.province), "unit", string(l.other)).is(200)
	if got := p.field("at"); got != day {
		t.Errorf("the next change is proposed for %q", got)
	}
	p = by.post("/units/change", "plan", plan, "step", "add", "act", "merge", "unit", string(l.province), "unit", string(l.other),
		"target", "new", "name", "Tỉnh Quảng Trị mới", "level", "Tỉnh", "parent", string(l.root), "carry", "yes", "at", day).is(200)
	p.has("Lập Tỉnh Quảng Trị mới (Tỉnh) trực thuộc Trung ương Hội.", "Tỉnh Quảng Bình kết thúc", "vẫn được nhận", "Ghi nhận kế hoạch này")
	before := l.names(0)
	done := by.post("/units/change", "plan", p.field("plan"), "step", "apply").is(303)
	if !strings.HasSuffix(done.to, "/units?at="+day) {
		t.Errorf("it leads to %s", done.to)
	}
	by.get(strings.TrimPrefix(done.to, "/console")).is(200).has("Tỉnh Quảng Trị mới", "không phải hôm nay")
	if now := l.names(0); len(now) != len(before) {
		t.Errorf("units changed before their day: %v", now)
	}
	by.get("/units").is(200).has("sắp thay đổi", "Thay đổi đã định").lacks("Tỉnh Quảng Trị mới (")
	l.now = l.now.AddDate(0, 0, 31)
	after := l.names(0)
	if after["Xã Trung Giang"] != "Tỉnh Quảng Trị mới" || after["Tỉnh Quảng Trị mới"] != "Trung ương Hội" {
		t.Errorf("got %v", after)
	}
	if _, there := after["Huyện Gio Linh"]; there {
		t.Error("a district is left")
	}
	clear(l.known) // their sessions are over
	l.operator().get("/units/"+string(l.east)).is(200).has("Đơn vị đã kết thúc ngày", "Tỉnh Quảng Trị", "Lịch sử")
}

func TestAPlanIsChangedAgain(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	p := by.post("/units/change", "step", "add", "act", "create", "name", "Xã Mới", "level", "Xã", "parent", string(l.east), "at", l.day(3)).is(200)
	p = by.post("/units/change", "plan", p.field("plan"), "step", "add", "act", "rename", "unit", string(l.west), "name", "Huyện Cam Lộ mới").is(200)
	plan := p.field("plan")
	p = by.post("/units/change", "plan", plan, "step", "again 1").is(200)
	if p.field("name") != "Xã Mới" || p.field("place") != "1" || !strings.Contains(plan, p.field("made")) {
		t.Errorf("the form is not filled in: %s", p.words())
	}
	p = by.post("/units/change", "plan", p.field("plan"), "step", "add", "act", "create", "place", "1", "made", p.field("made"), "name", "Xã Mới Hai",
		"parent", string(l.west)).is(200)
	p.has("Thay đổi 1: Lập đơn vị mới", "Xã Mới Hai", "Thay đổi 2: Đổi tên", "Huyện Cam Lộ đổi tên thành Huyện Cam Lộ mới")
	p = by.post("/units/change", "plan", p.field("plan"), "step", "drop 1 1").is(200)
	p.has("Thay đổi 1: Đổi tên").lacks("Xã Mới Hai")
	if to := by.post("/units/change", "plan", p.field("plan"), "step", "drop 1 1").is(303).to; to != "/console/units/change" {
		t.Errorf("an empty plan leads to %s", to)
	}
	// What a later change needs is gone: the plan says which does not fit, and is not applied.
	p = by.post("/units/change", "step", "add", "act", "create", "name", "Xã Mới", "parent", string(l.east)).is(200)
	made := p.field("plan")
	id := made[strings.Index(made, `"unit":"`)+8:][:36]
	p = by.post("/units/change", "plan", made, "step", "add", "act", "rename", "unit", id, "name", "Xã Khác").is(200)
	p = by.post("/units/change", "plan", p.field("plan"), "step", "drop 1 1").is(200)
	p.has("Chưa hợp lý").lacks("Thực hiện ngay")
	by.post("/units/change", "plan", p.field("plan"), "step", "apply").is(200).has("Chưa hợp lý")
}

// TestWhatDoesNotFitIsSaidAtItsField: the form comes back as it was filled in, with the sentence at the field.
func TestWhatDoesNotFitIsSaidAtItsField(t *testing.T) {
	l := newLand(t)
	for name, c := range map[string]struct {
		form  []string
		field string
		says  string
	}{
		"a cycle":          {[]string{"act", "re_parent", "unit", string(l.east), "parent", string(l.first)}, "parent", "trực thuộc chính nó"},
		"too long":         {[]string{"act", "create", "name", strings.Repeat("Xã ", 5000), "parent", string(l.east)}, "name", "Hãy ghi tên"},
		"no name":          {[]string{"act", "create", "parent", string(l.east)}, "name", "Hãy ghi tên"},
		"the past":         {[]string{"act", "rename", "unit", string(l.east), "name", "Khác", "at", "1990-01-01"}, "at", "Ngày hiệu lực"},
		"no date":          {[]string{"act", "rename", "unit", string(l.east), "name", "Khác", "at", "mai"}, "at", "Ngày chưa đúng"},
		"no successor":     {[]string{"act", "close", "unit", string(l.third)}, "heir", "Hãy chọn đơn vị tiếp nhận"},
		"its own heir":     {[]string{"act", "close", "unit", string(l.third), "heir", string(l.third)}, "heir", "phải là đơn vị khác"},
		"still something":  {[]string{"act", "close", "unit", string(l.east), "heirless", "yes"}, "carry", "còn đơn vị trực thuộc"},
		"one part":         {[]string{"act", "split", "unit", string(l.third), "part_name_1", "Một"}, "part_name_2", "đơn vị kế thừa"},
		"a part too long":  {[]string{"act", "split", "unit", string(l.third), "part_name_1", "", "part_name_2", "Một", "part_name_3", strings.Repeat("ă", 200)}, "part_name_3", "Hãy ghi tên"},
		"merge into none":  {[]string{"act", "merge", "unit", string(l.first), "target", "old"}, "into", "Hãy chọn đơn vị tiếp nhận"},
		"not of the admin": {[]string{"act", "rename", "unit", string(l.other), "name", "Khác"}, "", "chưa có quyền"},
	} {
		p := l.admin().post("/units/change", append([]string{"step", "add"}, c.form...)...).is(200).has(c.says)
		if c.field != "" && !strings.Contains(p.body, `aria-errormessage="e-`+c.field) {
			t.Errorf("%s: the field %s is not marked: %s", name, c.field, p.words())
		}
		if strings.Contains(p.body, "Thay đổi 1") {
			t.Errorf("%s: it is in the plan", name)
		}
	}
	l.admin().post("/units/change", "plan", "{", "step", "look").is(400)
}

func TestAPlannedChangeIsTakenBack(t *testing.T) {
	l := newLand(t)
	at := l.now.AddDate(0, 0, 9).UnixMilli()
	if _, err := l.people.Reorganise(t.Context(), people.Console(), []people.UnitChange{{Act: people.ActRename, Unit: l.east, Name: "Huyện Đông", At: at}}, false); err != nil {
		t.Fatal(err)
	}
	l.admin().get("/units/"+string(l.east)).is(200).has("Huyện Gio Linh đổi tên thành Huyện Đông", "sắp tới")
	p := l.admin().get("/units/change?act=cancel&unit=" + string(l.east)).is(200).has("hủy thay đổi đã định gần nhất")
	l.admin().post("/units/change", "plan", p.field("plan"), "step", "apply").is(303)
	if _, later := l.names(at + int64(time.Hour/time.Millisecond))["Huyện Đông"]; later {
		t.Error("the change is still planned")
	}
}

func TestUnitsOfADay(t *testing.T) {
	l := newLand(t)
	l.admin().get("/units?q=gio+hai").is(200).has("Tìm thấy 1 đơn vị", "Xã Gio Hải", "Huyện Gio Linh").lacks("Xã Cam Thành")
	l.admin().get("/units?q=khongco").is(200).has("Không tìm thấy đơn vị nào")
	l.admin().get("/units?at=1990-01-01").is(200).has("Chưa có đơn vị nào vào ngày này")
	l.admin().get("/units?at=mai").is(200).has("Ngày chưa đúng", "Xã Gio Hải")
	l.minor().get("/units").is(200).has("Xã Gio Hải").lacks("Nhập bảng")
	l.admin().get("/units/khong").is(404)
	u := l.admin().post("/units/"+string(l.east)+"/settings", "own_allowed", "yes", "alarm_after", "12").is(303)
	l.admin().get(strings.TrimPrefix(u.to, "/console")).is(200).has("Đã lưu quy định của đơn vị.")
	l.admin().post("/units/"+string(l.east)+"/settings", "alarm_after", "9999").is(200).has("Số giờ phải từ 0 đến 720.")
	l.minor().post("/units/"+string(l.first)+"/settings", "alarm_after", "1").is(200).has("chưa có quyền")
}

func TestTablesOfUnits(t *testing.T) {
	l := newLand(t)
	table := "mã;tên;cấp;cấp trên\nA;Xã Một;Xã;\nB;\"=HYPERLINK(\"\"http://x\"\")\";Xã;A\n"
	p := l.admin().upload("/units/import", table, "under", string(l.east), "step", "try").is(200)
	p.has("Bảng này sẽ làm", "Xã Một", `=HYPERLINK("http://x")`)
	if len(l.names(0)) != 8 {
		t.Error("trying it changed something")
	}
	l.admin().post("/units/import", "tried", table, "under", string(l.east), "step", "apply").is(303)
	if l.names(0)["Xã Một"] != "Huyện Gio Linh" {
		t.Errorf("got %v", l.names(0))
	}
	p = l.admin().upload("/units/import", "mã;tên;cấp trên\nC;;X\nC;Hai;\n", "under", string(l.east), "step", "try").is(200)
	p.has("Dòng 2 (tên): Ô bắt buộc đang để trống", "Dòng 3 (mã)", "Xem dòng 2.")
	l.admin().upload("/units/import", "", "step", "try").is(200).has("Hãy chọn tệp CSV cần nhập.")
	l.admin().upload("/units/import", strings.Repeat("x", people.MaxTableBytes+100_000), "step", "try").is(413)
	l.admin().upload("/units/import", table, "under", string(l.other), "step", "try").is(200).has("Bạn không phụ trách đơn vị này.")
}
