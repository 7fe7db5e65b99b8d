package walk_test

import (
	"testing"
	"time"

	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// TestADayWithoutScripts: in a browser that runs no scripts an editor signs in, finds, claims, sends back with a mark,
// approves, takes that back, publishes, and approves several at once. Calls and units have walks of their own.
func TestADayWithoutScripts(t *testing.T) {
	w := rig.Start(t, undoable)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	back := lan.Story("Xuồng gạo về kênh Ba Khía", longText)
	good := lan.Story("Bếp ăn tình thương", longText)
	w.Second.Takes(lan.Story("Bài đầu tiên", longText), "Bài thử", syncproto.CommandClaim, syncproto.CommandDecline) // she is known
	more := lan.Stories(3)
	w.Move(2 * time.Hour)
	w.Editor.Token()
	tab := w.Stranger()
	tab.NoScript()

	tab.Open("/console/queue")
	tab.Fill("#f-login", w.Editor.Login)
	tab.Fill("#f-password", rig.Password)
	tab.Follow("main form button.main")

	tab.Open("/console/queue?view=open")
	tab.Fill("#queue-q", "ba khia")
	tab.Follow(".queue-go")
	if got := tab.Texts(".queue-title"); len(got) != 1 || got[0] != "Xuồng gạo về kênh Ba Khía" {
		t.Fatalf("found %q", got)
	}
	tab.Follow(".queue-link")
	tab.Follow("form[data-act=claim] button")
	w.UntilState(back, syncproto.StateInReview)
	tab.Follow(`a[href*="/do/return"]`)
	tab.Fill("textarea[name=reason]", "Thiếu địa điểm")
	tab.Click(".item-marks details:first-of-type summary")
	tab.Fill(".item-marks details:first-of-type textarea", "Xóm nào?")
	tab.Follow("form[data-act=return] .acts button")
	w.UntilState(back, syncproto.StateNeedsChanges)
	lan.Send()
	if notes, err := lan.Notes(t.Context(), back); err != nil || len(notes) != 1 || notes[0].Text != "Xóm nào?" {
		t.Errorf("the phone has the notes %+v, %v", notes, err)
	}

	tab.Open("/console/items/" + string(good))
	tab.Follow("form[data-act=approve] button")
	w.UntilState(good, syncproto.StateApproved)
	tab.Follow("form[data-undo] button")
	w.UntilState(good, syncproto.StateInReview)
	tab.Open("/console/items/" + string(good))
	tab.Follow("form[data-act=approve] button")
	w.UntilState(good, syncproto.StateApproved)
	w.Move(10 * time.Minute)
	tab.Open("/console/items/" + string(good))
	tab.Follow("form[data-act=publish] button")
	w.UntilState(good, syncproto.StatePublished)

	tab.Open("/console/queue?view=open")
	for _, id := range more {
		tab.Click(`.queue-row[data-id="` + string(id) + `"] input`)
	}
	tab.Fill("#queue-command", "approve")
	tab.Follow(".queue-bar button:not([name])")
	tab.Follow("main form button.main")
	for _, id := range more {
		w.UntilState(id, syncproto.StateApproved)
	}
}

// TestInvitingWithoutScripts: an admin adds a person by forms alone.
func TestInvitingWithoutScripts(t *testing.T) {
	w := rig.Start(t)
	tab := w.Tab(w.Admin)
	tab.NoScript()
	tab.Open("/console/people/new")
	tab.Fill("[name=name]", "Huỳnh Thị Mận")
	if tab.Count("select[name=unit]") == 1 {
		tab.Fill("select[name=unit]", string(w.Commune))
	} else {
		tab.Click(`[name=unit][value="` + string(w.Commune) + `"]`)
	}
	tab.Follow("main form button.main")
	if _, err := w.Server.People().Find(t.Context(), "Huỳnh Thị Mận"); err != nil {
		t.Errorf("she is not there: %v; the page is %s", err, tab.Path())
	}
}
