package walk_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"lantoa/server/internal/console/rig"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestDistrictsDisappear is AS-16 as whoever runs the server does it: communes stand under their province, the districts
// close and two provinces become one, by one plan with a date ahead. Drafts that were written offline for a unit that is
// gone arrive and reach the editor of the one that took over, and old links still open.
func TestDistrictsDisappear(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	second := w.Unit("Tỉnh Bạc Liêu", "Tỉnh", w.Server.Root().ID)
	district := w.Unit("Huyện Ngọc Hiển", "Huyện", w.Province)
	commune := w.Unit("Xã Viên An", "Xã", district)
	w.Unit("Xã Tam Giang", "Xã", district)
	// A unit cannot end on the day on which it began, and dates begin at midnight.
	w.Move(48 * time.Hour)
	lan := w.Phone("Nguyễn Thị Lan", commune)
	inDistrict := w.Phone("Lý Văn Tám", district)
	early := inDistrict.Story("Trước khi sắp xếp", longText)
	draft := inDistrict.Text("Viết trên sông, chưa có sóng", longText)
	tab := w.Tab(w.Operator)
	day := w.Now().In(zone).AddDate(0, 0, 3).Format(time.DateOnly)

	tab.Open("/console/units")
	tab.Follow("a[href='/console/units/change']")
	tab.Follow("button[value=re_parent]")
	chooseUnits(tab, "Xã Viên An", "Xã Tam Giang")
	tab.Follow("button[value=how]")
	tab.Fill("#f-parent", string(w.Province))
	tab.Fill("#f-at", day)
	tab.Follow("button[value=add]")
	tab.WaitText(".roster-plan", "Xã Viên An chuyển từ Huyện Ngọc Hiển sang Hội Chữ thập đỏ tỉnh Cà Mau.")

	tab.Follow("button[value=act]")
	tab.Follow("button[value=close]")
	chooseUnits(tab, "Huyện Ngọc Hiển")
	tab.Follow("button[value=how]")
	tab.Fill("#f-heir", string(w.Province))
	tab.Follow("button[value=add]")
	tab.WaitText(".roster-plan", "Huyện Ngọc Hiển kết thúc")

	tab.Follow("button[value=act]")
	tab.Follow("button[value=merge]")
	chooseUnits(tab, "Tỉnh Bạc Liêu", "Hội Chữ thập đỏ tỉnh Cà Mau")
	tab.Follow("button[value=how]")
	tab.Fill("#f-name", "Hội Chữ thập đỏ tỉnh Cà Mau mới")
	tab.Click("input[name=carry]")
	tab.Follow("button[value=add]")
	tab.WaitText("main", "Ai bị ảnh hưởng")
	tab.Axe()
	tab.Screenshot("roster/preview-1366")
	tab.Follow("button[value=apply]")
	tab.WaitText(".told", "thay đổi tự có hiệu lực")
	tab.WaitText("#tree", "Cà Mau mới")
	tab.Open("/console/units")
	if tree := tab.Text("#tree"); !strings.Contains(tree, "Huyện Ngọc Hiển") || strings.Contains(tree, "Cà Mau mới") {
		t.Errorf("the plan holds already: %s", tree)
	}

	w.Move(4 * 24 * time.Hour)
	inDistrict.Hand(draft)
	inDistrict.Send()
	fresh := lan.Story("Sau khi sắp xếp", longText)
	if w.Record(draft).State != syncproto.StateSubmitted {
		t.Errorf("the draft of a unit that ended is %s", w.Record(draft).State)
	}
	w.Operator.EndSessions() // which ended meanwhile
	tab.SignIn(w.Operator)
	tab.Open("/console/units")
	if tree := tab.Text("#tree"); strings.Contains(tree, "Huyện Ngọc Hiển") || !strings.Contains(tree, "Cà Mau mới") {
		t.Errorf("the plan does not hold: %s", tree)
	}
	tab.Open("/console/units/" + string(district))
	tab.WaitText("main", "Đơn vị đã kết thúc ngày")
	tab.Open("/console/units/" + string(second))
	tab.WaitText("main", "Cà Mau mới")

	// The editor of the province that is gone answers for what took over, without being given anything.
	desk := w.Tab(w.Editor)
	titles := map[syncproto.ID]string{early: "Trước khi sắp xếp", draft: "Viết trên sông, chưa có sóng", fresh: "Sau khi sắp xếp"}
	for _, id := range []syncproto.ID{early, draft, fresh} {
		desk.Open("/console/items/" + string(id))
		desk.WaitText("h2", titles[id])
	}
	w.Editor.Takes(draft, "", syncproto.CommandClaim, syncproto.CommandApprove)
	inDistrict.Send()
	if w.Record(draft).State != syncproto.StateApproved {
		t.Error("the draft was not approved by the editor of the successor")
	}
}

