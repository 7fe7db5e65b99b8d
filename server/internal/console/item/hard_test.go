package item_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"lantoa/syncproto"
)

// TestApprovingWhatChanged approves what was read, and nothing else: the difference is shown instead, and the second
// approval is of what is there now.
func TestApprovingWhatChanged(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn", syncproto.Fields{"body": syncproto.Text("Có 40 suất cháo.")})
	sheet := w.open(w.hoa, path(id, ""))
	w.edit(w.lan, id, syncproto.Fields{"body": syncproto.Text("Có 400 suất cháo.")})
	late := w.send(w.hoa, sheet, `data-act="approve"`, nil)
	if late.code != http.StatusConflict {
		t.Fatalf("got %d", late.code)
	}
	late.has("Bài đã được sửa sau khi bạn xem", "Bài đã đổi sau khi bạn đọc", "<ins>", "<del>")
	if got := w.record(id).State; got == syncproto.StateApproved {
		t.Error("it is approved")
	}
	w.sent(w.hoa, late, `data-act="approve"`, nil)
	if got := w.record(id).State; got != syncproto.StateApproved {
		t.Errorf("the second time it is %s", got)
	}
}

// TestSentTwice makes one note of a form that is sent twice, and one approval.
func TestSentTwice(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn", nil)
	sheet := w.open(w.hoa, path(id, ""))
	for range 2 {
		w.sent(w.hoa, sheet, `name="pin"`, url.Values{"pin": {string(id) + ".title"}, "text": {"Ở xóm nào?"}})
		w.sent(w.hoa, sheet, `data-act="approve"`, nil)
	}
	page := w.open(w.hoa, path(id, ""))
	if n := strings.Count(page.text(), "Ở xóm nào?"); n != 2 { // beside the title and in the thread
		t.Errorf("%d times: %s", n, page.text())
	}
	note := w.sent(w.hoa, page, `value="resolve"`, url.Values{"command": {"resolve"}})
	w.open(w.hoa, note).has("đã xong, 1 ghi chú")
}

// TestUndoIsOffered gives the flash of an approval what takes it back.
func TestUndoIsOffered(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn", nil)
	out := w.send(w.hoa, w.open(w.hoa, path(id, "")), `data-act="approve"`, nil)
	request, _ := http.NewRequest(http.MethodGet, path(id, ""), nil)
	for _, c := range (&http.Response{Header: out.head}).Cookies() {
		request.AddCookie(c)
	}
	told := w.serve(w.hoa, request)
	told.has("Đã duyệt", "data-undo")
	w.sent(w.hoa, told, `data-undo`, nil)
	if got := w.record(id).State; got != syncproto.StateInReview {
		t.Errorf("undone: %s", got)
	}
}

// TestWildTexts draws what people and machines may send: nothing of it is markup, and every page still works.
func TestWildTexts(t *testing.T) {
	w := newWorld(t)
	wild := `"><script>alert(1)</script><img src=x onerror=alert(2)>` + "\u202eمرحبا 👩🏽‍🚒 {{.}}"
	long := strings.Repeat("Rấtdài", 70)
	id := w.draft(wild+long, syncproto.Fields{
		"body": syncproto.Text(wild + strings.Repeat("Rất dài. ", 2000)), "type": syncproto.Text("la_lam"), "tags": syncproto.List(syncproto.Text(wild)),
		"place": syncproto.Object(syncproto.Fields{"text": syncproto.Text(wild), "lat": "999", "lon": "-999"}), "khac": syncproto.Text(wild),
		"happened_at": syncproto.Int(syncproto.MaxInteger),
	})
	photo := w.photo(id, 1, wild+long, "la_lam")
	w.command(w.lan, id, syncproto.CommandSubmit)
	w.under(w.hoa.Actor, id, syncproto.KindNote, syncproto.Fields{"text": syncproto.Text(wild + long), "field": syncproto.Text("khac")})
	w.under(w.hoa.Actor, photo, syncproto.KindConsent, syncproto.Fields{"who": syncproto.Text(wild), "how": syncproto.Text("la")})
	for _, more := range []string{"", "/edit", "/compare", "/history", "/do/return", "/photos/" + string(photo), "/consents?on=" + string(photo)} {
		page := w.open(w.hoa, path(id, more))
		page.lacks("<script>alert", "<img src=x")
		if text := page.text(); strings.Contains(text, " item.") {
			t.Errorf("%s: a word without a text: %.2000s", more, text)
		}
	}
}

// TestManyParts draws a submission with as much under it as the protocol allows, in a page of bounded size.
func TestManyParts(t *testing.T) {
	w := newWorld(t)
	id := w.draft("Nhiều ảnh", nil)
	for n := range 99 {
		w.photo(id, int64(n), fmt.Sprint("Ảnh ", n), syncproto.ShowsNobody)
	}
	w.command(w.lan, id, syncproto.CommandSubmit)
	for n := range 100 {
		w.under(w.hoa.Actor, id, syncproto.KindNote, syncproto.Fields{"text": syncproto.Text(fmt.Sprint("Ghi chú ", n))})
	}
	page := w.open(w.hoa, path(id, ""))
	page.has("Ảnh (99)", "Ghi chú 99")
	t.Log(len(page.body), "bytes")
	w.open(w.hoa, path(id, "/do/return"))
}

// TestGoneWhileOpen posts about what is not there any more, or not theirs.
func TestGoneWhileOpen(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn", nil)
	sheet := w.open(w.hoa, path(id, ""))
	if out := w.send(w.tuan, sheet, `data-act="approve"`, url.Values{"_person": nil}); out.code != http.StatusNotFound {
		t.Errorf("somebody else's desk: got %d", out.code)
	}
	w.do(w.lan, syncproto.Mutation{Record: id, Kind: syncproto.KindStory, BaseRevision: w.record(id).Revision, Delete: true})
	if out := w.send(w.hoa, sheet, `data-act="approve"`, nil); out.code != http.StatusNotFound {
		t.Errorf("deleted: got %d: %s", out.code, out.text())
	}
	if got := w.get(w.hoa, path(id, "")).code; got != http.StatusNotFound {
		t.Errorf("deleted: got %d", got)
	}
	taken := w.submitted("Bếp cơm", nil)
	for _, command := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove} {
		w.command(w.hoa.Actor, taken, command)
	}
	open := w.open(w.hoa, path(taken, ""))
	w.command(w.nam.Actor, taken, syncproto.CommandTakeDown)
	late := w.send(w.hoa, open, `data-act="publish"`, url.Values{"revision": {strconv.FormatInt(w.record(taken).Revision, 10)}})
	if late.code != http.StatusConflict {
		t.Errorf("taken down while open: got %d", late.code)
	}
	late.has("Đã gỡ xuống")
	for _, bad := range []string{"/do/fly", "/photos/khong", "/photos/" + string(syncproto.NewID()), "/conflicts/" + string(syncproto.NewID()), "/compare?from=77"} {
		if got := w.get(w.hoa, path(taken, bad)).code; got != http.StatusNotFound {
			t.Errorf("%s: got %d", bad, got)
		}
	}
}
