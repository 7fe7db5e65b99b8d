package item_test

import (
	"net/http"
	"net/url"
	"testing"

	"lantoa/syncproto"
)

// TestConsentIsRecorded writes a consent down on the page, and a judgement of a crowd: what is missing shrinks.
func TestConsentIsRecorded(t *testing.T) {
	w := newWorld(t)
	id := w.draft("Trung thu", nil)
	child := w.photo(id, 1, "Bé Na", syncproto.ShowsPeople)
	crowd := w.photo(id, 2, "Cả xóm", syncproto.ShowsCrowd)
	w.command(w.lan, id, syncproto.CommandSubmit)
	w.open(w.hoa, path(id, "")).has("Chưa đủ sự đồng ý", "Ảnh đám đông cần nhận định")

	form := w.open(w.hoa, path(id, "/consents?on="+string(child)))
	refused := w.send(w.hoa, form, `name="who"`, url.Values{"who": {"Bé Na"}})
	if refused.code != http.StatusConflict {
		t.Fatalf("a consent that says nothing: got %d", refused.code)
	}
	refused.has("Một giá trị không hợp lệ", `value="Bé Na"`)
	w.sent(w.hoa, form, `name="who"`, url.Values{
		"who": {"Bé Na"}, "age": {"under_seven"}, "given_by": {"representative"}, "representative": {"Chị Mận, mẹ"}, "how": {"written"},
		"uses": {"publish", "press"}, "given_at": {"2026-03-01T08:00"}, "expires_at": {"2027-03-01"},
	})
	w.sent(w.hoa, w.open(w.hoa, path(id, "/consents?how=judgement&on="+string(crowd))), `value="judgement"`, url.Values{"text": {"Toàn cảnh lễ hội."}})
	sheet := w.open(w.hoa, path(id, ""))
	sheet.has("Chị Mận, mẹ", "01/03/2027", "chưa có bằng chứng", "Toàn cảnh lễ hội.")
	sheet.lacks("Ảnh đám đông cần nhận định", `data-act="approve"`)

	// The photo goes instead, and comes back only by an admin.
	hide := w.open(w.hoa, path(id, "/parts/"+string(child)+"/do/take_down"))
	w.sent(w.hoa, hide, `name="part"`, url.Values{"reason": {"Chưa hỏi được"}})
	if got := w.record(child).State; got != syncproto.StateTakenDown {
		t.Errorf("the photo is %s", got)
	}
	w.open(w.hoa, path(id, "")).has("đã ẩn", `data-act="approve"`)
	w.open(w.nam, path(id, "/parts/"+string(child)+"/do/reinstate"))
}

// TestConsentIsWithdrawn asks on a page of its own, and takes down what it is about.
func TestConsentIsWithdrawn(t *testing.T) {
	w := newWorld(t)
	id := w.draft("Hiến máu", nil)
	photo := w.photo(id, 1, "Chị Hạnh", syncproto.ShowsPeople)
	consent := w.under(w.lan, photo, syncproto.KindConsent, syncproto.Fields{
		"who": syncproto.Text("Chị Hạnh"), "age": syncproto.Text(syncproto.AgeAdult), "how": syncproto.Text(syncproto.HowSpoken),
		"given_by": syncproto.List(syncproto.Text(syncproto.GivenBySelf)), "uses": syncproto.List(syncproto.Text(syncproto.UsePublish)),
	})
	w.command(w.lan, id, syncproto.CommandSubmit)
	form := w.open(w.hoa, path(id, "/consents/"+string(consent)+"/withdraw"))
	form.has("không hoàn tác được", "/console/cases")
	w.sent(w.hoa, form, `name="reason"`, url.Values{"reason": {"Chị gọi điện"}})
	if got := w.record(consent); got.State != syncproto.StateWithdrawn && !got.Deleted {
		t.Errorf("the consent is %s", got.State)
	}
	w.open(w.hoa, path(id, "")).lacks(`/consents/` + string(consent) + `/withdraw`)
}
