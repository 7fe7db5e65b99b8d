package item_test

import (
	"net/url"
	"testing"

	"lantoa/syncproto"
)

func TestApprovingClaimsFirst(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn 0 đồng", syncproto.Fields{"body": syncproto.Text("Sáng nay cả xóm cùng nấu cháo.")})
	sheet := w.open(w.hoa, path(id, ""))
	sheet.has("Bếp ăn 0 đồng", "cả xóm cùng nấu cháo", "Lê Thị Lan", "Hoằng Lộc")
	if to := w.sent(w.hoa, sheet, `data-act="approve"`, nil); to != path(id, "") {
		t.Errorf("leads to %s", to)
	}
	if got := w.record(id).State; got != syncproto.StateApproved {
		t.Errorf("state %s", got)
	}
}

func TestReturnWithNotes(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bến đò", nil)
	form := w.open(w.hoa, path(id, "/do/return"))
	w.sent(w.hoa, form, `data-act="return"`, url.Values{"reason": {"Cần rõ hơn"}, "on.title": {"Bến đò nào?"}})
	if got := w.record(id).State; got != syncproto.StateNeedsChanges {
		t.Errorf("state %s", got)
	}
	w.open(w.hoa, path(id, "")).has("Bến đò nào?", "Cần rõ hơn")
}
