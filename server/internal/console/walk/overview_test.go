package walk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// fortnight is two weeks of work: stories from two communes, some of which wait, and what became of the others.
func fortnight(t *testing.T, w *rig.World) {
	lan, hung := w.Phone("Lê Thị Lan", w.Commune), w.Phone("Nguyễn Văn Hùng", w.Other)
	for d := range 9 {
		var ids []syncproto.ID
		for i := range 1 + d%3 {
			phone := lan
			if (d+i)%3 == 0 {
				phone = hung
			}
			id := phone.Text(fmt.Sprintf("Bài ngày %d số %d", d, i), "Sáng nay cả đội có mặt từ 5 giờ.")
			phone.Hand(id)
			if phone == lan {
				ids = append(ids, id)
			}
		}
		lan.SendAll()
		hung.SendAll()
		w.Move(time.Duration(1+d%4) * 70 * time.Minute)
		by := w.Hire(fmt.Sprint("Ca trực ", d+1), w.Commune, syncproto.RoleEditor) // a session lasts for a day of work
		for i, id := range ids {
			if i == 2 || d == 8 {
				continue
			}
			takes(t, w, by, id, syncproto.CommandClaim, "")
			w.Move(40 * time.Minute)
			switch (d + i) % 4 {
			case 0:
				takes(t, w, by, id, syncproto.CommandReturn, "Cần thêm ảnh")
			case 1:
				takes(t, w, by, id, syncproto.CommandDecline, "Trùng bài khác")
			default:
				takes(t, w, by, id, syncproto.CommandApprove, "")
				takes(t, w, by, id, syncproto.CommandPublish, "")
			}
		}
		w.Move(26 * time.Hour)
	}
}

// TestOverviewByKeyboard reads the figures of a fortnight without a mouse: another period, down to a unit and up again, a table
// behind a chart, the print view, a download.
func TestOverviewByKeyboard(t *testing.T) {
	w := rig.Start(t)
	fortnight(t, w)
	tab := w.Tab(w.Admin)
	tab.Open("/console/overview?period=year")
	tab.Axe()
	tab.Screenshot("overview/fortnight")
	year := tab.Text(".overview-keys .figure:first-child b")
	if year != "18" {
		t.Errorf("came in: %q", year)
	}
	tab.TabTo(`.tabs a[href*="period=month"]`)
	tab.Press("Enter")
	tab.Wait(`location.search.includes("period=month")`)
	tab.TabTo("#f-step")
	tab.Follow(`.tabs a[href*="period=year"]`)
	if got := rig.Eval[int](tab, `document.querySelectorAll("svg.chart[role=img] > title").length`); got != 12 {
		t.Errorf("%d drawings with a title", got)
	}
	tab.TabTo(".overview-data summary")
	tab.Press("Enter")
	tab.Wait(`document.querySelector(".overview-data").open`)
	tab.TabTo(`.overview-units td a, .overview-units th a`)
	tab.Press("Enter")
	tab.Wait(`new URLSearchParams(location.search).has("unit")`)
	tab.Axe()
	if tab.Count(".crumbs a") == 0 {
		t.Error("no way up")
	}
	tab.Open("/console/overview?period=year")
	size := rig.Eval[string](tab, `(async () => { const a = await fetch(document.querySelector('a[href*=".xlsx"]').href); const b = await a.arrayBuffer(); return a.headers.get("content-type") + " " + (b.byteLength > 4000); })()`)
	if !strings.HasSuffix(size, "sheet true") {
		t.Errorf("the workbook: %s", size)
	}
	tab.Follow(`a[href*="print=1"]`)
	tab.Axe()
	tab.Screenshot("overview/fortnight-print")
	if open := rig.Eval[bool](tab, `[...document.querySelectorAll("details")].every((d) => d.open)`); !open {
		t.Error("a table of the print view is folded")
	}
	tab.Paper()
	tab.NoHorizontalScroll()
	tab.Screenshot("overview/fortnight-paper")
}

// TestOverviewOnAPhone is the same on a phone, in the dark and without scripts.
func TestOverviewOnAPhone(t *testing.T) {
	w := rig.Start(t)
	fortnight(t, w)
	tab := w.Tab(w.Editor)
	tab.Phone()
	tab.Open("/console/overview?period=year")
	tab.Axe()
	tab.NoHorizontalScroll()
	tab.TargetSizes(24)
	tab.Screenshot("overview/fortnight-phone")
	if wide, narrow := shown(tab, "svg.wide"), shown(tab, "svg.narrow"); wide != 0 || narrow == 0 {
		t.Errorf("%d wide drawings, %d narrow ones", wide, narrow)
	}
	tab.Dark(true)
	tab.Open("/console/overview?period=year")
	tab.Screenshot("overview/fortnight-phone-dark")
	tab.Size(320, 640)
	tab.NoHorizontalScroll()
	plain := w.Tab(w.Editor)
	plain.NoScript()
	plain.Open("/console/overview")
	plain.Fill("#f-step", "week")
	plain.Follow(".overview-choice button")
	if path := plain.Path(); !strings.Contains(path, "step=week") || !strings.Contains(path, "period=custom") {
		t.Errorf("the form led to %s", path)
	}
}

// shown counts what is drawn.
func shown(tab *rig.Tab, css string) int {
	return rig.Eval[int](tab, fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((e) => e.getBoundingClientRect().width > 0).length`, css))
}
