package roster_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// TestALinkReorganisesNothing opens an address that somebody else may have written: it carries a plan and says that it is to
// be carried out. A browser follows a link with its cookie, and nobody checked where the link stood.
func TestALinkReorganisesNothing(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	plan := by.post("/units/change", "step", "add", "act", "rename", "unit", string(l.first), "name", "Xã Bị Đổi", "level", "Xã").is(200).field("plan")
	before := l.names(0)
	q := url.Values{"step": {"apply"}, "plan": {plan}}
	by.get("/units/change?" + q.Encode()).is(http.StatusOK).has("Xem trước")
	if after := l.names(0); after["Xã Bị Đổi"] != "" || len(after) != len(before) {
		t.Errorf("a link changed units: %v", after)
	}
	by.post("/units/change", "step", "apply", "plan", plan).is(303)
	if after := l.names(0); after["Xã Bị Đổi"] == "" {
		t.Errorf("the form does not change them: %v", after)
	}
}

// TestSentTwiceHappensOnce presses buttons twice: one person is added, and one role is given, which one undo takes back.
func TestSentTwiceHappensOnce(t *testing.T) {
	l := newLand(t)
	by := l.admin()
	id := by.get("/people/new").is(200).field("id")
	form := []string{"id", id, "name", "Lê Thị Lan", "unit", string(l.first), "role", "volunteer"}
	first, second := by.post("/people/new", form...).is(303), by.post("/people/new", form...).is(303)
	if first.to != second.to || !strings.HasSuffix(first.to, id) {
		t.Errorf("added twice: %s, %s", first.to, second.to)
	}
	l.minor() // of another name, with an id that is somebody's already
	by.post("/people/new", "id", id, "name", "Người Khác", "unit", string(l.first), "role", "volunteer").is(200).has("Họ và tên")
	strange := l.person("Người Tỉnh Khác", l.other, syncproto.RoleVolunteer)
	by.post("/people/new", "id", string(strange), "name", "Người Tỉnh Khác", "unit", string(l.first), "role", "volunteer").is(200).has("Họ và tên")
	do := strings.TrimPrefix(first.to, "/console") + "/do"
	for range 2 {
		by.post(do, "act", "give", "unit", string(l.third), "role", "editor").is(303)
	}
	card, err := l.people.Look(t.Context(), people.Console(), syncproto.ID(id))
	if err != nil || len(card.Grants) != 2 {
		t.Fatalf("roles: %+v, %v", card, err)
	}
	for _, g := range card.Grants {
		if g.Role == syncproto.RoleEditor {
			by.post(do, "act", "take", "grant", string(g.Grant)).is(303)
			by.post(do, "act", "take", "grant", string(g.Grant)).is(303)
		}
	}
	by.post(do, "act", "give", "unit", string(l.third), "role", "editor").is(303) // again, later: that is a new one
}

// TestALongPlanIsNoLongPage looks at a plan of as many changes as are put together by hand: the page carries it once.
func TestALongPlanIsNoLongPage(t *testing.T) {
	l := newLand(t)
	one := `{"act":"rename","unit":"` + string(l.first) + `","name":"Xã Trung Giang"},`
	plan := "[" + strings.Repeat(one, 299) + strings.TrimSuffix(one, ",") + "]"
	p := l.admin().post("/units/change", "step", "look", "plan", plan).is(http.StatusOK)
	if len(p.body) > 1<<20 {
		t.Errorf("the page has %d bytes", len(p.body))
	}
}