// rosterScreens are the pages of units, people, invitations and the board, and what they look like on the way.
func (w *town) rosterScreens() []screen {
	roster := func(name, path string, do ...func(tab *rig.Tab)) screen {
		s := screen{name: "roster/" + name, path: "/console" + path, who: w.Admin}
		if len(do) > 0 {
			s.do = do[0]
		}
		return s
	}
	person, tree := "/people/"+string(w.person), "/units/change?act="
	return []screen{
		roster("units", "/units"), roster("units-ahead", "/units?at=2100-01-01"), roster("units-found", "/units?q=dat+mui"), roster("units-none", "/units?q=khongco"),
		roster("unit", "/units/"+string(w.Commune)), roster("unit-table", "/units/import"), roster("unit-table-tried", "/units/import", w.tries("mã;tên;cấp;cấp trên\nA;Xã Một;Xã;\nB;Thôn Hai;Cơ sở;A\n")),
		roster("unit-table-refused", "/units/import", w.tries("mã;tên;cấp trên\nA;;\nA;Hai;\n;Ba;X\n")),
		roster("change", "/units/change"), roster("pick", tree+"merge"), roster("pick-one", tree+"split"),
		roster("how-merge", tree+"merge&unit="+string(w.Commune)+"&unit="+string(w.Other)), roster("how-split", tree+"split&unit="+string(w.Commune)),
		roster("how-close", tree+"close&unit="+string(w.Commune)), roster("how-rename", tree+"rename&unit="+string(w.Commune)), roster("how-create", tree+"create"),
		roster("how-refused", tree+"close&unit="+string(w.Province), func(tab *rig.Tab) {
			tab.Click("[name=heirless][value=yes]")
			tab.Follow("button[value=add]")
		}),
		roster("preview", tree+"close&unit="+string(w.Commune)+"&unit="+string(w.Other), func(tab *rig.Tab) {
			tab.Fill("#f-heir", string(w.Province))
			tab.Follow("button[value=add]")
		}),
		roster("people", "/people"), roster("found-nobody", "/people?q=khongcoai"), roster("new", "/people/new"),
		roster("new-refused", "/people/new", func(tab *rig.Tab) {
			tab.Fill("#f-name", "Người Mới")
			tab.Fill("#f-phone", "không phải số")
			tab.Fill("#f-unit", string(w.Commune))
			tab.Follow("main form button.main")
		}),
		roster("person-table", "/people/import"), roster("person-table-tried", "/people/import", w.tries("họ tên,điện thoại,đơn vị,vai trò\nLê Thị Lan,0912345678,Xã Tân Ân,\n")),
		roster("person", person), roster("person-open", person, func(tab *rig.Tab) {
			tab.Run(`for (const d of document.querySelectorAll('details')) d.open = true`)
		}),
		roster("staff", "/people/"+string(w.person2())), roster("close", person+"/close"), roster("revoke", person+"/revoke?device="+string(w.phoneOf(w.person))), roster("facts", person+"/facts"),
		roster("link", "/people/"+string(w.person2()), func(tab *rig.Tab) { tab.Follow("form[action$='/link'] button") }),
		roster("invites", "/invites"), roster("code", person, func(tab *rig.Tab) { tab.Follow("form[action='/console/invites'] button") }),
		roster("sheet", "/invites", func(tab *rig.Tab) {
			tab.Fill("#f-unit", string(w.Commune))
			tab.Fill("#f-names", "Lê Thị Lan\n"+wild.html+"\n"+wild.emoji+"\n"+wild.rtl)
			tab.Follow("main form button.main")
		}),
		roster("board", "/board"), roster("board-stuck", "/board", func(tab *rig.Tab) {
			w.stick()
			tab.Reload()
			tab.Wait("document.querySelector('.roster-board .failing')")
		}), roster("board-all", "/board?show=all"), roster("board-failing", "/board?show=failing&age=week"),
	}
}

