package roster_test

import (
	"net/http"
	"net/url"
	"testing"
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
