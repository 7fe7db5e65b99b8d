package item_test

import (
	"net/url"
	"strings"
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

// TestEveryPage opens every page of a submission that has everything.
func TestEveryPage(t *testing.T) {
	w := newWorld(t)
	id := w.draft("Bếp ăn 0 đồng", syncproto.Fields{
		"body": syncproto.Text("Sáng nay cả xóm cùng nấu cháo."), "type": syncproto.Text("cuu_tro"), "happened_at": syncproto.Int(w.now),
		"place": syncproto.Object(syncproto.Fields{"text": syncproto.Text("Thôn 3"), "lat": "19.8067", "lon": "105.7852"}),
		"tags":  syncproto.List(syncproto.Text("cứu trợ"), syncproto.Text("lũ lụt")),
	})
	one := w.photo(id, 1, "Nồi cháo", syncproto.ShowsCrowd)
	two := w.photo(id, 2, "Bé Na", syncproto.ShowsPeople)
	w.under(w.lan, id, syncproto.KindEvent, syncproto.Fields{"title": syncproto.Text("Phát quà"), "households": syncproto.Int(40), "value_dong": syncproto.Int(12_500_000)})
	consent := w.under(w.lan, two, syncproto.KindConsent, syncproto.Fields{
		"who": syncproto.Text("Bé Na"), "age": syncproto.Text(syncproto.AgeUnderSeven), "how": syncproto.Text(syncproto.HowWritten),
		"given_by": syncproto.List(syncproto.Text(syncproto.GivenByRepresentative)), "uses": syncproto.List(syncproto.Text(syncproto.UsePublish)),
	})
	w.command(w.lan, id, syncproto.CommandSubmit)
	w.under(w.hoa.Actor, one, syncproto.KindNote, syncproto.Fields{"text": syncproto.Text("Chụp ở đâu?")})
	w.command(w.hoa.Actor, id, syncproto.CommandReturn)
	w.edit(w.lan, id, syncproto.Fields{"body": syncproto.Text("Sáng nay cả xóm cùng nấu cháo cho bà con vùng ngập.")})
	w.command(w.lan, id, syncproto.CommandSubmit)
	for _, more := range []string{
		"", "/edit", "/compare", "/history", "/do/return", "/do/decline", "/photos/" + string(one), "/photos/" + string(two),
		"/parts/" + string(one) + "/do/take_down", "/consents?on=" + string(two), "/consents?how=judgement&on=" + string(one),
		"/consents/" + string(consent) + "/withdraw",
	} {
		page := w.open(w.hoa, path(id, more))
		if text := page.text(); strings.Contains(text, " item.") || strings.Contains(text, "%!") {
			t.Errorf("%s: words are missing: %s", more, text)
		}
		w.open(w.nam, path(id, more))
		if got := w.get(w.tuan, path(id, more)).code; got != 404 {
			t.Errorf("%s of another desk: got %d", more, got)
		}
	}
	sheet := w.open(w.hoa, path(id, ""))
	sheet.has("Thôn 3", "19,80", "12.500.000 đồng", "Chụp ở đâu?", "Chỉ xem những gì đã đổi", "Hoàng Sa", "Trường Sa")
	sheet.lacks("19.8067", "105.7852")
	w.open(w.hoa, path(id, "/compare")).has("cho bà con vùng ngập")
}

// TestHandOver gives a claim to somebody else who answers for the unit, and offers nobody else.
func TestHandOver(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn", nil)
	w.sent(w.hoa, w.open(w.hoa, path(id, "")), `data-act="claim"`, nil)
	form := w.open(w.hoa, path(id, "/do/hand_over"))
	form.has("Nguyễn Văn Nam")
	form.lacks("Đỗ Anh Tuấn", "Trần Thị Hoà</option>")
	w.sent(w.hoa, form, `data-act="hand_over"`, url.Values{"person": {string(w.nam.Person)}})
	w.open(w.nam, path(id, "")).has("Bạn đang giữ bài này")
	w.open(w.hoa, path(id, "")).has("Nguyễn Văn Nam đang xử lý")
}
