package walk_test

import (
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// undoable lets approvals be taken back for a while.
func undoable(c *app.Config) { c.Hold = 5 * time.Minute }

// TestADayByKeyboard: an editor without a mouse signs in, reads, writes a note, sends one submission back, approves another,
// takes that back, approves it again and signs out.
func TestADayByKeyboard(t *testing.T) {
	w := rig.Start(t, undoable)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	first := lan.Story("Xuồng gạo về xóm ngập", longText)
	second := lan.Story("Bếp ăn tình thương", longText)
	w.Move(2 * time.Hour)
	w.Editor.Token()
	tab := w.Stranger()

	tab.Open("/console/")
	tab.TabTo("#f-login")
	tab.Type(w.Editor.Login)
	tab.TabTo("#f-password")
	tab.Type(rig.Password)
	tab.Leave(func() { tab.Press("Enter") })
	if got := tab.Path(); got != "/console/queue" {
		t.Fatalf("work begins at %s", got)
	}
	tab.Press("j")
	tab.WaitText("#queue-pane .item-title", "Xuồng gạo về xóm ngập")
	tab.Press("t")
	w.UntilState(first, syncproto.StateInReview)
	tab.Wait(`document.querySelector('#queue-pane form[data-act=release]')`)

	note := `#queue-pane details:has(form[data-keep="note-` + string(first) + `"])`
	tab.TabTo(note + " > summary")
	tab.Press("Enter")
	tab.TabTo(note + " textarea")
	tab.Type("Xóm nào, chị Lan?")
	tab.TabTo(note + " button")
	tab.Leave(func() { tab.Press("Enter") })
	tab.WaitText("#queue-pane .item", "Xóm nào, chị Lan?")

	tab.Press("c")
	tab.TabTo("textarea[name=reason]")
	tab.Type("Thiếu địa điểm")
	tab.TabTo("form[data-act=return] .acts button")
	tab.Press("Enter")
	w.UntilState(first, syncproto.StateNeedsChanges)
	tab.WaitText("#queue-pane .item-title", "Bếp ăn tình thương")

	tab.Press("a")
	w.UntilState(second, syncproto.StateApproved)
	tab.Wait(`document.querySelector('form[data-undo]')`)
	tab.Leave(func() { tab.Press("z") })
	w.UntilState(second, syncproto.StateInReview)
	if strings.Contains(tab.Path(), string(second)) {
		tab.Wait(`document.querySelector('#queue-pane [data-key=a]')`)
	} else {
		tab.Press("j")
		tab.WaitText("#queue-pane .item-title", "Bếp ăn tình thương")
	}
	tab.Press("a")
	w.UntilState(second, syncproto.StateApproved)
	tab.Wait(`!document.querySelector('[aria-busy=true], [data-sending]')`)

	tab.TabTo(`form[action="/console/sign-out"] button`)
	tab.Leave(func() { tab.Press("Enter") })
	if tab.Count("#f-password") != 1 {
		t.Errorf("after signing out there is %s", tab.Path())
	}
	tab.Open("/console/queue")
	if !strings.HasPrefix(tab.Path(), "/console/sign-in") && tab.Count("#f-password") != 1 {
		t.Errorf("who signed out still sees %s", tab.Path())
	}
}
