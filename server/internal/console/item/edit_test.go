package item_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"lantoa/syncproto"
)

// TestEditIsMerged takes an edit of what was read before others went on: what does not collide is merged and shown, and what
// was not touched in the form undoes nothing.
func TestEditIsMerged(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn", syncproto.Fields{"body": syncproto.Text("Sáng nay ca xóm nấu cháo."), "tags": syncproto.List(syncproto.Text("lũ"))})
	form := w.open(w.hoa, path(id, "/edit"))
	fields := url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(form.body, -1) { // kept with what is typed
		fields.Add(m[1], m[2])
	}
	fields.Set("title", "Bếp ăn")
	fields.Set("body", "Sáng nay cả xóm nấu cháo.")
	fields.Set("tags", "lũ, cứu trợ; lũ")
	w.edit(w.lan, id, syncproto.Fields{"title": syncproto.Text("Bếp ăn 0 đồng"), "happened_at": syncproto.Int(w.now)})
	to := w.sent(w.hoa, form, `name="body"`, fields)
	if !strings.HasPrefix(to, path(id, "/compare")) {
		t.Errorf("a merge leads to %s", to)
	}
	got := w.record(id).Fields
	if got["title"].TextOr("") != "Bếp ăn 0 đồng" || got["body"].TextOr("") != "Sáng nay cả xóm nấu cháo." || got["happened_at"].IsNull() {
		t.Errorf("merged: %v", got)
	}
	if tags, _ := got["tags"].AsList(); len(tags) != 2 {
		t.Errorf("tags: %v", tags)
	}
	w.open(w.hoa, to).has("Bếp ăn")

	// The same place by both: a card, with both sides and a text of one's own.
	form = w.open(w.hoa, path(id, "/edit"))
	fields = url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(form.body, -1) {
		fields.Add(m[1], m[2])
	}
	fields.Set("title", "Bếp cơm")
	w.edit(w.lan, id, syncproto.Fields{"title": syncproto.Text("Nồi cháo")})
	to = w.sent(w.hoa, form, `name="body"`, fields)
	if !strings.Contains(to, "/conflicts/") {
		t.Fatalf("a conflict leads to %s", to)
	}
	card := w.open(w.hoa, to)
	card.has("Bếp cơm", "Nồi cháo", "Bếp ăn 0 đồng")
	w.sent(w.hoa, card, `value="own"`, url.Values{"choose": {"own"}, "value": {"Bếp cơm và nồi cháo"}})
	if got := w.record(id).Fields["title"].TextOr(""); got != "Bếp cơm và nồi cháo" {
		t.Errorf("chosen: %q", got)
	}
	w.open(w.hoa, to).has("đã được giải quyết")
}

// TestCorrectionIsPublic asks for the line of correction with an edit of what is published.
func TestCorrectionIsPublic(t *testing.T) {
	w := newWorld(t)
	id := w.submitted("Bếp ăn", nil)
	for _, command := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
		w.command(w.hoa.Actor, id, command)
	}
	w.now += 3_600_000
	form := w.open(w.hoa, path(id, "/edit"))
	form.has("dòng đính chính")
	revision := url.Values{"revision": {strconv.FormatInt(w.record(id).Revision, 10)}, "title": {"Bếp ăn 0 đồng"}, "line": {""}}
	if refused := w.send(w.hoa, form, `name="body"`, revision); refused.code != http.StatusConflict {
		t.Errorf("without the line: got %d", refused.code)
	}
	revision.Set("line", "Tên đúng là Bếp ăn 0 đồng.")
	w.sent(w.hoa, form, `name="body"`, revision)
	if r := w.record(id); r.State != syncproto.StateCorrected || r.Reason != "Tên đúng là Bếp ăn 0 đồng." || r.Fields["title"].TextOr("") != "Bếp ăn 0 đồng" {
		t.Errorf("corrected: %s %q %v", r.State, r.Reason, r.Fields["title"])
	}
}

// TestEventUnderStory changes the figures of an activity that hangs under a story, and nothing else of it.
func TestEventUnderStory(t *testing.T) {
	w := newWorld(t)
	id := w.draft("Cứu trợ", nil)
	event := w.under(w.lan, id, syncproto.KindEvent, syncproto.Fields{"title": syncproto.Text("Phát quà"), "households": syncproto.Int(40)})
	w.command(w.lan, id, syncproto.CommandSubmit)
	form := w.open(w.hoa, path(id, "/parts/"+string(event)+"/edit"))
	fields := url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(form.body, -1) {
		fields.Add(m[1], m[2])
	}
	fields["title"], fields["households"], fields["value_dong"] = []string{"Phát quà"}, []string{"45"}, []string{"12.500.000"}
	w.sent(w.hoa, form, `name="households"`, fields)
	got := w.record(event).Fields
	households, _ := got["households"].AsInt()
	value, _ := got["value_dong"].AsInt()
	if households != 45 || value != 12_500_000 || got["title"].TextOr("") != "Phát quà" {
		t.Errorf("changed: %v", got)
	}
	fields["households"] = []string{"rất nhiều"}
	if refused := w.send(w.hoa, form, `name="households"`, fields); refused.code != http.StatusConflict {
		t.Errorf("no number: got %d", refused.code)
	}
}