// tries sends a table to be tried.
func (w *town) tries(table string) func(*rig.Tab) {
	return func(tab *rig.Tab) {
		tab.Run(`(() => {
			const files = new DataTransfer();
			files.items.add(new File([` + strconv.Quote(table) + `], 'bang.csv', { type: 'text/csv' }));
			document.querySelector('#f-table').files = files.files;
		})()`)
		tab.Follow("button[value=try]")
	}
}

// stick lets the phones say that they hold something which does not come.
func (w *town) stick() {
	day := (24 * time.Hour).Milliseconds()
	err := w.Server.Store().Update(context.Background(), func(tx storage.Tx) error {
		return tx.PutContacts([]storage.Contact{
			{Device: w.phoneOf(w.person), At: w.Now().UnixMilli() - 2*day/24, App: "lantoa-go", Unsent: 7, Failed: 2, Oldest: 2 * day, Troubles: []syncproto.Trouble{
				{Code: syncproto.CodeQuota, Age: day}, {Code: syncproto.CodeMediaBroken, Age: 2 * day},
			}},
			{Device: w.phoneOf(w.tam.Person), At: w.Now().UnixMilli() - 6*day, App: "lantoa-go", Unsent: 3, Oldest: day},
		})
	})
	if err != nil {
		w.Fatalf("%v", err)
	}
}

// phoneOf is a phone of a person, person2 somebody with an account: of a town without anything in it, nothing.
func (w *town) phoneOf(person syncproto.ID) (id syncproto.ID) {
	if w.Server == nil {
		return ""
	}
	w.View(func(r storage.Reader) error {
		devices, err := r.DevicesOf(person)
		if err == nil && len(devices) > 0 {
			id = devices[0].ID
		}
		return err
	})
	return id
}

func (w *town) person2() syncproto.ID {
	if w.Editor == nil {
		return ""
	}
	return w.Second.ID
}

// zone is the time of Vietnam.
var zone = time.FixedZone("UTC+7", 7*60*60)

// chooseUnits ticks units of a tree by their names, as somebody with a mouse does.
func chooseUnits(tab *rig.Tab, names ...string) {
	tab.Wait("document.querySelector('#tree input')")
	for _, name := range names {
		tab.Run(`(() => {
			for (const d of document.querySelectorAll('#tree details')) d.open = true;
			const label = [...document.querySelectorAll('#tree label')].find((l) => l.querySelector('[dir]').textContent === ` + "`" + name + "`" + `);
			label.querySelector('input').id = 'tick-next';
		})()`)
		tab.Click("#tick-next")
		tab.Run(`document.getElementById('tick-next').removeAttribute('id')`)
	}
}

// TestASheetOfInvitations: phones join with the codes that are on the page, and the sheet is fit to print.
func TestASheetOfInvitations(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	tab := w.Tab(w.Admin)
	tab.Open("/console/invites?unit=" + string(w.Commune))
	if tab.Value("#f-unit") != string(w.Commune) {
		t.Error("the unit is not chosen")
	}
	tab.Axe()
	tab.Fill("#f-names", strings.Join([]string{"Lê Thị Lan", "Ngô Văn Bình", "Đặng Thị Bé Ba có tên rất dài để thử xem dòng chữ xuống hàng thế nào"}, "\n"))
	tab.Fill("#f-count", "10")
	tab.Follow("main form button.main")
	codes := tab.Texts(".roster-code")
	if len(codes) != 10 || tab.Count(".roster-qr") != 10 {
		t.Fatalf("%d codes, %d pictures", len(codes), tab.Count(".roster-qr"))
	}
	tab.Axe()
	tab.Screenshot("roster/sheet-1366")
	if pages := printed(t, tab, "roster-sheet"); pages != 2 {
		t.Errorf("ten codes are on %d pages", pages)
	}
	onPaper(t, tab)
	tab.Screenshot("roster/sheet-print")
	offPaper(t, tab)
	tab.Phone()
	tab.NoHorizontalScroll()
	tab.Screenshot("roster/sheet-360")
	lan := w.PhoneWith("Lê Thị Lan", codes[0])
	lan.Story("Bài đầu tiên", longText)

	tab.Size(1366, 768)
	tab.Open("/console/people?q=le+thi+lan")
	tab.Follow("th a")
	tab.WaitText("h1", "Lê Thị Lan")
	tab.Follow("button[value=suspend]")
	tab.WaitText(".told", "đang tạm nghỉ")
	second := lan.Text("Viết khi đang tạm nghỉ", longText)
	lan.Hand(second)
	lan.Send()
	if state := w.Record(second).State; state != syncproto.StateUnclaimed {
		t.Errorf("what came from an account that rests is %s", state)
	}
	tab.Follow(".told form button")
	tab.WaitText("main", "Đang dùng")
}

// onPaper shows the page as it is printed on A4; offPaper as before.
func onPaper(t *testing.T, tab *rig.Tab) {
	t.Helper()
	tab.Size(718, 1050) // 190 mm between the margins, at 96 dots an inch
	if _, err := chromedp.Call(tab.Context(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	tab.NoHorizontalScroll()
	for _, gone := range []string{"header.top", ".noprint", ".toasts"} {
		tab.Wait("[...document.querySelectorAll('" + gone + "')].every((e) => !e.checkVisibility())")
	}
	tab.Wait("[...document.querySelectorAll('.roster-qr')].every((e) => e.getBoundingClientRect().width > 150)") // 4 cm
}

func offPaper(t *testing.T, tab *rig.Tab) {
	t.Helper()
	if _, err := chromedp.Call(tab.Context(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
		t.Fatal(err)
	}
}

// printed is how many pages the page has on paper. With a folder for pictures the paper is kept there.
func printed(t *testing.T, tab *rig.Tab, name string) int {
	t.Helper()
	paper, err := chromedp.Call(tab.Context(), page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("LANTOA_SCREENSHOTS"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, name+".pdf"), paper.Data, 0o600); err != nil {
			t.Error(err)
		}
	}
	return strings.Count(string(paper.Data), "/Type /Page\n")
}

// TestAReorganisationWithoutScripts goes the same way with forms alone.
func TestAReorganisationWithoutScripts(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	w.Move(48 * time.Hour)
	tab := w.Tab(w.Admin)
	tab.NoScript()
	tab.Open("/console/units/" + string(w.Commune))
	tab.Follow("a[href*='act=rename']")
	tab.Fill("#f-name", "Xã Tân Ân Tây")
	tab.Follow("button[value=add]")
	tab.WaitText(".roster-plan", "đổi tên thành Xã Tân Ân Tây")
	tab.Follow("button[value=apply]")
	tab.WaitText(".told", "Đã sắp xếp lại")
	tab.Open("/console/units/" + string(w.Commune))
	tab.WaitText("h1", "Xã Tân Ân Tây")
}

// TestTheTreeIsFound: with 300 units the tree is searched while somebody types, with or without accents.
func TestTheTreeIsFound(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	err := w.Server.Store().Update(t.Context(), func(tx storage.Tx) error {
		for i := range 300 {
			u := &syncproto.Unit{ID: syncproto.NewID(), Name: "Chi hội " + string(rune('A'+i%26)) + strings.Repeat("i", i/26), Level: "Cơ sở", Parent: w.Other, From: w.Now().UnixMilli() - 1000}
			if err := tx.PutUnit(u); err != nil {
				return err
			}
			if err := tx.PutUnitVersion(&storage.UnitVersion{Unit: u.ID, Since: u.From, Name: u.Name, Level: u.Level, Parent: u.Parent}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tab := w.Tab(w.Admin)
	tab.Open("/console/units")
	tab.NoHorizontalScroll()
	tab.Fill("#f-filter", "dat mui")
	tab.Wait("[...document.querySelectorAll('.roster-node')].filter((n) => n.checkVisibility()).length === 3")
	tab.WaitText(".roster-filter [role=status]", "1 đơn vị")
	tab.Fill("#f-filter", "")
	tab.Wait("document.querySelectorAll('.roster-node[hidden]').length === 0")
	if weight := tab.Weight(); weight > maxWeight {
		t.Errorf("300 units weigh %d bytes", weight)
	}
}
